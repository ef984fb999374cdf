# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin of winfleet.rd_licensing.cal_migration; its documentation is in plugins/modules/cal_migration.py."""

from __future__ import annotations

import typing as t

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.action import (
    LicensingAction,
    ModuleContext,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.migration_task import MigrationTask
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.options import ArgumentSpec
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.purchase_options import (
    CONNECTION_METHOD_OPTION,
    LICENSE_KEY_PACK_IDS_OPTION,
    PURCHASES_OPTION,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import MIGRATION_REASONS
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.windows_release import WINDOWS_RELEASES

ARGUMENT_SPEC = ArgumentSpec(
    options={
        "source": {
            "type": "dict",
            "required": True,
            "options": {
                "host": {"type": "str"},
                "name": {"type": "str"},
                "license_server_id": {"type": "str"},
                "operating_system": {"type": "str", "choices": list(WINDOWS_RELEASES)},
            },
            "required_one_of": [("host", "license_server_id")],
        },
        "reason": {"type": "str", "required": True, "choices": list(MIGRATION_REASONS)},
        "purchases": {**PURCHASES_OPTION, "required": True},
        "license_key_pack_ids": LICENSE_KEY_PACK_IDS_OPTION,
        "connection_method": CONNECTION_METHOD_OPTION,
        "adopt": {"type": "bool", "default": True},
        "require_full_coverage": {"type": "bool", "default": False},
        "remove_from_source": {"type": "bool", "default": False},
        "acknowledge_manual_removal": {"type": "bool", "default": False},
        "acknowledge_removed": {"type": "bool", "default": False},
    }
)


class ActionModule(LicensingAction):
    """Imports purchases from a source license server."""

    ARGUMENT_SPEC = ARGUMENT_SPEC

    def perform(self, context: ModuleContext) -> dict[str, t.Any]:
        """Observe both servers, plan, apply unless in check mode, and report."""
        return MigrationTask(context).run()
