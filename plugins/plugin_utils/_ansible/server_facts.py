# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parts of a license server that license_server_info returns, one reader for each choice of C(gather)."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.observation import dns_name, network_name
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import (
    LicenseServer,
    ServerProperties,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import describe_obligation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_text import DamagedOperation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.windows_release import WindowsRelease


@dataclass
class _Reading:
    """One reading of a server; what two choices need is read once."""

    server: LicenseServer
    properties: ServerProperties
    remote_addr: str
    forwarded: bool

    @cached_property
    def release(self) -> WindowsRelease:
        return self.server.windows_release()

    @cached_property
    def operations(self) -> tuple[OperationRecord, tuple[DamagedOperation, ...]]:
        return self.server.record.read_whole()


def _operations(reading: _Reading) -> dict[str, t.Any]:
    """What can be read and, beside it, which values cannot be."""
    recorded, damaged = reading.operations
    rows = [each.describe() for each in recorded.operations]
    rows += [{"operation_id": each.value_name, "readable": False, "reason": each.reason} for each in damaged]
    return {"operations": rows}


def _server(reading: _Reading) -> dict[str, t.Any]:
    properties = reading.properties
    return {
        "product_id": properties.product_id,
        "version": properties.version,
        "version_number": properties.version_number,
        "discovery_scope": properties.discovery_scope,
        "server_role": properties.server_role,
        "database_path": properties.database_path,
        "contact": properties.contact,
    }


def _network_name(reading: _Reading) -> dict[str, t.Any]:
    computer_name = reading.release.computer_name
    return {
        "network_name": network_name(reading.server, reading.remote_addr, computer_name, forwarded=reading.forwarded),
        "dns_name": dns_name(reading.server, computer_name),
    }


_READERS: t.Final[dict[str, Callable[[_Reading], dict[str, t.Any]]]] = {
    "server": _server,
    "activation": lambda reading: reading.server.activation().describe(),
    "windows_release": lambda reading: {"windows": vars(reading.release)},
    "key_packs": lambda reading: {"key_packs": [pack.describe() for pack in reading.server.key_packs()]},
    "connection_method": lambda reading: {"connection_method": reading.server.record.connection_method()},
    "network_name": _network_name,
    "active_directory": lambda reading: {"active_directory": reading.server.registrations()},
    "operations": _operations,
    "obligations": lambda reading: {
        "obligations": [describe_obligation(each) for each in reading.operations[0].pending_removals]
    },
}
GATHER: t.Final = tuple(_READERS)
DEFAULT_GATHER: t.Final = GATHER[:5]


def gathered(
    server: LicenseServer, gather: Collection[str], remote_addr: str, forwarded: bool = False
) -> dict[str, t.Any]:
    """What C(gather) names, as results show it.

    The properties are always read: they tell a missing role service and an account without rights from a server that
    holds nothing.
    """
    reading = _Reading(server, server.properties(), remote_addr, forwarded)
    found: dict[str, t.Any] = {}
    for name, reader in _READERS.items():
        if name in gather:
            found.update(reader(reading))
    return found
