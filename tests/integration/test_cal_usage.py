# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""cal_usage_info against the simulated fleet's own truth: counts, rows, filters, reports."""

from __future__ import annotations

import tracemalloc
from typing import Any

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.issued_cals import read_issued_cals
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer

from tests.integration.fleet import Fleet
from tests.integration.playbook import Run, task
from tests.unit.engine_session import EngineFleet

FLEET = """
servers:
  rdls01: &server
    windows_release: "2022"
    activated: true
    key_packs:
      - {product_version: windows_server_2022, cal_type: per_user, quantity: 800, issued: 801, key_pack_id: 5}
      - {product_version: windows_server_2019, cal_type: per_device, quantity: 300, issued: 253, key_pack_id: 6}
      - {product_version: windows_server_2012, cal_type: per_user, quantity: 0, issued: 4, key_pack_type: 7}
    issued_licenses:
      - {key_pack_id: 6, computer: SITE7-PC, hardware_id: hw-, count: 250}
      - {key_pack_id: 6, computer: reimaged, hardware_id: one, expires_on: "2026-12-01T00:00:00Z"}
      - {key_pack_id: 6, computer: REIMAGED, hardware_id: two}
      - {key_pack_id: 6, computer: SCRAPPED, status: 4}
      - {key_pack_id: 6, computer: PENDING, status: 5}
      - {key_pack_id: 5, user: 'WINFLEET\\user', count: 12}
      - {key_pack_id: 3, computer: GUEST, status: 1}
    unrecorded_users: ['OTHER\\anna', 'OTHER\\bo']
    reports: [Report of a colleague]
  rdls02:
    <<: *server
    ui_language: de-DE
    behaviour: {report_end: success}
  old: {windows_release: 2008_r2, activated: true}
"""


def usage(fleet: Fleet, host: str = "rdls01", **options: Any) -> dict[str, Any]:
    """What the module returns; nothing that it leaves behind may differ from what was there."""
    before = fleet.state()
    run = fleet.play(task("usage", "cal_usage_info", options), hosts=host)
    assert not run.succeeded().last.changed
    assert fleet.state() == before
    found: dict[str, Any] = run.last.result["cal_usage"]
    return found


def generate(fleet: Fleet, **keywords: Any) -> Run:
    """A task that generates a report."""
    options = {"summary_only": True, "usage_report": "generate"}
    return fleet.play(task("usage", "cal_usage_info", options, **keywords), hosts="rdls01")


def test_counts_come_from_the_key_packs(fleet: Fleet) -> None:
    found = usage(fleet, summary_only=True)
    rows = {(each["product_version"], each["cal_type"]): each for each in found["summary"]}
    assert set(found) == {"summary", "temporary_cals_issued"}
    user = rows["windows_server_2022", "per_user"]
    assert (user["installed"], user["issued"], user["free"], user["over_allocated"]) == (800, 801, -1, 1)
    device = rows["windows_server_2019", "per_device"]
    assert (device["installed"], device["free"], device["key_pack_ids"]) == (300, 47, [6])
    over_used = rows["windows_server_2012", "per_user"]
    assert (over_used["installed"], over_used["issued"]) == (0, 4)


def test_rows_are_counted_and_limited(fleet: Fleet) -> None:
    found = usage(fleet, limit=5)
    assert found["issued_cals_by_status"] == {"active": 264, "pending": 1, "revoked": 1, "temporary": 1}
    assert (len(found["issued_cals"]), found["issued_cals_matching"]) == (5, 267)
    assert found["devices_with_several_cals"] == [
        {"computer": "reimaged", "product_version": "windows_server_2019", "cals": 2}
    ]
    assert found["next_device_expiry"] == "2026-12-01T00:00:00+00:00"
    first = found["issued_cals"][0]
    assert (first["computer"], first["cal_type"], first["status"]) == ("SITE7-PC00001", "per_device", "active")


def test_filters(fleet: Fleet) -> None:
    found = usage(fleet, cal_type="per_user")
    assert found["issued_cals_matching"] == 12
    assert {each["user"] for each in found["issued_cals"]} == {f"WINFLEET\\user{number:05d}" for number in range(1, 13)}
    assert [each["product_version"] for each in found["summary"]] == ["windows_server_2012", "windows_server_2022"]
    assert usage(fleet, devices=["site7-*1"], status=["active"])["issued_cals_matching"] == 25
    assert usage(fleet, users=["*user00003"])["issued_cals_matching"] == 1
    assert usage(fleet, product_version=["windows_server_2016"])["issued_cals"] == []
    found = usage(fleet, expires_before="2026-12-02", status=["active"])
    assert [each["hardware_id"] for each in found["issued_cals"]] == ["one"]


def test_a_generated_report_is_read_and_deleted(fleet: Fleet) -> None:
    for host in ("rdls01", "rdls02"):
        found = usage(fleet, host, summary_only=True, usage_report="generate")
        entries = found["usage_report"]["entries"]
        assert {kind: len(rows) for kind, rows in entries.items()} == {
            "summary": 2,
            "per_user": 12,
            "per_device": 252,
            "failed_per_user": 2,
            "failed_by_domain": 1,
        }
        assert entries["failed_by_domain"] == [{"domain": "OTHER", "failed": 2}]
        assert entries["per_device"][251]["hardware_id"] == "two"
        assert entries["per_user"][0]["product_version"] == "windows_server_2022"


