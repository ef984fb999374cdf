# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin of winfleet.rd_licensing.license_server_info; documented in plugins/modules/license_server_info.py."""

from __future__ import annotations

import typing as t

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.action import (
    LicensingAction,
    ModuleContext,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.options import ArgumentSpec
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.server_facts import (
    DEFAULT_GATHER,
    GATHER,
    gathered,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer

ARGUMENT_SPEC = ArgumentSpec(
    options={
        "gather": {"type": "list", "elements": "str", "choices": list(GATHER), "default": list(DEFAULT_GATHER)},
    }
)


class ActionModule(LicensingAction):
    """Reads a license server."""

    ARGUMENT_SPEC = ARGUMENT_SPEC

    def perform(self, context: ModuleContext) -> dict[str, t.Any]:
        """Read what C(gather) names."""
        opened = context.open()
        server = LicenseServer(opened.session)
        facts = gathered(server, context.params["gather"], opened.remote_addr, opened.forwarded)
        return {"changed": False, "license_server": facts}
