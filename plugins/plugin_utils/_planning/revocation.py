# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which per device CALs to revoke: those that a rule selects, as many as the server allows. Pure.

The limit: of the per device CALs of one product version, 20 % of the installed ones, or one, whichever is more, may be
in the revoked state at a time; a revoked CAL counts until it expires (Microsoft, "Revoke RDS Per Device CALs"). How the
share is rounded is not published: the plan rounds down, and the server decides.
"""

from __future__ import annotations

import datetime
import typing as t
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import (
    PER_DEVICE,
    product_version_name,
    product_version_title,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import InvalidOption, Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.issued_cals import REVOKED, IssuedCal
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.cal_usage import matches
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Plan, Step, View
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.tables import table

_SHARE: t.Final = 5
# A device gets its CAL for at least 52 days ("Per Device CALs", learn.microsoft.com), so one that expires earlier than
# that after a date was neither issued nor renewed since.
_SHORTEST_LIFETIME: t.Final = datetime.timedelta(days=52)
_HEADINGS: t.Final = ("computer", "hardware ID", "product version", "expires", "status")


@dataclass(frozen=True)
class RevocationRule:
    """Which CALs to revoke. Every condition that is set has to be met.

    C(devices) are names and patterns in lower case, C(hardware_ids) are in lower case.
    """

    devices: tuple[str, ...] = ()
    hardware_ids: frozenset[str] = frozenset()
    not_renewed_since: datetime.datetime | None = None
    product_versions: frozenset[int] = frozenset()
    status: frozenset[str] = frozenset({"active"})

    def __post_init__(self) -> None:
        if not (self.devices or self.hardware_ids or self.not_renewed_since):
            raise InvalidOption(
                "issued_cal needs at least one of devices, hardware_ids and not_renewed_since. "
                "Set devices: ['*'] to select all devices."
            )

    def selects(self, cal: IssuedCal, pack: KeyPack) -> bool:
        """Whether a CAL of a per device key pack is to be revoked."""
        if cal.status_name not in self.status:
            return False
        if self.product_versions and pack.product_version_id not in self.product_versions:
            return False
        if self.devices and not matches(cal.computer, self.devices):
            return False
        if self.hardware_ids and cal.hardware_id.lower() not in self.hardware_ids:
            return False
        return self.not_renewed_since is None or _not_renewed(cal, self.not_renewed_since)


def _not_renewed(cal: IssuedCal, since: datetime.datetime) -> bool:
    """Whether the dates prove it: a CAL without an expiry date proves nothing."""
    if cal.expires_on is None or cal.expires_on >= since + _SHORTEST_LIFETIME:
        return False
    return cal.issued_on is None or cal.issued_on < since


@dataclass(frozen=True)
class VersionLimit:
    """How many CALs of a product version are revoked, and how many may be."""

    product_version: int
    installed: int
    revoked: int
    next_allowed: datetime.datetime | None

    @property
    def limit(self) -> int:
        """How many CALs may be in the revoked state at a time."""
        return max(self.installed // _SHARE, 1)

    @property
    def room(self) -> int:
        """How many more may be revoked now."""
        return max(self.limit - self.revoked, 0)

    def describe(self) -> dict[str, t.Any]:
        """The limit as results show it."""
        return {
            "product_version": product_version_name(self.product_version),
            "installed": self.installed,
            "limit": self.limit,
            "revoked": self.revoked,
            "room": self.room,
            "next_allowed": self.next_allowed.isoformat() if self.next_allowed else None,
        }


@dataclass(frozen=True)
class RevocationPlan:
    """The CALs to revoke in their order, those beyond the limit, and the standing of each version before.

    C(next_allowed) is when the first of those beyond the limit can be revoked, as far as the dates say.
    """

    plan: Plan[IssuedCal]
    revoke: tuple[IssuedCal, ...]
    beyond_limit: tuple[IssuedCal, ...]
    limits: tuple[VersionLimit, ...]
    next_allowed: datetime.datetime | None


@dataclass(frozen=True)
class _Left:
    """How many CALs of a version are left because of the limit, and when the next one can be revoked."""

    limit: VersionLimit
    number: int
    next_allowed: datetime.datetime | None

    def describe(self) -> str:
        limit = self.limit
        when = f"; the next one can be revoked on {self.next_allowed:%Y-%m-%d}" if self.next_allowed else ""
        return (
            f"{self.number} {product_version_title(limit.product_version)} per device CAL(s) exceed the revocation "
            f"limit ({limit.limit} of {limit.installed} at a time, {limit.revoked} revoked before this task{when})"
        )


def plan_revocation(
    server: str,
    rule: RevocationRule,
    cals: Iterable[IssuedCal],
    packs: Sequence[KeyPack],
    now: datetime.datetime,
    *,
    require_all: bool,
) -> RevocationPlan:
    """Decide which CALs to revoke. C(now) is the server's time.

    Raises:
        Refused: a name stands for several devices, or C(require_all) is set and the limit leaves too little room.
    """
    known = {pack.key_pack_id: pack for pack in packs if pack.purchased and pack.product_type == PER_DEVICE}
    selected: list[IssuedCal] = []
    revoked: list[IssuedCal] = []
    for cal in cals:
        pack = known.get(cal.key_pack_id)
        if pack is None:
            continue
        # One that has expired is free already, and what revoking it does is not documented.
        if cal.expires_on is not None and cal.expires_on <= now:
            continue
        if cal.status == REVOKED:
            revoked.append(cal)
        elif rule.selects(cal, pack):
            selected.append(cal)
    _require_distinct(server, rule, selected)
    limits = _limits(known, revoked)
    # The CAL that is closest to its end first: revoking it costs the least of the limit.
    end = datetime.datetime.max.replace(tzinfo=datetime.timezone.utc)
    selected.sort(key=lambda cal: (cal.expires_on or end, cal.license_id))
    fitting, beyond = _within(selected, known, limits)
    # What is revoked now makes room when it expires, as what was revoked before does.
    holding = revoked if require_all else [*revoked, *fitting]
    left = [_left(limit, beyond, holding, known) for limit in limits.values()]
    left = [each for each in left if each.number]
    text = f"{server}: {'; '.join(each.describe() for each in left)}."
    if left and require_all:
        raise Refused(f"{text} Nothing was revoked (require_all: true).")
    warnings = (text,) if left else ()
    steps = tuple(Step(f"Revoke the CAL of {cal.holder} ({_title(cal, known)})", cal) for cal in fitting)
    view = View(
        f"{server}: per device CALs", _table(selected, known, frozenset()), _table(selected, known, frozenset(fitting))
    )
    plan = Plan(steps, (view,) if fitting else (), warnings)
    dates = [each.next_allowed for each in left if each.next_allowed]
    return RevocationPlan(plan, tuple(fitting), tuple(beyond), tuple(limits.values()), min(dates, default=None))


def _require_distinct(server: str, rule: RevocationRule, selected: Iterable[IssuedCal]) -> None:
    """Refuse names that several devices have: a device reports its own name."""
    by_name: dict[str, list[IssuedCal]] = {}
    for cal in selected:
        if cal.computer.lower() in rule.devices:
            by_name.setdefault(cal.computer.lower(), []).append(cal)
    for group in by_name.values():
        if len(group) > 1 and not rule.hardware_ids:
            identifiers = ", ".join(cal.hardware_id or f"license {cal.license_id}" for cal in group)
            raise Refused(
                f"{server}: {len(group)} CALs are issued to devices called {group[0].computer} (hardware IDs "
                f"{identifiers}), and a name need not be unique. Set hardware_ids to the ones to revoke."
            )


def _limits(packs: Mapping[int, KeyPack], revoked: Iterable[IssuedCal]) -> dict[int, VersionLimit]:
    installed: dict[int, int] = {}
    for pack in packs.values():
        version = pack.cals.product_version
        installed[version] = installed.get(version, 0) + pack.cals.quantity
    by_version: dict[int, list[IssuedCal]] = {version: [] for version in installed}
    for cal in revoked:
        by_version[packs[cal.key_pack_id].cals.product_version].append(cal)
    return {
        version: VersionLimit(
            version,
            number,
            len(by_version[version]),
            min((cal.expires_on for cal in by_version[version] if cal.expires_on), default=None),
        )
        for version, number in sorted(installed.items())
    }


def _within(
    selected: Iterable[IssuedCal], packs: Mapping[int, KeyPack], limits: Mapping[int, VersionLimit]
) -> tuple[list[IssuedCal], list[IssuedCal]]:
    room = {version: limit.room for version, limit in limits.items()}
    fitting: list[IssuedCal] = []
    beyond: list[IssuedCal] = []
    for cal in selected:
        version = packs[cal.key_pack_id].cals.product_version
        (fitting if room[version] > 0 else beyond).append(cal)
        room[version] -= 1
    return fitting, beyond


def _left(
    limit: VersionLimit, beyond: Iterable[IssuedCal], holding: Iterable[IssuedCal], packs: Mapping[int, KeyPack]
) -> _Left:
    def of_version(cal: IssuedCal) -> bool:
        return packs[cal.key_pack_id].cals.product_version == limit.product_version

    dates = [cal.expires_on for cal in holding if of_version(cal) and cal.expires_on]
    return _Left(limit, sum(map(of_version, beyond)), min(dates, default=None))


def _title(cal: IssuedCal, packs: Mapping[int, KeyPack]) -> str:
    version = product_version_title(packs[cal.key_pack_id].cals.product_version)
    return f"{version} per device, license {cal.license_id} of key pack {cal.key_pack_id}"


def _table(cals: Iterable[IssuedCal], packs: Mapping[int, KeyPack], revoked: frozenset[IssuedCal]) -> str:
    rows = [
        (
            cal.computer,
            cal.hardware_id,
            product_version_title(packs[cal.key_pack_id].cals.product_version),
            f"{cal.expires_on:%Y-%m-%d}" if cal.expires_on else "",
            "revoked" if cal in revoked else cal.status_name,
        )
        for cal in cals
    ]
    return table(_HEADINGS, rows) if rows else "none selected\n"
