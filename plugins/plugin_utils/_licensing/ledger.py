# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the entries of the record add up to: which purchase is on the server, where, and what is unfinished."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    ACQUIRING,
    DONE,
    GIVEN_UP,
    INTENDED,
    NOT_DONE,
    REBUILD,
    REMOVAL_PENDING,
    Operation,
)


@dataclass(frozen=True)
class Holding:
    """A purchase that the record says is on the server, and the key packs that hold it (several after a conversion)."""

    operation: Operation
    key_pack_ids: frozenset[int]


class Ledger:
    """The record of one license server, folded in the order in which its operations were begun."""

    def __init__(self, operations: Iterable[Operation] = ()) -> None:
        self.operations = tuple(sorted(operations, key=lambda operation: operation.value_name))
        self._holdings: dict[str, Holding] = {}
        self._unfinished: dict[str, Operation] = {}
        for operation in self.operations:
            self._fold(operation)

    def _fold(self, operation: Operation) -> None:
        if operation.operation in ACQUIRING and operation.purchase:
            self._fold_acquisition(operation, operation.purchase.sha256)
        elif operation.status == DONE and operation.operation == "missing" and operation.purchase:
            self._holdings.pop(operation.purchase.sha256, None)
            self._unfinished.pop(operation.purchase.sha256, None)
        elif operation.status == DONE and operation.operation == "remove" and operation.key_pack_id is not None:
            self._release(operation.key_pack_id)
        elif operation.status == DONE and operation.operation == "convert":
            self._extend(operation.key_pack_id, operation.result_key_pack_id)
        elif operation.status == DONE and operation.operation == REBUILD:
            # Nothing from before is left, and the numbers of the key packs may be given out anew.
            self._holdings.clear()
            self._unfinished.clear()

    def _fold_acquisition(self, operation: Operation, sha256: str) -> None:
        self._unfinished.pop(sha256, None)
        if operation.status == INTENDED:
            self._unfinished[sha256] = operation
        elif operation.status == DONE and operation.key_pack_id is not None:
            self._holdings[sha256] = Holding(operation, frozenset({operation.key_pack_id}))

    def _release(self, key_pack_id: int) -> None:
        for sha256, holding in list(self._holdings.items()):
            left = holding.key_pack_ids - {key_pack_id}
            if not left:
                del self._holdings[sha256]
            elif left != holding.key_pack_ids:
                self._holdings[sha256] = replace(holding, key_pack_ids=left)

    def _extend(self, key_pack_id: int | None, result: int | None) -> None:
        for sha256, holding in list(self._holdings.items()):
            if key_pack_id in holding.key_pack_ids and result is not None:
                self._holdings[sha256] = replace(holding, key_pack_ids=holding.key_pack_ids | {result})

    def holding(self, sha256: str) -> Holding | None:
        """The purchase as recorded on this server; None when it is not."""
        return self._holdings.get(sha256)

    def unfinished(self, sha256: str) -> Operation | None:
        """An operation on the purchase whose outcome was never recorded."""
        return self._unfinished.get(sha256)

    @property
    def claims(self) -> dict[int, Operation]:
        """Key pack ID to the operation whose purchase it belongs to."""
        return {
            key_pack_id: holding.operation
            for holding in self._holdings.values()
            for key_pack_id in holding.key_pack_ids
        }

    def by_change(self, operation: str, change_id: str) -> Operation | None:
        """The newest operation of a kind that was made under a change ID."""
        found = [each for each in self.operations if each.operation == operation and each.change_id == change_id]
        return found[-1] if found else None

    @property
    def pending_removals(self) -> tuple[Operation, ...]:
        """Migrations that are done here and whose CALs may still be on their source."""
        return tuple(
            operation
            for operation in self.operations
            if operation.status == DONE and operation.source and operation.source.removal == REMOVAL_PENDING
        )

    @property
    def rebuilds(self) -> tuple[Operation, ...]:
        """Rebuilds of the licensing database, except those that did nothing or were given up."""
        closed = (NOT_DONE, GIVEN_UP)
        return tuple(each for each in self.operations if each.operation == REBUILD and each.status not in closed)

    def including(self, operation: Operation) -> Ledger:
        """The ledger once an operation is written, or written again under its own name."""
        others = (each for each in self.operations if each.value_name != operation.value_name)
        return Ledger((*others, operation))

    @property
    def next_sequence(self) -> int:
        """Number for the next operation."""
        return 1 + max((operation.sequence for operation in self.operations), default=0)
