# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The answer file: places for what is open, and everything kept that was filled in."""

from __future__ import annotations

import typing as t

import pytest
import yaml
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._request_sheet import answer_file
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._request_sheet.answer_file import (
    Answers,
    NotAnswers,
)

from tests.unit.builders import purchase
from tests.unit.clearinghouse_requests import for_activation, for_key_pack, numbered

PATH = "clearinghouse/clearinghouse-answers.yml"
ONE, TWO = for_key_pack(), for_key_pack(of=purchase(5))
FIRST, SECOND = ONE["request_id"], TWO["request_id"]
ANSWER = "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE-FFFFF-GGGGG"


def written(requests: list[dict[str, t.Any]], answers: Answers | None = None) -> t.Any:
    """What the next run reads."""
    return yaml.safe_load(answer_file.text(numbered(*requests), answers or {}, PATH))


def test_each_request_gets_an_empty_place() -> None:
    requests = [ONE, TWO, for_activation(), for_activation("confirmation_code", "rdls04")]
    assert written(requests) == {
        "rd_licensing_answers": {
            "rdls02": {"license_key_pack_ids": {FIRST: "", SECOND: ""}},
            "rdls03": {"license_server_id": ""},
            "rdls04": {"confirmation_code": ""},
        }
    }


def test_it_says_what_to_do_and_what_each_place_is_for() -> None:
    lines = answer_file.text(numbered(ONE), {}, PATH).splitlines()
    assert f"#   -e @{PATH}" in lines
    place = lines.index(f'      "{FIRST}": ""')
    assert (
        lines[place - 1]
        == "      # 1. 250 Windows Server 2022 per user CALs (Enterprise Agreement ****4567) from rdls01"
    )


def test_what_is_filled_in_stays() -> None:
    held: Answers = {
        "rdls02": {"license_key_pack_ids": {FIRST: ANSWER, "0123456789ab": "done long ago"}},
        "rdls03": {"license_server_id": ANSWER},
        "rdls09": {"license_key_pack_ids": {"ba9876543210": ANSWER}, "confirmation_code": "X"},
    }
    wanted = {**held, "rdls02": {"license_key_pack_ids": {**held["rdls02"]["license_key_pack_ids"], SECOND: ""}}}
    assert written([ONE, TWO, for_activation()], held) == {"rd_licensing_answers": wanted}


def test_names_and_answers_that_yaml_would_take_for_something_else_are_texts() -> None:
    digits = {**ONE, "server": "1234", "request_id": "012345670123"}
    on = {**for_activation(), "server": "on"}
    held: Answers = {"1234": {"license_key_pack_ids": {"012345670123": "0123"}}, "on": {"license_server_id": 'a"b\\c'}}
    assert written([digits, on], held) == {"rd_licensing_answers": held}


def test_a_title_cannot_break_out_of_its_comment() -> None:
    text = answer_file.text(numbered({**ONE, "title": "x\nrd_licensing_answers: {}\n"}), {}, PATH)
    assert list(yaml.safe_load(text)["rd_licensing_answers"]) == ["rdls02"]


def test_what_is_read_becomes_text() -> None:
    document = {
        "rd_licensing_answers": {
            "rdls02": {"license_key_pack_ids": {123456789012: "12345", "ab": None}, "license_server_id": None},
            "rdls03": None,
            "rdls04": {"license_key_pack_ids": None},
        }
    }
    assert answer_file.parse(document) == {
        "rdls02": {"license_key_pack_ids": {"123456789012": "12345", "ab": ""}, "license_server_id": ""},
        "rdls03": {},
        "rdls04": {"license_key_pack_ids": {}},
    }


@pytest.mark.parametrize("document", [None, {"rd_licensing_answers": None}, {"rd_licensing_answers": {}}])
def test_an_empty_file_holds_no_answers(document: object) -> None:
    assert answer_file.parse(document) == {}


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ([], "must hold the variable rd_licensing_answers, by server"),
        ("text", "must hold the variable rd_licensing_answers"),
        ({"other": {}}, "must hold the variable rd_licensing_answers"),
        ({"rd_licensing_answers": ["rdls02"]}, "must hold the variable rd_licensing_answers"),
        ({"rd_licensing_answers": {"rdls02": ANSWER}}, r"rd_licensing_answers\.rdls02 must hold the answers"),
        (
            {"rd_licensing_answers": {"rdls02": {"license_key_pack_ids": ANSWER}}},
            r"rdls02\.license_key_pack_ids must hold license key pack IDs by request ID",
        ),
    ],
)
def test_another_shape_is_said_in_words_without_the_answer(document: object, complaint: str) -> None:
    with pytest.raises(NotAnswers, match=complaint) as caught:
        answer_file.parse(document)
    assert ANSWER not in str(caught.value)


@pytest.mark.parametrize("value", [12345, True, 1.5, ["x"], {"a": 1}])
@pytest.mark.parametrize("deep", [True, False])
def test_a_value_that_yaml_may_have_changed_is_not_written_back(value: object, deep: bool) -> None:
    given = {"license_key_pack_ids": {FIRST: value}} if deep else {"confirmation_code": value}
    with pytest.raises(NotAnswers, match=r"has no text at rd_licensing_answers\.rdls02\.\w+.*Put the answer in quotes"):
        answer_file.parse({"rd_licensing_answers": {"rdls02": given}})


def test_a_place_that_was_never_filled_in_goes_with_its_request() -> None:
    held: Answers = {"rdls02": {"license_key_pack_ids": {"0123456789ab": "", FIRST: ""}, "license_server_id": ""}}
    assert written([ONE], held) == {"rd_licensing_answers": {"rdls02": {"license_key_pack_ids": {FIRST: ""}}}}


def test_what_was_answered() -> None:
    held: Answers = {
        "rdls02": {"license_key_pack_ids": {FIRST: ANSWER, SECOND: ""}},
        "rdls03": {"license_server_id": "x"},
    }
    assert answer_file.answer(ONE, held) == ANSWER
    assert answer_file.answer(TWO, held) == ""
    assert answer_file.answer({**ONE, "server": "rdls07"}, held) is None
    assert answer_file.answer(for_activation(), held) == "x"
    assert answer_file.answer(for_activation("confirmation_code"), held) is None


@pytest.mark.parametrize(
    ("document", "ours"),
    [
        (None, True),
        ({"rd_licensing_answers": {"rdls02": {"license_server_id": ""}}}, True),
        ({"rd_licensing_answers": {}, "my_own": 1}, False),
        ({"rd_licensing_answers": {"rdls02": {"note": "ask Ada"}}}, False),
    ],
)
def test_only_a_file_that_holds_nothing_else_may_be_written(document: object, ours: bool) -> None:
    assert answer_file.is_ours(document, answer_file.parse(document)) is ours
