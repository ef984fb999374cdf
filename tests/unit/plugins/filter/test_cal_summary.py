# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Key packs in one line of words."""

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.winfleet.rd_licensing.plugins.filter.cal_summary import FilterModule, cal_summary


def _pack(version: int, kind: int, total: int, purchased: bool = True) -> dict[str, t.Any]:
    return {"product_version_id": version, "product_type": kind, "total": total, "purchased": purchased}


def test_adds_up_by_version_and_type_the_newest_first() -> None:
    packs = [_pack(6, 0, 5), _pack(7, 1, 100), _pack(6, 0, 20), _pack(7, 0, 1), _pack(7, 1, 150)]
    assert cal_summary(packs) == (
        "250 Windows Server 2022 per user, 1 Windows Server 2022 per device, 25 Windows Server 2019 per device"
    )


def test_leaves_out_what_nobody_purchased() -> None:
    assert cal_summary([_pack(0, 3, 4294967295, purchased=False)]) == "no purchased RDS CALs"
    assert cal_summary([]) == "no purchased RDS CALs"


def test_takes_the_deleted_key_packs_of_a_rebuild() -> None:
    deleted = [
        {"key_pack_id": 4, "product_version": "windows_server_2022", "cal_type": "per_user", "quantity": 250},
        {"key_pack_id": 5, "product_version": "9", "cal_type": "per_device", "quantity": 3},
    ]
    assert cal_summary(deleted) == "3 product version 9 per device, 250 Windows Server 2022 per user"


@pytest.mark.parametrize("packs", [None, 7, ["text"], [{"key_pack_id": 4}], [{"purchased": True}]])
def test_says_what_it_wants(packs: t.Any) -> None:
    with pytest.raises(AnsibleFilterError, match="must be the key_packs that"):
        cal_summary(packs)


def test_is_a_filter() -> None:
    assert FilterModule().filters() == {"cal_summary": cal_summary}
