# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows of a fleet as a table."""

from __future__ import annotations

import csv
import io
import json
import typing as t

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.winfleet.rd_licensing.plugins.filter.fleet_table import FilterModule, fleet_table


def row(server: str, outcome: str, **more: t.Any) -> dict[str, t.Any]:
    return {
        "server": server,
        "before": "no purchased RDS CALs",
        "after": "250 Windows Server 2022 per user",
        "waiting": 0,
        "pending_removals": 0,
        "outcome": outcome,
        "reason": "",
        **more,
    }


ROWS = [
    row("rdls02", "changed"),
    row("rdls10.example", "failed", before="", after="", reason="rdls10.example: no | way"),
    row("rdls03", "waiting", before="250 Windows Server 2022 per user", waiting=2, pending_removals=1),
]


def test_lines_for_the_terminal() -> None:
    assert fleet_table(ROWS) == [
        "server          before             after              waiting for IDs  pending removals  outcome",
        "rdls02          no CALs            250 2022 per user  0                0                 changed",
        "rdls10.example  -                  -                  0                0                 failed",
        "rdls03          250 2022 per user  as before          2                1                 waiting",
        "rdls10.example: no | way",
        "3 servers: 1 changed, 1 waiting, 1 failed",
    ]
    assert fleet_table(ROWS[:1])[-1] == "1 server: 1 changed"


def test_markdown() -> None:
    lines = str(fleet_table(ROWS, "fleet.MD")).splitlines()
    assert lines[0] == "| server | before | after | waiting for IDs | pending removals | outcome | reason |"
    assert lines[3] == r"| rdls10.example |  |  | 0 | 0 | failed | rdls10.example: no \| way |"
    assert len(lines) == 5


def test_comma_separated_and_json_hold_the_rows() -> None:
    assert json.loads(str(fleet_table(ROWS, "/srv/fleet.json"))) == ROWS
    text = str(fleet_table(ROWS, "fleet.csv"))
    mark = "\N{ZERO WIDTH NO-BREAK SPACE}"
    assert text.startswith(mark)
    read = list(csv.DictReader(io.StringIO(text.removeprefix(mark))))
    assert read == [{name: str(value) for name, value in each.items()} for each in ROWS]


def test_refuses_another_ending_and_other_rows() -> None:
    with pytest.raises(AnsibleFilterError, match=r"fleet\.txt: the name must end in \.md, \.csv, \.json"):
        fleet_table(ROWS, "fleet.txt")
    with pytest.raises(AnsibleFilterError, match="must be the rows of"):
        fleet_table([{"server": "rdls02"}])


def test_is_a_filter() -> None:
    assert FilterModule().filters() == {"fleet_table": fleet_table}


def test_a_spreadsheet_runs_no_formula() -> None:
    assert ",'=HYPERLINK(1)" in str(fleet_table([{**ROWS[0], "reason": "=HYPERLINK(1)"}], "fleet.csv"))
