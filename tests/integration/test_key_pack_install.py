# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""key_pack with state: present, by the automatic method."""

from __future__ import annotations

from tests.integration.fleet import Fleet
from tests.integration.ladder import climb, climb_each
from tests.integration.playbook import task
from tests.integration.purchases import CLEARINGHOUSE, PROGRAMS, bare, code_alone, purchase

FLEET = (
    """
servers:
  rdls01: {windows_release: "2025", activated: true}
  rdls02:
    windows_release: "2025"
    activated: true
    key_packs:
      - {product_version: windows_server_2022, cal_type: per_device, quantity: 50, issued: 7, key_pack_type: 1}
      - {product_version: windows_server_2022, cal_type: per_user, quantity: 250, issued: 200}
  old: {windows_release: "2019", activated: true}
  asleep: {}
"""
    + CLEARINGHOUSE
)
METHODS = {"retail": "InstallRetailPurchaseLicenseKeyPack", "open": "InstallOpenLicenseKeyPack"}


def test_each_license_program(fleet: Fleet) -> None:
    ladders = climb_each(fleet, "key_pack", {program: {"purchases": [purchase(program)]} for program in PROGRAMS})
    installed = []
    for program in PROGRAMS:
        ladder = ladders[program]
        installed.append((program, purchase(program)["quantity"]))
        assert ladder.cals("rdls01") == installed
        assert ladder.methods() == [METHODS.get(program, "InstallAgreementLicenseKeyPack")]
        (dry,), (real,), (again,) = (each.result["purchases"] for each in (ladder.dry, ladder.real, ladder.again))
        assert (dry["outcome"], dry["key_pack_id"]) == ("installed", None)
        assert real["outcome"] == "installed"
        assert (again["outcome"], again["key_pack_id"]) == ("recorded", real["key_pack_id"])


def test_all_license_programs_in_one_task(fleet: Fleet) -> None:
    """Credentials bare this time; the same purchases as printed on paper are then known."""
    purchases = [
        {name: bare(value) if "number" in name or "code" in name else value for name, value in each.items()}
        for each in map(purchase, PROGRAMS)
    ]
    ladder = climb(fleet, "key_pack", {"purchases": purchases})
    assert ladder.cals("rdls01") == [(program, purchase(program)["quantity"]) for program in PROGRAMS]
    run = fleet.play(task("as printed", "key_pack", {"purchases": [purchase(each) for each in PROGRAMS]})).succeeded()
    assert not run.last.changed
    assert run.last.writes == []


def test_a_license_code_that_states_nothing(fleet: Fleet) -> None:
    ladder = climb(fleet, "key_pack", {"purchases": [code_alone()]})
    assert ladder.cals("rdls01") == [("retail", 50)]
    # Stated or not, the code is the same purchase.
    run = fleet.play(task("stated", "key_pack", {"purchases": [purchase("retail")]})).succeeded()
    assert not run.last.changed


def test_two_purchases_alike_are_told_apart_by_reference(fleet: Fleet) -> None:
    twins = [purchase("enterprise", quantity=100, reference=order) for order in ("PO-1", "PO-2")]
    ladder = climb(fleet, "key_pack", {"purchases": twins})
    assert ladder.cals("rdls01") == [("enterprise", 100), ("enterprise", 100)]
    without = fleet.play(task("no reference", "key_pack", {"purchases": [purchase("select"), purchase("select")]}))
    assert without.code == 2
    assert "is named 2 times" in without.last.message
    assert "'reference'" in without.last.message


def test_adopts_what_somebody_installed_by_hand(fleet: Fleet) -> None:
    purchases = [purchase("enterprise"), purchase("retail")]
    ladder = climb(fleet, "key_pack", {"purchases": purchases}, hosts="rdls02")
    assert [each["outcome"] for each in ladder.dry.result["purchases"]] == ["adopted", "adopted"]
    assert [each["outcome"] for each in ladder.real.result["purchases"]] == ["adopted", "adopted"]
    assert ladder.methods() == []
    assert ladder.cals("rdls02") == [(None, 50), (None, 250)]
    assert ladder.after["clearinghouse"] == ladder.before["clearinghouse"]


