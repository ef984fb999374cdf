# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The source of a migration as it was read, and what the migrations recorded on a target still owe to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.ledger import Ledger
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import Activation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    DONE,
    Operation,
    RecordedSource,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.windows_release import WindowsRelease
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.coverage import Pool
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.left_behind import Removal, left_behind


@dataclass(frozen=True)
class Source:
    """The source of a migration as it was read.

    Attributes:
        server: what to call it in messages (inventory name).
        name: what the target calls it on the network: FQDN or IP address.
        license_server_id: 35 characters; None when it is not activated, and so does not tell.
    """

    server: str
    name: str
    license_server_id: str | None
    activation: Activation
    release: WindowsRelease
    packs: tuple[KeyPack, ...]

    @property
    def operating_system_title(self) -> str:
        """The Windows release, as the Manage RDS CALs Wizard asks for it."""
        return self.release.title

    def is_recorded_as(self, recorded: RecordedSource) -> bool:
        """Whether a record means this server. One that is no longer activated does not tell its license server ID."""
        if self.license_server_id:
            return recorded.license_server_id == self.license_server_id
        return recorded.name.lower() == self.name.lower()


@dataclass(frozen=True)
class Debt:
    """CALs of one kind that were migrated and may still be on the source, with the operations that moved them.

    Attributes:
        removals: what is still to be removed from the source.
        unclear: CALs on the source of which it cannot be told whether they are among those that were moved.
    """

    operations: tuple[Operation, ...]
    removals: tuple[Removal, ...]
    unclear: Cals | None = None

    @property
    def paid(self) -> bool:
        """Whether nothing of it is left on the source."""
        return not self.removals and self.unclear is None


def debts_of(ledger: Ledger, source: Source) -> tuple[Debt, ...]:
    """What the migrations recorded on a target still owe to their source.

    CALs of a kind are interchangeable, so the migrations of a kind are reckoned together, from the first one whose
    removal is pending: what the source held before it, less all that moved since, is what it should hold now. Those
    made before that while the source could not be read have no such starting point.
    """
    pending: dict[tuple[int, int], list[Operation]] = {}
    for operation in ledger.pending_removals:
        if operation.cals and operation.source and source.is_recorded_as(operation.source):
            pending.setdefault(operation.cals.kind, []).append(operation)
    debts: list[Debt] = []
    for operations in pending.values():
        blind = list(takewhile(_is_blind, operations))
        known = operations[len(blind) :]
        pool = Pool(source.packs)
        if known:
            removals = _owed(known[0], ledger.operations, source.packs)
            unclear = None if removals else _renumbered(known[0], source.packs)
            debts.append(Debt(tuple(known), removals, unclear))
            pool.remove(removals)
        if blind:
            debts.append(_blind_debt(blind, pool))
    return tuple(debts)


def _is_blind(operation: Operation) -> bool:
    return operation.source is None or operation.source.before is None


def _owed(first: Operation, operations: Iterable[Operation], packs: Sequence[KeyPack]) -> tuple[Removal, ...]:
    if first.cals is None or first.source is None or first.source.before is None:
        return ()
    moved = _moved(each for each in operations if _moved_since(each, first))
    return left_behind(first.source.before, packs, moved) if moved else ()


def _renumbered(first: Operation, packs: Sequence[KeyPack]) -> Cals | None:
    """CALs on a source that has none of its earlier packs of that kind, and others.

    They may have been bought since. But a source whose database was rebuilt has its old CALs under new numbers.
    """
    if first.cals is None or first.source is None or first.source.before is None:
        return None
    earlier = {key_pack_id for key_pack_id, cals in first.source.before if cals.kind == first.cals.kind}
    there = [pack for pack in packs if pack.purchased and pack.cals.kind == first.cals.kind]
    if not there or any(pack.key_pack_id in earlier for pack in there):
        return None
    return Cals(first.cals.product_version, first.cals.cal_type, sum(pack.cals.quantity for pack in there))


def _moved_since(operation: Operation, first: Operation) -> bool:
    return (
        operation.status == DONE
        and operation.sequence >= first.sequence
        and operation.source is not None
        and first.source is not None
        and operation.source.license_server_id == first.source.license_server_id
        and operation.cals is not None
        and first.cals is not None
        and operation.cals.kind == first.cals.kind
    )


def _moved(operations: Iterable[Operation]) -> Cals | None:
    """CALs of one kind that migrations moved. A purchase that was moved again, as it had got lost, counts once."""
    moved = {each.purchase.sha256 if each.purchase else each.value_name: each.cals for each in operations}
    cals = [each for each in moved.values() if each]
    return Cals(cals[0].product_version, cals[0].cal_type, sum(each.quantity for each in cals)) if cals else None


def _blind_debt(operations: Sequence[Operation], pool: Pool) -> Debt:
    """What the source held is not known. All of it must still be there, or a person has begun to remove it.

    A person promised to remove these CALs. Where fewer are left than were moved, the rest may be what that person left
    there on purpose, so nothing is removed in their place.
    """
    moved = _moved(operations)
    if moved is None:
        return Debt(tuple(operations), ())
    there = pool.quantity(moved)
    if 0 < there < moved.quantity:
        return Debt(tuple(operations), (), Cals(moved.product_version, moved.cal_type, there))
    return Debt(tuple(operations), pool.draw(moved))
