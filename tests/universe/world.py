# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One world: a simulated fleet, its clock, and the controllers whose tasks run in it."""

from __future__ import annotations

import random
import re
import typing as t
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace

from tests.simulator import surroundings
from tests.simulator.clearinghouse import books
from tests.simulator.control.journal import Journal
from tests.simulator.control.misbehaviour import Misbehaviour
from tests.simulator.model import description
from tests.simulator.model.fleet import Account, Fleet
from tests.simulator.model.loading import describe_fleet
from tests.simulator.model.state import KeyPackState
from tests.simulator.wire.execution import Engine
from tests.simulator.wire.operations import Work
from tests.universe import seams
from tests.universe.actions import PASSWORD, make_action
from tests.universe.clock import Choose, Clock, Turn, take_turns
from tests.universe.faults import Fault
from tests.universe.transport import MESSAGE_SECONDS, EngineTransport, Killed, Late

_T = t.TypeVar("_T")
_CHANGES_EACH_TIME = re.compile(r"(uuid:)?[0-9A-Fa-f]{8}-?([0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12}")
_VALUE_NAME = re.compile(rb"sValueName>(\d{6})-[a-z_]+-([0-9a-f]+)")
_ACCOUNT = Account("labadmin", description.User(PASSWORD, domain_admin=True, enterprise_admin=True))


@dataclass
class Run:
    """One run of a task by a controller.

    Attributes:
        console: what somebody else does before the message of a number.
        undone: the servers are as they were before it, whatever it did meanwhile.
        has_looked: it has read key packs since it last changed anything.
    """

    task: dict[str, t.Any]
    faults: list[Fault] = field(default_factory=list)
    skew: float = 0.0
    check: bool = False
    timeout: float = 20.0
    result: dict[str, t.Any] | None = None
    dead: bool = False
    killed_at_call: bool = False
    effects: list[str] = field(default_factory=list)
    undone: bool = False
    wrote_done: bool = False
    has_looked: bool = False
    late_effects: list[str] = field(default_factory=list)
    over: bool = False
    turn: Turn | None = None
    beside: bool = False
    chance: random.Random | None = None
    history: int = 0
    pauses: int = 0
    intention: str = ""
    pause_after: float = 0.0
    console: list[tuple[int, Callable[[], None]]] = field(default_factory=list)
    rules: list[dict[str, t.Any]] = field(default_factory=list)
    seen: Counter[tuple[str, ...]] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def green(self) -> bool:
        """Whether the task ended well."""
        return self.result is not None and not self.result.get("failed") and not self.result.get("unreachable")

    @property
    def message(self) -> str:
        """What a failed task says."""
        return "" if self.result is None else str(self.result.get("msg", ""))

    def meets(self, changing: bool, call: bool) -> Fault | None:
        """The fault that is due with the next message, if any."""
        found = None
        for kind in ("any", *(["change"] if changing else []), *(["call"] if call else [])):
            for fault in self.faults:
                if fault.of == kind and fault.at == self.counts[kind]:
                    found = found or fault
            self.counts[kind] += 1
        return found


