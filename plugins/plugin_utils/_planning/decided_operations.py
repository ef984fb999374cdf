# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What resolve_operations makes of operations on key packs whose outcome is unknown."""

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
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquired_packs import cals_in, misfit
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Step
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.resolutions import (
    HAD_NO_EFFECT,
    Resolution,
    discarded_values,
)

# Other modules decide about the rest.
_KINDS = (*ACQUIRING, "remove", "reduce", "convert", HAND_OVER)


@dataclass(frozen=True)
class WriteOperation:
    """Write down what became of an operation."""

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
    if resolution.outcome == HAD_NO_EFFECT:
        return operation.finish(GIVEN_UP, operation.started)
    if operation.operation == "remove" and any(pack.key_pack_id == operation.key_pack_id for pack in packs):
        raise Refused(
            f"{server}: resolve_operations says that operation {operation.operation_id} took effect, but key pack "
            f"{operation.key_pack_id} is still there; correct the outcome."
        )
    if operation.operation not in (*ACQUIRING, "convert"):
        return operation.finish(DONE, operation.started)
    return _with_pack(resolution, operation, recorded, packs, server)


def _with_pack(
    resolution: Resolution, operation: Operation, recorded: OperationRecord, packs: Collection[KeyPack], server: str
) -> Operation:
    """What is recorded is what the pack shows, not what was asked for."""
    where = f"{server}: resolve_operations, operation {operation.operation_id}"
    if resolution.key_pack_id is None:
        raise Refused(f"{where}: outcome took_effect requires key_pack_id, the key pack that holds the CALs.")
    pack = next((each for each in packs if each.key_pack_id == resolution.key_pack_id), None)
    cals = cals_in(pack) if pack else None
    if pack is None or cals is None:
        raise Refused(f"{where}: there is no purchased key pack {resolution.key_pack_id}; correct key_pack_id.")
    if operation.operation == "convert":
        return operation.finish(DONE, operation.started, result_key_pack_id=pack.key_pack_id)
    owner = recorded.claims.get(pack.key_pack_id)
    if owner:
        raise Refused(
            f"{where}: key pack {pack.key_pack_id} is recorded as another purchase (operation {owner.operation_id}); "
            f"correct key_pack_id."
        )
    return operation.finish(
        DONE, operation.started, key_pack_id=pack.key_pack_id, cals=cals, wanted=misfit(operation.cals, cals)
    )
