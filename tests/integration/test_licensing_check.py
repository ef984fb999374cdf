# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""licensing_check as a task: what it checks by itself, pairs, options, failing on a severity."""

from __future__ import annotations

from typing import Any

from tests.integration.fleet import Fleet
from tests.integration.playbook import Outcome, task

FLEET = """
servers:
  rdls01:
    windows_release: "2022"
    activated: true
    key_packs:
      - {product_version: windows_server_2022, cal_type: per_user, quantity: 800, issued: 801}
    events: [{event_code: 4105, strings: [anna, winfleet.example]}]
  rdsh01:
    role_installed: false
    session_host: {licensing_type: "2", license_servers: [rdls01.winfleet.example], grace_period_days: 0}
  plain: {role_installed: false}
  fresh: {activated: true, oldest_event_hours_ago: 2}
"""


def check(fleet: Fleet, host: str, **options: Any) -> Outcome:
    """What came of the task; nothing may be changed."""
    before = fleet.state()
    outcome = fleet.play(task("check", "licensing_check", options), hosts=host).last
    assert outcome.writes == []
    assert not outcome.changed
    assert fleet.state() == before
    return outcome


def rows(outcome: Outcome) -> dict[str, dict[str, Any]]:
    """Findings by ID."""
    return {row["id"]: row for row in outcome.result["findings"]}


def test_a_license_server_and_what_repairs_it(fleet: Fleet) -> None:
    outcome = check(fleet, "rdls01")
    assert outcome.result["subjects"] == ["license_server"]
    row = rows(outcome)["user_cals_over_allocated"]
    assert row["severity"] == "critical"
    assert "801 of 800" in row["what"]
    assert row["evidence"]["groups"][0]["over_allocated"] == 1
    assert outcome.result["summary"]["cannot_be_read"] == 0
    assert outcome.result["findings"][0]["severity"] == "critical"
    assert "self_right_missing" not in rows(outcome)
    assert "self_right_missing" in rows(check(fleet, "rdls01", events=True))


def test_a_session_host_and_its_license_server(fleet: Fleet) -> None:
    outcome = check(fleet, "rdsh01", license_servers=["rdls01"])
    assert outcome.result["subjects"] == ["session_host"]
    assert rows(outcome)["mode_without_cals"]["evidence"]["mode"] == "per device"
    # Without the pair nothing is said of it.
    assert "mode_without_cals" not in rows(check(fleet, "rdsh01"))


def test_neither_of_both(fleet: Fleet) -> None:
    outcome = check(fleet, "plain")
    assert (outcome.result["subjects"], outcome.result["findings"]) == ([], [])
    assert "role_missing" in rows(check(fleet, "plain", subject="license_server"))


def test_failing_on_a_severity(fleet: Fleet) -> None:
    outcome = check(fleet, "rdls01", fail_on="critical")
    assert outcome.status == "failed"
    assert "801 of 800" in outcome.message
    assert "user_cals_over_allocated" in rows(outcome)
    ignored = check(fleet, "rdls01", fail_on="critical", ignore=["user_cals_over_allocated"])
    assert ignored.status == "ok"
    severities = {"user_cals_over_allocated": "info"}
    assert check(fleet, "rdls01", fail_on="critical", severities=severities).status == "ok"


def test_options_that_do_not_exist(fleet: Fleet) -> None:
    assert "user_cals_over_allocated" in check(fleet, "rdls01", ignore=["user_cals_overallocated"]).message
    assert "thresholds.free_cals" in check(fleet, "rdls01", thresholds={"free_cals": 1}).message
    assert "severities.clock_skew: must be one of" in check(fleet, "rdls01", severities={"clock_skew": "bad"}).message
    assert "whole number" in check(fleet, "rdls01", thresholds={"stored_reports": "many"}).message
    assert "must not be negative" in check(fleet, "rdls01", thresholds={"stored_reports": -1}).message


def test_a_license_server_that_is_off_is_a_row(fleet: Fleet) -> None:
    fleet.switch_off("rdls01")
    outcome = check(fleet, "rdsh01", license_servers=["rdls01"])
    assert outcome.status == "ok"
    assert rows(outcome)["license_server_unreadable"]["state"] == "cannot_be_read"
    assert rows(outcome)["server_unreachable"]["severity"] == "critical"


def test_another_host_that_cannot_be_used_is_a_row_and_one_that_does_not_exist_is_a_mistake(fleet: Fleet) -> None:
    outcome = check(fleet, "rdsh01", license_servers=["localhost"], connection_broker="plain")
    assert outcome.status == "ok"
    assert "WS-Management" in rows(outcome)["license_server_unreadable"]["evidence"]["reason"]
    assert rows(outcome)["deployment_mismatch"]["state"] == "cannot_be_read"
    for option, value in (("license_servers", ["rdls99"]), ("connection_broker", "rdls99")):
        outcome = check(fleet, "rdsh01", **{option: value})
        assert outcome.status == "failed"
        assert f"{option}: the inventory has no host 'rdls99'" in outcome.message


def test_checks_that_are_not_made_say_why(fleet: Fleet) -> None:
    message = check(fleet, "rdls01", ignore=["orphan_scp"]).message
    assert "LDAP" in message


def test_more_is_read_where_it_is_asked_for(fleet: Fleet) -> None:
    outcome = check(fleet, "rdls01", extended=True, user_domains=["other.example"])
    assert "not_in_group_of_user_domain" in rows(outcome)
    assert "other.example" in rows(outcome)["not_in_group_of_user_domain"]["what"]


def test_a_log_that_is_cleared_meanwhile_is_a_row(fleet: Fleet) -> None:
    fleet.misbehave("fault", "rdls01", match={"class": "Win32_NTLogEvent"}, times=-1, code=0x80338000, role="s:Sender")
    outcome = check(fleet, "rdls01", events=True)
    assert outcome.status == "ok"
    found = rows(outcome)
    for each in ("database_corrupt", "event_shortage", "log_too_small"):
        assert found[each]["state"] == "cannot_be_read"
        assert "0x80338000" in found[each]["evidence"]["reason"]
        assert "0x80338000" in found[each]["what"]


def test_a_log_that_was_cleared_is_named(fleet: Fleet) -> None:
    outcome = check(fleet, "fresh", events=True)
    assert rows(outcome)["log_too_small"]["severity"] == "info"


def test_a_server_that_restarts_between_two_reads_leaves_rows(fleet: Fleet) -> None:
    fleet.restart_between_pages("rdls01")
    outcome = check(fleet, "rdls01")
    assert outcome.status == "ok"
    assert rows(outcome)["no_key_packs"]["state"] == "cannot_be_read"
    assert rows(outcome)["security_group_off"]["state"] == "found"
