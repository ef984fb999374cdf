# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin of winfleet.rd_licensing.key_pack; its documentation is in plugins/modules/key_pack.py."""

from __future__ import annotations

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
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.acquirer import Acquirer, Request
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.key_pack_changes import KeyPackChanger
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.observation import (
    observe,
    observe_rest,
    outcome_rule,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.settlement import settled_despite_refusal
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.clearinghouse_request import (
    with_answers,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import CAL_TYPES
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import parse_purchases
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquisition import AWAITING
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.decided_operations import (
    settle_operations,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.key_pack_changes import (
    Inventory,
    KeyPackAction,
    plan_conversion,
    plan_installs,
    plan_reduction,
    plan_removal,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.not_observed import NotObserved
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Plan
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.resolutions import (
    discarded_values,
    parse_resolutions,
)

_INSTALL_REASON: t.Final = "Installing RDS CALs"

ARGUMENT_SPEC = with_plan_options(
    ArgumentSpec(
        options={
            "state": {"type": "str", "default": "present", "choices": ["present", "absent", "reduced", "converted"]},
            "purchases": PURCHASES_OPTION,
            "license_key_pack_ids": LICENSE_KEY_PACK_IDS_OPTION,
            "connection_method": CONNECTION_METHOD_OPTION,
            "adopt": {"type": "bool", "default": True},
            "key_pack_id": {"type": "int"},
            "quantity": {"type": "int"},
            "cal_type": {"type": "str", "choices": list(CAL_TYPES)},
            "change_id": {"type": "str"},
            "resolve_operations": RESOLVE_OPERATIONS_OPTION,
            "outcome_wait": OUTCOME_WAIT_OPTION,
        },
        mutually_exclusive=(("purchases", "key_pack_id"),),
        required_if=(
            ("state", "present", ("purchases",)),
            ("state", "absent", ("key_pack_id",)),
            ("state", "reduced", ("key_pack_id", "quantity")),
            ("state", "converted", ("key_pack_id", "cal_type", "change_id")),
        ),
        requires={
            "quantity": ("state", "reduced", "converted"),
            "cal_type": ("state", "converted"),
            "change_id": ("state", "converted"),
        },
    )
)


class ActionModule(LicensingAction):
    """Installs purchases; removes, reduces or converts a key pack."""

    ARGUMENT_SPEC = ARGUMENT_SPEC

    def perform(self, context: ModuleContext) -> dict[str, t.Any]:
        """Observe, plan, apply unless in check mode, and report."""
        return _install(context) if context.params["state"] == "present" else _change(context)


def _install(context: ModuleContext) -> dict[str, t.Any]:
    """C(state: present): install the purchases that are not on the server."""
    purchases = with_answers(
        parse_purchases(context.params["purchases"]), context.params["license_key_pack_ids"], "install"
    )
    resolutions = parse_resolutions(context.params["resolve_operations"])
    opened = context.open()
    server = LicenseServer(opened.session)
    situation = observe(
        server,
        context.params["connection_method"],
        outcome_wait=context.params["outcome_wait"],
        discarded=discarded_values(resolutions),
    )
    recorded, settled = settle_operations(resolutions, situation.recorded, situation.packs, server.name, purchases)
    situation = replace(situation, recorded=recorded)
    with settled_despite_refusal(server, settled, context):
        try:
            decisions, plan = plan_installs(purchases, situation, adopt=context.params["adopt"])
        except NotObserved:
            situation = observe_rest(server, situation)
            decisions, plan = plan_installs(purchases, situation, adopt=context.params["adopt"])
    plan = replace(plan, steps=(*settled, *plan.steps))
    acquirer = Acquirer(
        server,
        situation,
        opened.operation_timeout,
        context.warn,
        Progress(server.name, len(plan.steps), "steps carried out").following(context.did),
        note_change=context.note_change,
    )
    changed = None
    if context.may_apply(
        plan,
        {server.name: (situation,)},
        purchases=purchases,
        **awaited_acquisitions(decisions, situation.connection_method, "Install"),
    ):
        changed = acquirer.apply(plan.steps, Request("install", "installing", purchases))
    result = planned(context, plan, changed)
    result["connection_method"] = situation.connection_method
    result["purchases"] = purchase_results(decisions, acquirer.recorded, "install")
    result["awaiting"] = []
    if any(decision.outcome == AWAITING for decision in decisions):
        result["awaiting"] = missing_ids(
            decisions,
            operation="install",
            connection_method=situation.connection_method,
            reason=_INSTALL_REASON,
            license_server_id=situation.activation.license_server_id,
            contact=situation.properties.contact,
        )
    return result


def _change(context: ModuleContext) -> dict[str, t.Any]:
    """The other states: remove, reduce or convert a key pack."""
    change_id = written_text(context.params, "change_id") if context.params["state"] == "converted" else ""
    resolutions = parse_resolutions(context.params["resolve_operations"])
    opened = context.open()
    server = LicenseServer(opened.session)
    recorded = server.recorded_operations(discarded=discarded_values(resolutions))
    outcome = outcome_rule(server, recorded, context.params["outcome_wait"])
    packs = server.key_packs()
    if not packs:
        # The provider returns nothing at all to an account that is not an administrator.
        server.properties()
    recorded, settled = settle_operations(resolutions, recorded, packs, server.name)
    inventory = Inventory(server.name, packs, recorded, outcome)
    with settled_despite_refusal(server, settled, context):
        plan = _plan(context.params, change_id, inventory)
    plan = replace(plan, steps=(*settled, *plan.steps))
    changer = KeyPackChanger(
        server,
        inventory.packs,
        inventory.recorded,
        opened.operation_timeout,
        context.warn,
        context.did,
        note_change=context.note_change,
    )
    changed = changer.apply(plan.steps) if context.may_apply(plan, {server.name: (inventory,)}) else None
    result = planned(context, plan, changed)
    if context.params["state"] == "converted":
        done = changer.recorded.by_change("convert", change_id)
        unchanged = None if len(plan.steps) > len(settled) else context.params["key_pack_id"]
        result["key_pack_id"] = done.result_key_pack_id if done else unchanged
    return result


def _plan(params: dict[str, t.Any], change_id: str, inventory: Inventory) -> Plan[KeyPackAction]:
    key_pack_id = params["key_pack_id"]
    if params["state"] == "absent":
        return plan_removal(key_pack_id, inventory)
    if params["state"] == "reduced":
        return plan_reduction(key_pack_id, params["quantity"], inventory)
    cal_type = CAL_TYPES[params["cal_type"]]
    return plan_conversion(key_pack_id, cal_type, params["quantity"], change_id, inventory)
