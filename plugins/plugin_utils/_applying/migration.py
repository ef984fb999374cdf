# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carry out a migration: import on the target, then settle what is left on the source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.acquirer import Acquirer, Request
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.removal import remove
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    REMOVAL_PENDING,
    REMOVED_BY_COLLECTION,
    REMOVED_BY_PERSON,
    REMOVED_BY_PROVIDER,
    Operation,
    RecordedSource,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase_calls import IMPORT
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquisition import (
    Acquire,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.blind_migration import (
    RecordFulfilled,
    UnreadableSource,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.debts import Source, debts_of
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.left_behind import held
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.migration import SettleSource
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Step


@dataclass
class BlindMigrator:
    """Imports from a source that cannot be read; what it still holds becomes an obligation in the record."""

    acquirer: Acquirer
    source: UnreadableSource
    reason: str

    def apply(self, steps: Sequence[Step]) -> bool:
        """Do the steps; gives whether anything but the record of earlier calls was changed."""
        recorded = RecordedSource(self.source.name, self.source.license_server_id, REMOVAL_PENDING)
        request = Request("migrate", f"migrating from {self.source.title}", IMPORT, source=recorded, reason=self.reason)
        changed = False
        for step in steps:
            if isinstance(step.action, RecordFulfilled):
                record_removal(self.acquirer, step.action.operations, REMOVED_BY_PERSON)
                changed = True
            else:
                changed |= self.acquirer.carry_out(step, request)
            self.acquirer.did(step.text)
        return changed


@dataclass
class Migrator:
    """Carries out the steps of a migration plan, one purchase after the other.

    The source is settled after every import, so that an interrupted run leaves at most one purchase in two places.
    """

    acquirer: Acquirer
    source_server: LicenseServer
    source: Source
    reason: str
    remove_from_source: bool

    def apply(self, steps: Sequence[Step]) -> bool:
        """Do the steps; gives whether anything but the record of earlier calls was changed."""
        changed = False
        for step in steps:
            if isinstance(step.action, SettleSource):
                changed |= self._settle()
            else:
                changed |= self.acquirer.carry_out(step, self._request())
            self.acquirer.did(step.text)
            if isinstance(step.action, Acquire):
                changed |= self._settle()
        return changed

    def _request(self) -> Request:
        recorded = RecordedSource(
            name=self.source.name,
            license_server_id=self.source.license_server_id or "",
            removal=REMOVAL_PENDING,
            before=held(self.source.packs),
        )
        return Request("migrate", f"migrating from {self.source.server}", IMPORT, source=recorded, reason=self.reason)

    def _settle(self) -> bool:
        """Read the source, remove what is left there of what was migrated, and write down how that ended."""
        self._read_source()
        removed = False
        for debt in debts_of(self.acquirer.ledger, self.source):
            if debt.paid:
                record_removal(self.acquirer, debt.operations, REMOVED_BY_PROVIDER)
            elif debt.removals and self.remove_from_source:
                remove(self.source_server, debt.removals, patience=self.acquirer.patience, sleep=self.acquirer.sleep)
                removed = True
                record_removal(self.acquirer, debt.operations, REMOVED_BY_COLLECTION)
        if removed:
            self._read_source()
        return removed

    def _read_source(self) -> None:
        self.source = replace(self.source, packs=self.source_server.key_packs())


def record_removal(acquirer: Acquirer, operations: Sequence[Operation], removal: str) -> None:
    """Write down who saw to it that the CALs of migrations are gone from their source."""
    for operation in operations:
        if operation.source:
            acquirer.write(replace(operation, source=replace(operation.source, removal=removal)))
