# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Purchases from the options of a task: all eight programs, what is refused, and what makes two purchases one."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import InvalidOption
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import (
    CREDENTIAL_OPTIONS,
    Cals,
    Purchase,
    parse_purchase,
    parse_purchases,
)

from tests.unit.builders import KEY_PACK_CODE, LICENSE_CODE, code, purchase

CALS: dict[str, t.Any] = {"product_version": "windows_server_2022", "cal_type": "per_user", "quantity": 250}
AGREEMENT = {"agreement_number": "123-4567"}
OPEN = {"license_number": "12 34 56 78", "authorization_number": "12345-abcde-67890"}
RETAIL = {"license_code": "c0de1-c0de2-c0de3-c0de4-c0de5"}
# License program to its credential as people give it, and as the provider wants it.
PROGRAMS: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "retail": (RETAIL, (LICENSE_CODE,)),
    "open": (OPEN, ("12345678", "12345ABCDE67890")),
    "select": (AGREEMENT, ("1234567",)),
    "enterprise": (AGREEMENT, ("1234567",)),
    "campus": (AGREEMENT, ("1234567",)),
    "school": (AGREEMENT, ("1234567",)),
    "service_provider": (AGREEMENT, ("1234567",)),
    "other_agreement": ({"agreement_number": "v-1234567"}, ("V1234567",)),
}


def parse(program: str = "enterprise", **options: t.Any) -> Purchase:
    """One purchase from its options."""
    return parse_purchase({"license_program": program, **options}, "purchases[0]")


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_takes_its_credential(program: str) -> None:
    given, wanted = PROGRAMS[program]
    assert parse(program, **given, **CALS) == Purchase(program, wanted, 7, 1, 250)


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_refuses_the_credential_of_another(program: str) -> None:
    given, _unused = PROGRAMS[program]
    for foreign in set(CREDENTIAL_OPTIONS) - set(given):
        with pytest.raises(InvalidOption) as caught:
            parse(program, **given, **{foreign: "S3CRET"}, **CALS)
        message = str(caught.value)
        assert message.startswith(f"purchases[0]: license_program '{program}' (")
        assert message.endswith(f"takes {' and '.join(given)}, not {foreign}.")


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_needs_each_part_of_its_credential(program: str) -> None:
    given, _unused = PROGRAMS[program]
    for missing in given:
        rest = {name: value for name, value in given.items() if name != missing}
        with pytest.raises(InvalidOption, match=f"license_program '{program}' .* requires {missing}\\."):
            parse(program, **rest, **CALS)


def test_an_open_license_without_both_numbers_names_both() -> None:
    with pytest.raises(InvalidOption, match="requires license_number and authorization_number"):
        parse("open", **CALS)


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_credential_of_a_wrong_shape_is_refused_and_not_repeated(program: str) -> None:
    given, _unused = PROGRAMS[program]
    for wrong in given:
        with pytest.raises(InvalidOption) as caught:
            parse(program, **{**given, wrong: "?S3CRET?"}, **CALS)
        assert str(caught.value).startswith(f"purchases[0].{wrong}: ")
        assert "S3CRET" not in str(caught.value)


def test_options_that_are_not_set_count_as_not_given() -> None:
    options: dict[str, t.Any] = {**dict.fromkeys(CREDENTIAL_OPTIONS), **AGREEMENT}
    options |= {"reference": None, "license_key_pack_id": None}
    assert parse(**options, **CALS) == Purchase("enterprise", ("1234567",), 7, 1, 250)


@pytest.mark.parametrize("missing", CALS)
def test_only_a_retail_code_may_leave_out_its_cals(missing: str) -> None:
    rest = {name: value for name, value in CALS.items() if name != missing}
    with pytest.raises(InvalidOption, match=f"license_program 'enterprise' requires {missing}\\."):
        parse("enterprise", **AGREEMENT, **rest)
    with pytest.raises(InvalidOption, match=f"requires {missing}; a retail purchase states all three or none\\."):
        parse("retail", **RETAIL, **rest)


def test_a_retail_code_states_all_three_or_none() -> None:
    assert parse("retail", **RETAIL).cals is None
    assert parse("retail", **RETAIL, **CALS).cals == Cals(7, 1, 250)


@pytest.mark.parametrize(
    ("version", "number"),
    [("windows_server_2008_r2", 2), ("windows_server_2008", 2), ("3", 2), ("windows_server_2012_r2", 4), (8, 8)],
)
def test_cals_are_of_the_version_that_can_be_installed(version: object, number: int) -> None:
    assert parse(**AGREEMENT, **{**CALS, "product_version": version}).product_version == number


def test_a_version_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidOption, match=r"purchases\[0\].product_version: must be one of windows_server_2008, "):
        parse(**AGREEMENT, **{**CALS, "product_version": "windows_server_2023"})


@pytest.mark.parametrize("quantity", [0, -1, 2**32 - 1])
def test_a_quantity_that_no_method_takes(quantity: int) -> None:
    with pytest.raises(InvalidOption, match=f"quantity: must be from 1 to 4294967294; got {quantity}\\."):
        parse(**AGREEMENT, **{**CALS, "quantity": quantity})


@pytest.mark.parametrize("quantity", [1, 9999, 2**32 - 2])
def test_a_quantity_that_the_methods_take(quantity: int) -> None:
    assert parse(**AGREEMENT, **{**CALS, "quantity": quantity}).quantity == quantity


