# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the migrations recorded on a target still owe to their source."""

from __future__ import annotations

import typing as t
from collections.abc import Sequence

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.ledger import Ledger
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    INTENDED,
    REMOVED_BY_COLLECTION,
    REMOVED_BY_PROVIDER,
    Operation,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.debts import Debt, Source, debts_of
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.migration import plan_migration

from tests.unit.builders import cals, migration, operation, pack, purchase, situation, source

FIRST = purchase(100, reference="PO-1")
SECOND = purchase(50, reference="PO-2")
BOTH = [pack(3, 100), pack(4, 50)]
OTHER_ID = "0THER0THER0THER0THER0THER0THER0THER"


def owed(*record: Operation, now: Sequence[KeyPack]) -> list[tuple[int, int]]:
    """Key pack and CALs to be removed from the source."""
    debts = debts_of(Ledger(record), source(*now))
    return [(each.key_pack_id, each.cals.quantity) for debt in debts for each in debt.removals]


def only(debts: Sequence[Debt]) -> Debt:
    """The one debt."""
    (debt,) = debts
    return debt


def test_nothing_was_migrated() -> None:
    assert debts_of(Ledger([operation(of=FIRST)]), source(*BOTH)) == ()


def test_a_migration_that_windows_cleared_up_after_is_paid() -> None:
    done = migration(FIRST, before=BOTH)
    debt = only(debts_of(Ledger([done]), source(pack(4, 50))))
    assert debt.paid
    assert debt.operations == (done,)


def test_a_migration_that_windows_did_not_clear_up_after() -> None:
    debt = only(debts_of(Ledger([migration(FIRST, before=BOTH)]), source(*BOTH)))
    assert not debt.paid
    assert [(each.key_pack_id, each.cals, each.whole) for each in debt.removals] == [(3, cals(100), True)]


@pytest.mark.parametrize("removal", [REMOVED_BY_PROVIDER, REMOVED_BY_COLLECTION])
def test_a_debt_that_was_settled_is_never_looked_at_again(removal: str) -> None:
    """The same CALs may have been put back on the source since."""
    assert debts_of(Ledger([migration(FIRST, before=BOTH, removal=removal)]), source(*BOTH)) == ()


def test_an_intention_owes_nothing_yet() -> None:
    assert debts_of(Ledger([migration(FIRST, before=BOTH, status=INTENDED)]), source(*BOTH)) == ()


def test_several_migrations_of_a_kind_are_reckoned_together() -> None:
    record = [migration(FIRST, before=BOTH, sequence=1), migration(SECOND, before=BOTH, sequence=2)]
    assert owed(*record, now=BOTH) == [(3, 100), (4, 50)]
    assert owed(*record, now=[pack(3, 100)]) == [(3, 100)]
    assert owed(*record, now=[]) == []


def test_what_a_later_migration_moved_counts_although_it_is_settled() -> None:
    record = [
        migration(FIRST, before=BOTH, sequence=1),
        migration(SECOND, before=BOTH, sequence=2, removal=REMOVED_BY_PROVIDER),
    ]
    assert owed(*record, now=[pack(3, 100)]) == [(3, 100)]


def test_what_an_earlier_migration_moved_does_not() -> None:
    record = [
        migration(FIRST, before=BOTH, sequence=1, removal=REMOVED_BY_COLLECTION),
        migration(SECOND, before=[pack(4, 50)], sequence=2),
    ]
    assert owed(*record, now=[pack(4, 50)]) == [(4, 50)]


def test_kinds_are_reckoned_apart() -> None:
    others = [pack(5, 30, version=6)]
    record = [
        migration(FIRST, before=[*BOTH, *others], sequence=1),
        migration(purchase(30, version=6), before=[*BOTH, *others], sequence=2),
    ]
    assert owed(*record, now=[*BOTH, *others]) == [(3, 100), (5, 30)]
    assert owed(*record, now=BOTH) == [(3, 100)]


def test_packs_installed_on_the_source_since_are_safe() -> None:
    assert owed(migration(FIRST, before=[pack(3, 100)]), now=[pack(7, 100)]) == []


def test_a_purchase_that_was_migrated_again_because_it_got_lost_counts_once() -> None:
    record = [
        migration(FIRST, before=[pack(3, 100), pack(4, 100)], sequence=1, key_pack_id=5),
        operation("missing", of=FIRST, sequence=2, key_pack_id=5),
        migration(FIRST, before=[pack(3, 100), pack(4, 100)], sequence=3, key_pack_id=6),
    ]
    assert owed(*record, now=[pack(3, 100), pack(4, 100)]) == [(3, 100)]