class World:
    """A fleet in memory, and everything that happens to it."""

    def __init__(self, fleet: dict[str, t.Any], seed: int) -> None:
        self.clock = Clock()
        self._random = random.Random(seed)
        self.seed = seed
        self.description = describe_fleet(fleet)
        self._surroundings = _Surroundings(self)
        with surroundings.replaced(self._surroundings):
            self.fleet = _Fleet(self.description, None)
            self.engine = _Engine(self.fleet, Journal(None), Misbehaviour())
        self.run = Run({})
        self.runs: list[Run] = []
        self.away: dict[str, float] = {}
        self.bookings: list[tuple[str, str, int, str]] = []
        self.names_of_ids = {server.state.license_server_id: name for name, server in self.fleet.servers.items()}
        self.ids: dict[str, str] = {}
        self.messages = 0
        self.message_seconds = MESSAGE_SECONDS
        # By the ID of a recorded operation: what its call did, and which key pack it made.
        self.outcomes: dict[str, int | None] = {}
        self.faults_met = Counter[str]()
        self.wrong: list[str] = []
        self.trace: list[str] | None = None
        self.shown: list[str] = []

    # What the seams ask for.

    def controller_time(self) -> float:
        """The clock of the controller whose task runs."""
        return self.clock.now + self.run.skew

    def monotonic(self) -> float:
        """Time without anybody's skew."""
        return self.clock.now

    def sleep(self, seconds: float) -> None:
        """The running task waits; others may go on meanwhile."""
        turn = self.run.turn
        if turn is None:
            self.clock.advance(seconds)
        else:
            turn.wake = self.clock.now + seconds
            turn.pause()

    def random_bytes(self, size: int) -> bytes:
        """What the seed says comes next; for a run beside another one it does not depend on what that one does."""
        return (self.run.chance or self._random).randbytes(size)

    def transport(self, settings: t.Any) -> EngineTransport:
        """A way into this world's engine."""
        return EngineTransport(self, settings)

    def show(self, text: str) -> None:
        """Keep what a task prints, for the judge to look for secrets in it."""
        self.shown.append(text)

    # What happens to messages.

    def next_message(self, run: Run) -> None:
        """A task that sends a message lets the others go first, if it is their turn."""
        if run.dead:
            raise Killed
        if run.turn is not None:
            run.pauses += 1
            run.turn.pause()
        if run.dead:
            raise Killed
        for number, act in run.console:
            if number == run.counts["any"]:
                self.note(lambda: "somebody is at the console")
                act()
        self.clock.advance(self.message_seconds)
        self.messages += 1

    def sent(self, server: str, message: bytes) -> None:
        """Count a message that did not meet a fault."""
        if self.run.faults:
            self.run.seen[(server, *_address(message))] += 1

    def is_away(self, server: str) -> bool:
        """Whether nothing reaches the server at the moment."""
        return self.away.get(server, 0.0) > self.clock.now or server in self.fleet.shared.stopped

    def goes_away(self, server: str, seconds: float) -> None:
        """Nothing reaches the server for some time."""
        if seconds:
            self.away[server] = self.clock.now + seconds

    def restart(self, server: str, seconds: float) -> None:
        """The server restarts: what was enumerated is forgotten."""
        self.engine.contexts[server].clear()
        self.goes_away(server, seconds)

    def struck(self, fault: Fault, server: str, message: bytes) -> None:
        """Count a fault that was met, and note how the simulator's control door would be told of it."""
        self.faults_met[fault.kind] += 1
        address = (server, *_address(message))
        match = dict(zip(("action", "class", "method"), address[1:], strict=True))
        rule = {"server": server, "match": {key: value for key, value in match.items() if value}}
        self.run.rules.append({**rule, "skip": self.run.seen[address], **fault.rule()})
        if fault.kind.startswith("killed"):
            # Nobody listens any more: nothing that the task would send goes out.
            # On loopback the source's own name is read besides.
            before = self.run.counts["any"] - 1 + bool(self.run.task["options"].get("source", {}).get("host"))
            self.run.rules.append({"what": "drop_before", "times": -1, "skip": before})

    def carry_out(self, server: str, message: bytes, changing: bool, late: Late | None = None) -> tuple[int, str]:
        """Put a message into the engine, and note whom it belongs to if it changes something."""
        run = late.run if late else self.run
        if changing and run.check:
            self.wrong.append(f"check mode sent a changing message to {server}: {_title(message)}")
        run.has_looked = not changing and (run.has_looked or b"Win32_TSLicenseKeyPack" in message)
        if not changing or b"StdRegProv" in message:
            response = self.engine.handle(server, _ACCOUNT, message)
            if changing:
                run.intention = _intention(message) or run.intention
                run.wrote_done = run.wrote_done or b" done " in message
            self._remember(run, server, response.text)
            self.note(lambda: f"{server}: {_title(message)} -> {response.status}")
            return response.status, response.text
        response = self.watched(run, _title(message), lambda: self.engine.handle(server, _ACCOUNT, message), late)
        self._remember(run, server, response.text)
        self.note(lambda: f"{server}: {_title(message)} -> {response.status} {'late' if late else ''}")
        return response.status, response.text

    def watched(self, run: Run, title: str, work: Callable[[], _T], late: Late | None = None) -> _T:
        """Do something that may change servers, and note what it did for which run and recorded operation."""
        intention = late.intention if late else run.intention
        before, packs = self.facts(), self._pack_ids()
        result = work()
        if self.facts() != before:
            (run.late_effects if run.over or run.dead else run.effects).append(title)
            new = sorted(number for _server, number in self._pack_ids() - packs)
            self.outcomes[intention] = new[0] if new else None
        for name, each in self.fleet.servers.items():
            self.names_of_ids[each.state.license_server_id] = name
        return result

    def _pack_ids(self) -> set[tuple[str, int]]:
        return {(server, pack.key_pack_id) for server in self.fleet.servers for pack in self.packs(server)}

    def _remember(self, run: Run, server: str, response: str) -> None:
        """Everything that a run has heard so far, as one number."""
        if run.turn is not None:
            run.history = hash((run.history, server, _CHANGES_EACH_TIME.sub("", response)))

    def note(self, text: Callable[[], str]) -> None:
        """Keep a line of what happened, if somebody wants to read it."""
        if self.trace is not None:
            self.trace.append(f"{self.clock.now - 1_790_000_000:10.2f} {text()}")

    # What can be seen from outside.

    def packs(self, server: str) -> list[KeyPackState]:
        """The key packs that a server really has."""
        state = self.fleet.servers[server].state
        file = state.files.get(state.database_file.lower())
        return file.database.packs if file and file.database else []

    def _issued(self, server: str) -> tuple[tuple[int, int], ...]:
        """The CALs in use, with their states."""
        state = self.fleet.servers[server].state
        file = state.files.get(state.database_file.lower())
        return tuple((each.license_id, each.status) for each in file.database.issued) if file and file.database else ()

    def facts(self) -> tuple[t.Any, ...]:
        """All that a task may change on servers, but for the record."""
        return tuple(
            (
                name,
                tuple(
                    (p.key_pack_id, p.total, p.product_type, p.product_version_id, p.key_pack_type)
                    for p in self.packs(name)
                ),
                self._issued(name),
                server.state.activated,
                server.state.license_server_id,
                tuple(server.state.contact.values()),
                server.state.server_role,
                tuple(vars(server.state.directory).values()),
                tuple(file.name for file in server.state.files.values()),
                tuple(service.running for service in server.state.services.values()),
                _host_facts(server.state.session_host),
            )
            for name, server in self.fleet.servers.items()
        )

    def record(self) -> dict[str, dict[str, t.Any]]:
        """The values of the record on each server."""
        return {
            name: {
                f"{key.name}\\{value.name}": value.data
                for key in server.state.registry.values()
                if "winfleet" in key.name.lower()
                for value in key.values.values()
            }
            for name, server in self.fleet.servers.items()
        }

    def is_recorded(self, host: str, operation: str) -> bool:
        """Whether the record on a server says what became of an operation."""
        number, _dash, chance = operation.partition("-")
        names = [name.rpartition("\\")[2].partition(" ") for name in self.record()[host]]
        return any(rest and name.startswith(number) and name.endswith(chance) for name, _space, rest in names)

    def issue(self, host: str, operation: books.Operation, purchase: dict[str, t.Any]) -> str:
        """A license key pack ID from the Clearinghouse; raises RefusalError."""
        from tests.universe.play import claim_of

        identifier = self.fleet.servers[host].state.license_server_id
        return books.issue_pack_id(self.fleet.clearinghouse, claim_of(purchase), operation, identifier)

    # Tasks.

    def perform(self, run: Run) -> Run:
        """Run a task to its end, in the only thread there is."""
        with self.entered():
            self._begin(run)
            self._perform(run)
        return run

    def perform_together(self, runs: list[Run], choose: Choose) -> None:
        """Run tasks of several controllers, with C(choose) deciding who goes on at every message."""

        def entered(turn: Turn) -> None:
            self.run = next(run for run in runs if run.turn is turn)

        def job(run: Run) -> Callable[[], None]:
            return lambda: self._perform(run)

        with self.entered():
            for number, run in enumerate(runs):
                run.chance = random.Random(f"{self.seed}/{len(self.runs)}/{number}")
                self.runs.append(run)
            take_turns(self.clock, [job(run) for run in runs], choose, entered, lambda turns: _give(runs, turns))
        for run in runs:
            run.turn = None

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Everything asks this world meanwhile."""
        seams.enter(self)
        _bookings(self.bookings)
        try:
            with surroundings.replaced(self._surroundings):
                yield
        finally:
            seams.enter(None)
            _bookings([])

    def _begin(self, run: Run) -> None:
        self.run = run
        self.runs.append(run)

    def _perform(self, run: Run) -> None:
        self.note(lambda: f"task {run.task['module']} on {run.task['host']}: {run.task['options']}")
        before = self.facts()
        action, variables = make_action(run.task, check=run.check, timeout=run.timeout)
        try:
            run.result = action.run(task_vars=variables)
        except Killed:
            run.result = None
        run.over = True
        run.undone = before == self.facts()
        self.note(lambda: f"  = {_summary(run)}")


class _Fleet(Fleet):
    """Nothing of it is kept on disk, so that nothing is compared with what is kept there."""

    def save_work(self, name: str) -> bool:
        return False


class _Engine(Engine):
    """Keeps no journal: a world has its own trace."""

    def _note(self, work: Work, outcome: str, changed: bool) -> None:
        """Nothing is written."""


class _Surroundings(surroundings.Surroundings):
    """The simulator's time and chance, out of a world."""

    def __init__(self, world: World) -> None:
        self._world = world
        super().__init__()

    def time(self) -> float:
        return self._world.clock.now

    def sleep(self, seconds: float) -> None:
        if seconds:
            self._world.sleep(seconds)

    def later(self, seconds: float, work: Callable[[], object]) -> None:
        """A server that goes on after it said TimedOut still works for the run that asked."""
        world, run = self._world, self._world.run
        late = Late(run, run.intention)
        world.clock.later(seconds, lambda: world.watched(run, "what had timed out", work, late))

    def unique_id(self) -> str:
        return self._world.random_bytes(16).hex().upper()


