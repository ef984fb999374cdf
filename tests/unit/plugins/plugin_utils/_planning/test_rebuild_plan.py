# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a rebuild of the licensing database would do. Pure: nothing is read or sent."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import INTENDED, NOT_DONE
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.rebuild_deletion import (
    RECREATE,
    UNINSTALL,
    ReportDeletion,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.rebuild_plan import plan_rebuild

from tests.unit.builders import KEY_PACK_CODE, operation, pack, purchase
from tests.unit.rebuild_plans import (
    FOUR,
    THREE,
    database,
    outcomes,
    read,
    rebuild,
    refusal,
    texts,
    unreadable,
)
from tests.unit.rebuild_server import CHANGE, PER_DEVICE, PER_USER, holding_two, wanted


def test_everything_is_deleted_then_reinstalled_one_by_one() -> None:
    plan = plan_rebuild(wanted(), read())
    assert texts(plan) == [
        f"Record on rdls02, for change CHG1, its CALs ({THREE}, {FOUR})",
        f"Delete {THREE} from rdls02",
        f"Delete {FOUR} from rdls02",
        "Verify that the CALs are gone, and record on rdls02 that change CHG1 has deleted them",
        "Reinstall 250 Windows Server 2022 per user CALs (Enterprise Agreement ****4567)",
        "Reinstall 50 Windows Server 2022 per device CALs (Select License ****4321)",
    ]
    assert plan.plan.changed
    assert outcomes(plan) == ["acquire", "acquire"]
    assert [each.key_pack_id for each in plan.packs or ()] == [3, 4]


def test_the_diff_shows_what_was_there_and_what_comes() -> None:
    (view,) = plan_rebuild(wanted(), read()).plan.diff
    assert view["before_header"] == view["after_header"] == "rdls02: RDS CALs"
    assert view["before"].splitlines()[1:] == [
        "3         Windows Server 2022  per user    250   -",
        "4         Windows Server 2022  per device  50    -",
    ]
    assert view["after"].splitlines()[1:] == [
        "new       Windows Server 2022  per user    250   Enterprise Agreement ****4567",
        "new       Windows Server 2022  per device  50    Select License ****4321",
    ]


def test_a_recorded_purchase_is_reinstalled_and_no_longer_held_by_its_old_pack() -> None:
    record = [operation("install", of=PER_USER, key_pack_id=3), operation("install", of=PER_DEVICE, key_pack_id=4)]
    plan = plan_rebuild(wanted(), read(record=record))
    assert outcomes(plan) == ["acquire", "acquire"]
    assert plan.recorded.claims == {}


@pytest.mark.parametrize("method", [UNINSTALL, RECREATE])
def test_without_confirmation_nothing_is_planned_and_the_message_says_what_would_go(method: str) -> None:
    observed = replace(read(), database=database())
    message = refusal(observed, confirm_deletion=False, method=method)
    assert "key pack 3 (250 Windows Server 2022 per user CALs)" in message
    assert "confirm_deletion: true" in message
    assert "nothing was changed" in message


def test_without_confirmation_of_what_cannot_be_read() -> None:
    assert "unknown, because they cannot be read" in refusal(unreadable(), confirm_deletion=False, method=RECREATE)


def test_built_in_and_temporary_packs_are_never_touched() -> None:
    plan = plan_rebuild(wanted(), read())
    assert not any("key pack 2" in text or "key pack 13" in text for text in texts(plan))


def test_a_server_that_is_not_activated_is_refused_before_anything_is_deleted() -> None:
    assert "is not activated (activation status: not activated)" in refusal(read(activated=False))


def test_cals_that_are_too_new_are_refused_before_anything_is_deleted() -> None:
    assert "newer than the server" in refusal(read(release="windows_server_2019"))


def test_a_license_key_pack_id_does_not_go_with_the_automatic_method() -> None:
    with_id = replace(PER_USER, license_key_pack_id=KEY_PACK_CODE)
    assert "the connection method is automatic" in refusal(read(), purchases=(with_id, PER_DEVICE))


def test_offline_the_deletion_comes_first_and_purchases_without_id_wait() -> None:
    with_id = replace(PER_USER, license_key_pack_id=KEY_PACK_CODE)
    plan = plan_rebuild(wanted(purchases=(with_id, PER_DEVICE)), read(method="telephone"))
    assert outcomes(plan) == ["acquire", "awaiting"]
    assert [text.split()[0] for text in texts(plan)] == ["Record", "Delete", "Delete", "Verify", "Reinstall"]


def test_once_done_nothing_is_deleted_again_and_nothing_is_left_to_do() -> None:
    old = holding_two()
    record = [
        rebuild(*old[1:3], sequence=1),
        operation("reinstall", of=PER_USER, key_pack_id=3, sequence=2, change_id=CHANGE),
        operation("reinstall", of=PER_DEVICE, key_pack_id=4, sequence=3, change_id=CHANGE),
    ]
    plan = plan_rebuild(wanted(), read(record=record))
    assert (plan.plan.steps, plan.plan.changed, plan.plan.diff) == ((), False, [])
    assert outcomes(plan) == ["recorded", "recorded"]
    assert [each.key_pack_id for each in plan.packs or ()] == [3, 4]


def test_another_change_is_another_rebuild() -> None:
    record = [
        rebuild(*holding_two()[1:3], sequence=1),
        operation("reinstall", of=PER_USER, key_pack_id=3, sequence=2, change_id=CHANGE),
        operation("reinstall", of=PER_DEVICE, key_pack_id=4, sequence=3, change_id=CHANGE),
    ]
    plan = plan_rebuild(wanted(change_id="CHG2"), read(record=record))
    assert len(texts(plan)) == 6
    assert plan.recorded.claims == {}


def test_what_was_not_reinstalled_yet_is_reinstalled_without_deleting() -> None:
    record = [
        rebuild(*holding_two()[1:3], sequence=1),
        operation("reinstall", of=PER_USER, key_pack_id=3, sequence=2, change_id=CHANGE),
    ]
    plan = plan_rebuild(wanted(), read(pack(3, 250), record=record))
    assert texts(plan) == ["Reinstall 50 Windows Server 2022 per device CALs (Select License ****4321)"]
    assert outcomes(plan) == ["recorded", "acquire"]


def test_what_is_forgotten_after_the_deletion_is_warned_about() -> None:
    record = [rebuild(*holding_two()[1:3])]
    plan = plan_rebuild(wanted(purchases=(PER_USER,)), read(pack(13, None, key_pack_type=4), record=record))
    (warning,) = plan.plan.warnings
    assert "CHG1 has deleted key pack 4 (50 Windows Server 2022 per device CALs)" in warning
    assert plan_rebuild(wanted(purchases=(PER_USER,), waive_coverage=True), read(record=record)).plan.warnings == ()


def test_what_was_taken_away_after_the_rebuild_is_not_brought_back() -> None:
    record = [
        rebuild(*holding_two()[1:3], sequence=1),
        operation("reinstall", of=PER_USER, key_pack_id=3, sequence=2, change_id=CHANGE),
        operation("reinstall", of=PER_DEVICE, key_pack_id=4, sequence=3, change_id=CHANGE),
        operation("remove", key_pack_id=4, sequence=4),
    ]
    plan = plan_rebuild(wanted(), read(pack(3, 250), record=record))
    assert texts(plan) == []
    assert outcomes(plan) == ["recorded", "recorded"]


def test_what_is_gone_without_a_trace_after_the_rebuild_is_drift() -> None:
    record = [
        rebuild(*holding_two()[1:3], sequence=1),
        operation("reinstall", of=PER_USER, key_pack_id=3, sequence=2, change_id=CHANGE),
        operation("reinstall", of=PER_DEVICE, key_pack_id=4, sequence=3, change_id=CHANGE),
    ]
    assert "does not hold 50 Windows Server 2022 per device CALs" in refusal(read(pack(3, 250), record=record))
    again = (PER_USER, replace(PER_DEVICE, acknowledge_missing="000003-00c0ffee"))
    plan = plan_rebuild(wanted(purchases=again), read(pack(3, 250), record=record))
    assert outcomes(plan) == ["recorded", "acquire"]


def test_a_pack_reinstalled_by_hand_after_the_deletion_is_adopted() -> None:
    record = [rebuild(*holding_two()[1:3])]
    plan = plan_rebuild(wanted(), read(pack(9, 250), record=record))
    assert outcomes(plan) == ["adopted", "acquire"]
    assert outcomes(plan_rebuild(wanted(adopt=False), read(pack(9, 250), record=record))) == ["acquire", "acquire"]


def test_a_rebuild_that_is_followed_by_another_is_over() -> None:
    record = [
        rebuild(*holding_two()[1:3], sequence=1),
        rebuild(sequence=2, change_id="CHG2"),
    ]
    assert "was followed by another rebuild (operation " in refusal(read(pack(9, 7), record=record))
    done = [
        record[0],
        operation("reinstall", of=PER_USER, key_pack_id=3, sequence=2, change_id=CHANGE),
        operation("reinstall", of=PER_DEVICE, key_pack_id=4, sequence=3, change_id=CHANGE),
        rebuild(sequence=4, change_id="CHG2"),
    ]
    assert texts(plan_rebuild(wanted(), read(pack(9, 7), record=done))) == []


def test_another_change_does_not_begin_while_one_is_unfinished() -> None:
    record = [rebuild(*holding_two()[1:3], status=INTENDED)]
    message = refusal(read(record=record), change_id="CHG2")
    assert "change CHG1 began to rebuild" in message
    assert "change_id: CHG1, " in message
    assert f"resolve_operations: [{{operation: {record[0].operation_id}, outcome: had_no_effect}}]" in message


def test_a_change_that_came_to_nothing_begins_anew() -> None:
    record = [rebuild(*holding_two()[1:3], status=NOT_DONE)]
    assert len(texts(plan_rebuild(wanted(), read(record=record)))) == 6
    assert len(texts(plan_rebuild(wanted(change_id="CHG2"), read(record=record)))) == 6


def test_an_unfinished_deletion_goes_on_with_what_is_left_of_it() -> None:
    record = [rebuild(*holding_two()[1:3], status=INTENDED)]
    plan = plan_rebuild(wanted(), read(pack(4, 50, cal_type=0), record=record))
    assert [text.split()[0] for text in texts(plan)] == ["Delete", "Verify", "Reinstall", "Reinstall"]
    assert [each.key_pack_id for each in plan.packs or ()] == [3, 4]


def test_an_unfinished_deletion_of_which_nothing_is_left_is_written_down_and_reported() -> None:
    record = [rebuild(*holding_two()[1:3], status=INTENDED)]
    plan = plan_rebuild(wanted(purchases=(), waive_coverage=True), read(pack(2, None, version=0), record=record))
    assert [text.split()[0] for text in texts(plan)] == ["Verify"]
    assert plan.plan.changed


def test_an_unfinished_deletion_leaves_alone_what_came_since() -> None:
    record = [
        rebuild(*holding_two()[1:3], status=INTENDED, sequence=1),
        operation("install", of=purchase(250, number="9999999"), key_pack_id=3, sequence=2),
    ]
    new = pack(7, 30, version=6)
    plan = plan_rebuild(wanted(), read(pack(3, 250), pack(4, 50, cal_type=0), new, record=record))
    deleted = [text for text in texts(plan) if text.startswith("Delete")]
    assert deleted == ["Delete key pack 4 (50 Windows Server 2022 per device CALs) from rdls02"]
    (warning,) = plan.plan.warnings
    assert "key pack 3 (250 Windows Server 2022 per user CALs), key pack 7 (30 Windows Server 2019" in warning


def test_activation_that_got_lost_says_how_to_go_on() -> None:
    record = [rebuild(*holding_two()[1:3])]
    message = refusal(read(pack(13, None, key_pack_type=4), record=record, activated=False))
    assert "state: activated, then run this task again with change_id: CHG1." in message


def test_an_unfinished_reinstallation_is_looked_for_before_anything_is_asked() -> None:
    begun = operation("reinstall", of=PER_DEVICE, status=INTENDED, sequence=2, before=((3, 250),), change_id=CHANGE)
    record = [rebuild(*holding_two()[1:3], sequence=1), begun]
    arrived = plan_rebuild(wanted(purchases=(PER_DEVICE,), waive_coverage=True), read(record=record))
    assert outcomes(arrived) == ["recorded"]
    with pytest.raises(Refused, match=begun.operation_id):
        plan_rebuild(wanted(purchases=(PER_DEVICE,), waive_coverage=True), read(pack(3, 250), record=record))


def test_a_deletion_that_no_run_reported_is_reported_by_the_next_one() -> None:
    there = [rebuild(*holding_two()[1:3], reported=False, sequence=1)]
    there += [
        operation("reinstall", of=each, key_pack_id=number, sequence=number)
        for number, each in ((14, PER_USER), (15, PER_DEVICE))
    ]
    packs = [pack(14, 250), pack(15, 50, cal_type=0)]
    (step,) = plan_rebuild(wanted(), read(*packs, record=there)).plan.steps
    assert isinstance(step.action, ReportDeletion)
    assert step.changes


def test_other_cals_than_those_of_a_purchase_do_not_count_as_the_purchase() -> None:
    """The license key pack IDs of two purchases were entered in each other's place."""
    swapped = operation(
        "reinstall", of=PER_USER, cals=PER_DEVICE.cals, wanted=PER_USER.cals, key_pack_id=14, sequence=3
    )
    server = read(pack(14, 50, cal_type=0), record=[rebuild(*holding_two()[1:3], sequence=1), swapped])
    with_another_id = replace(PER_USER, acknowledge_missing=swapped.operation_id)
    assert outcomes(plan_rebuild(wanted(purchases=(with_another_id, PER_DEVICE)), server)) == ["acquire", "adopted"]


def test_what_an_interrupted_run_deleted_is_reported_by_the_run_that_finishes() -> None:
    record = [rebuild(*holding_two()[1:3], status=INTENDED)]
    (step,) = (each for each in plan_rebuild(wanted(), read(record=record)).plan.steps if "Verify that" in each.text)
    assert not step.changes
    gone = plan_rebuild(wanted(), read(pack(4, 50, cal_type=0), record=record)).plan.steps
    assert next(each for each in gone if "Verify that" in each.text).changes
