# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook retire_dead_server, as a user runs it."""

from __future__ import annotations

from typing import Any

from tests.integration.fleet import Fleet
from tests.integration.main_job import recap
from tests.integration.playbook import Run, Settings
from tests.integration.purchases import CLEARINGHOUSE, purchase

PLAYBOOK = "winfleet.rd_licensing.retire_dead_server"
ROLE = "retire_dead_server"
DEAD_ID = "FAKE0LICENSESERVERIDOFADEADSERVER01"
# rdls01 is known by its ID and its name alone. rdls02 was given its name.
FLEET = (
    """
servers:
  rdls01:
    windows_release: "2016"
    activated: true
    license_server_id: FAKE0LICENSESERVERIDOFADEADSERVER01
    contact: {FirstName: Rosa, LastName: Example, Company: Winfleet Example, CountryRegion: Germany}
    key_packs: [{purchase: enterprise, quantity: 250, issued: 231}]
  rdls02: {windows_release: "2025", activated: true}
  rdls03: {windows_release: "2025", activated: true}
  rdsh01: {role_installed: false, session_host: {licensing_type: "4", license_servers: [rdls02.winfleet.example]}}
"""
    + CLEARINGHOUSE
)
DEAD = {f"{ROLE}_source_license_server_id": DEAD_ID, f"{ROLE}_source_operating_system": "windows_server_2016"}


def retire(fleet: Fleet, *arguments: str, **more: Any) -> Run:
    """Run the playbook for rdls02; names without the role's prefix."""
    chosen = {
        "target_host": "rdls02",
        "purchases": [purchase("enterprise")],
        "acknowledge_manual_removal": True,
        **more,
    }
    given = DEAD | {f"{ROLE}_{name}": value for name, value in chosen.items()}
    return fleet.run(PLAYBOOK, Settings(variables=given, arguments=["--diff", *arguments], watch=False))


def words(run: Run) -> str:
    return " ".join(run.output.split())


def test_a_named_server_without_a_dead_one_is_an_error(fleet: Fleet) -> None:
    """A misspelt variable, say: a green run that did nothing would be taken for a migration."""
    run = fleet.run(PLAYBOOK, Settings(variables={f"{ROLE}_target_host": "rdls02"}, watch=False))
    assert run.code == 2
    assert f"rdls02 takes over from no server. Set {ROLE}_source_license_server_id" in words(run)
    assert fleet.journal() == []


def test_a_fleet_without_a_dead_server_says_that_there_is_nothing_to_do(fleet: Fleet) -> None:
    run = fleet.run(PLAYBOOK, Settings(watch=False)).succeeded()
    assert f"Nothing to do: none of the 4 hosts takes over from another server. Set {ROLE}_source" in words(run)
    assert fleet.journal() == []


def test_two_servers_cannot_take_over_from_the_same_one(fleet: Fleet) -> None:
    """However its license server ID is written."""
    hyphens = "-".join(DEAD_ID[start : start + 5] for start in range(0, 35, 5))
    hostvars = {"rdls02": DEAD, "rdls03": {**DEAD, f"{ROLE}_source_license_server_id": hyphens.lower()}}
    run = fleet.run(PLAYBOOK, Settings(hostvars=hostvars, watch=False))
    assert run.code == 2
    assert f"rdls02 and rdls03 would take over from the same server ({DEAD_ID})" in words(run)
    assert fleet.journal() == []


def test_a_message_names_the_variable_of_the_role(fleet: Fleet) -> None:
    run = retire(fleet, acknowledge_manual_removal=False)
    assert run.code == 2
    failed = next(each for each in run.outcomes if each.status == "failed")
    assert f"Set {ROLE}_acknowledge_manual_removal: true" in failed.message
    assert " acknowledge_manual_removal" not in failed.message


def test_a_successor_may_bear_the_name_of_the_dead_server(fleet: Fleet) -> None:
    """The session hosts then know the right name already."""
    options = {"source_name": "RDLS02.winfleet.example", "session_hosts": ["rdsh01"]}
    fleet.switch_off("rdls01")
    try:
        retire(fleet, **options).succeeded()
        assert recap(retire(fleet, **options).succeeded())["changed"] == 0
    finally:
        fleet.switch_on("rdls01")
    assert fleet.cals("rdls02") == [("enterprise", 250)]
    pointed = fleet.server("rdsh01")["session_host"]["license_servers"]
    assert [name.lower() for name in pointed] == ["rdls02.winfleet.example"]
