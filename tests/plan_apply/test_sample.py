# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sample of the search: every scenario beside the matrix, and a program for each operation and method of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.matrix.cells import CELLS, METHODS, OPERATIONS
from tests.integration.purchases import PROGRAMS
from tests.plan_apply.meddling import refuses_what_moved_on_servers
from tests.plan_apply.proofs import agrees_and_ends, continues_after, refuses_each_moved_fact
from tests.plan_apply.scenarios import MATRIX, OTHERS
from tests.plan_apply.stage import Scenario, Stage
from tests.universe.faults import Fault

_SAMPLE = {
    (operation, method, PROGRAMS[(3 * row + column) % len(PROGRAMS)])
    for row, operation in enumerate(OPERATIONS)
    for column, method in enumerate(METHODS)
}
CHOSEN = [
    scenario
    for cell, scenario in zip(CELLS, MATRIX, strict=True)
    if (cell.operation, cell.method, cell.program) in _SAMPLE
]


@pytest.mark.parametrize("scenario", [*CHOSEN, *OTHERS], ids=str)
def test_plan_and_run_agree_and_a_second_application_changes_nothing(scenario: Scenario, tmp_path: Path) -> None:
    assert agrees_and_ends(Stage(scenario, tmp_path)) > 0


@pytest.mark.parametrize("scenario", [*CHOSEN, *OTHERS], ids=str)
def test_each_moved_fact_is_refused_by_name(scenario: Scenario, tmp_path: Path) -> None:
    assert refuses_each_moved_fact(Stage(scenario, tmp_path)) > 0


@pytest.mark.parametrize("name", ["session host", "connection method", "reduced"])
def test_whatever_changes_on_a_server_is_refused_or_not_read(name: str, tmp_path: Path) -> None:
    scenario = next(each for each in OTHERS if each.name == name)
    assert refuses_what_moved_on_servers(Stage(scenario, tmp_path)).refused > 0


@pytest.mark.parametrize("kind", ["killed_before", "killed_after", "lost_after"])
@pytest.mark.parametrize("name", ["half of a migration", "database recreated"])
@pytest.mark.parametrize("place", [1, 4, 7])
def test_an_interrupted_run_is_continued_by_the_same_plan(name: str, kind: str, place: int, tmp_path: Path) -> None:
    scenario = next(each for each in OTHERS if each.name == name)
    stage = Stage(scenario, tmp_path)
    continues_after(stage, [Fault(kind, place, "change")])
    assert stage.world.faults_met
