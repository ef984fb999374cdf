# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which pack a call brought, when nothing but the packs before and after can tell."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import DONE, INTENDED
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.pack_cals import PackCals
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquired_packs import (
    confirmed,
    find_acquired_pack,
    pack_of,
    purchased,
)

from tests.unit.builders import built_in_pack, cals, code, operation, pack, purchase, retail_pack, temporary_pack

BEFORE = (pack(3, 100).pack_cals,)


def arrived(*now: KeyPack, taken: tuple[int, ...] = (), quantity: int | None = 50) -> int | None:
    """Number of the pack that brought so many CALs."""
    found = find_acquired_pack(BEFORE, now, None if quantity is None else cals(quantity), taken)
    return None if found is None else found.key_pack_id


def test_a_pack_that_was_not_there() -> None:
    assert arrived(pack(3, 100), pack(4, 50)) == 4


def test_nothing_new() -> None:
    assert arrived(pack(3, 100)) is None
    assert arrived() is None


@pytest.mark.parametrize(
    "other", [pack(4, 49), pack(4, 50, version=6), pack(4, 50, cal_type=0), pack(4, 50, key_pack_type=7)]
)
def test_other_cals_that_came_meanwhile(other: KeyPack) -> None:
    assert arrived(pack(3, 100), other) is None


@pytest.mark.parametrize("other", [built_in_pack(4), temporary_pack(4)])
def test_packs_of_the_servers_own_are_none(other: KeyPack) -> None:
    assert arrived(pack(3, 100), other, quantity=None) is None


def test_a_pack_that_belongs_to_another_purchase_is_passed_over() -> None:
    assert arrived(pack(3, 100), pack(4, 50), taken=(4,)) is None
    assert arrived(pack(3, 100), pack(4, 50), pack(5, 50), taken=(4,)) == 5


def test_a_pack_that_grew_by_the_quantity() -> None:
    assert arrived(pack(3, 150)) == 3


@pytest.mark.parametrize("quantity", [149, 151, 100, 50])
def test_a_pack_that_changed_by_another_number(quantity: int) -> None:
    assert arrived(pack(3, quantity)) is None


def test_a_pack_of_another_kind_that_grew() -> None:
    assert arrived(pack(3, 150, version=6)) is None


def test_a_new_pack_goes_before_one_that_grew() -> None:
    assert arrived(pack(3, 150), pack(4, 50)) == 4


def test_a_2008_r2_pack_is_what_2008_cals_arrive_in() -> None:
    assert find_acquired_pack((), [pack(4, 50, version=3)], cals(50, version=2), ()) == pack(4, 50, version=3)


def test_what_only_the_code_knew_is_whatever_is_new() -> None:
    assert arrived(pack(3, 100), retail_pack(4, 7), quantity=None) == 4
    assert arrived(pack(3, 107), quantity=None) == 3
    assert arrived(pack(3, 99), quantity=None) is None


def test_a_number_that_was_given_out_anew_is_a_new_pack() -> None:
    assert arrived(pack(3, 50, cal_type=0), pack(4, 50)) == 4
    assert find_acquired_pack(BEFORE, [pack(3, 50, version=6)], cals(50, version=6), ()) == pack(3, 50, version=6)


def test_only_purchased_packs_count() -> None:
    there = purchased([built_in_pack(), pack(3, 100), temporary_pack(), retail_pack(5, 20)])
    assert there == (PackCals(3, cals(100)), PackCals(5, cals(20)))


def test_confirming_an_operation_records_what_is_there() -> None:
    begun = operation(of=purchase(50), status=INTENDED)
    done = confirmed(begun, pack(4, 50), "2026-01-01T11:00:00Z")
    assert (done.status, done.finished, done.key_pack_id, done.cals) == (DONE, "2026-01-01T11:00:00Z", 4, cals(50))
    other = confirmed(begun, pack(4, 150, cal_type=0), "2026-01-01T11:00:00Z")
    assert (other.cals, other.wanted) == (cals(150, cal_type=0), cals(50))


def test_confirming_an_operation_whose_cals_came_to_a_pack_that_was_there() -> None:
    begun = operation(of=purchase(50), status=INTENDED, before=BEFORE)
    done = confirmed(begun, pack(3, 150), "2026-01-01T11:00:00Z")
    assert (done.cals, done.wanted, done.grew) == (cals(50), None, True)
    holding = OperationRecord([done]).holding(purchase(50).sha256)
    assert holding
    assert pack_of(holding, [pack(3, 150)]) == pack(3, 150)
    assert pack_of(holding, [pack(3, 49)]) is None


def test_confirming_the_operation_of_a_code_takes_the_cals_of_its_pack() -> None:
    begun = operation(of=code(), status=INTENDED)
    assert confirmed(begun, retail_pack(4, 20), "2026-01-01T11:00:00Z").cals == cals(20)


@pytest.mark.parametrize(
    ("now", "found"),
    [
        ([pack(3, 100)], 3),
        ([pack(3, 40)], None),
        ([pack(3, 100, cal_type=0)], None),
        ([pack(3, 100, version=6)], None),
        ([pack(4, 100)], None),
        ([pack(3, 100, key_pack_type=7)], 3),
        ([], None),
    ],
    ids=["as it was", "reduced", "converted", "another version", "another number", "unknown kind of pack", "gone"],
)
def test_the_pack_of_a_recorded_purchase(now: list[KeyPack], found: int | None) -> None:
    holding = OperationRecord([operation(of=purchase(100), key_pack_id=3)]).holding(purchase(100).sha256)
    assert holding is not None
    of_it = pack_of(holding, now)
    assert (of_it.key_pack_id if of_it else None) == found


def test_after_a_conversion_both_packs_show_the_purchase() -> None:
    converted = operation("convert", sequence=2, key_pack_id=3, result_key_pack_id=4, cals=cals(40, cal_type=0))
    holding = OperationRecord([operation(of=purchase(100), key_pack_id=3), converted]).holding(purchase(100).sha256)
    assert holding is not None
    assert pack_of(holding, [pack(3, 60), pack(4, 40, cal_type=0)]) == pack(3, 60)
    assert pack_of(holding, [pack(4, 40, cal_type=0)]) is None
    assert pack_of(holding, [pack(3, 60)]) is None
