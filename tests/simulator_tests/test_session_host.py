# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Win32_TerminalServiceSetting: mode, license servers, Group Policy, connectivity."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pypsrp.exceptions import WSManFaultError

from tests.simulator_tests.client import Client
from tests.simulator_tests.conftest import FleetUnderTest

Start = Callable[..., FleetUnderTest]
NAMESPACE = "root/cimv2/TerminalServices"
POLICY = "{policy_licensing_type: 4, policy_license_servers: [ls1]}"
FLEET = f"""
servers:
  ls1: {{activated: true}}
  ls2: {{}}
  free: {{session_host: {{}}}}
  ruled: {{session_host: {POLICY}}}
  strict: {{session_host: {POLICY}, behaviour: {{group_policy_refusal: fault}}}}
  foreign: {{session_host: {{allowed_on: []}}}}
"""


@pytest.fixture
def fleet(start: Start) -> FleetUnderTest:
    return start(FLEET)


def _call(client: Client, host: str, method: str, **arguments: Any) -> dict[str, Any]:
    return client.invoke(
        "Win32_TerminalServiceSetting", method, arguments, {"ServerName": host.upper()}, namespace=NAMESPACE
    )


def _row(client: Client, host: str) -> dict[str, str | None]:
    return client.values("Win32_TerminalServiceSetting", {"ServerName": host.upper()}, NAMESPACE)


def test_mode_and_servers(fleet: FleetUnderTest) -> None:
    client = fleet.client("free")
    assert _row(client, "free")["LicensingType"] == "5"
    assert _call(client, "free", "GetSpecifiedLicenseServerList") == {"ReturnValue": 0}
    assert _call(client, "free", "GetGracePeriodDays")["DaysLeft"] == "120"
    assert _call(client, "free", "ChangeMode", LicensingType=3)["ReturnValue"] == 0x80041008
    assert _call(client, "free", "ChangeMode", LicensingType=4)["ReturnValue"] == 0
    servers = ["ls1.winfleet.example", "ls2.winfleet.example"]
    assert _call(client, "free", "SetSpecifiedLicenseServerList", SpecifiedLSList=servers)["ReturnValue"] == 0
    assert _call(client, "free", "GetSpecifiedLicenseServerList")["SpecifiedLSList"] == servers
    row = _row(client, "free")
    assert (row["LicensingType"], row["LicensingName"], row["TerminalServerMode"]) == ("4", "Per User", "1")
    assert _call(client, "free", "GetGracePeriodDays")["DaysLeft"] == "0"
    assert _call(client, "free", "EmptySpecifiedLicenseServerList")["ReturnValue"] == 0
    assert fleet.state("free")["session_host"]["license_servers"] == []


def test_group_policy_rules(fleet: FleetUnderTest) -> None:
    client = fleet.client("ruled")
    row = _row(client, "ruled")
    assert (row["PolicySourceLicensingType"], row["PolicySourceConfiguredLicenseServers"]) == ("1", "1")
    assert row["LicensingType"] == "4"
    assert _call(client, "ruled", "GetSpecifiedLicenseServerList")["SpecifiedLSList"] == "ls1"
    before = fleet.state("ruled")
    assert _call(client, "ruled", "ChangeMode", LicensingType=2)["ReturnValue"] == 0x80041016
    answer = _call(client, "ruled", "SetSpecifiedLicenseServerList", SpecifiedLSList=["x"])
    assert answer["ReturnValue"] == 0x80041016
    assert fleet.state("ruled") == before
    with pytest.raises(WSManFaultError) as error:
        _call(fleet.client("strict"), "strict", "ChangeMode", LicensingType=2)
    assert error.value.code == 0x80041016


def test_connectivity(fleet: FleetUnderTest) -> None:
    def status(host: str, server: str) -> str:
        answer = _call(fleet.client(host), host, "GetTStoLSConnectivityStatus", ServerName=server)
        return str(answer["TStoLSConnectivityStatus"])

    assert status("free", "ls1") == "11"
    assert status("free", "ls2.winfleet.example") == "0"
    assert status("free", "nowhere") == "6"
    assert status("foreign", "ls1") == "8"
    fleet.control("POST", "/network", {"a": "free", "b": "ls1", "connected": False})
    assert status("free", "ls1") == "6"
    assert _call(fleet.client("free"), "free", "PingLicenseServer", ServerName="ls1")["ReturnValue"] != 0
    assert _call(fleet.client("free"), "free", "CanAccessLicenseServer", ServerName="ls1")["AccessAllowed"] == "0"


def test_embedded_instances(fleet: FleetUnderTest) -> None:
    client = fleet.client("free")
    _call(client, "free", "SetSpecifiedLicenseServerList", SpecifiedLSList=["ls1", "gone"])
    found = _call(client, "free", "FindLicenseServers")
    assert found["Count"] == "2"
    assert [(entry["LicenseServer"], entry["IsLSAvailable"]) for entry in found["LicenseServersList"]] == [
        ("ls1", "1"),
        ("gone", "0"),
    ]


def test_rights_and_other_servers(fleet: FleetUnderTest) -> None:
    answer = _call(fleet.client("free", "reader"), "free", "ChangeMode", LicensingType=4)
    assert answer["ReturnValue"] == 0x80041003
    client = fleet.client("ls1")
    assert _row(client, "ls1")["TerminalServerMode"] == "0"
    assert _call(client, "ls1", "ChangeMode", LicensingType=4)["ReturnValue"] == 0x8004100C


def test_other_readers(fleet: FleetUnderTest) -> None:
    client = fleet.client("free")
    assert _call(client, "free", "GetDomain")["Domain"] == "winfleet.example"
    assert _call(client, "free", "GetRegisteredLicenseServerList") == {"ReturnValue": 0}
    fleet.client("ls1").invoke("Win32_TSLicenseServer", "RegisterLSToSCP")
    assert _call(client, "free", "GetRegisteredLicenseServerList")["RegisteredLSList"] == "ls1.winfleet.example"
    assert _call(client, "free", "UpdateDirectConnectLicenseServer", LicenseServerList="ls1")["ReturnValue"] == 0
    assert _row(client, "free")["DirectConnectLicenseServers"] == "ls1"