def test_does_not_adopt_when_told_so(fleet: Fleet) -> None:
    options = {"purchases": [purchase("enterprise"), code_alone()], "adopt": False}
    ladder = climb(fleet, "key_pack", options, hosts="rdls02")
    assert ladder.cals("rdls02") == [(None, 50), (None, 250), ("enterprise", 250), ("retail", 50)]


def test_a_code_that_may_be_there_already_must_state_its_cals(fleet: Fleet) -> None:
    before = fleet.state()
    run = fleet.play(task("install", "key_pack", {"purchases": [code_alone()]}), hosts="rdls02")
    assert run.code == 2
    assert "Set product_version, cal_type and quantity" in run.last.message
    assert fleet.state() == before


def test_drift_stops_until_it_is_acknowledged(fleet: Fleet) -> None:
    """Somebody removed a pack of the record by hand; the Clearinghouse allows these CALs once more."""
    fleet.play(task("install", "key_pack", {"purchases": [purchase("enterprise", quantity=100)]})).succeeded()
    pack = max(each["key_pack_id"] for each in fleet.server("rdls01")["key_packs"])
    fleet.remove_by_hand("rdls01", pack)
    before = fleet.state()
    run = fleet.play(task("drift", "key_pack", {"purchases": [purchase("enterprise", quantity=100)]}))
    assert run.code == 2
    assert f"does not hold 100 Windows Server 2022 per user CALs (key pack {pack}) as recorded" in run.last.message
    operation = run.last.message.partition("acknowledge_missing: ")[2].split()[0]
    assert fleet.state() == before
    acknowledged = purchase("enterprise", quantity=100, acknowledge_missing=operation)
    ladder = climb(fleet, "key_pack", {"purchases": [acknowledged]})
    assert ladder.cals("rdls01") == [("enterprise", 100)]


def test_what_the_clearinghouse_refuses(fleet: Fleet) -> None:
    """Each refusal is one line, leaves nothing behind but the record of the attempt, and hides the number."""
    wrong = {
        "a wrong number": purchase("enterprise", agreement_number="7999999"),
        "more than bought": purchase("enterprise", quantity=251),
        "another version": purchase("enterprise", product_version="windows_server_2019"),
        "another type": purchase("enterprise", cal_type="per_device"),
        "another program": purchase("enterprise", license_program="select"),
    }
    tasks = [task(name, "key_pack", {"purchases": [each]}, ignore_errors=True) for name, each in wrong.items()]
    run = fleet.play(*tasks)
    for name, each in wrong.items():
        assert run[name].status == "failed"
        assert "(InstallAgreementLicenseKeyPack) failed: 0x80041001 (WBEM_E_FAILED)" in run[name].message
        assert each["agreement_number"] not in run.output
    assert fleet.cals("rdls01") == []
    # None of it stands in the way of the right one.
    climb(fleet, "key_pack", {"purchases": [purchase("enterprise")]})


def test_cals_newer_than_the_server_are_refused_beforehand(fleet: Fleet) -> None:
    before = fleet.state()
    purchases = [purchase("select"), purchase("enterprise")]
    run = fleet.play(task("install", "key_pack", {"purchases": purchases}), hosts="old")
    assert run.code == 2
    assert "are newer than the server, which runs Windows Server 2019" in run.last.message
    assert fleet.state() == before


def test_a_server_that_is_not_activated_is_refused_beforehand(fleet: Fleet) -> None:
    before = fleet.state()
    run = fleet.play(task("install", "key_pack", {"purchases": [purchase("enterprise")]}), hosts="asleep")
    assert run.code == 2
    assert "the license server is not activated (activation status: not activated)" in run.last.message
    assert fleet.state() == before
