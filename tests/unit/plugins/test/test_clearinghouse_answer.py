# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a text can be an answer of the Clearinghouse."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.winfleet.rd_licensing.plugins.test.clearinghouse_answer import TestModule, clearinghouse_answer

ID = "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE-FFFFF-GGGG1"


@pytest.mark.parametrize("request_name", ["license_key_pack_id", "license_server_id"])
def test_an_id_has_35_letters_and_digits(request_name: str) -> None:
    assert clearinghouse_answer(ID, request_name)
    assert clearinghouse_answer(f"  {ID.replace('-', '').lower()} ", request_name)
    # As copied from a web page, with a dash and a zero-width space.
    assert clearinghouse_answer(ID.replace("-", "\u2013", 1) + "\u200b", request_name)
    assert not clearinghouse_answer(ID[:-1], request_name)
    assert not clearinghouse_answer("no idea", request_name)


def test_a_confirmation_code_has_letters_and_digits() -> None:
    assert clearinghouse_answer("C0NF-1RM", "confirmation_code")
    assert not clearinghouse_answer("?", "confirmation_code")
    assert not clearinghouse_answer("", "confirmation_code")


def test_refuses_an_unknown_request() -> None:
    with pytest.raises(AnsibleFilterError, match="the request must be one of license_key_pack_id"):
        clearinghouse_answer(ID, "something")


def test_is_a_test() -> None:
    assert TestModule().tests() == {"clearinghouse_answer": clearinghouse_answer}
