# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether purchases account for the CALs on a server, and which CALs belong to which purchase."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import KEY_PACK_TYPE_RETAIL
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.pack_cals import PackCals
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals


class CalPool:
    """The purchased CALs of a server, taken away piece by piece as purchases account for them.

    C(recorded) is the server's own: key packs that it gives to a purchase serve that purchase and no other, except
    those that are C(released).
    """

    def __init__(
        self, packs: Iterable[KeyPack], recorded: OperationRecord | None = None, released: Collection[int] = ()
    ) -> None:
        self._packs = [pack for pack in packs if pack.purchased and pack.cals.quantity > 0]
        self._recorded = recorded or OperationRecord()
        self._released = released

    def quantity(self, cals: Cals, sha256: str = "") -> int:
        """How many CALs of that kind are left, for a purchase."""
        return sum(pack.cals.quantity for pack in self._of_kind(cals, sha256))

    def draw(self, cals: Cals, sha256: str = "") -> tuple[PackCals, ...]:
        """Take CALs out for a purchase; as many as there are, when there are fewer."""
        taken = take([pack.pack_cals for pack in self._of_kind(cals, sha256)], cals.quantity)
        self.remove(taken)
        return taken

    def remove(self, removed: Iterable[PackCals]) -> None:
        """Exclude CALs that will be removed."""
        for each in removed:
            self._packs = [rest for pack in self._packs for rest in _without(pack, each) if rest.cals.quantity > 0]

    def rest(self) -> tuple[KeyPack, ...]:
        """CALs that no purchase accounts for so far."""
        return tuple(self._packs)

    def for_codes(self, codes: int) -> tuple[KeyPack, ...]:
        """The packs that belong to retail codes which do not state their CALs; empty where it is unknown.

        As many packs must be left as there are codes: either of the retail type, or altogether.
        """
        retail = tuple(pack for pack in self._packs if pack.key_pack_type == KEY_PACK_TYPE_RETAIL)
        for candidates in (retail, self.rest()):
            if len(candidates) == codes:
                return candidates
        return ()

    def _of_kind(self, cals: Cals, sha256: str) -> Sequence[KeyPack]:
        packs = [pack for pack in self._packs if pack.cals.kind == cals.kind]
        holding = self._recorded.holding(sha256) if sha256 else None
        if holding:
            own = [pack for pack in packs if pack.key_pack_id in holding.key_pack_ids]
            return own or [pack for pack in packs if pack.key_pack_id in self._released]
        claimed = self._recorded.claims.keys() - self._released
        return [pack for pack in packs if pack.key_pack_id not in claimed]


def take(packs: Sequence[PackCals], quantity: int) -> tuple[PackCals, ...]:
    """Choose CALs of interchangeable packs: a pack of just that size if there is one, else whole packs, then a part."""
    taken: list[PackCals] = []
    exact = [pack for pack in packs if pack.quantity == quantity]
    for pack in exact or sorted(packs, key=lambda each: (-each.quantity, each.key_pack_id)):
        if quantity <= 0 or not pack.quantity:
            break
        taken.append(pack.of_quantity(min(pack.quantity, quantity)))
        quantity -= taken[-1].quantity
    return tuple(taken)


def without(packs: Iterable[PackCals], removed: Iterable[PackCals]) -> tuple[PackCals, ...]:
    """What is left of packs once CALs are removed."""
    gone: dict[int, int] = {}
    for each in removed:
        gone[each.key_pack_id] = gone.get(each.key_pack_id, 0) + each.quantity
    left = (pack.of_quantity(pack.quantity - gone.get(pack.key_pack_id, 0)) for pack in packs)
    return tuple(pack for pack in left if pack.quantity > 0)


def _without(pack: KeyPack, removed: PackCals) -> tuple[KeyPack, ...]:
    if pack.key_pack_id != removed.key_pack_id:
        return (pack,)
    return (replace(pack, total=max(pack.cals.quantity - removed.quantity, 0)),)


def only_kind(packs: Iterable[KeyPack]) -> tuple[int, int] | None:
    """Version and type of packs that are all alike in these; None where they differ."""
    kinds = {pack.cals.kind for pack in packs}
    return kinds.pop() if len(kinds) == 1 else None


def list_packs(packs: Iterable[KeyPack]) -> str:
    """Packs for a message, such as C(key pack 3 (250 Windows Server 2022 per user CALs))."""
    return ", ".join(f"key pack {pack.key_pack_id} ({pack.cals.title})" for pack in packs)
