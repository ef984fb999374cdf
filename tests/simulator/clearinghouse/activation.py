# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Activation: the Clearinghouse trades a product ID for a license server ID."""

from __future__ import annotations

from tests.simulator.clearinghouse import books
from tests.simulator.clearinghouse.refusal import RefusalError
from tests.simulator.model.fleet import Fleet, Server
from tests.simulator.model.initial import derived_text, license_server_id_for


def activate(fleet: Fleet, server: Server) -> None:
    server.state.activated = True
    fleet.clearinghouse.license_servers[server.state.license_server_id] = server.name


def reactivation_id(fleet: Fleet, server: Server) -> str:
    """The license server ID the next reactivation gets."""
    done = fleet.clearinghouse.activations.get(server.state.product_id, 0)
    return license_server_id_for(server.state.product_id, done + 1)


def reactivate(fleet: Fleet, server: Server) -> None:
    new_id = reactivation_id(fleet, server)
    house = fleet.clearinghouse
    house.activations[server.state.product_id] = house.activations.get(server.state.product_id, 0) + 1
    books.rename_server(house, server.state.license_server_id, new_id)
    server.state.license_server_id = new_id
    activate(fleet, server)


def deactivate(fleet: Fleet, server: Server) -> None:
    """Whether this frees the CALs at the real Clearinghouse is not known; the fleet file decides."""
    server.state.activated = False
    if server.info.behaviour.deactivation_frees_cals:
        books.free_server(fleet.clearinghouse, server.state.license_server_id)


def confirmation_code(license_server_id: str) -> str:
    """What the telephone service says for a deactivation. The real code's form is not documented."""
    return derived_text(f"{license_server_id}/deactivation", 35)


def server_by_product_id(fleet: Fleet, product_id: str) -> Server:
    """Raises RefusalError when no license server has that product ID."""
    for server in fleet.servers.values():
        if server.state.product_id.upper() == product_id.strip().upper():
            return server
    raise RefusalError("malformed", "There is no license server with this product ID.")


def server_by_id(fleet: Fleet, license_server_id: str) -> Server:
    """The activated server with that license server ID; raises RefusalError."""
    for server in fleet.servers.values():
        if server.state.license_server_id == license_server_id.upper() and server.is_active:
            return server
    raise RefusalError("wrong_license_server_id", "There is no activated license server with this license server ID.")
