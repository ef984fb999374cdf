# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan that is made with --check, approved, and applied by the same playbook with one more variable."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.integration import main_job
from tests.integration.fleet import Fleet
from tests.integration.main_job import BOUGHT, PLAYBOOK, variables
from tests.integration.playbook import Run, Settings, task

FLEET = main_job.FLEET.replace(
    '  rdls08: {windows_release: "2025", activated: true}\n',
    '  rdls08: {windows_release: "2025", activated: true}\n'
    '  rdsh01: {session_host: {licensing_type: "4", license_servers: [rdls01]}}\n',
)
FILE = "change-4711.json"


def run(fleet: Fleet, directory: Path, *arguments: str, apply: bool = False, **more: Any) -> Run:
    """Run the main job with a plan file in a directory."""
    plan = {"rd_licensing_plan_file": str(directory / FILE), "rd_licensing_plan_key": "{{ 'vaulted' }} key"}
    if apply:
        plan["rd_licensing_plan"] = "apply"
    chosen = {**variables(session_hosts=["rdsh01"], deactivate_source=True, **more), **plan}
    return fleet.run(PLAYBOOK, Settings(arguments=arguments, variables=chosen))


def read(directory: Path) -> dict[str, Any]:
    """The plan."""
    plan: dict[str, Any] = json.loads((directory / FILE).read_text(encoding="utf-8"))
    return plan


def test_a_server_is_replaced_by_plan(fleet: Fleet, tmp_path: Path) -> None:
    """Planned, applied, applied again: the role, with session host and source, each over its own connection."""
    before = fleet.state()
    run(fleet, tmp_path, "--check").succeeded()
    assert fleet.state() == before
    plan = read(tmp_path)
    assert list(plan["hosts"]) == ["rdls02"]
    modules = [each["module"] for each in plan["hosts"]["rdls02"]]
    assert modules == ["cal_migration", "connection_method", "session_host", "license_server"]
    steps = [step["text"] for each in plan["hosts"]["rdls02"] for step in each["steps"]]
    applied = run(fleet, tmp_path, apply=True).succeeded()
    done = [step for each in applied.outcomes for step in (each.result.get("steps") or []) if each.changed]
    for item in [item for each in applied.outcomes for item in each.result.get("results") or []]:
        done += item.get("steps") or []
    assert sorted(set(done)) == sorted(steps)
    assert fleet.cals("rdls02") == BOUGHT
    assert fleet.cals("rdls01") == []
    after = fleet.state()
    mark = len(fleet.journal())
    run(fleet, tmp_path, apply=True).succeeded()
    assert [message for message in fleet.journal()[mark:] if message["writes"]] == []
    assert fleet.state() == after


def test_what_moved_later_in_the_role_stops_it_before_the_first_change(fleet: Fleet, tmp_path: Path) -> None:
    """The session host comes last, and the CALs stay where they are."""
    run(fleet, tmp_path, "--check").succeeded()
    fleet.play(task("meddle", "session_host", {"license_servers_to_add": ["rdls09"]}), hosts="rdsh01").succeeded()
    before = fleet.state()
    stopped = run(fleet, tmp_path, apply=True)
    assert stopped.code == 2
    text = "rdsh01 license servers: rdls01 when planned, rdls01, rdls09 now"
    assert any(text in each.message or text in str(each.result) for each in stopped.outcomes), stopped.output
    assert fleet.state() == before


def test_a_key_pack_that_moved_is_named(fleet: Fleet, tmp_path: Path) -> None:
    run(fleet, tmp_path, "--check").succeeded()
    fleet.play(task("meddle", "key_pack", {"state": "reduced", "key_pack_id": 5, "quantity": 49})).succeeded()
    before = fleet.state()
    stopped = run(fleet, tmp_path, apply=True, require_full_coverage=False)
    assert stopped.code == 2
    assert "key pack" in stopped.output, stopped.output
    assert fleet.state() == before


def test_without_apply_nothing_is_changed(fleet: Fleet, tmp_path: Path) -> None:
    run(fleet, tmp_path, "--check").succeeded()
    before, made = fleet.state(), (tmp_path / FILE).read_bytes()
    stopped = run(fleet, tmp_path)
    assert stopped.code == 2
    assert "Set rd_licensing_plan: apply to apply the approved plan" in stopped.output
    assert fleet.state() == before
    assert (tmp_path / FILE).read_bytes() == made


def test_the_action_group_has_the_options(fleet: Fleet, tmp_path: Path) -> None:
    """One file for several hosts, whose tasks are processes of their own; modules that only read pass by."""
    options = {"plan_file": str(tmp_path / FILE)}
    defaults = {"group/winfleet.rd_licensing.rd_licensing": options}
    tasks = (task("read", "license_server_info"), task("set", "connection_method", {"connection_method": "telephone"}))
    made = fleet.play(
        *tasks, hosts="rdls01:rdls07:rdls08", arguments=("--check",), play_keywords={"module_defaults": defaults}
    )
    made.succeeded()
    plan = read(tmp_path)
    assert list(plan["hosts"]) == ["rdls01", "rdls07", "rdls08"]
    options["plan"] = "apply"
    applied = fleet.play(*tasks, hosts="rdls07", play_keywords={"module_defaults": defaults}).succeeded()
    assert applied["set"].result["connection_method"] == "telephone"
    assert fleet.play(*tasks, hosts="rdls03", play_keywords={"module_defaults": defaults}).code == 2
