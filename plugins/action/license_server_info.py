# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin of winfleet.rd_licensing.license_server_info; documented in plugins/modules/license_server_info.py."""

from __future__ import annotations

import typing as t

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.action import (
    ArgumentSpec,
    LicensingAction,
    Task,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.observation import network_name
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import describe_obligation

_DEFAULT = ["server", "activation", "windows_release", "key_packs", "connection_method"]
_ON_REQUEST = ["network_name", "active_directory", "operations", "obligations"]

ARGUMENT_SPEC = ArgumentSpec(
    options={
        "gather": {"type": "list", "elements": "str", "choices": [*_DEFAULT, *_ON_REQUEST], "default": _DEFAULT},
    }
)


class ActionModule(LicensingAction):
    """Reads a license server."""

    ARGUMENT_SPEC = ARGUMENT_SPEC

    def perform(self, task: Task) -> dict[str, t.Any]:
        """Read what C(gather) names."""
        opened = task.open()
        server = LicenseServer(opened.session)
        return {"changed": False, "license_server": read(server, set(task.params["gather"]), opened.remote_addr)}


def read(server: LicenseServer, gather: set[str], remote_addr: str) -> dict[str, t.Any]:
    """The parts of a license server that C(gather) names, as results show them."""
    # Always read: it tells a missing role service and an account without rights from a server that holds nothing.
    properties = server.properties()
    found: dict[str, t.Any] = {}
    if "server" in gather:
        found.update(
            product_id=properties.product_id,
            version=properties.version,
            version_number=properties.version_number,
            discovery_scope=properties.discovery_scope,
            server_role=properties.server_role,
            database_path=properties.database_path,
            contact=properties.contact,
        )
    if "activation" in gather:
        found.update(server.activation().describe())
    if gather & {"windows_release", "network_name"}:
        release = server.windows_release()
        if "windows_release" in gather:
            found["windows"] = vars(release)
        if "network_name" in gather:
            found["network_name"] = network_name(server, remote_addr, release.computer_name)
    if "key_packs" in gather:
        found["key_packs"] = [pack.describe() for pack in server.key_packs()]
    if "connection_method" in gather:
        found["connection_method"] = server.record.connection_method()
    if "active_directory" in gather:
        found["active_directory"] = server.registrations()
    if gather & {"operations", "obligations"}:
        ledger = server.ledger()
        if "operations" in gather:
            found["operations"] = [operation.describe() for operation in ledger.operations]
        if "obligations" in gather:
            found["obligations"] = [describe_obligation(each) for each in ledger.pending_removals]
    return found
