# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The truth about the fleet, for tests: not what a server shows over the wire, but what is."""

from __future__ import annotations

from typing import Any

from tests.simulator.control.journal import masked
from tests.simulator.model.fleet import Fleet, Server
from tests.simulator.model.plain import to_plain
from tests.simulator.model.state import ClearinghouseState
from tests.simulator.wire.contexts import Contexts
from tests.simulator.wmi.service import state_of


def fleet_view(fleet: Fleet, contexts: dict[str, Contexts]) -> dict[str, Any]:
    """Everything about all servers and the Clearinghouse; credentials masked. The caller holds the lock."""
    return {
        "servers": {
            name: _server_view(server, contexts[name], name not in fleet.shared.stopped)
            for name, server in fleet.servers.items()
        },
        "clearinghouse": _clearinghouse_view(fleet.clearinghouse),
        "network": {"cut": fleet.shared.cut, "stopped": fleet.shared.stopped},
    }


def _server_view(server: Server, contexts: Contexts, online: bool) -> dict[str, Any]:
    state = server.state
    file = state.files.get(state.database_file.lower())
    database = file.database if file else None
    return {
        "fqdn": server.fqdn,
        "windows_release": server.info.windows_release,
        "online": online,
        "internet": state.internet,
        "role_installed": state.role_installed,
        "activated": state.activated,
        "product_id": state.product_id,
        "license_server_id": state.license_server_id,
        "server_role": state.server_role,
        "contact": state.contact,
        "directory": to_plain(state.directory),
        "services": {service.name: state_of(service) for service in state.services.values()},
        "database_corrupt": bool(database and database.corrupt),
        "key_packs": to_plain(database.packs) if database else [],
        "revoked": [each.license_id for each in database.issued if each.status == 4] if database else [],
        "reports": [report.file_name for report in server.state.reports],
        "issued_licenses": to_plain(database.issued) if database else [],
        "registry": {
            key.name: {value.name: value.data for value in key.values.values()} for key in state.registry.values()
        },
        "files": sorted(file.name for file in state.files.values()),
        "session_host": to_plain(state.session_host),
        "open_contexts": len(contexts),
        "opened_contexts": contexts.opened,
    }


def _clearinghouse_view(house: ClearinghouseState) -> dict[str, Any]:
    purchases = {}
    for name, purchase in house.purchases.items():
        entry = to_plain(purchase)
        entry["credential"] = "|".join(masked(part) for part in purchase.credential.split("|"))
        entry["placed"] = {house.license_servers.get(key, key): count for key, count in purchase.placed.items()}
        entry["free"] = purchase.free
        purchases[name] = entry
    pack_ids = []
    for issued in house.pack_ids:
        entry = to_plain(issued)
        entry["license_key_pack_id"] = masked(issued.license_key_pack_id)
        pack_ids.append(entry)
    return {"purchases": purchases, "license_key_pack_ids": pack_ids, "license_servers": house.license_servers}
