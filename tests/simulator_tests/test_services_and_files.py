# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Win32_Service and CIM_DataFile, and what they are good for: a corrupt license database made anew."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from pypsrp.exceptions import WSManFaultError

from tests.simulator_tests.client import KEY_PACK, LICENSE_SERVER, Client
from tests.simulator_tests.conftest import FleetUnderTest

Start = Callable[..., FleetUnderTest]
DATABASE = "C:\\Windows\\system32\\lserver\\TLSLic.edb"
RENAMED = "C:\\Windows\\system32\\lserver\\TLSLic.2026-01-31.edb"
SERVICE = {"Name": "TermServLicensing"}


def _service(client: Client, method: str) -> int:
    return int(client.invoke("Win32_Service", method, keys=SERVICE)["ReturnValue"])


def _rename(client: Client, target: str, source: str = DATABASE) -> int:
    answer = client.invoke("CIM_DataFile", "Rename", {"FileName": target}, {"Name": source})
    return int(answer["ReturnValue"])


def test_start_and_stop(single: FleetUnderTest) -> None:
    client = single.client("ls1")
    assert _service(client, "StartService") == 10
    assert _service(client, "StopService") == 0
    assert _service(client, "StopService") == 5
    row = client.values("Win32_Service", SERVICE)
    assert (row["State"], row["Started"], row["ProcessId"]) == ("Stopped", "false", "0")
    with pytest.raises(WSManFaultError):
        client.get(LICENSE_SERVER)
    assert _service(client, "StartService") == 0
    assert client.values(LICENSE_SERVER)["ProductId"]


def test_only_administrators_control_services(single: FleetUnderTest) -> None:
    assert _service(single.client("ls1", "reader"), "StopService") == 2


def test_pending_states_and_a_provider_that_takes_its_time(start: Start) -> None:
    fleet = start("servers: {ls1: {service: stopped, behaviour: {service_seconds: 0.3, provider_seconds: 0.3}}}")
    client = fleet.client("ls1")
    assert _service(client, "StartService") == 0
    assert client.values("Win32_Service", SERVICE)["State"] == "Start Pending"
    time.sleep(0.35)
    assert client.values("Win32_Service", SERVICE)["State"] == "Running"
    with pytest.raises(WSManFaultError):
        client.get(LICENSE_SERVER)
    time.sleep(0.3)
    assert client.values(LICENSE_SERVER)["ProductId"]


def test_files_are_found_by_name_and_query(single: FleetUnderTest) -> None:
    client = single.client("ls1")
    row = client.values("CIM_DataFile", {"Name": DATABASE.lower()})
    assert (row["Name"], row["FileName"], row["Extension"]) == (DATABASE, "TLSLic", "edb")
    escaped = DATABASE.replace("\\", "\\\\")
    query = f"select Name, FileSize from CIM_DataFile where Name = '{escaped}'"  # noqa: S608  # WQL, and the test's own
    assert client.items("", query=query) == [{"Name": DATABASE, "FileSize": row["FileSize"]}]


def test_rename_obeys_the_rules_of_files(start: Start) -> None:
    fleet = start("servers: {ls1: {files: ['C:\\Temp\\a.txt', 'C:\\Temp\\b.txt']}}")
    client = fleet.client("ls1")
    first = "C:\\Temp\\a.txt"
    assert _rename(client, "C:\\Temp\\b.txt", first) == 10
    assert _rename(client, "D:\\Temp\\c.txt", first) == 13
    assert _rename(client, "c.txt", first) == 21
    assert _rename(client, "C:\\Temp\\c?.txt", first) == 21
    assert _rename(client, RENAMED) == 15
    assert _rename(fleet.client("ls1", "reader"), "C:\\Temp\\c.txt", first) == 2
    assert _rename(client, "C:\\Temp\\c.txt", first) == 0
    assert "C:\\Temp\\c.txt" in fleet.state("ls1")["files"]
    with pytest.raises(WSManFaultError):
        _rename(client, "C:\\Temp\\d.txt", first)


@pytest.mark.parametrize("keeps", [True, False])
def test_corrupt_database_is_replaced_by_a_new_one(start: Start, keeps: bool) -> None:
    fleet = start(
        "servers: {ls1: {activated: true, corrupt_database: true, key_packs: "
        "[{product_version: windows_server_2022, cal_type: per_user, quantity: 9}], "
        f"behaviour: {{rebuilt_database_keeps_activation: {str(keeps).lower()}}}}}}}"
    )
    client = fleet.client("ls1")
    with pytest.raises(WSManFaultError):
        client.items(KEY_PACK)
    assert _service(client, "StopService") == 0
    assert _rename(client, RENAMED) == 0
    assert _service(client, "StartService") == 0
    assert [row["KeyPackType"] for row in client.items(KEY_PACK)] == ["6", "4"]
    assert fleet.state("ls1")["activated"] is keeps
    assert {DATABASE, RENAMED} <= set(fleet.state("ls1")["files"])


def test_renaming_the_database_back_brings_the_packs_back(single: FleetUnderTest) -> None:
    client = single.client("ls1")
    _service(client, "StopService")
    _rename(client, RENAMED)
    _rename(client, DATABASE, RENAMED)
    _service(client, "StartService")
    assert single.packs("ls1") == [(7, 1, 100)]


def test_control_door_breaks_a_database(single: FleetUnderTest) -> None:
    single.control("POST", "/servers/ls1/database", {"corrupt": True})
    with pytest.raises(WSManFaultError):
        single.client("ls1").get(LICENSE_SERVER)


def test_control_door_installs_the_role_service(start: Start) -> None:
    fleet = start("servers: {ls1: {role_installed: false, behaviour: {provider_seconds: 0.3}}}")
    client = fleet.client("ls1")
    with pytest.raises(WSManFaultError):
        client.get(LICENSE_SERVER)
    assert fleet.control("POST", "/servers/ls1/role", {"installed": True}) == {"changed": True}
    assert client.values("Win32_Service", SERVICE)["State"] == "Running"
    with pytest.raises(WSManFaultError):
        client.get(LICENSE_SERVER)
    time.sleep(0.35)
    assert client.values(LICENSE_SERVER)["ProductId"]
    assert [row["KeyPackType"] for row in client.items(KEY_PACK)] == ["6", "4"]
    assert fleet.control("POST", "/servers/ls1/role", {"installed": True}) == {"changed": False}