def test_a_run_that_broke_off_between_two_removals_goes_on() -> None:
    record = [migration(FIRST, before=BOTH, sequence=1), migration(SECOND, before=BOTH, sequence=2)]
    assert owed(*record, now=[pack(4, 50)]) == [(4, 50)]


def test_migrations_from_another_server_are_none_of_this_ones_debts() -> None:
    done = migration(FIRST, before=BOTH, source_id=OTHER_ID)
    assert debts_of(Ledger([done]), source(*BOTH)) == ()


@pytest.mark.parametrize(
    ("recorded", "known"), [("rdls01.contoso.example", True), ("RDLS01.Contoso.Example", True), ("rdls07", False)]
)
def test_a_source_that_was_deactivated_since_is_known_by_its_name(recorded: str, known: bool) -> None:
    done = migration(FIRST, before=BOTH, source_name=recorded)
    debts = debts_of(Ledger([done]), source(*BOTH, activated=False))
    assert [removal.cals.quantity for debt in debts for removal in debt.removals] == ([100] if known else [])


def test_an_activated_source_is_known_by_its_id_alone() -> None:
    origin = source(*BOTH)
    assert debts_of(Ledger([migration(FIRST, before=BOTH, source_name="10.0.0.7")]), origin)
    assert not debts_of(Ledger([migration(FIRST, before=BOTH, source_id=OTHER_ID)]), origin)


# The source could not be read when the CALs were moved: a person promised to remove them.


def blind(of: Purchase, **fields: t.Any) -> Operation:
    """A migration from a source that could not be read."""
    return migration(of, before=None, **fields)


def test_all_of_it_is_still_there() -> None:
    assert owed(blind(FIRST), now=[pack(3, 100)]) == [(3, 100)]
    assert owed(blind(FIRST), now=BOTH) == [(3, 100)]


def test_none_of_it_is_there_any_more() -> None:
    assert only(debts_of(Ledger([blind(FIRST)]), source(pack(5, 7, version=6)))).paid


def test_fewer_than_were_moved_are_left_alone() -> None:
    """The person may have removed the 100 and left 50 of another purchase where they belong."""
    debt = only(debts_of(Ledger([blind(FIRST)]), source(pack(4, 50))))
    assert debt.removals == ()
    assert debt.unclear == cals(50)
    assert not debt.paid


def plan_with(record: list[Operation], origin: Source) -> list[str]:
    """Steps and warnings of a migration that names no new purchase."""
    made = plan_migration(
        [], situation(record=record), origin, adopt=True, require_full_coverage=False, remove_from_source=True
    )
    return [step.text for step in made.plan.steps] + list(made.plan.warnings)


def test_old_cals_under_new_numbers_are_not_taken_for_none() -> None:
    debt = only(debts_of(Ledger([migration(FIRST, before=[pack(3, 100)])]), source(pack(9, 100))))
    assert (debt.removals, debt.unclear, debt.paid) == ((), cals(100), False)


def test_what_cannot_be_told_is_said() -> None:
    (warning,) = plan_with([blind(FIRST)], source(pack(4, 50)))
    assert warning.startswith("rdls01 holds 50 Windows Server 2022 per user CALs, and whether they are among")


def test_what_cannot_be_told_may_still_be_migrated() -> None:
    made = plan_migration(
        [SECOND],
        situation(pack(5, 100), record=[blind(FIRST, key_pack_id=5)]),
        source(pack(4, 50)),
        adopt=True,
        require_full_coverage=True,
        remove_from_source=True,
    )
    assert [each.outcome for each in made.decisions] == ["acquire"]


def test_a_blind_migration_and_a_later_one_are_reckoned_apart() -> None:
    """The 50 were moved when the source was back, and Windows removed them; the 100 are still to be removed."""
    record = [blind(FIRST, sequence=1), migration(SECOND, before=BOTH, sequence=2)]
    assert owed(*record, now=[pack(3, 100)]) == [(3, 100)]
    assert owed(*record, now=BOTH) == [(4, 50), (3, 100)]


def test_the_steps_that_settle_a_debt() -> None:
    done = migration(FIRST, before=BOTH)
    assert plan_with([done], source(*BOTH)) == [
        "Remove from rdls01 what was migrated: 100 Windows Server 2022 per user CALs (key pack 3)"
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
