# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin of winfleet.rd_licensing.license_server; its documentation is in plugins/modules/license_server.py."""

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
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.purchase_options import (
    CONNECTION_METHOD_OPTION,
    OUTCOME_WAIT_OPTION,
    RESOLVE_OPERATIONS_OPTION,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.results import planned
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.call_and_verify import Verifier
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.license_server_changes import (
    LicenseServerChanger,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.observation import (
    DEFAULT_CONNECTION_METHOD,
    effective_method,
    outcome_rule,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing import identifiers
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.clearinghouse_request import (
    activation_request,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import (
    DISCOVERY_SCOPES,
    REACTIVATION_REASONS,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import (
    Activation,
    LicenseServer,
    ServerProperties,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server_calls import (
    CONTACT_PROPERTIES,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.license_server_plan import (
    REGISTRATION_TITLES,
    STATES,
    LicenseServerPlan,
    Observed,
    Wanted,
    plan_license_server,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.resolutions import (
    discarded_values,
    parse_resolutions,
)

ARGUMENT_SPEC = with_plan_options(
    ArgumentSpec(
        options={
            "state": {"type": "str", "choices": list(STATES)},
            "contact": {"type": "dict", "options": {name: {"type": "str"} for name in CONTACT_PROPERTIES}},
            "discovery_scope": {"type": "str", "choices": list(DISCOVERY_SCOPES)},
            "active_directory": {"type": "dict", "options": {name: {"type": "bool"} for name in REGISTRATION_TITLES}},
            "connection_method": CONNECTION_METHOD_OPTION,
            "license_server_id": {"type": "str"},
            "confirmation_code": {"type": "str", "no_log": True},
            "reason": {"type": "str", "choices": list(REACTIVATION_REASONS)},
            "change_id": {"type": "str"},
            "resolve_operations": RESOLVE_OPERATIONS_OPTION,
            "outcome_wait": OUTCOME_WAIT_OPTION,
        },
        required_if=(("state", "reactivated", ("reason", "change_id")),),
        requires={
            "license_server_id": ("state", "activated", "reactivated"),
            "confirmation_code": ("state", "deactivated"),
            "reason": ("state", "reactivated"),
            "change_id": ("state", "reactivated"),
        },
    )
)


# Stands for an answer of the Clearinghouse that is still to come.
_ANY_ANSWER: t.Final = "?"


class ActionModule(LicensingAction):
    """Sets contact data, scope, registration and activation of a license server."""

    ARGUMENT_SPEC = ARGUMENT_SPEC

    def perform(self, context: ModuleContext) -> dict[str, t.Any]:
        """Observe, plan, apply unless in check mode, and report."""
        wanted = _wanted(context.params)
        opened = context.open()
        server = LicenseServer(opened.session)
        observed = _observe(server, wanted, context.params)
        planned_server = plan_license_server(wanted, observed)
        properties, activation = observed.properties, observed.activation
        if context.may_apply(
            planned_server.plan,
            {server.name: (observed,)},
            told={"reason": wanted.reason, "change_id": wanted.change_id},
            **_awaited(planned_server, wanted, observed),
        ):
            verifier = Verifier(opened.operation_timeout, context.warn, context.note_change)
            changer = LicenseServerChanger(server, wanted, observed, verifier, context.did)
            changer.apply(planned_server.plan.steps)
            properties, activation = changer.properties, changer.activation
        result = planned(context, planned_server.plan)
        result["license_server"] = {
            **activation.describe(),
            "contact": properties.contact,
            "discovery_scope": properties.discovery_scope,
            "product_id": properties.product_id,
        }
        result["awaiting"] = _awaiting(planned_server, wanted, observed, properties, activation)
        return result


def _wanted(params: dict[str, t.Any]) -> Wanted:
    return Wanted(
        state=params["state"],
        contact=_given(params["contact"]),
        discovery_scope=params["discovery_scope"],
        registrations=_given(params["active_directory"]),
        reason=params["reason"],
        change_id=written_text(params, "change_id") if params["change_id"] is not None else None,
        license_server_id=_code(params, "license_server_id", identifiers.LICENSE_SERVER_ID),
        confirmation_code=_code(params, "confirmation_code", identifiers.CONFIRMATION_CODE),
        resolutions=parse_resolutions(params["resolve_operations"]),
    )


def _observe(server: LicenseServer, wanted: Wanted, params: dict[str, t.Any]) -> Observed:
    properties = server.properties()
    # Record and method matter only where the Clearinghouse may be asked.
    if wanted.state is None and not wanted.resolutions:
        return Observed(
            server.name,
            properties,
            server.activation(),
            server.registrations(list(wanted.registrations)),
            OperationRecord(),
            DEFAULT_CONNECTION_METHOD,
        )
    recorded = server.recorded_operations(discarded=discarded_values(wanted.resolutions))
    return Observed(
        server=server.name,
        properties=properties,
        activation=server.activation(),
        registrations=server.registrations(list(wanted.registrations)),
        recorded=recorded,
        connection_method=effective_method(server, params["connection_method"]),
        outcome=outcome_rule(server, recorded, params["outcome_wait"]),
    )


def _awaited(planned_server: LicenseServerPlan, wanted: Wanted, observed: Observed) -> dict[str, t.Any]:
    """The steps that follow once the ID or code is there: the plan that any ID or code makes."""
    if not planned_server.awaiting:
        return {}
    answered = replace(wanted, license_server_id=_ANY_ANSWER)
    if planned_server.awaiting == "confirmation_code":
        answered = replace(wanted, confirmation_code=_ANY_ANSWER)
    first = {step.text for step in planned_server.plan.steps}
    steps = plan_license_server(answered, observed).plan.steps
    return {
        "awaited": tuple(step for step in steps if step.text not in first),
        "asks": (
            {
                "title": f"{planned_server.awaiting.replace('_', ' ').capitalize()} of {observed.server}",
                "connection_method": observed.connection_method,
            },
        ),
    }


def _awaiting(
    planned_server: LicenseServerPlan,
    wanted: Wanted,
    observed: Observed,
    properties: ServerProperties,
    activation: Activation,
) -> list[dict[str, t.Any]]:
    if not planned_server.awaiting:
        return []
    request = activation_request(
        planned_server.awaiting,
        connection_method=observed.connection_method,
        product_id=properties.product_id,
        license_server_id=activation.license_server_id,
        contact={**properties.contact, **wanted.contact},
        reason=wanted.reason,
    )
    return [request]


def _given(options: dict[str, t.Any] | None) -> dict[str, t.Any]:
    return {name: value for name, value in (options or {}).items() if value is not None}


def _code(params: dict[str, t.Any], option: str, shape: identifiers.Shape) -> str | None:
    text = params[option]
    return None if text is None else identifiers.canonical(text, shape, option)
