# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Installing purchases, and removing, reducing or converting a key pack that is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import cal_type_title
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    DONE,
    Operation,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.pack_cals import (
    PackCals,
    quantity_in,
    titles,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals, Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquired_packs import (
    find_acquired_pack,
    purchased,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquisition import (
    Decision,
    PurchaseMatcher,
    refuse_unknowable,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquisition_steps import (
    PurchaseAction,
    check_acquisitions,
    rows_after,
    steps_for,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.decided_operations import RecordAction
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Plan, Step, View
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.situation import Situation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.tables import (
    PackRow,
    pack_rows,
    pack_table,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.unfinished_operations import (
    OutcomeRule,
    claimant,
)


@dataclass(frozen=True)
class Inventory:
    """The key packs of a server and its record: all that removing, reducing and converting look at."""

    server: str
    packs: tuple[KeyPack, ...]
    recorded: OperationRecord
    outcome: OutcomeRule = field(default_factory=OutcomeRule)


@dataclass(frozen=True)
class RemoveCals:
    """Remove CALs from a pack, and write it down. C(closes) is an earlier run's attempt that had no effect."""

    cals: PackCals
    whole: bool
    closes: Operation | None = None


@dataclass(frozen=True)
class RecordGone:
    """Write down that a recorded pack, or a part of it, was removed by somebody else."""

    cals: PackCals
    whole: bool


@dataclass(frozen=True)
class Convert:
    """Convert CALs of a pack to another type. C(closes) is an earlier run's attempt that had no effect."""

    key_pack_id: int
    converted: Cals
    change_id: str
    closes: Operation | None = None


@dataclass(frozen=True)
class RecordOutcome:
    """Write down what came of an earlier run's call."""

    operation: Operation


KeyPackAction = RemoveCals | RecordGone | Convert | RecordOutcome | RecordAction


def plan_installs(
    purchases: Sequence[Purchase], situation: Situation, *, adopt: bool
) -> tuple[tuple[Decision, ...], Plan[PurchaseAction]]:
    """Decide what to install. Raises Refused."""
    decisions = decide_installs(purchases, situation, adopt=adopt)
    warnings = check_acquisitions(decisions, situation)
    rows = pack_rows(situation.packs, situation.recorded)
    view = View(f"{situation.server}: RDS CALs", pack_table(rows), pack_table(rows_after(rows, decisions)))
    return tuple(decisions), Plan(tuple(steps_for(decisions, verb="Install")), (view,), tuple(warnings))


def decide_installs(
    purchases: Sequence[Purchase], situation: Situation, *, adopt: bool, reinstalls: bool = False
) -> list[Decision]:
    """Decide for purchases that are to be on the server, however they got there.

    Args:
        reinstalls: the task brings back what a rebuild has deleted.

    Raises:
        Refused: something would be done twice, or what is there is unclear.
    """
    matcher = PurchaseMatcher(situation, adopt=adopt, reinstalls=reinstalls)
    known = matcher.known_of(purchases)
    return [known.get(purchase.sha256) or _decide_install(matcher, purchase) for purchase in purchases]


def _decide_install(matcher: PurchaseMatcher, purchase: Purchase) -> Decision:
    matcher.require_not_handed_over(purchase)
    if matcher.adopt and not matcher.unfinished(purchase):
        if purchase.cals:
            pack = matcher.fitting(purchase, purchase.cals)
            if pack:
                return matcher.take(purchase, pack)
        else:
            refuse_unknowable(matcher, purchase)
    return matcher.acquire(purchase, purchase.cals)


def plan_removal(key_pack_id: int, inventory: Inventory) -> Plan[KeyPackAction]:
    """Plan the removal of a key pack.

    Raises:
        Refused: it is not a purchased one, or an earlier change to it has no outcome.
    """
    earlier, steps, inventory = settle_earlier(key_pack_id, inventory)
    pack = _find(key_pack_id, inventory)
    if pack:
        return _removing(pack.pack_cals, inventory, steps, whole=True, closes=earlier)
    holding = inventory.recorded.holding_of(key_pack_id)
    if holding:
        text = f"Record that key pack {key_pack_id} is no longer on {inventory.server}"
        cals = next(each for each in holding.packs if each.key_pack_id == key_pack_id)
        steps = [*steps, Step(text, RecordGone(cals, whole=True))]
    return Plan(tuple(steps))


def plan_reduction(key_pack_id: int, quantity: int, inventory: Inventory) -> Plan[KeyPackAction]:
    """Plan the reduction of a key pack.

    Raises:
        Refused: the pack is not there, is not a purchased one, or holds fewer already; or an earlier change to it has
            no outcome.
    """
    earlier, steps, inventory = settle_earlier(key_pack_id, inventory)
    pack = _require(key_pack_id, inventory).pack_cals
    if quantity < 1:
        raise Refused(f"{inventory.server}: a key pack cannot be reduced to {quantity} CALs; use state: absent.")
    if quantity > pack.quantity:
        raise Refused(
            f"{inventory.server}: key pack {key_pack_id} holds {pack.cals.title}, fewer than the requested {quantity}. "
            f"To add CALs, use state: present with a purchase."
        )
    if quantity < pack.quantity:
        cals = pack.of_quantity(pack.quantity - quantity)
        return _removing(cals, inventory, steps, whole=False, closes=earlier)
    return Plan((*steps, *_reduced_by_somebody(pack, inventory)))


def plan_conversion(
    key_pack_id: int, cal_type: int, quantity: int | None, change_id: str, inventory: Inventory
) -> Plan[KeyPackAction]:
    """Plan a conversion of CALs to the other type, once for each change ID.

    Raises:
        Refused: the pack is not there, is not a purchased one or holds fewer CALs; or an earlier change to it has no
            outcome.
    """
    earlier = inventory.recorded.by_change("convert", change_id)
    if earlier and (earlier.unfinished or earlier.status == DONE) and earlier.key_pack_id != key_pack_id:
        raise Refused(
            f"{inventory.server}: change {change_id} is already the conversion of key pack {earlier.key_pack_id}; set "
            f"a different change_id for the conversion of key pack {key_pack_id}."
        )
    if earlier and earlier.status == DONE:
        return Plan()
    closes, steps, inventory = settle_earlier(key_pack_id, inventory)
    if steps and earlier:
        return Plan(tuple(steps))
    pack = _require(key_pack_id, inventory)
    if pack.cals.cal_type == cal_type:
        return Plan(tuple(steps))
    wanted = pack.cals.quantity if quantity is None else quantity
    if not 1 <= wanted <= pack.cals.quantity:
        raise Refused(
            f"{inventory.server}: {wanted} CALs of key pack {key_pack_id} cannot be converted; it holds "
            f"{pack.cals.title}."
        )
    converted = Cals(pack.cals.product_version, cal_type, wanted)
    before = pack.pack_cals.of_quantity(wanted)
    text = f"Convert {before.title} to {cal_type_title(cal_type)}, for change {change_id}"
    step = Step(text, Convert(key_pack_id, converted, change_id, closes))
    view = _view(inventory, before, converted, whole=wanted == pack.cals.quantity)
    return Plan((*steps, step), (view,))


def effect_of(operation: Operation, packs: Sequence[KeyPack]) -> Operation | None:
    """The operation as done if the key packs show exactly its effect; else None."""
    if operation.key_pack_id is None:
        return None
    before = quantity_in(operation.before, operation.key_pack_id)
    now = quantity_in(purchased(packs), operation.key_pack_id)
    if operation.operation == "convert":
        return _conversion_seen(operation, packs, before, now)
    taken = operation.cals.quantity if operation.cals and operation.operation == "reduce" else before
    return replace(operation, status=DONE) if now == before - taken and before else None


def is_untouched(operation: Operation, packs: Sequence[KeyPack]) -> bool:
    """Whether the pack of an operation is as it was before it."""
    before = {pack for pack in operation.before if pack.key_pack_id == operation.key_pack_id}
    now = {pack for pack in purchased(packs) if pack.key_pack_id == operation.key_pack_id}
    quantities = {pack.quantity for pack in before} == {pack.quantity for pack in now}
    made = operation.operation == "convert" and find_acquired_pack(operation.before, packs, operation.cals, ())
    return bool(before) and quantities and not made


def _conversion_seen(operation: Operation, packs: Sequence[KeyPack], before: int, now: int) -> Operation | None:
    if operation.cals is None:
        return None
    for pack in purchased(packs):
        if pack.key_pack_id == operation.key_pack_id and pack.cals.cal_type == operation.cals.cal_type:
            return replace(operation, status=DONE, result_key_pack_id=pack.key_pack_id)
    made = find_acquired_pack(operation.before, packs, operation.cals, ())
    if made is None or now != before - operation.cals.quantity:
        return None
    grew = any(pack.key_pack_id == made.key_pack_id for pack in operation.before)
    return replace(operation, status=DONE, result_key_pack_id=made.key_pack_id, grew=grew)


def settle_earlier(
    key_pack_id: int, inventory: Inventory
) -> tuple[Operation | None, list[Step[KeyPackAction]], Inventory]:
    """An earlier change to a pack that has no outcome: what came of it, or that it had no effect.

    Returns:
        The operation that had no effect, if any; the step that records one that had; and what is known then.

    Raises:
        Refused: the server may be at work on it, or the packs do not tell.
    """
    earlier = claimant(inventory.recorded, inventory.packs, key_pack_id)
    if earlier is None:
        return None, [], inventory
    what = f"the change to key pack {key_pack_id} ({earlier.operation})"
    if earlier.key_pack_id == key_pack_id:
        seen = effect_of(earlier, inventory.packs)
        if seen:
            text = f"Record the outcome of an earlier run: {earlier.operation} {earlier.operation_id} is done"
            step = Step(text, RecordOutcome(seen), changes=not earlier.reported)
            return None, [step], replace(inventory, recorded=inventory.recorded.including(seen))
        if is_untouched(earlier, inventory.packs):
            inventory.outcome.require_over(inventory.server, earlier, what)
            return earlier, [], inventory
        was = titles(pack for pack in earlier.before if pack.key_pack_id == key_pack_id) or "an unknown number of CALs"
        now = titles(pack for pack in purchased(inventory.packs) if pack.key_pack_id == key_pack_id) or "none of them"
        inventory.outcome.require_decision(
            inventory.server, earlier, what, f"the server held {was} before it and holds {now} now"
        )
    inventory.outcome.require_decision(
        inventory.server, earlier, f"operation {earlier.operation}", f"key pack {key_pack_id} may be its result"
    )
    return None, [], inventory


def _reduced_by_somebody(pack: PackCals, inventory: Inventory) -> list[Step[KeyPackAction]]:
    """A recorded pack holds fewer CALs than recorded, and that is what is wanted."""
    holding = inventory.recorded.holding_of(pack.key_pack_id)
    recorded = quantity_in(holding.packs, pack.key_pack_id) if holding else 0
    if recorded <= pack.quantity:
        return []
    gone = pack.of_quantity(recorded - pack.quantity)
    text = f"Record that key pack {pack.key_pack_id} holds {pack.quantity} CALs, no longer {recorded}"
    return [Step(text, RecordGone(gone, whole=False))]


def _find(key_pack_id: int, inventory: Inventory) -> KeyPack | None:
    for pack in inventory.packs:
        if pack.key_pack_id == key_pack_id:
            if pack.total == 0 and not pack.built_in and not pack.temporary:
                # Some servers keep an emptied pack, as one of an unknown kind.
                return None
            if not pack.purchased:
                kind = (
                    "built into Windows" if pack.built_in else "temporary" if pack.temporary else "of an unknown kind"
                )
                raise Refused(
                    f"{inventory.server}: key pack {key_pack_id} ({pack.type_and_model or pack.description}) is "
                    f"{kind}; only purchased packs are changed."
                )
            return pack
    return None


def _require(key_pack_id: int, inventory: Inventory) -> KeyPack:
    pack = _find(key_pack_id, inventory)
    if pack is None:
        there = ", ".join(str(each.key_pack_id) for each in inventory.packs if each.purchased) or "none"
        raise Refused(
            f"{inventory.server}: there is no key pack {key_pack_id}; purchased packs: {there}. Check key_pack_id."
        )
    return pack


def _removing(
    cals: PackCals, inventory: Inventory, steps: Sequence[Step[KeyPackAction]], *, whole: bool, closes: Operation | None
) -> Plan[KeyPackAction]:
    what = cals.title if whole else f"{cals.cals.title} (part of key pack {cals.key_pack_id})"
    step = Step(f"Remove {what} from {inventory.server}", RemoveCals(cals, whole, closes))
    return Plan((*steps, step), (_view(inventory, cals, None, whole=whole),))


def _view(inventory: Inventory, removed: PackCals, converted: Cals | None, *, whole: bool) -> View:
    rows = pack_rows(inventory.packs, inventory.recorded)
    after = []
    label = ""
    for row in rows:
        if row.key_pack_id != removed.key_pack_id or row.cals is None:
            after.append(row)
            continue
        label = row.purchase
        if not whole:
            after.append(replace(row, cals=replace(row.cals, quantity=row.cals.quantity - removed.quantity)))
    if converted:
        after.append(PackRow(None, converted, label))
    return View(f"{inventory.server}: RDS CALs", pack_table(rows), pack_table(after))
