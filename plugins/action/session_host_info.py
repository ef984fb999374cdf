# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin of winfleet.rd_licensing.session_host_info; documented in plugins/modules/session_host_info.py."""

from __future__ import annotations

import typing as t

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.action import (
    LicensingAction,
    ModuleContext,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.options import ArgumentSpec
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.session_host import SessionHost

ARGUMENT_SPEC = ArgumentSpec(options={})


class ActionModule(LicensingAction):
    """Reads the licensing of a session host."""

    ARGUMENT_SPEC = ARGUMENT_SPEC

    def perform(self, context: ModuleContext) -> dict[str, t.Any]:
        """Read everything: four requests, and one for each license server in the list."""
        host = SessionHost(context.open().session)
        settings = host.settings()
        found = {
            **settings.describe(),
            "direct_connect_license_servers": settings.direct_connect_license_servers,
            "direct_connect_license_servers_source": settings.direct_connect_license_servers_source,
            "grace_period_days": host.grace_period_days(),
            "connectivity": [entry.describe() for entry in host.connectivity(settings.license_servers)],
        }
        return {"changed": False, "session_host": found}
