# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""license_server: contact data."""

from __future__ import annotations

import pytest

from tests.integration.fleet import Fleet
from tests.integration.ladder import climb, climb_each
from tests.integration.playbook import task

FLEET = """
servers:
  rdls01: {}
  rdls02: {behaviour: {unset_contact: empty}}
  rdls03: {ui_language: de-DE}
  rdls04: {contact: {FirstName: Rosa, LastName: Example, Company: Winfleet Example, CountryRegion: Germany, City: Ulm}}
"""
CONTACT = {
    "first_name": ("FirstName", "Rosa"),
    "last_name": ("LastName", "Exämple"),
    "company": ("Company", "Winfleet & Söhne <Example>"),
    "country_region": ("CountryRegion", "Germany"),
    "email": ("eMail", "rosa@winfleet.example"),
    "organizational_unit": ("OrgUnit", "Licensing"),
    "address": ("Address", "1 Example Way"),
    "city": ("City", "Ulm"),
    "state_or_province": ("State", "Baden-Württemberg"),
    "postal_code": ("PostalCode", "89073"),
}


def test_each_field_alone(fleet: Fleet) -> None:
    ladders = climb_each(
        fleet,
        "license_server",
        {option: {"contact": {option: value}} for option, (_property, value) in CONTACT.items()},
    )
    for option, (name, value) in CONTACT.items():
        assert ladders[option].server("rdls01")["contact"][name] == value
        assert ladders[option].methods() == ["put"]
        assert ladders[option].real.result["license_server"]["contact"][option] == value


@pytest.mark.parametrize("host", ["rdls01", "rdls02"])
def test_all_fields_at_once_with_one_property_for_each_put(fleet: Fleet, host: str) -> None:
    contact = {option: value for option, (_property, value) in CONTACT.items()}
    ladder = climb(fleet, "license_server", {"contact": contact}, hosts=host)
    assert ladder.server(host)["contact"] == dict(CONTACT.values())
    assert ladder.methods() == ["put"] * len(CONTACT)


def test_clears_a_field_and_leaves_the_others(fleet: Fleet) -> None:
    ladder = climb(fleet, "license_server", {"contact": {"city": ""}}, hosts="rdls04")
    after = ladder.server("rdls04")["contact"]
    assert not after["City"]
    assert after["FirstName"] == "Rosa"


def test_a_number_without_quotes_is_refused(fleet: Fleet) -> None:
    """YAML may have altered it: 01067 is 567."""
    run = fleet.play(task("a number", "license_server", {"contact": {"postal_code": 89073}}))
    assert run.code == 2
    assert "postal_code" in run.last.message
    ladder = climb(fleet, "license_server", {"contact": {"postal_code": "01067"}})
    assert ladder.server("rdls01")["contact"]["PostalCode"] == "01067"


def test_a_country_goes_by_its_name_in_the_display_language(fleet: Fleet) -> None:
    run = fleet.play(
        task("in English", "license_server", {"contact": {"first_name": "Rosa", "country_region": "Germany"}}),
        hosts="rdls03",
    )
    assert run.code == 2
    assert "0x8033811E (ERROR_WSMAN_WMI_PROVIDER_INVALID_PARAMETER)" in run["in English"].message
    assert "display language" in run["in English"].message
    # What came before the country is set; with the right name the rest follows.
    assert fleet.server("rdls03")["contact"]["FirstName"] == "Rosa"
    ladder = climb(
        fleet,
        "license_server",
        {"contact": {"first_name": "Rosa", "country_region": "Deutschland"}},
        hosts="rdls03",
    )
    assert ladder.server("rdls03")["contact"]["CountryRegion"] == "Deutschland"
    assert ladder.methods() == ["put"]
