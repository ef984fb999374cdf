# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""At the end of a packaged playbook one table shows what became of each server, also of those that failed."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration import main_job
from tests.integration.fleet import Fleet
from tests.integration.main_job import PLAYBOOK, PURCHASES, ROLE, variables
from tests.integration.playbook import Run, Settings
from tests.integration.purchases import purchase

FLEET = main_job.FLEET
SHOW = "Show the fleet"
CALS = "250 2022 per user, 50 2022 per device"


def pair(source: str, *purchases: Any) -> dict[str, Any]:
    return {f"{ROLE}_source_host": source, f"{ROLE}_purchases": list(purchases)}


PAIRS = {
    "rdls02": pair("rdls01", *PURCHASES),
    "rdls08": pair("rdls07", purchase("campus"))
    | {f"{ROLE}_connection_method": "web_browser", f"{ROLE}_requests_directory": "requests"},
    # It has no role service.
    "rdls05": pair("rdls06"),
}


def table(run: Run) -> list[str]:
    """The lines of the one table."""
    (shown,) = [each for each in run.outcomes if each.task == SHOW and each.status == "ok"]
    lines: list[str] = shown.result["msg"]
    return lines


def replace(fleet: Fleet, *arguments: str, hostvars: Any = None, **more: Any) -> Run:
    settings = Settings(hostvars=hostvars or PAIRS, variables=more, arguments=arguments, watch=False)
    return fleet.run(PLAYBOOK, settings)


def test_one_table_for_those_that_changed_wait_and_failed(fleet: Fleet, tmp_path: Path) -> None:
    run = replace(fleet, **{f"{ROLE}_summary_file": str(tmp_path / "new" / "fleet.json")})
    assert run.code == 2
    titles, *lines = table(run)
    assert titles.split("  ")[0] == "server"
    cells = {line.split()[0]: line for line in lines}
    assert cells["rdls02"].startswith("rdls02  no CALs")
    assert CALS in cells["rdls02"]
    assert cells["rdls02"].endswith("changed")
    assert cells["rdls08"].split()[-1] == "waiting"
    assert cells["rdls05"].split()[-1] == "failed"
    reason = next(line for line in lines if line.startswith("rdls05: "))
    assert "role service is not installed" in reason
    assert lines[-1] == "3 servers: 1 changed, 1 waiting, 1 failed"
    rows = json.loads((tmp_path / "new" / "fleet.json").read_text(encoding="utf-8"))
    assert {row["server"]: (row["outcome"], row["waiting"]) for row in rows} == {
        "rdls02": ("changed", 0),
        "rdls08": ("waiting", 1),
        "rdls05": ("failed", 0),
    }

    again = replace(fleet, "--limit", "rdls01,rdls02,rdls07").succeeded()
    assert table(again)[1].endswith("unchanged")
    assert "as before" in table(again)[1]


def test_the_table_comes_even_if_no_server_is_left(fleet: Fleet, tmp_path: Path) -> None:
    path = tmp_path / "fleet.csv"
    hostvars = {"rdls05": PAIRS["rdls05"], "rdls03": pair("rdls01", *PURCHASES)}
    run = replace(fleet, hostvars=hostvars, **{f"{ROLE}_summary_file": str(path)})
    assert run.code == 2
    assert table(run)[-1] == "2 servers: 2 failed"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = {row["server"]: row for row in csv.DictReader(file)}
    assert "are newer than the server" in rows["rdls03"]["reason"]


def test_an_unreachable_server_is_a_row(fleet: Fleet) -> None:
    fleet.switch_off("rdls08")
    try:
        run = replace(fleet)
    finally:
        fleet.switch_on("rdls08")
    assert "unreachable" in next(line for line in table(run) if line.startswith("rdls08  "))
    assert table(run)[-1] == "3 servers: 1 changed, 1 failed, 1 unreachable"


@pytest.mark.parametrize("serial", ["100%", 1])
def test_the_table_comes_even_if_every_server_is_unreachable(fleet: Fleet, tmp_path: Path, serial: Any) -> None:
    path = tmp_path / "fleet.json"
    fleet.switch_off("rdls02")
    fleet.switch_off("rdls08")
    more = {f"{ROLE}_summary_file": str(path), f"{ROLE}_serial": serial}
    try:
        run = replace(fleet, hostvars={name: PAIRS[name] for name in ("rdls02", "rdls08")}, **more)
    finally:
        fleet.switch_on("rdls02")
        fleet.switch_on("rdls08")
    assert run.code != 0
    rows = {row["server"]: row for row in json.loads(path.read_text(encoding="utf-8"))}
    # With batches of one, the first one ends the playbook.
    assert [row["outcome"] for row in rows.values()].count("unreachable") == (1 if serial == 1 else 2)
    assert "cannot connect to" in rows["rdls02"]["reason"]
    assert table(run)[-1].startswith("2 servers: ")


def test_a_dry_run_shows_what_is_planned_and_writes_no_file(fleet: Fleet, tmp_path: Path) -> None:
    path = tmp_path / "fleet.md"
    given = variables() | {f"{ROLE}_summary_file": str(path)}
    run = replace(fleet, "--check", hostvars={"rdls99": {}}, **given).succeeded()
    assert table(run)[1].split()[-1] == "planned"
    assert not path.exists()


def test_variables_that_are_empty_are_not_set(fleet: Fleet) -> None:
    """As a survey passes on what was not answered."""
    empty = {f"{ROLE}_summary_file": "", f"{ROLE}_target_host": "", f"{ROLE}_serial": "", f"{ROLE}_source_name": ""}
    run = replace(fleet, "--check", "--limit", "rdls01,rdls02", **empty).succeeded()
    assert table(run)[-1] == "1 server: 1 planned"


def test_a_summary_file_of_another_kind_is_refused_before_anything_is_done(fleet: Fleet) -> None:
    run = replace(fleet, **variables(), **{f"{ROLE}_summary_file": "fleet.xlsx"})
    assert run.code == 2
    assert f"{ROLE}_summary_file must end in .md, .csv or .json: fleet.xlsx" in run.output
    assert fleet.journal() == []


def test_batches_are_summed_up_once(fleet: Fleet, tmp_path: Path) -> None:
    path = tmp_path / "fleet.md"
    run = replace(fleet, "--limit", "!rdls05", **{f"{ROLE}_serial": 1, f"{ROLE}_summary_file": str(path)}).succeeded()
    assert table(run)[-1] == "2 servers: 1 changed, 1 waiting"
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "| server | before | after | waiting for IDs | pending removals | outcome | reason |"
    assert len(lines) == 4
