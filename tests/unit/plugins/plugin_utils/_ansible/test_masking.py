# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets of a task: what counts as one, in which spellings, and that none gets out."""

from __future__ import annotations

import string
import typing as t

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.masking import (
    SECRET_OPTIONS,
    misplaced_secrets,
    password_spellings,
    scrub,
    secret_texts,
    spellings,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import printable
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.builders import LICENSE_CODE

CODE = "C0DE1-C0DE2-C0DE3-C0DE4-C0DE5"


@pytest.mark.parametrize("option", sorted(SECRET_OPTIONS))
def test_every_option_that_carries_a_secret_is_one_at_any_depth(option: str) -> None:
    assert CODE in secret_texts({option: CODE})
    assert CODE in secret_texts({"purchases": [{"license_program": "retail", option: CODE}]})
    assert CODE in secret_texts({"a": [{"b": {option: [CODE]}}]})
    assert CODE in secret_texts({option: {"any": CODE}})


def test_other_options_are_none() -> None:
    arguments = {"license_server_id": CODE, "reference": "PO-1", "purchases": [{"quantity": 250}], "state": "present"}
    assert secret_texts(arguments) == set()


@pytest.mark.parametrize("purchases", [CODE, [CODE], [[CODE]], [12345678, CODE]])
def test_whatever_stands_where_a_purchase_belongs_may_be_a_credential(purchases: t.Any) -> None:
    assert CODE in secret_texts({"purchases": purchases})


def test_numbers_are_secrets_as_texts() -> None:
    assert "1234567" in secret_texts({"agreement_number": 1234567})


def test_options_that_are_not_set_are_no_secret() -> None:
    assert secret_texts({"license_code": None, "license_key_pack_ids": {}}) == set()


@pytest.mark.parametrize(
    "form",
    [
        CODE,
        LICENSE_CODE,
        CODE.lower(),
        LICENSE_CODE.lower(),
        " c0de1 C0DE2\N{EN DASH}c0de3 C0DE4 c0de5 ",
    ],
)
def test_every_spelling_of_a_secret_leads_to_the_others(form: str) -> None:
    assert {CODE, LICENSE_CODE, CODE.lower(), LICENSE_CODE.lower(), form, form.strip()} <= spellings(form)


@pytest.mark.parametrize("short", ["", "1", "1234"])
def test_a_text_that_its_mask_would_show_anyway_takes_nothing_with_it(short: str) -> None:
    assert spellings(short) == set()
    assert scrub({"msg": "about 1234 CALs"}, [short]) == {"msg": "about 1234 CALs"}


@pytest.mark.parametrize(
    ("text", "like_a_code"),
    [
        (CODE, True),
        (LICENSE_CODE, True),
        ("1234567", True),
        ("12345 678", True),
        ("enterprise", False),
        ("windows_server_2022", False),
        ("123456", False),
        ("rdls01.contoso.example", False),
    ],
)
def test_what_looks_like_a_code_may_be_one_in_a_wrong_place(text: str, like_a_code: bool) -> None:
    found = misplaced_secrets({"license_program": text, "list": [{text: 1}]})
    assert (text in found) is like_a_code


RESULT = {
    "msg": f"refused {CODE}",
    "diff": [{"before": f"a\n{LICENSE_CODE}\n", "after": "b", CODE: 1}],
    "warnings": [f"<{LICENSE_CODE.lower()}>"],
    "exception": f"Traceback\n  KeyError: '{CODE}'\n",
    "invocation": {"module_args": {"purchases": [{"license_code": [CODE], "quantity": 250, "adopt": True}]}},
    "nested": {"deep": [{"license_code": CODE, "license_key_pack_ids": {"a": CODE}, "quantity": (250, None, True)}]},
    "changed": False,
}


def test_scrubbing_takes_a_secret_out_of_messages_and_fields_that_hold_it() -> None:
    scrubbed = scrub(RESULT, spellings(CODE))
    assert "C0DE3" not in str(scrubbed).upper()
    assert scrubbed["changed"] is False
    assert scrubbed["nested"]["deep"][0]["quantity"] == [250, None, True]
    assert scrubbed["invocation"]["module_args"]["purchases"][0]["adopt"] is True
    assert scrubbed["diff"][0]["after"] == "b"


DATA = {
    "license_servers": ["RDLS02.vagrant.example", "vagrant"],
    "windows": {"computer_name": "VAGRANT01", "build": 20348, "release": "2022"},
    "key_packs": [{"key_pack_id": 4, "expires": "2026-11-27T00:00:00Z", "quantity": 1234567, "serial": "00012345"}],
    "steps_total": 12345678,
    "vagrant": {"product_id": "00252-12345-67890-AB123"},
}


@pytest.mark.parametrize("password", ["vagrant", "VAGRANT01", "20348", "12345", "2026-11-27", "windows", "1234567"])
def test_a_password_that_is_part_of_a_name_a_number_or_a_date_changes_no_data(password: str) -> None:
    """Host lists that a later step writes, quantities, and dates are what the server said, whatever the password is."""
    scrubbed = scrub({**DATA, "msg": f"the server repeats {password}"}, password_spellings(password))
    assert {name: value for name, value in scrubbed.items() if name != "msg"} == DATA
    assert scrubbed["msg"] == "the server repeats ********"


@pytest.mark.parametrize("written", ["a<b&'c d", "a&lt;b&amp;&#x27;c d", "a%3Cb%26%27c%20d", "a%3Cb%26%27c+d"])
def test_a_password_is_masked_however_it_was_escaped(written: str) -> None:
    assert scrub({"msg": f"[{written}]"}, password_spellings("a<b&'c d"))["msg"] == "[********]"


def test_a_password_with_blanks_is_masked_in_messages_on_one_line() -> None:
    password = "two  blanks\x1b"
    assert scrub({"msg": f"[{printable(password)}]"}, password_spellings(password))["msg"] == "[********]"


def test_overlapping_secrets_leave_no_part_of_either() -> None:
    assert scrub({"msg": "x 123456789 y"}, ["123456", "456789"])["msg"] == "x ******** y"
    assert scrub({"msg": "1234512345"}, ["12345"])["msg"] == "********"


def test_fields_for_secrets_that_hold_none_stay() -> None:
    shown: dict[str, t.Any] = {"license_key_pack_id": "****9XYZ", "confirmation_code": None, "license_key_pack_ids": {}}
    assert scrub(dict(shown), []) == shown


def test_masked_credentials_survive() -> None:
    shown = {"credential": "****4567", "title": "250 CALs (Enterprise Agreement ****4567)"}
    assert scrub(shown, spellings("1234567")) == shown


def test_a_secret_within_another_one_leaves_no_part_of_it() -> None:
    """Whichever came first, the rest of the longer one would stay."""
    for secrets in ([LICENSE_CODE, "C0DE3C0DE4"], ["C0DE3C0DE4", LICENSE_CODE]):
        assert "C0DE1" not in scrub({"msg": LICENSE_CODE + " refused"}, secrets)["msg"]


@given(
    st.text(string.ascii_letters + string.digits, min_size=5, max_size=35),
    st.text(string.ascii_letters + string.punctuation, max_size=10),
    st.text(string.ascii_letters + string.punctuation, max_size=10),
)
def test_no_secret_survives_anywhere(secret: str, before: str, after: str) -> None:
    groups = "-".join(secret[start : start + 5] for start in range(0, len(secret), 5))
    forms = [secret, secret.upper(), secret.lower(), groups]
    result = {"msg": [f"{before}{form}{after}" for form in forms], "diff": {form: form for form in forms}}
    shown = str(scrub(result, secret_texts({"license_code": secret})))
    for form in forms:
        assert form not in shown
