# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether purchases account for the CALs of a server."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.pack_cals import PackCals
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.unassigned_cals import (
    CalPool,
    list_packs,
    take,
    without,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.builders import built_in_pack, cals, operation, pack, purchase, retail_pack, temporary_pack


def rest(pool: CalPool) -> list[tuple[int, int]]:
    """Key pack and CALs of what nothing accounts for."""
    return [(each.key_pack_id, each.cals.quantity) for each in pool.rest()]


def test_only_purchased_packs_with_cals_in_them_are_to_be_accounted_for() -> None:
    assert rest(CalPool([built_in_pack(), pack(3, 100), pack(4, 0), temporary_pack(), retail_pack(5, 20)])) == [
        (3, 100),
        (5, 20),
    ]


def test_quantity_is_of_one_kind() -> None:
    pool = CalPool([pack(3, 100), pack(4, 50), pack(5, 7, version=6), pack(6, 7, cal_type=0)])
    assert pool.quantity(cals(1)) == 150
    assert pool.quantity(cals(1, version=6)) == 7
    assert pool.quantity(cals(1, version=8)) == 0


def test_2008_and_2008_r2_are_one_kind() -> None:
    assert CalPool([pack(3, 100, version=3), pack(4, 50, version=2)]).quantity(cals(1, version=2)) == 150


def test_drawing_takes_a_pack_of_just_that_size_first() -> None:
    pool = CalPool([pack(3, 100), pack(4, 50)])
    pool.draw(cals(50))
    assert rest(pool) == [(3, 100)]


def test_drawing_a_part_leaves_the_rest() -> None:
    pool = CalPool([pack(3, 100)])
    assert pool.draw(cals(40)) == (PackCals(3, cals(40)),)
    assert rest(pool) == [(3, 60)]


def test_drawing_more_than_there_is_takes_what_there_is() -> None:
    pool = CalPool([pack(3, 100), pack(4, 7, version=6)])
    assert sum(each.cals.quantity for each in pool.draw(cals(250))) == 100
    assert rest(pool) == [(4, 7)]


@given(st.lists(st.integers(0, 100), max_size=5), st.lists(st.integers(1, 100), max_size=5))
def test_nothing_is_drawn_twice_and_nothing_gets_lost(amounts: list[int], wanted: list[int]) -> None:
    pool = CalPool([pack(3 + place, amount) for place, amount in enumerate(amounts)])
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
    assert [each.key_pack_id for each in CalPool(packs).for_codes(codes)] == wanted


def test_packs_in_a_message() -> None:
    assert list_packs([pack(3, 250), pack(4, 20, version=8, cal_type=0)]) == (
        "key pack 3 (250 Windows Server 2022 per user CALs), key pack 4 (20 Windows Server 2025 per device CALs)"
    )


def test_a_pack_that_is_recorded_as_a_purchase_serves_that_purchase_and_no_other() -> None:
    one, other = purchase(100, reference="HQ"), purchase(100, reference="BRANCH")
    pool = CalPool([pack(3, 100), pack(4, 100), pack(5, 100)], OperationRecord([operation(of=other, key_pack_id=3)]))
    assert (pool.quantity(cals(1), one.sha256), pool.quantity(cals(1), other.sha256)) == (200, 100)
    assert pool.draw(cals(100), one.sha256) == (PackCals(4, cals(100)),)
    assert pool.draw(cals(100), other.sha256) == (PackCals(3, cals(100)),)


@pytest.mark.parametrize(
    ("amounts", "quantity", "wanted"),
    [
        ([100, 50], 50, [(4, 50)]),
        ([100, 50], 100, [(3, 100)]),
        ([100, 50], 120, [(3, 100), (4, 20)]),
        ([50, 100], 30, [(4, 30)]),
        ([100, 50], 500, [(3, 100), (4, 50)]),
        ([100], 0, []),
    ],
)
def test_choosing_cals_of_interchangeable_packs(
    amounts: list[int], quantity: int, wanted: list[tuple[int, int]]
) -> None:
    packs = [PackCals(number, cals(amount)) for number, amount in enumerate(amounts, 3)]
    assert [(each.key_pack_id, each.quantity) for each in take(packs, quantity)] == wanted


def test_what_is_left_of_packs() -> None:
    packs = [PackCals(3, cals(100)), PackCals(4, cals(50))]
    assert without(packs, [PackCals(3, cals(40)), PackCals(4, cals(50))]) == (PackCals(3, cals(60)),)
