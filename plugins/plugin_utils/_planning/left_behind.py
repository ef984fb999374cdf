# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which CALs a migration left on its source.

The provider removes them itself where it can reach the source. Where it could not, the same CALs would be used twice,
which the licence terms forbid ("Remove RDS CALs", learn.microsoft.com).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals


@dataclass(frozen=True)
class Removal:
    """CALs to take from a key pack; C(whole) means the pack goes with them."""

    key_pack_id: int
    cals: Cals
    whole: bool

    @property
    def title(self) -> str:
        """For example C(250 Windows Server 2022 per user CALs (key pack 3))."""
        return f"{self.cals.title} ({'key pack' if self.whole else 'part of key pack'} {self.key_pack_id})"


def held(packs: Iterable[KeyPack]) -> tuple[tuple[int, Cals], ...]:
    """Key pack ID and CALs of every purchased pack: what is recorded of a source before a migration."""
    return tuple((pack.key_pack_id, pack.cals) for pack in packs if pack.purchased)


def left_behind(before: Sequence[tuple[int, Cals]], now: Iterable[KeyPack], moved: Cals) -> tuple[Removal, ...]:
    """What is still to be removed from the source.

    Only packs that were there before the migration count, so CALs that were installed on the source since are safe, and
    never more is removed than was moved.

    Args:
        before: key pack ID and CALs of the packs before the migration.
        now: the packs the source has now.
        moved: the CALs that arrived at the target.
    """
    known = {key_pack_id: cals.quantity for key_pack_id, cals in before if cals.kind == moved.kind}
    packs = [pack for pack in now if pack.purchased and pack.key_pack_id in known and pack.cals.kind == moved.kind]
    should_be = max(sum(known.values()) - moved.quantity, 0)
    return take(packs, min(sum(pack.cals.quantity for pack in packs) - should_be, moved.quantity))


def take(packs: Sequence[KeyPack], quantity: int) -> tuple[Removal, ...]:
    """Choose CALs of interchangeable packs: a pack of just that size if there is one, else whole packs, then a part."""
    removals: list[Removal] = []
    exact = [pack for pack in packs if pack.cals.quantity == quantity]
    for pack in exact or sorted(packs, key=lambda each: (-each.cals.quantity, each.key_pack_id)):
        if quantity <= 0 or not pack.cals.quantity:
            break
        cals = pack.cals
        taken = min(cals.quantity, quantity)
        removals.append(
            Removal(pack.key_pack_id, Cals(cals.product_version, cals.cal_type, taken), whole=taken == cals.quantity)
        )
        quantity -= taken
    return tuple(removals)


def without(packs: Iterable[KeyPack], removals: Iterable[Removal]) -> tuple[tuple[int, Cals], ...]:
    """Key pack ID and CALs of the purchased packs once the removals are made."""
    taken: dict[int, int] = {}
    for removal in removals:
        taken[removal.key_pack_id] = taken.get(removal.key_pack_id, 0) + removal.cals.quantity
    rest = []
    for pack in packs:
        if pack.purchased:
            cals = pack.cals
            left = cals.quantity - taken.get(pack.key_pack_id, 0)
            if left > 0:
                rest.append((pack.key_pack_id, Cals(cals.product_version, cals.cal_type, left)))
    return tuple(rest)
