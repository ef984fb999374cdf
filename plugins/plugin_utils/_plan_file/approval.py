# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether what a task is about to do is what was approved. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import DONE
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._plan_file.comparison import Comparison
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._plan_file.document import (
    PLAN_AGAIN,
    PlannedTask,
)

Task = Mapping[str, t.Any]


@dataclass(frozen=True)
class ApprovedHost:
    """What a plan file holds for one inventory host.

    Attributes:
        file: what to call the file in messages.
        tasks: what was planned for the host, in order.
        steps: the steps of the whole plan that concern servers of this host, whichever host they were planned for.
    """

    file: str
    host: str
    tasks: Sequence[Task]
    steps: Sequence[Mapping[str, t.Any]]


def approved_host(file: str, host: str, hosts: Mapping[str, Sequence[Task]], by_server: StepsByServer) -> ApprovedHost:
    """What concerns a host.

    Raises:
        Refused: the plan was not made for the host.
    """
    if host not in hosts:
        raise not_planned(file, host, list(hosts))
    servers = {server for task in hosts[host] for server in task.get("facts", ())}
    steps = {
        f"{step['server']} {step['sha256']}": step for server in sorted(servers) for step in by_server.get(server, ())
    }
    return ApprovedHost(file, host, hosts[host], list(steps.values()))


def not_planned(file: str, host: str, hosts: Sequence[str]) -> Refused:
    """The error for a host that a plan was not made for."""
    names = ", ".join(hosts[:5]) + (f" and {len(hosts) - 5} more" if len(hosts) > 5 else "")
    return Refused(f"{host} is not in {file}, which was made for {names or 'no host'}. {PLAN_AGAIN}.")


StepsByServer = Mapping[str, Sequence[Mapping[str, t.Any]]]


def steps_by_server(hosts: Mapping[str, Sequence[Task]]) -> dict[str, list[Mapping[str, t.Any]]]:
    """The steps of a whole plan by the servers that they change, or write into the record of."""
    found: dict[str, list[Mapping[str, t.Any]]] = {}
    for tasks in hosts.values():
        for task in tasks:
            for step in task.get("steps", ()):
                for server in {step["server"], *(each["server"] for each in step["operations"])}:
                    found.setdefault(server, []).append(step)
    return found


def require_approved(approved: ApprovedHost, task: PlannedTask) -> None:
    """Every step of a task has to be approved, and every fact has to be as it was.

    A task without steps changes nothing, and needs no approval.

    Raises:
        Refused: something moved, other purchases are named, or the plan has no step for what the task would do.
    """
    steps = task.steps()
    if not any(step["part"] == 1 for step in steps):
        return
    planned = _planned_task(approved, task, steps)
    if planned is None:
        raise Refused(_no_step(approved, task, steps[0]))
    _require_purchases(approved, task, planned)
    comparisons = [
        Comparison(server, planned["facts"][server], facts, approved.steps, {step["sha256"] for step in steps})
        for server, facts in task.facts.items()
        if server in planned["facts"]
    ]
    for server in task.facts:
        if server not in planned["facts"]:
            raise Refused(f"{server} was not read when {approved.file} was made. {PLAN_AGAIN}.")
    for comparison in comparisons:
        moved = comparison.moved()
        if moved:
            raise Refused(f"{moved}. Nothing was changed. {PLAN_AGAIN}.")
    for step in steps:
        if step["part"] == 1:
            _require_step(approved, task, step, comparisons)


def _planned_task(approved: ApprovedHost, task: PlannedTask, steps: Sequence[Mapping[str, t.Any]]) -> Task | None:
    """The task of the plan that this one is: of those of the module on this server the one that fits best."""
    wanted = {step["sha256"] for step in steps}
    purchases = {each.sha256 for each in task.purchases}
    same = [
        each
        for each in approved.tasks
        if each["module"] == task.module and each["server"] == task.context.server and "facts" in each
    ]

    def fit(planned: Task) -> tuple[int, int]:
        common = sum(step["sha256"] in wanted for step in planned["steps"])
        return -common, len(purchases.symmetric_difference(each["sha256"] for each in planned["purchases"]))

    return min(same, key=fit, default=None)


def _require_purchases(approved: ApprovedHost, task: PlannedTask, planned: Task) -> None:
    known = {each["sha256"]: each["title"] for each in planned["purchases"]}
    new = [each.title for each in task.purchases if each.sha256 not in known]
    named = {each.sha256 for each in task.purchases}
    missing = [title for sha256, title in known.items() if sha256 not in named]
    if new or missing:
        parts = [f"not in the plan: {', '.join(new)}"] if new else []
        parts += [f"in the plan only: {', '.join(missing)}"] if missing else []
        raise Refused(
            f"{task.context.server}: the purchases are not those of {approved.file} ({'; '.join(parts)}). Nothing was "
            f"changed. Name the purchases of the plan. Otherwise: {PLAN_AGAIN[0].lower()}{PLAN_AGAIN[1:]}."
        )


def _require_step(
    approved: ApprovedHost, task: PlannedTask, step: Mapping[str, t.Any], comparisons: Sequence[Comparison]
) -> None:
    planned = (each for planned_task in approved.tasks for each in planned_task.get("steps", ()))
    known = [each for each in planned if each["sha256"] == step["sha256"]]
    if known:
        done = next(_carried_out(known[0], comparisons), None)
        if done:
            raise Refused(
                f"{task.context.server}: '{step['text']}' of {approved.file} is already carried out ({done}), and is "
                f"due again. Nothing was changed. {PLAN_AGAIN}."
            )
        return
    if not _settles_own(step, comparisons):
        raise Refused(_no_step(approved, task, step))


def _carried_out(step: Mapping[str, t.Any], comparisons: Sequence[Comparison]) -> Iterator[str]:
    """The operations of earlier runs of this plan that are the step's own."""
    for comparison in comparisons:
        if comparison.server == step["server"] and step["action"] in ("Acquire", "RemoveCals", "Convert"):
            own = Comparison(step["server"], comparison.planned, comparison.now, [step])
            for subject, operation in own.operations.items():
                if operation["status"] == DONE and own.wrote(operation):
                    yield subject


def _settles_own(step: Mapping[str, t.Any], comparisons: Sequence[Comparison]) -> bool:
    """Whether a step only writes down what became of what an earlier run of this plan has begun."""
    if step["action"] == "ReportDeletion":
        return any(comparison.wrote(each) for comparison in comparisons for each in comparison.operations.values())
    begun = {
        subject.removeprefix("operation ")
        for comparison in comparisons
        for subject, operation in comparison.operations.items()
        if comparison.wrote(operation)
    }
    return bool(step["settles"]) and begun.issuperset(step["settles"])


def _no_step(approved: ApprovedHost, task: PlannedTask, step: Mapping[str, t.Any]) -> str:
    failed = next((each["failed"] for each in approved.tasks if "failed" in each), None)
    why = f" The check of {approved.host} failed when the plan was made: {failed.rstrip('.')}." if failed else ""
    what = f"{approved.file} has no step for '{step['text']}'"
    return f"{task.context.server}: {what}.{why} Nothing was changed. {PLAN_AGAIN}."
