# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage reports and revocation, as the facts about usage and revocation have them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from tests.simulator_tests.client import FAILED, Client
from tests.simulator_tests.conftest import FleetUnderTest

Start = Callable[..., FleetUnderTest]
REPORT = "Win32_TSLicenseReport"
ISSUED = "Win32_TSIssuedLicense"
FLEET = """
servers:
  ls1:
    windows_release: "{release}"
    activated: true
    key_packs:
      - {{product_version: windows_server_2019, cal_type: per_device, quantity: 10, key_pack_id: 5}}
      - {{product_version: windows_server_2019, cal_type: per_user, quantity: 20, key_pack_id: 6}}
    issued_licenses:
      - {{key_pack_id: 5, computer: PC-, hardware_id: hw-, count: 3}}
      - {{key_pack_id: 6, user: 'WINFLEET\\user', count: 7}}
    unrecorded_users: ['OTHER\\anna', 'OTHER\\bo', 'THIRD\\cy']
    behaviour: {{{behaviour}}}
"""


def _fleet(start: Start, release: str = "2022", behaviour: str = "") -> FleetUnderTest:
    return start(FLEET.format(release=release, behaviour=behaviour))


def _fetch(client: Client, name: str, method: str, start: int, count: int) -> dict[str, Any]:
    return client.invoke(REPORT, method, {"StartIndex": start, "Count": count}, {"FileName": name})


def test_a_report_is_made_read_by_page_and_deleted(start: Start) -> None:
    client = _fleet(start).client("ls1")
    made = client.invoke(REPORT, "GenerateReportEx")
    assert made["ReturnValue"] == 0
    name = made["FileName"]
    first = _fetch(client, name, "FetchReportEntries", 0, 5)
    assert (first["ReturnValue"], first["Count"], len(first["ReportEntries"])) == (0, "5", 5)
    second = _fetch(client, name, "FetchReportEntries", 5, 5)
    assert (second["ReturnValue"], second["Count"], len(second["ReportEntries"])) == (0, "2", 2)
    past = _fetch(client, name, "FetchReportEntries", 7, 5)
    assert (past["ReturnValue"], past["Count"]) == (0x4001, "0")
    assert "ReportEntries" not in past
    assert _fetch(client, name, "FetchReportEntries", 0, 0)["Count"] == "7"
    assert _fetch(client, name, "FetchReportPerDeviceEntries", 0, 0)["Count"] == "3"
    assert _fetch(client, name, "FetchReportFailedPerUserEntries", 0, 0)["Count"] == "3"
    assert _fetch(client, name, "FetchReportFailedPerUserSummaryEntries", 0, 0)["Count"] == "2"
    assert _fetch(client, name, "FetchReportSummaryEntries", 0, 0)["Count"] == "2"
    assert client.invoke(REPORT, "DeleteReport", None, {"FileName": name})["ReturnValue"] == 0
    assert client.invoke(REPORT, "GenerateReport", {"ScopeType": 1, "ScopeValue": ""})["ReturnValue"] == 0x8004100C


@pytest.mark.parametrize(("told", "value"), [("4001", 4001), ("success", 0)])
def test_the_end_of_data_as_the_fleet_file_says(start: Start, told: str, value: int) -> None:
    client = _fleet(start, behaviour=f"report_end: '{told}'").client("ls1")
    name = client.invoke(REPORT, "GenerateReportEx")["FileName"]
    assert _fetch(client, name, "FetchReportEntries", 7, 5)["ReturnValue"] == value


def _revoke(client: Client, license_id: int, key_pack_id: int = 5) -> dict[str, Any]:
    return client.invoke(ISSUED, "Revoke", None, {"LicenseId": str(license_id), "KeyPackId": str(key_pack_id)})


def test_a_fifth_of_a_version_may_be_revoked(start: Start) -> None:
    fleet = _fleet(start)
    client = fleet.client("ls1")
    assert _revoke(client, 1) == {"RevokableCals": "1", "NextRevokeAllowedOn": None, "ReturnValue": 0}
    assert _revoke(client, 2)["RevokableCals"] == "0"
    refused = _revoke(client, 3)
    assert refused["ReturnValue"] == FAILED
    assert datetime.fromisoformat(refused["NextRevokeAllowedOn"].replace("Z", "+00:00")) > datetime.now(timezone.utc)
    assert _revoke(client, 4, key_pack_id=6)["ReturnValue"] == 0x80041008


def test_one_may_always_be_revoked_and_expired_rows_do_not_count(start: Start) -> None:
    yesterday = (datetime.now(timezone.utc) - timedelta(days=1)).isoformat()
    fleet = start(
        f"""
servers:
  ls1:
    activated: true
    key_packs: [{{product_version: windows_server_2019, cal_type: per_device, quantity: 3, key_pack_id: 5}}]
    issued_licenses:
      - {{key_pack_id: 5, computer: OLD, status: 4, expires_on: "{yesterday}"}}
      - {{key_pack_id: 5, computer: PC-, count: 2}}
    behaviour: {{revoke_success_date: unset}}
"""
    )
    client = fleet.client("ls1")
    assert _revoke(client, 2) == {
        "RevokableCals": "0",
        "NextRevokeAllowedOn": "1601-01-01T00:00:00Z",
        "ReturnValue": 0,
    }
    assert _revoke(client, 3)["ReturnValue"] == FAILED
