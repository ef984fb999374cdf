# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of operations on key packs whose outcome is unknown: what is seen, and what resolve_operations decides.

That comes first, and is recorded even if the rest of a task is refused: what came is there, whatever was wanted.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    ACQUIRING,
    DONE,
    GIVEN_UP,
    HAND_OVER,
    Operation,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.pack_cals import quantity_in
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquired_packs import (
    acquired,
    cals_in,
    confirmed,
    find_acquired_pack,
    misfit,
    purchased,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Step
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.resolutions import (
    HAD_NO_EFFECT,
    Resolution,
    discarded_values,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.unfinished_operations import (
    alike,
    may_have_brought,
)

# Other modules decide about the rest.
_KINDS = (*ACQUIRING, "remove", "reduce", "convert", HAND_OVER)


@dataclass(frozen=True)
class WriteOperation:
    """Record the outcome of an operation."""

    operation: Operation


@dataclass(frozen=True)
class DiscardValue:
    """Remove a value that cannot be read from the record."""

    value_name: str


# What a decision about an operation comes to.
RecordAction = WriteOperation | DiscardValue


def discard_steps(
    resolutions: Collection[Resolution], recorded: OperationRecord, server: str
) -> list[Step[RecordAction]]:
    """The steps that remove values which cannot be read, as far as they are still there."""
    return [
        Step(f"Remove the unreadable operation '{name}' from the record on {server}", DiscardValue(name))
        for name in discarded_values(resolutions)
        if name in recorded.discarded
    ]


def settle_operations(
    resolutions: Collection[Resolution],
    recorded: OperationRecord,
    packs: Collection[KeyPack],
    server: str,
    purchases: Collection[Purchase] = (),
) -> tuple[OperationRecord, list[Step[RecordAction]]]:
    """The record of a license server with every outcome that is decided or seen, and the steps that write them.

    Args:
        purchases: those of the task; key_pack_id of one says which pack its call brought.

    Raises:
        Refused: a decision contradicts what the server shows.
    """
    recorded, steps = settle_decided(resolutions, recorded, packs, server)
    for operation in recorded.all_unfinished:
        if operation.operation not in ACQUIRING:
            continue
        purchase = next((each for each in purchases if operation.is_of(each)), None)
        pack = _stated(operation, recorded, packs, purchase) or _seen(operation, recorded, packs, purchase)
        if pack:
            seen = confirmed(operation, pack, operation.started)
            what = purchase.title if purchase else f"what operation {operation.operation_id} brought"
            text = f"Record the outcome of an earlier run: {what} is key pack {pack.key_pack_id}"
            steps.append(Step(text, WriteOperation(seen), changes=not operation.reported))
            recorded = recorded.including(seen)
    return recorded, steps


def _stated(
    operation: Operation, recorded: OperationRecord, packs: Collection[KeyPack], purchase: Purchase | None
) -> KeyPack | None:
    """The pack that key_pack_id names, if it came since and holds the CALs of the purchase."""
    if purchase is None or purchase.key_pack_id is None:
        return None
    ruled_out = recorded.accounted_for(operation) | recorded.claims.keys()
    ruled_out |= {pack.key_pack_id for pack in operation.before}
    for pack in packs:
        cals = cals_in(pack)
        if pack.key_pack_id == purchase.key_pack_id and cals and pack.key_pack_id not in ruled_out:
            return None if misfit(purchase.cals, cals) else pack
    return None


def _seen(
    operation: Operation, recorded: OperationRecord, packs: Collection[KeyPack], purchase: Purchase | None
) -> KeyPack | None:
    """The pack that holds exactly what was asked for, if it is nobody's and no other operation can have brought it."""
    cals = operation.cals or (purchase.cals if purchase else None)
    pack = find_acquired_pack(operation.before, packs, cals, recorded.claims.keys(), code=operation.used_code)
    if pack is None or (cals is None and len(may_have_brought(operation, packs, recorded)) > 1):
        return None
    rivals = (other for other in recorded.all_unfinished if other.operation_id != operation.operation_id)
    return None if any(_is_rival(other, pack, packs, recorded) for other in rivals) else pack


def _is_rival(other: Operation, pack: KeyPack, packs: Collection[KeyPack], recorded: OperationRecord) -> bool:
    if other.key_pack_id == pack.key_pack_id:
        return True
    came = may_have_brought(other, packs, recorded)
    return any(each.key_pack_id == pack.key_pack_id and alike(other.cals, each.cals) for each in came)


def settle_decided(
    resolutions: Collection[Resolution], recorded: OperationRecord, packs: Collection[KeyPack], server: str
) -> tuple[OperationRecord, list[Step[RecordAction]]]:
    """The record as it is once the decisions are written, and the steps that write them.

    Raises:
        Refused: a decision contradicts what the server shows.
    """
    steps = discard_steps(resolutions, recorded, server)
    for resolution in resolutions:
        operation = recorded.find(resolution.operation)
        if operation is None or not operation.unfinished or operation.operation not in _KINDS:
            continue
        decided = _decided(resolution, operation, recorded, packs, server)
        recorded = recorded.including(decided)
        word = "had no effect" if decided.status == GIVEN_UP else "took effect"
        text = f"Record that operation {operation.operation_id} ({operation.operation}) {word}, as decided"
        steps.append(Step(text, WriteOperation(decided)))
    return recorded, steps


def _decided(
    resolution: Resolution, operation: Operation, recorded: OperationRecord, packs: Collection[KeyPack], server: str
) -> Operation:
    """What is recorded is what the packs show, not what was asked for."""
    if resolution.outcome == HAD_NO_EFFECT:
        return operation.finish(GIVEN_UP, operation.started)
    where = f"{server}: resolve_operations, operation {operation.operation_id}"
    if operation.operation in ("remove", "reduce"):
        return _with_rest(operation, packs, where)
    if operation.operation not in (*ACQUIRING, "convert"):
        return operation.finish(DONE, operation.started)
    if resolution.key_pack_id is None:
        raise Refused(f"{where}: outcome took_effect requires key_pack_id, the key pack that holds the CALs.")
    pack = next((each for each in packs if each.key_pack_id == resolution.key_pack_id), None)
    if pack is None or cals_in(pack) is None:
        raise Refused(f"{where}: there is no purchased key pack {resolution.key_pack_id}; correct key_pack_id.")
    if operation.operation == "convert":
        return _with_converted(operation, pack, where)
    if pack.key_pack_id in recorded.accounted_for(operation):
        owner = recorded.claims.get(pack.key_pack_id) or recorded.strays.get(pack.key_pack_id)
        of = f" (operation {owner.operation_id})" if owner else ""
        raise Refused(f"{where}: key pack {pack.key_pack_id} is recorded as another purchase{of}; correct key_pack_id.")
    return confirmed(operation, pack, operation.started)


def _with_rest(operation: Operation, packs: Collection[KeyPack], where: str) -> Operation:
    """A removal took what is no longer there."""
    now = quantity_in(purchased(packs), operation.key_pack_id or 0)
    before = [pack for pack in operation.before if pack.key_pack_id == operation.key_pack_id]
    if operation.operation == "remove" and any(pack.key_pack_id == operation.key_pack_id for pack in packs):
        raise Refused(f"{where} took effect, but key pack {operation.key_pack_id} is still there; correct the outcome.")
    if operation.operation == "remove" or not before:
        return operation.finish(DONE, operation.started)
    if now >= before[0].quantity:
        raise Refused(
            f"{where} took effect, but key pack {operation.key_pack_id} holds {now} CALs and held "
            f"{before[0].quantity} before; correct the outcome."
        )
    return operation.finish(DONE, operation.started, cals=before[0].of_quantity(before[0].quantity - now).cals)


def _with_converted(operation: Operation, pack: KeyPack, where: str) -> Operation:
    came = {each.key_pack_id: each.cals for each in acquired(operation.before, [pack])}
    known = any(each.key_pack_id == pack.key_pack_id for each in operation.before)
    cals = came.get(pack.key_pack_id) or (None if known else cals_in(pack))
    if cals is None or (operation.cals and cals.kind != operation.cals.kind):
        wanted = f" of {operation.cals.title}" if operation.cals else ""
        raise Refused(
            f"{where}: key pack {pack.key_pack_id} holds {pack.cals.title}, which are not the result of the "
            f"conversion{wanted}; correct key_pack_id or the outcome."
        )
    grew = any(each.key_pack_id == pack.key_pack_id and each.cals.kind == cals.kind for each in operation.before)
    return operation.finish(DONE, operation.started, cals=cals, result_key_pack_id=pack.key_pack_id, grew=grew)
