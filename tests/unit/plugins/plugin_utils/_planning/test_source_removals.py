# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which migrated CALs are still on their source, and from which key packs they are to be removed."""

from __future__ import annotations

import typing as t
from collections.abc import Sequence
from dataclasses import replace

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    INTENDED,
    REMOVED_BY_COLLECTION,
    REMOVED_BY_PROVIDER,
    Operation,
    Planned,
    RecordedTarget,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.pack_cals import PackCals
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.migration import plan_migration
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.migration_source import Source
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.source_removals import (
    PendingRemoval,
    pending_removals_of,
    taken_by_provider,
)

from tests.unit.builders import TARGET_ID, cals, migration, operation, pack, purchase, situation, source

FIRST = purchase(100, reference="PO-1")
SECOND = purchase(50, reference="PO-2")
BOTH = [pack(3, 100), pack(4, 50)]
OTHER_ID = "0THER0THER0THER0THER0THER0THER0THER"


def removals_of(recorded: OperationRecord, origin: Source) -> tuple[PendingRemoval, ...]:
    """What the target rdls02 may have left on a source."""
    return pending_removals_of(recorded, origin, TARGET_ID)


def left_on_source(*record: Operation, now: Sequence[KeyPack]) -> list[tuple[int, int]]:
    """Key pack and CALs to be removed from the source."""
    found = removals_of(OperationRecord(record), source(*now))
    return [(each.key_pack_id, each.cals.quantity) for pending in found for each in pending.removals]


def only(found: Sequence[PendingRemoval]) -> PendingRemoval:
    """The one pending."""
    (pending,) = found
    return pending


def test_nothing_was_migrated() -> None:
    assert removals_of(OperationRecord([operation(of=FIRST)]), source(*BOTH)) == ()


def test_a_migration_that_windows_cleared_up_after_is_paid() -> None:
    done = migration(FIRST, before=BOTH)
    pending = only(removals_of(OperationRecord([done]), source(pack(4, 50))))
    assert pending.settled
    assert pending.operations == (done,)


def test_a_migration_that_windows_did_not_clear_up_after() -> None:
    pending = only(removals_of(OperationRecord([migration(FIRST, before=BOTH)]), source(*BOTH)))
    assert not pending.settled
    assert pending.removals == (PackCals(3, cals(100)),)


@pytest.mark.parametrize("removal", [REMOVED_BY_PROVIDER, REMOVED_BY_COLLECTION])
def test_a_pending_that_was_settled_is_never_looked_at_again(removal: str) -> None:
    """The same CALs may have been put back on the source since."""
    assert removals_of(OperationRecord([migration(FIRST, before=BOTH, removal=removal)]), source(*BOTH)) == ()


def test_an_intention_owes_nothing_yet() -> None:
    assert removals_of(OperationRecord([migration(FIRST, before=BOTH, status=INTENDED)]), source(*BOTH)) == ()


def test_several_migrations_of_a_kind_are_reckoned_together() -> None:
    record = [migration(FIRST, before=BOTH, sequence=1), migration(SECOND, before=BOTH, sequence=2)]
    assert left_on_source(*record, now=BOTH) == [(3, 100), (4, 50)]
    assert left_on_source(*record, now=[pack(3, 100)]) == [(3, 100)]
    assert left_on_source(*record, now=[]) == []


def test_what_a_later_migration_moved_counts_although_it_is_settled() -> None:
    record = [
        migration(FIRST, before=BOTH, sequence=1),
        migration(SECOND, before=BOTH, sequence=2, removal=REMOVED_BY_PROVIDER),
    ]
    assert left_on_source(*record, now=[pack(3, 100)]) == [(3, 100)]


def test_what_an_earlier_migration_moved_does_not() -> None:
    record = [
        migration(FIRST, before=BOTH, sequence=1, removal=REMOVED_BY_COLLECTION),
        migration(SECOND, before=[pack(4, 50)], sequence=2),
    ]
    assert left_on_source(*record, now=[pack(4, 50)]) == [(4, 50)]


