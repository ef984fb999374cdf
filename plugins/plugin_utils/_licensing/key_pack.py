# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A license key pack as installed on a license server (Win32_TSLicenseKeyPack)."""

from __future__ import annotations

import datetime
import typing as t
from collections.abc import Mapping
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import (
    KEY_PACK_TYPE_BUILT_IN,
    KEY_PACK_TYPE_NAMES,
    KEY_PACK_TYPE_TEMPORARY,
    KEY_PACK_TYPES_NEVER_TOUCHED,
    PRODUCT_TYPE_BUILT_IN,
    PRODUCT_TYPE_NAMES,
    product_version_name,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.pack_cals import PackCals
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals

# uint32 -1: the provider's way to say "unlimited" (built-in and temporary packs).
_UNLIMITED: t.Final = 0xFFFFFFFF
_MOST_CALS: t.Final = 0x7FFFFFFF
# The provider has no word for "does not expire". It reports the last day of 2035 or the first of 2036 on built-in
# packs, 2038-01-01 (with a time) on permanent ones and the end of 32-bit time, 2038-01-19, on temporary ones. A day on
# either side allows for time zones.
_BUILT_IN_NEVER: t.Final = (datetime.date(2035, 12, 30), datetime.date(2036, 1, 2))
_NEVER: t.Final = (datetime.date(2037, 12, 31), datetime.date(2038, 1, 20))


@dataclass(frozen=True)
class KeyPack:
    """One key pack. Numbers are the provider's own; C(total) and C(available) are None when unlimited."""

    key_pack_id: int
    key_pack_type: int | None
    product_type: int | None
    product_version_id: int | None
    product_version_text: str
    total: int | None
    issued: int | None
    available: int | None
    expires: datetime.datetime | None
    description: str
    type_and_model: str
    access_rights: int | None

    @classmethod
    def from_values(cls, values: Mapping[str, t.Any]) -> KeyPack:
        """A pack from the typed properties of a Win32_TSLicenseKeyPack instance.

        Raises:
            LicensingError: it has no ID, so nothing could be said or done about it, or numbers that cannot be.
        """
        if values.get("KeyPackId") is None:
            raise LicensingError("the server shows a key pack without a key pack ID")
        _require_plausible(values)
        built_in = values.get("ProductType") == PRODUCT_TYPE_BUILT_IN
        return cls(
            key_pack_id=values["KeyPackId"],
            key_pack_type=values.get("KeyPackType"),
            product_type=values.get("ProductType"),
            product_version_id=values.get("ProductVersionID"),
            product_version_text=values.get("ProductVersion") or "",
            total=_count(values.get("TotalLicenses")),
            issued=values.get("IssuedLicenses"),
            available=_count(values.get("AvailableLicenses")),
            expires=_expiry(values.get("ExpirationDate"), built_in),
            description=values.get("Description") or "",
            type_and_model=values.get("TypeAndModel") or "",
            access_rights=values.get("AccessRights"),
        )

    @property
    def built_in(self) -> bool:
        """Part of Windows (the Windows 2000 key pack), not purchased."""
        return (
            self.product_type == PRODUCT_TYPE_BUILT_IN
            or self.key_pack_type == KEY_PACK_TYPE_BUILT_IN
            or self.product_version_id == 0
        )

    @property
    def temporary(self) -> bool:
        """Made by the license server itself to hand out temporary CALs."""
        return self.key_pack_type == KEY_PACK_TYPE_TEMPORARY

    @property
    def purchased(self) -> bool:
        """Whether this is a purchased key pack, as far as its type shows; others are never touched."""
        return (
            not self.built_in
            and self.key_pack_type is not None
            and self.key_pack_type not in KEY_PACK_TYPES_NEVER_TOUCHED
            and self.product_type in (0, 1)
            and self.product_version_id is not None
            and self.total is not None
        )

    @property
    def cals(self) -> Cals:
        """Version, type and number of CALs of a purchased pack.

        Raises:
            ValueError: the pack is not a purchased one.
        """
        if not self.purchased or self.product_version_id is None or self.product_type is None or self.total is None:
            raise ValueError(f"key pack {self.key_pack_id} is not a purchased one")
        return Cals(self.product_version_id, self.product_type, self.total)

    @property
    def pack_cals(self) -> PackCals:
        """The CALs of a purchased pack, with its key pack ID."""
        return PackCals(self.key_pack_id, self.cals)

    def holds(self, cals: Cals) -> bool:
        """Whether this is a purchased pack of exactly these CALs."""
        return self.purchased and self.cals.kind == cals.kind and self.cals.quantity == cals.quantity

    def describe(self) -> dict[str, t.Any]:
        """The pack as results show it: decoded names beside the raw numbers."""
        version = self.product_version_id
        return {
            "key_pack_id": self.key_pack_id,
            "key_pack_type": self.key_pack_type,
            "key_pack_type_name": KEY_PACK_TYPE_NAMES.get(-1 if self.key_pack_type is None else self.key_pack_type),
            "cal_type": PRODUCT_TYPE_NAMES.get(-1 if self.product_type is None else self.product_type),
            "product_type": self.product_type,
            "product_version": None if version is None else product_version_name(version),
            "product_version_id": version,
            "product_version_text": self.product_version_text,
            "total": self.total,
            "issued": self.issued,
            "available": self.available,
            "expires": None if self.expires is None else self.expires.isoformat(),
            "description": self.description,
            "type_and_model": self.type_and_model,
            "access_rights": self.access_rights,
            "built_in": self.built_in,
            "temporary": self.temporary,
            "purchased": self.purchased,
        }


def by_key_pack_id(packs: t.Iterable[KeyPack]) -> tuple[KeyPack, ...]:
    """Packs in the order of their IDs.

    Raises:
        LicensingError: two packs bear one ID, so a call could reach either.
    """
    found: dict[int, KeyPack] = {}
    for pack in packs:
        if found.setdefault(pack.key_pack_id, pack) is not pack:
            raise LicensingError(f"the server shows more than one key pack with the ID {pack.key_pack_id}")
    return tuple(found[key_pack_id] for key_pack_id in sorted(found))


def _require_plausible(values: Mapping[str, t.Any]) -> None:
    """Numbers above what 31 bits hold are negative ones, of which only -1 has a meaning.

    AvailableLicenses may be one: what an over-allocated pack reports there is not documented.
    """
    for name in ("TotalLicenses", "IssuedLicenses"):
        number = _count(values.get(name))
        if number is not None and not 0 <= number <= _MOST_CALS:
            raise LicensingError(
                f"the server shows key pack {values['KeyPackId']} with {name} {number}, which is impossible"
            )


def _count(number: int | None) -> int | None:
    return None if number in (None, _UNLIMITED, -1) else number


def _expiry(moment: object, built_in: bool) -> datetime.datetime | None:
    # A datetime in CIM may also be an interval, which is no date to expire on.
    if not isinstance(moment, datetime.datetime):
        return None
    day = moment.date()
    if _NEVER[0] <= day <= _NEVER[1] or (built_in and _BUILT_IN_NEVER[0] <= day <= _BUILT_IN_NEVER[1]):
        return None
    return moment
