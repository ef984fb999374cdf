# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The source of a migration: who it is, and the removal of its CALs over the network.

The target's licensing service contacts the source. Only a source that can be reached, is activated and runs at
least Windows Server 2008 R2 has its CALs removed; otherwise they stay there and an administrator has to remove them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.simulator.clearinghouse.refusal import RefusalError
from tests.simulator.model.fleet import Server
from tests.simulator.model.state import PurchaseState
from tests.simulator.wire.values import Values
from tests.simulator.wmi.licensing import text_argument
from tests.simulator.wmi.packs import reduce_pack
from tests.simulator.wmi.provider import Call

_CAN_REMOVE_SINCE = (6, 1)


@dataclass(frozen=True)
class Source:
    """`server` is None when nobody of that name answers."""

    license_server_id: str
    server: Server | None


def identify(call: Call, arguments: Values) -> Source:
    """Who the arguments name; raises RefusalError when the ID is not that of the server that answers."""
    name = text_argument(arguments, "sSourceLSName")
    identifier = text_argument(arguments, "sSourceLSProductId")
    if not name and call.server.info.behaviour.empty_source_name == "refused":
        raise RefusalError("malformed", "sSourceLSName is empty")
    reachable = _reachable(call, name)
    if not identifier:
        if len(reachable) != 1:
            raise RefusalError("wrong_source", "neither does the source answer nor is its ID given")
        return Source(reachable[0].state.license_server_id, reachable[0])
    license_server_id = _license_server_id(call, identifier)
    if license_server_id == call.server.state.license_server_id:
        raise RefusalError("wrong_source", "source and target are the same")
    answering = [server for server in reachable if server.state.license_server_id == license_server_id]
    if reachable and not answering:
        raise RefusalError("wrong_source", "the source has another license server ID")
    return Source(license_server_id, answering[0] if answering else None)


def _reachable(call: Call, name: str) -> list[Server]:
    """The license servers that answer to `name`, as seen from the target."""
    found = call.fleet.find_servers(name) if name else []
    return [
        server
        for server in found
        if server is not call.server
        and server.is_licensing_running
        and not server.database.corrupt
        and call.fleet.can_reach(call.server.name, server.name)
    ]


def _license_server_id(call: Call, identifier: str) -> str:
    """Documented is the license server ID, although the parameter is called a product ID."""
    wanted = call.server.info.behaviour.import_wants
    if wanted != "product_id" and re.fullmatch(r"[0-9A-Za-z]{35}", identifier):
        return identifier.upper()
    if wanted != "license_server_id":
        for server in call.fleet.servers.values():
            if server.state.product_id.upper() == identifier.upper():
                return server.state.license_server_id
    raise RefusalError("malformed", "sSourceLSProductId has the wrong form")


def remove_there(call: Call, source: Source, purchase: PurchaseState, quantity: int) -> None:
    """Take the migrated CALs out of the source, as far as it can be done."""
    server = source.server
    if server is None or not server.is_active or server.release_number < _CAN_REMOVE_SINCE:
        return
    wanted = (purchase.product_version_id, purchase.product_type)
    packs = [
        pack
        for pack in server.database.packs
        if not pack.is_protected and (pack.product_version_id, pack.product_type) == wanted
    ]
    # Packs known to be of this purchase go first, hand-installed ones next, those of other purchases never.
    packs = [pack for pack in packs if pack.purchase in (purchase.name, None)]
    for pack in sorted(packs, key=lambda pack: pack.purchase is None):
        count = min(quantity, pack.total)
        quantity -= count
        if count:
            reduce_pack(server, pack, count)
