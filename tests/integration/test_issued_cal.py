# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""issued_cal: rules, the limit, confirmation, idempotence, lost responses."""

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
      - {product_version: windows_server_2019, cal_type: per_device, quantity: 10, issued: 7, key_pack_id: 6}
      - {product_version: windows_server_2022, cal_type: per_device, quantity: 3, issued: 2, key_pack_id: 7}
      - {product_version: windows_server_2022, cal_type: per_user, quantity: 20, issued: 1, key_pack_id: 8}
    issued_licenses:
      - {key_pack_id: 6, computer: SCRAP, hardware_id: hw-scrap, count: 4, expires_on: "2027-01-10T00:00:00Z"}
      - {key_pack_id: 6, computer: TWIN, hardware_id: twin-1}
      - {key_pack_id: 6, computer: TWIN, hardware_id: twin-2}
      - key_pack_id: 6
        computer: ASLEEP
        hardware_id: asleep
        issued_on: "2026-06-01T00:00:00Z"
        expires_on: "2026-12-10T00:00:00Z"
      - {key_pack_id: 7, computer: SCRAP-NEW, hardware_id: hw-new, count: 2}
      - {key_pack_id: 6, computer: SCRAP-GONE, hardware_id: gone, expires_on: "2026-01-10T00:00:00Z"}
      - {key_pack_id: 8, computer: SCRAP-USER, user: 'WINFLEET\\anna'}
"""


def revoke(fleet: Fleet, *, check_mode: bool = False, **options: Any) -> Outcome:
    """What came of the task."""
    # It limits how long the task looks for the effect of a call.
    little = {"rdls01": {"ansible_winrm_operation_timeout_sec": 2}}
    run = fleet.play(task("revoke", "issued_cal", options, check_mode=check_mode), hosts="rdls01", hostvars=little)
    return run.last


def revoked(fleet: Fleet) -> list[int]:
    """The revoked CALs, as the server has them."""
    found: list[int] = fleet.server("rdls01")["revoked"]
    return found


def computers(outcome: Outcome, key: str) -> list[str]:
    """The computers in a list of the result."""
    return [each["computer"] for each in outcome.result[key]]


def test_as_many_as_the_limit_allows_and_nothing_the_second_time(fleet: Fleet) -> None:
    planned = revoke(fleet, devices=["scrap*"], check_mode=True)
    assert planned.changed
    assert planned.writes == []
    done = revoke(fleet, devices=["scrap*"], confirm_revocation=True)
    assert done.changed
    # 2 of the 10 of 2019, and 1 of the 3 of 2022; the per user CAL is never among them.
    assert sorted(computers(done, "revoked")) == ["SCRAP-NEW00001", "SCRAP00001", "SCRAP00002"]
    assert sorted(computers(done, "beyond_limit")) == ["SCRAP-NEW00002", "SCRAP00003", "SCRAP00004"]
    # When the first of those that this task revokes expires, there is room again.
    assert done.result["next_revocation_allowed"].startswith("2027-01-10")
    assert "the next one can be revoked on 2027-01-10" in done.result["warnings"][0]
    for key in ("steps", "revoked", "beyond_limit", "limits", "next_revocation_allowed"):
        assert planned.result[key] == done.result[key]
    assert revoked(fleet) == [1, 2, 8]
    again = revoke(fleet, devices=["scrap*"], confirm_revocation=True)
    assert not again.changed
    assert again.writes == []
    assert again.result["next_revocation_allowed"].startswith("2027-01-10")
    assert "exceed the revocation limit (2 of 10 at a time, 2 revoked" in again.result["warnings"][0]
    assert revoked(fleet) == [1, 2, 8]


def test_revocation_must_be_confirmed(fleet: Fleet) -> None:
    outcome = revoke(fleet, devices=["ASLEEP"])
    assert outcome.status == "failed"
    assert "confirm_revocation: true" in outcome.message
    assert revoked(fleet) == []
    assert revoke(fleet, devices=["nobody"]).status == "ok"


def test_all_or_nothing(fleet: Fleet) -> None:
    outcome = revoke(fleet, devices=["scrap*"], require_all=True, confirm_revocation=True)
    assert outcome.status == "failed"
    assert outcome.writes == []


def test_a_name_that_two_devices_have(fleet: Fleet) -> None:
    outcome = revoke(fleet, devices=["twin"], confirm_revocation=True)
    assert outcome.status == "failed"
    assert "twin-1, twin-2" in outcome.message
    outcome = revoke(fleet, devices=["twin"], hardware_ids=["TWIN-2"], confirm_revocation=True)
    assert [each["hardware_id"] for each in outcome.result["revoked"]] == ["twin-2"]


def test_not_renewed_since_is_proven_by_the_dates(fleet: Fleet) -> None:
    assert computers(revoke(fleet, not_renewed_since="2026-10-01", check_mode=True), "revoked") == []
    outcome = revoke(fleet, not_renewed_since="2026-10-20", confirm_revocation=True)
    assert computers(outcome, "revoked") == ["ASLEEP"]


def test_a_rule_is_required(fleet: Fleet) -> None:
    assert "at least one of devices" in revoke(fleet).message
    assert "would match every name" in revoke(fleet, devices=["?*"]).message
    assert len(revoke(fleet, devices=["*"], check_mode=True).result["revoked"]) == 3


def test_a_lost_response_is_settled_by_reading(fleet: Fleet) -> None:
    fleet.misbehave("drop_after", "rdls01", match={"method": "Revoke"})
    assert computers(revoke(fleet, devices=["asleep"], confirm_revocation=True), "revoked") == ["ASLEEP"]
    assert revoked(fleet) == [7]


def test_a_response_that_lies_is_not_believed(fleet: Fleet) -> None:
    fleet.misbehave("return_value", "rdls01", match={"method": "Revoke"}, return_value=0)
    outcome = revoke(fleet, devices=["asleep"], confirm_revocation=True)
    assert outcome.status == "failed"
    assert "reported success" in outcome.message
    fleet.misbehave("return_value", "rdls01", match={"method": "Revoke"}, return_value=5, takes_effect=True)
    assert computers(revoke(fleet, devices=["asleep"], confirm_revocation=True), "revoked") == ["ASLEEP"]


def test_another_rejection_names_its_code_and_what_was_done(fleet: Fleet) -> None:
    fleet.misbehave("return_value", "rdls01", match={"method": "Revoke"}, return_value=0x80041001, skip=1)
    outcome = revoke(fleet, devices=["scrap0*"], confirm_revocation=True)
    assert (outcome.status, outcome.changed) == ("failed", True)
    assert "0x80041001" in outcome.message
    assert "SCRAP00001" in outcome.message
