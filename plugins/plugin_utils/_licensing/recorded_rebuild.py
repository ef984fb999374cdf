# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is recorded of a rebuild of the licensing database: what was there, how it is deleted, which file is kept."""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import (
    KEY_PACK_TYPE_NAMES,
    PRODUCT_TYPE_NAMES,
    product_version_name,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals

_METHODS: t.Final = ("uninstall_key_packs", "recreate_database")


@dataclass(frozen=True)
class RecordedPack:
    """A purchased key pack as it was before the rebuild."""

    key_pack_id: int
    key_pack_type: int
    cals: Cals

    @classmethod
    def of(cls, pack: KeyPack) -> RecordedPack:
        """The recordable part of a purchased pack."""
        return cls(pack.key_pack_id, pack.key_pack_type or 0, pack.cals)

    @property
    def title(self) -> str:
        """For example C(key pack 3 (250 Windows Server 2022 per user CALs))."""
        return f"key pack {self.key_pack_id} ({self.cals.title})"

    def is_pack(self, pack: KeyPack) -> bool:
        """Whether a pack is this one, whole or what is left of it, and not another that was given its number."""
        return (
            pack.purchased
            and pack.key_pack_id == self.key_pack_id
            and pack.cals.kind == self.cals.kind
            and pack.cals.quantity <= self.cals.quantity
        )

    def as_key_pack(self) -> KeyPack:
        """The pack again, as far as it was recorded."""
        return KeyPack(
            key_pack_id=self.key_pack_id,
            key_pack_type=self.key_pack_type,
            product_type=self.cals.cal_type,
            product_version_id=self.cals.product_version,
            product_version_text="",
            total=self.cals.quantity,
            issued=None,
            available=None,
            expires=None,
            description="",
            type_and_model="",
            access_rights=None,
        )

    def describe(self) -> dict[str, t.Any]:
        """The pack as results show it."""
        return {
            "key_pack_id": self.key_pack_id,
            "key_pack_type_name": KEY_PACK_TYPE_NAMES.get(self.key_pack_type),
            "product_version": product_version_name(self.cals.product_version),
            "cal_type": PRODUCT_TYPE_NAMES.get(self.cals.cal_type),
            "quantity": self.cals.quantity,
        }


@dataclass(frozen=True)
class RecordedRebuild:
    """How the CALs of a server are deleted, and which.

    Attributes:
        method: C(uninstall_key_packs) or C(recreate_database).
        packs: the purchased packs that were there; None when they could not be read.
        database_file: full path of the database file, for C(recreate_database).
        kept_as: full path under which that file is kept.
    """

    method: str
    packs: tuple[RecordedPack, ...] | None
    database_file: str | None = None
    kept_as: str | None = None

    def to_document(self) -> dict[str, t.Any]:
        """The rebuild as JSON knows it; empty fields left out."""
        document = {
            "method": self.method,
            "packs": None if self.packs is None else [_row(pack) for pack in self.packs],
            "database_file": self.database_file,
            "kept_as": self.kept_as,
        }
        return {name: value for name, value in document.items() if value is not None}

    @classmethod
    def from_document(cls, document: Mapping[str, t.Any]) -> RecordedRebuild:
        """The reverse. Raises KeyError, ValueError or TypeError for what is no rebuild."""
        if document["method"] not in _METHODS:
            raise ValueError("unknown rebuild method")
        for name in ("database_file", "kept_as"):
            if not isinstance(document.get(name, ""), str):
                raise ValueError(f"{name} is not text")
        rows = document.get("packs")
        return cls(
            method=document["method"],
            packs=None if rows is None else tuple(_pack(row) for row in rows),
            database_file=document.get("database_file"),
            kept_as=document.get("kept_as"),
        )


def list_recorded(packs: Iterable[RecordedPack]) -> str:
    """Packs for a message."""
    return ", ".join(pack.title for pack in packs)


def _row(pack: RecordedPack) -> list[int]:
    return [pack.key_pack_id, pack.key_pack_type, pack.cals.product_version, pack.cals.cal_type, pack.cals.quantity]


def _pack(row: t.Sequence[int]) -> RecordedPack:
    key_pack_id, key_pack_type, product_version, cal_type, quantity = (int(number) for number in row)
    return RecordedPack(key_pack_id, key_pack_type, Cals(product_version, cal_type, quantity))
