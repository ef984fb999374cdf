# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which migrated CALs are still on their source, and from which key packs they are to be removed.

The provider removes them itself where it can reach the source. Where it could not, the same CALs would be used twice,
which the license terms forbid ("Remove RDS CALs", learn.microsoft.com). Never more is removed than was read on the
target, and only from key packs that belong to the purchases that were moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    DONE,
    HAND_OVER,
    Operation,
    short_sha256,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_name import is_of_server
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.pack_cals import PackCals, quantity_in
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquired_packs import purchased
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.migration_source import Source
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.unassigned_cals import (
    CalPool,
    take,
    without,
)


@dataclass(frozen=True)
class PendingRemoval:
    """CALs of one kind that were migrated and may still be on the source, with the operations that moved them.

    Attributes:
        removals: what is still to be removed from the source.
        unclear: CALs on the source of which it is unknown whether they are among those that were moved.
    """

    operations: tuple[Operation, ...]
    removals: tuple[PackCals, ...]
    unclear: Cals | None = None

    @property
    def settled(self) -> bool:
        """Whether nothing of it is left on the source."""
        return not self.removals and self.unclear is None


def pending_removals_of(recorded: OperationRecord, source: Source, target_id: str) -> tuple[PendingRemoval, ...]:
    """What the migrations recorded on a target may have left on their source.

    Args:
        record: the record of the target.
        target_id: its license server ID.
    """
    pool = CalPool(source.packs, source.recorded)
    found = []
    for group in _groups(recorded, source):
        pending = _Group(group, recorded, source, target_id, pool).reckon()
        pool.remove(pending.removals)
        found.append(pending)
    return tuple(found)


def left_in_exchange(recorded: OperationRecord, source: Source, pending: Iterable[PendingRemoval]) -> frozenset[int]:
    """Key packs on the source of purchases that the target has, and for which CALs of alike ones were taken there.

    So it is when license key pack IDs of two purchases are exchanged that differ in nothing but their credentials.
    """
    unsettled = {operation.operation_id for each in pending if not each.settled for operation in each.operations}
    found: set[int] = set()
    for each in recorded.operations:
        if each.status != DONE or not each.source or not each.purchase or not each.cals or each.misfit:
            continue
        hand_over = source.recorded.find(each.source.hand_over or "")
        holding = source.recorded.holding(each.purchase.sha256)
        if hand_over is None or holding is None or each.operation_id in unsettled:
            continue
        moved_whole = sum(pack.quantity for pack in holding.packs) <= each.cals.quantity
        if moved_whole and holding.operation.sequence < hand_over.sequence:
            found |= holding.key_pack_ids
    return frozenset(found)


def taken_by_provider(hand_over: Operation, source: Source) -> tuple[PackCals, ...]:
    """What left the source since a target began to take over, and no other recorded operation accounts for."""
    recorded = [
        (pack.key_pack_id, pack.quantity)
        for operation in source.recorded.operations
        if operation.operation_id != hand_over.operation_id and _since(operation, hand_over)
        for pack in _taken(operation)
    ]
    gone = []
    for pack in _decreases(hand_over.before, purchased(source.packs)):
        left = pack.quantity - sum(quantity for key_pack_id, quantity in recorded if key_pack_id == pack.key_pack_id)
        if left > 0:
            gone.append(pack.of_quantity(left))
    return tuple(gone)


def base_of(operation: Operation, source: Source) -> tuple[PackCals, ...] | None:
    """What the source held before a migration, as far as either record tells."""
    recorded = operation.source
    if recorded is None:
        return None
    hand_over = source.recorded.find(recorded.hand_over or "")
    return hand_over.before if hand_over else recorded.before


def decreases_of(before: Iterable[PackCals], source: Source) -> tuple[PackCals, ...]:
    """By how much the source's packs shrank since."""
    return _decreases(before, purchased(source.packs))


def moved_with(operation: Operation, recorded: OperationRecord, source: Source) -> int:
    """CALs of the same kind that were moved since the same state of the source."""
    return sum(
        each.cals.quantity
        for each in recorded.operations
        if each.status == DONE
        and each.cals
        and (operation.cals is None or each.cals.kind == operation.cals.kind)
        and _same_base(each, operation, source)
    )


def _same_base(operation: Operation, first: Operation, source: Source) -> bool:
    if operation.source is None or first.source is None or not source.is_recorded_as(operation.source):
        return False
    if first.source.hand_over is not None:
        return operation.source.hand_over == first.source.hand_over
    return first.source.before is not None and operation.sequence >= first.sequence


