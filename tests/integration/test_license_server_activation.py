# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""license_server: activate, deactivate and reactivate, by the automatic method and with IDs from the Clearinghouse."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.clearinghouse_call import ask
from tests.integration.fleet import Fleet
from tests.integration.ladder import climb, climb_each
from tests.integration.playbook import task

FLEET = """
servers:
  fresh: {}
  rdls01:
    activated: true
    contact: {FirstName: Rosa, LastName: Example, Company: Winfleet Example, CountryRegion: Germany}
"""
OPERATIONS = "SOFTWARE\\WinFleet\\RDLicensing\\Operations"
CONTACT = {"first_name": "Rosa", "last_name": "Example", "company": "Winfleet Example", "country_region": "Germany"}
REASONS = [
    "server_redeployed",
    "certificate_corrupt",
    "private_key_compromised",
    "activation_key_expired",
    "server_upgraded",
]


def recorded(server: dict[str, Any]) -> list[tuple[str, str]]:
    """Operation and status of every entry of the record."""
    entries = [json.loads(text) for _name, text in sorted(server["registry"].get(OPERATIONS, {}).items())]
    return [(entry["operation"], entry["status"]) for entry in entries]


def in_groups(identifier: str) -> str:
    """As Licensing Manager shows it."""
    return "-".join(identifier[start : start + 5] for start in range(0, len(identifier), 5))


def test_activates_automatically_and_sets_the_contact_first(fleet: Fleet) -> None:
    ladder = climb(fleet, "license_server", {"state": "activated", "contact": CONTACT}, hosts="fresh")
    server = ladder.server("fresh")
    assert server["activated"]
    assert ladder.methods() == ["put"] * 4 + ["ActivateServerAutomatic"]
    assert recorded(server) == [("activate", "done")]
    assert ladder.real.result["license_server"]["license_server_id"] == in_groups(server["license_server_id"])


def test_deactivates_automatically(fleet: Fleet) -> None:
    ladder = climb(fleet, "license_server", {"state": "deactivated"})
    assert not ladder.server("rdls01")["activated"]
    assert ladder.methods() == ["DeactivateServerAutomatic"]
    assert recorded(ladder.server("rdls01")) == [("deactivate", "done")]


def test_reactivates_once_for_each_change_and_with_each_reason(fleet: Fleet) -> None:
    options = {
        reason: {"state": "reactivated", "reason": reason, "change_id": f"CHG-{number}"}
        for number, reason in enumerate(REASONS)
    }
    before = fleet.server("rdls01")["license_server_id"]
    ladders = climb_each(fleet, "license_server", options)
    for number, reason in enumerate(REASONS):
        (call,) = [message for message in ladders[reason].real.writes if message["method"].startswith("Reactivate")]
        assert (call["method"], call["arguments"]) == ("ReactivateServerAutomatic", {"Reason": number})
        after = ladders[reason].server("rdls01")["license_server_id"]
        assert after != before
        before = after
    assert recorded(fleet.server("rdls01")) == [("reactivate", "done")] * len(REASONS)


@pytest.mark.parametrize("method", ["web_browser", "telephone"])
def test_requests_the_license_server_id(fleet: Fleet, method: str) -> None:
    options = {"state": "activated", "connection_method": method, "contact": CONTACT}
    run = fleet.play(
        task("sets the contact", "license_server", options), task("waits", "license_server", options), hosts="fresh"
    ).succeeded()
    assert run["sets the contact"].changed
    assert not run["waits"].changed
    assert run["waits"].writes == []
    assert not fleet.server("fresh")["activated"]
    (request,) = run.last.result["awaiting"]
    assert request["product_id"] == fleet.server("fresh")["product_id"]

    # It is entered in small letters, with a blank.
    brought = ask(fleet, "Activate", request).lower().replace("-", " ", 1)
    ladder = climb(fleet, "license_server", {**options, "license_server_id": brought}, hosts="fresh")
    assert ladder.server("fresh")["activated"]
    assert ladder.methods() == ["ActivateServer"]
    assert ladder.real.result["awaiting"] == []


