# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every entry of the answer file that fits nothing is named before the first call, and no answer is repeated."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._request_sheet.answer_check import Fleet, problems
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._request_sheet.open_requests import (
    RequestList,
    merged,
)

from tests.unit.builders import purchase
from tests.unit.clearinghouse_requests import for_activation, for_key_pack

ID = "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE-FFFFF-GGGGG"
OTHER_ID = ID.replace("A", "Z")
ONE, TWO = for_key_pack(), for_key_pack("rdls03", purchase(5))
FIRST, SECOND = ONE["request_id"], TWO["request_id"]
SHEET = merged(RequestList(), [ONE, TWO, for_activation(server="rdls04")], ["rdls02", "rdls03", "rdls04"], [])
SERVERS = ("rdls02", "rdls03", "rdls04", "rdls05")


def check(answers: object, sheet: RequestList = SHEET, **purchases: t.Any) -> list[str]:
    """What is wrong; no answer is in it."""
    found = problems(answers, Fleet(sheet, {name: (each, ()) for name, each in purchases.items()}, SERVERS))
    for text in found:
        assert ID not in text
        assert OTHER_ID not in text
    return found


def key_packs(**servers: dict[str, t.Any]) -> dict[str, t.Any]:
    return {server: {"license_key_pack_ids": ids} for server, ids in servers.items()}


@pytest.mark.parametrize(
    "answers",
    [
        None,
        "",
        {},
        {"rdls02": None},
        {"rdls02": {"license_key_pack_ids": None, "license_server_id": ""}},
        key_packs(rdls02={FIRST: ID}, rdls03={SECOND: OTHER_ID}),
        key_packs(rdls02={FIRST: ID.lower(), "0123456789ab": ""}),
        {"rdls04": {"license_server_id": ID}},
        # Of a host that this sheet knows nothing of, nothing can be said.
        key_packs(rdls05={"0123456789ab": ID}),
    ],
)
def test_what_fits_is_accepted(answers: object) -> None:
    assert check(answers) == []


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (
            key_packs(rdls02={"0123456789ab": ID}),
            "rdls02.license_key_pack_ids[0123456789ab] is not the ID of a request",
        ),
        (key_packs(rdls02={SECOND: ID}), f"[{SECOND}] is a request of rdls03. Move the answer there."),
        (key_packs(rdls2={FIRST: ID}), "rdls2 is not a host of the inventory. Did you mean rdls02?"),
        ({"rdls02": {"license_key_packs_ids": {FIRST: ID}}}, "is unknown. Did you mean license_key_pack_ids?"),
        ({"rdls02": {FIRST: ID}}, f"rdls02.{FIRST} belongs below license_key_pack_ids."),
        ({FIRST: ID}, f"{FIRST} stands where the name of a server belongs."),
        ({"license_key_pack_ids": {FIRST: ID}}, "license_key_pack_ids stands where the name of a server belongs."),
        ({"rdls02": ID}, "rdls02 must hold its answers by name"),
        ({"rdls02": {"license_key_pack_ids": ID}}, "must hold license key pack IDs by request ID."),
        ([ID], "rd_licensing_answers must be a mapping keyed by server name."),
        (key_packs(rdls02={FIRST: 12345}), "must be text. Put it in quotes."),
        ({"rdls04": {"license_server_id": 5}}, "rdls04.license_server_id must be text."),
        (key_packs(rdls02={FIRST: ID[:-1]}), "a license key pack ID has 35 letters and digits"),
        (key_packs(rdls02={FIRST: ID}, rdls03={SECOND: ID.lower()}), "hold the same license key pack ID."),
        ({"rdls02": {ID: FIRST}}, "rdls02.<a key of 35 characters> is unknown."),
        ({ID: {}}, "<a key of 35 characters> is not a host of the inventory."),
    ],
)
def test_each_entry_that_fits_nothing_is_named(answers: object, said: str) -> None:
    (found,) = check(answers)
    assert said in found


def test_all_of_them_are_named_at_once() -> None:
    found = check({"rdls09": {}, **key_packs(rdls02={"0123456789ab": ID, FIRST: "x"})})
    assert len(found) == 3


def test_an_id_for_a_purchase_whose_quantity_was_corrected_is_refused() -> None:
    """Before the sheet is written again, from the purchases; afterwards, from what the sheet has closed."""
    answers = key_packs(rdls02={FIRST: ID})
    (found,) = check(answers, rdls02=[purchase(300)])
    assert "was for 250 Windows Server 2022 per user CALs" in found
    assert "which is no longer requested" in found
    corrected = merged(SHEET, [for_key_pack(of=purchase(300))], ["rdls02"], [])
    (found,) = check(answers, corrected)
    assert "which is no longer requested" in found


def test_an_id_that_was_used_may_stay() -> None:
    used = merged(SHEET, [], ["rdls02"], [("rdls02", FIRST)])
    assert check(key_packs(rdls02={FIRST: ID}), used) == []
    assert check(key_packs(rdls02={FIRST: ID}), used, rdls02=[purchase(250)]) == []


def test_an_id_for_another_task_on_the_same_server_is_accepted() -> None:
    assert check(key_packs(rdls02={FIRST: ID}), rdls02=[purchase(9, program="select")]) == []
    rebuild = for_key_pack(operation="reinstall", change_id="CHG1")
    fleet = Fleet(RequestList(), {"rdls02": ([purchase(250)], ["CHG1"])}, SERVERS)
    assert problems(key_packs(rdls02={rebuild["request_id"]: ID}), fleet) == []


def test_a_request_that_came_back_is_open_again() -> None:
    closed = merged(SHEET, [], ["rdls02"], [])
    again = merged(closed, [ONE], ["rdls02"], [])
    assert [each["server"] for each in again.closed] == []
    assert check(key_packs(rdls02={FIRST: ID}), again) == []
    assert again.requests[-1]["number"] == 4
