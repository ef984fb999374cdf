# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin of winfleet.rd_licensing.cal_migration; its documentation is in plugins/modules/cal_migration.py."""

from __future__ import annotations

import typing as t
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.action import (
    LicensingAction,
    ModuleContext,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.options import ArgumentSpec
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.plan_options import (
    with_plan_options,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.progress import Progress
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.purchase_options import (
    CONNECTION_METHOD_OPTION,
    LICENSE_KEY_PACK_IDS_OPTION,
    OUTCOME_WAIT_OPTION,
    PURCHASES_OPTION,
    RESOLVE_OPERATIONS_OPTION,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.results import (
    awaited_acquisitions,
    missing_ids,
    planned,
    purchase_results,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.acquirer import Acquirer, Request
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.migration import (
    Migrator,
    UnreachableSourceMigrator,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.observation import (
    observe,
    observe_rest,
    observe_rest_of_source,
    observe_source,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.settlement import settled_despite_refusal
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.sessions import OpenedSession
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing import identifiers
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.clearinghouse_request import (
    with_answers,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import MIGRATION_REASONS
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import InvalidOption
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import describe_obligation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import parse_purchases
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.windows_release import WINDOWS_RELEASES
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquisition import (
    ACQUIRE,
    AWAITING,
    Decision,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.decided_operations import (
    RecordAction,
    settle_decided,
    settle_operations,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.migration import (
    MigrationPlan,
    SettleSource,
    plan_migration,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.migration_source import Source
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.not_observed import NotObserved
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Plan, Step
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.resolutions import (
    discarded_values,
    parse_resolutions,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.situation import Situation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.source_removals import (
    pending_removals_of,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.unreachable_source import (
    UnreadableSource,
    plan_unreachable_source,
)

ARGUMENT_SPEC = with_plan_options(
    ArgumentSpec(
        options={
            "source": {
                "type": "dict",
                "required": True,
                "options": {
                    "host": {"type": "str"},
                    "name": {"type": "str"},
                    "license_server_id": {"type": "str"},
                    "operating_system": {"type": "str", "choices": list(WINDOWS_RELEASES)},
                },
                "required_one_of": [("host", "license_server_id")],
            },
            "reason": {"type": "str", "required": True, "choices": list(MIGRATION_REASONS)},
            "purchases": {**PURCHASES_OPTION, "required": True},
            "license_key_pack_ids": LICENSE_KEY_PACK_IDS_OPTION,
            "connection_method": CONNECTION_METHOD_OPTION,
            "adopt": {"type": "bool", "default": True},
            "require_full_coverage": {"type": "bool", "default": False},
            "remove_from_source": {"type": "bool", "default": False},
            "acknowledge_manual_removal": {"type": "bool", "default": False},
            "acknowledge_removed": {"type": "bool", "default": False},
            "resolve_operations": RESOLVE_OPERATIONS_OPTION,
            "outcome_wait": OUTCOME_WAIT_OPTION,
        },
        requires={"require_full_coverage": ("source.host",), "remove_from_source": ("source.host",)},
        excludes=dict.fromkeys(
            ("acknowledge_manual_removal", "acknowledge_removed", "source.operating_system"), "source.host"
        ),
    )
)


class ActionModule(LicensingAction):
    """Imports purchases from a source license server."""

    ARGUMENT_SPEC = ARGUMENT_SPEC

    def perform(self, context: ModuleContext) -> dict[str, t.Any]:
        """Observe both servers, plan, apply unless in check mode, and report."""
        return _Migration(context).run()


class _Migration:
    """Checks the options when it is made, before any server is asked; C(run) does the rest."""

    def __init__(self, context: ModuleContext) -> None:
        self.context = context
        self.params = context.params
        self.options: dict[str, t.Any] = self.params["source"]
        self.purchases = with_answers(
            parse_purchases(self.params["purchases"]), self.params["license_key_pack_ids"], "migrate"
        )
        given = self.options["license_server_id"]
        self.license_server_id: str | None = given and identifiers.canonical(
            given, identifiers.LICENSE_SERVER_ID, "source.license_server_id"
        )
        self.resolutions = parse_resolutions(self.params["resolve_operations"])
        # Pasted blanks would be sent to the Clearinghouse.
        self.source_name = identifiers.visible(self.options["name"] or "")
        if not self.options["host"] and not self.options["operating_system"]:
            raise InvalidOption("source.license_server_id requires source.operating_system if source.host is not set.")

    def run(self) -> dict[str, t.Any]:
        """Observe, plan, apply unless in check mode, report."""
        opened = self.context.open()
        server = LicenseServer(opened.session)
        target = observe(server, self.params["connection_method"], **self._reading)
        recorded, settled = settle_operations(
            self.resolutions, target.recorded, target.packs, server.name, self.purchases
        )
        target = replace(target, recorded=recorded)
        if self.options["host"]:
            return self._from_host(server, opened, target, settled)
        return self._from_unreachable(server, opened, target, settled)

    @property
    def _reading(self) -> dict[str, t.Any]:
        return {"outcome_wait": self.params["outcome_wait"], "discarded": discarded_values(self.resolutions)}

    def _recording(self, server: LicenseServer, steps: Sequence[Step[RecordAction]]) -> AbstractContextManager[None]:
        return settled_despite_refusal(server, steps, self.context)

    def _acquirer(
        self, server: LicenseServer, opened: OpenedSession, target: Situation, decisions: Sequence[Decision]
    ) -> Acquirer:
        count = sum(decision.outcome == ACQUIRE for decision in decisions)
        did = Progress(server.name, count, "purchases migrated").following(self.context.did)
        warn, note_change = self.context.warn, self.context.note_change
        return Acquirer(server, target, opened.operation_timeout, warn, did, note_change=note_change)

    def _from_host(
        self, server: LicenseServer, opened: OpenedSession, target: Situation, settled: Sequence[Step[RecordAction]]
    ) -> dict[str, t.Any]:
        opened_source = self.context.open_other(self.options["host"])
        source_server = LicenseServer(opened_source.session)
        source = observe_source(source_server, name=self.source_name, license_server_id=self.license_server_id)
        decided_there: list[Step[RecordAction]] = []
        with self._recording(server, settled):
            try:
                if self.resolutions:
                    raise NotObserved
                migration = self._plan(target, source)
            except NotObserved:
                target = observe_rest(server, target)
                warn = self.context.warn
                source = observe_rest_of_source(
                    source_server,
                    source,
                    opened_source.remote_addr,
                    forwarded=opened_source.forwarded,
                    **self._reading,
                    warn=warn,
                )
                source_recorded, decided_there = settle_decided(
                    self.resolutions, source.recorded, source.packs, source.server
                )
                source = replace(source, recorded=source_recorded)
                with self._recording(source_server, decided_there):
                    migration = self._plan(target, source)
        acquirer = self._acquirer(server, opened, target, migration.decisions)
        remove = self.params["remove_from_source"]
        migrator = Migrator(acquirer, source_server, source, self.params["reason"], remove, self.purchases)
        plan = replace(migration.plan, steps=(*settled, *decided_there, *migration.plan.steps))
        changed = None
        if self._may_apply(plan, target, source, migration.decisions):
            changed = acquirer.apply(settled, Request("migrate", ""))
            changed |= migrator.apply_on_source(decided_there)
            changed |= migrator.apply(migration)
        result = self._report(plan, migration.decisions, target, acquirer, changed, source)
        result["left_behind"] = _left(migration, migrator, target)
        after = None if self.context.check_mode else migrator.source.packs
        result["source"] = _key_packs(source.packs, after)
        return result

    def _plan(self, target: Situation, source: Source) -> MigrationPlan:
        return plan_migration(
            self.purchases,
            target,
            source,
            adopt=self.params["adopt"],
            require_full_coverage=self.params["require_full_coverage"],
            remove_from_source=self.params["remove_from_source"],
        )

    def _from_unreachable(
        self, server: LicenseServer, opened: OpenedSession, target: Situation, settled: Sequence[Step[RecordAction]]
    ) -> dict[str, t.Any]:
        source = UnreadableSource(self.source_name, self.license_server_id or "", self.options["operating_system"])
        target = observe_rest(server, target)
        with self._recording(server, settled):
            decisions, plan = plan_unreachable_source(
                self.purchases,
                target,
                source,
                adopt=self.params["adopt"],
                acknowledge_manual_removal=self.params["acknowledge_manual_removal"],
                acknowledge_removed=self.params["acknowledge_removed"],
            )
        plan = replace(plan, steps=(*settled, *plan.steps))
        acquirer = self._acquirer(server, opened, target, decisions)
        migrator = UnreachableSourceMigrator(acquirer, source, self.params["reason"], self.purchases)
        changed = migrator.apply(plan.steps) if self._may_apply(plan, target, source, decisions) else None
        return {**self._report(plan, decisions, target, acquirer, changed, source), "left_behind": []}

    def _may_apply(
        self, plan: Plan[object], target: Situation, source: Source | UnreadableSource, decisions: Sequence[Decision]
    ) -> bool:
        """Whether the plan may be applied, with all that it rests on and all that follows it."""
        observed: dict[str, tuple[t.Any, ...]] = {target.server: (target,)}
        more: list[Step[object]] = []
        if isinstance(source, UnreadableSource):
            where = source.where
        else:
            observed[source.server] = (source,)
            where = f" from {source.server}"
            if self.params["remove_from_source"]:
                text = f"Remove from {source.server} any of these CALs that remain there"
                more.append(Step(text, SettleSource()))
        return self.context.may_apply(
            plan,
            observed,
            told={
                "reason": self.params["reason"],
                "source": source.server if isinstance(source, Source) else source.license_server_id,
                "remove_from_source": self.params["remove_from_source"],
            },
            purchases=self.purchases,
            source=source.server if isinstance(source, Source) else None,
            **awaited_acquisitions(decisions, target.connection_method, "Migrate", where, *more),
        )

    def _report(
        self,
        plan: Plan[object],
        decisions: Sequence[Decision],
        target: Situation,
        acquirer: Acquirer,
        changed: bool | None,
        source: Source | UnreadableSource,
    ) -> dict[str, t.Any]:
        result = planned(self.context, plan, changed)
        result["connection_method"] = target.connection_method
        result["purchases"] = purchase_results(decisions, acquirer.recorded, "migrate")
        result["awaiting"] = self._missing_ids(decisions, target, source)
        result["target"] = _key_packs(target.packs, None if changed is None else acquirer.packs)
        result["obligations"] = [describe_obligation(each) for each in acquirer.recorded.pending_removals]
        return result

    def _missing_ids(
        self, decisions: Sequence[Decision], target: Situation, source: Source | UnreadableSource
    ) -> list[dict[str, t.Any]]:
        if all(decision.outcome != AWAITING for decision in decisions):
            return []
        return missing_ids(
            decisions,
            operation="migrate",
            connection_method=target.connection_method,
            reason=MIGRATION_REASONS[self.params["reason"]],
            license_server_id=target.activation.license_server_id,
            contact=target.properties.contact,
            source_name=self.options["host"] or self.source_name or None,
            source_license_server_id=source.license_server_id,
            source_operating_system=source.operating_system_title,
        )


def _left(migration: MigrationPlan, migrator: Migrator, target: Situation) -> list[dict[str, t.Any]]:
    """What is still to be removed from the source."""
    if not migration.pending and not migration.planned:
        return []
    source = migrator.source
    pending = pending_removals_of(migrator.acquirer.recorded, source, target.activation.license_server_id or "")
    held = {pack.key_pack_id: pack.cals.quantity for pack in source.packs if pack.purchased}
    return [
        {
            "key_pack_id": pack.key_pack_id,
            "quantity": pack.quantity,
            "whole": pack.quantity >= held.get(pack.key_pack_id, 0),
        }
        for each in pending
        for pack in each.removals
    ]


def _key_packs(before: Sequence[KeyPack], after: Sequence[KeyPack] | None) -> dict[str, t.Any]:
    """What a server holds, as it was read; without C(key_packs_after) where nothing was done."""
    found = {"key_packs_before": [pack.describe() for pack in before]}
    if after is not None:
        found["key_packs_after"] = [pack.describe() for pack in after]
    return found
