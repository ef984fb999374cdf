# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""cal_migration from a source that is a host of the inventory."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.clearinghouse_call import ask
from tests.integration.fleet import Fleet
from tests.integration.ladder import climb
from tests.integration.playbook import task
from tests.integration.purchases import CLEARINGHOUSE, PROGRAMS, code_alone, purchase

# Packs get the IDs 4 and up: 2 is built in and 3 is temporary.
FLEET = (
    """
servers:
  rdls01:
    windows_release: "2025"
    activated: true
    key_packs:
      - {purchase: retail, quantity: 50, issued: 12}
      - {purchase: open, quantity: 40}
      - {purchase: select, quantity: 30}
      - {purchase: enterprise, quantity: 250, issued: 231}
      - {purchase: campus, quantity: 25}
      - {purchase: school, quantity: 20}
      - {purchase: service_provider, quantity: 15}
      - {purchase: other_agreement, quantity: 10}
  rdls02:
    windows_release: "2025"
    activated: true
    contact: {FirstName: Rosa, LastName: Example, Company: Winfleet Example, CountryRegion: Germany}
  halfway:
    windows_release: "2025"
    activated: true
    key_packs:
      - {product_version: windows_server_2022, cal_type: per_user, quantity: 250}
  empty: {windows_release: "2025", activated: true}
  asleep: {windows_release: "2025"}
"""
    + CLEARINGHOUSE
)
HELD = [(program, int(purchase(program)["quantity"])) for program in PROGRAMS]


def migration(*purchases: dict[str, Any], source: str = "rdls01", **options: Any) -> dict[str, Any]:
    """Options for a migration of these purchases."""
    return {
        "source": {"host": source},
        "reason": "source_is_being_replaced",
        "purchases": list(purchases),
        **options,
    }


def test_each_license_program(fleet: Fleet) -> None:
    """The provider reaches the source and removes there what it imports."""
    options = migration(*map(purchase, PROGRAMS), require_full_coverage=True)
    ladder = climb(fleet, "cal_migration", options, hosts="rdls02")
    assert ladder.cals("rdls02") == HELD
    assert ladder.cals("rdls01") == []
    assert ladder.methods() == [
        "ImportRetailPurchaseLicenseKeyPack",
        "ImportOpenPurchaseLicenseKeyPack",
        *["ImportAgreementLicenseKeyPack"] * 6,
    ]
    assert [each["outcome"] for each in ladder.real.result["purchases"]] == ["migrated"] * len(PROGRAMS)
    assert ladder.real.result["left_behind"] == ladder.real.result["obligations"] == []
    with fleet.client("rdls02") as client:
        assert [int(pack["TotalLicenses"] or 0) for pack in client.packs().values()] == [each for _unused, each in HELD]
    with fleet.client("rdls01") as client:
        assert client.packs() == {}


def test_removes_what_the_provider_left_on_the_source(fleet: Fleet) -> None:
    fleet.cut("rdls01", "rdls02")
    options = migration(*map(purchase, PROGRAMS), remove_from_source=True)
    ladder = climb(fleet, "cal_migration", options, hosts="rdls02")
    assert ladder.cals("rdls02") == HELD
    assert ladder.cals("rdls01") == []
    assert ladder.methods().count("UninstallLicenseKeyPackWithId") == len(PROGRAMS)
    # The source is read once, after the last import; reading it after each would cost its whole table each time.
    assert ladder.methods()[len(PROGRAMS) :] == ["UninstallLicenseKeyPackWithId"] * len(PROGRAMS)


