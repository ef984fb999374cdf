# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin of winfleet.rd_licensing.key_pack; its documentation is in plugins/modules/key_pack.py."""

from __future__ import annotations

import typing as t

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.action import (
    LicensingAction,
    ModuleContext,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.key_pack_task import change, install
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.options import ArgumentSpec
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.purchase_options import (
    CONNECTION_METHOD_OPTION,
    LICENSE_KEY_PACK_IDS_OPTION,
    PURCHASES_OPTION,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import CAL_TYPES

ARGUMENT_SPEC = ArgumentSpec(
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
    },
    mutually_exclusive=(("purchases", "key_pack_id"),),
    required_if=(
        ("state", "present", ("purchases",)),
        ("state", "absent", ("key_pack_id",)),
        ("state", "reduced", ("key_pack_id", "quantity")),
        ("state", "converted", ("key_pack_id", "cal_type", "change_id")),
    ),
)


class ActionModule(LicensingAction):
    """Installs purchases; removes, reduces or converts a key pack."""

    ARGUMENT_SPEC = ARGUMENT_SPEC

    def perform(self, context: ModuleContext) -> dict[str, t.Any]:
        """Observe, plan, apply unless in check mode, and report."""
        return install(context) if context.params["state"] == "present" else change(context)
