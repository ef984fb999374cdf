# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Play a universe to its end: its events, then undisturbed runs of the same tasks, then the judgement."""

from __future__ import annotations

import copy
import functools
import json
import typing as t
from collections import Counter
from dataclasses import dataclass, field

from tests.simulator.clearinghouse import books
from tests.simulator.clearinghouse.refusal import RefusalError
from tests.simulator.model import catalog
from tests.simulator.model.initial import purchased_pack
from tests.simulator.model.loading import CREDENTIALS
from tests.universe.advice import follow
from tests.universe.faults import Fault
from tests.universe.judge import Judge
from tests.universe.world import Run, World

OPERATIONS: t.Final = {"key_pack": "install", "cal_migration": "migrate", "database_rebuild": "reinstall"}
MOST_DECISIONS: t.Final = 6
LATEST_EFFECT: t.Final = 1800.0
LONG: t.Final = 7200.0
"""Longer than the default of ``outcome_wait``."""


class Explorer(t.Protocol):
    """Tries one order of messages after the other."""

    def choose(self, story: Story, runs: list[Run], ready: int, last: int) -> int:
        """Which of the runs that could go on goes on."""


@dataclass
class Story:
    """A world and what is known of it from outside."""

    universe: dict[str, t.Any]
    world: World
    judge: Judge
    explorer: Explorer | None = None
    tasks: dict[str, dict[str, t.Any]] = field(default_factory=dict)
    # A task of a role, to the one before it in that role.
    follows: dict[str, str] = field(default_factory=dict)
    # The last run of each task.
    last: dict[str, Run] = field(default_factory=dict)
    asked: dict[str, tuple[str, str, dict[str, t.Any]]] = field(default_factory=dict)
    # The requests whose license key pack IDs were entered the wrong way round.
    swapped: tuple[str, str] | None = None
    interleaved: int = 0
    decisions: int = 0
    stopped: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> list[str]:
        """Every promise that was broken."""
        return [*self.world.wrong, *self.judge.wrong]

    @property
    def figures(self) -> Counter[str]:
        """What it took."""
        counted = Counter({f"fault {kind}": number for kind, number in self.world.faults_met.items()})
        counted.update(
            universes=1,
            interleaved=self.interleaved,
            tasks=len(self.world.runs),
            messages=self.world.messages,
            decisions=self.decisions,
            stopped=len(self.stopped),
        )
        return counted


_Event = t.Callable[[Story, dict[str, t.Any]], None]


def play(universe: dict[str, t.Any], *, trace: list[str] | None = None, explorer: Explorer | None = None) -> Story:
    """Play a universe; the story knows what was wrong.

    Args:
        explorer: decides instead of the schedules who goes on; time then stands still while messages are under way.
    """
    world = World(universe["fleet"], universe["seed"])
    world.trace = trace
    story = Story(universe, world, Judge(world), explorer)
    if explorer is not None:
        world.message_seconds = 0.0
    for event in universe["events"]:
        _EVENTS[event["do"]](story, event)
    _calm(story)
    _finish(story)
    story.judge.at_the_end(list(story.last.values()))
    return story


def _task(story: Story, event: dict[str, t.Any]) -> None:
    _run(story, _new_run(story, event))


def _new_run(story: Story, event: dict[str, t.Any]) -> Run:
    console = event.get("console", [])
    run = Run(
        _with_ids(story, event["task"]),
        [Fault(**fault) for fault in event.get("faults", [])],
        skew=event.get("skew", 0.0),
        check=event.get("check", False),
        timeout=event.get("timeout", 20.0),
        console=[(each["at"], functools.partial(_AT_THE_CONSOLE[each["do"]], story, each)) for each in console],
    )
    if not run.check:
        _wanted(story, event["task"])
    return run


def _wanted(story: Story, task: dict[str, t.Any]) -> str:
    """A task that may change something is wanted from now on; gives the name that it has in the story."""
    key = json.dumps(task, sort_keys=True)
    story.judge.begins(task, key not in story.tasks)
    _supersede(story, key, task)
    if key not in story.tasks:
        # Its options may grow: what messages advise is written into them.
        story.tasks[key] = copy.deepcopy(task)
    return key


def _role(story: Story, event: dict[str, t.Any]) -> None:
    """The tasks of a role, as far as each of them ends well; those after it are wanted all the same."""
    before = ""
    for step in event["steps"]:
        if not step.get("check"):
            key = _wanted(story, step["task"])
            if before:
                story.follows[key] = before
            before = key
    for step in event["steps"]:
        if not _ended_well(_run(story, _new_run(story, step))):
            return


def _ended_well(run: Run) -> bool:
    """Whether a role goes on after a task."""
    return run.green and not any((run.result or {}).get(name) for name in ("awaiting", "left_behind"))


def _supersede(story: Story, mine: str, task: dict[str, t.Any]) -> None:
    """What a later task says of the same key pack or migration holds; the earlier one is not run again in the end."""
    for key, other in list(story.tasks.items()):
        if (
            key != mine
            and other["host"] == task["host"]
            and (_is_of_same_pack(task, other) or _is_more_of_it(task, other))
        ):
            del story.tasks[key]


