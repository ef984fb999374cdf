# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of capacity and compliance on a license server. Only purchased key packs count, in signed numbers."""

from __future__ import annotations

import datetime
import typing as t
from collections import Counter

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.catalogue import (
    CRITICAL,
    INFO,
    SERVER,
    WARNING,
    Found,
    Result,
    check,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.facts import ServerFacts
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import (
    PER_DEVICE,
    PER_USER,
    cal_family,
    product_version_title,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.issued_cals import (
    ACTIVE,
    REVOKED,
    STATUS_NAMES,
    IssuedCal,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.windows_release import NEWEST_CAL
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.cal_usage import summarize

_TEMPORARY: t.Final = 1
_NEWEST_DOCUMENTED: t.Final = 8


def _rows(facts: ServerFacts, product_type: str) -> list[dict[str, t.Any]]:
    return [row for row in summarize(facts.packs) if row["cal_type"] == product_type and row["installed"]]


def _numbers(row: dict[str, t.Any]) -> str:
    version, cal_type = product_version_title(row["product_version_id"]), row["cal_type"].replace("_", " ")
    return f"{row['issued']} of {row['installed']} {version} {cal_type} CALs"


@check(
    SERVER, CRITICAL, "A",
    what="No per device CALs are free on {host}: {issued} are issued.",
    repair="winfleet.rd_licensing.key_pack, or winfleet.rd_licensing.issued_cal for devices that are gone",
    source="Microsoft: per device CALs cannot be over-allocated",
)  # fmt: skip
def device_cals_exhausted(facts: ServerFacts, _limits: t.Any) -> Result:
    rows = [row for row in _rows(facts, "per_device") if row["free"] <= 0]
    return {"issued": ", ".join(map(_numbers, rows)), "groups": rows} if rows else None


@check(
    SERVER, CRITICAL, "A",
    what="More per user CALs are issued by {host} than are installed: {issued}.",
    repair="winfleet.rd_licensing.key_pack",
    source="Microsoft: per user CALs can be over-allocated, which breaches the license terms",
)  # fmt: skip
def user_cals_over_allocated(facts: ServerFacts, _limits: t.Any) -> Result:
    rows = [row for row in _rows(facts, "per_user") if row["free"] < 0]
    return {"issued": ", ".join(map(_numbers, rows)), "groups": rows} if rows else None


@check(
    SERVER, WARNING, "B",
    what="Few CALs are free on {host}: {issued} are issued.",
    repair="winfleet.rd_licensing.key_pack",
    source="The limit is an option",
)  # fmt: skip
def cals_low(facts: ServerFacts, limits: t.Any) -> Result:
    limit = limits["free_cals_percent"]
    rows = [
        row
        for row in summarize(facts.packs)
        if row["installed"]
        and row["free"] * 100 < row["installed"] * limit
        and row["free"] >= (1 if row["cal_type"] == "per_device" else 0)
    ]
    if not rows:
        return None
    return {"issued": ", ".join(map(_numbers, rows)), "groups": rows, "limit_percent": limit}


@check(
    SERVER, WARNING, "B",
    what="{host} issued CALs of versions that are not installed: {issued} CALs.",
    repair="winfleet.rd_licensing.key_pack for that version",
    source="Microsoft: license server issuing Built-in OverUsed CALs",
)  # fmt: skip
def overused_pack(facts: ServerFacts, _limits: t.Any) -> Result:
    packs = [pack for pack in facts.packs if pack.total == 0 and pack.issued and not pack.built_in]
    if not packs:
        return None
    return {
        "issued": sum(pack.issued or 0 for pack in packs),
        "key_packs": [pack.describe() for pack in packs],
    }


@check(
    SERVER, INFO, "B",
    what="{host} holds per user CALs and counts none of them as issued.",
    repair="If session hosts use them, see not_in_license_servers_group.",
    source="Microsoft: IsLSinTSLSGroup",
)  # fmt: skip
def user_cals_not_counted(facts: ServerFacts, _limits: t.Any) -> Result:
    packs = [pack for pack in facts.purchased if pack.product_type == PER_USER]
    if not packs or any(pack.issued for pack in packs) or facts.registrations["license_servers_group"] is not False:
        return None
    return {"installed": sum(pack.total or 0 for pack in packs), "issued": 0}


@check(
    SERVER, WARNING, "B",
    what="{host} has issued {issued} temporary CALs while per device CALs are free.",
    repair="A device gets a permanent CAL at its second logon. See temporary_never_upgraded.",
    source="Microsoft: CALs for Remote Desktop Services",
)  # fmt: skip
def temporary_cals(facts: ServerFacts, _limits: t.Any) -> Result:
    issued = sum(pack.issued or 0 for pack in facts.packs if pack.temporary)
    free = sum(max(row["free"], 0) for row in _rows(facts, "per_device"))
    return {"issued": issued, "free": free} if issued and free else None


@check(
    SERVER, WARNING, "A",
    what="{host} holds CALs that are newer than its Windows release: key packs {key_packs}.",
    repair="Replace the license server: role replace_source_server",
    source="Microsoft: CALs for Remote Desktop Services, table",
)  # fmt: skip
def cal_newer_than_server(facts: ServerFacts, _limits: t.Any) -> Result:
    own = NEWEST_CAL.get(facts.windows.release or "")
    packs = [pack.key_pack_id for pack in facts.purchased if own and cal_family(pack.product_version_id or 0) > own]
    return {"key_packs": packs, "windows": facts.windows.title} if packs else None


@check(
    SERVER, INFO, "A",
    what="{host} shows product versions without a published name: {versions}.",
    repair="Update the collection if there is a newer release of it.",
    source="Microsoft: Win32_TSLicenseKeyPack",
)  # fmt: skip
def product_version_unknown(facts: ServerFacts, _limits: t.Any) -> Result:
    versions = sorted({pack.product_version_id or 0 for pack in facts.purchased})
    unknown = [version for version in versions if version > _NEWEST_DOCUMENTED]
    return {"versions": unknown} if unknown else None


def _expiring(facts: ServerFacts) -> list[tuple[KeyPack, datetime.timedelta]]:
    now = facts.windows.now
    if now is None:
        return []
    return [(pack, pack.expires - now) for pack in facts.purchased if pack.expires]


@check(
    SERVER, WARNING, "B",
    what="Key packs of {host} expire soon: {key_packs}.",
    repair="Renew the subscription, then winfleet.rd_licensing.key_pack",
    source="Dates of subscription key packs in the field; the limit is an option",
)  # fmt: skip
def pack_expires_soon(facts: ServerFacts, limits: t.Any) -> Result:
    limit = datetime.timedelta(days=limits["pack_expires_days"])
    found = [pack for pack, left in _expiring(facts) if datetime.timedelta() < left <= limit]
    return {"key_packs": _dates(found), "limit_days": limit.days} if found else None


@check(
    SERVER, CRITICAL, "B",
    what="Key packs of {host} have expired: {key_packs}.",
    repair="Renew the subscription, then winfleet.rd_licensing.key_pack",
    source="Dates of subscription key packs in the field",
)  # fmt: skip
def pack_expired(facts: ServerFacts, _limits: t.Any) -> Result:
    found = [pack for pack, left in _expiring(facts) if left <= datetime.timedelta()]
    return {"key_packs": _dates(found)} if found else None


def _dates(packs: list[KeyPack]) -> str:
    return ", ".join(f"{pack.key_pack_id} ({pack.expires:%Y-%m-%d})" for pack in packs if pack.expires)


def _device_rows(facts: ServerFacts) -> list[IssuedCal]:
    packs = {pack.key_pack_id for pack in facts.purchased if pack.product_type == PER_DEVICE}
    return [cal for cal in facts.issued if cal.key_pack_id in packs]


@check(
    SERVER, WARNING, "B",
    what="{number} devices of {host} still have a temporary CAL after {days} days: {computers}.",
    repair="Check the licensing key in the registry of these devices, and that the license server is activated.",
    source="Microsoft: temporary CALs are valid for 90 days; the limit is an option",
)  # fmt: skip
def temporary_never_upgraded(facts: ServerFacts, limits: t.Any) -> Result:
    now, days = facts.windows.now, limits["temporary_cal_days"]
    old = [
        cal.holder
        for cal in facts.issued
        if cal.status == _TEMPORARY and now and cal.issued_on and (now - cal.issued_on).days > days
    ]
    return {"number": len(old), "days": days, "computers": ", ".join(old[:20])} if old else None


@check(
    SERVER, INFO, "B",
    what="{number} computers of {host} hold several active per device CALs: {computers}.",
    repair="Check the licensing key in the registry of these devices. Revoke the older CALs: "
    "winfleet.rd_licensing.issued_cal with hardware_ids",
    source="Microsoft: several per device CALs for one device",
)  # fmt: skip
def one_device_many_cals(facts: ServerFacts, _limits: t.Any) -> Result:
    names = Counter(cal.computer.lower() for cal in _device_rows(facts) if cal.status == ACTIVE and cal.computer)
    several = sorted(name for name, number in names.items() if number > 1)
    return {"number": len(several), "computers": ", ".join(several[:20])} if several else None


@check(
    SERVER, INFO, "B",
    what="{number} active per device CALs of {host} are past their expiry date.",
    repair="Nothing: they return by themselves.",
    source="Microsoft: per device CALs expire after 52 to 89 days",
)  # fmt: skip
def stale_devices(facts: ServerFacts, _limits: t.Any) -> Result:
    now = facts.windows.now
    stale = [
        cal for cal in _device_rows(facts) if cal.status == ACTIVE and cal.expires_on and now and cal.expires_on < now
    ]
    return {"number": len(stale), "computers": [cal.holder for cal in stale[:20]]} if stale else None


@check(
    SERVER, INFO, "B",
    what="No more per device CALs can be revoked on {host} now: {versions}.",
    repair="Wait until a revoked CAL expires.",
    source="Microsoft: Revoke RDS Per Device CALs",
)  # fmt: skip
def revocation_quota_used(facts: ServerFacts, _limits: t.Any) -> Result:
    versions = {pack.key_pack_id: pack.product_version_id for pack in facts.purchased}
    installed: Counter[int] = Counter()
    for pack in facts.purchased:
        if pack.product_type == PER_DEVICE:
            installed[pack.product_version_id or 0] += pack.total or 0
    now = facts.windows.now
    revoked = Counter(
        versions[cal.key_pack_id] or 0
        for cal in _device_rows(facts)
        if cal.status == REVOKED and (now is None or cal.expires_on is None or cal.expires_on > now)
    )
    full = {version: number for version, number in revoked.items() if number >= max(installed[version] // 5, 1)}
    return {"versions": full} if full else None


@check(
    SERVER, INFO, "C",
    what="Key packs of {host} count other numbers of issued CALs than are listed: {differences}.",
    repair="Nothing, unless the numbers differ much: users log on meanwhile, and the exact rule is not published.",
    source="Comparison of Win32_TSLicenseKeyPack and Win32_TSIssuedLicense",
)  # fmt: skip
def issued_mismatch(facts: ServerFacts, _limits: t.Any) -> Result:
    listed = Counter(
        cal.key_pack_id for cal in facts.issued if cal.status in STATUS_NAMES and cal.status not in (0, REVOKED)
    )
    differences = {
        pack.key_pack_id: {"counted": pack.issued, "listed": listed[pack.key_pack_id]}
        for pack in facts.purchased
        if pack.product_type == PER_DEVICE and pack.issued is not None and pack.issued != listed[pack.key_pack_id]
    }
    return Found({"differences": differences}) if differences else None
