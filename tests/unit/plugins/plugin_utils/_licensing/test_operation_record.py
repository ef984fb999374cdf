# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the entries of the record add up to."""

from __future__ import annotations

import random

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    ACQUIRING,
    DONE,
    INTENDED,
    NOT_DONE,
    REMOVED_BY_COLLECTION,
    REMOVED_BY_PROVIDER,
    Operation,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.pack_cals import PackCals

from tests.unit.builders import cals, migration, operation, pack, purchase

FIRST = purchase(100)
SECOND = purchase(50, number="7654321")


def acquired(number: int = 1, *, by: str = "install", key_pack_id: int = 3) -> Operation:
    """The first purchase came to the server."""
    return operation(by, of=FIRST, sequence=number, key_pack_id=key_pack_id)


def held(*entries: Operation) -> set[int] | None:
    """The packs of the first purchase; None when it is not on the server."""
    holding = OperationRecord(entries).holding(FIRST.sha256)
    return None if holding is None else set(holding.key_pack_ids)


@pytest.mark.parametrize("name", ACQUIRING)
def test_every_way_to_get_a_purchase_makes_a_holding(name: str) -> None:
    recorded = OperationRecord([acquired(by=name)])
    assert held(acquired(by=name)) == {3}
    assert recorded.claims == {3: acquired(by=name)}
    assert recorded.unfinished(FIRST.sha256) is None
    assert recorded.holding(SECOND.sha256) is None


@pytest.mark.parametrize("name", ACQUIRING)
def test_an_intention_without_outcome_is_unfinished_and_holds_nothing(name: str) -> None:
    begun = operation(name, of=FIRST, status=INTENDED)
    recorded = OperationRecord([begun])
    assert recorded.unfinished(FIRST.sha256) == begun
    assert recorded.holding(FIRST.sha256) is None
    assert recorded.claims == {}


def test_what_was_not_done_leaves_nothing() -> None:
    recorded = OperationRecord([operation(of=FIRST, status=NOT_DONE)])
    assert recorded.unfinished(FIRST.sha256) is None
    assert recorded.holding(FIRST.sha256) is None


def test_an_intention_that_came_to_nothing_is_closed_by_the_next_one() -> None:
    first = operation(of=FIRST, status=NOT_DONE, sequence=1)
    second = operation(of=FIRST, status=INTENDED, sequence=2)
    assert OperationRecord([first, second]).unfinished(FIRST.sha256) == second
    assert held(first, acquired(2)) == {3}


def test_removing_its_pack_ends_a_holding() -> None:
    assert held(acquired(1), operation("remove", sequence=2, key_pack_id=3)) is None


def test_removing_another_pack_does_not() -> None:
    assert held(acquired(1), operation("remove", sequence=2, key_pack_id=4)) == {3}


@pytest.mark.parametrize("status", [INTENDED, NOT_DONE])
def test_a_removal_that_was_not_done_ends_nothing(status: str) -> None:
    assert held(acquired(1), operation("remove", sequence=2, key_pack_id=3, status=status)) == {3}


def test_reducing_a_pack_keeps_the_holding() -> None:
    assert held(acquired(1), operation("reduce", sequence=2, key_pack_id=3, cals=cals(40))) == {3}


def test_a_purchase_may_come_back() -> None:
    gone = operation("remove", sequence=2, key_pack_id=3)
    assert held(acquired(1), gone, acquired(3, key_pack_id=7)) == {7}


def test_a_purchase_that_was_declared_missing_is_no_longer_there() -> None:
    missing = operation("missing", of=FIRST, sequence=2, key_pack_id=3)
    assert held(acquired(1), missing) is None
    assert held(acquired(1), operation("missing", of=SECOND, sequence=2)) == {3}


def test_declared_missing_it_is_not_unfinished_either() -> None:
    begun = operation(of=FIRST, sequence=1, status=INTENDED)
    recorded = OperationRecord([begun, operation("missing", of=FIRST, sequence=2)])
    assert recorded.unfinished(FIRST.sha256) is None


def test_a_declaration_that_was_only_begun_counts_for_nothing() -> None:
    assert held(acquired(1), operation("missing", of=FIRST, sequence=2, status=INTENDED)) == {3}


def test_what_the_packs_of_a_purchase_should_hold_follows_what_is_recorded_of_them() -> None:
    entries = [
        acquired(1),
        operation("reduce", sequence=2, key_pack_id=3, cals=cals(10)),
        operation("convert", sequence=3, key_pack_id=3, result_key_pack_id=8, cals=cals(40, cal_type=0)),
        operation("hand_over", sequence=4, taken=(PackCals(3, cals(20)), PackCals(9, cals(5)))),
    ]
    holding = OperationRecord(entries).holding(FIRST.sha256)
    assert holding
    assert holding.packs == (PackCals(3, cals(30)), PackCals(8, cals(40, cal_type=0)))


def test_a_purchase_that_was_handed_over_is_no_longer_there() -> None:
    assert held(acquired(1), operation("hand_over", sequence=2, taken=(PackCals(3, cals(100)),))) is None