def test_says_what_is_left_and_removes_it_when_told_to(fleet: Fleet) -> None:
    fleet.cut("rdls01", "rdls02")
    ladder = climb(fleet, "cal_migration", migration(purchase("enterprise")), hosts="rdls02")
    assert ladder.cals("rdls02") == [("enterprise", 250)]
    assert ladder.cals("rdls01") == HELD
    assert ladder.real.result["left_behind"] == [{"key_pack_id": 7, "quantity": 250, "whole": True}]
    (pending,) = ladder.again.result["obligations"]
    assert pending["title"].startswith("Still to be removed from")
    assert any("still holds CALs that were migrated" in warning for warning in ladder.again.result["warnings"])

    later = climb(fleet, "cal_migration", migration(purchase("enterprise"), remove_from_source=True), hosts="rdls02")
    assert later.methods() == ["UninstallLicenseKeyPackWithId"]
    assert later.cals("rdls01") == [each for each in HELD if each[0] != "enterprise"]
    assert later.real.result["obligations"] == []


def test_a_part_of_a_purchase(fleet: Fleet) -> None:
    part = purchase("enterprise", quantity=100)
    ladder = climb(fleet, "cal_migration", migration(part), hosts="rdls02")
    assert ladder.cals("rdls02") == [("enterprise", 100)]
    assert ("enterprise", 150) in ladder.cals("rdls01")
    # The rest with the network cut: the collection takes away a part.
    fleet.cut("rdls01", "rdls02")
    more = purchase("enterprise", quantity=60, reference="second part")
    ladder = climb(fleet, "cal_migration", migration(part, more, remove_from_source=True), hosts="rdls02")
    assert ladder.methods() == ["ImportAgreementLicenseKeyPack", "RemoveLicensesWithIdCount"]
    assert ladder.cals("rdls02") == [("enterprise", 100), ("enterprise", 60)]
    assert ("enterprise", 90) in ladder.cals("rdls01")


def test_a_code_that_states_nothing_stands_for_the_retail_pack(fleet: Fleet) -> None:
    rest = [purchase(program) for program in PROGRAMS if program != "retail"]
    ladder = climb(fleet, "cal_migration", migration(code_alone(), *rest, require_full_coverage=True), hosts="rdls02")
    assert dict(ladder.cals("rdls02"))["retail"] == 50
    assert ladder.cals("rdls01") == []


def test_the_other_reason_and_a_name_of_the_users(fleet: Fleet) -> None:
    options = migration(purchase("open"), reason="source_is_not_functioning")
    options["source"]["name"] = "rdls01.winfleet.example"
    ladder = climb(fleet, "cal_migration", options, hosts="rdls02")
    (call,) = [message for message in ladder.real.writes if message["method"].startswith("Import")]
    assert call["arguments"]["sSourceLSName"] == "rdls01.winfleet.example"
    assert call["arguments"]["sSourceLSProductId"] == fleet.server("rdls01")["license_server_id"]
    assert ladder.cals("rdls02") == [("open", 40)]


@pytest.mark.parametrize("method", ["web_browser", "telephone"])
def test_continues_with_the_ids_from_the_clearinghouse(fleet: Fleet, method: str) -> None:
    fleet.internet("rdls02", False)
    before = fleet.state()
    wanted = [purchase("retail"), purchase("open"), purchase("enterprise")]
    run = fleet.play(
        task("without IDs", "cal_migration", migration(*wanted, connection_method=method)), hosts="rdls02"
    ).succeeded()
    assert not run.last.changed
    assert run.last.writes == []
    assert fleet.state() == before
    with_ids = [
        {**each, "license_key_pack_id": ask(fleet, "Manage CALs", request, each)}
        for each, request in zip(wanted, run.last.result["awaiting"], strict=True)
    ]
    ladder = climb(fleet, "cal_migration", migration(*with_ids, connection_method=method), hosts="rdls02")
    assert ladder.methods() == ["ImportLicenseKeyPackOffline"] * 3
    assert ladder.cals("rdls02") == [("retail", 50), ("open", 40), ("enterprise", 250)]
    assert ladder.cals("rdls01") == [each for each in HELD if each[0] not in ("retail", "open", "enterprise")]
    # With its fruit in the record, the purchase needs no ID any more.
    again = fleet.play(
        task("without IDs again", "cal_migration", migration(*wanted, connection_method=method)), hosts="rdls02"
    ).succeeded()
    assert not again.last.changed
    assert again.last.result["awaiting"] == []


