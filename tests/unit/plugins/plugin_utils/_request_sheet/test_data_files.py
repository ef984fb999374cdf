# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The requests as CSV and JSON."""

from __future__ import annotations

import csv
import io
import json

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._request_sheet.data_files import (
    as_json,
    comma_separated,
    from_json,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._request_sheet.open_requests import RequestList

from tests.unit.builders import properties
from tests.unit.clearinghouse_requests import for_activation, for_key_pack


def read(text: str) -> list[dict[str, str]]:
    assert text[0] == "\N{ZERO WIDTH NO-BREAK SPACE}"
    return list(csv.DictReader(io.StringIO(text[1:])))


def test_csv_has_a_line_for_each_request_and_a_column_for_each_field() -> None:
    request = for_key_pack()
    first, second = read(comma_separated([request, for_activation()]))
    left_out = {"telephone", "license_program"}
    assert set(request) - left_out <= set(first)
    for name in set(request) - left_out:
        assert first[name] == ("" if request[name] is None else str(request[name])), name
    assert (second["server"], second["request"], second["quantity"]) == ("rdls03", "license_server_id", "")


def test_csv_has_columns_for_numbers_in_clear() -> None:
    assert (
        read(comma_separated([{**for_key_pack(), "agreement_number": "0123456"}]))[0]["agreement_number"]
        == '="0123456"'
    )


def company_in_csv(company: str) -> str:
    return read(comma_separated([for_key_pack(contact={**properties().contact, "company": company})]))[0]["company"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1"])
def test_csv_holds_no_formula(text: str) -> None:
    assert company_in_csv(text) == f"'{text}"


def test_csv_keeps_what_is_no_formula() -> None:
    assert company_in_csv('Contoso, "Ltd"; 1+1=2') == 'Contoso, "Ltd"; 1+1=2'
    assert company_in_csv("") == ""


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "a\r\nb"])
def test_csv_has_one_line_for_each_request(text: str) -> None:
    assert company_in_csv(text) == "a b"
    assert company_in_csv("\n=1") == "' =1"


@pytest.mark.parametrize("text", ["01067", "123456789012345678", "123e45678901", "1-2", "12/2027", "10:30", "7"])
def test_csv_keeps_every_digit_in_a_spreadsheet(text: str) -> None:
    """Leading zeros, more digits than a number has, and what looks like an exponent, a date or a time."""
    assert company_in_csv(text) == f'="{text}"'


@pytest.mark.parametrize("text", ["ABCDE-FGHJK-12345", "12345-ABCDE", "4 and 5", '1"2'])
def test_csv_leaves_other_texts_alone(text: str) -> None:
    assert company_in_csv(text) == text


def test_json_is_the_sheet_as_it_is() -> None:
    sheet = RequestList((for_key_pack(), for_activation()), ({**for_activation(server="rdls07"), "answered": True},))
    assert json.loads(as_json(sheet)) == {"requests": list(sheet.requests), "closed": list(sheet.closed)}
    assert from_json(as_json(sheet)) == sheet
    assert from_json(json.dumps({"requests": list(sheet.requests)})) == RequestList(sheet.requests)
    named = RequestList((for_key_pack(contact={**properties().contact, "company": "Käse"}),))
    assert as_json(named).count("Käse") == 1


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", '{"requests": {}}', '{"requests": ["x"]}', '{"requests": [{}]}', '{"other": []}', "null",
        '{"requests": [], "closed": 1}',
    ],
)  # fmt: skip
def test_what_is_not_a_sheet_gives_none(text: str) -> None:
    assert from_json(text) is None
