# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job, as a user runs it: the role and the playbook replace_source_server."""

from __future__ import annotations

from typing import Any

from tests.integration import main_job
from tests.integration.fleet import Fleet
from tests.integration.main_job import BOUGHT, PLAYBOOK, PURCHASES, ROLE, imports, migrated, recap, replace, variables
from tests.integration.playbook import Settings
from tests.integration.purchases import purchase

FLEET = main_job.FLEET


def test_as_a_role_with_the_purchases_in_the_play(fleet: Fleet) -> None:
    play = {
        "hosts": "rdls02",
        "gather_facts": False,
        "roles": [{"role": PLAYBOOK, "vars": {k: v for k, v in variables().items() if "target" not in k}}],
    }
    run = fleet.run([play], Settings()).succeeded()
    assert fleet.cals("rdls02") == BOUGHT
    old, new = run.last.result["msg"]
    cals = "250 Windows Server 2022 per user, 50 Windows Server 2022 per device"
    assert old == f"rdls01 held {cals}, and now holds no purchased RDS CALs"
    assert new == f"rdls02 held no purchased RDS CALs, and now holds {cals}"


def test_clears_the_source_when_the_provider_cannot(fleet: Fleet) -> None:
    fleet.cut("rdls01", "rdls02")
    dry = replace(fleet, "--check").succeeded()
    real = replace(fleet).succeeded()
    assert fleet.cals("rdls02") == BOUGHT
    assert fleet.cals("rdls01") == []
    assert migrated(real).result["diff"] == migrated(dry).result["diff"]
    assert recap(replace(fleet))["changed"] == 0


def test_moves_a_part_when_told_that_the_rest_stays(fleet: Fleet) -> None:
    options: dict[str, Any] = {"purchases": [purchase("enterprise", quantity=100)], "require_full_coverage": False}
    replace(fleet, **options).succeeded()
    assert fleet.cals("rdls02") == [("enterprise", 100)]
    assert fleet.cals("rdls01") == [("enterprise", 150), ("retail", 50)]
    assert recap(replace(fleet, **options))["changed"] == 0


def test_deactivates_the_source_at_the_end(fleet: Fleet) -> None:
    dry = replace(fleet, "--check", deactivate_source=True).succeeded()
    assert fleet.server("rdls01")["activated"]
    real = replace(fleet, deactivate_source=True).succeeded()
    assert not fleet.server("rdls01")["activated"]
    assert fleet.cals("rdls02") == BOUGHT
    assert recap(real)["changed"] == recap(dry)["changed"]
    assert recap(replace(fleet, deactivate_source=True).succeeded())["changed"] == 0


def test_adopts_what_was_moved_by_hand(fleet: Fleet) -> None:
    stated = [purchase("enterprise"), purchase("retail")]
    run = replace(fleet, target_host="rdls06", source_host="rdls08", purchases=stated).succeeded()
    assert imports(fleet) == []
    assert [each["outcome"] for each in migrated(run).result["purchases"]] == ["adopted", "adopted"]


def test_values_from_the_command_line_are_text(fleet: Fleet) -> None:
    """-e name=value gives strings; booleans and numbers among them count as what they say."""
    run = replace(
        fleet,
        *("-e", f"{ROLE}_deactivate_source=yes", "-e", f"{ROLE}_adopt=false", "-e", f"{ROLE}_require_full_coverage=1"),
        purchases=[purchase("enterprise", quantity="250"), purchase("retail", quantity="50")],
    ).succeeded()
    assert run.code == 0
    assert fleet.cals("rdls02") == BOUGHT
    assert not fleet.server("rdls01")["activated"]


def test_a_fleet_of_pairs_from_the_inventory(fleet: Fleet) -> None:
    hostvars = {
        "rdls02": {f"{ROLE}_source_host": "rdls01", f"{ROLE}_purchases": PURCHASES},
        "rdls08": {f"{ROLE}_source_host": "rdls07", f"{ROLE}_purchases": [purchase("campus")]},
    }
    fleet.run(PLAYBOOK, Settings(hostvars=hostvars, watch=False)).succeeded()
    assert (fleet.cals("rdls02"), fleet.cals("rdls01")) == (BOUGHT, [])
    assert (fleet.cals("rdls08"), fleet.cals("rdls07")) == ([("campus", 25)], [])


def test_two_servers_cannot_take_over_from_the_same_one(fleet: Fleet) -> None:
    takes_over = {f"{ROLE}_source_host": "rdls01", f"{ROLE}_purchases": PURCHASES}
    before = fleet.state()
    run = fleet.run(PLAYBOOK, Settings(hostvars={"rdls02": takes_over, "rdls08": takes_over}, watch=False))
    assert run.code == 2
    assert "rdls02 and rdls08 would take over from the same server (rdls01)" in run.output
    assert fleet.state() == before


def test_a_new_server_without_an_old_one_is_an_error(fleet: Fleet) -> None:
    """A misspelt variable, say: a green run that did nothing would be taken for a migration."""
    run = fleet.run(PLAYBOOK, Settings(variables={f"{ROLE}_target_host": "rdls02"}, watch=False))
    assert run.code == 2
    assert "rdls02 takes over from no server. Set replace_source_server_source_host" in " ".join(run.output.split())


def test_a_fleet_without_a_pair_says_that_there_is_nothing_to_do(fleet: Fleet) -> None:
    run = fleet.run(PLAYBOOK, Settings(watch=False)).succeeded()
    assert "Nothing to do: none of the" in " ".join(run.output.split())
    assert fleet.journal() == []


def test_the_connection_may_be_spelled_in_full(fleet: Fleet) -> None:
    in_full = {"ansible_connection": "ansible.builtin.winrm"}
    hostvars = {"rdls01": in_full, "rdls02": in_full}
    fleet.run(PLAYBOOK, Settings(variables=variables(), hostvars=hostvars)).succeeded()
    assert (fleet.cals("rdls02"), fleet.cals("rdls01")) == (BOUGHT, [])