def test_other_cals_than_those_of_the_purchase_are_not_its_holding() -> None:
    wrong = operation(of=FIRST, sequence=1, key_pack_id=3, cals=cals(50, cal_type=0), wanted=FIRST.cals)
    recorded = OperationRecord([wrong])
    assert recorded.holding(FIRST.sha256) is None
    assert recorded.claims == {}
    assert (dict(recorded.strays), recorded.astray(FIRST.sha256)) == ({3: wrong}, wrong)
    assigned = OperationRecord([wrong, operation("adopt", of=SECOND, sequence=2, key_pack_id=3)])
    assert (set(assigned.claims), dict(assigned.strays)) == ({3}, {})


def test_a_conversion_adds_its_result_to_the_holding() -> None:
    converted = operation("convert", sequence=2, key_pack_id=3, result_key_pack_id=8, cals=cals(40, cal_type=0))
    assert held(acquired(1), converted) == {3, 8}
    assert set(OperationRecord([acquired(1), converted]).claims) == {3, 8}


def test_a_converted_purchase_stays_until_its_last_pack_is_removed() -> None:
    converted = operation("convert", sequence=2, key_pack_id=3, result_key_pack_id=8, cals=cals(40, cal_type=0))
    one = operation("remove", sequence=3, key_pack_id=3)
    other = operation("remove", sequence=4, key_pack_id=8)
    assert held(acquired(1), converted, one) == {8}
    assert held(acquired(1), converted, one, other) is None


@pytest.mark.parametrize("status", [INTENDED, NOT_DONE])
def test_a_conversion_that_was_not_done_adds_nothing(status: str) -> None:
    converted = operation(
        "convert", sequence=2, key_pack_id=3, result_key_pack_id=8, cals=cals(40, cal_type=0), status=status
    )
    assert held(acquired(1), converted) == {3}


def test_two_purchases_do_not_touch_each_other() -> None:
    entries = [
        acquired(1),
        operation("migrate", of=SECOND, sequence=2, key_pack_id=4),
        operation("remove", sequence=3, key_pack_id=3),
    ]
    recorded = OperationRecord(entries)
    assert recorded.holding(FIRST.sha256) is None
    assert set(recorded.claims) == {4}


def test_the_order_of_reading_does_not_matter() -> None:
    entries = [
        acquired(1),
        operation("remove", sequence=2, key_pack_id=3),
        acquired(3, key_pack_id=5),
        operation("convert", sequence=4, key_pack_id=5, result_key_pack_id=6, cals=cals(40, cal_type=0)),
    ]
    for seed in range(20):
        shuffled = random.Random(seed).sample(entries, len(entries))  # noqa: S311  # an order, no secret
        assert held(*shuffled) == {5, 6}
        assert OperationRecord(shuffled).operations == tuple(entries)


def test_including_an_entry_again_replaces_it() -> None:
    begun = operation(of=FIRST, status=INTENDED, sequence=4)
    recorded = OperationRecord([begun]).including(begun.finish(DONE, "2026-01-01T10:00:05Z", key_pack_id=3))
    assert [each.status for each in recorded.operations] == [DONE]
    assert recorded.unfinished(FIRST.sha256) is None
    assert set(recorded.claims) == {3}


def test_including_leaves_the_record_it_started_from_alone() -> None:
    recorded = OperationRecord()
    assert set(recorded.including(acquired()).claims) == {3}
    assert recorded.claims == {}


def test_numbers_go_on_from_the_highest() -> None:
    assert OperationRecord().next_sequence == 1
    assert OperationRecord([operation(sequence=3), operation(sequence=12)]).next_sequence == 13


def test_a_change_that_is_done_is_not_hidden_by_a_later_attempt() -> None:
    done = operation("convert", sequence=1, change_id="CHG1")
    recorded = OperationRecord([done, operation("convert", sequence=2, change_id="CHG1", status=NOT_DONE)])
    assert recorded.by_change("convert", "CHG1") == done


def test_the_newest_operation_of_a_change() -> None:
    first = operation("convert", sequence=1, change_id="CHG1", status=NOT_DONE)
    second = operation("convert", sequence=2, change_id="CHG1")
    other = operation("reactivate", sequence=3, change_id="CHG1")
    recorded = OperationRecord([first, second, other, operation("convert", sequence=4, change_id="CHG2")])
    assert recorded.by_change("convert", "CHG1") == second
    assert recorded.by_change("reactivate", "CHG1") == other
    assert recorded.by_change("reactivate", "CHG2") is None


def test_migrations_whose_removal_is_pending() -> None:
    pending = migration(FIRST, before=[pack()], sequence=1)
    entries = [
        pending,
        migration(FIRST, before=[pack()], sequence=2, status=INTENDED),
        migration(FIRST, before=[pack()], sequence=3, status=NOT_DONE),
        migration(FIRST, before=[pack()], sequence=4, removal=REMOVED_BY_PROVIDER),
        migration(FIRST, before=[pack()], sequence=5, removal=REMOVED_BY_COLLECTION),
        operation(of=FIRST, sequence=6),
    ]
    assert OperationRecord(entries).pending_removals == (pending,)
