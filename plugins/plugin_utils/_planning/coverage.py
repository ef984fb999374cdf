# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether named purchases account for the CALs that a server holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import KEY_PACK_TYPE_RETAIL
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.left_behind import Removal, take


class Pool:
    """The purchased CALs of a server, taken away piece by piece as purchases account for them."""

    def __init__(self, packs: Iterable[KeyPack]) -> None:
        self._packs = [pack for pack in packs if pack.purchased and pack.cals.quantity > 0]

    def quantity(self, cals: Cals) -> int:
        """How many CALs of that kind are left."""
        return sum(pack.cals.quantity for pack in self._of_kind(cals))

    def draw(self, cals: Cals) -> tuple[Removal, ...]:
        """Take CALs out; as many as there are, when there are fewer."""
        removals = take(self._of_kind(cals), cals.quantity)
        self.remove(removals)
        return removals

    def remove(self, removals: Iterable[Removal]) -> None:
        """Take out what is to be removed anyway."""
        for removal in removals:
            self._packs = [rest for pack in self._packs for rest in _without(pack, removal) if rest.cals.quantity > 0]

    def rest(self) -> tuple[KeyPack, ...]:
        """What nothing accounts for so far."""
        return tuple(self._packs)

    def for_codes(self, codes: int) -> tuple[KeyPack, ...]:
        """The packs that belong to retail codes which do not state their CALs; empty when that cannot be told.

        As many packs must be left as there are codes: either of the retail type, or altogether.
        """
        retail = tuple(pack for pack in self._packs if pack.key_pack_type == KEY_PACK_TYPE_RETAIL)
        for candidates in (retail, self.rest()):
            if len(candidates) == codes:
                return candidates
        return ()

    def _of_kind(self, cals: Cals) -> Sequence[KeyPack]:
        return [pack for pack in self._packs if pack.cals.kind == cals.kind]


def _without(pack: KeyPack, removal: Removal) -> tuple[KeyPack, ...]:
    if pack.key_pack_id != removal.key_pack_id:
        return (pack,)
    return (replace(pack, total=pack.cals.quantity - removal.cals.quantity),)


def list_packs(packs: Iterable[KeyPack]) -> str:
    """Packs for a message, such as C(key pack 3 (250 Windows Server 2022 per user CALs))."""
    return ", ".join(f"key pack {pack.key_pack_id} ({pack.cals.title})" for pack in packs)
