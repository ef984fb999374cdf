# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether purchases account for the CALs of a server."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.coverage import Pool, list_packs
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.left_behind import Removal
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.builders import built_in_pack, cals, pack, retail_pack, temporary_pack


def rest(pool: Pool) -> list[tuple[int, int]]:
    """Key pack and CALs of what nothing accounts for."""
    return [(each.key_pack_id, each.cals.quantity) for each in pool.rest()]


def test_only_purchased_packs_with_cals_in_them_are_to_be_accounted_for() -> None:
    assert rest(Pool([built_in_pack(), pack(3, 100), pack(4, 0), temporary_pack(), retail_pack(5, 20)])) == [
        (3, 100),
        (5, 20),
    ]


def test_quantity_is_of_one_kind() -> None:
    pool = Pool([pack(3, 100), pack(4, 50), pack(5, 7, version=6), pack(6, 7, cal_type=0)])
    assert pool.quantity(cals(1)) == 150
    assert pool.quantity(cals(1, version=6)) == 7
    assert pool.quantity(cals(1, version=8)) == 0


def test_2008_and_2008_r2_are_one_kind() -> None:
    assert Pool([pack(3, 100, version=3), pack(4, 50, version=2)]).quantity(cals(1, version=2)) == 150


def test_drawing_takes_a_pack_of_just_that_size_first() -> None:
    pool = Pool([pack(3, 100), pack(4, 50)])
    pool.draw(cals(50))
    assert rest(pool) == [(3, 100)]


def test_drawing_a_part_leaves_the_rest() -> None:
    pool = Pool([pack(3, 100)])
    assert pool.draw(cals(40)) == (Removal(3, cals(40), whole=False),)
    assert rest(pool) == [(3, 60)]


def test_drawing_more_than_there_is_takes_what_there_is() -> None:
    pool = Pool([pack(3, 100), pack(4, 7, version=6)])
    assert sum(each.cals.quantity for each in pool.draw(cals(250))) == 100
    assert rest(pool) == [(4, 7)]


@given(st.lists(st.integers(0, 100), max_size=5), st.lists(st.integers(1, 100), max_size=5))
def test_nothing_is_drawn_twice_and_nothing_gets_lost(amounts: list[int], wanted: list[int]) -> None:
    pool = Pool([pack(3 + place, amount) for place, amount in enumerate(amounts)])
    drawn = sum(each.cals.quantity for quantity in wanted for each in pool.draw(cals(quantity)))
    assert drawn == min(sum(wanted), sum(amounts))
    assert drawn + pool.quantity(cals(1)) == sum(amounts)


@pytest.mark.parametrize(
    ("packs", "codes", "wanted"),
    [
        ([retail_pack(3)], 1, [3]),
        ([retail_pack(3), retail_pack(4)], 2, [3, 4]),
        ([retail_pack(3), pack(4)], 1, [3]),
        ([pack(3)], 1, [3]),
        ([retail_pack(3), pack(4)], 2, [3, 4]),
        ([retail_pack(3), retail_pack(4)], 1, []),
        ([pack(3), pack(4)], 1, []),
        ([retail_pack(3)], 2, []),
        ([], 1, []),
    ],
)
def test_codes_stand_for_as_many_packs_as_there_are(packs: list[KeyPack], codes: int, wanted: list[int]) -> None:
    assert [each.key_pack_id for each in Pool(packs).for_codes(codes)] == wanted


def test_packs_in_a_message() -> None:
    assert list_packs([pack(3, 250), pack(4, 20, version=8, cal_type=0)]) == (
        "key pack 3 (250 Windows Server 2022 per user CALs), key pack 4 (20 Windows Server 2025 per device CALs)"
    )
