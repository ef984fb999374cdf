# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin of winfleet.rd_licensing.clearinghouse_request; see plugins/modules/clearinghouse_request.py."""

from __future__ import annotations

import typing as t

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.action import (
    LicensingAction,
    ModuleContext,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.options import ArgumentSpec
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.purchase_options import PURCHASES_OPTION
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.request_sheet_task import RequestSheetTask

ARGUMENT_SPEC = ArgumentSpec(
    options={
        "requests": {
            "type": "list",
            "elements": "dict",
            "required": True,
            "options": {
                "server": {"type": "str", "required": True},
                "awaiting": {"type": "list", "elements": "dict", "required": True},
                "purchases": PURCHASES_OPTION,
            },
        },
        "directory": {"type": "path", "required": True},
        "include_credentials": {"type": "bool", "default": False, "no_log": False},
    }
)


class ActionModule(LicensingAction):
    """Writes the requests that wait for a person, for a whole fleet, on the controller."""

    ARGUMENT_SPEC = ARGUMENT_SPEC
    _requires_connection = False

    def perform(self, context: ModuleContext) -> dict[str, t.Any]:
        """Compare the files with what they should hold, and write those that differ unless in check mode."""
        return RequestSheetTask(context, self._loader).run()
