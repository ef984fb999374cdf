# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said of options that do not fit."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.options import (
    ArgumentSpec,
    OptionsError,
    validated,
    written_text,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import InvalidOption

SPEC = ArgumentSpec(
    options={
        "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
        "purchases": {"type": "list", "elements": "dict", "options": {"quantity": {"type": "int"}}},
    },
    required_if=(("state", "present", ("purchases",)),),
)


def test_options_come_back_in_their_types_with_their_defaults() -> None:
    assert validated(SPEC, {"purchases": [{"quantity": "5"}]}, "key_pack") == {
        "state": "present",
        "purchases": [{"quantity": 5}],
    }


def test_a_misspelt_option_is_what_is_complained_of_and_not_the_one_it_should_have_been() -> None:
    with pytest.raises(OptionsError, match=r"^key_pack: unknown option purchase\. Supported.*purchases, state\.?$"):
        validated(SPEC, {"purchase": []}, "key_pack")


@pytest.mark.parametrize("item", [1234567, [1], True])
def test_an_item_that_is_no_mapping_is_named_without_words_of_python(item: Any) -> None:
    with pytest.raises(OptionsError) as caught:
        validated(SPEC, {"purchases": [{"quantity": 1}, item]}, "key_pack")
    assert str(caught.value) == ("key_pack: purchases[1]: must be a mapping of options, such as 'name: value'.")


def test_a_list_that_came_as_text_is_named_once_with_the_way_to_give_it() -> None:
    with pytest.raises(OptionsError) as caught:
        validated(SPEC, {"purchases": '[{"quantity": 5, "reference": "PO-1"}]'}, "key_pack")
    assert str(caught.value) == (
        "key_pack: purchases: must be a list of mappings, but is text. To pass a list on the command line, use a file "
        "(-e @FILE) or JSON (-e '{\"variable\": [...]}')."
    )


@pytest.mark.parametrize(
    "pasted", ["CHG 7\u200b", "\ufeffCHG 7", "CHG\u00a07", "CHG\u00ad 7\n", "CHG \u2060 7", "\u202aCHG 7\u202c"]
)
def test_a_change_that_looks_the_same_is_the_same(pasted: str) -> None:
    """What was pasted from a ticket would stand for another change, and a rebuild would be done twice."""
    assert written_text({"change_id": pasted}, "change_id") == "CHG 7"


def test_a_text_loses_the_blanks_around_it() -> None:
    assert written_text({"change_id": " CHG1 \n"}, "change_id") == "CHG1"


@pytest.mark.parametrize("blank", ["", "  ", "\n"])
def test_a_text_that_says_nothing_is_refused(blank: str) -> None:
    with pytest.raises(InvalidOption, match=r"^change_id: must not be empty\.$"):
        written_text({"change_id": blank}, "change_id")


def test_ansible_says_the_rest() -> None:
    with pytest.raises(OptionsError, match="value of state must be one of: present, absent"):
        validated(SPEC, {"state": "gone"}, "key_pack")


# Types, at every depth

PURCHASE = {
    "license_program": {"type": "str", "required": True, "choices": ["retail", "enterprise"]},
    "agreement_number": {"type": "str", "no_log": True},
    "product_version": {"type": "str"},
    "cal_type": {"type": "str", "choices": ["per_device", "per_user"]},
    "quantity": {"type": "int"},
    "reference": {"type": "str"},
}
PURCHASES = {"type": "list", "elements": "dict", "options": PURCHASE}
DEEP = ArgumentSpec(
    options={
        "purchases": PURCHASES,
        "contact": {"type": "dict", "options": {"postal_code": {"type": "str"}}},
        "ids": {"type": "dict"},
        "servers": {"type": "list", "elements": "str"},
        "requests": {"type": "list", "elements": "dict", "options": {"purchases": PURCHASES}},
        "awaiting": {"type": "list", "elements": "dict"},
        "adopt": {"type": "bool"},
        "change_id": {"type": "str"},
    }
)
# What PyYAML makes of it without quotes.
MANGLED = {
    "04123457": "a number",
    "0123456": "a number",
    "1_234_567": "a number",
    "0x1F": "a number",
    "12:30:45": "a number",
    "2.50": "a decimal number",
    "NO": "a boolean",
    "2027-02-03": "a date",
    "[1, 2]": "a list",
    "{a: b}": "a mapping",
}


