# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests to the Clearinghouse that have no answer yet."""

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.winfleet.rd_licensing.plugins.filter.open_requests import FilterModule, open_requests

PACK = {"request": "license_key_pack_id", "request_id": "a", "title": "Pack"}
SERVER = {"request": "license_server_id", "request_id": None, "title": "Server"}


def test_leaves_out_what_is_answered() -> None:
    assert open_requests([PACK, SERVER], {}) == [PACK, SERVER]
    assert open_requests([PACK, SERVER], {"license_key_pack_ids": {"a": "ONE"}}) == [SERVER]
    assert open_requests([PACK, SERVER], {"license_server_id": "ONE", "license_key_pack_ids": {"a": ""}}) == [PACK]


@pytest.mark.parametrize(("awaiting", "answers"), [(["text"], {}), ([{}], {}), (7, {}), ([PACK], "text")])
def test_refuses_another_form(awaiting: t.Any, answers: t.Any) -> None:
    with pytest.raises(AnsibleFilterError, match="open_requests: the input must be what a task returned"):
        open_requests(awaiting, answers)


def test_is_a_filter() -> None:
    assert FilterModule().filters() == {"open_requests": open_requests}
