# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One run of the module cal_migration, from options to result."""

from __future__ import annotations

import typing as t
from collections.abc import Sequence

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.action import ModuleContext
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.results import planned, purchase_results
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.acquirer import Acquirer
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
    license_key_pack_request,
    with_answers,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import MIGRATION_REASONS
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import InvalidOption
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import describe_obligation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import parse_purchases
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquisition import AWAITING, Decision
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.blind_migration import (
    UnreadableSource,
    plan_blind_migration,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.debts import Debt, Source, debts_of
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.migration import plan_migration
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Plan
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.situation import Situation


class MigrationTask:
    """Checks the options when it is made, before any server is asked; C(run) does the rest."""

    def __init__(self, context: ModuleContext) -> None:
        self.task = context
        self.params = context.params
        self.options: dict[str, t.Any] = self.params["source"]
        self.purchases = with_answers(
            parse_purchases(self.params["purchases"]), self.params["license_key_pack_ids"], "migrate"
        )
        given = self.options["license_server_id"]
        self.license_server_id: str | None = given and identifiers.canonical(
            given, identifiers.LICENSE_SERVER_ID, "source.license_server_id"
        )
        self._refuse_meaningless()
        if not self.options["host"] and not self.options["operating_system"]:
            raise InvalidOption(
                "source: a source that is not a host of the inventory needs operating_system beside "
                "license_server_id, as in the Manage RDS CALs Wizard."
            )

    def _refuse_meaningless(self) -> None:
        """An option that does nothing would be taken for one that does."""
        given = {**self.params, "source.operating_system": self.options["operating_system"]}
        with_host = ("require_full_coverage", "remove_from_source")
        without = ("acknowledge_manual_removal", "acknowledge_removed", "source.operating_system")
        for name in without if self.options["host"] else with_host:
            if given[name]:
                how = "without" if self.options["host"] else "with"
                raise InvalidOption(f"{name} has a meaning only {how} source.host; leave it out.")

    def run(self) -> dict[str, t.Any]:
        """Observe, plan, apply unless in check mode, report."""
        opened = self.task.open()
        server = LicenseServer(opened.session)
        target = observe(server, self.params["connection_method"])
        acquirer = Acquirer(server, target, opened.operation_timeout, self.task.warn, self.task.did)
        if self.options["host"]:
            return self._from_host(target, acquirer)
        return self._from_papers(target, acquirer)

    def _from_host(self, target: Situation, acquirer: Acquirer) -> dict[str, t.Any]:
        opened = self.task.open_other(self.options["host"])
        source_server = LicenseServer(opened.session)
        source = observe_source(
            source_server,
            remote_addr=opened.remote_addr,
            name=self.options["name"],
            license_server_id=self.license_server_id,
        )
        remove = self.params["remove_from_source"]
        migration = plan_migration(
            self.purchases,
            target,
            source,
            adopt=self.params["adopt"],
            require_full_coverage=self.params["require_full_coverage"],
            remove_from_source=remove,
        )
        migrator = Migrator(acquirer, source_server, source, self.params["reason"], remove)
        changed = None if self.task.check_mode else migrator.apply(migration.plan.steps)
        owed = debts_of(acquirer.ledger, migrator.source)
        return self._report(migration.plan, migration.decisions, target, acquirer, changed, source, owed)

    def _from_papers(self, target: Situation, acquirer: Acquirer) -> dict[str, t.Any]:
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
        migrator = BlindMigrator(acquirer, source, self.params["reason"])
        changed = None if self.task.check_mode else migrator.apply(plan.steps)
        return self._report(plan, decisions, target, acquirer, changed, source, ())

    def _report(
        self,
        plan: Plan,
        decisions: Sequence[Decision],
        target: Situation,
        acquirer: Acquirer,
        changed: bool | None,
        source: Source | UnreadableSource,
        owed: Sequence[Debt],
    ) -> dict[str, t.Any]:
        result = planned(self.task, plan, changed)
        result["connection_method"] = target.connection_method
        result["purchases"] = purchase_results(decisions, acquirer.ledger, "migrate")
        result["awaiting"] = [
            license_key_pack_request(
                decision.purchase,
                operation="migrate",
                connection_method=target.connection_method,
                reason=MIGRATION_REASONS[self.params["reason"]],
                license_server_id=target.activation.license_server_id,
                contact=target.properties.contact,
                source_name=self.options["host"] or self.options["name"],
                source_license_server_id=source.license_server_id,
                source_operating_system=source.operating_system_title,
            )
            for decision in decisions
            if decision.outcome == AWAITING
        ]
        result["left_behind"] = [
            {"key_pack_id": removal.key_pack_id, "quantity": removal.cals.quantity, "whole": removal.whole}
            for debt in owed
            for removal in debt.removals
        ]
        result["obligations"] = [describe_obligation(each) for each in acquirer.ledger.pending_removals]
        return result
