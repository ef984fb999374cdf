# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task costs: HTTP requests, bytes, connections. `make bench` prints the numbers; here are the limits."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.fleet import Fleet
from tests.integration.growth import for_each, migrations, sold
from tests.integration.playbook import task
from tests.integration.purchases import CLEARINGHOUSE, PROGRAMS, purchase

FLEET = (
    """
servers:
  rdls01:
    windows_release: "2025"
    activated: true
    in_license_servers_group: true
    contact: {FirstName: Rosa, LastName: Example, Company: Winfleet Example, CountryRegion: Germany}
    key_packs:
      - {purchase: retail, quantity: 50, issued: 12}
      - {purchase: open, quantity: 40}
      - {purchase: select, quantity: 30}
      - {purchase: enterprise, quantity: 250, issued: 231}
      - {purchase: campus, quantity: 25}
      - {purchase: school, quantity: 20}
      - {purchase: service_provider, quantity: 15}
      - {purchase: other_agreement, quantity: 10}
  rdls02: {windows_release: "2025", activated: true}
  rdsh01: {role_installed: false, session_host: {licensing_type: "4", license_servers: [rdls01.winfleet.example]}}
"""
    + CLEARINGHOUSE
)
METHOD = {"connection_method": "automatic"}
MIGRATION = {
    "source": {"host": "rdls01"},
    "reason": "source_is_being_replaced",
    "purchases": [purchase(program) for program in PROGRAMS],
}


def cost(fleet: Fleet, *tasks: dict[str, Any], **settings: Any) -> list[dict[str, Any]]:
    """The HTTP requests of some tasks, which must succeed."""
    before = len(fleet.http())
    fleet.play(*tasks, watch=False, **settings).succeeded()
    return fleet.http(before)


def sent(requests: list[dict[str, Any]]) -> int:
    """Bytes from the controller, headers and all."""
    return sum(int(request["received"]) for request in requests)


def test_reading_a_license_server(fleet: Fleet) -> None:
    """With ten key packs on it, over Basic and TLS."""
    requests = cost(fleet, task("read", "license_server_info"))
    assert len(requests) <= 8
    assert sent(requests) <= 20_000


def test_a_connection_method_that_is_there_already(fleet: Fleet) -> None:
    cost(fleet, task("set", "connection_method", METHOD))
    assert len(cost(fleet, task("unchanged", "connection_method", METHOD))) <= 2
    assert len(cost(fleet, task("read", "connection_method"))) <= 2


@pytest.mark.parametrize(("connection", "scheme"), [("winrm", "https"), ("winrm", "http"), ("psrp", "http")])
def test_one_connection_for_each_task_and_server(fleet: Fleet, connection: str, scheme: str) -> None:
    """And nothing but WMI is spoken over it: no shell is opened."""
    tasks = [
        task("info", "license_server_info"),
        task("server", "license_server", {"contact": {"city": "Ulm", "company": "Winfleet Example"}}),
        task("method", "connection_method", METHOD),
        task("migration", "cal_migration", MIGRATION),
        task("pack", "key_pack", {"purchases": [purchase("enterprise")]}),
    ]
    requests = cost(fleet, *tasks, hosts="rdls02", connection=connection, scheme=scheme)
    connections = {(request["server"], request["connection"]) for request in requests}
    assert sorted(server for server, _number in connections) == ["rdls01"] + ["rdls02"] * len(tasks)
    assert {message["class"] for message in fleet.journal()} == {
        "StdRegProv",
        "Win32_OperatingSystem",
        "Win32_TSLicenseKeyPack",
        "Win32_TSLicenseServer",
    }
    assert {message["action"] for message in fleet.journal()} <= {"get", "put", "invoke", "enumerate", "pull"}


def test_a_second_run_reads_and_writes_nothing(fleet: Fleet) -> None:
    cost(fleet, task("migration", "cal_migration", MIGRATION), hosts="rdls02")
    before = len(fleet.journal())
    cost(fleet, task("migration", "cal_migration", MIGRATION), hosts="rdls02")
    assert [message for message in fleet.journal(before) if message["writes"]] == []


REBUILD = {
    "change_id": "CHG1",
    "reason": "The database was damaged",
    "confirm_deletion": True,
    "purchases": [purchase(program) for program in PROGRAMS],
}
CONTACT = {"contact": {"city": "Ulm"}}
POINTED = {"license_servers": ["rdls01.winfleet.example"]}


@pytest.mark.parametrize(
    ("module", "options", "host", "requests", "sent_bytes"),
    [
        ("connection_method", METHOD, "rdls01", 2, 2576),
        ("license_server", CONTACT, "rdls01", 3, 3764),
        ("license_server", {"state": "activated", **METHOD}, "rdls01", 5, 6559),
        ("session_host", POINTED, "rdsh01", 3, 4383),
        ("database_rebuild", REBUILD, "rdls01", 5, 7191),
    ],
)
def test_what_is_unchanged_costs(
    fleet: Fleet, module: str, options: dict[str, Any], host: str, requests: int, sent_bytes: int
) -> None:
    """Exactly, over Basic and TLS: to find out that nothing is to do."""
    cost(fleet, task("first", module, options), hosts=host)
    unchanged = cost(fleet, task("unchanged", module, options), hosts=host)
    assert (len(unchanged), sent(unchanged)) == (requests, sent_bytes)


def test_a_purchase_that_is_there_takes_five_requests(fleet: Fleet) -> None:
    """Two for the record, one for the connection method, two for the key packs."""
    cost(fleet, task("pack", "key_pack", {"purchases": [purchase("enterprise")]}))
    assert len(cost(fleet, task("pack", "key_pack", {"purchases": [purchase("enterprise")]}))) <= 5


def test_a_migration_that_is_done_takes_nine_requests_to_both_servers(fleet: Fleet) -> None:
    cost(fleet, task("migration", "cal_migration", MIGRATION), hosts="rdls02")
    assert len(cost(fleet, task("migration", "cal_migration", MIGRATION), hosts="rdls02")) <= 9


@pytest.mark.parametrize(("removes", "most"), [(False, 20_000), (True, 41_000)])
def test_each_purchase_of_a_migration_costs_the_same_however_many_there_are(
    fleet: Fleet, removes: bool, most: int
) -> None:
    """Intention, look for others, call, reading, outcome: neither table is read, or recorded, for each purchase.

    A removal on the source, where the provider does not see to it, is as much once more.
    """
    if removes:
        fleet.cut("rdls01", "rdls02")
    few, many = for_each(migrations(fleet, sold(fleet, 40), removes=removes), 40)
    assert many <= few * 1.15
    assert many <= most
