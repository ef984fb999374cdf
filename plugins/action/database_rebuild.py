# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin of winfleet.rd_licensing.database_rebuild; documented in plugins/modules/database_rebuild.py."""

from __future__ import annotations

import typing as t

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.action import (
    LicensingAction,
    ModuleContext,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.database_rebuild_task import (
    DatabaseRebuildTask,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.options import ArgumentSpec
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.purchase_options import (
    CONNECTION_METHOD_OPTION,
    LICENSE_KEY_PACK_IDS_OPTION,
    PURCHASES_OPTION,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.rebuild_deletion import METHODS, UNINSTALL

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
    }
)


class ActionModule(LicensingAction):
    """Deletes every installed CAL, and reinstalls the named purchases."""

    ARGUMENT_SPEC = ARGUMENT_SPEC

    def perform(self, context: ModuleContext) -> dict[str, t.Any]:
        """Observe, plan, apply unless in check mode, and report."""
        return DatabaseRebuildTask(context).run()