def _is_of_same_pack(task: dict[str, t.Any], earlier: dict[str, t.Any]) -> bool:
    number = task["options"].get("key_pack_id")
    return number is not None and earlier["options"].get("key_pack_id") == number


def _is_more_of_it(task: dict[str, t.Any], earlier: dict[str, t.Any]) -> bool:
    """Whether a migration is of all that an earlier one is of, and says something else of removing it."""
    new, old = task["options"], earlier["options"]
    if (task["module"], earlier["module"]) != ("cal_migration", "cal_migration") or new["source"] != old["source"]:
        return False
    all_of_it = _credentials(new) >= _credentials(old)
    return all_of_it and bool(new.get("remove_from_source")) != bool(old.get("remove_from_source"))


def _credentials(options: dict[str, t.Any]) -> set[tuple[str, ...]]:
    return {
        tuple(str(purchase[name]) for name in CREDENTIALS[purchase["license_program"]])
        for purchase in options["purchases"]
    }


def _run(story: Story, run: Run) -> Run:
    story.world.perform(run)
    story.judge.after(run)
    _note_requests(story, run)
    return run


def _together(story: Story, event: dict[str, t.Any]) -> None:
    runs = [_new_run(story, each) for each in event["runs"]]
    for run in runs:
        run.beside = True
    schedule = iter(event["schedule"])

    def choose(ready: int, last: int) -> int:
        if story.explorer is not None:
            return story.explorer.choose(story, runs, ready, last)
        switch = next(schedule, 0)
        return (last + switch) % ready if last >= 0 else switch % ready

    story.interleaved += 1
    story.world.perform_together(runs, choose)
    for run in runs:
        story.judge.after(run)
        _note_requests(story, run)


def _with_ids(story: Story, task: dict[str, t.Any]) -> dict[str, t.Any]:
    """The task with the license key pack IDs that an administrator entered."""
    task = copy.deepcopy(task)
    method = task["options"].get("connection_method", "automatic")
    if story.world.ids and method != "automatic" and task["module"] in OPERATIONS:
        task["options"]["license_key_pack_ids"] = dict(story.world.ids)
    return task


def _note_requests(story: Story, run: Run) -> None:
    if not run.green or run.result is None or run.check:
        return
    operation = OPERATIONS.get(run.task["module"], "")
    for purchase, result in zip(
        run.task["options"].get("purchases", []), run.result.get("purchases", []), strict=False
    ):
        if result.get("outcome") == "awaiting":
            story.asked[result["request_id"]] = (run.task["host"], operation, purchase)


def _clearinghouse(story: Story, event: dict[str, t.Any]) -> None:
    """An administrator asks for the missing IDs, and may enter two of them the wrong way round."""
    world = story.world
    found: dict[str, str] = {}
    with world.entered():
        for request, (host, operation, purchase) in story.asked.items():
            if request not in world.ids:
                try:
                    found[request] = world.issue(host, t.cast("books.Operation", operation), purchase)
                except RefusalError:
                    continue
    story.asked.clear()
    if event.get("swap") and len(found) > 1:
        one, other = list(found)[:2]
        found[one], found[other] = found[other], found[one]
        story.judge.swapped, story.swapped = True, (one, other)
    world.ids.update(found)


def _pause(story: Story, event: dict[str, t.Any]) -> None:
    with story.world.entered():
        story.world.clock.advance(event["seconds"])
    story.world.run.pause_after += event["seconds"]


def _network(story: Story, event: dict[str, t.Any]) -> None:
    """The network between two servers is cut or mended."""
    story.world.fleet.connect(event["a"], event["b"], event["connected"])


def _remove(story: Story, event: dict[str, t.Any]) -> None:
    """Somebody removes a purchase's packs in Licensing Manager."""
    packs = story.world.packs(event["server"])
    for pack in [each for each in packs if each.purchase == event["purchase"]]:
        _note_unread(story, event, pack.key_pack_id, pack.total)
        story.judge.allow_removal(event["server"], event["purchase"], pack.total)
        story.judge.touched(event["server"], pack.key_pack_id)
        packs.remove(pack)


def _note_unread(story: Story, event: dict[str, t.Any], key_pack_id: int, quantity: int) -> None:
    """Tell the judge of CALs that the task at work has called for a moment ago, and has no outcome of in the record."""
    run, host = story.world.run, event["server"]
    mine = story.world.outcomes.get(run.intention) == key_pack_id and run.task.get("host") == host
    if "at" in event and mine and not story.world.is_recorded(host, run.intention):
        story.judge.unread(host, event["purchase"], quantity)


def _reduce(story: Story, event: dict[str, t.Any]) -> None:
    """Somebody removes some CALs of a purchase."""
    packs = story.world.packs(event["server"])
    pack = next((each for each in packs if each.purchase == event["purchase"]), None)
    if pack is not None and pack.total > event["quantity"]:
        story.judge.allow_removal(event["server"], event["purchase"], event["quantity"])
        story.judge.touched(event["server"], pack.key_pack_id)
        _note_unread(story, event, pack.key_pack_id, event["quantity"])
        pack.total -= event["quantity"]


