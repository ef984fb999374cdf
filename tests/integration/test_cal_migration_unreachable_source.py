# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""cal_migration from a source that is switched off, known only by its ID and operating system."""

from __future__ import annotations

from typing import Any

from tests.integration.clearinghouse_call import ask
from tests.integration.fleet import Fleet
from tests.integration.ladder import climb
from tests.integration.playbook import task
from tests.integration.purchases import CLEARINGHOUSE, code_alone, purchase

LICENSE_SERVER_ID = "D" * 34 + "7"
FLEET = (
    f"""
servers:
  dead:
    windows_release: "2022"
    activated: true
    license_server_id: {LICENSE_SERVER_ID}
    key_packs:
      - {{purchase: select, quantity: 30, issued: 30}}
      - {{purchase: campus, quantity: 25}}
      - {{purchase: retail, quantity: 50}}
  rdls02:
    windows_release: "2025"
    activated: true
    contact: {{FirstName: Rosa, LastName: Example, Company: Winfleet Example, CountryRegion: Germany}}
"""
    + CLEARINGHOUSE
)
# As Licensing Manager printed it once.
PRINTED = "-".join(LICENSE_SERVER_ID[start : start + 5] for start in range(0, 35, 5))


def migration(*purchases: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Options for a migration from the dead server."""
    return {
        "source": {
            "name": "dead.winfleet.example",
            "license_server_id": PRINTED,
            "operating_system": "windows_server_2022",
        },
        "reason": "source_is_not_functioning",
        "purchases": list(purchases),
        "acknowledge_manual_removal": True,
        **options,
    }


def test_imports_and_records_a_pending_removal(fleet: Fleet) -> None:
    fleet.switch_off("dead")
    ladder = climb(fleet, "cal_migration", migration(purchase("select"), purchase("campus")), hosts="rdls02")
    assert ladder.cals("rdls02") == [("select", 30), ("campus", 25)]
    assert [each["title"] for each in ladder.again.result["obligations"]] == [
        "Still to be removed from dead.winfleet.example: 30 Windows Server 2016 per user CALs",
        "Still to be removed from dead.winfleet.example: 25 Windows Server 2012 per user CALs",
    ]
    run = fleet.play(task("read", "license_server_info", {"gather": ["obligations"]}), hosts="rdls02").succeeded()
    assert len(run.last.result["license_server"]["obligations"]) == 2


def test_a_source_without_a_name(fleet: Fleet) -> None:
    fleet.switch_off("dead")
    options = migration(purchase("select"))
    del options["source"]["name"]
    ladder = climb(fleet, "cal_migration", options, hosts="rdls02")
    assert ladder.cals("rdls02") == [("select", 30)]
    (call,) = [message for message in ladder.real.writes if message["method"].startswith("Import")]
    assert (call["arguments"]["sSourceLSName"], call["arguments"]["sSourceLSProductId"]) == ("", LICENSE_SERVER_ID)


def test_a_server_that_comes_back_is_cleared(fleet: Fleet) -> None:
    fleet.switch_off("dead")
    fleet.play(task("import", "cal_migration", migration(purchase("select"))), hosts="rdls02").succeeded()
    fleet.switch_on("dead")
    options = {
        "source": {"host": "dead"},
        "reason": "source_is_not_functioning",
        "purchases": [purchase("select")],
        "remove_from_source": True,
    }
    ladder = climb(fleet, "cal_migration", options, hosts="rdls02")
    assert ladder.cals("dead") == [("campus", 25), ("retail", 50)]
    assert ladder.methods() == ["UninstallLicenseKeyPackWithId"]
    assert ladder.real.result["obligations"] == []


def test_continues_with_the_id_from_the_clearinghouse(fleet: Fleet) -> None:
    fleet.switch_off("dead")
    options = migration(purchase("select"), connection_method="telephone")
    run = fleet.play(task("without ID", "cal_migration", options), hosts="rdls02").succeeded()
    assert not run.last.changed
    (request,) = run.last.result["awaiting"]
    assert request["source_license_server_id"] == PRINTED
    with_id = purchase("select", license_key_pack_id=ask(fleet, "Manage CALs", request, purchase("select")))
    ladder = climb(fleet, "cal_migration", migration(with_id, connection_method="telephone"), hosts="rdls02")
    assert ladder.methods() == ["ImportLicenseKeyPackOffline"]
    assert ladder.cals("rdls02") == [("select", 30)]


def test_refusals_come_before_the_first_change(fleet: Fleet) -> None:
    fleet.switch_off("dead")
    before = fleet.state()
    no_promise = migration(purchase("select"), acknowledge_manual_removal=False)
    no_system = migration(purchase("select"))
    del no_system["source"]["operating_system"]
    bad_id = migration(purchase("select"))
    bad_id["source"]["license_server_id"] = PRINTED[:-1]
    nobody = migration(purchase("select"))
    nobody["source"] = {"name": "dead.winfleet.example", "operating_system": "windows_server_2022"}
    attempts = {
        "nobody promises": (no_promise, "Set acknowledge_manual_removal: true to confirm that they will be removed"),
        "no operating system": (no_system, "requires source.operating_system"),
        "a bad ID": (bad_id, "source.license_server_id: a license server ID has 35 letters and digits"),
        "neither host nor ID": (nobody, "one of the following is required: host, license_server_id found in source"),
    }
    run = fleet.play(
        *(task(name, "cal_migration", options, ignore_errors=True) for name, (options, _unused) in attempts.items()),
        hosts="rdls02",
    )
    for name, (_unused, text) in attempts.items():
        assert run[name].status == "failed", run.output
        assert text in run[name].message
    assert fleet.state() == before


def test_a_code_that_states_nothing(fleet: Fleet) -> None:
    """Only the Clearinghouse knows what it stands for; the record learns it from the pack that arrives."""
    fleet.switch_off("dead")
    ladder = climb(fleet, "cal_migration", migration(code_alone()), hosts="rdls02")
    assert ladder.cals("rdls02") == [("retail", 50)]
    (pending,) = ladder.again.result["obligations"]
    assert pending["title"] == "Still to be removed from dead.winfleet.example: 50 Windows Server 2022 per device CALs"