def test_kinds_are_reckoned_apart() -> None:
    others = [pack(5, 30, version=6)]
    record = [
        migration(FIRST, before=[*BOTH, *others], sequence=1),
        migration(purchase(30, version=6), before=[*BOTH, *others], sequence=2),
    ]
    assert left_on_source(*record, now=[*BOTH, *others]) == [(3, 100), (5, 30)]
    assert left_on_source(*record, now=BOTH) == [(3, 100)]


def test_packs_installed_on_the_source_since_are_safe() -> None:
    assert left_on_source(migration(FIRST, before=[pack(3, 100)]), now=[pack(7, 100)]) == []


def test_a_purchase_that_was_migrated_again_because_it_got_lost_counts_once() -> None:
    record = [
        migration(FIRST, before=[pack(3, 100), pack(4, 100)], sequence=1, key_pack_id=5),
        operation("missing", of=FIRST, sequence=2, key_pack_id=5),
        migration(FIRST, before=[pack(3, 100), pack(4, 100)], sequence=3, key_pack_id=6),
    ]
    assert left_on_source(*record, now=[pack(3, 100), pack(4, 100)]) == [(3, 100)]


def test_a_run_that_broke_off_between_two_removals_goes_on() -> None:
    record = [migration(FIRST, before=BOTH, sequence=1), migration(SECOND, before=BOTH, sequence=2)]
    assert left_on_source(*record, now=[pack(4, 50)]) == [(4, 50)]


def test_migrations_from_another_server_are_none_of_this_ones_found() -> None:
    done = migration(FIRST, before=BOTH, source_id=OTHER_ID)
    assert removals_of(OperationRecord([done]), source(*BOTH)) == ()


@pytest.mark.parametrize(
    ("recorded", "known"), [("rdls01.contoso.example", True), ("RDLS01.Contoso.Example", True), ("rdls07", False)]
)
def test_a_source_that_was_deactivated_since_is_known_by_its_name(recorded: str, known: bool) -> None:
    done = migration(FIRST, before=BOTH, source_name=recorded)
    found = removals_of(OperationRecord([done]), source(*BOTH, activated=False))
    assert [removal.cals.quantity for pending in found for removal in pending.removals] == ([100] if known else [])


def test_an_activated_source_is_known_by_its_id_alone() -> None:
    origin = source(*BOTH)
    assert removals_of(OperationRecord([migration(FIRST, before=BOTH, source_name="10.0.0.7")]), origin)
    assert not removals_of(OperationRecord([migration(FIRST, before=BOTH, source_id=OTHER_ID)]), origin)


# The source could not be read when the CALs were moved: an administrator promised to remove them.


def unreadable(of: Purchase, **fields: t.Any) -> Operation:
    """A migration from a source that could not be read."""
    return migration(of, before=None, **fields)


def test_all_of_it_is_still_there() -> None:
    assert left_on_source(unreadable(FIRST), now=[pack(3, 100)]) == [(3, 100)]
    assert left_on_source(unreadable(FIRST), now=BOTH) == [(3, 100)]


def test_none_of_it_is_there_any_more() -> None:
    assert only(removals_of(OperationRecord([unreadable(FIRST)]), source(pack(5, 7, version=6)))).settled


def test_fewer_than_were_moved_are_left_alone() -> None:
    """The administrator may have removed the 100 and left 50 of another purchase where they belong."""
    pending = only(removals_of(OperationRecord([unreadable(FIRST)]), source(pack(4, 50))))
    assert pending.removals == ()
    assert pending.unclear == cals(50)
    assert not pending.settled


def plan_with(record: list[Operation], origin: Source) -> list[str]:
    """Steps and warnings of a migration that names no new purchase."""
    made = plan_migration(
        [], situation(record=record), origin, adopt=True, require_full_coverage=False, remove_from_source=True
    )
    return [step.text for step in made.plan.steps] + list(made.plan.warnings)


def test_old_cals_under_new_numbers_are_not_taken_for_none() -> None:
    pending = only(removals_of(OperationRecord([migration(FIRST, before=[pack(3, 100)])]), source(pack(9, 100))))
    assert (pending.removals, pending.unclear, pending.settled) == ((), cals(100), False)


def test_what_cannot_be_told_is_said() -> None:
    (warning,) = plan_with([unreadable(FIRST)], source(pack(4, 50)))
    assert warning.startswith("rdls01 holds 50 Windows Server 2022 per user CALs; it is unknown whether they are among")


