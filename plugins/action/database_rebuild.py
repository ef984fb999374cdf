# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin of winfleet.rd_licensing.database_rebuild; documented in plugins/modules/database_rebuild.py."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.action import (
    LicensingAction,
    ModuleContext,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.options import ArgumentSpec, written_text
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.purchase_options import (
    CONNECTION_METHOD_OPTION,
    LICENSE_KEY_PACK_IDS_OPTION,
    PURCHASES_OPTION,
    RESOLVE_OPERATIONS_OPTION,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.results import (
    missing_ids,
    planned,
    purchase_results,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.acquirer import Acquirer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.call_and_verify import Verifier
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.database_rebuild import (
    Rebuilder,
    apply_resolutions,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.rebuild_observation import (
    observe_rebuild,
    observe_resolutions,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.clearinghouse_request import (
    with_answers,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import (
    InvalidOption,
    LicensingError,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import parse_purchases
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.database_rebuild import (
    RebuildPlan,
    Wanted,
    earlier_rebuild,
    plan_rebuild,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Plan
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.rebuild_deletion import (
    METHODS,
    RECREATE,
    UNINSTALL,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.rebuild_resolution import (
    CloseOperation,
    plan_rebuild_resolutions,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.resolutions import parse_resolutions
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanError

# A full local path. The licensing service takes no network path for its database.
_FOLDER: t.Final = re.compile(r"[A-Za-z]:\\[^<>\"|?*/:%]*")

ARGUMENT_SPEC = ArgumentSpec(
    options={
        "change_id": {"type": "str", "required": True},
        "reason": {"type": "str", "required": True},
        "purchases": {**PURCHASES_OPTION, "required": True},
        "confirm_deletion": {"type": "bool", "default": False},
        "waive_coverage": {"type": "bool", "default": False},
        "method": {"type": "str", "default": UNINSTALL, "choices": list(METHODS)},
        "database_path": {"type": "str"},
        "timeout": {"type": "int", "default": 300},
        "connection_method": CONNECTION_METHOD_OPTION,
        "license_key_pack_ids": LICENSE_KEY_PACK_IDS_OPTION,
        "adopt": {"type": "bool", "default": True},
        "resolve_operations": RESOLVE_OPERATIONS_OPTION,
    },
    requires={"database_path": ("method", RECREATE)},
)


class ActionModule(LicensingAction):
    """Deletes every installed CAL, and reinstalls the named purchases."""

    ARGUMENT_SPEC = ARGUMENT_SPEC

    def perform(self, context: ModuleContext) -> dict[str, t.Any]:
        """Observe, plan, apply unless in check mode, and report."""
        return DatabaseRebuild(context).run()


class DatabaseRebuild:
    """Checks the options when it is made, before any server is contacted; C(run) does the rest."""

    def __init__(self, context: ModuleContext) -> None:
        self._context = context
        params = context.params
        change_id = written_text(params, "change_id")
        purchases = parse_purchases(params["purchases"])
        self.wanted = Wanted(
            purchases=with_answers(purchases, params["license_key_pack_ids"], "reinstall", change_id),
            change_id=change_id,
            reason=written_text(params, "reason"),
            method=params["method"],
            confirm_deletion=params["confirm_deletion"],
            waive_coverage=params["waive_coverage"],
            adopt=params["adopt"],
        )
        self.database_path = _folder(params)
        self.resolutions = parse_resolutions(params["resolve_operations"])
        if params["timeout"] < 1:
            raise InvalidOption(f"timeout: must be 1 second or more; got {params['timeout']}.")

    def run(self) -> dict[str, t.Any]:
        """Observe, plan, apply unless in check mode, report."""
        opened = self._context.open()
        server = LicenseServer(opened.session)
        verifier = Verifier(opened.operation_timeout, self._context.warn, self._context.note_change)
        resolving = self._resolve(server, verifier)
        observed = observe_rebuild(
            server,
            change_id=self.wanted.change_id,
            method=self.wanted.method,
            connection_method=self._context.params["connection_method"],
            database_path=self.database_path,
            closed=[step.action for step in resolving.steps if isinstance(step.action, CloseOperation)],
        )
        rebuild = plan_rebuild(self.wanted, observed)
        acquirer = Acquirer(server, observed.situation, opened.operation_timeout, self._context.warn, self._context.did)
        earlier = earlier_rebuild(self.wanted.change_id, acquirer.ledger)
        rebuilder = Rebuilder(server, acquirer, self.wanted, earlier, self._context.params["timeout"], verifier)
        if self._context.check_mode:
            acquirer.ledger = rebuild.ledger
            return self._report(resolving, rebuild, rebuilder, None)
        try:
            rebuilder.apply(rebuild.plan.steps)
        except (LicensingError, WsmanError):
            if rebuilder.operation:
                self._context.tell_on_failure(deleted_key_packs=_deleted(rebuild))
            raise
        return self._report(resolving, rebuild, rebuilder, resolving.changed or rebuilder.changed)

    def _resolve(self, server: LicenseServer, verifier: Verifier) -> Plan:
        """Close the rebuilds that an administrator has decided about, before anything else is planned."""
        if not self.resolutions:
            return Plan()
        evidence, service = observe_resolutions(server, self.resolutions)
        plan = plan_rebuild_resolutions(server.name, evidence, service)
        if not self._context.check_mode:
            apply_resolutions(server, plan.steps, verifier, self._context.params["timeout"])
        return plan

    def _report(
        self, resolving: Plan, rebuild: RebuildPlan, rebuilder: Rebuilder, changed: bool | None
    ) -> dict[str, t.Any]:
        situation = rebuilder.acquirer.situation
        recorded = rebuilder.operation.rebuild if rebuilder.operation else None
        plan = rebuild.plan
        whole = Plan((*resolving.steps, *plan.steps), plan.views, (*resolving.warnings, *plan.warnings))
        result = planned(self._context, whole, changed)
        result["deleted_key_packs"] = _deleted(rebuild)
        result["kept_database"] = recorded.kept_as if recorded else None
        result["connection_method"] = situation.connection_method
        result["license_server"] = rebuilder.activation.describe()
        result["purchases"] = purchase_results(
            rebuild.decisions, rebuilder.acquirer.ledger, "reinstall", self.wanted.change_id
        )
        result["awaiting"] = missing_ids(
            rebuild.decisions,
            operation="reinstall",
            change_id=self.wanted.change_id,
            connection_method=situation.connection_method,
            reason=self.wanted.reason,
            license_server_id=rebuilder.activation.license_server_id,
            contact=rebuilder.properties.contact,
        )
        return result


def _deleted(rebuild: RebuildPlan) -> list[dict[str, t.Any]] | None:
    return None if rebuild.packs is None else [pack.describe() for pack in rebuild.packs]


def _folder(params: dict[str, t.Any]) -> str | None:
    path = params["database_path"]
    if path is None:
        return None
    folder = str(path).strip().replace("/", "\\")
    if not _FOLDER.fullmatch(folder) or folder.lower().endswith(".edb"):
        raise InvalidOption(
            "database_path: must be the full path of the folder that holds the database file, on a drive of the "
            "server, such as C:\\Windows\\System32\\lserver."
        )
    return folder