@pytest.mark.parametrize(
    "path", ["purchases[0].agreement_number", "contact.postal_code", "ids[0]", "servers[1]", "change_id"]
)
@pytest.mark.parametrize("written", MANGLED)
def test_what_yaml_made_of_text_without_quotes_is_refused(path: str, written: str) -> None:
    value = yaml.safe_load(written)
    assert str(value) != written or written in ("[1, 2]", "2027-02-03")
    given: dict[str, Any] = {
        "purchases[0].agreement_number": {"purchases": [{"license_program": "enterprise", "agreement_number": value}]},
        "contact.postal_code": {"contact": {"postal_code": value}},
        "ids[0]": {"ids": {"3f9c0d21b7a4": value}},
        "servers[1]": {"servers": ["a", value]},
        "change_id": {"change_id": value},
    }
    with pytest.raises(OptionsError) as caught:
        validated(DEEP, given[path], "key_pack")
    assert str(caught.value).startswith(f"key_pack: {path}: must be text, but is {MANGLED[written]}.")
    assert str(value) not in str(caught.value)
    assert ("quotes" in str(caught.value)) is (written[0] not in "[{")


def test_a_number_is_refused_although_its_digits_look_right() -> None:
    """C(1091375) has the seven digits of an agreement number, and may be what YAML made of C(04123457)."""
    with pytest.raises(OptionsError, match="Put it in quotes"):
        validated(DEEP, {"purchases": [{"license_program": "enterprise", "agreement_number": 1091375}]}, "key_pack")


@pytest.mark.parametrize("quantity", [True, False, 2.5, "many", "2.5", [2]])
def test_a_quantity_is_a_whole_number_and_no_boolean(quantity: Any) -> None:
    with pytest.raises(OptionsError, match=r"^key_pack: purchases\[0\]\.quantity: must be a whole number") as caught:
        validated(DEEP, {"purchases": [{"license_program": "retail", "quantity": quantity}]}, "key_pack")
    assert "class" not in str(caught.value)


@pytest.mark.parametrize(("quantity", "number"), [(250, 250), ("250", 250), (" 250 ", 250), (250.0, 250)])
def test_a_quantity_may_be_text(quantity: Any, number: int) -> None:
    found = validated(DEEP, {"purchases": [{"license_program": "retail", "quantity": quantity}]}, "key_pack")
    assert found["purchases"][0]["quantity"] == number


@pytest.mark.parametrize("wrong", ["perhaps", [True], 7])
def test_a_boolean_is_true_or_false(wrong: Any) -> None:
    with pytest.raises(OptionsError, match=r"^key_pack: adopt: must be true or false\.$"):
        validated(DEEP, {"adopt": wrong}, "key_pack")


@pytest.mark.parametrize(
    ("written", "meant"), [("Per User", "per_user"), ("per-device", "per_device"), ("PER_USER ", "per_user")]
)
def test_a_choice_in_other_spelling_is_the_choice(written: str, meant: str) -> None:
    found = validated(DEEP, {"purchases": [{"license_program": "Retail", "cal_type": written}]}, "key_pack")
    assert (found["purchases"][0]["license_program"], found["purchases"][0]["cal_type"]) == ("retail", meant)


def test_years_name_windows_releases() -> None:
    spec = ArgumentSpec(
        {"operating_system": {"type": "str", "choices": ["windows_server_2012_r2", "windows_server_2022"]}}
    )
    for written, meant in ((2022, "2022"), ("Windows Server 2022", "2022"), ("2012 R2", "2012_r2")):
        assert validated(spec, {"operating_system": written}, "m")["operating_system"] == f"windows_server_{meant}"
    found = validated(DEEP, {"purchases": [{"license_program": "retail", "product_version": 2022}]}, "key_pack")
    assert found["purchases"][0]["product_version"] == "2022"


