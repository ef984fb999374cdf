# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every check finds the fault that is seeded for it, on every Windows release, and nothing in a healthy fleet."""

from __future__ import annotations

import copy
import datetime
import itertools
import re
import typing as t
from pathlib import Path

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.catalogue import (
    CATALOGUE,
    PAIR,
    Settings,
    run_checks,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.checks import (
    CHECK_IDS,
    NOT_CHECKED,
    checks_of,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.checks_pair import LicenseServers
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.reading import (
    Wanted,
    read_deployment,
    read_license_server,
    read_machine,
    read_session_host,
    read_whether_allowed,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer

from tests.unit.builders import operation
from tests.unit.engine_session import EngineFleet

Server = dict[str, t.Any]
Row = dict[str, t.Any]

RELEASES = {
    "2008_r2": "windows_server_2008",
    "2012": "windows_server_2012",
    "2012_r2": "windows_server_2012",
    "2016": "windows_server_2016",
    "2019": "windows_server_2019",
    "2022": "windows_server_2022",
    "2025": "windows_server_2025",
}
_PATCHED = {"2012": 26026, "2012_r2": 23132}
LICENSING = "Microsoft-Windows-TerminalServices-Licensing"
PARAMETERS = "SYSTEM\\CurrentControlSet\\Services\\TermServLicensing\\Parameters"
DOMAIN = "winfleet.example"
OTHER_DOMAIN = "other.example"
HOST_SOURCE = "Microsoft-Windows-TerminalServices-RemoteConnectionManager"
CHANNELS = [f"{HOST_SOURCE}/{name}" for name in ("Operational", "Admin")]
EVERYTHING = Wanted(events_days=7, extended=True, issued_cals=True, reports=True, user_domains=(OTHER_DOMAIN,))
CATALOGUE_FILE = Path(__file__).parents[1] / "unit" / "data" / "health_catalogue.txt"


def _days(number: float) -> str:
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=number)).isoformat()


def license_server(release: str = "2022") -> Server:
    """A healthy license server."""
    version = RELEASES[release]
    return {
        "windows_release": release,
        "activated": True,
        "update_build_revision": _PATCHED.get(release),
        "in_license_servers_group": True,
        "registered_to_scp": True,
        "contact": {"FirstName": "Rosa", "LastName": "Example", "Company": "Winfleet", "CountryRegion": "Germany"},
        "key_packs": [
            {"product_version": version, "cal_type": "per_device", "quantity": 100, "issued": 2, "key_pack_id": 5},
            {"product_version": version, "cal_type": "per_user", "quantity": 100, "issued": 20, "key_pack_id": 6},
        ],
        "issued_licenses": [
            {"key_pack_id": 5, "computer": "PC1", "hardware_id": "1", "expires_on": _days(40)},
            {"key_pack_id": 5, "computer": "PC2", "hardware_id": "2", "expires_on": _days(60)},
        ],
        "registry": {"SOFTWARE\\WinFleet\\RDLicensing": {"ConnectionMethod": "automatic"}},
        "in_license_servers_group_of": [OTHER_DOMAIN],
        "security_group": ["host"],
    }


def session_host(release: str = "2022") -> Server:
    """A healthy session host, which names the license server ls."""
    return {
        "windows_release": release,
        "role_installed": False,
        "event_channels": CHANNELS,
        "session_host": {
            "licensing_type": "4",
            "license_servers": [f"ls.{DOMAIN}"],
            "grace_period_days": 0,
        },
    }


def connection_broker() -> Server:
    """The connection broker of that session host."""
    return {
        "role_installed": False,
        "connection_broker": {"licensing_type": "4", "license_servers": [f"LS.{DOMAIN}"]},
    }


def findings(servers: dict[str, Server], *, administrator: bool = True) -> list[Row]:
    """Everything that is found in a fleet, hosts together with the license server ls and the connection broker."""
    fleet = EngineFleet(servers)
    rows: list[Row] = []
    facts = None
    settings = Settings()
    if "ls" in servers:
        session = fleet.session("ls", administrator=administrator)
        facts = read_license_server(session, read_machine(session), EVERYTHING)
        rows += checks_of(facts, settings)
    if "host" in servers:
        session = fleet.session("host")
        host = read_session_host(session, read_machine(session), EVERYTHING)
        if facts is not None:
            read_whether_allowed(fleet.session("ls"), facts, host)
            LicenseServers.of([facts]).pair(host)
        if "broker" in servers:
            read_deployment(fleet.session("broker"), host)
        rows += checks_of(host, settings) + run_checks(PAIR, host, settings)
    return rows


def found(rows: list[Row]) -> dict[str, Row]:
    """Findings by ID."""
    return {row["id"]: row for row in rows if row["state"] == "found"}


def above_info(rows: list[Row]) -> set[str]:
    """IDs of findings above info."""
    return {row["id"] for row in rows if row["state"] == "found" and row["severity"] != "info"}


def _event(code: int, **values: t.Any) -> dict[str, t.Any]:
    return {"events": [{"event_code": code, **values}]}


def _pack(*, device: bool = True, **values: t.Any) -> t.Callable[[Server], None]:
    def change(server: Server) -> None:
        server["key_packs"][0 if device else 1].update(values)

    return change


def _rows(*rows: dict[str, t.Any]) -> dict[str, t.Any]:
    return {"issued_licenses": [{"key_pack_id": 5, "expires_on": _days(40), **row} for row in rows]}


def _host(**values: t.Any) -> t.Callable[[Server], None]:
    def change(server: Server) -> None:
        server["session_host"].update(values)

    return change


def _users_not_counted(server: Server) -> None:
    server["key_packs"][1]["issued"] = 0
    server["in_license_servers_group"] = False


def _temporary_pack(server: Server) -> None:
    server["temporary_packs"] = False
    pack = {"product_version": "windows_server_2008", "cal_type": "per_device", "key_pack_type": 4}
    server["key_packs"].append({**pack, "quantity": 4294967295, "issued": 3})


Seed = dict[str, t.Any] | t.Callable[[Server], None]


def _too_new(server: Server) -> None:
    newest = {"2008_r2": "2012", "2012": "2016", "2012_r2": "2016", "2016": "2019", "2019": "2022", "2022": "2025"}
    newer = newest.get(server["windows_release"])
    # Nothing is newer than the newest release, except a version that has no name yet.
    values = {"product_version": RELEASES[newer]} if newer else {"product_version_id": 9}
    server["key_packs"][0].update(values)


# What is wrong with the license server.
SERVER_FAULTS: dict[str, Seed] = {
    "activation_unknown": {"activation_status": "2"},
    "restart_pending_after_role": {"licensing_classes": False},
    "database_missing": {"database_missing": True},
    "cal_newer_than_server": _too_new,
    "product_version_unknown": _pack(product_version_id=9),
    "not_in_group_of_user_domain": {"in_license_servers_group_of": []},
    "certificates_absent": {"certificates": False},
    "database_large": {"database_mb": 2000},
    "database_not_written": {"database_written_days_ago": 60},
    "winrm_limits_low": {"winrm_max_envelope_size_kb": 150},
    "log_too_small": {"oldest_event_hours_ago": 24},
    "event_publish_failed": _event(4143),
    "role_missing": {"role_installed": False, "key_packs": [], "issued_licenses": []},
    "service_stopped": {"service": "stopped"},
    "service_not_automatic": {"service_start_mode": "Manual"},
    "not_activated": {"activated": False},
    "contact_incomplete": {"contact": {"FirstName": "Rosa"}},
    "no_clearinghouse_record": {"registry": {}},
    "no_key_packs": {"key_packs": [], "issued_licenses": []},
    "database_disk_low": {"free_disk_mb": 500},
    "not_in_license_servers_group": {"in_license_servers_group": False},
    "no_service_connection_point": {"registered_to_scp": False},
    "not_published": {"discovery_scope": "forest"},
    "scope_wrong": {"discovery_scope": "workgroup"},
    "license_server_on_dc": {"on_domain_controller": True},
    "security_group_off": {},
    "prevent_upgrade_on": {"prevent_upgrade_policy": True},
    "workgroup_auth_off": {
        "registry": {
            "SOFTWARE\\WinFleet\\RDLicensing": {"ConnectionMethod": "automatic"},
            PARAMETERS: {"DisableWorkgroupAuthEnforcement": 1},
        }
    },
    "workgroup_per_user": {"part_of_domain": False, "discovery_scope": "workgroup"},
    "reports_piling_up": {"reports": [f"Report {number}" for number in range(25)]},
    "clock_skew": {"clock_offset_seconds": 400},
    "device_cals_exhausted": _pack(quantity=2),
    "user_cals_over_allocated": _pack(device=False, quantity=800, issued=801),
    "cals_low": _pack(device=False, quantity=100, issued=95),
    "overused_pack": lambda server: server["key_packs"].append(
        {
            "product_version": "windows_server_2008",
            "cal_type": "per_user",
            "quantity": 0,
            "issued": 4,
            "key_pack_type": 7,
        }
    ),
    "user_cals_not_counted": _users_not_counted,
    "temporary_cals": _temporary_pack,
    "pack_expires_soon": _pack(expiration=_days(10)),
    "pack_expired": _pack(expiration=_days(-10)),
    "temporary_never_upgraded": _rows({"computer": "PC9", "status": 1, "issued_on": _days(-30)}),
    "one_device_many_cals": _rows({"computer": "PC9", "hardware_id": "a"}, {"computer": "pc9", "hardware_id": "b"}),
    "stale_devices": _rows({"computer": "PC9", "expires_on": _days(-3)}),
    "revocation_quota_used": _rows(*({"computer": f"PC{number}", "status": 4} for number in range(20))),
    "issued_mismatch": _pack(issued=7),
    "certificate_damaged": _event(17),
    "database_corrupt": _event(4100),
    "database_error": _event(44, strings=["-1011"]),
    "version_store_full": _event(623, source="ESENT", log="Application"),
    "database_rebuilt": _event(88),
    "directory_unreachable": _event(4107),
    "removed_from_group": _event(76),
    "security_group_missing": _event(4140),
    "event_shortage": _event(21),
    "event_policy_module": _event(41),
    "event_migration_left": _event(92),
    "event_revocation_limit": _event(81),
    "service_dies": _event(7034, source="Service Control Manager", strings=["Remote Desktop Licensing", "1"]),
    "self_right_missing": _event(4105, strings=["anna", DOMAIN]),
    "group_right_missing": _event(4105, strings=["anna", DOMAIN, "0x80070005"]),
}
# What is wrong with the session host, or between it and the healthy license server.
HOST_FAULTS: dict[str, Seed] = {
    "not_a_session_host": _host(remote_administration=True),
    "licensing_type_6": _host(licensing_type="6"),
    "server_not_issuing": _host(not_issuing=[f"ls.{DOMAIN}"]),
    "event_host_refused": _event(1028, source=HOST_SOURCE, log=CHANNELS[0]),
    "winrm_limits_low": {"winrm_max_operations_per_user": 15},
    "clock_skew": {"clock_offset_seconds": 400},
    "log_too_small": {"oldest_event_hours_ago": 24},
    "mode_not_configured": _host(licensing_type="5"),
    "grace_running": _host(grace_period_days=60, ever_licensed=False),
    "grace_ends_soon": _host(grace_period_days=5, ever_licensed=False),
    "grace_over": _host(ever_licensed=False, connectivity={f"ls.{DOMAIN}": 6}),
    "grace_unreadable": _host(grace_period_fails=True),
    "never_licensed": _host(ever_licensed=False),
    "no_license_server": _host(license_servers=[]),
    "list_malformed": _host(license_servers=[f" ls.{DOMAIN}"]),
    "server_unreachable": _host(connectivity={f"ls.{DOMAIN}": 6}),
    "server_version_mismatch": _host(connectivity={f"ls.{DOMAIN}": 4}),
    "host_not_in_group": _host(connectivity={f"ls.{DOMAIN}": 5}),
    "status_unclear": _host(connectivity={f"ls.{DOMAIN}": 7}),
    "cannot_judge": _host(connectivity={f"ls.{DOMAIN}": 8}),
    "policy_overrides": _host(licensing_type="2", policy_licensing_type="4", policy_license_servers=[f"ls.{DOMAIN}"]),
    "mixed_sources": _host(policy_licensing_type="4"),
    "server_unknown": _host(license_servers=[f"ls.{DOMAIN}", f"gone.{DOMAIN}"]),
    "domain_and_workgroup_mixed": {"part_of_domain": False},
    "workgroup_host_per_user": {"part_of_domain": False},
    "stale_host_certificate": _event(1004, source="TermService"),
}
# Seeded in tests of their own.
ELSEWHERE = {
    "not_administrator", "unfinished_request", "report_date_unknown", "patch_2024_07", "patch_2024_09", "patch_2025_07",
    "patch_2026_04", "service_on_unsupported_release", "server_older_than_host", "no_cal_for_host_version",
    "mode_without_cals", "named_server_not_activated", "security_group_blocks_host", "workgroup_no_credentials",
    "deployment_mismatch",
    # test_health_fleet.py
    "cals_nobody_can_use", "modes_differ", "only_one_server", "role_not_needed", "split_across_servers",
}  # fmt: skip


def _broker(release: str) -> dict[str, Server]:
    """Windows Server 2008 R2 has no deployments."""
    return {} if release == "2008_r2" else {"broker": connection_broker()}


def seeded(base: Server, seed: Seed) -> Server:
    """A server with one fault."""
    server = copy.deepcopy(base)
    if callable(seed):
        seed(server)
    else:
        server.update(copy.deepcopy(seed))
    return server


def test_every_check_has_a_seed() -> None:
    assert set(SERVER_FAULTS) | set(HOST_FAULTS) | ELSEWHERE == set(CHECK_IDS)


def test_the_catalogue_is_whole() -> None:
    """Each check of the catalogue is made with its confidence, or it is said why it is not."""
    text = CATALOGUE_FILE.read_text(encoding="utf-8")
    documented = dict(line.split() for line in text.splitlines() if line and not line.startswith("#"))
    made = {each.id: each.confidence for each in CATALOGUE}
    # The one for license servers and the one for session hosts are one check of the catalogue.
    del made["workgroup_host_per_user"]
    assert made | {name: documented[name] for name in NOT_CHECKED} == documented
    assert not set(NOT_CHECKED) & set(made)
    assert {documented[name] for name in NOT_CHECKED.keys() - {"event_noise"}} == {"C"}


@pytest.mark.parametrize("release", RELEASES)
def test_a_healthy_fleet_has_no_finding_above_info(release: str) -> None:
    rows = findings({"ls": license_server(release), "host": session_host(release), **_broker(release)})
    # Windows Server 2008 R2 gets no updates any more, which is right to say.
    assert above_info(rows) - {"service_on_unsupported_release"} == set()
    # The revision of this release cannot be read, so it is unknown whether it has the updates.
    unread = {row["id"] for row in rows if row["state"] != "found"}
    assert unread == ({"patch_2024_07", "patch_2024_09", "patch_2025_07"} if release == "2008_r2" else set())


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("check", SERVER_FAULTS)
def test_a_fault_of_a_license_server_is_found(check: str, release: str) -> None:
    rows = findings({"ls": seeded(license_server(release), SERVER_FAULTS[check])})
    row = found(rows)[check]
    assert row["evidence"]
    expected = next(each for each in CATALOGUE if each.id == check and each.subject == row["subject"])
    assert row["repair"] == expected.repair
    if expected.confidence == "C":
        assert row["severity"] == "info"


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("check", sorted(HOST_FAULTS))
def test_a_fault_of_a_session_host_is_found(check: str, release: str) -> None:
    rows = findings({"ls": license_server(release), "host": seeded(session_host(release), HOST_FAULTS[check])})
    assert check in found(rows)


LEVELS = ["2008_r2", "2012", "2016", "2019", "2022", "2025"]


@pytest.mark.parametrize(("server", "host"), list(itertools.pairwise(LEVELS)))
@pytest.mark.parametrize("check", ["server_older_than_host", "no_cal_for_host_version"])
def test_releases_that_do_not_fit(check: str, server: str, host: str) -> None:
    assert check in found(findings({"ls": license_server(server), "host": session_host(host)}))
    assert check not in found(findings({"ls": license_server(host), "host": session_host(server)}))


@pytest.mark.parametrize("release", ["2016", "2019", "2022", "2025"])
def test_cals_of_the_right_type_for_an_older_release(release: str) -> None:
    server, host = license_server(release), seeded(session_host(release), _host(licensing_type="2"))
    server["key_packs"][0]["product_version"] = "windows_server_2012"
    what = found(findings({"ls": server, "host": host}))["no_cal_for_host_version"]["what"]
    assert "has per device CALs for" in what


@pytest.mark.parametrize("release", RELEASES)
def test_modes_and_cals_that_do_not_fit(release: str) -> None:
    server = license_server(release)
    del server["key_packs"][1]
    rows = found(findings({"ls": server, "host": session_host(release)}))
    assert rows["mode_without_cals"]["severity"] == "warning"
    server = license_server(release)
    del server["key_packs"][0]
    server["issued_licenses"] = []
    host = seeded(session_host(release), _host(licensing_type="2"))
    assert found(findings({"ls": server, "host": host}))["mode_without_cals"]["severity"] == "critical"


@pytest.mark.parametrize("release", RELEASES)
def test_a_named_server_that_cannot_issue(release: str) -> None:
    server = seeded(license_server(release), {"activated": False})
    rows = found(findings({"ls": server, "host": session_host(release)}))
    assert "not activated" in rows["named_server_not_activated"]["what"]


@pytest.mark.parametrize(
    ("revision", "checks"),
    [
        (2500, {"patch_2024_07", "patch_2024_09", "patch_2025_07", "patch_2026_04"}),
        (2582, {"patch_2024_09", "patch_2025_07", "patch_2026_04"}),
        (2695, {"patch_2025_07", "patch_2026_04"}),
        (3932, {"patch_2026_04"}),
        (5020, set()),
    ],
)
def test_updates_that_are_missing(revision: int, checks: set[str]) -> None:
    server = seeded(license_server("2022"), {"update_build_revision": revision})
    assert {each for each in found(findings({"ls": server})) if each.startswith("patch_")} == checks


# The first dates whose fixes the records list for a release, and the number that has the last of them.
UPDATES = {
    "2008_r2": (["2024_07", "2024_09", "2025_07"], 27820),
    "2012": (["2024_07", "2024_09", "2025_07", "2026_04"], 26026),
    "2012_r2": (["2024_07", "2024_09", "2025_07", "2026_04"], 23132),
    "2016": (["2024_07", "2024_09", "2025_07", "2026_04"], 9060),
    "2019": (["2024_07", "2024_09", "2025_07", "2026_04"], 8644),
    "2022": (["2024_07", "2024_09", "2025_07", "2026_04"], 5020),
    "2025": (["2025_07", "2026_04"], 32690),
}


@pytest.mark.parametrize("release", RELEASES)
def test_updates_that_are_missing_on_every_release(release: str) -> None:
    dates, newest = UPDATES[release]
    for revision, expected in ((1, {f"patch_{date}" for date in dates}), (newest, set())):
        server = seeded(license_server(release), {"update_build_revision": revision})
        assert {each for each in found(findings({"ls": server})) if each.startswith("patch_")} == expected


def test_releases_without_updates() -> None:
    assert "service_on_unsupported_release" in found(findings({"ls": license_server("2008_r2")}))


@pytest.mark.parametrize("release", RELEASES)
def test_an_unfinished_operation(release: str) -> None:
    fleet = EngineFleet({"ls": license_server(release)})
    session = fleet.session("ls")
    record = LicenseServer(session).record
    record.begin(operation("install", status="intended"), record.recorded_operations())
    facts = read_license_server(session, read_machine(session))
    assert "install" in found(checks_of(facts, Settings()))["unfinished_request"]["what"]


@pytest.mark.parametrize(("revision", "expected"), [(2514, True), (2515, False)])
def test_the_date_of_reports_on_windows_server_2016(revision: int, expected: bool) -> None:
    server = seeded(license_server("2016"), {"update_build_revision": revision})
    assert ("report_date_unknown" in found(findings({"ls": server}))) is expected


@pytest.mark.parametrize("release", RELEASES)
def test_the_security_group_keeps_a_host_out(release: str) -> None:
    server = seeded(license_server(release), {"security_group_policy": True})
    fleet = {"ls": server, "host": session_host(release)}
    assert "security_group_blocks_host" not in found(findings(fleet))
    server["security_group"] = ["another"]
    assert found(findings(fleet))["security_group_blocks_host"]["severity"] == "critical"


@pytest.mark.parametrize("release", ["2016", "2019", "2022"])
@pytest.mark.parametrize("status", [6, 8])
def test_a_workgroup_without_credentials(release: str, status: int) -> None:
    workgroup = {"part_of_domain": False, "discovery_scope": "workgroup"}
    host = seeded(session_host(release), workgroup)
    host["session_host"].update(license_servers=["ls"], connectivity={"ls": status})
    row = found(findings({"ls": seeded(license_server(release), workgroup), "host": host}))["workgroup_no_credentials"]
    assert row["severity"] == "info"
    old = seeded(license_server(release), {**workgroup, "update_build_revision": 1})
    assert "workgroup_no_credentials" not in found(findings({"ls": old, "host": host}))


@pytest.mark.parametrize("release", [each for each in RELEASES if each != "2008_r2"])
@pytest.mark.parametrize(
    ("settings", "difference"),
    [
        ({"licensing_type": "2"}, "per device"),
        ({"license_servers": ["ls9"]}, "ls9"),
        ({"licensing_type": "2", "central": False}, ""),
    ],
)
def test_a_host_that_differs_from_its_deployment(release: str, settings: Row, difference: str) -> None:
    broker = connection_broker()
    broker["connection_broker"].update(settings)
    rows = found(findings({"ls": license_server(release), "host": session_host(release), "broker": broker}))
    assert difference in rows["deployment_mismatch"]["what"] if difference else "deployment_mismatch" not in rows


def test_a_broker_that_is_none_is_a_row() -> None:
    rows = findings({"ls": license_server(), "host": session_host(), "broker": {"role_installed": False}})
    assert {row["id"] for row in rows if row["state"] == "cannot_be_read"} == {"deployment_mismatch"}


def test_channels_that_cannot_be_read_are_never_fine() -> None:
    host = seeded(session_host(), {"event_channels": []})
    rows = findings({"ls": license_server(), "host": host})
    assert {row["id"] for row in rows if row["state"] == "cannot_be_read"} == {
        "stale_host_certificate",
        "event_host_refused",
    }
    # An event in a classic log is found all the same.
    host.update(_event(1004, source="TermService"))
    assert {"stale_host_certificate", "event_host_refused"} <= set(
        found(findings({"ls": license_server(), "host": host}))
    )


@pytest.mark.parametrize("release", RELEASES)
def test_an_account_that_is_no_administrator(release: str) -> None:
    rows = findings({"ls": license_server(release)}, administrator=False)
    assert "not_administrator" in found(rows)
    # Nothing is said of what is empty for this account only.
    assert not {"contact_incomplete", "no_key_packs", "scope_wrong", "database_missing"} & set(found(rows))


def test_what_cannot_be_read_is_never_fine() -> None:
    fleet = EngineFleet({"ls": license_server()})
    fleet.engine.misbehaviour.add(
        {"what": "fault", "server": "ls", "match": {"class": "Win32_TSLicenseKeyPack"}, "times": -1}
    )
    session = fleet.session("ls")
    rows = checks_of(read_license_server(session, read_machine(session)), Settings())
    unreadable = {row["id"] for row in rows if row["state"] == "cannot_be_read"}
    assert {"device_cals_exhausted", "user_cals_over_allocated", "no_key_packs"} <= unreadable
    assert "0x" in next(row for row in rows if row["id"] == "no_key_packs")["evidence"]["reason"]


def test_events_that_are_settled_or_to_be_ignored() -> None:
    events = [
        {"event_code": 4100, "hours_ago": 9},
        {"event_code": 88, "hours_ago": 5},
        {"event_code": 76, "hours_ago": 9},
        {"event_code": 74, "hours_ago": 5},
        {"event_code": 44, "strings": ["-1316"]},
        {"event_code": 7034, "source": "Service Control Manager", "strings": ["Print Spooler"]},
        {"event_code": 21, "hours_ago": 24 * 9},
    ]
    rows = found(findings({"ls": seeded(license_server(), {"events": events})}))
    assert not {"database_corrupt", "removed_from_group", "database_error", "service_dies", "event_shortage"} & set(
        rows
    )


def test_events_are_asked_for_with_a_log_and_a_date() -> None:
    fleet = EngineFleet({"ls": license_server(), "host": session_host()})
    session = fleet.session("ls")
    read_license_server(session, read_machine(session), EVERYTHING)
    session = fleet.session("host")
    read_session_host(session, read_machine(session), EVERYTHING)
    queries = [each["query"] for each in fleet.engine.journal.since(0) if "Win32_NTLogEvent" in (each["query"] or "")]
    assert len(queries) == 7
    for query in queries:
        assert re.search(r"WHERE Logfile = '\S+' AND ", query)
        assert re.search(r"TimeGenerated (>=|<) '\d{14}\.000000\+000'", query)


def test_requests_are_few() -> None:
    fleet = EngineFleet({"ls": license_server(), "host": session_host()})
    session = fleet.session("ls")
    read_license_server(session, read_machine(session))
    assert fleet.messages["ls"] <= 17
    session = fleet.session("host")
    read_session_host(session, read_machine(session))
    assert fleet.messages["host"] <= 12
