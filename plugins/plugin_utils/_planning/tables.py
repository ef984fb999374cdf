# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text tables for diffs: the purchased key packs of a server, and named settings."""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import (
    LICENSE_PROGRAM_NAMES,
    cal_type_title,
    product_version_title,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals, Purchase

_HEADINGS: t.Final = ("key pack", "product version", "CAL type", "CALs", "purchase")
_UNCLAIMED: t.Final = "-"


@dataclass(frozen=True)
class PackRow:
    """One line of a key pack table. C(key_pack_id) is None for a pack that is yet to come."""

    key_pack_id: int | None
    cals: Cals | None
    purchase: str = _UNCLAIMED

    @classmethod
    def coming(cls, purchase: Purchase, cals: Cals | None) -> PackRow:
        """The line of a key pack that a step adds."""
        return cls(None, cals, purchase.label)

    def cells(self) -> tuple[str, ...]:
        """The line's cells."""
        key_pack = "new" if self.key_pack_id is None else str(self.key_pack_id)
        if self.cals is None:
            return key_pack, "as the license code says", "", "", self.purchase
        version, cal_type = product_version_title(self.cals.product_version), cal_type_title(self.cals.cal_type)
        return key_pack, version, cal_type, str(self.cals.quantity), self.purchase


def pack_rows(packs: Iterable[KeyPack], recorded: OperationRecord | None = None) -> tuple[PackRow, ...]:
    """A line for each purchased pack, with the purchase that the record says it belongs to."""
    claims = recorded.claims if recorded else {}
    rows = []
    for pack in packs:
        if pack.purchased:
            claim = claims.get(pack.key_pack_id)
            rows.append(PackRow(pack.key_pack_id, pack.cals, purchase_label(claim.purchase) if claim else _UNCLAIMED))
    return tuple(rows)


def purchase_label(purchase: t.Any) -> str:
    """Program and masked credential of a recorded purchase."""
    if purchase is None:
        return _UNCLAIMED
    program = LICENSE_PROGRAM_NAMES.get(purchase.license_program, purchase.license_program)
    return f"{program} {purchase.credential}"


def pack_table(rows: Iterable[PackRow]) -> str:
    """The table of key packs; says so when there are none."""
    rows = list(rows)
    if not rows:
        return "no purchased RDS CALs\n"
    return table(_HEADINGS, [row.cells() for row in rows])


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Columns padded to the widest cell, two spaces apart."""
    lines = [tuple(headings), *(tuple(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() + "\n" for line in lines
    )


def settings(values: Mapping[str, t.Any]) -> str:
    """One C(name: value) a line; values that are not set show as such."""
    width = max((len(name) for name in values), default=0)
    return "".join(f"{name + ':':<{width + 1}} {_shown(value)}\n" for name, value in values.items())


def _shown(value: t.Any) -> str:
    if value is None or value == "":
        return "(not set)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
