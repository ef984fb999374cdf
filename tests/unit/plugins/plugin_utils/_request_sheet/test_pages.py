# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A request has every field that the pages of the licensing web site ask for, in their order and in their words."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._request_sheet.pages import (
    pages,
    purpose,
    where,
)

from tests.unit.builders import LICENSE_CODE, TARGET_ID, code, properties, purchase
from tests.unit.clearinghouse_requests import PRODUCT_ID, REASON, for_activation, for_key_pack

GROUPED_TARGET_ID = "T4RG3-TT4RG-3TT4R-G3TT4-RG3TT-4RG3T-T4RG3"
OPEN = Purchase("open", ("12345678", "AUTH1AUTH2AUTH3"), 6, 0, 40)
CONTACT = ["Last name or surname", "First name or given name", "Company name", "Country/region"]


def labels(request: dict[str, t.Any]) -> list[list[str]]:
    """The labels of each page."""
    return [[label for label, _value in page.rows] for page in pages(request)]


def values(request: dict[str, t.Any]) -> dict[str, str]:
    """Label to value, of all pages."""
    return dict(row for page in pages(request) for row in page.rows)


def test_manage_cals_page_by_page() -> None:
    assert labels(for_key_pack()) == [
        ["Target License Server ID", "Reason for recovery", "License Program"],
        CONTACT,
        ["Agreement number", "Product version", "CAL type", "Quantity"],
        ["Source license server", "Source License Server ID", "Source operating system"],
    ]
    said = values(for_key_pack())
    assert said["Target License Server ID"] == GROUPED_TARGET_ID
    assert said["Reason for recovery"] == REASON
    assert said["License Program"] == "Enterprise Agreement"
    assert [said[label] for label in CONTACT] == ["Byron", "Ada", "Contoso", "Sweden"]
    assert said["Product version"] == "Windows Server 2022"
    assert said["CAL type"] == "Per User CAL"
    assert said["Quantity"] == "250"
    assert said["Source operating system"] == "Windows Server 2012 R2"


def test_everything_optional_that_the_server_has_is_offered_as_such() -> None:
    contact = properties(email="ada@example.com", organizational_unit="Data center", city="Exampleton").contact
    said = values(for_key_pack(contact=contact))
    assert said["E-mail address (optional)"] == "ada@example.com"
    assert said["Organizational unit (optional)"] == "Data center"
    assert said["City (optional)"] == "Exampleton"
    assert "Postal code (optional)" not in said


def test_what_is_required_and_not_set_is_said() -> None:
    said = values(for_key_pack(contact={**properties().contact, "company": "", "country_region": ""}))
    assert said["Company name"] == said["Country/region"] == "(required, but not set on the server)"


def test_installing_needs_no_reason() -> None:
    request = for_key_pack(operation="install", source_license_server_id=None, source_operating_system=None)
    assert labels(request)[0] == ["Target License Server ID", "License Program"]
    assert "choose Install client access licenses" in where(request)
    assert "Manage CALs" in where(for_key_pack())


@pytest.mark.parametrize(
    ("of", "program", "rows"),
    [
        (code(), "License Pack (Retail Purchase)", {"License code": "it ends in 0DE5"}),
        (OPEN, "Open License", {"License number": "it ends in 5678", "Authorization number": "it ends in UTH3"}),
        (purchase(5, program="select"), "Select License", {"Agreement number": "it ends in 4567"}),
        (purchase(5, program="service_provider"), "Service Provider License Agreement", {"Agreement number": "4567"}),
        # Four characters would be all of it.
        (
            purchase(5, program="other_agreement", number="V600"),
            "Other Agreement",
            {"Agreement number": "purchase documents"},
        ),
    ],
)
def test_each_program_names_its_own_numbers_and_how_they_end(of: Purchase, program: str, rows: dict[str, str]) -> None:
    said = values(for_key_pack(of=of))
    assert said["License Program"] == program
    for label, ending in rows.items():
        assert said[label].endswith(ending) or said[label].startswith(f"in the {ending}")
    assert not any(number in str(said) for number in of.credential)


def test_numbers_in_clear_are_shown_where_they_were_added() -> None:
    said = values({**for_key_pack(of=code()), "license_code": LICENSE_CODE})
    assert said["License code"] == LICENSE_CODE


def test_a_code_that_states_nothing_has_no_version_type_or_quantity() -> None:
    assert labels(for_key_pack(of=code()))[2] == ["License code"]


def test_a_version_without_a_name_is_given_as_its_number() -> None:
    assert values(for_key_pack(of=purchase(5, version=9)))["Product version"] == "product version 9"
    assert values({**for_key_pack(), "product_version": "a guess"})["Product version"] == "a guess"


def test_your_own_words_come_last() -> None:
    request = for_key_pack(of=purchase(5, reference="PO-1"), operation="reinstall", change_id="CHG1")
    assert labels(request)[-1][-2:] == ["Your own reference", "Your own change ID"]


@pytest.mark.parametrize(
    ("request_", "rows"),
    [
        (for_activation(), {"Product ID": PRODUCT_ID}),
        (
            for_activation(reason="server_redeployed"),
            {
                "Product ID": PRODUCT_ID,
                "License Server ID": GROUPED_TARGET_ID,
                "Reason for reactivation": "server redeployed",
            },
        ),
        (for_activation("confirmation_code"), {"License Server ID": GROUPED_TARGET_ID, "Product ID": PRODUCT_ID}),
    ],
)
def test_what_an_activation_is_about(request_: dict[str, t.Any], rows: dict[str, str]) -> None:
    about, contact = pages(request_)
    assert dict(about.rows) == rows
    assert [label for label, _value in contact.rows] == CONTACT


def test_where_to_ask_is_told_for_each_way() -> None:
    assert "Go to https://activate.microsoft.com" in where(for_activation())
    assert "choose Activate a license server" in where(for_activation())
    assert "choose Reactivate a license server" in where(for_activation(reason="server_upgraded"))
    assert where(for_key_pack(method="telephone")).startswith("Call the Clearinghouse.")
    # The web site has no page for deactivating.
    assert where(for_activation("confirmation_code")).startswith("Call the Clearinghouse.")


def test_what_the_answer_is_for() -> None:
    told = [purpose(for_key_pack(operation=operation)) for operation in ("install", "migrate", "reinstall")]
    told += [
        purpose(for_activation()),
        purpose(for_activation(reason="x")),
        purpose(for_activation("confirmation_code")),
    ]
    words = ("installed", "migrated", "reinstalled", "activated", "reactivated", "deactivated")
    assert all(word in text for word, text in zip(words, told, strict=True))
    assert purpose({**for_key_pack(), "operation": None}) == "RDS CALs are to come to this license server."


def test_the_target_id_of_the_tests_is_what_it_says() -> None:
    assert GROUPED_TARGET_ID.replace("-", "") == TARGET_ID


def test_a_rebuild_says_what_to_choose_beside_your_own_reason() -> None:
    said = values(for_key_pack(operation="reinstall", reason="The disk was full"))
    assert said["Reason for recovery"] == "the entry of the list that stands for rebuilding the licensing database"
    assert said["Your own reason"] == "The disk was full"
