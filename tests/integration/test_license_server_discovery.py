# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""license_server_discovery: the map of a fleet with every kind of mismatch."""

from __future__ import annotations

from typing import Any

from tests.integration.fleet import Fleet
from tests.integration.playbook import Outcome, Settings, task

FLEET = """
servers:
  rdls01: {activated: true, registered_to_scp: true}
  rdls02: {}
  rdls03: {activated: true}
  rdsh01:
    role_installed: false
    session_host: {license_servers: [rdls01.winfleet.example, GONE.winfleet.example]}
  rdsh02:
    role_installed: false
    session_host: {policy_license_servers: [RDLS01]}
  rdsh03: {role_installed: false, session_host: {}}
"""
HOSTS = {"session_hosts": ["rdsh01", "rdsh02", "rdsh03"], "license_servers": ["rdls01", "rdls02"]}


def discover(fleet: Fleet, **options: Any) -> Outcome:
    """What came of the task; nothing may be changed."""
    outcome = fleet.play(task("map", "license_server_discovery", options), hosts="rdls01").last
    assert (outcome.writes, outcome.changed) == ([], False)
    return outcome


def test_the_map(fleet: Fleet) -> None:
    found = discover(fleet, **HOSTS).result["discovery"]
    servers = {server["name"]: server for server in found["license_servers"]}
    assert servers["rdls01.winfleet.example"] == {
        "name": "rdls01.winfleet.example",
        "inventory_name": "rdls01",
        "named_by": ["rdsh01", "rdsh02"],
        "registered": True,
        "answers": True,
        "activated": True,
    }
    assert servers["rdls02.winfleet.example"]["activated"] is False
    assert found["named_by_nobody"] == ["rdls02.winfleet.example"]
    assert found["names_without_answer"] == ["gone.winfleet.example"]
    assert found["hosts_without_server"] == ["rdsh03"]
    assert {host["host"]: host["source"] for host in found["session_hosts"]}["rdsh02"] == "group_policy"


def test_a_host_that_is_off_is_a_row(fleet: Fleet) -> None:
    fleet.switch_off("rdsh01")
    found = discover(fleet, **HOSTS).result["discovery"]
    assert [row["host"] for row in found["unreadable"]] == ["rdsh01"]
    assert {"host": "rdsh01", "read": False} in found["session_hosts"]


def test_without_contact_nothing_is_said_of_answers(fleet: Fleet) -> None:
    found = discover(fleet, session_hosts=["rdsh01"], contact_license_servers=False).result["discovery"]
    assert found["names_without_answer"] == []
    assert {server["answers"] for server in found["license_servers"]} == {None}


def test_options(fleet: Fleet) -> None:
    assert "requires session_hosts or license_servers" in discover(fleet).message
    assert "from 1 to 100" in discover(fleet, **HOSTS, concurrency=500).message


def test_warnings_of_the_connections_are_shown_once_for_all_hosts(fleet: Fleet) -> None:
    """A method that was passed over, and a variable without effect: nobody would hear of them otherwise."""
    variables = {
        "ansible_winrm_transport": "kerberos,ntlm",
        "ansible_winrm_nonsense": 1,
        # Where Kerberos is installed, there is still no ticket.
        "ansible_winrm_kinit_cmd": "/none/kinit",
    }
    settings = Settings(scheme="http", hostvars=dict.fromkeys(("rdls01", "rdsh01"), variables), watch=False)
    hosts = {"session_hosts": ["rdsh01"], "license_servers": ["rdls01", "rdls02"]}
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False}
    run = fleet.run([{**play, "tasks": [task("map", "license_server_discovery", hosts)]}], settings).succeeded()
    warnings = run["map"].result["warnings"]
    assert any("rdsh01, rdls01: ansible_winrm_nonsense is not supported" in text for text in warnings)
    assert any("ntlm authentication was used; skipped: kerberos" in text for text in warnings)
    assert not any("rdls02" in text for text in warnings)
