# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One run of the module key_pack, from options to result."""

from __future__ import annotations

import typing as t

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.action import ModuleContext
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.options import written_text
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.results import planned, purchase_results
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.acquirer import Acquirer, Request
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.key_pack_changes import PackChanger
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.observation import observe
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.clearinghouse_request import (
    license_key_pack_request,
    with_answers,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import CAL_TYPES
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import InvalidOption
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import parse_purchases
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase_calls import INSTALL
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquisition import AWAITING
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.key_pack_changes import (
    Inventory,
    plan_conversion,
    plan_installs,
    plan_reduction,
    plan_removal,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Plan

_INSTALL_REASON: t.Final = "Installing RDS CALs"

# Which options belong to which state; one that does nothing is a mistake of the user's and said so.
_OPTIONS: t.Final[dict[str, tuple[str, ...]]] = {
    "absent": (),
    "reduced": ("quantity",),
    "converted": ("quantity", "cal_type", "change_id"),
    "present": (),
}


def install(context: ModuleContext) -> dict[str, t.Any]:
    """C(state: present): see that purchases are on the server."""
    _refuse_stray_options(context)
    purchases = with_answers(
        parse_purchases(context.params["purchases"]), context.params["license_key_pack_ids"], "install"
    )
    opened = context.open()
    server = LicenseServer(opened.session)
    situation = observe(server, context.params["connection_method"])
    decisions, plan = plan_installs(purchases, situation, adopt=context.params["adopt"])
    acquirer = Acquirer(server, situation, opened.operation_timeout, context.warn, context.did)
    changed = None
    if not context.check_mode:
        request = Request("install", "installing", INSTALL)
        changed = acquirer.apply(plan.steps, request)
    result = planned(context, plan, changed)
    result["connection_method"] = situation.connection_method
    result["purchases"] = purchase_results(decisions, acquirer.ledger, "install")
    result["awaiting"] = [
        license_key_pack_request(
            decision.purchase,
            operation="install",
            connection_method=situation.connection_method,
            reason=_INSTALL_REASON,
            license_server_id=situation.activation.license_server_id,
            contact=situation.properties.contact,
        )
        for decision in decisions
        if decision.outcome == AWAITING
    ]
    return result


def change(context: ModuleContext) -> dict[str, t.Any]:
    """The other states: a key pack is to go, to shrink or to become another type."""
    _refuse_stray_options(context)
    change_id = written_text(context.params, "change_id") if context.params["state"] == "converted" else ""
    opened = context.open()
    server = LicenseServer(opened.session)
    server.properties()
    inventory = Inventory(server.name, server.key_packs(), server.ledger())
    plan = _plan(context.params, change_id, inventory)
    changer = PackChanger(server, inventory.packs, inventory.ledger, opened.operation_timeout)
    changed = None if context.check_mode else changer.apply(plan.steps)
    result = planned(context, plan, changed)
    if context.params["state"] == "converted":
        done = changer.ledger.by_change("convert", change_id)
        unchanged = None if plan.steps else context.params["key_pack_id"]
        result["key_pack_id"] = done.result_key_pack_id if done else unchanged
    return result


def _plan(params: dict[str, t.Any], change_id: str, inventory: Inventory) -> Plan:
    key_pack_id = params["key_pack_id"]
    if params["state"] == "absent":
        return plan_removal(key_pack_id, inventory)
    if params["state"] == "reduced":
        return plan_reduction(key_pack_id, params["quantity"], inventory)
    cal_type = CAL_TYPES[params["cal_type"]]
    return plan_conversion(key_pack_id, cal_type, params["quantity"], change_id, inventory)


def _refuse_stray_options(context: ModuleContext) -> None:
    state = context.params["state"]
    for option in ("quantity", "cal_type", "change_id"):
        if context.params[option] is not None and option not in _OPTIONS[state]:
            raise InvalidOption(f"{option} has no meaning with state: {state}; leave it out.")
