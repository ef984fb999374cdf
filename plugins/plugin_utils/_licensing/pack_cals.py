# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CALs in a key pack: which pack, and how many of what. One type for what is read, recorded, planned and removed."""

from __future__ import annotations

import typing as t
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals

# The product version of packs in records of earlier releases, which kept their quantity alone.
UNKNOWN_VERSION: t.Final = -1


@dataclass(frozen=True)
class PackCals:
    """CALs in a key pack of one server: all of them or a part."""

    key_pack_id: int
    cals: Cals

    @property
    def quantity(self) -> int:
        """How many CALs."""
        return self.cals.quantity

    @property
    def title(self) -> str:
        """For example C(250 Windows Server 2022 per user CALs (key pack 3))."""
        return f"{self.cals.title} (key pack {self.key_pack_id})"

    def of_quantity(self, quantity: int) -> PackCals:
        """Another number of CALs in the same key pack."""
        return replace(self, cals=replace(self.cals, quantity=quantity))


def quantity_in(packs: Iterable[PackCals], key_pack_id: int) -> int:
    """How many CALs a key pack holds; 0 when it is not among the packs."""
    return sum(pack.quantity for pack in packs if pack.key_pack_id == key_pack_id)


def titles(packs: Iterable[PackCals]) -> str:
    """Key packs for a message."""
    return ", ".join(pack.title for pack in packs)


def to_document(packs: Iterable[PackCals]) -> dict[str, str]:
    """Packs as the record keeps them, by version and type: C({"7.1": "3:250 4:100"})."""
    document: dict[str, list[str]] = {}
    for pack in packs:
        kind = f"{pack.cals.product_version}.{pack.cals.cal_type}"
        document.setdefault(kind, []).append(f"{pack.key_pack_id}:{pack.quantity}")
    return {kind: " ".join(texts) for kind, texts in document.items()}


def from_document(document: t.Any) -> tuple[PackCals, ...]:
    """The reverse; rows of numbers are the form of earlier releases. Raises ValueError, TypeError or LookupError."""
    if isinstance(document, list):
        return tuple(_from_row([_number(number) for number in row]) for row in document)
    packs = []
    for kind, texts in document.items():
        version, cal_type = kind.split(".")
        for text in texts.split():
            key_pack_id, quantity = text.split(":")
            packs.append(PackCals(int(key_pack_id), Cals(int(version), int(cal_type), int(quantity))))
    return tuple(sorted(packs, key=lambda pack: pack.key_pack_id))


def _from_row(row: list[int]) -> PackCals:
    if len(row) == 2:
        return PackCals(row[0], Cals(UNKNOWN_VERSION, UNKNOWN_VERSION, row[1]))
    key_pack_id, version, cal_type, quantity = row
    return PackCals(key_pack_id, Cals(version, cal_type, quantity))


def _number(value: t.Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("not a number")
    return value
