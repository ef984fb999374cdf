# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The machine around the roles: features, domain, disk, event logs, clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

from tests.simulator_tests.conftest import FleetUnderTest

Start = Callable[..., FleetUnderTest]
FLEET = """
servers:
  ls1:
    windows_release: "2019"
    free_disk_mb: 90
    clock_offset_seconds: 600
    events:
      - {event_code: 21, hours_ago: 2, strings: [RDLS01]}
      - {event_code: 21, hours_ago: 400}
      - {event_code: 623, source: ESENT, log: Application}
  host:
    role_installed: false
    part_of_domain: false
    session_host: {licensing_type: "4", license_servers: [ls1.winfleet.example]}
"""


def test_features_and_domain(start: Start) -> None:
    fleet = start(FLEET)
    assert fleet.client("ls1").items("", query="SELECT ID FROM Win32_ServerFeature WHERE ID = 131") == [{"ID": "131"}]
    assert fleet.client("host").items("", query="SELECT ID FROM Win32_ServerFeature WHERE ID = 131") == []
    [row] = fleet.client("host").items("", query="SELECT PartOfDomain, Domain FROM Win32_ComputerSystem")
    assert row == {"PartOfDomain": "false", "Domain": "WORKGROUP"}


def test_disk_and_revision(start: Start) -> None:
    client = start(FLEET).client("ls1")
    [row] = client.items("", query="SELECT FreeSpace FROM Win32_LogicalDisk WHERE DeviceID = 'C:'")
    assert row == {"FreeSpace": str(90 * 1024**2)}


def test_events_are_found_by_log_source_and_date(start: Start) -> None:
    client = start(FLEET).client("ls1")
    since = (datetime.now(timezone.utc) - timedelta(days=7)).strftime("%Y%m%d%H%M%S.000000+000")
    source = "Microsoft-Windows-TerminalServices-Licensing"
    condition = f"Logfile = 'System' AND (SourceName = '{source}') AND TimeGenerated >= '{since}'"
    query = "SELECT EventCode, InsertionStrings FROM Win32_NTLogEvent WHERE " + condition  # noqa: S608  # WQL
    rows = client.items("", query=query)
    assert rows == [{"EventCode": "21", "InsertionStrings": "RDLS01"}]


def test_the_clock_may_be_wrong(start: Start) -> None:
    [row] = start(FLEET).client("ls1").items("", query="SELECT LocalDateTime FROM Win32_OperatingSystem")
    shown = datetime.fromisoformat(str(row["LocalDateTime"]).partition(".")[0].rstrip("Z") + "+00:00")
    assert timedelta(minutes=9) < shown - datetime.now(timezone.utc) < timedelta(minutes=11)
