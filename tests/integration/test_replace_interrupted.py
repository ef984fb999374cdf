# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job, broken off at every changing message and run again: no CAL is lost, doubled or asked for twice.

Many pairs of servers are worked on at a time; with each, the connection breaks at another message, before the message
took effect or after it did.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
import yaml

from tests.integration.fleet import USERS, Fleet
from tests.integration.main_job import PLAYBOOK, ROLE
from tests.integration.playbook import Run, Settings, kill, task

# A part of a pack, and a whole pack by a code that does not say what it stands for.
_BOUGHT = {
    "campus": ({"agreement_number": "73{:05d}"}, "windows_server_2019", "per_user", 100),
    "retail": ({"license_code": "RETA1LC0DE0F5OME5H0P{:05d}"}, "windows_server_2022", "per_device", 50),
}
_MOVED = {"campus": 60, "retail": 50}
_STAYS = {"campus": 40}
# How long a request without an answer may be at work; the default would make each broken one wait for 20 seconds.
_OPERATION_TIMEOUT = 1


def pairs(number: int) -> str:
    """A fleet file of pairs new00 and old00, new01 and old01 and so on. No old server is reached from a new one."""
    servers: dict[str, Any] = {}
    purchases = {}
    for pair in range(number):
        packs = []
        for program, (credential, version, cal_type, quantity) in _BOUGHT.items():
            numbers = {name: text.format(pair) for name, text in credential.items()}
            stated = {"product_version": version, "cal_type": cal_type, "quantity": quantity}
            purchases[f"{program}{pair:02}"] = {"program": program, **numbers, **stated}
            packs.append({"purchase": f"{program}{pair:02}", "quantity": quantity})
        common = {"windows_release": "2022", "activated": True, "listeners": {"http": None}}
        servers[f"new{pair:02}"] = common
        servers[f"old{pair:02}"] = {**common, "key_packs": packs, "reachable_from": []}
    return USERS + yaml.safe_dump({"servers": servers, "clearinghouse": {"purchases": purchases}})


def hostvars(pair: int) -> dict[str, Any]:
    """What new00 is told: to take over from old00."""
    purchases = []
    for program, (credential, version, cal_type, _quantity) in _BOUGHT.items():
        numbers = {name: text.format(pair) for name, text in credential.items()}
        stated = {"product_version": version, "cal_type": cal_type, "quantity": _MOVED[program]}
        purchases.append({"license_program": program, **numbers, **({} if program == "retail" else stated)})
    variables = {
        "source_host": f"old{pair:02}",
        "connection_method": "automatic",
        "purchases": purchases,
        "require_full_coverage": False,
    }
    return {f"{ROLE}_{name}": value for name, value in variables.items()}


# A run after an unknown outcome waits until the servers cannot be at work any more. Here they are not, from the start.
_NOT_AT_WORK = {"outcome_wait": 0}


def replace(fleet: Fleet, chosen: Iterable[int], **options: int) -> Run:
    """Run the main job for some of the pairs."""
    return fleet.run(PLAYBOOK, settings_for(chosen, **options))


def replace_without_looking_around(fleet: Fleet, chosen: Iterable[int], **more: int) -> Run:
    """Only those tasks of the role that change something, with the role's options."""
    taken = {name: f"{{{{ {ROLE}_{name} }}}}" for name in ("connection_method", "purchases", "require_full_coverage")}
    options: dict[str, Any] = {
        **taken,
        **more,
        "source": {"host": f"{{{{ {ROLE}_source_host }}}}"},
        "remove_from_source": True,
    }
    tasks = [
        task("method", "connection_method", {"connection_method": taken["connection_method"]}),
        task("migrate", "cal_migration", {**options, "reason": "source_is_being_replaced"}),
    ]
    hosts = ":".join(f"new{pair:02}" for pair in chosen)
    return fleet.run([{"hosts": hosts, "gather_facts": False, "tasks": tasks}], settings_for(chosen))