def test_what_cannot_be_told_may_still_be_migrated() -> None:
    made = plan_migration(
        [SECOND],
        situation(pack(5, 100), record=[unreadable(FIRST, key_pack_id=5)]),
        source(pack(4, 50)),
        adopt=True,
        require_full_coverage=True,
        remove_from_source=True,
    )
    assert [each.outcome for each in made.decisions] == ["acquire"]


def test_a_unreadable_migration_and_a_later_one_are_reckoned_apart() -> None:
    """The 50 were moved when the source was back, and Windows removed them; the 100 are still to be removed."""
    record = [unreadable(FIRST, sequence=1), migration(SECOND, before=BOTH, sequence=2)]
    assert left_on_source(*record, now=[pack(3, 100)]) == [(3, 100)]
    assert left_on_source(*record, now=BOTH) == [(4, 50), (3, 100)]


def test_the_steps_that_settle_a_pending() -> None:
    done = migration(FIRST, before=BOTH)
    assert plan_with([done], source(*BOTH)) == [
        "Remove from rdls01 the CALs that were migrated: 100 Windows Server 2022 per user CALs (key pack 3)"
    ]
    assert plan_with([done], source(pack(4, 50))) == ["Record that rdls01 no longer holds the CALs that were migrated"]
    assert plan_with([], source(*BOTH)) == []


def test_without_removal_what_is_left_is_a_warning() -> None:
    made = plan_migration(
        [],
        situation(record=[migration(FIRST, before=BOTH)]),
        source(*BOTH),
        adopt=True,
        require_full_coverage=False,
        remove_from_source=False,
    )
    assert not made.plan.steps
    assert made.plan.warnings == (
        "rdls01 still holds CALs that were migrated to rdls02: 100 Windows Server 2022 per user CALs (key pack 3).",
    )


# What the source's own record says of a migration.

HQ, BRANCH = purchase(250, reference="HQ"), purchase(100, reference="BRANCH")
ALL = [pack(3, 250), pack(4, 100)]
OTHER_TARGET = RecordedTarget("rdls03", OTHER_ID)
TARGET = RecordedTarget("rdls02", TARGET_ID)


def handed_over(*planned: Planned, before: Sequence[KeyPack] = (*ALL,), **fields: t.Any) -> Operation:
    """What this target takes over, as the source's record has it."""
    fields = {"status": INTENDED, "target": TARGET, "reported": True, **fields}
    return operation("hand_over", planned=planned, before=tuple(each.pack_cals for each in before), **fields)


def moved(of: Purchase, hand_over: Operation, **fields: t.Any) -> Operation:
    """A migration on this target that belongs to it."""
    done = migration(of, before=None, **{"key_pack_id": 9, **fields})
    assert done.source
    return replace(done, source=replace(done.source, hand_over=hand_over.operation_id))


def planned_of(of: Purchase, *packs: tuple[int, int]) -> Planned:
    """What is planned to be taken for a purchase."""
    return Planned(of.sha256, tuple(PackCals(number, cals(quantity)) for number, quantity in packs))


def to_remove(record: Sequence[Operation], origin: Source) -> list[tuple[int, int]]:
    """Key pack and CALs to be removed from the source."""
    return [
        (each.key_pack_id, each.quantity)
        for found in removals_of(OperationRecord(record), origin)
        for each in found.removals
    ]


def test_what_is_removed_is_what_was_planned_for_the_purchase_that_was_moved() -> None:
    """Not any pack of the kind: key pack 4 belongs to another purchase."""
    begun = handed_over(planned_of(purchase(100), (3, 100)))
    origin = source(*ALL, record=[begun])
    assert to_remove([moved(purchase(100), begun)], origin) == [(3, 100)]


def test_what_the_provider_removed_from_wherever_counts() -> None:
    begun = handed_over(planned_of(purchase(100), (3, 100)))
    for now in ([pack(3, 150), pack(4, 100)], [pack(3, 250)], [pack(3, 200), pack(4, 50)]):
        assert to_remove([moved(purchase(100), begun)], source(*now, record=[begun])) == []
    half = source(pack(3, 210), pack(4, 100), record=[begun])
    assert to_remove([moved(purchase(100), begun)], half) == [(3, 60)]


