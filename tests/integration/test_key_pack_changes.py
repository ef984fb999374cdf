# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""key_pack with state: absent, reduced and converted."""

from __future__ import annotations

from typing import Any

from tests.integration.fleet import Fleet
from tests.integration.ladder import climb
from tests.integration.playbook import task
from tests.integration.purchases import CLEARINGHOUSE, purchase

# The packs of purchases get the IDs 4 and 5: 2 is built in and 3 is temporary.
FLEET = (
    """
servers:
  rdls01:
    windows_release: "2022"
    activated: true
    key_packs:
      - {purchase: enterprise, quantity: 250, issued: 0}
      - {purchase: retail, quantity: 50, issued: 0}
      - {product_version: windows_server_2012, cal_type: per_user, key_pack_id: 9, key_pack_type: 7, quantity: 5}
"""
    + CLEARINGHOUSE
)


def test_removes_a_pack(fleet: Fleet) -> None:
    ladder = climb(fleet, "key_pack", {"state": "absent", "key_pack_id": 4})
    assert ladder.cals("rdls01") == [("retail", 50)]
    assert ladder.methods() == ["UninstallLicenseKeyPackWithId"]


def test_reduces_a_pack_to_a_quantity(fleet: Fleet) -> None:
    ladder = climb(fleet, "key_pack", {"state": "reduced", "key_pack_id": 4, "quantity": 180})
    assert ladder.cals("rdls01") == [("enterprise", 180), ("retail", 50)]
    (call,) = [message for message in ladder.real.writes if message["class"] == "Win32_TSLicenseKeyPack"]
    assert call["method"] == "RemoveLicensesWithIdCount"
    assert call["arguments"] == {"KeyPackId": 4, "LicenseCount": 70}


def test_converts_a_part_once_for_each_change(fleet: Fleet) -> None:
    options = {"state": "converted", "key_pack_id": 4, "cal_type": "per_device", "quantity": 50}
    ladder = climb(fleet, "key_pack", {**options, "change_id": "CHG-1"})
    assert ladder.methods() == ["ConvertLicenses"]
    assert ladder.cals("rdls01") == [("enterprise", 200), ("retail", 50), ("enterprise", 50)]
    assert ladder.real.result["key_pack_id"] == ladder.again.result["key_pack_id"] == 10
    ladder = climb(fleet, "key_pack", {**options, "change_id": "CHG-2"})
    assert ladder.cals("rdls01") == [("enterprise", 150), ("retail", 50), ("enterprise", 50), ("enterprise", 50)]


def test_converts_a_whole_pack_and_the_purchase_stays_known(fleet: Fleet) -> None:
    fleet.play(task("adopt", "key_pack", {"purchases": [purchase("enterprise")]})).succeeded()
    options = {"state": "converted", "key_pack_id": 4, "cal_type": "per_device", "change_id": "CHG-1"}
    ladder = climb(fleet, "key_pack", options)
    (converted,) = [each for each in ladder.server("rdls01")["key_packs"] if each["purchase"] == "enterprise"]
    assert (converted["product_type"], converted["total"]) == (0, 250)
    run = fleet.play(task("present", "key_pack", {"purchases": [purchase("enterprise")]})).succeeded()
    assert not run.last.changed


def test_a_removed_purchase_may_be_installed_again(fleet: Fleet) -> None:
    """What this collection removed is no drift."""
    run = fleet.play(
        task("adopt", "key_pack", {"purchases": [purchase("enterprise")]}),
        task("remove", "key_pack", {"state": "absent", "key_pack_id": 4}),
        task("dry run", "key_pack", {"purchases": [purchase("enterprise")]}, check_mode=True),
    ).succeeded()
    assert [each["outcome"] for each in run["dry run"].result["purchases"]] == ["installed"]


def test_packs_that_were_not_bought_are_never_touched(fleet: Fleet) -> None:
    before = fleet.state()
    kinds = {2: "built into Windows", 3: "temporary", 9: "of an unknown kind"}
    attempts: dict[str, dict[str, Any]] = {
        "remove": {"state": "absent"},
        "reduce": {"state": "reduced", "quantity": 1},
        "convert": {"state": "converted", "cal_type": "per_device", "change_id": "CHG-9"},
    }
    run = fleet.play(
        *(
            task(f"{name} {pack}", "key_pack", {**options, "key_pack_id": pack}, ignore_errors=True)
            for name, options in attempts.items()
            for pack in kinds
        )
    )
    for name in attempts:
        for pack, kind in kinds.items():
            outcome = run[f"{name} {pack}"]
            assert outcome.status == "failed"
            assert f"is {kind}; only purchased packs are changed" in outcome.message
    assert fleet.state() == before


def test_what_cannot_be(fleet: Fleet) -> None:
    before = fleet.state()
    attempts = {
        "more than there are": {"state": "reduced", "key_pack_id": 4, "quantity": 300},
        "none at all": {"state": "reduced", "key_pack_id": 4, "quantity": 0},
        "no such pack": {"state": "reduced", "key_pack_id": 77, "quantity": 1},
        "convert too many": {
            "state": "converted", "key_pack_id": 4, "cal_type": "per_device", "quantity": 251, "change_id": "CHG-1"
        },
    }  # fmt: skip
    run = fleet.play(*(task(name, "key_pack", options, ignore_errors=True) for name, options in attempts.items()))
    assert [outcome.status for outcome in run.outcomes] == ["failed"] * len(attempts)
    assert "fewer than the requested 300" in run["more than there are"].message
    assert "use state: absent" in run["none at all"].message
    assert "there is no key pack 77; purchased packs: 4, 5" in run["no such pack"].message
    assert "it holds 250 Windows Server 2022 per user CALs" in run["convert too many"].message
    assert fleet.state() == before


def test_a_conversion_whose_answer_got_lost_is_not_made_twice(fleet: Fleet) -> None:
    fleet.misbehave("drop_after", "rdls01", match={"method": "ConvertLicenses"})
    options = {"state": "converted", "key_pack_id": 4, "cal_type": "per_device", "quantity": 50, "change_id": "CHG-1"}
    lost = fleet.play(task("the answer gets lost", "key_pack", options)).succeeded()
    again = fleet.play(task("again", "key_pack", options), task("once more", "key_pack", options)).succeeded()
    assert lost.last.changed
    assert "it took effect" in lost.last.result["warnings"][0]
    assert not again["again"].changed
    assert again["once more"].writes == []
    assert fleet.cals("rdls01") == [("enterprise", 200), ("retail", 50), ("enterprise", 50)]
