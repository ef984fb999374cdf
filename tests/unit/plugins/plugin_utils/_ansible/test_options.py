# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said of options that do not fit."""

from __future__ import annotations

from typing import Any

import pytest
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
    assert str(caught.value) == "key_pack: purchases[1] must be a mapping of options, such as 'name: value'."


def test_a_list_that_came_as_text_is_named_once_with_the_way_to_give_it() -> None:
    with pytest.raises(OptionsError) as caught:
        validated(SPEC, {"purchases": '[{"quantity": 5, "reference": "PO-1"}]'}, "key_pack")
    assert str(caught.value) == (
        "key_pack: purchases must be a list of mappings and is a text; a list that comes from the command line has to "
        "be in a file (-e @FILE) or in JSON (-e '{\"variable\": [...]}')."
    )


def test_a_text_loses_the_blanks_around_it() -> None:
    assert written_text({"change_id": " CHG1 \n"}, "change_id") == "CHG1"


@pytest.mark.parametrize("blank", ["", "  ", "\n"])
def test_a_text_that_says_nothing_is_refused(blank: str) -> None:
    with pytest.raises(InvalidOption, match=r"^change_id: must not be empty\.$"):
        written_text({"change_id": blank}, "change_id")


def test_ansible_says_the_rest() -> None:
    with pytest.raises(OptionsError, match="value of state must be one of: present, absent"):
        validated(SPEC, {"state": "gone"}, "key_pack")