def test_what_another_target_took_over_since_is_not_taken_for_this_ones() -> None:
    """rdls02 took over 250 and was cut off; rdls03 took over the 100, and they were removed."""
    begun = handed_over(planned_of(HQ, (3, 250)), sequence=1)
    others = [
        operation("hand_over", sequence=2, token="00facade", target=OTHER_TARGET, finished="2026-01-01T10:30:00Z"),
        operation("remove", sequence=3, token="0000beef", key_pack_id=4, cals=cals(100), target=OTHER_TARGET),
    ]
    assert to_remove([moved(HQ, begun)], source(pack(3, 250), record=[begun, *others])) == [(3, 250)]
    by_provider = replace(others[0], taken=(PackCals(4, cals(100)),))
    assert to_remove([moved(HQ, begun)], source(pack(3, 250), record=[begun, by_provider])) == [(3, 250)]


def test_while_another_target_has_cals_of_the_kind_to_remove_what_is_gone_is_unclear() -> None:
    begun = handed_over(planned_of(HQ, (3, 250)), sequence=1)
    other = handed_over(planned_of(BRANCH, (4, 100)), sequence=2, token="00facade", target=OTHER_TARGET)
    (found,) = removals_of(OperationRecord([moved(HQ, begun)]), source(pack(3, 250), record=[begun, other]))
    assert (found.removals, found.unclear) == ((), cals(150))
    assert to_remove([moved(HQ, begun)], source(*ALL, record=[begun, other])) == [(3, 250)]


def test_what_somebody_removed_with_key_pack_counts() -> None:
    begun = handed_over(planned_of(HQ, (3, 250)), sequence=1)
    by_hand = operation("remove", sequence=2, token="00facade", key_pack_id=3, cals=cals(250))
    assert to_remove([moved(HQ, begun)], source(pack(4, 100), record=[begun, by_hand])) == []


def test_other_cals_than_those_of_the_purchase_are_removed_only_once_their_purchase_is_known() -> None:
    """Never more than was read on the target, and never the purchase's that did not come."""
    device = purchase(50, cal_type=0, number="7654321")
    now = [pack(3, 250), pack(5, 50, cal_type=0)]
    rows = (planned_of(HQ, (3, 250)), Planned(device.sha256, (PackCals(5, cals(50, cal_type=0)),)))
    begun = handed_over(*rows, before=now)
    wrong = moved(HQ, begun, cals=cals(50, cal_type=0), wanted=HQ.cals)
    (found,) = removals_of(OperationRecord([wrong]), source(*now, record=[begun]))
    assert (found.removals, found.unclear) == ((), cals(50, cal_type=0))
    adopted = operation("adopt", of=device, sequence=2, token="00facade", key_pack_id=9)
    assert to_remove([wrong, adopted], source(*now, record=[begun])) == [(5, 50)]


def test_a_hand_over_that_the_record_of_the_source_lost_is_as_good_as_none() -> None:
    begun = handed_over(planned_of(HQ, (3, 250)))
    assert to_remove([moved(HQ, begun)], source(pack(3, 250))) == [(3, 250)]
    (found,) = removals_of(OperationRecord([moved(HQ, begun)]), source(pack(4, 100)))
    assert found.unclear == cals(100)


def test_what_the_source_records_as_anothers_is_left_alone() -> None:
    kept = operation(of=BRANCH, key_pack_id=4)
    assert to_remove([unreadable(BRANCH)], source(pack(4, 100), record=[kept])) == []
    assert to_remove([migration(purchase(100), before=ALL)], source(*ALL, record=[kept])) == [(3, 100)]


def test_what_left_the_source_beside_what_is_recorded_was_the_providers_doing() -> None:
    begun = handed_over(planned_of(HQ, (3, 250)), sequence=1)
    ours = operation("reduce", sequence=2, token="00facade", key_pack_id=3, cals=cals(100), target=TARGET)
    origin = source(pack(3, 50), pack(4, 100), record=[begun, ours])
    assert taken_by_provider(begun, origin) == (PackCals(3, cals(100)),)
