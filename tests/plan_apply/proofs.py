# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be true of every scenario; each proof gives how much it has held against, for the figures."""

from __future__ import annotations

import re
import typing as t

from tests.plan_apply.mutation import admissions, mutations
from tests.plan_apply.stage import Stage
from tests.universe.faults import Fault
from tests.universe.world import Run

_MOST_RUNS = 4
_LONGER_THAN_A_CALL = 7200.0


def planned_texts(plan: dict[str, t.Any], part: int) -> dict[str, list[str]]:
    """The steps of a plan by host, in their order."""
    return _by_host(
        (host, [step["text"] for step in task["steps"] if step["part"] == part])
        for host, tasks in plan["hosts"].items()
        for task in tasks
    )


def _done(runs: list[Run]) -> dict[str, list[str]]:
    return _by_host((run.task["host"], t.cast("dict[str, t.Any]", run.result)["steps"]) for run in runs)


def _by_host(steps: t.Iterable[tuple[str, list[str]]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for host, texts in steps:
        # What leaves the source is listed once it is known.
        found.setdefault(host, []).extend(re.sub(r"(Remove from \S+ any).*", r"\1", text) for text in texts)
    return found


def agrees_and_ends(stage: Stage) -> int:
    """Plan and run agree step by step, and a second application changes nothing. Gives the number of steps."""
    before = stage.snapshot()
    plan = stage.plan()
    assert stage.snapshot() == before, "making the plan changed a server"
    first, later = planned_texts(plan, 1), planned_texts(plan, 2)
    runs = _green(stage.apply())
    assert _done(runs) == first, "the run does not do what the plan says"
    if any(later.values()):
        stage.answer(runs)
        assert _done(_green(stage.apply())) == later, "the second part of the run does not do what the plan says"
    after = stage.snapshot()
    again = _green(stage.apply())
    assert not any(t.cast("dict[str, t.Any]", run.result)["changed"] for run in again), "applied twice, changed twice"
    assert stage.snapshot() == after, "the second application changed a server"
    return sum(map(len, (*first.values(), *later.values())))


def refuses_each_moved_fact(stage: Stage) -> int:
    """Each fact that is another one than when the plan was made is refused by its name. Gives their number."""
    stage.plan()
    stage.answer(stage.apply(check=True))
    number = 0
    for admission in admissions(stage):
        for mutation in mutations(admission):
            message = mutation.refusal()
            assert mutation.names_it(message), f"{mutation}: {message or 'let through'}"
            number += 1
    return number


def continues_after(stage: Stage, faults: t.Sequence[Fault]) -> bool:
    """An interrupted application is continued by the next ones, with the same plan. Gives whether it was interrupted.

    Where the messages ask an administrator to look at the server and to decide, that is done.
    """
    stage.plan()
    runs = stage.apply(faults=faults)
    interrupted = not all(run.green for run in runs)
    if not stage.world.faults_met:
        return False
    for _attempt in range(_MOST_RUNS):
        # Longer than a call may be at work.
        with stage.world.entered():
            stage.world.clock.advance(_LONGER_THAN_A_CALL)
        stage.world.away.clear()
        stage.answer([run for run in runs if run.green])
        runs = stage.apply()
        if len(runs) == len(stage.scenario.tasks) and all(
            run.green and not t.cast("dict[str, t.Any]", run.result).get("awaiting") for run in runs
        ):
            break
        stage.decide(runs)
    _green(runs)
    after = stage.snapshot()
    again = _green(stage.apply())
    assert not any(t.cast("dict[str, t.Any]", run.result)["changed"] for run in again), "applied twice, changed twice"
    assert stage.snapshot() == after, "the second application changed a server"
    return interrupted


def _green(runs: list[Run]) -> list[Run]:
    assert all(run.green for run in runs), [run.message for run in runs]
    return runs
