# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change in any release.
"""One run of the module license_server, from options to result."""

from __future__ import annotations

import typing as t

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.action import ModuleContext
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.options import written_text
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.results import planned
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.license_server_state import (
    LicenseServerChanger,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.observation import effective_method
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing import identifiers
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.clearinghouse_request import (
    activation_request,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import InvalidOption
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.ledger import Ledger
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import (
    Activation,
    LicenseServer,
    ServerProperties,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.license_server_state import (
    LicenseServerPlan,
    Observed,
    Wanted,
    plan_license_server,
)

# Which options belong to which state; one that does nothing is a mistake of the user's and said so.
_STATE_OPTIONS: t.Final[dict[str, tuple[str, ...]]] = {
    "license_server_id": ("activated", "reactivated"),
    "confirmation_code": ("deactivated",),
    "reason": ("reactivated",),
    "change_id": ("reactivated",),
}


class LicenseServerTask:
    """Checks the options when it is made, before any server is asked; C(run) does the rest."""

    def __init__(self, context: ModuleContext) -> None:
        self.task = context
        params = context.params
        for option, states in _STATE_OPTIONS.items():
            if params[option] is not None and params["state"] not in states:
                raise InvalidOption(f"{option} has a meaning only with state: {' or '.join(states)}.")
        self.wanted = Wanted(
            state=params["state"],
            contact=_given(params["contact"]),
            discovery_scope=params["discovery_scope"],
            registrations=_given(params["active_directory"]),
            reason=params["reason"],
            change_id=written_text(params, "change_id") if params["change_id"] is not None else None,
            license_server_id=_code(params, "license_server_id", identifiers.LICENSE_SERVER_ID),
            confirmation_code=_code(params, "confirmation_code", identifiers.CONFIRMATION_CODE),
        )

    def run(self) -> dict[str, t.Any]:
        """Observe, plan, apply unless in check mode, report."""
        server = LicenseServer(self.task.open().session)
        observed = self._observe(server)
        planned_server = plan_license_server(self.wanted, observed)
        plan = planned_server.plan
        if self.task.check_mode or not plan.steps:
            return self._report(planned_server, observed, observed.properties, observed.activation)
        changer = LicenseServerChanger(server, self.wanted, observed.ledger, observed.connection_method, self.task.did)
        changer.apply(plan.steps)
        return self._report(planned_server, observed, server.properties(), server.activation())

    def _observe(self, server: LicenseServer) -> Observed:
        # The record matters only where the Clearinghouse may be asked, and each entry of it costs a request.
        concerns_clearinghouse = self.wanted.state is not None
        return Observed(
            server=server.name,
            properties=server.properties(),
            activation=server.activation(),
            registrations=server.registrations(list(self.wanted.registrations)),
            ledger=server.ledger() if concerns_clearinghouse else Ledger(),
            connection_method=(
                effective_method(server, self.task.params["connection_method"])
                if concerns_clearinghouse
                else "automatic"
            ),
        )

    def _report(
        self,
        planned_server: LicenseServerPlan,
        observed: Observed,
        properties: ServerProperties,
        activation: Activation,
    ) -> dict[str, t.Any]:
        result = planned(self.task, planned_server.plan)
        result["license_server"] = {
            **activation.describe(),
            "contact": properties.contact,
            "discovery_scope": properties.discovery_scope,
            "product_id": properties.product_id,
        }
        result["awaiting"] = []
        if planned_server.awaiting:
            request = activation_request(
                planned_server.awaiting,
                connection_method=observed.connection_method,
                product_id=properties.product_id,
                license_server_id=activation.license_server_id,
                contact={**properties.contact, **self.wanted.contact},
                reason=self.wanted.reason,
            )
            result["awaiting"] = [request]
        return result


def _given(options: dict[str, t.Any] | None) -> dict[str, t.Any]:
    return {name: value for name, value in (options or {}).items() if value is not None}


def _code(params: dict[str, t.Any], option: str, shape: identifiers.Shape) -> str | None:
    text = params[option]
    return None if text is None else identifiers.canonical(text, shape, option)
