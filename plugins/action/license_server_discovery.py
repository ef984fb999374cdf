# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin of winfleet.rd_licensing.license_server_discovery; documented in plugins/modules."""

from __future__ import annotations

import typing as t

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.action import (
    LicensingAction,
    ModuleContext,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.fleet_task import (
    check_concurrency,
    read_machines,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.options import ArgumentSpec
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.session import CimSession
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.fleet import (
    LICENSE_SERVER,
    SESSION_HOST,
    Machine,
    Row,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.reading import read_machine
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import InvalidOption
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.session_host import SessionHost
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.license_server_map import (
    map_license_servers,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanTimeout

ARGUMENT_SPEC = ArgumentSpec(
    options={
        "session_hosts": {"type": "list", "elements": "str", "default": []},
        "license_servers": {"type": "list", "elements": "str", "default": []},
        "contact_license_servers": {"type": "bool", "default": True},
        "concurrency": {"type": "int", "default": 16},
    }
)


class ActionModule(LicensingAction):
    """Asks session hosts and license servers about each other, in one task."""

    ARGUMENT_SPEC = ARGUMENT_SPEC
    _requires_connection = False

    def perform(self, context: ModuleContext) -> dict[str, t.Any]:
        """Read every host and put the map together."""
        params = context.params
        machines = [Machine(name, SESSION_HOST) for name in dict.fromkeys(params["session_hosts"])]
        machines += [Machine(name, LICENSE_SERVER) for name in dict.fromkeys(params["license_servers"])]
        if not machines:
            raise InvalidOption("license_server_discovery requires session_hosts or license_servers.")
        check_concurrency(context)
        rows = read_machines(
            context,
            "license_server_discovery",
            machines,
            lambda machine, session: _read(machine, session, contact=params["contact_license_servers"]),
        )
        return {"changed": False, "discovery": map_license_servers(rows)}


def _read(machine: Machine, session: CimSession, *, contact: bool) -> Row:
    if machine.kind == SESSION_HOST:
        host = SessionHost(session)
        settings = host.settings()
        return {
            "license_servers": list(settings.license_servers),
            "source": settings.license_servers_source,
            "registered": host.registered_license_servers(),
            "found": _found(host) if contact else {},
        }
    server = LicenseServer(session)
    server.properties()
    names = read_machine(session).membership.names
    return {"names": [*names, machine.name], "activated": server.activation().activated}


def _found(host: SessionHost) -> dict[str, bool | None]:
    """Whether the license servers that the host finds answer it; none where it cannot say in time."""
    try:
        return {each.name: each.available for each in host.find_license_servers()}
    except (CallRefused, WsmanTimeout):
        return {}
