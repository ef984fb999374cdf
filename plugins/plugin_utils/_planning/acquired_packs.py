# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which key pack belongs to a call or to a recorded purchase, as nothing but the packs themselves can tell.

A pack counts only if product version, CAL type and quantity fit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import KEY_PACK_TYPE_RETAIL
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import DONE, Operation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import Holding
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.pack_cals import (
    UNKNOWN_VERSION,
    PackCals,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals, Purchase


def pack_of(holding: Holding, packs: Iterable[KeyPack]) -> KeyPack | None:
    """The pack that holds a recorded purchase, the first if there are several; None if any differs from the record."""
    packs = tuple(packs)
    if not_as_recorded(holding, packs):
        return None
    return next((pack for pack in packs if pack.key_pack_id in holding.key_pack_ids), None)


def not_as_recorded(holding: Holding, packs: Iterable[KeyPack]) -> tuple[PackCals, ...]:
    """What of a recorded purchase is not there as it is recorded: the pack is gone, or holds other CALs."""
    there = {pack.key_pack_id: cals_in(pack) for pack in packs}
    return tuple(
        pack
        for pack in holding.packs
        if not _fits(pack.cals, there.get(pack.key_pack_id), grown=pack.key_pack_id in holding.grown)
    )


def cals_in(pack: KeyPack) -> Cals | None:
    """The CALs of a pack whose kind of key pack may be unknown; None when it holds none that were bought."""
    if pack.purchased:
        return pack.cals
    unknown = not pack.built_in and not pack.temporary and pack.product_type in (0, 1)
    if not unknown or pack.product_version_id is None or pack.product_type is None or pack.total is None:
        return None
    return Cals(pack.product_version_id, pack.product_type, pack.total)


def find_acquired_pack(
    before: Iterable[PackCals], now: Iterable[KeyPack], cals: Cals | None, taken: Collection[int], *, code: bool = False
) -> KeyPack | None:
    """The pack that a call brought, with all the CALs that were asked for.

    It is a pack that was not there before; or, as nothing published rules it out, one that grew by the quantity.

    Args:
        before: the purchased packs before the call.
        now: the packs after it.
        cals: what was asked for; None when only the license code knew it.
        taken: packs that belong to other purchases.
        code: a license code was used. Where only it knew the CALs, its pack is the one retail pack that came.
    """
    by_type = code and cals is None
    now = tuple(pack for pack in now if not by_type or pack.key_pack_type == KEY_PACK_TYPE_RETAIL)
    found = acquired(before, now, taken)
    if by_type and len(found) > 1:
        return None
    for came in found:
        if cals is None or (came.cals.kind == cals.kind and came.quantity == cals.quantity):
            return next(pack for pack in now if pack.key_pack_id == came.key_pack_id)
    return None


def acquired(before: Iterable[PackCals], now: Iterable[KeyPack], taken: Collection[int] = ()) -> tuple[PackCals, ...]:
    """What is there and was not there before: new packs that belong to no purchase, then growth of others."""
    known = {pack.key_pack_id: pack.cals for pack in before}
    new, grown = [], []
    for pack in (each.pack_cals for each in now if each.purchased):
        earlier = known.get(pack.key_pack_id)
        if earlier is None or (earlier.product_version != UNKNOWN_VERSION and earlier.kind != pack.cals.kind):
            if pack.key_pack_id not in taken:
                new.append(pack)
        elif pack.quantity > earlier.quantity:
            grown.append(pack.of_quantity(pack.quantity - earlier.quantity))
    return (*new, *grown)


def confirmed(unfinished: Operation, pack: KeyPack, when: str) -> Operation:
    """An earlier run's operation with the outcome that its key pack shows."""
    came = {each.key_pack_id: each.cals for each in acquired(unfinished.before, [pack])}
    seen = came.get(pack.key_pack_id) or cals_in(pack)
    return seen_as(unfinished, PackCals(pack.key_pack_id, seen) if seen else None, when)


def seen_as(operation: Operation, came: PackCals | None, when: str) -> Operation:
    """An operation with the CALs that it brought, as they were read."""
    if came is None:
        raise ValueError("nothing was seen")
    same = [pack for pack in operation.before if pack.key_pack_id == came.key_pack_id]
    return operation.finish(
        DONE,
        when,
        key_pack_id=came.key_pack_id,
        cals=came.cals,
        wanted=misfit(operation.cals, came.cals),
        grew=any(pack.cals.product_version == UNKNOWN_VERSION or pack.cals.kind == came.cals.kind for pack in same),
        before=(),
    )


def whose(cals: Cals, purchases: Iterable[Purchase], besides: str) -> list[Purchase]:
    """The purchases that CALs may be of: those of exactly these CALs, else license codes that do not state theirs.

    Args:
        besides: the identity of the purchase that they were to be.
    """
    others = [each for each in purchases if each.sha256 != besides]
    return [each for each in others if each.cals == cals] or [each for each in others if each.cals is None]


def misfit(wanted: Cals | None, seen: Cals | None) -> Cals | None:
    """What was wanted, if something else was seen; None when they fit."""
    if wanted is None or seen is None or (wanted.kind == seen.kind and wanted.quantity == seen.quantity):
        return None
    return wanted


def purchased(packs: Iterable[KeyPack]) -> tuple[PackCals, ...]:
    """Every purchased pack: the C(before) of an operation."""
    return tuple(pack.pack_cals for pack in packs if pack.purchased)


def _fits(recorded: Cals, there: Cals | None, *, grown: bool) -> bool:
    if there is None:
        return False
    if recorded.product_version == UNKNOWN_VERSION:
        return True
    enough = there.quantity > recorded.quantity and grown
    return there.kind == recorded.kind and (there.quantity == recorded.quantity or enough)