def test_adopts_what_somebody_moved_by_hand(fleet: Fleet) -> None:
    """The target holds the CALs, no record tells of them, and the source no longer has them."""
    options = migration(purchase("enterprise"), source="empty")
    ladder = climb(fleet, "cal_migration", options, hosts="halfway")
    assert [each["outcome"] for each in ladder.real.result["purchases"]] == ["adopted"]
    assert ladder.methods() == []
    assert ladder.after["clearinghouse"] == ladder.before["clearinghouse"]


REFUSALS = {
    "both hold the CALs": (
        "halfway",
        migration(purchase("enterprise")),
        "halfway and rdls01 both hold",
    ),
    "a pack is not covered": (
        "rdls02",
        migration(*[purchase(each) for each in PROGRAMS if each != "campus"], require_full_coverage=True),
        "do not account for key pack 8 (25 Windows Server 2012 per user CALs)",
    ),
    "a code cannot stand for several packs": (
        "rdls02",
        migration(code_alone(), purchase("retail", license_code="RETAI-LC0DE-0F5OM-E5H0P-00002"), code_alone(
            license_code="RETAI-LC0DE-0F5OM-E5H0P-00003")),
        "state product_version, cal_type and quantity",
    ),
    "more than the source holds": (
        "rdls02",
        migration(purchase("enterprise", quantity=251)),
        "only 250 of that version and type that",
    ),
    "nothing of it on the source": (
        "rdls02",
        migration(purchase("enterprise"), source="empty"),
        "use winfleet.rd_licensing.key_pack",
    ),
    "the target is not activated": (
        "asleep",
        migration(purchase("enterprise")),
        "activate it first with winfleet.rd_licensing.license_server",
    ),
    "the source is not in the inventory": (
        "rdls02",
        migration(purchase("enterprise"), source="rdls99"),
        "rdls99",
    ),
}  # fmt: skip


def test_refusals_come_before_the_first_change(fleet: Fleet) -> None:
    before = fleet.state()
    for host in ("rdls02", "halfway", "asleep"):
        attempts = {name: options for name, (target, options, _text) in REFUSALS.items() if target == host}
        run = fleet.play(
            *(task(name, "cal_migration", options, ignore_errors=True) for name, options in attempts.items()),
            hosts=host,
        )
        for name in attempts:
            assert run[name].status == "failed", run.output
            assert REFUSALS[name][2] in run[name].message
            assert run[name].writes == []
    assert fleet.state() == before


def test_drift_stops_the_next_run(fleet: Fleet) -> None:
    options = migration(purchase("enterprise"))
    fleet.play(task("migrate", "cal_migration", options), hosts="rdls02").succeeded()
    fleet.remove_by_hand("rdls02", 4)
    run = fleet.play(task("drift", "cal_migration", options), hosts="rdls02")
    assert run.code == 2
    assert "does not hold 250 Windows Server 2022 per user CALs (key pack 4) as recorded" in run.last.message
    assert run.last.writes == []


def test_what_a_purchase_left_is_not_taken_for_another(fleet: Fleet) -> None:
    """CALs of the same kind that somebody installs on the source later stay there."""
    fleet.cut("rdls01", "rdls02")
    fleet.play(task("leave them", "cal_migration", migration(purchase("enterprise"))), hosts="rdls02").succeeded()
    fleet.clearinghouse_sells(
        "later", program="enterprise", agreement_number="7200099", product_version="windows_server_2022",
        cal_type="per_user", quantity=70,
    )  # fmt: skip
    bought_later = purchase("enterprise", agreement_number="7200099", quantity=70)
    fleet.play(task("install", "key_pack", {"purchases": [bought_later], "adopt": False})).succeeded()
    options = migration(purchase("enterprise"), remove_from_source=True)
    ladder = climb(fleet, "cal_migration", options, hosts="rdls02")
    assert ladder.cals("rdls01") == [*(each for each in HELD if each[0] != "enterprise"), ("later", 70)]
