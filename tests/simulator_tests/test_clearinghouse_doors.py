# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The web site and the telephone service of the Clearinghouse."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import requests

from tests.simulator_tests.browser import Browser, Page
from tests.simulator_tests.client import FAILED, KEY_PACK, LICENSE_SERVER
from tests.simulator_tests.conftest import FleetUnderTest

Start = Callable[..., FleetUnderTest]
FLEET = """
servers:
  old: {activated: true, key_packs: [{purchase: users, quantity: 100}, {purchase: box, quantity: 5}]}
  new: {activated: true, internet: false}
  fresh: {internet: false}
clearinghouse:
  purchases:
    users: {program: enterprise, agreement_number: "1234567", product_version: windows_server_2022,
            cal_type: per_user, quantity: 150}
    box: {program: retail, license_code: ABCDE12345FGHJK67890KMNPQ, product_version: windows_server_2019,
          cal_type: per_device, quantity: 5}
    open: {program: open, license_number: "12345678", authorization_number: ABCDE12345FGHJK,
           product_version: windows_server_2016, cal_type: per_device, quantity: 20}
"""
CONTACT = {
    "Last name or surname": "Example",
    "First name or given name": "Rosa",
    "Company name": "Winfleet",
    "Country/region": "Germany",
}
REPLACED = "The source license server is being replaced by this license server"
DEAD = "The source license server is no longer functioning"
REBUILD = "Rebuild the license server database"
USERS = {"Agreement number": "123 4567", "Product version": "Windows Server 2022", "CAL type": "Per User CAL"}


@pytest.fixture
def fleet(start: Start) -> FleetUnderTest:
    return start(FLEET)


def _identifier(fleet: FleetUnderTest, server: str) -> str:
    """The license server ID as it is shown: seven groups of five."""
    text = fleet.state(server)["license_server_id"]
    return "-".join(text[start : start + 5] for start in range(0, 35, 5))


def _manage(
    fleet: FleetUnderTest,
    server: str,
    reason: str,
    purchase: Mapping[str, str],
    program: str = "Enterprise Agreement",
) -> Page:
    browser = Browser(fleet.urls["website_url"])
    browser.submit({"Select Option": "Manage CALs"})
    first = {"Target License Server ID": _identifier(fleet, server), "Reason for recovery": reason}
    browser.submit({**first, "License Program": program})
    browser.submit({**CONTACT, "Phone number": "+43 1"})
    page = browser.submit(purchase)
    return page if page.refusal else browser.submit()


def _use(fleet: FleetUnderTest, server: str, method: str, identifier: str, **arguments: Any) -> int:
    text = identifier.replace("-", "")
    answer = fleet.client(server).invoke(KEY_PACK, method, {"sLicenseKeyPackId": text, **arguments})
    return int(answer["ReturnValue"])


def test_pages_ask_for_what_the_procedure_says(fleet: FleetUnderTest) -> None:
    browser = Browser(fleet.urls["website_url"])
    assert "Manage CALs" in browser.page.choices["option"]
    page = browser.submit({"Select Option": "Manage CALs"})
    assert list(page.labels) == ["Target License Server ID", "Reason for recovery", "License Program"]
    page = browser.submit(
        {
            "Target License Server ID": _identifier(fleet, "new"),
            "Reason for recovery": REPLACED,
            "License Program": "Open License",
        }
    )
    assert list(page.labels)[:4] == list(CONTACT)
    page = browser.submit(CONTACT)
    assert list(page.labels) == ["License number", "Authorization number", "Product version", "CAL type", "Quantity"]


@pytest.mark.parametrize("reason", [REPLACED, DEAD])
def test_migration_by_web_browser(fleet: FleetUnderTest, reason: str) -> None:
    page = _manage(fleet, "new", reason, {**USERS, "Quantity": "60"})
    assert page.status == 200
    assert [len(group) for group in page.identifier.split("-")] == [5] * 7
    source = {"sSourceLSName": "old", "sSourceLSProductId": fleet.state("old")["license_server_id"]}
    wrong = {**source, "sSourceLSName": "", "sSourceLSProductId": "A" * 35}
    assert _use(fleet, "new", "InstallLicenseKeyPack", page.identifier) == FAILED
    assert _use(fleet, "old", "ImportLicenseKeyPackOffline", page.identifier, **source) == FAILED
    assert _use(fleet, "new", "ImportLicenseKeyPackOffline", page.identifier, **wrong) == FAILED
    assert _use(fleet, "new", "ImportLicenseKeyPackOffline", page.identifier, **source) == 0
    assert _use(fleet, "new", "ImportLicenseKeyPackOffline", page.identifier, **source) == FAILED
    assert fleet.packs("new") == [(7, 1, 60)]
    assert fleet.packs("old") == [(7, 1, 40), (6, 0, 5)]


