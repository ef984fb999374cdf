# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state that follows from the recorded operations: purchases, key packs and unfinished operations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    ACQUIRING,
    DONE,
    GIVEN_UP,
    HAND_OVER,
    NOT_DONE,
    REBUILD,
    REMOVAL_PENDING,
    SETTLE,
    Operation,
    fingerprint_of,
    short_sha256,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.pack_cals import (
    UNKNOWN_VERSION,
    PackCals,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals


@dataclass(frozen=True)
class Holding:
    """A purchase that is recorded on the server, and the CALs that its key packs should hold.

    Attributes:
        packs: several after a conversion.
        later: the operations that changed them since.
        grown: those that also hold CALs of something else.
    """

    operation: Operation
    packs: tuple[PackCals, ...]
    later: tuple[Operation, ...] = ()
    grown: frozenset[int] = frozenset()

    @property
    def key_pack_ids(self) -> frozenset[int]:
        """The key packs of the purchase."""
        return frozenset(pack.key_pack_id for pack in self.packs)


@dataclass(frozen=True)
class Deleted:
    """A purchase whose CALs a rebuild has deleted and not reinstalled yet."""

    acquired: Operation
    rebuild: Operation


@dataclass
class _Fold:
    holdings: dict[str, Holding] = field(default_factory=dict)
    unfinished: dict[str, Operation] = field(default_factory=dict)
    strays: dict[int, Operation] = field(default_factory=dict)
    astray: dict[str, Operation] = field(default_factory=dict)
    grown: set[int] = field(default_factory=set)
    handed_over: dict[str, Operation] = field(default_factory=dict)
    deleted: dict[str, Deleted] = field(default_factory=dict)

    def add(self, operation: Operation) -> None:
        if operation.unfinished:
            self.unfinished[operation.operation_id] = operation
        if operation.operation in ACQUIRING and operation.purchase:
            self._acquisition(operation, short_sha256(operation.purchase.sha256))
        elif operation.status == DONE:
            self._change(operation)

    def _acquisition(self, operation: Operation, sha256: str) -> None:
        self._drop_unfinished(operation)
        if operation.status != DONE or operation.key_pack_id is None:
            return
        if operation.grew:
            self.grown.add(operation.key_pack_id)
        if operation.misfit:
            self.strays[operation.key_pack_id] = operation
            self.astray[sha256] = operation
            return
        self.strays.pop(operation.key_pack_id, None)
        self.astray.pop(sha256, None)
        if operation.operation == "adopt":
            self._take_over(operation.key_pack_id, sha256)
        self.handed_over.pop(sha256, None)
        self.deleted.pop(sha256, None)
        self.holdings[sha256] = Holding(operation, _packs_of(operation))

    def _take_over(self, key_pack_id: int, by: str) -> None:
        """A key pack that is adopted for a purchase is no longer that of another one."""
        for sha256, holding in list(self.holdings.items()):
            if sha256 != by and key_pack_id in holding.key_pack_ids:
                packs = tuple(pack for pack in holding.packs if pack.key_pack_id != key_pack_id)
                if packs:
                    self.holdings[sha256] = replace(holding, packs=packs)
                else:
                    self.astray[sha256] = self.holdings.pop(sha256).operation

    def _drop_unfinished(self, operation: Operation) -> None:
        """A later operation on a purchase says that the earlier ones are settled."""
        for each in list(self.unfinished.values()):
            if each is operation or each.purchase is None or operation.purchase is None:
                continue
            if short_sha256(each.purchase.sha256) == short_sha256(operation.purchase.sha256):
                del self.unfinished[each.operation_id]

    def _change(self, operation: Operation) -> None:
        key_pack_id, cals = operation.key_pack_id, operation.cals
        if operation.operation == "missing" and operation.purchase:
            self._drop_unfinished(operation)
            sha256 = short_sha256(operation.purchase.sha256)
            self.holdings.pop(sha256, None)
            self.handed_over.pop(sha256, None)
            self.deleted.pop(sha256, None)
            self.astray.pop(sha256, None)
        elif operation.operation == "remove" and key_pack_id is not None:
            self.strays.pop(key_pack_id, None)
            self._take(operation, [key_pack_id])
        elif operation.operation == "reduce" and key_pack_id is not None and cals:
            self._take(operation, [key_pack_id], {key_pack_id: cals.quantity})
        elif operation.operation == "convert" and key_pack_id is not None:
            self._convert(operation, key_pack_id, cals or Cals(UNKNOWN_VERSION, UNKNOWN_VERSION, 0))
        elif operation.operation == HAND_OVER:
            taken = {pack.key_pack_id: pack.quantity for pack in operation.taken}
            self._take(operation, taken, taken)
        elif operation.operation == REBUILD:
            # Nothing from before is left, and the numbers of the key packs may be given out anew.
            for sha256, holding in self.holdings.items():
                self.deleted[sha256] = Deleted(holding.operation, operation)
            self.holdings.clear()
            self.strays.clear()
            self.grown.clear()
            self.unfinished = {
                each.operation_id: each for each in self.unfinished.values() if each.operation not in ACQUIRING
            }

    def _take(self, operation: Operation, ids: Iterable[int], quantities: Mapping[int, int] | None = None) -> None:
        ids = set(ids)
        for sha256, holding in list(self.holdings.items()):
            if not ids & holding.key_pack_ids:
                continue
            packs = [
                pack.of_quantity(pack.quantity - (quantities or {}).get(pack.key_pack_id, pack.quantity))
                if pack.key_pack_id in ids
                else pack
                for pack in holding.packs
            ]
            self._replace(sha256, holding, [pack for pack in packs if pack.quantity > 0], operation)

    def _convert(self, operation: Operation, key_pack_id: int, converted: Cals) -> None:
        for sha256, holding in list(self.holdings.items()):
            if key_pack_id not in holding.key_pack_ids:
                continue
            packs = [
                pack.of_quantity(pack.quantity - converted.quantity) if pack.key_pack_id == key_pack_id else pack
                for pack in holding.packs
            ]
            result = operation.result_key_pack_id
            if result is not None:
                self.grown |= {result} if operation.grew else set()
                packs.append(PackCals(result, converted))
            self._replace(sha256, holding, [pack for pack in packs if pack.quantity > 0], operation)

    def _replace(self, sha256: str, holding: Holding, packs: list[PackCals], operation: Operation) -> None:
        if packs:
            later = (*holding.later, operation)
            self.holdings[sha256] = replace(holding, packs=tuple(packs), later=later)
        else:
            del self.holdings[sha256]
            if operation.target:
                self.handed_over[sha256] = operation


def _packs_of(operation: Operation) -> tuple[PackCals, ...]:
    if operation.key_pack_id is None:
        return ()
    return (PackCals(operation.key_pack_id, operation.cals or Cals(UNKNOWN_VERSION, UNKNOWN_VERSION, 0)),)


def settled(operations: Iterable[Operation]) -> list[Operation]:
    """The operations with what later ones say of the CALs that they left on a source."""
    operations = list(operations)
    removals = {
        token: operation.source.removal
        for operation in operations
        if operation.operation == SETTLE and operation.source
        for token in operation.settles
    }
    return [_settled(operation, removals) for operation in operations]


def _settled(operation: Operation, removals: Mapping[str, str]) -> Operation:
    source = operation.source
    if source is None or operation.token not in removals or operation.status != DONE:
        return operation
    pending = source.removal == REMOVAL_PENDING
    return replace(operation, source=replace(source, removal=removals[operation.token])) if pending else operation


class OperationRecord:
    """The record of one license server, folded in the order in which its operations were begun."""

    def __init__(self, operations: Iterable[Operation] = (), discarded: Iterable[str] = ()) -> None:
        # Names of values that cannot be read and are to be removed.
        self.discarded = frozenset(discarded)
        self.operations = tuple(
            sorted(settled(operations), key=lambda operation: (operation.sequence, operation.token))
        )
        self._fold = _Fold()
        for operation in self.operations:
            self._fold.add(operation)

    def holding(self, sha256: str) -> Holding | None:
        """The purchase as recorded on this server; None when it is not."""
        holding = self._fold.holdings.get(short_sha256(sha256))
        return holding and replace(holding, grown=frozenset(self._fold.grown))

    def holding_of(self, key_pack_id: int) -> Holding | None:
        """The recorded purchase that a key pack belongs to."""
        return next((each for each in self._fold.holdings.values() if key_pack_id in each.key_pack_ids), None)

    def unfinished(self, sha256: str) -> Operation | None:
        """An operation on the purchase whose outcome was never recorded."""
        found = [
            each
            for each in self._fold.unfinished.values()
            if each.operation in ACQUIRING
            and each.purchase
            and short_sha256(each.purchase.sha256) == short_sha256(sha256)
        ]
        return found[-1] if found else None

    @property
    def all_unfinished(self) -> tuple[Operation, ...]:
        """Every operation whose outcome was never recorded."""
        return tuple(self._fold.unfinished.values())

    @property
    def strays(self) -> Mapping[int, Operation]:
        """Key packs that hold other CALs than those of the purchase they were asked for, with that operation."""
        return self._fold.strays

    def handed_over(self, sha256: str) -> Operation | None:
        """The operation with which the last CALs of a purchase left for another server, where they are now."""
        return self._fold.handed_over.get(short_sha256(sha256))

    def deleted(self, sha256: str) -> Deleted | None:
        """The purchase, if a rebuild has deleted its CALs and they have not come back."""
        return self._fold.deleted.get(short_sha256(sha256))

    def astray(self, sha256: str) -> Operation | None:
        """The newest operation on a purchase, if what it brought is other CALs, or belongs to another purchase."""
        return self._fold.astray.get(short_sha256(sha256))

    def accounted_for(self, operation: Operation) -> set[int]:
        """The key packs of which it is known that an unfinished operation did not bring them.

        That one was adopted after the operation had begun tells whose it is, not where it came from.
        """
        found = set(self.strays)
        for key_pack_id, owner in self.claims.items():
            if owner.operation != "adopt" or owner.sequence < operation.sequence:
                found.add(key_pack_id)
        for each in self.operations:
            if each.status == DONE and each.sequence > operation.sequence:
                made = each.key_pack_id if each.operation in ACQUIRING and each.operation != "adopt" else None
                found |= {number for number in (made, each.result_key_pack_id) if number is not None}
        return found

    @property
    def claims(self) -> dict[int, Operation]:
        """Key pack ID to the operation whose purchase it belongs to."""
        return {
            key_pack_id: holding.operation
            for holding in self._fold.holdings.values()
            for key_pack_id in holding.key_pack_ids
        }

    def by_change(self, operation: str, change_id: str) -> Operation | None:
        """The operation of a kind that was made under a change ID: the one that is done, else the newest."""
        change = fingerprint_of(change_id)
        found = [each for each in self.operations if each.operation == operation and each.change_fingerprint == change]
        done = [each for each in found if each.status == DONE]
        return (done or found)[-1] if found else None

    @property
    def pending_removals(self) -> tuple[Operation, ...]:
        """Migrations that are done here and whose CALs may still be on their source."""
        return tuple(
            operation
            for operation in self.operations
            if operation.status == DONE and operation.source and operation.source.removal == REMOVAL_PENDING
        )

    @property
    def hand_overs(self) -> tuple[Operation, ...]:
        """What targets took over, or began to take over, from this server."""
        return tuple(each for each in self.operations if each.operation == HAND_OVER and each.status != NOT_DONE)

    @property
    def rebuilds(self) -> tuple[Operation, ...]:
        """Rebuilds of the licensing database, except those that did nothing or were given up."""
        closed = (NOT_DONE, GIVEN_UP)
        return tuple(each for each in self.operations if each.operation == REBUILD and each.status not in closed)

    def find(self, operation_id: str) -> Operation | None:
        """The operation with that ID."""
        return next((each for each in self.operations if each.operation_id == operation_id), None)

    def including(self, *operations: Operation) -> OperationRecord:
        """The record once operations are written, or written again."""
        written = {each.operation_id for each in operations}
        others = (each for each in self.operations if each.operation_id not in written)
        return OperationRecord((*others, *operations), self.discarded)

    @property
    def superseded(self) -> tuple[Operation, ...]:
        """Finished operations that nothing depends on any more, oldest first. The newest operation is kept."""
        needed = {each.operation_id for each in (*self.pending_removals, *self.rebuilds, *self.strays.values())}
        needed |= {each.operation_id for each in self._fold.astray.values()}
        needed |= {each.operation_id for each in self._fold.handed_over.values()}
        there = {each.token for each in self.operations}
        needed |= {each.operation_id for each in self.operations if there.intersection(each.settles)}
        needed |= {each.acquired.operation_id for each in self._fold.deleted.values()}
        for holding in self._fold.holdings.values():
            needed |= {each.operation_id for each in (holding.operation, *holding.later)}
        return tuple(
            each
            for each in self.operations[:-1]
            if not each.unfinished and each.operation_id not in needed and each.change_fingerprint is None
            # Whether a purchase came back after the last rebuild is asked for as long as that change is.
            if not self.rebuilds or each.sequence < self.rebuilds[-1].sequence
        )

    @property
    def next_sequence(self) -> int:
        """Number for the next operation."""
        return 1 + max((operation.sequence for operation in self.operations), default=0)
