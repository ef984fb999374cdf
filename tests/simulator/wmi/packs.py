# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking CALs out of a license server's database."""

from __future__ import annotations

from tests.simulator.model import catalog
from tests.simulator.model.fleet import Server
from tests.simulator.model.state import KeyPackState


def reduce_pack(server: Server, pack: KeyPackState, count: int) -> None:
    """Take `count` CALs out of the pack; an emptied pack goes, or stays as the odd row of type 7 seen in the wild."""
    pack.total -= count
    pack.issued = min(pack.issued, pack.total)
    if pack.total > 0:
        return
    if server.info.behaviour.emptied_packs_stay_as_type_7:
        pack.key_pack_type, pack.expiration = 7, catalog.LARGEST_TIME
    else:
        server.database.packs.remove(pack)
