# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Removing, reducing and converting a key pack: states, and one action that happens once for each change ID."""

from __future__ import annotations

import typing as t
from collections.abc import Callable
from dataclasses import replace

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    DONE,
    INTENDED,
    NOT_DONE,
    Operation,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.key_pack_changes import (
    Convert,
    Inventory,
    RecordOutcome,
    RemoveCals,
    plan_conversion,
    plan_reduction,
    plan_removal,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Plan

from tests.unit.builders import (
    LONG_AFTER,
    PER_DEVICE,
    SOON_AFTER,
    built_in_pack,
    cals,
    operation,
    pack,
    purchase,
    temporary_pack,
)

PER_USER = 1


def inventory(*packs: KeyPack, record: tuple[Operation, ...] = ()) -> Inventory:
    """A server with these packs and this record."""
    return Inventory("rdls02", packs, OperationRecord(record), LONG_AFTER)


def texts(plan: Plan[object]) -> list[str]:
    """The steps in words."""
    return [step.text for step in plan.steps]


def recorded(plan: Plan[object]) -> Operation:
    """What the first step writes down of an earlier run's call."""
    action = plan.steps[0].action
    assert isinstance(action, RecordOutcome)
    return action.operation


def converted(status: str = DONE, *, key_pack_id: int = 3, quantity: int = 40, **fields: t.Any) -> Operation:
    """A conversion under CHG1 to per device CALs, begun with key pack 3 of 100 and key pack 4 of 50 on the server."""
    return operation(
        "convert",
        status=status,
        change_id="CHG1",
        key_pack_id=key_pack_id,
        cals=cals(quantity, cal_type=PER_DEVICE),
        before=((3, 100), (4, 50)),
        **fields,
    )


def test_a_pack_is_removed() -> None:
    plan = plan_removal(3, inventory(pack(3), pack(4, 50)))
    assert texts(plan) == ["Remove 100 Windows Server 2022 per user CALs (key pack 3) from rdls02"]
    assert [line.split()[0] for line in plan.diff[0]["after"].splitlines()] == ["key", "4"]


def test_the_last_pack_is_removed() -> None:
    assert plan_removal(3, inventory(built_in_pack(), pack(3))).diff[0]["after"] == "no purchased RDS CALs\n"


def test_a_pack_that_is_not_there_needs_no_removal() -> None:
    assert not plan_removal(7, inventory(pack(3))).steps


def test_a_pack_that_was_emptied_needs_no_removal() -> None:
    """Some servers keep it, as one of an unknown kind."""
    assert not plan_removal(3, inventory(pack(3, 0, key_pack_type=7))).steps


def test_a_recorded_pack_that_somebody_removed_is_taken_out_of_the_record() -> None:
    plan = plan_removal(3, inventory(record=(operation(of=purchase(), key_pack_id=3),)))
    assert texts(plan) == ["Record that key pack 3 is no longer on rdls02"]
    assert plan.changed


@pytest.mark.parametrize(
    ("other", "kind"),
    [
        (built_in_pack(3), "built into Windows"),
        (temporary_pack(3), "temporary"),
        (pack(3, key_pack_type=7), "of an unknown kind"),
        (pack(3, key_pack_type=0), "of an unknown kind"),
    ],
)
def test_packs_that_nobody_bought_are_never_touched(other: KeyPack, kind: str) -> None:
    there = inventory(other)
    plans: list[Callable[[], Plan[object]]] = [
        lambda: plan_removal(3, there),
        lambda: plan_reduction(3, 10, there),
        lambda: plan_conversion(3, PER_DEVICE, None, "CHG1", there),
    ]
    for plan in plans:
        with pytest.raises(Refused, match=f"^rdls02: key pack 3 .* is {kind}; only purchased packs are changed"):
            plan()


def test_a_pack_is_reduced_to_a_quantity() -> None:
    plan = plan_reduction(3, 60, inventory(pack(3, 100)))
    assert texts(plan) == ["Remove 40 Windows Server 2022 per user CALs (part of key pack 3) from rdls02"]
    assert "3         Windows Server 2022  per user  60    -\n" in plan.diff[0]["after"]


def test_a_pack_of_that_quantity_stays_as_it_is() -> None:
    assert not plan_reduction(3, 100, inventory(pack(3, 100))).steps


@pytest.mark.parametrize("quantity", [0, -1])
def test_reducing_to_nothing_is_removing(quantity: int) -> None:
    with pytest.raises(Refused, match=f"cannot be reduced to {quantity} CALs; use state: absent"):
        plan_reduction(3, quantity, inventory(pack(3)))


def test_a_pack_is_never_made_larger() -> None:
    with pytest.raises(Refused, match="holds 100 Windows Server 2022 per user CALs, fewer than the requested 101"):
        plan_reduction(3, 101, inventory(pack(3)))


@pytest.mark.parametrize(
    ("packs", "there"), [([pack(4), pack(5)], "4, 5"), ([], "none"), ([built_in_pack(), temporary_pack()], "none")]
)
def test_reducing_or_converting_a_pack_that_is_not_there(packs: list[KeyPack], there: str) -> None:
    message = f"^rdls02: there is no key pack 3; purchased packs: {there}\\."
    with pytest.raises(Refused, match=message):
        plan_reduction(3, 10, inventory(*packs))
    with pytest.raises(Refused, match=message):
        plan_conversion(3, PER_DEVICE, None, "CHG1", inventory(*packs))


def test_a_whole_pack_is_converted() -> None:
    plan = plan_conversion(3, PER_DEVICE, None, "CHG1", inventory(pack(3, 100), pack(4, 50)))
    assert texts(plan) == ["Convert 100 Windows Server 2022 per user CALs (key pack 3) to per device, for change CHG1"]
    assert [line.split()[0] for line in plan.diff[0]["after"].splitlines()] == ["key", "4", "new"]


def test_a_part_of_a_pack_is_converted_and_keeps_its_purchase() -> None:
    there = inventory(pack(3, 100), record=(operation(of=purchase(), key_pack_id=3),))
    plan = plan_conversion(3, PER_DEVICE, 40, "CHG1", there)
    assert plan.steps[0].action == Convert(3, cals(40, cal_type=PER_DEVICE), "CHG1")
    assert plan.diff[0]["after"].splitlines()[1:] == [
        "3         Windows Server 2022  per user    60    Enterprise Agreement ****4567",
        "new       Windows Server 2022  per device  40    Enterprise Agreement ****4567",
    ]


def test_a_pack_of_that_type_needs_no_conversion() -> None:
    assert not plan_conversion(3, PER_USER, None, "CHG1", inventory(pack(3))).steps


@pytest.mark.parametrize("quantity", [0, -1, 101])
def test_more_cals_than_there_are_cannot_be_converted_nor_none(quantity: int) -> None:
    with pytest.raises(Refused, match=f"{quantity} CALs of key pack 3 cannot be converted; it holds 100 Windows"):
        plan_conversion(3, PER_DEVICE, quantity, "CHG1", inventory(pack(3)))


def test_a_change_happens_once() -> None:
    there = inventory(pack(3, 60), pack(8, 40, cal_type=PER_DEVICE), record=(converted(result_key_pack_id=8),))
    assert not plan_conversion(3, PER_DEVICE, 40, "CHG1", there).steps
    assert texts(plan_conversion(3, PER_DEVICE, 40, "CHG2", there)) != []


def test_a_change_that_is_done_needs_no_pack_any_more() -> None:
    assert not plan_conversion(3, PER_DEVICE, None, "CHG1", inventory(record=(converted(),))).steps


@pytest.mark.parametrize("status", [DONE, INTENDED])
def test_a_change_that_stands_for_another_pack_is_not_passed_over_in_silence(status: str) -> None:
    there = inventory(pack(3), pack(4, 50), record=(converted(status),))
    with pytest.raises(Refused, match=r"change CHG1 is already the conversion of key pack 3; set .* key pack 4"):
        plan_conversion(4, PER_DEVICE, None, "CHG1", there)


def test_a_change_that_came_to_nothing_is_free_again() -> None:
    there = inventory(pack(3), pack(4, 50), record=(converted(NOT_DONE),))
    assert len(plan_conversion(3, PER_DEVICE, 40, "CHG1", there).steps) == 1
    assert len(plan_conversion(4, PER_DEVICE, 40, "CHG1", there).steps) == 1


@pytest.mark.parametrize(
    ("packs", "result"),
    [
        ([pack(3, 60), pack(4, 50), pack(8, 40, cal_type=PER_DEVICE)], 8),
        ([pack(3, 60), pack(4, 90, cal_type=PER_DEVICE)], 4),
    ],
    ids=["a pack of its own", "a pack of the type that was there"],
)
def test_what_an_interrupted_conversion_made_is_recorded(packs: list[KeyPack], result: int) -> None:
    plan = plan_conversion(3, PER_DEVICE, 40, "CHG1", inventory(*packs, record=(converted(INTENDED),)))
    assert texts(plan) == ["Record the outcome of an earlier run: convert 000001-00c0ffee is done"]
    assert recorded(plan).result_key_pack_id == result
    assert plan.changed, "the run that made the call may have had no time to say so"
    reported = replace(converted(INTENDED), reported=True)
    assert not plan_conversion(3, PER_DEVICE, 40, "CHG1", inventory(*packs, record=(reported,))).changed


def test_a_whole_pack_may_have_changed_its_type_in_its_place() -> None:
    there = inventory(pack(3, 100, cal_type=PER_DEVICE), record=(converted(INTENDED, quantity=100),))
    plan = plan_conversion(3, PER_DEVICE, None, "CHG1", there)
    assert recorded(plan).result_key_pack_id == 3


def test_an_interrupted_conversion_of_a_whole_pack() -> None:
    there = inventory(pack(8, 100, cal_type=PER_DEVICE), record=(converted(INTENDED, quantity=100),))
    assert recorded(plan_conversion(3, PER_DEVICE, None, "CHG1", there)).result_key_pack_id == 8


def test_an_interrupted_conversion_that_made_nothing_goes_on() -> None:
    begun = converted(INTENDED)
    plan = plan_conversion(3, PER_DEVICE, 40, "CHG1", inventory(pack(3, 100), pack(4, 50), record=(begun,)))
    assert plan.steps[0].action == Convert(3, cals(40, cal_type=PER_DEVICE), "CHG1", begun)


@pytest.mark.parametrize(
    "packs",
    [
        [pack(3, 60), pack(4, 50)],
        [pack(3, 70), pack(4, 50), pack(8, 40, cal_type=PER_DEVICE)],
        [pack(3, 100), pack(4, 50), pack(8, 40, cal_type=PER_DEVICE)],
        [],
    ],
    ids=["gone and nothing made", "another number gone", "made and nothing gone", "all gone"],
)
def test_an_interrupted_conversion_that_is_unclear_is_for_an_administrator(packs: list[KeyPack]) -> None:
    with pytest.raises(Refused) as caught:
        plan_conversion(3, PER_DEVICE, 40, "CHG1", inventory(*packs, record=(converted(INTENDED),)))
    assert "convert" in str(caught.value)
    assert "resolve_operations: [{operation: 000001-00c0ffee, outcome: had_no_effect}]" in str(caught.value)


REDUCE = operation("reduce", status=INTENDED, key_pack_id=3, cals=cals(40), before=(pack(3, 100).pack_cals,))
REMOVE = operation("remove", status=INTENDED, key_pack_id=3, cals=cals(100), before=(pack(3, 100).pack_cals,))


@pytest.mark.parametrize("begun", [REDUCE, REMOVE, converted(INTENDED)], ids=lambda each: str(each.operation))
def test_while_the_server_may_be_at_work_on_a_pack_nothing_else_is_done_to_it(begun: Operation) -> None:
    """A part that is asked for again too early goes twice."""
    there = replace(inventory(pack(3, 100), pack(4, 50), record=(begun,)), outcome=SOON_AFTER)
    plans: list[Callable[[], Plan[object]]] = [
        lambda: plan_removal(3, there),
        lambda: plan_reduction(3, 60, there),
        lambda: plan_conversion(3, PER_DEVICE, 40, "CHG1", there),
    ]
    for plan in plans:
        with pytest.raises(Refused, match=r"operation 000001-00c0ffee was begun .* may still be working on it"):
            plan()
    assert plan_removal(4, there).changed or begun.operation == "convert"


@pytest.mark.parametrize("begun", [REDUCE, REMOVE], ids=lambda each: str(each.operation))
def test_after_that_what_had_no_effect_is_closed_and_made_again(begun: Operation) -> None:
    plan = plan_reduction(3, 60, inventory(pack(3, 100), record=(begun,)))
    assert isinstance(plan.steps[0].action, RemoveCals)
    assert plan.steps[0].action.closes == begun


def test_what_an_interrupted_reduction_did_is_recorded_and_not_done_again() -> None:
    """Whatever its age: what is seen is done."""
    there = replace(inventory(pack(3, 60), record=(REDUCE,)), outcome=SOON_AFTER)
    plan = plan_reduction(3, 60, there)
    assert texts(plan) == ["Record the outcome of an earlier run: reduce 000001-00c0ffee is done"]
    assert plan.changed
    more = plan_reduction(3, 20, there)
    assert [step.text.split()[0] for step in more.steps] == ["Record", "Remove"]


def test_what_an_interrupted_removal_did_is_recorded() -> None:
    plan = plan_removal(3, inventory(record=(REMOVE,)))
    assert texts(plan) == ["Record the outcome of an earlier run: remove 000001-00c0ffee is done"]


@pytest.mark.parametrize("now", [80, 59, 140])
def test_a_reduction_that_cannot_be_told_is_for_an_administrator(now: int) -> None:
    with pytest.raises(Refused, match="resolve_operations"):
        plan_reduction(3, 50, inventory(pack(3, now), record=(REDUCE,)))


def test_what_an_unfinished_installation_may_have_brought_is_not_removed() -> None:
    begun = operation(of=purchase(), status=INTENDED)
    with pytest.raises(Refused, match="key pack 3 may be its result"):
        plan_removal(3, inventory(pack(3), record=(begun,)))
    assert plan_removal(3, inventory(pack(3, 50, cal_type=0), record=(begun,))).changed


def test_a_reduction_by_somebody_else_is_recorded_on_request() -> None:
    """Otherwise the purchase would look as if it had got lost."""
    installed = operation(of=purchase(), key_pack_id=3)
    plan = plan_reduction(3, 60, inventory(pack(3, 60), record=(installed,)))
    assert texts(plan) == ["Record that key pack 3 holds 60 CALs, no longer 100"]
    assert not plan_reduction(3, 60, inventory(pack(3, 60))).steps
