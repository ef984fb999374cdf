# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin of winfleet.rd_licensing.license_server; its documentation is in plugins/modules/license_server.py."""

from __future__ import annotations

import typing as t

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.action import (
    LicensingAction,
    ModuleContext,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.license_server_task import (
    LicenseServerTask,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.options import ArgumentSpec
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.purchase_options import (
    CONNECTION_METHOD_OPTION,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import (
    DISCOVERY_SCOPES,
    REACTIVATION_REASONS,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import CONTACT_PROPERTIES
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.license_server_state import (
    REGISTRATION_METHODS,
    STATES,
)

ARGUMENT_SPEC = ArgumentSpec(
    options={
        "state": {"type": "str", "choices": list(STATES)},
        "contact": {"type": "dict", "options": {name: {"type": "str"} for name in CONTACT_PROPERTIES}},
        "discovery_scope": {"type": "str", "choices": list(DISCOVERY_SCOPES)},
        "active_directory": {"type": "dict", "options": {name: {"type": "bool"} for name in REGISTRATION_METHODS}},
        "connection_method": CONNECTION_METHOD_OPTION,
        "license_server_id": {"type": "str"},
        "confirmation_code": {"type": "str", "no_log": True},
        "reason": {"type": "str", "choices": list(REACTIVATION_REASONS)},
        "change_id": {"type": "str"},
    },
    required_if=(("state", "reactivated", ("reason", "change_id")),),
)


class ActionModule(LicensingAction):
    """Brings a license server to wanted contact data, scope, registration and activation."""

    ARGUMENT_SPEC = ARGUMENT_SPEC

    def perform(self, context: ModuleContext) -> dict[str, t.Any]:
        """Observe, plan, apply unless in check mode, and report."""
        return LicenseServerTask(context).run()
