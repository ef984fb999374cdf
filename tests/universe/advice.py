# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an administrator does whom a message advises: looks at the servers, and takes the option that it names."""

from __future__ import annotations

import re
import typing as t

from tests.universe.world import Run

if t.TYPE_CHECKING:
    from tests.universe.play import Story

_DECISION: t.Final = re.compile(r"resolve_operations: \[\{operation: (?P<operation>[0-9a-f-]+), outcome: had_no_effect")
_ACQUIRE_AGAIN: t.Final = re.compile(r"acknowledge_missing: (?P<operation>[0-9a-f-]+)")
_ASSIGN: t.Final = re.compile(r"key_pack_id: (?P<number>\d+)")


def follow(story: Story, task: dict[str, t.Any], run: Run) -> bool:
    """Do what a message asks an administrator to do; whether there was something to do."""
    steps = (_decide, _assign, _enter_the_right_ids, _do_not_adopt, _acquire_again, _start_services)
    return any(step(story, task, run) for step in steps)


def _decide(story: Story, task: dict[str, t.Any], run: Run) -> bool:
    """Write down what became of an operation."""
    found = _DECISION.search(run.message)
    if found is None:
        return False
    identifier = found["operation"]
    decisions = task["options"].setdefault("resolve_operations", [])
    if any(each["operation"] == identifier for each in decisions):
        return False
    if identifier not in story.world.outcomes:
        decisions.append({"operation": identifier, "outcome": "had_no_effect"})
        return True
    decisions.append({"operation": identifier, "outcome": "took_effect"})
    key_pack_id = story.world.outcomes[identifier]
    if key_pack_id is not None and "key_pack_id" in run.message:
        decisions[-1]["key_pack_id"] = key_pack_id
    return True


def _assign(story: Story, task: dict[str, t.Any], run: Run) -> bool:
    """Write a key pack's number on the purchase that it is really of, if the task has that purchase."""
    found = _ASSIGN.search(run.message)
    if found is None or _DECISION.search(run.message):
        return False
    number = int(found["number"])
    for pack in story.world.packs(task["host"]):
        for purchase in _purchases(task):
            mine = pack.key_pack_id == number and story.judge.name_of(purchase) == pack.purchase
            if mine and purchase.get("key_pack_id") != number:
                purchase["key_pack_id"] = number
                return True
    return False


def _enter_the_right_ids(story: Story, task: dict[str, t.Any], run: Run) -> bool:
    """Enter two license key pack IDs the right way round that were swapped, if the message speaks of them."""
    if not story.swapped or not re.search(r"license key pack ID|license_key_pack_ids", run.message):
        return False
    one, other = story.swapped
    ids, story.swapped = story.world.ids, None
    ids[one], ids[other] = ids[other], ids[one]
    return True


def _do_not_adopt(story: Story, task: dict[str, t.Any], run: Run) -> bool:
    """Say that a key pack is not the purchase that it may be; here all that are, are assigned before."""
    if "set adopt: false" not in run.message or task["options"].get("adopt") is False:
        return False
    task["options"]["adopt"] = False
    return True


def _acquire_again(story: Story, task: dict[str, t.Any], run: Run) -> bool:
    """Ask for CALs once more that are recorded and gone; the purchase is the one whose number the message ends with.

    Not if a rebuild has yet to reinstall them: the message advises to let it, and the Clearinghouse would count twice
    what was asked for as a new purchase.
    """
    found = _ACQUIRE_AGAIN.search(run.message)
    if found is None or "Run winfleet.rd_licensing.database_rebuild again" in run.message:
        return False
    for purchase in _purchases(task):
        named = story.judge.name_of(purchase)
        if _last_characters(purchase) in run.message and purchase.get("acknowledge_missing") != found["operation"]:
            purchase["acknowledge_missing"] = found["operation"]
            story.judge.allow_another(task["host"], named)
            return True
    return False


def _purchases(task: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    purchases: list[dict[str, t.Any]] = task["options"].get("purchases", [])
    return purchases


def _last_characters(purchase: dict[str, t.Any]) -> str:
    names = ("license_code", "agreement_number", "license_number")
    return "****" + next(str(purchase[name]) for name in names if name in purchase)[-4:]


def _start_services(story: Story, _task: dict[str, t.Any], run: Run) -> bool:
    """Start a service that must run, if a call stopped it which took effect when no run waited for it any more."""
    late = [effect for each in story.world.runs for effect in each.late_effects]
    if "TermServLicensing runs" not in run.message or "StopService" not in late:
        return False
    services = [server.licensing_service for server in story.world.fleet.servers.values()]
    stopped = [service for service in services if service is not None and not service.running]
    for service in stopped:
        service.running = True
    return bool(stopped)
