# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin of winfleet.rd_licensing.cal_migration; its documentation is in plugins/modules/cal_migration.py."""

from __future__ import annotations

import typing as t
from collections.abc import Sequence
from dataclasses import replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.action import (
    LicensingAction,
    ModuleContext,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.options import ArgumentSpec
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.purchase_options import (
    CONNECTION_METHOD_OPTION,
    LICENSE_KEY_PACK_IDS_OPTION,
    OUTCOME_WAIT_OPTION,
    PURCHASES_OPTION,
    RESOLVE_OPERATIONS_OPTION,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.results import (
    missing_ids,
    planned,
    purchase_results,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.acquirer import Acquirer, Request
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.migration import (
    BlindMigrator,
    Migrator,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.observation import (
    observe,
    observe_source,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing import identifiers
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.clearinghouse_request import (
    with_answers,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import MIGRATION_REASONS
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import InvalidOption
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import describe_obligation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import parse_purchases
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.windows_release import WINDOWS_RELEASES
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquisition import Decision
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.blind_migration import (
    UnreadableSource,
    plan_blind_migration,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.decided_operations import (
    settle_decided,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.migration import plan_migration
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.migration_source import Source
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Plan, Step
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.resolutions import (
    DISCARD,
    discarded_values,
    parse_resolutions,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.situation import Situation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.source_removals import (
    PendingRemoval,
    pending_removals_of,
)

ARGUMENT_SPEC = ArgumentSpec(
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
        if not self.options["host"] and not self.options["operating_system"]:
            raise InvalidOption(
                "source: a source that is not a host of the inventory needs operating_system beside "
                "license_server_id, as in the Manage RDS CALs Wizard."
            )

    def run(self) -> dict[str, t.Any]:
        """Observe, plan, apply unless in check mode, report."""
        opened = self.context.open()
        server = LicenseServer(opened.session)
        target = observe(
            server,
            self.params["connection_method"],
            outcome_wait=self.params["outcome_wait"],
            discarded=discarded_values(self.resolutions),
        )
        ledger, decided = settle_decided(self.resolutions, target.ledger, target.packs, server.name)
        target = replace(target, ledger=ledger)
        acquirer = Acquirer(
            server,
            target,
            opened.operation_timeout,
            self.context.warn,
            self.context.did,
            note_change=self.context.note_change,
        )
        if self.options["host"]:
            return self._from_host(target, acquirer, decided)
        return self._from_unreachable(target, acquirer, decided)

    def _from_host(self, target: Situation, acquirer: Acquirer, decided: Sequence[Step]) -> dict[str, t.Any]:
        opened = self.context.open_other(self.options["host"])
        source_server = LicenseServer(opened.session)
        source = observe_source(
            source_server,
            remote_addr=opened.remote_addr,
            name=self.options["name"],
            license_server_id=self.license_server_id,
            outcome_wait=self.params["outcome_wait"],
            discarded=discarded_values(self.resolutions),
        )
        by_id = [each for each in self.resolutions if each.outcome != DISCARD]
        source_ledger, decided_there = settle_decided(by_id, source.ledger, source.packs, source.server)
        source = replace(source, ledger=source_ledger)
        remove = self.params["remove_from_source"]
        migration = plan_migration(
            self.purchases,
            target,
            source,
            adopt=self.params["adopt"],
            require_full_coverage=self.params["require_full_coverage"],
            remove_from_source=remove,
        )
        migrator = Migrator(acquirer, source_server, source, self.params["reason"], remove, self.purchases)
        plan = replace(migration.plan, steps=(*decided, *decided_there, *migration.plan.steps))
        changed = None
        if not self.context.check_mode:
            changed = acquirer.apply(decided, Request("migrate", ""))
            changed |= migrator.apply_on_source(decided_there)
            changed |= migrator.apply(migration)
        left = pending_removals_of(acquirer.ledger, migrator.source, target.activation.license_server_id or "")
        return self._report(plan, migration.decisions, target, acquirer, changed, source, left)

    def _from_unreachable(self, target: Situation, acquirer: Acquirer, decided: Sequence[Step]) -> dict[str, t.Any]:
        source = UnreadableSource(
            self.options["name"] or "", self.license_server_id or "", self.options["operating_system"]
        )
        decisions, plan = plan_blind_migration(
            self.purchases,
            target,
            source,
            adopt=self.params["adopt"],
            acknowledge_manual_removal=self.params["acknowledge_manual_removal"],
            acknowledge_removed=self.params["acknowledge_removed"],
        )
        plan = replace(plan, steps=(*decided, *plan.steps))
        migrator = BlindMigrator(acquirer, source, self.params["reason"], self.purchases)
        changed = None if self.context.check_mode else migrator.apply(plan.steps)
        return self._report(plan, decisions, target, acquirer, changed, source, ())

    def _report(
        self,
        plan: Plan,
        decisions: Sequence[Decision],
        target: Situation,
        acquirer: Acquirer,
        changed: bool | None,
        source: Source | UnreadableSource,
        left: Sequence[PendingRemoval],
    ) -> dict[str, t.Any]:
        result = planned(self.context, plan, changed)
        result["connection_method"] = target.connection_method
        result["purchases"] = purchase_results(decisions, acquirer.ledger, "migrate")
        result["awaiting"] = missing_ids(
            decisions,
            operation="migrate",
            connection_method=target.connection_method,
            reason=MIGRATION_REASONS[self.params["reason"]],
            license_server_id=target.activation.license_server_id,
            contact=target.properties.contact,
            source_name=self.options["host"] or self.options["name"],
            source_license_server_id=source.license_server_id,
            source_operating_system=source.operating_system_title,
        )
        result["left_behind"] = [
            {
                "key_pack_id": removal.key_pack_id,
                "quantity": removal.quantity,
                "whole": removal.quantity >= _held(source, removal.key_pack_id),
            }
            for each in left
            for removal in each.removals
        ]
        result["obligations"] = [describe_obligation(each) for each in acquirer.ledger.pending_removals]
        return result


def _held(source: Source | UnreadableSource, key_pack_id: int) -> int:
    packs = source.packs if isinstance(source, Source) else ()
    return sum(pack.cals.quantity for pack in packs if pack.key_pack_id == key_pack_id and pack.purchased)