def settings_for(chosen: Iterable[int], **options: int) -> Settings:
    """The pairs' own variables, and a short operation timeout."""
    everybody = {
        "ansible_winrm_operation_timeout_sec": _OPERATION_TIMEOUT,
        "ansible_winrm_read_timeout_sec": 60,
        **{f"{ROLE}_{name}": value for name, value in options.items()},
    }
    return Settings(
        hostvars={"all": everybody, **{f"new{pair:02}": hostvars(pair) for pair in chosen}},
        arguments=["--forks", "6"],
        watch=False,
    )


def is_done(fleet_state: dict[str, Any], pair: int) -> None:
    """Every CAL is on exactly one server, and the record knows the end of everything that was begun."""
    old, new = (fleet_state["servers"][f"{name}{pair:02}"] for name in ("old", "new"))
    assert cals(new) == _MOVED
    assert cals(old) == _STAYS
    for entry in records(new):
        assert entry["status"] in ("done", "not_done"), entry
        if entry["status"] == "done":
            assert entry["source"]["removal"] in ("collection", "provider"), entry
    for program, quantity in _MOVED.items():
        placed = fleet_state["clearinghouse"]["purchases"][f"{program}{pair:02}"]["placed"]
        stays = {f"old{pair:02}": _STAYS[program]} if program in _STAYS else {}
        assert placed == {f"new{pair:02}": quantity, **stays}


def cals(server: dict[str, Any]) -> dict[str, int]:
    """CALs by program; a program that has two packs is a mistake."""
    packs = [(pack["purchase"][:-2], pack["total"]) for pack in server["key_packs"] if pack["purchase"]]
    assert len(packs) == len(dict(packs)), packs
    return dict(packs)


def records(server: dict[str, Any], where: str = "Operations") -> list[dict[str, Any]]:
    """The recorded operations that are finished, or the intentions.

    A run cut off between two writes leaves two names for an operation: a settled removal wins over a pending one. An
    operation C(settle) says what became of the CALs that earlier ones left on the source.
    """
    values = server["registry"].get(f"SOFTWARE\\WinFleet\\RDLicensing\\{where}", {})
    pending_first = sorted(values.items(), key=lambda value: "/pending/" not in value[0])
    recorded = {name.partition(" ")[0]: json.loads(text) for name, text in pending_first}
    for settling in [each for each in recorded.values() if each["operation"] == "settle"]:
        for name, entry in recorded.items():
            if name.rpartition("-")[2] in settling["settles"]:
                entry["source"]["removal"] = settling["source"]["removal"]
    return list(recorded.values())


def imports(journal: list[dict[str, Any]], pair: int) -> Counter[str]:
    """How often each import took effect."""
    return Counter(
        str(message["method"])
        for message in journal
        if message["server"] == f"new{pair:02}" and message["method"].startswith("Import") and message["changed"]
    )


_EACH_ONCE = {"ImportAgreementLicenseKeyPack": 1, "ImportRetailPurchaseLicenseKeyPack": 1}


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[int], Fleet]]:
    """Starts a fleet of so many pairs."""
    started: list[Fleet] = []

    def start_pairs(number: int) -> Fleet:
        started.append(Fleet(pairs(number), tmp_path_factory.mktemp("pairs")))
        started[-1].start()
        return started[-1]

    yield start_pairs
    for fleet in started:
        fleet.stop()
        assert "Traceback" not in fleet.log()


@pytest.fixture(scope="module")
def changing(start: Callable[[int], Fleet]) -> list[dict[str, Any]]:
    """The changing messages of an undisturbed run, in their order."""
    fleet = start(1)
    replace(fleet, [0]).succeeded()
    is_done(fleet.state(), 0)
    return [message for message in fleet.journal() if message["writes"]]