def test_stored_reports_are_listed_and_left_alone(fleet: Fleet) -> None:
    found = usage(fleet, summary_only=True, usage_report="list")
    assert [each["file_name"] for each in found["usage_reports"]] == ["Report of a colleague"]
    found = usage(fleet, summary_only=True, usage_report="newest", report_entries=["per_user"])
    assert found["usage_report"]["file_name"] == "Report of a colleague"
    assert found["usage_report"]["entries"] == {"per_user": []}


def test_check_mode_generates_nothing(fleet: Fleet) -> None:
    run = generate(fleet, check_mode=True)
    assert run.succeeded().last.writes == []
    assert run.last.result["cal_usage"]["usage_report"]["file_name"] == "Report of a colleague"
    assert "check mode reads the newest" in run.last.result["warnings"][0]


def test_a_report_of_ours_does_not_stay_when_reading_fails(fleet: Fleet) -> None:
    fleet.misbehave(what="return_value", server="rdls01", match={"method": "FetchReportEntries"}, return_value=5001)
    run = generate(fleet)
    assert "0x00001389" in run.last.result["msg"]
    assert fleet.server("rdls01")["reports"] == ["Report of a colleague"]


def test_somebody_else_deletes_the_report_meanwhile(fleet: Fleet) -> None:
    match = {"method": "FetchReportPerDeviceEntries"}
    fleet.misbehave(
        "fault", "rdls01", match=match, code=0x80338000, subcode="a:DestinationUnreachable", role="s:Sender"
    )
    run = generate(fleet)
    assert "usage report" in run.last.result["msg"]
    assert "0x80338000" in run.last.result["msg"]


def test_a_page_that_does_not_fit_is_asked_for_in_halves(fleet: Fleet) -> None:
    match = {"method": "FetchReportPerDeviceEntries"}
    fleet.misbehave("fault", "rdls01", match=match, code=2150859173, times=2, subcode="w:QuotaLimit", role="s:Sender")
    found = usage(fleet, summary_only=True, usage_report="generate", report_entries=["per_device"])
    rows = found["usage_report"]["entries"]["per_device"]
    assert len({each["hardware_id"] for each in rows}) == len(rows) == 252


def test_a_scope_is_for_windows_server_2008(fleet: Fleet) -> None:
    options = {"summary_only": True, "usage_report": "generate", "report_scope": {"type": "domain"}}
    run = fleet.play(task("usage", "cal_usage_info", options), hosts="rdls01")
    assert "remove report_scope" in run.last.result["msg"]
    run = fleet.play(task("usage", "cal_usage_info", {**options, "report_scope": None}), hosts="old")
    assert "needs report_scope" in run.last.result["msg"]


def test_options_that_do_not_go_together(fleet: Fleet) -> None:
    for options, text in (
        ({"devices": ["**"]}, "would match every name"),
        ({"devices": ["PC1"], "summary_only": True}, "devices requires summary_only: false"),
        ({"report_scope": {"type": "domain"}}, "report_scope requires usage_report: generate"),
        ({"limit": -1}, "must not be negative"),
        ({"expires_before": "soon"}, "must be a date such as"),
        ({"product_version": ["windows_server_1999"]}, "product_version[0]"),
    ):
        run = fleet.play(task("usage", "cal_usage_info", options), hosts="rdls01")
        assert run.last.status == "failed"
        assert text in run.last.result["msg"]


def test_a_report_that_is_still_there_is_a_change(fleet: Fleet) -> None:
    fleet.misbehave("return_value", "rdls01", match={"method": "DeleteReport"}, return_value=0x80041001)
    run = generate(fleet)
    assert run.last.changed
    assert len(fleet.server("rdls01")["reports"]) == 2
    fleet.misbehave("drop_after", "rdls01", match={"method": "GenerateReportEx"})
    lost = generate(fleet)
    assert (lost.last.status, lost.last.changed) == ("failed", True)
    # A call that failed and left nothing is none.
    fleet.misbehave("return_value", "rdls01", match={"method": "FetchReportEntries"}, return_value=0x80041001)
    assert not generate(fleet).last.changed


def test_memory_does_not_grow_with_issued_cals() -> None:
    """Of 10,000 CALs no more is kept than of 2,000: those are read on the way, and let go."""
    fleet = EngineFleet(
        {
            "ls": {
                "activated": True,
                "key_packs": [{"product_version": "windows_server_2019", "cal_type": "per_device", "key_pack_id": 5}],
                "issued_licenses": [{"key_pack_id": 5, "computer": "PC", "hardware_id": "id-", "count": 10_000}],
            }
        }
    )
    server = LicenseServer(fleet.session("ls"))
    kept = []
    tracemalloc.start()
    try:
        for number, _cal in enumerate(read_issued_cals(server), 1):
            if number in (2_000, 10_000):
                snapshot = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, "*/plugin_utils/*")])
                kept.append(sum(each.size for each in snapshot.statistics("filename")))
    finally:
        tracemalloc.stop()
    assert len(kept) == 2
    assert kept[1] < kept[0] + 200_000


def test_a_server_that_restarts_between_two_pages(fleet: Fleet) -> None:
    fleet.restart_between_pages("rdls01")
    run = fleet.play(task("usage", "cal_usage_info", {}), hosts="rdls01")
    assert run.last.status == "failed"
    assert "0x8033805B" in run.last.message
    fleet.behave()
    fleet.misbehave("drop_before", "rdls01", match={"method": "FetchReportPerDeviceEntries"}, times=-1)
    failed = generate(fleet)
    assert failed.last.status == "failed"
    fleet.behave()
    assert fleet.server("rdls01")["reports"] == ["Report of a colleague"]
    assert fleet.open_contexts() == {}
