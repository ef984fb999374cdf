# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks that need a whole fleet: two license servers and two session hosts, one thing wrong at a time."""

from __future__ import annotations

import copy
import time
from functools import partial
from typing import Any

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.catalogue import Settings
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.checks_fleet import with_fleet_findings
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.fleet import (
    LICENSE_SERVER,
    SESSION_HOST,
    Machine,
    health_of,
    read_fleet,
)

from tests.integration.test_health_catalogue import DOMAIN, RELEASES, license_server, session_host
from tests.unit.engine_session import EngineFleet

Row = dict[str, Any]
BOTH = [f"ls.{DOMAIN}", f"LS2.{DOMAIN}"]


def fleet(release: str = "2022") -> dict[str, Row]:
    """Nothing to say about it: both hosts name both servers, and both types of CALs are used."""
    servers = {"ls": license_server(release), "ls2": license_server(release)}
    for server in servers.values():
        del server["key_packs"][0]
        server["issued_licenses"] = []
    hosts = {name: session_host(release) for name in ("host", "host2")}
    for host in hosts.values():
        host["session_host"]["license_servers"] = list(BOTH)
    return servers | hosts


def read(servers: dict[str, Row]) -> list[Row]:
    """The rows of a fleet in memory, without findings of single machines."""
    world = EngineFleet(servers)
    machines = [
        Machine(name, SESSION_HOST if "session_host" in each else LICENSE_SERVER) for name, each in servers.items()
    ]
    rows = read_fleet(
        machines, world.session, partial(health_of, settings=Settings()), workers=2, progress=lambda _done: None
    )
    return [{**row, "findings": []} for row in rows]


def findings(rows: list[Row], *, subject: str = "fleet", **settings: Any) -> dict[tuple[str, str], Row]:
    """Findings by check and machine."""
    rows = with_fleet_findings(rows, Settings(**settings))
    found = [each for row in rows for each in row.get("findings", ()) if each["subject"] == subject]
    return {(each["id"], each["host"]): each for each in found}


def _hosts(servers: dict[str, Row], *names: str, mode: str | None = None) -> None:
    for name in ("host", "host2"):
        servers[name]["session_host"]["license_servers"] = list(names)
        servers[name]["session_host"]["licensing_type"] = mode or "4"


def _wrong(check: str, servers: dict[str, Row]) -> None:
    match check:
        case "cals_nobody_can_use":
            _hosts(servers, *BOTH, mode="2")
        case "modes_differ":
            servers["host2"]["session_host"]["licensing_type"] = "2"
        case "only_one_server":
            _hosts(servers, BOTH[0])
        case "role_not_needed":
            _hosts(servers, BOTH[0])
            servers["ls2"]["key_packs"][0]["issued"] = 0
        case "split_across_servers":
            servers["ls"]["key_packs"][0]["issued"] = 100
            servers["ls2"]["key_packs"][0]["issued"] = 0
        case _:
            raise ValueError(check)


EXPECTED = {
    "cals_nobody_can_use": {("cals_nobody_can_use", "ls"), ("cals_nobody_can_use", "ls2")},
    "modes_differ": {("modes_differ", "ls"), ("modes_differ", "ls2")},
    "only_one_server": {("only_one_server", "ls")},
    "role_not_needed": {("role_not_needed", "ls2"), ("only_one_server", "ls")},
    "split_across_servers": {("split_across_servers", "ls")},
}


@pytest.mark.parametrize("release", RELEASES)
def test_a_fleet_in_order_has_no_finding(release: str) -> None:
    assert findings(read(fleet(release))) == {}


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("check", EXPECTED)
def test_what_is_wrong_is_found(check: str, release: str) -> None:
    servers = fleet(release)
    _wrong(check, servers)
    found = findings(read(servers))
    assert {name for name, row in found.items() if row["state"] == "found"} == EXPECTED[check]
    row = next(row for (name, _host), row in found.items() if name == check)
    assert row["severity"] == ("warning" if check == "role_not_needed" else "info")
    assert row["evidence"]
    assert row["repair"]


@pytest.mark.parametrize("check", EXPECTED)
def test_a_check_that_is_left_out(check: str) -> None:
    servers = fleet()
    _wrong(check, servers)
    assert check not in {name for name, _host in findings(read(servers), ignore=frozenset([check]))}


def test_a_server_that_is_used_by_hosts_elsewhere_is_needed() -> None:
    servers = fleet()
    _wrong("role_not_needed", servers)
    servers["ls2"]["key_packs"][0]["issued"] = 1
    assert ("role_not_needed", "ls2") not in findings(read(servers))


@pytest.mark.parametrize(
    "lost",
    [{"read": False}, {"license_servers": None}],
    ids=["a_host_that_cannot_be_reached", "a_list_that_cannot_be_read"],
)
def test_nothing_is_said_without_all_session_hosts(lost: Row) -> None:
    servers = fleet()
    _wrong("role_not_needed", servers)
    rows = [{**row, **lost} if row["host"] == "host" else row for row in copy.deepcopy(read(servers))]
    found = findings(rows)
    assert {name for name, row in found.items() if row["state"] == "found"} == set()
    assert "first host" in found["role_not_needed", "ls2"]["evidence"]["reason"]


@pytest.mark.parametrize("part", ["names", "usage"])
def test_nothing_is_said_of_a_server_without_its_name_or_its_key_packs(part: str) -> None:
    servers = fleet()
    _wrong("role_not_needed", servers)
    rows = [{**row, part: None} if row["host"] == "ls2" else row for row in read(servers)]
    assert findings(rows)["role_not_needed", "ls2"]["state"] == "cannot_be_read"


def test_a_mode_that_is_not_known_is_not_guessed() -> None:
    rows = [{**row, "licensing_mode": None} if row["kind"] == SESSION_HOST else row for row in read(fleet())]
    assert findings(rows)["cals_nobody_can_use", "ls"]["state"] == "cannot_be_read"


def test_license_servers_alone() -> None:
    servers = fleet()
    del servers["host"], servers["host2"]
    assert findings(read(servers)) == {}


def test_session_hosts_are_checked_with_their_license_servers() -> None:
    servers = fleet()
    _wrong("cals_nobody_can_use", servers)
    assert set(findings(read(servers), subject="pair")) == {
        ("mode_without_cals", "host"),
        ("mode_without_cals", "host2"),
    }
    servers = fleet()
    _hosts(servers, BOTH[0], "gone.winfleet.example")
    assert ("server_unknown", "host") in findings(read(servers), subject="pair")
    assert all("facts" not in row for row in with_fleet_findings(read(servers), Settings()))


def test_a_license_server_that_cannot_be_reached_leaves_its_pairs_open() -> None:
    rows = [{**row, "read": False} if row["host"] == "ls2" else row for row in read(fleet())]
    found = findings(rows, subject="pair")
    assert {name for name, row in found.items() if row["state"] == "found"} == set()
    assert "may be ls2" in found["server_unknown", "host"]["evidence"]["reason"]


def test_pairs_of_a_large_fleet_cost_no_more_than_its_machines() -> None:
    servers = fleet()
    rows = read(servers)
    many = [{**row, "host": f"{row['host']}-{number}"} for row in rows for number in range(500)]
    started = time.process_time()
    with_fleet_findings(many, Settings())
    assert time.process_time() - started < 10