def _groups(recorded: OperationRecord, source: Source) -> list[list[Operation]]:
    """Pending migrations from the source by kind of CALs, and by what is known of the source before them."""
    groups: dict[tuple[tuple[int, int], object], list[Operation]] = {}
    for operation in recorded.pending_removals:
        if operation.cals and operation.source and source.is_recorded_as(operation.source):
            known: object = operation.source.before is not None
            if source.recorded.find(operation.source.hand_over or ""):
                known = operation.source.hand_over
            groups.setdefault((operation.cals.kind, known), []).append(operation)
    # Those of which least is known come last: what is left then is theirs.
    return sorted(groups.values(), key=lambda group: base_of(group[0], source) is None)


@dataclass(frozen=True)
class _Group:
    """Pending migrations of one kind, reckoned together: CALs of a kind are interchangeable for the provider."""

    operations: list[Operation]
    recorded: OperationRecord
    source: Source
    target_id: str
    pool: CalPool

    def reckon(self) -> PendingRemoval:
        hand_over = self._hand_over
        before = base_of(self.operations[0], self.source)
        moved = self._moved()
        if moved is None:
            return PendingRemoval(tuple(self.operations), ())
        if before is None:
            return self._without_base(moved)
        decreases = without(
            _decreases((pack for pack in before if pack.cals.kind == moved.kind), self._now),
            self._taken_by_others(hand_over),
        )
        gone = sum(pack.quantity for pack in decreases)
        left = moved.quantity - gone
        if left <= 0:
            return self._settled_or_renumbered(before, moved)
        if gone > 0 and self._rivals(moved):
            return PendingRemoval(tuple(self.operations), (), self._cals(moved, left))
        removals = self._choose(hand_over, before, decreases, left)
        missing = left - sum(pack.quantity for pack in removals)
        return PendingRemoval(tuple(self.operations), removals, self._cals(moved, missing) if missing > 0 else None)

    @property
    def _hand_over(self) -> Operation | None:
        recorded = self.operations[0].source
        return self.source.recorded.find(recorded.hand_over or "") if recorded else None

    @property
    def _now(self) -> tuple[PackCals, ...]:
        return purchased(self.source.packs)

    def _cals(self, moved: Cals, quantity: int) -> Cals:
        return Cals(moved.product_version, moved.cal_type, quantity)

    def _moved(self) -> Cals | None:
        """CALs that these migrations, and settled ones reckoned from the same base, moved."""
        cals = [each.cals for each in self._together() if each.cals]
        return self._cals(cals[0], sum(each.quantity for each in cals)) if cals else None

    def _together(self) -> tuple[Operation, ...]:
        """These migrations and settled ones reckoned from the same base.

        A purchase counts once, but for other CALs than its own that came for it.
        """
        first = self.operations[0]
        together = {
            short_sha256(each.purchase.sha256) if each.purchase and not each.misfit else each.operation_id: each
            for each in self.recorded.operations
            if each.status == DONE and each.cals and first.cals and each.cals.kind == first.cals.kind
            if each in self.operations or _same_base(each, first, self.source)
        }
        return tuple(together.values())

    def _taken_by_others(self, hand_over: Operation | None) -> tuple[PackCals, ...]:
        """What other targets took over since, as the source's record tells."""
        if hand_over is None:
            return ()
        return tuple(
            pack
            for operation in self.source.recorded.operations
            if operation.target
            and not is_of_server(operation.target.license_server_id, self.target_id)
            and _since(operation, hand_over)
            for pack in _taken(operation)
        )

    def _rivals(self, moved: Cals) -> bool:
        """Whether another target has CALs of this kind to remove, so that what is gone may be gone for that one."""
        return any(
            pack.cals.kind == moved.kind
            for other in self.source.other_hand_overs(self.target_id)
            for planned in other.planned
            for pack in planned.packs
        )

    def _choose(
        self, hand_over: Operation | None, before: Sequence[PackCals], decreases: Sequence[PackCals], left: int
    ) -> tuple[PackCals, ...]:
        """The packs to remove from: those of the purchases that were moved, as planned."""
        if hand_over is None:
            known = {pack.key_pack_id for pack in before}
            kind = self.operations[0].cals.kind if self.operations[0].cals else None
            packs = [pack.pack_cals for pack in self.pool.rest() if pack.cals.kind == kind]
            claims = self.source.recorded.claims
            return take([each for each in packs if each.key_pack_id in known and each.key_pack_id not in claims], left)
        rows: dict[int, int] = {}
        for pack in self._planned(hand_over):
            rows[pack.key_pack_id] = rows.get(pack.key_pack_id, 0) + pack.quantity
        free = {pack.key_pack_id: pack.pack_cals for pack in self.pool.rest()}
        removals = []
        for key_pack_id, quantity in rows.items():
            there = quantity_in(self._now, key_pack_id)
            removed = min(quantity - quantity_in(decreases, key_pack_id), there, left)
            if removed > 0 and key_pack_id in free:
                removals.append(free[key_pack_id].of_quantity(removed))
                left -= removed
        return tuple(removals)

    def _planned(self, hand_over: Operation) -> list[PackCals]:
        """What is planned to be taken for what these migrations brought.

        That is what is planned for the purchases whose CALs they are. Where two purchases got each other's CALs, as
        with exchanged license key pack IDs, it is what is planned for the other one.
        """
        planned = {short_sha256(each.sha256): each.packs for each in hand_over.planned}
        together = self._together()
        own = [planned.get(self._purchase_of(each), ()) for each in together]
        kind = together[0].cals.kind if together and together[0].cals else None
        fitting = [packs for packs in own if any(pack.cals.kind == kind for pack in packs)]
        if len(fitting) < len(together):
            fitting += [planned.get(each, ()) for each in self._crossed(hand_over, planned)]
        return [pack for packs in fitting for pack in packs if pack.cals.kind == kind]

    def _purchase_of(self, operation: Operation) -> str:
        """Whose CALs an operation brought: the purchase that the key pack is recorded as."""
        owner = self.recorded.holding_of(operation.key_pack_id or 0)
        purchase = owner.operation.purchase if owner else None if operation.misfit else operation.purchase
        return short_sha256(purchase.sha256) if purchase else ""

    def _crossed(self, hand_over: Operation, planned: Mapping[str, tuple[PackCals, ...]]) -> list[str]:
        """Purchases of the hand-over that came, but with CALs of another kind than planned for them."""
        return [
            short_sha256(each.purchase.sha256)
            for each in self.recorded.operations
            if each.status == DONE and each.cals and each.purchase and each.source
            if each.source.hand_over == hand_over.operation_id
            if all(pack.cals.kind != each.cals.kind for pack in planned.get(short_sha256(each.purchase.sha256), ()))
            if self._purchase_of(each) in ("", short_sha256(each.purchase.sha256))
        ]

    def _settled_or_renumbered(self, before: Sequence[PackCals], moved: Cals) -> PendingRemoval:
        """A source that has none of its earlier packs of that kind, and others: bought since, or renumbered.

        A source whose database was rebuilt has its old CALs under new numbers.
        """
        earlier = {pack.key_pack_id for pack in before if pack.cals.kind == moved.kind}
        there = [pack for pack in self._now if pack.cals.kind == moved.kind]
        if not there or any(pack.key_pack_id in earlier for pack in there):
            return PendingRemoval(tuple(self.operations), ())
        if all(pack.key_pack_id in self.source.recorded.claims for pack in there):
            return PendingRemoval(tuple(self.operations), ())
        return PendingRemoval(tuple(self.operations), (), self._cals(moved, sum(pack.quantity for pack in there)))

    def _without_base(self, moved: Cals) -> PendingRemoval:
        """The earlier content of the source is unknown. Either everything is still there, or its removal has begun.

        An administrator promised to remove these CALs. Where fewer are left than were moved, the rest may be what was
        left there on purpose, so nothing is removed in their place.
        """
        there = self.pool.quantity(moved)
        if 0 < there < moved.quantity or (there and self._rivals(moved)):
            return PendingRemoval(tuple(self.operations), (), self._cals(moved, there))
        return PendingRemoval(tuple(self.operations), self.pool.draw(moved))


def _decreases(before: Iterable[PackCals], now: Sequence[PackCals]) -> tuple[PackCals, ...]:
    """By how much key packs shrank; later additions do not count."""
    shrunk = []
    for pack in before:
        same = [each for each in now if each.key_pack_id == pack.key_pack_id and each.cals.kind == pack.cals.kind]
        left = pack.quantity - sum(each.quantity for each in same)
        if left > 0:
            shrunk.append(pack.of_quantity(left))
    return tuple(shrunk)


def _taken(operation: Operation) -> tuple[PackCals, ...]:
    """What a recorded operation took from a server."""
    if operation.status != DONE:
        return ()
    if operation.operation == HAND_OVER:
        return operation.taken
    if operation.operation in ("remove", "reduce") and operation.key_pack_id is not None and operation.cals:
        return (PackCals(operation.key_pack_id, operation.cals),)
    return ()


def _since(operation: Operation, hand_over: Operation) -> bool:
    """Whether an operation took effect after a hand-over was begun. Times of one record are by one clock."""
    if operation.operation == HAND_OVER and operation.finished and hand_over.started:
        return operation.finished >= hand_over.started
    return operation.sequence > hand_over.sequence
