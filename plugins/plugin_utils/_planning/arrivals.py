# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which key pack belongs to a call or to an entry of the record, as nothing but the packs themselves can tell."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.ledger import Holding
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import DONE, Operation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals


def pack_of(holding: Holding, packs: Iterable[KeyPack]) -> KeyPack | None:
    """The pack that holds a recorded purchase; None when it is gone or its number now means other CALs."""
    recorded = holding.operation.cals
    for pack in packs:
        if pack.key_pack_id not in holding.key_pack_ids or not pack.purchased:
            continue
        # The number may mean other CALs since a rebuild. A conversion changes the type, not the version.
        if recorded is None or pack.cals.kind[0] == recorded.kind[0]:
            return pack
    return None


def arrival(
    before: Iterable[tuple[int, int]], now: Iterable[KeyPack], cals: Cals | None, taken: Collection[int]
) -> KeyPack | None:
    """The pack that a call brought.

    It is a pack that was not there before; or, as nothing published rules it out, one that grew by the quantity.

    Args:
        before: key pack ID and number of CALs of every purchased pack before the call.
        now: the packs after it.
        cals: what was asked for; None when only the license code knew it.
        taken: packs that belong to other purchases.
    """
    known = dict(before)
    packs = [pack for pack in now if pack.purchased]
    for pack in packs:
        if pack.key_pack_id not in known and pack.key_pack_id not in taken and (cals is None or pack.holds(cals)):
            return pack
    for pack in packs:
        grown = pack.cals.quantity - known.get(pack.key_pack_id, pack.cals.quantity)
        if grown > 0 and (cals is None or (grown == cals.quantity and pack.cals.kind == cals.kind)):
            return pack
    return None


def confirmed(unfinished: Operation, pack: KeyPack, when: str) -> Operation:
    """An earlier run's operation with the outcome that its key pack shows."""
    return unfinished.finish(DONE, when, key_pack_id=pack.key_pack_id, cals=unfinished.cals or pack.cals)


def totals(packs: Iterable[KeyPack]) -> tuple[tuple[int, int], ...]:
    """Key pack ID and number of CALs of every purchased pack: the C(before) of an operation."""
    return tuple((pack.key_pack_id, pack.cals.quantity) for pack in packs if pack.purchased)
