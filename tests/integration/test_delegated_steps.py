# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A step of a playbook that names a server never changes another one.

Group variables say how each host is reached, as templates that depend on its own name. Ansible evaluates those of a
delegated task for the host that the task is delegated from.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.integration.fleet import Fleet
from tests.integration.main_job import BOUGHT, PLAYBOOK, PURCHASES, ROLE
from tests.integration.playbook import Run, Settings, play
from tests.integration.purchases import CLEARINGHOUSE, purchase

FLEET = (
    """
servers:
  rdls01:
    windows_release: "2016"
    activated: true
    license_server_id: FAKE0LICENSESERVERIDOFADEADSERVER01
    contact: {FirstName: Rosa, LastName: Example, Company: Winfleet Example, CountryRegion: Germany}
    key_packs:
      - {purchase: enterprise, quantity: 250, issued: 231}
      - {purchase: retail, quantity: 50, issued: 12}
  rdls02: {windows_release: "2025", activated: true}
  rdsh01: {role_installed: false, session_host: {licensing_type: "4", license_servers: [rdls01.winfleet.example]}}
  rdsh02: {role_installed: false, session_host: {licensing_type: "4", license_servers: [rdls01.winfleet.example]}}
"""
    + CLEARINGHOUSE
)
HOSTS = ("rdls01", "rdls02", "rdsh01", "rdsh02")
REPLACE = {
    f"{ROLE}_target_host": "rdls02",
    f"{ROLE}_source_host": "rdls01",
    f"{ROLE}_purchases": PURCHASES,
    f"{ROLE}_deactivate_source": True,
    f"{ROLE}_session_hosts": ["rdsh01", "rdsh02"],
}
RETIRE = {
    "retire_dead_server_target_host": "rdls02",
    "retire_dead_server_source_license_server_id": "FAKE0LICENSESERVERIDOFADEADSERVER01",
    "retire_dead_server_source_operating_system": "windows_server_2016",
    "retire_dead_server_source_name": "rdls01.winfleet.example",
    "retire_dead_server_purchases": [purchase("enterprise")],
    "retire_dead_server_acknowledge_manual_removal": True,
    "retire_dead_server_session_hosts": ["rdsh01", "rdsh02"],
}


def inventory(fleet: Fleet, **leads_to: str) -> dict[str, Any]:
    """Hosts without variables of their own; the group has all, by name. `leads_to`: names that lead elsewhere."""
    listeners = {host: fleet.ready["servers"][leads_to.get(host, host)] for host in HOSTS}
    variables = {
        "ansible_connection": "winrm",
        "ansible_host": "{{ addresses[inventory_hostname] }}",
        "ansible_port": "{{ ports[inventory_hostname] }}",
        "ansible_user": "labadmin",
        "ansible_password": "Simulated-Only-1",
        "ansible_winrm_scheme": "http",
        "ansible_winrm_transport": "ntlm",
        "addresses": {host: found["address"] for host, found in listeners.items()},
        "ports": {host: found["listeners"]["http"]["port"] for host, found in listeners.items()},
    }
    return {"all": {"vars": variables, "hosts": {host: {} for host in HOSTS}}}


def run(fleet: Fleet, directory: Path, playbook: str, given: dict[str, Any], **leads_to: str) -> Run:
    settings = Settings(watch=False, variables=given)
    return play(playbook, inventory(fleet, **leads_to), settings, directory / "run", fleet.ready["control_url"])


def pointed(fleet: Fleet, host: str) -> list[str]:
    return [name.lower() for name in fleet.server(host)["session_host"]["license_servers"]]


def test_the_source_is_deactivated_and_each_session_host_repointed(fleet: Fleet, tmp_path: Path) -> None:
    run(fleet, tmp_path, PLAYBOOK, REPLACE).succeeded()
    assert (fleet.cals("rdls02"), fleet.cals("rdls01")) == (BOUGHT, [])
    assert not fleet.server("rdls01")["activated"]
    assert fleet.server("rdls02")["activated"]
    assert pointed(fleet, "rdsh01") == pointed(fleet, "rdsh02") == ["rdls02.winfleet.example"]


def test_session_hosts_of_a_server_that_will_not_come_back_are_repointed(fleet: Fleet, tmp_path: Path) -> None:
    fleet.switch_off("rdls01")
    try:
        run(fleet, tmp_path, "winfleet.rd_licensing.retire_dead_server", RETIRE).succeeded()
    finally:
        fleet.switch_on("rdls01")
    assert pointed(fleet, "rdsh01") == pointed(fleet, "rdsh02") == ["rdls02.winfleet.example"]


@pytest.mark.parametrize("leads_to", [{"rdls01": "rdls02"}, {"rdls02": "rdls01"}], ids=["source", "target"])
def test_a_source_name_that_leads_to_the_target_stops_the_run(
    fleet: Fleet, tmp_path: Path, leads_to: dict[str, str]
) -> None:
    before = fleet.state()
    done = run(fleet, tmp_path, PLAYBOOK, REPLACE, **leads_to)
    assert done.code == 2
    assert fleet.state() == before


def test_a_session_host_name_that_leads_to_another_stops_the_run(fleet: Fleet, tmp_path: Path) -> None:
    """In the preflight, before a CAL moves."""
    before = fleet.state()
    done = run(fleet, tmp_path, PLAYBOOK, REPLACE, rdsh02="rdsh01")
    assert done.code == 2
    assert fleet.state() == before
    failed = next(each for each in done.outcomes if each.status == "failed")
    assert failed.task.endswith("Preflight | Plan the session hosts")
    assert any("rdsh01" in item.get("msg", "") for item in failed.result["results"])


def test_a_deactivation_without_an_outcome_is_given_up_with_the_variable_that_its_message_names(
    fleet: Fleet, tmp_path: Path
) -> None:
    """The message speaks of an operation of the source; the variable has to reach the source's task."""
    fleet.misbehave("drop_before", "rdls01", match={"method": "DeactivateServerAutomatic"})
    assert run(fleet, tmp_path / "first", PLAYBOOK, REPLACE).code == 2
    stopped = run(fleet, tmp_path / "second", PLAYBOOK, REPLACE)
    assert stopped.code == 2
    message = next(each.message for each in stopped.outcomes if each.status == "failed")
    said = re.search(r"replace_source_server_resolve_operations: \[{operation: (\S+), outcome: had_no_effect", message)
    assert said, message
    decided = {"replace_source_server_resolve_operations": [{"operation": said[1], "outcome": "had_no_effect"}]}
    run(fleet, tmp_path / "third", PLAYBOOK, {**REPLACE, **decided}).succeeded()
    assert not fleet.server("rdls01")["activated"]
    assert fleet.server("rdls02")["activated"]


def test_the_wait_for_an_outcome_holds_for_the_deactivation_too(fleet: Fleet, tmp_path: Path) -> None:
    fleet.misbehave("drop_before", "rdls01", match={"method": "DeactivateServerAutomatic"})
    no_wait = {**REPLACE, "replace_source_server_outcome_wait": 1}
    assert run(fleet, tmp_path / "first", PLAYBOOK, no_wait).code == 2
    run(fleet, tmp_path / "second", PLAYBOOK, no_wait).succeeded()
    assert not fleet.server("rdls01")["activated"]