def _give(runs: list[Run], turns: list[Turn]) -> None:
    for run, turn in zip(runs, turns, strict=True):
        run.turn = turn


_book = books.book
_booking = SimpleNamespace(log=[])


def _bookings(log: list[tuple[str, str, int, str]]) -> None:
    _booking.log = log


def _noted_book(house: t.Any, claim: t.Any, operation: t.Any, target_id: str, source_id: str = "") -> t.Any:
    """The books of the Clearinghouse, with a note of what was booked for whom."""
    booked = _book(house, claim, operation, target_id, source_id)
    _booking.log.append((operation, booked[0].name, booked[1], target_id))
    return booked


books.book = _noted_book


def _title(message: bytes) -> str:
    """What a message asks for, in short."""
    text = message.decode("utf-8", "replace")
    action = text.partition("Action")[2].partition(">")[2].partition("<")[0]
    parts = [action.rsplit("/", 1)[-1]]
    for name in ("KeyPackId", "LicenseCount", "Count", "sAgreementNumber", "sValueName", "sValue"):
        found = text.partition(f":{name}>")[2].partition("<")[0]
        if found:
            parts.append(f"{name}={found[:300]}")
    return " ".join(parts)


def _address(message: bytes) -> tuple[str, str, str]:
    """Action, class and method, as a misbehaviour matches them."""
    text = message.decode("utf-8", "replace")
    action = text.partition("Action")[2].partition(">")[2].partition("<")[0].rsplit("/", 1)[-1]
    resource = text.partition("ResourceURI")[2].partition(">")[2].partition("<")[0].rsplit("/", 1)[-1]
    if action in ("Get", "Put", "Enumerate", "Pull", "Release"):
        return action.lower(), "" if action in ("Enumerate", "Pull", "Release") else resource, ""
    return "invoke", resource, action


def _intention(message: bytes) -> str:
    """The ID of the recorded operation that a message begins, empty if it does not."""
    found = _VALUE_NAME.search(message)
    return f"{found[1].decode()}-{found[2].decode()}" if found and b"intended" in message else ""


def _summary(run: Run) -> str:
    if run.result is None:
        return "killed"
    keep = {
        key: run.result[key]
        for key in ("changed", "failed", "unreachable", "msg", "steps", "warnings")
        if key in run.result
    }
    return str(keep)


def _pack_facts(pack: KeyPackState) -> tuple[int, ...]:
    return pack.key_pack_id, pack.total, pack.product_type, pack.product_version_id, pack.key_pack_type


def _host_facts(host: t.Any) -> t.Any:
    return None if host is None else (host.licensing_type, tuple(host.license_servers))
