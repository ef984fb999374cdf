# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin of winfleet.rd_licensing.database_rebuild; documented in plugins/modules/database_rebuild.py."""

from __future__ import annotations

import re
import typing as t
from dataclasses import replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.action import (
    LicensingAction,
    ModuleContext,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.options import ArgumentSpec, written_text
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
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.acquirer import Acquirer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.call_and_verify import Verifier
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.rebuild_observation import (
    Looking,
    observe_finished,
    observe_rebuild,
    observe_resolutions,
    read_record,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.rebuilder import (
    Rebuilder,
    apply_resolutions,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.settlement import settled_despite_refusal
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.clearinghouse_request import (
    with_answers,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import (
    InvalidOption,
    LicensingError,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import DONE, Operation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import parse_purchases
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Plan
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.rebuild_deletion import (
    METHODS,
    RECREATE,
    UNINSTALL,
    Observed,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.rebuild_plan import (
    RebuildAction,
    RebuildPlan,
    Wanted,
    earlier_rebuild,
    has_work_left,
    plan_rebuild,
    settle_for,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.rebuild_resolution import (
    CloseOperation,
    ResolutionAction,
    plan_rebuild_resolutions,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.resolutions import (
    discarded_values,
    parse_resolutions,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanError

# A full local path. The licensing service takes no network path for its database.
_FOLDER: t.Final = re.compile(r"[A-Za-z]:\\[^<>\"|?*/:%]*")

ARGUMENT_SPEC = with_plan_options(
    ArgumentSpec(
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
            "outcome_wait": OUTCOME_WAIT_OPTION,
        },
        requires={"database_path": ("method", RECREATE)},
    )
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
            resolutions=parse_resolutions(params["resolve_operations"]),
        )
        self.looking = Looking(
            change_id=change_id,
            method=params["method"],
            connection_method=params["connection_method"],
            database_path=_folder(params),
            outcome_wait=params["outcome_wait"],
        )
        if params["timeout"] < 1:
            raise InvalidOption(f"timeout: must be 1 second or more; got {params['timeout']}.")

    def run(self) -> dict[str, t.Any]:
        """Observe, plan, apply unless in check mode, report."""
        context = self._context
        opened = context.open()
        server = LicenseServer(opened.session)
        verifier = Verifier(opened.operation_timeout, context.warn, context.note_change)
        resolving, recorded = self._resolutions(server)
        if resolving.steps and not context.check_mode:
            recorded = self._resolve(server, verifier, resolving, recorded)
        begun = earlier_rebuild(self.wanted.change_id, recorded)
        observed = self._observe(server, recorded, begun)
        _recorded, settled = settle_for(self.wanted, observed)
        with settled_despite_refusal(server, settled, context):
            rebuild = plan_rebuild(self.wanted, observed)
        acquirer = Acquirer(
            server,
            observed.situation,
            opened.operation_timeout,
            context.warn,
            Progress(server.name, len(rebuild.plan.steps), "steps carried out").following(context.did),
            note_change=context.note_change,
        )
        rebuilder = Rebuilder(server, acquirer, self.wanted, begun, context.params["timeout"], verifier)
        whole = _joined(resolving, rebuild.plan)
        if not self._may_apply(server, whole, rebuild, observed):
            acquirer.recorded = rebuild.recorded
            return {**self._report(whole, observed, rebuild, rebuilder, None), "begun": begun is not None}
        try:
            rebuilder.apply(rebuild.plan.steps)
        except (LicensingError, WsmanError):
            if rebuilder.operation:
                context.tell_on_failure(deleted_key_packs=_deleted(rebuild))
            raise
        changed = resolving.changed or rebuilder.changed
        return {**self._report(whole, observed, rebuild, rebuilder, changed), "begun": begun is not None}

    def _resolutions(self, server: LicenseServer) -> tuple[Plan[ResolutionAction], OperationRecord]:
        """How rebuilds are closed that an administrator has decided about, and the record once they are."""
        recorded = read_record(server, self.wanted.change_id, discarded_values(self.wanted.resolutions))
        evidence, service = observe_resolutions(server, recorded, self.wanted.resolutions)
        plan = plan_rebuild_resolutions(server.name, evidence, service)
        closed = [each.action for each in plan.steps if isinstance(each.action, CloseOperation)]
        return plan, recorded.including(*(replace(each.operation, status=each.status) for each in closed))

    def _resolve(
        self, server: LicenseServer, verifier: Verifier, resolving: Plan[ResolutionAction], recorded: OperationRecord
    ) -> OperationRecord:
        """Close these rebuilds, before anything else is planned; an approved plan is looked at as a whole first."""
        if self._context.gate.active:
            observed = self._observe(server, recorded, earlier_rebuild(self.wanted.change_id, recorded))
            rebuild = plan_rebuild(self.wanted, observed)
            may_apply = self._may_apply(server, _joined(resolving, rebuild.plan), rebuild, observed)
        else:
            may_apply = self._context.may_apply(resolving, {})
        if may_apply:
            apply_resolutions(server, resolving.steps, verifier, self._context.params["timeout"])
        return read_record(server, self.wanted.change_id, discarded_values(self.wanted.resolutions))

    def _may_apply(self, server: LicenseServer, plan: Plan[object], rebuild: RebuildPlan, observed: Observed) -> bool:
        """Whether the plan may be applied, with all that it rests on and all that follows it."""
        situation = observed.situation
        everything: tuple[t.Any, ...] = (observed,)
        if not observed.complete:
            everything = (("packs", situation.packs), ("recorded", situation.recorded))
        return self._context.may_apply(
            plan,
            {server.name: everything},
            told={"change_id": self.wanted.change_id, "reason": self.wanted.reason},
            purchases=self.wanted.purchases,
            **awaited_acquisitions(rebuild.decisions, situation.connection_method, "Reinstall"),
        )

    def _observe(self, server: LicenseServer, recorded: OperationRecord, begun: Operation | None) -> Observed:
        """Read everything that the plan needs."""
        if begun and begun.status == DONE:
            observed = observe_finished(server, recorded, self.looking)
            if not has_work_left(self.wanted, observed):
                return observed
        return observe_rebuild(server, recorded, self.looking)

    def _report(
        self,
        plan: Plan[object],
        observed: Observed,
        rebuild: RebuildPlan,
        rebuilder: Rebuilder,
        changed: bool | None,
    ) -> dict[str, t.Any]:
        acquirer = rebuilder.acquirer
        recorded = rebuilder.operation.rebuild if rebuilder.operation else None
        result = planned(self._context, plan, changed)
        result["deleted_key_packs"] = _deleted(rebuild)
        result["kept_database"] = recorded.kept_as if recorded else None
        if not observed.unreadable or changed is not None:
            result["key_packs"] = [pack.describe() for pack in acquirer.packs]
        if observed.complete:
            result["connection_method"] = acquirer.situation.connection_method
            result["license_server"] = rebuilder.activation.describe()
        result["purchases"] = purchase_results(rebuild.decisions, acquirer.recorded, "reinstall", self.wanted.change_id)
        result["awaiting"] = missing_ids(
            rebuild.decisions,
            operation="reinstall",
            change_id=self.wanted.change_id,
            connection_method=acquirer.situation.connection_method,
            reason=self.wanted.reason,
            license_server_id=rebuilder.activation.license_server_id,
            contact=rebuilder.properties.contact,
        )
        return result


def _joined(first: Plan[ResolutionAction], second: Plan[RebuildAction]) -> Plan[object]:
    return Plan((*first.steps, *second.steps), second.views, (*first.warnings, *second.warnings))


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
