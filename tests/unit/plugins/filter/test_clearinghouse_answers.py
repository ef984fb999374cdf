# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers of the Clearinghouse from the answer file and from prompts."""

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.winfleet.rd_licensing.plugins.filter.clearinghouse_answers import (
    FilterModule,
    clearinghouse_answers,
)

FILE = {
    "rdls01": {"confirmation_code": "C0DE"},
    "rdls02": {"license_key_pack_ids": {"a": "ONE", "b": "", "c": " "}, "license_server_id": ""},
    "rdls03": None,
}


def typed(text: str | None, server: str = "rdls02", request: str = "license_key_pack_id", name: str = "b") -> t.Any:
    """A result of a prompt."""
    return {"user_input": text, "item": {"server": server, "request": request, "request_id": name}}


def test_merges_places_and_leaves_out_what_is_empty() -> None:
    results = [typed(" TWO "), typed("", name="a"), typed("SERVER", "rdls04", "license_server_id")]
    assert clearinghouse_answers([FILE, results]) == {
        "rdls01": {"confirmation_code": "C0DE"},
        "rdls02": {"license_key_pack_ids": {"a": "ONE", "b": "TWO"}},
        "rdls03": {},
        "rdls04": {"license_server_id": "SERVER"},
    }


def test_later_places_win() -> None:
    later = {"rdls02": {"license_key_pack_ids": {"a": "NEW"}}}
    assert clearinghouse_answers([FILE, later], server="rdls02") == {"license_key_pack_ids": {"a": "NEW"}}
    assert clearinghouse_answers([later, FILE], server="rdls02") == {"license_key_pack_ids": {"a": "ONE"}}


def test_a_server_without_answers_has_none() -> None:
    assert clearinghouse_answers([FILE], server="rdls09") == {}
    assert clearinghouse_answers([{}, []]) == {}


@pytest.mark.parametrize(
    "places", [None, 7, [7], ["SECRET-ID"], [["SECRET-ID"]], [{"rdls02": "SECRET-ID"}], [[{"user_input": "SECRET-ID"}]]]
)
def test_refuses_another_form_without_repeating_it(places: t.Any) -> None:
    with pytest.raises(AnsibleFilterError, match="clearinghouse_answers: ") as caught:
        clearinghouse_answers(places)
    assert "SECRET" not in str(caught.value)


def test_is_a_filter() -> None:
    assert FilterModule().filters() == {"clearinghouse_answers": clearinghouse_answers}