def break_off(fleet: Fleet, pair: int, changing: list[dict[str, Any]], number: int, what: str) -> None:
    """Have the connection of a pair break at the changing message of that number."""
    message = changing[number]
    earlier = sum(1 for each in changing[:number] if kind(each) == kind(message))
    match = {"action": message["action"], "class": message["class"], "method": message["method"]}
    fleet.misbehave(what, f"{message['server'][:3]}{pair:02}", match=match, skip=earlier)


def kind(message: dict[str, Any]) -> tuple[str, ...]:
    """What tells one message from another for a rule of misbehaviour."""
    return message["server"], message["class"], message["method"]


def test_broken_off_at_every_changing_message(start: Callable[[int], Fleet], changing: list[dict[str, Any]]) -> None:
    cases = [(number, what) for number in range(len(changing)) for what in ("drop_before", "drop_after")]
    chosen = range(len(cases))
    fleet = start(len(cases))
    for pair, (number, what) in enumerate(cases):
        break_off(fleet, pair, changing, number, what)
    first = replace_without_looking_around(fleet, chosen)
    assert first.code == 2, first.output
    dropped = [message for message in fleet.journal() if str(message["outcome"]).startswith("dropped")]
    assert len(dropped) == len(cases), "each pair is to be disturbed once"

    second = replace_without_looking_around(fleet, chosen, **_NOT_AT_WORK)
    assert second.code == 0, second.output
    state, journal = fleet.state(), fleet.journal()
    for pair in chosen:
        is_done(state, pair)
        assert imports(journal, pair) == _EACH_ONCE, cases[pair]

    third = replace_without_looking_around(fleet, chosen[::4])
    assert third.code == 0, third.output
    assert [message for message in fleet.journal(len(journal)) if message["writes"]] == []
    assert fleet.state() == state


def test_the_whole_role_broken_off_at_the_messages_that_matter_most(
    start: Callable[[int], Fleet], changing: list[dict[str, Any]]
) -> None:
    methods = [message["method"] for message in changing]
    critical = [methods.index("ImportAgreementLicenseKeyPack"), methods.index("RemoveLicensesWithIdCount")]
    cases = [(number, what) for number in critical for what in ("drop_before", "drop_after")]
    fleet = start(len(cases))
    for pair, (number, what) in enumerate(cases):
        break_off(fleet, pair, changing, number, what)
    assert replace(fleet, range(len(cases))).code == 2
    second = replace(fleet, range(len(cases)), **_NOT_AT_WORK).succeeded()
    for pair in range(len(cases)):
        is_done(fleet.state(), pair)
        assert imports(fleet.journal(), pair) == _EACH_ONCE, cases[pair]
    assert "Traceback" not in second.output


@pytest.mark.parametrize("misbehaviour", ["delay", "drop_before"])
def test_killed_while_the_clearinghouse_is_asked(start: Callable[[int], Fleet], misbehaviour: str) -> None:
    """kill -9, with all workers: once while the request goes on to work on the server, once without any effect."""
    fleet = start(1)
    fleet.misbehave(misbehaviour, "new00", match={"method": "ImportAgreementLicenseKeyPack"}, seconds=3)
    with fleet.starting(PLAYBOOK, settings_for([0])) as process:
        wait_until(lambda: fleet.misbehaviour()[0]["times"] == 0)
        kill(process)
    intentions = records(fleet.server("new00"), "Operations\\Unfinished")
    assert [entry["status"] for entry in intentions] == ["intended"]
    assert records(fleet.server("new00")) == []
    wait_until(lambda: any(message["method"].startswith("Import") for message in fleet.journal()))

    waiting = replace(fleet, [0])
    assert (waiting.code == 0) is (misbehaviour == "delay"), "what is seen needs no waiting"
    replace(fleet, [0], **_NOT_AT_WORK).succeeded()
    is_done(fleet.state(), 0)
    assert imports(fleet.journal(), 0) == _EACH_ONCE


def wait_until(holds: Callable[[], bool]) -> None:
    """Until something holds; 100 seconds at most."""
    deadline = time.monotonic() + 100
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