def test_same_request_gets_the_same_unused_id(fleet: FleetUnderTest) -> None:
    first = _manage(fleet, "new", REPLACED, {**USERS, "Quantity": "60"})
    second = _manage(fleet, "new", REPLACED, {**USERS, "Quantity": "60"})
    other = _manage(fleet, "new", REPLACED, {**USERS, "Quantity": "40"})
    too_many = _manage(fleet, "new", REPLACED, {**USERS, "Quantity": "1"})
    assert first.identifier == second.identifier != other.identifier
    assert too_many.refusal == "No CALs of this purchase are on the source license server."


def test_reinstallation_by_web_browser(fleet: FleetUnderTest) -> None:
    page = _manage(fleet, "old", REBUILD, {**USERS, "Quantity": "100"})
    box = _manage(
        fleet, "old", REBUILD, {"License code": "ABCDE-12345-FGHJK-67890-KMNPQ"}, "License Pack (Retail Purchase)"
    )
    assert _use(fleet, "old", "ReinstallLicenseKeyPackOffline", page.identifier) == 0
    assert _use(fleet, "old", "ReinstallLicenseKeyPackOffline", box.identifier) == 0


def test_installation_by_web_browser(fleet: FleetUnderTest) -> None:
    browser = Browser(fleet.urls["website_url"])
    browser.submit({"Select Option": "Install client access licenses"})
    browser.submit({"Target License Server ID": _identifier(fleet, "new"), "License Program": "Open License"})
    browser.submit(CONTACT)
    browser.submit(
        {
            "License number": "12345678",
            "Authorization number": "ABCDE12345FGHJK",
            "Product version": "Windows Server 2016",
            "CAL type": "Per Device CAL",
            "Quantity": "20",
        }
    )
    page = browser.submit()
    assert _use(fleet, "new", "InstallLicenseKeyPack", page.identifier) == 0
    assert fleet.packs("new") == [(5, 0, 20)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"Agreement number": "7654321"}, "There is no such purchase."),
        ({"Agreement number": "76543"}, "The credential does not have the form of this license program."),
        ({"Agreement number": ""}, "Agreement number is required."),
        ({"Product version": "Windows Server 2019"}, "There is no such purchase."),
        ({"CAL type": "Per Device CAL"}, "There is no such purchase."),
        ({"Quantity": "101"}, "Only 100 CALs of this purchase are on the source license server."),
        ({"Quantity": "many"}, "Quantity must be a number."),
        ({"Quantity": ""}, "Quantity is required."),
    ],
)
def test_refusals_of_the_web_site(fleet: FleetUnderTest, changes: dict[str, str], expected: str) -> None:
    page = _manage(fleet, "new", REPLACED, {**USERS, "Quantity": "60", **changes})
    assert (page.status, page.refusal) == (400, expected)
    assert fleet.control("GET", "/state")["clearinghouse"]["license_key_pack_ids"] == []


@pytest.mark.parametrize("missing", CONTACT)
def test_contact_is_required(fleet: FleetUnderTest, missing: str) -> None:
    browser = Browser(fleet.urls["website_url"])
    browser.submit({"Select Option": "Activate a license server"})
    browser.submit({"Product ID": fleet.state("fresh")["product_id"]})
    page = browser.submit({**CONTACT, missing: " "})
    assert (page.status, page.refusal) == (400, f"{missing} is required.")


@pytest.mark.parametrize("identifier", ["", "short", "A" * 35])
def test_target_has_to_be_an_activated_server(fleet: FleetUnderTest, identifier: str) -> None:
    browser = Browser(fleet.urls["website_url"])
    browser.submit({"Select Option": "Install client access licenses"})
    page = browser.submit({"Target License Server ID": identifier, "License Program": "Open License"})
    assert page.status == 400
    assert page.refusal


