# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operation by connection method by license program: all cells, walked once; a test for each thing that each shows."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.integration.matrix.cells import CELLS, METHODS, OPERATIONS, Cell
from tests.integration.matrix.checks import CHECKS, Check
from tests.integration.matrix.page import PAGE, overview, render
from tests.integration.matrix.walk import Evidence, walk
from tests.integration.purchases import PROGRAMS, bare


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """What a walk through the whole matrix brought."""
    return walk(tmp_path_factory.mktemp("matrix"))


@pytest.mark.parametrize(
    ("cell", "check"),
    [
        pytest.param(cell, check, id=f"{cell}-{check.title.replace(' ', '_')}")
        for cell in CELLS
        for check in CHECKS
        if check.applies(cell)
    ],
)
def test_cell(evidence: Evidence, cell: Cell, check: Check) -> None:
    """Called for instance migrate_live-web_browser-open-second_run."""
    check.prove(evidence, cell)


def test_the_matrix_is_complete() -> None:
    ways = {(cell.operation, cell.method, cell.program) for cell in CELLS}
    assert len(CELLS) == len(ways) == len(OPERATIONS) * len(METHODS) * len(PROGRAMS) == 96


def test_half_of_the_retail_purchases_are_bare_codes_and_half_of_the_sources_out_of_reach() -> None:
    retail = [cell.states_cals for cell in CELLS if cell.program == "retail"]
    assert retail.count(True) == retail.count(False)
    for operation in ("migrate_live", "migrate_dead"):
        reaches = [cell.reaches_source for cell in CELLS if cell.operation == operation]
        assert reaches.count(True) == reaches.count(False)


def test_a_sheet_that_lacks_a_field_gets_no_id(evidence: Evidence) -> None:
    """So what the other cells show about the sheet is worth something."""
    assert len(evidence.lacking) == 2 * 12
    for (cell, label), answer in evidence.lacking.items():
        assert (answer.identifier, answer.refusal) == ("", f"{label} is required."), cell


def test_no_number_or_code_is_shown(evidence: Evidence) -> None:
    """Neither in what Ansible prints nor in a result, right or wrong, with hyphens and blanks or without."""
    secrets = [answer.identifier for answer in evidence.answers.values()]
    for cell in CELLS:
        for purchase in (cell.purchase(), cell.unknown_purchase(), *cell.malformed_purchases()):
            secrets += [str(text) for name, text in purchase.items() if name.endswith(("_number", "_code"))]
    forms = sorted({form for secret in secrets for form in (secret, bare(secret))})
    pattern = re.compile(rf"(?<![0-9A-Za-z])(?:{'|'.join(map(re.escape, forms))})(?![0-9A-Za-z])")
    for name, phase in evidence.phases.items():
        results = [outcome.result for outcome in phase.run.outcomes]
        assert pattern.findall(phase.run.output + str(results)) == [], name


def test_the_coverage_page_is_current(evidence: Evidence, record_property: Callable[[str, object], None]) -> None:
    """docs/coverage.md is written by "make coverage"."""
    record_property("coverage", overview(evidence))
    assert PAGE.read_text(encoding="utf-8") == render(evidence)