@pytest.mark.parametrize("versions", [2022, [2022], "2022", ["2022"]])
def test_years_and_dates_need_no_quotes_where_they_are_meant(versions: Any) -> None:
    spec = ArgumentSpec({"product_version": {"type": "list", "elements": "str"}, "not_renewed_since": {"type": "str"}})
    given = {"product_version": versions, "not_renewed_since": yaml.safe_load("2026-01-18")}
    assert validated(spec, given, "m") == {"product_version": ["2022"], "not_renewed_since": "2026-01-18"}


def test_what_a_task_returned_before_is_taken_as_it_is() -> None:
    awaiting = [{"quantity": 250, "reference": None}]
    assert validated(DEEP, {"awaiting": awaiting}, "m")["awaiting"] == awaiting


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"quantity": "many"}, "purchases[37].quantity: must be a whole number."),
        (
            {"cal_type": "per_seat"},
            "purchases[37]: value of cal_type must be one of: per_device, per_user, got: per_seat.",
        ),
        ({"license_program": None}, "purchases[37]: missing required arguments: license_program."),
        ({"licence": 1}, "purchases[37]: unknown option licence."),
    ],
)
@pytest.mark.parametrize("outer", ["", "requests[0]."])
def test_which_of_forty_purchases_is_wrong_is_said(wrong: dict[str, Any], message: str, outer: str) -> None:
    purchases: list[dict[str, Any]] = [{"license_program": "retail", "reference": f"PO-{n}"} for n in range(40)]
    purchases[37].update(wrong)
    if purchases[37]["license_program"] is None:
        del purchases[37]["license_program"]
    given: dict[str, Any] = {"requests": [{"purchases": purchases}]} if outer else {"purchases": purchases}
    with pytest.raises(OptionsError) as caught:
        validated(DEEP, given, "m")
    assert f"m: {outer}{message[:60]}" in str(caught.value)
    assert str(caught.value).endswith("This is number 38 of 40 (PO-37).")


# Options that need another one

IDLE = ArgumentSpec(
    options={
        "state": {"type": "str", "choices": ["activated", "deactivated", "reactivated"]},
        "code": {"type": "str"},
        "source": {"type": "dict", "options": {"host": {"type": "str"}, "operating_system": {"type": "str"}}},
        "remove": {"type": "bool", "default": False},
        "summary_only": {"type": "bool", "default": False},
        "users": {"type": "list", "elements": "str"},
    },
    requires={
        "code": ("state", "activated", "reactivated"),
        "remove": ("source.host",),
        "users": ("summary_only", False),
    },
    excludes={"source.operating_system": "source.host"},
)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"code": "1"}, "code requires state: activated or reactivated. Set state or remove code."),
        (
            {"code": "1", "state": "deactivated"},
            "code requires state: activated or reactivated. Set state or remove code.",
        ),
        ({"remove": True}, "remove requires source.host. Set source.host or remove remove."),
        ({"remove": True, "source": {"operating_system": "x"}}, "remove requires source.host. Set source.host or"),
        (
            {"users": ["a"], "summary_only": True},
            "users requires summary_only: false. Set summary_only or remove users.",
        ),
        (
            {"source": {"host": "a", "operating_system": "x"}},
            "source.operating_system cannot be used with",
        ),
    ],
)
def test_an_option_that_would_do_nothing_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionsError) as caught:
        validated(IDLE, given, "m")
    assert str(caught.value).startswith(f"m: {message}")


@pytest.mark.parametrize(
    "given",
    [
        {"code": "1", "state": "activated"},
        {"remove": False},
        {"remove": True, "source": {"host": "a"}},
        {"users": ["a"]},
        {"users": [], "summary_only": True},
        {"source": {"operating_system": "x"}},
    ],
)
def test_an_option_beside_the_one_it_needs_is_accepted(given: dict[str, Any]) -> None:
    assert validated(IDLE, given, "m").items() >= given.items() or "source" in given


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_path_that_is_needed_is_not_empty(blank: str) -> None:
    """Files would be written into the directory where ansible-playbook was started."""
    spec = ArgumentSpec({"directory": {"type": "path", "required": True}, "previous": {"type": "path"}})
    with pytest.raises(OptionsError, match="fleet_report: directory: must not be empty"):
        validated(spec, {"directory": blank}, "fleet_report")
    assert validated(spec, {"directory": "reports", "previous": ""}, "fleet_report")["previous"] == ""
