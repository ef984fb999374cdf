# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/coverage.md: the cells and their results as tables."""

from __future__ import annotations

from itertools import groupby

from tests.integration.matrix.cells import CELLS, Cell
from tests.integration.matrix.checks import CHECKS, calls, verdict
from tests.integration.matrix.walk import Evidence
from tests.integration.playbook import ROOT
from tests.integration.purchases import PROGRAMS

PAGE = ROOT / "docs" / "coverage.md"
_HEAD = """<!--
Copyright (c) 2026, Winfleet contributors
SPDX-License-Identifier: GPL-3.0-or-later
Written by "make coverage". Changes by hand are lost.
-->

# Coverage

Every way of getting CALs onto a license server: an operation, a connection method and a license program. Each cell
has a purchase and servers of its own in the simulated fleet. A test walks all of them, and fails when this page says
something else.

Between two runs by web browser or telephone, a simulated administrator fills in the forms of the simulated web site or
talks to the simulated telephone service. The administrator knows nothing but the request sheet that
`clearinghouse_request` wrote with `include_credentials: true`, and brings the ID back in the answer file.
"""
_OPERATIONS = {
    "install": "Install (`key_pack`)",
    "migrate_live": "Migrate from a live source (`cal_migration` with `source.host`)",
    "migrate_dead": "Migrate from a dead source (`cal_migration` with `source.license_server_id`; the source is off)",
    "rebuild": "Reinstall after a rebuild (`database_rebuild`)",
}
_NO_CELL_IS_LEFT_OUT = """\
Every cell makes sense, so none is left out. The provider has a method for each operation, kind of purchase and way to
the Clearinghouse, see [Win32_TSLicenseKeyPack](https://learn.microsoft.com/windows/win32/termserv/win32-tslicensekeypack).

One in two retail purchases is a bare code, the others state version, type and quantity. One in two live sources is out
of the target's reach, so that the task removes there what Windows could not.
"""


def render(evidence: Evidence) -> str:
    """The whole page."""
    parts = [_HEAD, overview(evidence), _NO_CELL_IS_LEFT_OUT, "## What each cell shows\n"]
    parts.append("\n".join(f"- **{check.title}**: {check.says}" for check in CHECKS) + "\n")
    for operation, cells in groupby(CELLS, key=lambda cell: cell.operation):
        parts.append(f"## {_OPERATIONS[operation]}\n\n{_details(evidence, list(cells))}")
    return "\n".join(parts)


def overview(evidence: Evidence) -> str:
    """A line for each operation and connection method, a column for each license program."""
    lines = [_line("operation", "connection method", *PROGRAMS), _line(*["---"] * (len(PROGRAMS) + 2))]
    for (operation, method), cells in groupby(CELLS, key=lambda cell: (cell.operation, cell.method)):
        lines.append(_line(operation, method, *(_count(evidence, cell) for cell in cells)))
    return "\n".join(lines) + "\n"


def _count(evidence: Evidence, cell: Cell) -> str:
    verdicts = [verdict(check, evidence, cell) for check in CHECKS if check.applies(cell)]
    return f"{verdicts.count('yes')} of {len(verdicts)}"


def _details(evidence: Evidence, cells: list[Cell]) -> str:
    checks = [check for check in CHECKS if any(check.applies(cell) for cell in cells)]
    heads = ["connection method", "license program", "calls", *(check.title for check in checks)]
    lines = [_line(*heads), _line(*["---"] * len(heads))]
    for cell in cells:
        program = cell.program if cell.states_cals else f"{cell.program} (bare code)"
        called = ", ".join(f"`{method}`" for method in calls(evidence, cell))
        results = [verdict(check, evidence, cell) for check in checks]
        lines.append(_line(cell.method, program, called, *results))
    return "\n".join(lines) + "\n"


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