def _install(story: Story, event: dict[str, t.Any]) -> None:
    """Somebody installs a purchase in Licensing Manager."""
    server = story.world.fleet.servers[event["server"]]
    purchase = story.world.fleet.clearinghouse.purchases[event["purchase"]]
    if purchase.free >= event["quantity"] and server.is_licensing_running and server.is_active:
        identifier = server.state.license_server_id
        purchase.placed[identifier] = purchase.placed.get(identifier, 0) + event["quantity"]
        server.database.packs.append(purchased_pack(server.database, purchase, event["quantity"]))
        if _goes_with_the_database(story.world.run, event):
            story.judge.allow_removal(event["server"], event["purchase"], event["quantity"])


def _goes_with_the_database(run: Run, event: dict[str, t.Any]) -> bool:
    """Whether a rebuild has looked for the last time, and stops the service next: it cannot know what came since."""
    rebuild = run.task["module"] == "database_rebuild" and run.task["options"].get("method") == "recreate_database"
    here = "at" in event and rebuild and run.task["host"] == event["server"]
    return here and bool(run.intention) and run.has_looked and not run.effects


def _outside(story: Story, event: dict[str, t.Any], do: _Event) -> None:
    """Something that happens while no task runs, in the world's own time."""
    with story.world.entered():
        do(story, event)


_AT_THE_CONSOLE: t.Final[dict[str, _Event]] = {
    "network": _network,
    "remove": _remove,
    "reduce": _reduce,
    "install": _install,
}
_EVENTS: t.Final[dict[str, _Event]] = {
    "task": _task,
    "together": _together,
    "clearinghouse": _clearinghouse,
    "pause": _pause,
    "role": _role,
    **{name: functools.partial(_outside, do=do) for name, do in _AT_THE_CONSOLE.items()},
}


def _calm(story: Story) -> None:
    """Whatever is under way comes to its end, and every server is there again."""
    _pause(story, {"seconds": LATEST_EFFECT})
    story.world.away.clear()


def _finish(story: Story) -> None:
    """Up to two undisturbed runs of each task, and one more that must change nothing.

    A round of runs that changed nothing, all of them at their end, is that one more run already.
    """
    if _round(story):
        return
    _clearinghouse(story, {})
    _pause(story, {"seconds": LONG})
    if _round(story, deciding=True):
        return
    known = len(story.world.ids)
    _clearinghouse(story, {})
    # A task that could not even say before which license key pack IDs it lacks.
    if len(story.world.ids) > known and _round(story, deciding=True):
        return
    before = (story.world.facts(), story.world.record())
    stopped = {key for key, run in story.last.items() if not run.green}
    runs = _undisturbed(story)
    if any(story.last[key].green for key in stopped):
        # What another task did meanwhile was what it waited for.
        return
    for run in runs:
        story.judge.changes_nothing(run)
    # The record of a task that is rejected each time says so each time.
    same = before[0] == story.world.facts() and (
        before[1] == story.world.record() or not all(run.green for run in runs)
    )
    if not same:
        story.judge.blame("another rerun changed the servers or the record")


def _round(story: Story, deciding: bool = False) -> bool:
    """One undisturbed run of each task; whether all ended well and changed nothing, so that no other run would.

    Args:
        deciding: an administrator takes the option that a message names; what is left must name one.
    """
    before, runs = (story.world.facts(), story.world.record()), _undisturbed(story, deciding)
    if deciding:
        for run in runs:
            if not run.green:
                story.judge.stopped(run)
                story.stopped.append(run.message)
    quiet = all(run.green and not (run.result or {}).get("awaiting") for run in runs)
    quiet = quiet and not any((run.result or {}).get("changed") for run in runs)
    if not quiet or len(runs) < len(story.tasks) or before != (story.world.facts(), story.world.record()):
        return False
    for run in runs:
        story.judge.changes_nothing(run)
    return True


def _undisturbed(story: Story, deciding: bool = False) -> list[Run]:
    """One run of each task; those of a role only as far as the ones before them end well."""
    runs: list[Run] = []
    well: set[str] = set()
    for key, task in story.tasks.items():
        before = story.follows.get(key)
        if before in story.tasks and before not in well:
            continue
        run = _run(story, Run(_with_ids(story, task)))
        decisions = 0
        while deciding and not run.green and decisions < MOST_DECISIONS and follow(story, task, run):
            run = _run(story, Run(_with_ids(story, task)))
            decisions += 1
            story.decisions += 1
        story.last[key] = run
        if _ended_well(run):
            well.add(key)
        runs.append(run)
    return runs


def claim_of(purchase: dict[str, t.Any]) -> books.Claim:
    """What an administrator tells the Clearinghouse of a purchase."""
    program = purchase["license_program"]
    credentials = tuple(str(purchase[name]) for name in CREDENTIALS[program])
    if program == "retail":
        return books.Claim(program, credentials)
    version = catalog.version_id(purchase["product_version"])
    return books.Claim(program, credentials, version, catalog.PRODUCT_TYPES[purchase["cal_type"]], purchase["quantity"])
