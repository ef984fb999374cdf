# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin of winfleet.rd_licensing.session_host; its documentation is in plugins/modules/session_host.py."""

from __future__ import annotations

import typing as t

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.action import (
    LicensingAction,
    ModuleContext,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.options import ArgumentSpec
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.session_host_task import SessionHostTask
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.session_host import LICENSING_MODES

ARGUMENT_SPEC = ArgumentSpec(
    options={
        "licensing_mode": {"type": "str", "choices": list(LICENSING_MODES)},
        "license_servers": {"type": "list", "elements": "str"},
        "license_servers_to_add": {"type": "list", "elements": "str"},
        "license_servers_to_remove": {"type": "list", "elements": "str"},
        "require_connectivity": {"type": "bool", "default": False},
    },
    mutually_exclusive=(
        ("license_servers", "license_servers_to_add"),
        ("license_servers", "license_servers_to_remove"),
    ),
    required_one_of=(("licensing_mode", "license_servers", "license_servers_to_add", "license_servers_to_remove"),),
)


class ActionModule(LicensingAction):
    """Brings a session host to a wanted licensing mode and list of license servers."""

    ARGUMENT_SPEC = ARGUMENT_SPEC

    def perform(self, context: ModuleContext) -> dict[str, t.Any]:
        """Observe, plan, apply unless in check mode, and report."""
        return SessionHostTask(context).run()
