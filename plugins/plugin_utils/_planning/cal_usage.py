# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the CALs in use add up to: totals by version and type, and the rows that somebody asked for. Pure."""

from __future__ import annotations

import datetime
import fnmatch
import typing as t
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import (
    CAL_TYPES,
    PER_DEVICE,
    PRODUCT_TYPE_NAMES,
    product_version_name,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import InvalidOption
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.issued_cals import ACTIVE, IssuedCal
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack


def checked_patterns(patterns: Iterable[str] | None, option: str) -> tuple[str, ...]:
    """Names and patterns (C(*), C(?)) in lower case.

    Raises:
        InvalidOption: one is empty, or matches everything without being the explicit C(*).
    """
    checked = tuple(pattern.strip().lower() for pattern in patterns or ())
    for index, pattern in enumerate(checked):
        if not pattern.strip("*?") and pattern != "*":
            raise InvalidOption(
                f"{option}[{index}]: '{pattern}' would match every name. Write '*' if that is what you want."
            )
    return checked


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Whether a name is one of the names, or fits one of the patterns; case does not matter."""
    return any(fnmatch.fnmatchcase(name.lower(), pattern) for pattern in patterns)


@dataclass(frozen=True)
class UsageFilter:
    """Which issued CALs are asked for; what is not set does not restrict."""

    cal_type: str | None = None
    product_versions: frozenset[int] = frozenset()
    devices: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    status: frozenset[str] = frozenset()
    expires_before: datetime.datetime | None = None

    def accepts_pack(self, pack: KeyPack) -> bool:
        """Whether CALs of a key pack can be among them."""
        if self.cal_type and pack.product_type != CAL_TYPES[self.cal_type]:
            return False
        return not self.product_versions or pack.product_version_id in self.product_versions

    def accepts(self, cal: IssuedCal) -> bool:
        """Whether a CAL of an accepted key pack is among them."""
        if self.devices and not matches(cal.computer, self.devices):
            return False
        if self.users and not matches(cal.user, self.users):
            return False
        if self.status and cal.status_name not in self.status:
            return False
        return not self.expires_before or bool(cal.expires_on and cal.expires_on < self.expires_before)


@dataclass
class UsageTotals:
    """CALs in use, counted one by one: memory grows with the number of devices, not with what is known of each."""

    packs: Mapping[int, KeyPack]
    by_status: Counter[str] = field(default_factory=Counter)
    _devices: Counter[tuple[str, int]] = field(default_factory=Counter)
    _next_expiry: datetime.datetime | None = None

    def add(self, cal: IssuedCal) -> None:
        """Count a CAL."""
        self.by_status[cal.status_name] += 1
        pack = self.packs.get(cal.key_pack_id)
        if cal.status != ACTIVE or pack is None or pack.product_type != PER_DEVICE:
            return
        if cal.computer and pack.product_version_id is not None:
            self._devices[cal.computer.lower(), pack.product_version_id] += 1
        if cal.expires_on and (self._next_expiry is None or cal.expires_on < self._next_expiry):
            self._next_expiry = cal.expires_on

    def describe(self) -> dict[str, t.Any]:
        """The totals as results show them."""
        several = sorted((name, version, number) for (name, version), number in self._devices.items() if number > 1)
        return {
            "issued_cals_by_status": dict(sorted(self.by_status.items())),
            "devices_with_several_cals": [
                {"computer": name, "product_version": product_version_name(version), "cals": number}
                for name, version, number in several
            ],
            "next_device_expiry": self._next_expiry.isoformat() if self._next_expiry else None,
        }


def summarize(packs: Iterable[KeyPack]) -> list[dict[str, t.Any]]:
    """Installed, issued and free CALs by product version and CAL type, from the key packs alone.

    C(free) is below zero where more CALs are issued than are installed; per user CALs are not enforced. A group without
    installed CALs stands for what the server issued of a version that nobody bought ("Built-in OverUsed").
    """
    groups: dict[tuple[int, int], list[KeyPack]] = {}
    for pack in packs:
        if pack.product_version_id is not None and pack.product_type is not None and _counts(pack):
            groups.setdefault((pack.product_version_id, pack.product_type), []).append(pack)
    return [_summary(*key, group) for key, group in sorted(groups.items())]


def _counts(pack: KeyPack) -> bool:
    return not pack.built_in and not pack.temporary and (pack.purchased or bool(pack.total == 0 and pack.issued))


def _summary(version: int, product_type: int, packs: list[KeyPack]) -> dict[str, t.Any]:
    installed = sum(pack.total or 0 for pack in packs)
    issued = sum(pack.issued or 0 for pack in packs)
    expiries = [pack.expires for pack in packs if pack.expires]
    return {
        "product_version": product_version_name(version),
        "product_version_id": version,
        "cal_type": PRODUCT_TYPE_NAMES.get(product_type, str(product_type)),
        "installed": installed,
        "issued": issued,
        "free": installed - issued,
        "over_allocated": max(issued - installed, 0),
        "key_pack_ids": sorted(pack.key_pack_id for pack in packs),
        "next_pack_expiry": min(expiries).isoformat() if expiries else None,
    }


def temporary_issued(packs: Iterable[KeyPack]) -> int:
    """Temporary CALs in use, by the counts of the packs that the server made for them."""
    return sum(pack.issued or 0 for pack in packs if pack.temporary)