def test_reactivates_with_the_new_license_server_id(fleet: Fleet) -> None:
    options = {
        "state": "reactivated",
        "connection_method": "web_browser",
        "reason": "server_redeployed",
        "change_id": "CHG-1",
    }
    run = fleet.play(task("without the ID", "license_server", options)).succeeded()
    assert not run.last.changed
    (request,) = run.last.result["awaiting"]
    new_id = ask(fleet, "Reactivate", request, reason_for_reactivation="redeployed")
    ladder = climb(fleet, "license_server", {**options, "license_server_id": new_id})
    assert ladder.methods() == ["ReactivateServer"]
    assert in_groups(ladder.server("rdls01")["license_server_id"]) == new_id


def test_deactivates_by_telephone_with_the_confirmation_code(fleet: Fleet) -> None:
    options = {"state": "deactivated", "connection_method": "telephone"}
    run = fleet.play(task("without the code", "license_server", options)).succeeded()
    assert not run.last.changed
    code = ask(fleet, "Deactivate", run.last.result["awaiting"][0])
    ladder = climb(fleet, "license_server", {**options, "confirmation_code": code})
    assert ladder.methods() == ["DeactivateServer"]
    assert not ladder.server("rdls01")["activated"]


def test_an_id_for_another_server_is_refused_in_one_line(fleet: Fleet) -> None:
    run = fleet.play(
        task(
            "wrong ID",
            "license_server",
            {"state": "activated", "connection_method": "web_browser", "license_server_id": "A" * 35},
        ),
        hosts="fresh",
    )
    assert run.code == 2
    assert "check the ID or code for typing errors" in run.last.message
    assert not fleet.server("fresh")["activated"]
    assert recorded(fleet.server("fresh")) == [("activate", "not_done")]


def test_missing_contact_data_is_named_before_anything_is_sent(fleet: Fleet) -> None:
    before = fleet.state()
    options = {"state": "activated", "contact": {"first_name": "Rosa"}}
    run = fleet.play(task("activate", "license_server", options), hosts="fresh")
    assert run.code == 2
    assert "last_name, company, country_region" in run.last.message
    assert fleet.state() == before


def test_another_id_for_an_activated_server_needs_a_reactivation(fleet: Fleet) -> None:
    before = fleet.state()
    run = fleet.play(
        task(
            "another ID",
            "license_server",
            {"state": "activated", "connection_method": "telephone", "license_server_id": "B" * 35},
        )
    )
    assert run.code == 2
    assert "state: reactivated" in run.last.message
    assert "use state: reactivated" in run.last.message
    assert fleet.state() == before


def test_goes_on_once_the_clearinghouse_can_be_reached(fleet: Fleet) -> None:
    fleet.internet("rdls01", False)
    options = {"state": "deactivated"}
    run = fleet.play(task("deactivate", "license_server", options))
    assert run.code == 2
    assert "outbound TCP 443" in run.last.message
    assert fleet.server("rdls01")["activated"]
    fleet.internet("rdls01", True)
    climb(fleet, "license_server", options)
    assert recorded(fleet.server("rdls01")) == [("deactivate", "not_done"), ("deactivate", "done")]


def test_an_activation_whose_answer_got_lost_is_found_by_reading(fleet: Fleet) -> None:
    fleet.misbehave("drop_after", "fresh", match={"method": "ActivateServerAutomatic"})
    options = {"state": "activated", "contact": CONTACT}
    run = fleet.play(
        task("the answer gets lost", "license_server", options), task("again", "license_server", options), hosts="fresh"
    ).succeeded()
    assert run["the answer gets lost"].changed
    assert not run["again"].changed
    assert recorded(fleet.server("fresh")) == [("activate", "done")]


def test_a_reactivation_whose_answer_got_lost_is_not_repeated(fleet: Fleet) -> None:
    fleet.misbehave("drop_after", "rdls01", match={"method": "ReactivateServerAutomatic"})
    options = {"state": "reactivated", "reason": "certificate_corrupt", "change_id": "CHG-7"}
    lost = fleet.play(task("the answer gets lost", "license_server", options))
    new_id = fleet.server("rdls01")["license_server_id"]
    again = fleet.play(task("again", "license_server", options))
    # Another license server ID than before proves it.
    assert (lost.code, again.code) == (0, 0)
    assert lost.last.changed
    assert not again.last.changed
    assert again.last.writes == []
    assert fleet.server("rdls01")["license_server_id"] == new_id
