# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a migration from a source that can be read does about each purchase."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    ANSWERED,
    INTENDED,
    Operation,
    Planned,
    RecordedTarget,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.migration import (
    MigrationPlan,
    plan_migration,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.migration_source import Source
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.situation import Situation

from tests.unit.acquisitions import settle
from tests.unit.builders import (
    SOON_AFTER,
    TARGET_ID,
    built_in_pack,
    migration,
    operation,
    pack,
    purchase,
    situation,
    source,
    temporary_pack,
)

FIRST = purchase(100, reference="PO-1")
SECOND = purchase(50, reference="PO-2")
TITLE = "100 Windows Server 2022 per user CALs (Enterprise Agreement ****4567)"


def migrate(target: Situation, origin: Source, *purchases: Purchase, **options: t.Any) -> MigrationPlan:
    """The plan, with the module's default options unless told otherwise."""
    defaults: dict[str, t.Any] = {"adopt": True, "require_full_coverage": False, "remove_from_source": False}
    target, settled = settle(target, *purchases)
    made = plan_migration(purchases, target, origin, **{**defaults, **options})
    return replace(made, plan=replace(made.plan, steps=(*settled, *made.plan.steps)))


def outcomes(made: MigrationPlan) -> list[tuple[str, int | None]]:
    """Outcome and key pack on the target for each purchase."""
    return [(each.outcome, each.pack.key_pack_id if each.pack else None) for each in made.decisions]


def texts(made: MigrationPlan) -> list[str]:
    """The steps in words."""
    return [step.text for step in made.plan.steps]


def refusal(target: Situation, origin: Source, *purchases: Purchase, **options: t.Any) -> str:
    """Why nothing is planned."""
    with pytest.raises(Refused) as caught:
        migrate(target, origin, *purchases, **options)
    return str(caught.value)


def test_a_purchase_that_only_the_source_holds_is_migrated() -> None:
    made = migrate(situation(), source(pack(3)), purchase())
    assert outcomes(made) == [("acquire", None)]
    assert texts(made) == [f"Migrate {TITLE} from rdls01"]
    assert made.plan.changed


def test_the_diff_shows_both_servers_as_they_will_be() -> None:
    made = migrate(situation(), source(pack(3), pack(4, 50)), purchase(), remove_from_source=True)
    target, origin = made.plan.diff
    assert target["before"] == "no purchased RDS CALs\n"
    assert "new       Windows Server 2022  per user  100   Enterprise Agreement ****4567\n" in target["after"]
    assert [line.split()[0] for line in origin["before"].splitlines()] == ["key", "3", "4"]
    assert [line.split()[0] for line in origin["after"].splitlines()] == ["key", "4"]


def test_without_removal_nothing_is_promised_about_the_source() -> None:
    made = migrate(situation(), source(pack(3)), purchase())
    assert [view["before_header"] for view in made.plan.diff] == ["rdls02: RDS CALs"]


def test_a_part_of_a_pack_is_migrated() -> None:
    made = migrate(situation(), source(pack(3, 100)), purchase(40), remove_from_source=True)
    assert outcomes(made) == [("acquire", None)]
    assert "3         Windows Server 2022  per user  60" in made.plan.diff[1]["after"]


def test_one_purchase_may_be_several_packs_on_the_source() -> None:
    made = migrate(situation(), source(pack(3, 60), pack(4, 40)), purchase(100), require_full_coverage=True)
    assert outcomes(made) == [("acquire", None)]


def test_a_recorded_migration_needs_nothing_more() -> None:
    done = migration(purchase(), before=[pack(3)], removal="provider", key_pack_id=5)
    made = migrate(situation(pack(5), record=[done]), source(), purchase())
    assert outcomes(made) == [("recorded", 5)]
    assert not made.plan.steps
    assert not made.plan.diff


def test_a_recorded_purchase_whose_pack_is_gone_is_drift() -> None:
    done = migration(purchase(), before=[pack(3)], key_pack_id=5)
    assert "is recorded (operation 000001-00c0ffee)" in refusal(situation(record=[done]), source(pack(3)), purchase())


def test_acknowledged_drift_is_migrated_again() -> None:
    done = migration(purchase(), before=[pack(3)], key_pack_id=5, removal="provider")
    made = migrate(situation(record=[done]), source(), purchase(acknowledge_missing=done.operation_id))
    assert texts(made) == [f"Record that {TITLE} is no longer on the server", f"Migrate {TITLE} from rdls01"]


def test_a_pack_that_was_moved_by_hand_is_adopted() -> None:
    made = migrate(situation(pack(5)), source(), purchase())
    assert outcomes(made) == [("adopted", 5)]
    assert texts(made) == [f"Adopt key pack 5 as {TITLE}"]


def test_when_both_servers_hold_it_that_is_said_and_nothing_done() -> None:
    message = refusal(situation(pack(5)), source(pack(3)), purchase())
    assert message == (
        f"rdls02 and rdls01 both hold CALs that may be {TITLE}: rdls02 key pack 5, which is not recorded as a "
        f"purchase, and rdls01 100 CALs of that version and type. If the key pack is this purchase, set key_pack_id: 5 "
        f"on it and remove its CALs from rdls01; if it is another one, set adopt: false."
    )


@pytest.mark.parametrize("left", [1, 99, 101, 500])
def test_when_the_source_holds_more_or_fewer_of_the_kind_it_is_no_clearer(left: int) -> None:
    assert "both hold CALs" in refusal(situation(pack(5)), source(pack(3, left)), purchase())


def test_cals_of_another_kind_on_the_source_are_no_doubt() -> None:
    origin = source(pack(3, 100, version=6), pack(4, 100, cal_type=0))
    assert outcomes(migrate(situation(pack(5)), origin, purchase())) == [("adopted", 5)]


def test_without_adoption_the_pack_on_the_target_is_another_purchase() -> None:
    assert outcomes(migrate(situation(pack(5)), source(pack(3)), purchase(), adopt=False)) == [("acquire", None)]


@pytest.mark.parametrize("order", [(FIRST, SECOND), (SECOND, FIRST)])
def test_what_another_purchase_takes_from_the_source_is_no_doubt_about_this_one(order: tuple[Purchase, ...]) -> None:
    """The first was moved by hand, the second is still on the source; they are of one kind."""
    made = migrate(situation(pack(5, 100)), source(pack(3, 50)), *order)
    found = dict(zip([each.reference for each in order], outcomes(made), strict=True))
    assert found == {"PO-1": ("adopted", 5), "PO-2": ("acquire", None)}


def test_twins_on_either_server_cannot_be_told_apart() -> None:
    twins = purchase(reference="PO-1"), purchase(reference="PO-2")
    assert "both hold CALs" in refusal(situation(pack(5)), source(pack(3)), *twins)


def test_more_cals_than_the_source_holds() -> None:
    assert refusal(situation(), source(pack(3, 40)), purchase()) == (
        f"rdls01: the purchase {TITLE} is for 100 CALs, but the source has only 40 of that version and "
        f"type that belong to no other recorded purchase; correct quantity."
    )


def test_a_purchase_that_is_nowhere() -> None:
    message = refusal(situation(), source(pack(3, 100, version=6)), purchase())
    assert message.startswith(f"rdls01: there are no CALs of the purchase {TITLE} to migrate.")
    assert "winfleet.rd_licensing.key_pack" in message


def test_two_purchases_do_not_account_for_the_same_cals() -> None:
    message = refusal(situation(), source(pack(3, 100)), FIRST, SECOND)
    assert "there are no CALs of the purchase 50 Windows Server 2022" in message


def test_what_an_interrupted_migration_brought_is_recorded() -> None:
    begun = migration(purchase(), before=[pack(3)], status=INTENDED)
    made = migrate(situation(pack(5), record=[begun]), source(), purchase())
    assert outcomes(made) == [("recorded", 5)]
    assert texts(made) == [
        f"Record the outcome of an earlier run: {TITLE} is key pack 5",
        "Record that rdls01 no longer holds the CALs that were migrated",
    ]


def test_what_an_interrupted_migration_left_behind_is_removed_with_it() -> None:
    begun = migration(purchase(), before=[pack(3)], status=INTENDED)
    target = situation(pack(5), record=[begun])
    made = migrate(target, source(pack(3)), purchase(), remove_from_source=True)
    assert texts(made)[1:] == [
        "Remove from rdls01 the CALs that were migrated: 100 Windows Server 2022 per user CALs (key pack 3)"
    ]
    assert made.plan.changed


def test_an_interrupted_migration_that_brought_nothing_goes_on_while_the_source_has_it() -> None:
    begun = migration(purchase(), before=[pack(3)], status=INTENDED)
    made = migrate(situation(record=[begun]), source(pack(3)), purchase())
    assert outcomes(made) == [("acquire", None)]
    assert made.decisions[0].unfinished == begun


def test_it_waits_while_the_server_may_be_at_work() -> None:
    begun = migration(purchase(), before=[pack(3)], status=INTENDED)
    soon = situation(record=[begun], outcome=SOON_AFTER)
    assert "may still be working on it" in refusal(soon, source(pack(3)), purchase())


@pytest.mark.parametrize("now", [[], [pack(3, 60)], [pack(4)]], ids=["gone", "fewer", "another"])
def test_an_interrupted_migration_whose_source_shows_a_change_is_for_an_administrator_to_decide(
    now: list[KeyPack],
) -> None:
    begun = migration(purchase(), before=[pack(3)], status=INTENDED)
    message = refusal(situation(record=[begun]), source(*now), purchase())
    assert f"resolve_operations: [{{operation: {begun.operation_id}, outcome: had_no_effect}}]" in message


def test_a_call_that_was_answered_with_success_is_never_made_again_by_itself() -> None:
    begun = migration(purchase(), before=[pack(3)], status=ANSWERED)
    assert "the server reported success" in refusal(situation(record=[begun]), source(pack(3)), purchase())


def test_a_pack_the_interrupted_migration_found_on_the_target_is_not_adopted() -> None:
    begun = migration(purchase(), before=[pack(3)], status=INTENDED)
    target = situation(pack(5), record=[migration_with_totals(begun)])
    assert outcomes(migrate(target, source(pack(3)), purchase())) == [("acquire", None)]


def migration_with_totals(begun: t.Any) -> t.Any:
    """The same operation, begun when the target held key pack 5 already."""
    return operation(
        begun.operation, of=purchase(), status=INTENDED, source=begun.source, before=((5, 100),), sequence=1
    )


def test_the_record_of_the_source_says_which_pack_is_whose() -> None:
    """Two purchases alike, of which one is migrated: the other one's pack stays."""
    hq, branch = purchase(100, reference="HQ"), purchase(100, reference="BRANCH")
    record = [operation(of=hq, key_pack_id=3), operation(of=branch, sequence=2, token="00facade", key_pack_id=4)]
    for wanted, packs in ((hq, [3]), (branch, [4])):
        made = migrate(situation(), source(pack(3), pack(4), record=record), wanted, remove_from_source=True)
        assert [each.key_pack_id for planned in made.planned for each in planned.packs] == packs
        assert f"(key pack {packs[0]})" in texts(made)[-1]
    other = purchase(100, reference="LAB")
    assert "there are no CALs of the purchase" in refusal(situation(), source(pack(3), pack(4), record=record), other)


def handed_over(reported: bool, *planned: Planned) -> Operation:
    """What another target takes over."""
    target = RecordedTarget("rdls03", "0THER0THER0THER0THER0THER0THER0THER")
    return operation("hand_over", status=INTENDED, target=target, planned=planned, reported=reported)


def test_while_another_target_may_be_at_work_on_the_source_nothing_is_moved() -> None:
    at_work = handed_over(False, Planned("0" * 64, (pack(3).pack_cals,)))
    soon = source(pack(3), pack(4), record=[at_work], outcome=SOON_AFTER)
    assert "a migration from rdls01 to rdls03 has no outcome yet" in refusal(situation(), soon, purchase())
    assert not migrate(situation(), soon).plan.steps


def test_what_another_target_has_still_to_remove_is_not_given_twice() -> None:
    waits = handed_over(True, Planned("0" * 64, (pack(3).pack_cals,)))
    made = migrate(situation(), source(pack(3), pack(4), record=[waits]), purchase())
    assert [each.key_pack_id for planned in made.planned for each in planned.packs] == [4]
    assert "there are no CALs of the purchase" in refusal(situation(), source(pack(3), record=[waits]), purchase())


def test_a_removal_on_the_source_without_outcome_is_waited_for() -> None:
    done = migration(purchase(), before=[pack(3, 250)], key_pack_id=5)
    begun = operation("reduce", status=INTENDED, key_pack_id=3, cals=purchase().cals, before=(pack(3, 250).pack_cals,))
    origin = source(pack(3, 250), record=[begun], outcome=SOON_AFTER)
    target = situation(pack(5), record=[done])
    assert "may still be working on it" in refusal(target, origin, purchase(), remove_from_source=True)


def test_every_pack_is_to_be_accounted_for_where_the_user_wants_it() -> None:
    origin = source(built_in_pack(), pack(3), pack(4, 50, version=6), temporary_pack())
    assert refusal(situation(), origin, purchase(), require_full_coverage=True) == (
        "rdls01: the 1 purchase(s) named do not account for key pack 4 (50 Windows Server 2019 per user CALs). Name "
        "the purchase(s) these CALs come from, or set require_full_coverage: false to leave them there."
    )


def test_a_rest_of_a_pack_is_not_accounted_for_either() -> None:
    message = refusal(situation(), source(pack(3, 100)), purchase(60), require_full_coverage=True)
    assert "do not account for key pack 3 (40 Windows Server 2022 per user CALs)" in message


def test_naming_no_purchase_accounts_for_nothing() -> None:
    message = refusal(situation(), source(pack(3)), require_full_coverage=True)
    assert message.startswith("rdls01: an empty list of purchases does not account for key pack 3 (")
    assert not migrate(situation(), source(), require_full_coverage=True).plan.steps


def test_what_is_to_be_removed_anyway_needs_no_purchase() -> None:
    done = migration(purchase(), before=[pack(3)], key_pack_id=5)
    target = situation(pack(5), record=[done])
    made = migrate(target, source(pack(3)), purchase(), require_full_coverage=True, remove_from_source=True)
    assert outcomes(made) == [("recorded", 5)]


def test_what_waits_for_an_id_counts_as_accounted_for() -> None:
    made = migrate(situation(method="telephone"), source(pack(3)), purchase(), require_full_coverage=True)
    assert outcomes(made) == [("awaiting", None)]
    assert not made.plan.steps
    assert not made.plan.diff


@pytest.mark.parametrize("method", ["automatic", "web_browser"])
def test_the_target_is_to_be_activated(method: str) -> None:
    message = refusal(situation(activated=False, method=method), source(pack(3)), purchase())
    assert message.startswith("rdls02: the license server is not activated")


def test_the_source_is_to_be_activated() -> None:
    message = refusal(situation(), source(pack(3), activated=False), purchase())
    assert message.startswith("rdls01: the source license server is not activated")
    assert "license_server_id and operating_system instead of host" in message


def test_a_source_that_was_deactivated_when_all_was_done_is_fine() -> None:
    done = migration(purchase(), before=[pack(3)], removal="collection", key_pack_id=5)
    made = migrate(situation(pack(5), record=[done]), source(activated=False), purchase())
    assert outcomes(made) == [("recorded", 5)]
    assert not made.plan.steps


def test_a_server_is_no_source_of_its_own() -> None:
    message = refusal(situation(pack(3)), source(pack(3), license_server_id=TARGET_ID), purchase())
    assert message.startswith("rdls02 and rdls01 are the same license server")


def test_cals_too_new_for_the_target() -> None:
    message = refusal(situation(release="windows_server_2019"), source(pack(3)), purchase())
    assert message.startswith("rdls02: 100 Windows Server 2022 per user CALs are newer than the server")


def test_nothing_on_either_side_and_nothing_named() -> None:
    made = migrate(situation(), source())
    assert not made.plan.steps
    assert not made.plan.changed
