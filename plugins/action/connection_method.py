# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin of winfleet.rd_licensing.connection_method; documented in plugins/modules/connection_method.py."""

from __future__ import annotations

import typing as t

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.action import (
    LicensingAction,
    ModuleContext,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.options import ArgumentSpec
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.plan_options import (
    with_plan_options,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.purchase_options import (
    CONNECTION_METHOD_OPTION,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.results import planned
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.connection_method_plan import (
    plan_connection_method,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanError

ARGUMENT_SPEC = with_plan_options(ArgumentSpec(options={"connection_method": CONNECTION_METHOD_OPTION}))


class ActionModule(LicensingAction):
    """Sets or reads the recorded connection method."""

    ARGUMENT_SPEC = ARGUMENT_SPEC

    def perform(self, context: ModuleContext) -> dict[str, t.Any]:
        """Two requests to read the method; one more to record another one, and one to read it back."""
        server = LicenseServer(context.open().session)
        # The registry would take a record on any Windows server; this makes sure that it is a license server.
        properties = server.properties()
        wanted = context.params["connection_method"]
        recorded = server.record.connection_method(about_to_be_set=wanted is not None)
        plan = plan_connection_method(server.name, recorded, wanted)
        after = plan.wanted
        observed = (("properties", properties), ("connection_method", recorded))
        if context.may_apply(plan.plan, {server.name: observed}) and plan.plan.changed:
            after = _record(server, plan.wanted or "", context)
        return {**planned(context, plan.plan), "connection_method": after, "previous": recorded}


def _record(server: LicenseServer, wanted: str, context: ModuleContext) -> str | None:
    """Write the method and read it back: the value that is there counts, not the response to the write."""
    lost: WsmanError | None = None
    try:
        server.record.write_connection_method(wanted)
    except WsmanError as error:
        if not error.outcome_unknown:
            raise
        lost = error
    context.note_change()
    recorded = server.record.connection_method()
    if recorded != wanted:
        raise lost or LicensingError(
            f"{server.name}: the connection method {wanted} was written, but {recorded or 'none'} is recorded now. "
            f"Another controller may have written it at the same time; run the task again."
        )
    return recorded