def test_a_license_key_pack_id_is_read_like_every_code() -> None:
    read = parse(**AGREEMENT, **CALS, license_key_pack_id="pack1-pack2-pack3-pack4-pack5-pack6-pack7")
    assert read.license_key_pack_id == KEY_PACK_CODE
    with pytest.raises(InvalidOption, match=r"purchases\[0\].license_key_pack_id: a license key pack ID has 35"):
        parse(**AGREEMENT, **CALS, license_key_pack_id="PACK1")


@pytest.mark.parametrize(
    ("given", "kept"),
    [(None, None), ("", None), ("  ", None), (" PO-1 ", "PO-1"), ("PO-1\u200b", "PO-1"), (4711, "4711")],
)
def test_reference(given: object, kept: str | None) -> None:
    assert parse(**AGREEMENT, **CALS, reference=given).reference == kept


def test_a_service_provider_number_of_eight_digits_is_taken_with_a_doubt() -> None:
    odd = parse("service_provider", agreement_number="12345678", **CALS)
    assert odd.doubt == (
        "Service Provider License Agreement ****5678 has 8 digits; Microsoft documents 7. It is passed on unchanged."
    )
    assert parse("service_provider", agreement_number="1234567", **CALS).doubt is None
    assert parse("other_agreement", agreement_number="12345678", **CALS).doubt is None


def test_the_same_purchase_twice_is_a_mistake() -> None:
    twice = [
        {"license_program": "enterprise", "agreement_number": "1234567", **CALS},
        {"license_program": "enterprise", "agreement_number": "123 4567", **CALS},
    ]
    with pytest.raises(InvalidOption) as caught:
        parse_purchases(twice)
    assert str(caught.value) == (
        "purchases: 250 Windows Server 2022 per user CALs (Enterprise Agreement ****4567) is named 2 times; if these "
        "are 2 purchases, set a different 'reference' on each, such as an order number."
    )


def test_a_reference_tells_equal_purchases_apart() -> None:
    options = {"license_program": "enterprise", "agreement_number": "1234567", **CALS}
    first, second = parse_purchases([options, {**options, "reference": "PO-2"}])
    assert first.sha256 != second.sha256


def test_a_mistake_names_the_purchase_by_its_place() -> None:
    good = {"license_program": "retail", **RETAIL}
    with pytest.raises(InvalidOption, match=r"^purchases\[1\]: license_program 'select' .* requires agreement_number"):
        parse_purchases([good, {"license_program": "select", **CALS}])


@pytest.mark.parametrize(
    "other",
    [
        purchase(program="select"),
        purchase(number="7654321"),
        purchase(version=6),
        purchase(cal_type=0),
        purchase(quantity=101),
        purchase(reference="PO-1"),
    ],
    ids=["program", "credential", "version", "type", "quantity", "reference"],
)
def test_what_makes_another_purchase(other: Purchase) -> None:
    assert other != purchase()
    assert other.sha256 != purchase().sha256


@pytest.mark.parametrize(
    "other",
    [purchase(license_key_pack_id=KEY_PACK_CODE), purchase(acknowledge_missing="000001-00c0ffee")],
    ids=["ID", "acknowledged"],
)
def test_what_makes_no_other_purchase(other: Purchase) -> None:
    assert other == purchase()
    assert other.sha256 == purchase().sha256


def test_a_retail_code_is_the_same_purchase_whatever_is_stated_beside_it() -> None:
    stated = replace(code(), product_version=7, cal_type=1, quantity=20)
    assert stated.sha256 == code().sha256
    assert replace(code(), reference="PO-1").sha256 != code().sha256


def test_identity_never_changes() -> None:
    """Records on servers hold it: another value would make every recorded purchase unknown."""
    assert purchase().sha256 == "aeebca839c0281b7b88296bfa284a97434f09cce0d77b0e59cce682b05832fea"
    assert code().sha256 == "0a55905871d5b988735d002fedef61e1a41fca5b83d27eea7f330e2891cdab2a"


def test_people_see_masked_credentials_only() -> None:
    given = Purchase("open", ("12345678", "12345ABCDE67890"), 7, 1, 250, "PO-1", KEY_PACK_CODE)
    assert given.title == ("250 Windows Server 2022 per user CALs (Open License ****5678 / ****7890, PO-1)")
    assert given.describe() == {
        "license_program": "open",
        "credential": "****5678 / ****7890",
        "product_version": "windows_server_2022",
        "cal_type": "per_user",
        "quantity": 250,
        "reference": "PO-1",
    }
    for secret in ("12345678", "12345ABCDE67890", KEY_PACK_CODE):
        assert secret not in repr(given)


def test_a_code_without_stated_cals_is_described_without_them() -> None:
    assert code().title == "the CALs of a license code (Retail purchase ****0DE5)"
    described = code().describe()
    assert (described["product_version"], described["cal_type"], described["quantity"]) == (None, None, None)


def test_a_wrong_credential_among_many_names_the_purchase() -> None:
    many = [{"license_program": "retail", "license_code": f"{n:025d}", "reference": f"PO-{n}"} for n in range(40)]
    many[37]["license_code"] = "1"
    with pytest.raises(InvalidOption, match=r"^purchases\[37\]\.license_code: .* This is number 38 of 40 \(PO-37\)\.$"):
        parse_purchases(many)