def test_activation_and_reactivation_by_web_browser(fleet: FleetUnderTest) -> None:
    client = fleet.client("fresh")
    product_id = client.values(LICENSE_SERVER)["ProductId"] or ""
    browser = Browser(fleet.urls["website_url"])
    browser.submit({"Select Option": "Activate a license server"})
    browser.submit({"Product ID": product_id})
    browser.submit(CONTACT)
    identifier = browser.submit().identifier.replace("-", "")
    assert client.invoke(LICENSE_SERVER, "ActivateServer", {"sLicenseServerId": identifier})["ActivationStatus"] == "0"
    browser = Browser(fleet.urls["website_url"])
    browser.submit({"Select Option": "Reactivate a license server"})
    browser.submit({"Product ID": product_id, "Reason for reactivation": "The certificate is corrupt"})
    browser.submit(CONTACT)
    renewed = browser.submit().identifier.replace("-", "")
    assert renewed != identifier
    answer = client.invoke(LICENSE_SERVER, "ReactivateServer", {"sNewLicenseServerId": renewed})
    assert answer == {"ActivationStatus": "0", "ReturnValue": 0}
    assert client.invoke(LICENSE_SERVER, "GetLicenseServerId")["sLicenseServerId"] == renewed


def _call(fleet: FleetUnderTest, *lines: str) -> requests.Response:
    spoken = [*lines, *(f"{label}: {value}" for label, value in CONTACT.items())]
    return requests.post(fleet.urls["telephone_url"], data="\n".join(spoken).encode(), timeout=10)


def test_telephone_says_what_to_say(fleet: FleetUnderTest) -> None:
    text = requests.get(fleet.urls["telephone_url"], timeout=10).text
    for label in (*CONTACT, "Target License Server ID", "Reason for recovery", "Agreement number", "Quantity"):
        assert f"{label}:" in text


def test_migration_by_telephone(fleet: FleetUnderTest) -> None:
    answer = _call(
        fleet,
        "Good morning",
        "Request: Manage CALs",
        f"Target License Server ID: {_identifier(fleet, 'new')}",
        f"Reason for recovery: {DEAD}",
        "License Program: Enterprise Agreement",
        "Agreement number: 1234567",
        "Product version: windows_server_2022",
        "CAL type: per_user",
        "Quantity: 100",
    )
    name, _separator, identifier = answer.text.strip().partition(": ")
    assert name == "License key pack ID"
    source = {"sSourceLSName": "", "sSourceLSProductId": fleet.state("old")["license_server_id"]}
    assert _use(fleet, "new", "ImportLicenseKeyPackOffline", identifier, **source) == 0
    assert fleet.packs("new") == [(7, 1, 100)]
    assert (7, 1, 100) in fleet.packs("old")


def test_deactivation_by_telephone(fleet: FleetUnderTest) -> None:
    answer = _call(fleet, "Request: Deactivate", f"License Server ID: {_identifier(fleet, 'new')}")
    name, _separator, code = answer.text.strip().partition(": ")
    assert name == "Confirmation code"
    client = fleet.client("new")
    arguments = {"sConfirmCode": code.replace("-", "")}
    assert client.invoke(LICENSE_SERVER, "DeactivateServer", arguments)["ActivationStatus"] == "1"
    later = _call(fleet, "Request: Deactivate", f"License Server ID: {_identifier(fleet, 'new')}")
    assert later.status_code == 400


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["hello"], "Refused: there is no request ''."),
        (["Request: Free CALs"], "Refused: there is no request 'Free CALs'."),
        (["Request: Activate"], "Refused: Product ID is required."),
        (["Request: Activate", "Product ID: 0"], "Refused: There is no license server with this product ID."),
        (
            ["Request: Manage CALs", "Reason for recovery: boredom"],
            "Refused: Reason for recovery: 'boredom' is not in the list.",
        ),
    ],
)
def test_refusals_by_telephone(fleet: FleetUnderTest, lines: list[str], expected: str) -> None:
    answer = _call(fleet, *lines)
    assert (answer.status_code, answer.text.strip()) == (400, expected)
