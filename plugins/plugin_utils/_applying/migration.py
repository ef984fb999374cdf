# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Import purchases from a source and remove their CALs there; both records say what happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.acquirer import Acquirer, Request
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.key_pack_changes import KeyPackChanger
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    DONE,
    HAND_OVER,
    INTENDED,
    NOT_DONE,
    REMOVAL_PENDING,
    REMOVED_BY_ADMINISTRATOR,
    REMOVED_BY_COLLECTION,
    REMOVED_BY_PROVIDER,
    Operation,
    Planned,
    RecordedSource,
    RecordedTarget,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_name import is_of_server
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.pack_cals import PackCals
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquired_packs import purchased
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquisition_steps import (
    Acquire,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.decided_operations import RecordAction
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.key_pack_changes import (
    Inventory,
    RemoveCals,
    effect_of,
    plan_reduction,
    plan_removal,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.migration import (
    MigrationAction,
    MigrationPlan,
    SettleSource,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.migration_source import Source
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Step
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.source_removals import (
    PendingRemoval,
    pending_removals_of,
    taken_by_provider,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.unreachable_source import (
    RecordFulfilled,
    UnreachableAction,
    UnreadableSource,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanError


@dataclass
class UnreachableSourceMigrator:
    """Imports from a source that cannot be read; what it still holds becomes a pending removal in the record."""

    acquirer: Acquirer
    source: UnreadableSource
    reason: str
    purchases: tuple[Purchase, ...] = ()

    def apply(self, steps: Sequence[Step[UnreachableAction]]) -> bool:
        """Do the steps; whether anything but the record of reported calls was changed."""
        recorded = RecordedSource(self.source.name, self.source.license_server_id, REMOVAL_PENDING)
        request = Request(
            "migrate", f"migrating from {self.source.title}", self.purchases, source=recorded, reason=self.reason
        )
        changed = False
        for step in steps:
            if isinstance(step.action, RecordFulfilled):
                record_removal(self.acquirer, step.action.operations, REMOVED_BY_ADMINISTRATOR)
                changed = True
            else:
                self.acquirer.carry_out(step.action, request)
                changed |= step.changes
            self.acquirer.did(step.text)
        return changed


@dataclass
class Migrator:
    """Carries out the steps of a migration plan.

    The source's record says from the first import on what this target takes over, so that another target and a later
    run know it. The source itself is read once everything is imported.
    """

    acquirer: Acquirer
    source_server: LicenseServer
    source: Source
    reason: str
    remove_from_source: bool
    purchases: tuple[Purchase, ...] = ()
    planned: tuple[Planned, ...] = ()
    changed: bool = False
    _hand_over: Operation | None = field(default=None, init=False)

    def apply(self, migration: MigrationPlan) -> bool:
        """Do the steps; whether anything but the record of reported calls was changed."""
        self.planned = migration.planned
        try:
            for step in migration.plan.steps:
                self._carry_out(step)
        except LicensingError:
            self._settle_what_was_moved()
            raise
        if self._hand_over:
            if not any(isinstance(step.action, SettleSource) for step in migration.plan.steps):
                self._settle()
            self.acquirer.packs = self.acquirer.server.key_packs()
        return self.changed

    def apply_on_source(self, steps: Sequence[Step[RecordAction]]) -> bool:
        """Write decisions about operations into the source's record."""
        changer = self._changer()
        changed = changer.apply(steps)
        self.source = replace(self.source, recorded=changer.recorded)
        return changed

    def _carry_out(self, step: Step[MigrationAction]) -> None:
        if isinstance(step.action, SettleSource):
            self.changed |= self._settle()
        else:
            if isinstance(step.action, Acquire) and self._hand_over is None:
                self._begin_hand_over()
            self.acquirer.carry_out(step.action, self._request())
            self.changed |= step.changes
        self.acquirer.did(step.text)

    @property
    def _target(self) -> RecordedTarget:
        situation = self.acquirer.situation
        return RecordedTarget(situation.server, situation.activation.license_server_id or "")

    def _request(self) -> Request:
        recorded = RecordedSource(
            name=self.source.name,
            license_server_id=self.source.license_server_id or "",
            removal=REMOVAL_PENDING,
            hand_over=self._hand_over.operation_id if self._hand_over else None,
        )
        title = f"migrating from {self.source.server}"
        return Request("migrate", title, self.purchases, source=recorded, reason=self.reason)

    def _begin_hand_over(self) -> None:
        """Write into the source's record what this target takes over, or add it to what an earlier run wrote."""
        record = self.source_server.record
        earlier = self.source.hand_over_to(self._target.license_server_id)
        if earlier:
            planned = {each.sha256: each for each in (*earlier.planned, *self.planned)}
            self._hand_over = replace(earlier, planned=tuple(planned.values()), reported=False)
            record.write(self._hand_over)
        else:
            operation = Operation(
                HAND_OVER,
                INTENDED,
                self.source_server.timestamp(),
                target=self._target,
                planned=self.planned,
                before=purchased(self.source.packs),
                reason=self.reason,
            )
            self._hand_over = record.begin(operation, self.source.recorded)
        self._include(self._hand_over)

    def _include(self, *operations: Operation) -> None:
        self.source = replace(self.source, recorded=self.source.recorded.including(*operations))

    def _settle_what_was_moved(self) -> None:
        """After an error, still remove from the source what was imported; the error is reported."""
        if self._hand_over is None:
            return
        try:
            self._settle()
        except (LicensingError, WsmanError) as error:
            self.acquirer.warn(f"{self.source.server}: the migrated CALs were not removed there: {error}")

    def _settle(self) -> bool:
        """Read the source, remove migrated CALs that remain there, and record the outcome."""
        self._read_source()
        removed = self._record_earlier_removals()
        settled: dict[str, list[Operation]] = {}
        try:
            for pending in self._pending():
                if pending.settled:
                    settled.setdefault(self._removed_by(pending), []).extend(pending.operations)
                elif pending.removals and self.remove_from_source:
                    for pack in pending.removals:
                        self._remove(pack)
                    removed = True
                    if pending.unclear is None:
                        settled.setdefault(REMOVED_BY_COLLECTION, []).extend(pending.operations)
        finally:
            # The source's record has what was removed there, so nothing is lost if this is not written.
            for removal, operations in settled.items():
                record_removal(self.acquirer, operations, removal)
        if removed:
            self._read_source()
        self._close_hand_overs()
        return removed

    def _record_earlier_removals(self) -> bool:
        """An earlier run's removal whose effect is seen is done; what it took is not the provider's doing.

        Returns:
            Whether there is one that no task has reported so far.
        """
        changer = self._changer()
        unreported = False
        for operation in self.source.recorded.all_unfinished:
            mine = operation.target is not None and operation.target.license_server_id == self._target.license_server_id
            seen = effect_of(operation, self.source.packs) if mine and operation.operation != HAND_OVER else None
            if seen:
                changer.record_outcome(seen)
                unreported |= not operation.reported
        self.source = replace(self.source, recorded=changer.recorded)
        return unreported

    def _removed_by(self, pending: PendingRemoval) -> str:
        """The collection, if it removed CALs for this target since it began to take over; else the provider."""
        first = min(
            (
                operation.sequence
                for each in pending.operations
                if each.source and (operation := self.source.recorded.find(each.source.hand_over or ""))
            ),
            default=None,
        )
        removed = [
            each
            for each in self.source.recorded.operations
            if each.operation in ("remove", "reduce")
            and each.status == DONE
            and each.target
            and is_of_server(each.target.license_server_id, self._target.license_server_id)
            and first is not None
            and each.sequence > first
        ]
        return REMOVED_BY_COLLECTION if removed else REMOVED_BY_PROVIDER

    def _changer(self) -> KeyPackChanger:
        return KeyPackChanger(
            self.source_server,
            self.source.packs,
            self.source.recorded,
            self.acquirer.operation_timeout,
            self.acquirer.warn,
            sleep=self.acquirer.sleep,
            note_change=self.acquirer.note_change,
        )

    def _pending(self) -> tuple[PendingRemoval, ...]:
        return pending_removals_of(self.acquirer.recorded, self.source, self._target.license_server_id)

    def _remove(self, pack: PackCals) -> None:
        """Remove CALs from the source, once: an earlier attempt is looked at first."""
        inventory = Inventory(self.source.server, self.source.packs, self.source.recorded, self.source.outcome)
        there = sum(each.quantity for each in purchased(self.source.packs) if each.key_pack_id == pack.key_pack_id)
        whole = there <= pack.quantity
        plan = (
            plan_removal(pack.key_pack_id, inventory)
            if whole
            else plan_reduction(pack.key_pack_id, there - pack.quantity, inventory)
        )
        changer = self._changer()
        try:
            for step in plan.steps:
                if isinstance(step.action, RemoveCals):
                    changer.remove(step.action, self._target)
                else:
                    changer.apply([step])
        finally:
            self.source = replace(self.source, packs=changer.packs, recorded=changer.recorded)

    def _close_hand_overs(self) -> None:
        """An operation in the source's record is closed once nothing that it announced can be there any more."""
        open_ones = {
            each.source.hand_over
            for each in self.acquirer.recorded.operations
            if each.source and (each.unfinished or (each.status == DONE and each.source.removal == REMOVAL_PENDING))
        }
        for operation in self.source.recorded.hand_overs:
            mine = operation.target is not None and operation.target.license_server_id == self._target.license_server_id
            if not operation.unfinished or not mine:
                continue
            if operation.operation_id in open_ones:
                closed = replace(operation, reported=True)
            else:
                moved = any(
                    each.source and each.source.hand_over == operation.operation_id and each.status == DONE
                    for each in self.acquirer.recorded.operations
                )
                taken = taken_by_provider(operation, self.source) if moved else ()
                status = DONE if moved else NOT_DONE
                closed = operation.finish(status, self.source_server.timestamp(), taken=taken, before=(), planned=())
            if closed != operation:
                self.source_server.record.write(closed)
                self._include(closed)

    def _read_source(self) -> None:
        self.source = replace(self.source, packs=self.source_server.key_packs())


def record_removal(acquirer: Acquirer, operations: Sequence[Operation], removal: str) -> None:
    """Record how the CALs of migrations were removed from their source."""
    by_source: dict[str, list[Operation]] = {}
    for operation in operations:
        if operation.source:
            gone = replace(operation, source=replace(operation.source, removal=removal))
            by_source.setdefault(operation.source.license_server_id, []).append(gone)
    for settled in by_source.values():
        acquirer.settle(settled)
