# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a migration left on its source: the arithmetic, with everything that may have happened since."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.left_behind import (
    Removal,
    held,
    left_behind,
    take,
    without,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.builders import built_in_pack, cals, pack, temporary_pack


def owed(before: Sequence[KeyPack], now: Sequence[KeyPack], quantity: int) -> list[tuple[int, int, bool]]:
    """Key pack, CALs to remove and whether the pack goes with them, after so many CALs were migrated."""
    removals = left_behind(held(before), now, cals(quantity))
    return [(each.key_pack_id, each.cals.quantity, each.whole) for each in removals]


def test_windows_removed_them() -> None:
    assert owed([pack(3, 100)], [], 100) == []
    assert owed([pack(3, 100), pack(4, 50)], [pack(4, 50)], 100) == []
    assert owed([pack(3, 100)], [pack(3, 60)], 40) == []


def test_windows_removed_nothing() -> None:
    assert owed([pack(3, 100)], [pack(3, 100)], 100) == [(3, 100, True)]
    assert owed([pack(3, 100), pack(4, 50)], [pack(3, 100), pack(4, 50)], 50) == [(4, 50, True)]
    assert owed([pack(3, 100)], [pack(3, 100)], 40) == [(3, 40, False)]


def test_windows_removed_a_part() -> None:
    assert owed([pack(3, 100)], [pack(3, 30)], 100) == [(3, 30, True)]
    assert owed([pack(3, 100), pack(4, 50)], [pack(3, 70), pack(4, 50)], 100) == [(3, 70, True)]


def test_windows_took_them_from_another_pack_of_the_kind() -> None:
    assert owed([pack(3, 100), pack(4, 100)], [pack(3, 100)], 100) == []


def test_a_migration_of_several_packs_at_once() -> None:
    everything = [pack(3, 100), pack(4, 50)]
    assert owed(everything, everything, 150) == [(3, 100, True), (4, 50, True)]
    assert owed(everything, everything, 120) == [(3, 100, True), (4, 20, False)]


def test_packs_that_were_installed_since_are_safe() -> None:
    assert owed([pack(3, 100)], [pack(5, 100)], 100) == []
    assert owed([pack(3, 100)], [pack(3, 100), pack(5, 100)], 100) == [(3, 100, True)]


def test_cals_of_other_kinds_are_safe() -> None:
    others = [pack(4, 100, version=6), pack(5, 100, cal_type=0)]
    assert owed([pack(3, 100), *others], [pack(3, 100), *others], 100) == [(3, 100, True)]
    assert owed([pack(3, 100), *others], others, 100) == []


def test_packs_that_nobody_bought_are_safe() -> None:
    own = [built_in_pack(), temporary_pack(), pack(7, 100, key_pack_type=7)]
    assert owed([pack(3, 100), *own], own, 100) == []
    assert held(own) == ()


def test_more_was_moved_than_the_source_ever_held() -> None:
    assert owed([pack(3, 30)], [pack(3, 30)], 100) == [(3, 30, True)]
    assert owed([], [pack(3, 30)], 100) == []


def test_somebody_removed_other_cals_of_the_kind_meanwhile() -> None:
    """100 of 150 were moved and Windows removed none; then a person removed 50. What is left is still 50 too many."""
    assert owed([pack(3, 100), pack(4, 50)], [pack(3, 100)], 100) == [(3, 50, False)]


@pytest.mark.parametrize(
    ("packs", "quantity", "wanted"),
    [
        ([pack(3, 100), pack(4, 50)], 50, [(4, 50, True)]),
        ([pack(3, 50), pack(4, 50)], 50, [(3, 50, True)]),
        ([pack(3, 30), pack(4, 100)], 110, [(4, 100, True), (3, 10, False)]),
        ([pack(3, 100)], 0, []),
        ([pack(3, 100)], -1, []),
        ([pack(3, 0)], 5, []),
        ([], 5, []),
        ([pack(3, 30)], 50, [(3, 30, True)]),
    ],
)
def test_taking_a_pack_of_just_that_size_else_whole_packs_then_a_part(
    packs: list[KeyPack], quantity: int, wanted: list[tuple[int, int, bool]]
) -> None:
    assert [(each.key_pack_id, each.cals.quantity, each.whole) for each in take(packs, quantity)] == wanted


def test_what_is_left_once_removals_are_made() -> None:
    removals = [Removal(3, cals(40), whole=False), Removal(4, cals(50), whole=True)]
    rest = without([built_in_pack(), pack(3, 100), pack(4, 50), pack(5, 7)], removals)
    assert rest == ((3, cals(60)), (5, cals(7)))


def test_a_removal_in_words() -> None:
    assert Removal(3, cals(250), whole=True).title == "250 Windows Server 2022 per user CALs (key pack 3)"
    assert Removal(3, cals(40), whole=False).title == "40 Windows Server 2022 per user CALs (part of key pack 3)"


quantities = st.integers(0, 300)


def numbered(amounts: list[int], first: int = 3) -> list[KeyPack]:
    """Packs of one kind, of these sizes."""
    return [pack(first + place, amount) for place, amount in enumerate(amounts)]


@given(st.lists(quantities, max_size=5), st.data(), quantities)
def test_never_more_is_removed_than_was_moved_nor_than_was_there(
    amounts: list[int], data: st.DataObject, moved: int
) -> None:
    before = numbered(amounts)
    now = [pack(each.key_pack_id, data.draw(quantities)) for each in before]
    now += numbered(data.draw(st.lists(quantities, max_size=3)), first=20)
    removals = left_behind(held(before), now, cals(moved))
    there = {each.key_pack_id: each.cals.quantity for each in now}
    assert sum(each.cals.quantity for each in removals) <= moved
    assert {each.key_pack_id for each in removals} <= {each.key_pack_id for each in before}
    assert len({each.key_pack_id for each in removals}) == len(removals)
    for each in removals:
        assert 0 < each.cals.quantity <= there[each.key_pack_id]
        assert each.whole == (each.cals.quantity == there[each.key_pack_id])


@given(st.lists(quantities, max_size=5), st.data())
def test_whatever_windows_removed_the_source_ends_with_what_it_should_hold(
    amounts: list[int], data: st.DataObject
) -> None:
    before = numbered(amounts)
    moved = data.draw(st.integers(0, sum(amounts)))
    removed = take(before, data.draw(st.integers(0, moved)))
    now = [pack(key_pack_id, rest.quantity) for key_pack_id, rest in without(before, removed)]
    after = without(now, left_behind(held(before), now, cals(moved)))
    assert sum(rest.quantity for _unused, rest in after) == sum(amounts) - moved


@given(st.lists(quantities, max_size=5), st.data())
def test_once_it_is_removed_nothing_is_left_to_remove(amounts: list[int], data: st.DataObject) -> None:
    before = numbered(amounts)
    moved = data.draw(quantities)
    now = [pack(each.key_pack_id, data.draw(st.integers(0, each.cals.quantity))) for each in before]
    after = without(now, left_behind(held(before), now, cals(moved)))
    packs = [pack(key_pack_id, rest.quantity) for key_pack_id, rest in after]
    assert left_behind(held(before), packs, cals(moved)) == ()
