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
    Limits,
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
    repair="winfleet.rd_licensing.key_pack, or winfleet.rd_licensing.issued_cal for devices that are out of service",
    source="Microsoft: per device CALs cannot be over-allocated",
)  # fmt: skip
def device_cals_exhausted(facts: ServerFacts, _limits: Limits) -> Result:
    rows = [row for row in _rows(facts, "per_device") if row["free"] <= 0]
    return {"issued": ", ".join(map(_numbers, rows)), "groups": rows} if rows else None


@check(
    SERVER, CRITICAL, "A",
    what="{host} has issued more per user CALs than are installed: {issued}.",
    repair="winfleet.rd_licensing.key_pack",
    source="Microsoft: per user CALs can be over-allocated, which breaches the license terms",
)  # fmt: skip
def user_cals_over_allocated(facts: ServerFacts, _limits: Limits) -> Result:
    rows = [row for row in _rows(facts, "per_user") if row["free"] < 0]
    return {"issued": ", ".join(map(_numbers, rows)), "groups": rows} if rows else None


@check(
    SERVER, WARNING, "B",
    what="Few CALs are free on {host}: {issued} are issued.",
    repair="winfleet.rd_licensing.key_pack",
    source="The limit is an option of the check",
)  # fmt: skip
def cals_low(facts: ServerFacts, limits: Limits) -> Result:
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
    what="{host} has issued {issued} CALs of versions that are not installed.",
    repair="winfleet.rd_licensing.key_pack with CALs of that version",
    source="Microsoft: license server issuing Built-in OverUsed CALs",
)  # fmt: skip
def overused_pack(facts: ServerFacts, _limits: Limits) -> Result:
    packs = [pack for pack in facts.packs if pack.total == 0 and pack.issued and not pack.built_in]
    if not packs:
        return None
    return {
        "issued": sum(pack.issued or 0 for pack in packs),
        "key_packs": [pack.describe() for pack in packs],
    }


@check(
    SERVER, INFO, "B",
    what="{host} has per user CALs and counts none of them as issued.",
    repair="If session hosts use them, add the server to the group Terminal Server License Servers: "
    "winfleet.rd_licensing.license_server with active_directory.",
    source="Microsoft: IsLSinTSLSGroup",
)  # fmt: skip
def user_cals_not_counted(facts: ServerFacts, _limits: Limits) -> Result:
    packs = [pack for pack in facts.purchased if pack.product_type == PER_USER]
    if not packs or any(pack.issued for pack in packs) or facts.flag("license_servers_group"):
        return None
    return {"installed": sum(pack.total or 0 for pack in packs), "issued": 0}


@check(
    SERVER, WARNING, "B",
    what="{host} has issued {issued} temporary CALs, although {free} per device CALs are free.",
    repair="None needed if the devices are new: a device gets a permanent CAL when it connects again. Otherwise check "
    "the licensing key in the registry of these devices.",
    source="Microsoft: CALs for Remote Desktop Services",
)  # fmt: skip
def temporary_cals(facts: ServerFacts, _limits: Limits) -> Result:
    issued = sum(pack.issued or 0 for pack in facts.packs if pack.temporary)
    free = sum(max(row["free"], 0) for row in _rows(facts, "per_device"))
    return {"issued": issued, "free": free} if issued and free else None


@check(
    SERVER, WARNING, "A",
    what="{host} has CALs that are newer than its Windows release: key packs {key_packs}.",
    repair="Replace the license server with role replace_source_server.",
    source="Microsoft: license Remote Desktop Services with CALs (table of versions)",
)  # fmt: skip
def cal_newer_than_server(facts: ServerFacts, _limits: Limits) -> Result:
    own = facts.level
    packs = [pack.key_pack_id for pack in facts.purchased if cal_family(pack.product_version_id or 0) > own]
    return {"key_packs": packs, "windows": facts.windows.title} if packs else None


@check(
    SERVER, INFO, "A",
    what="{host} lists product versions whose names are not published: {versions}.",
    repair="Install a newer release of the collection if there is one.",
    source="Microsoft: Win32_TSLicenseKeyPack",
)  # fmt: skip
def product_version_unknown(facts: ServerFacts, _limits: Limits) -> Result:
    versions = sorted({pack.product_version_id or 0 for pack in facts.purchased})
    unknown = [version for version in versions if version > _NEWEST_DOCUMENTED]
    return {"versions": unknown} if unknown else None


def _expiring(facts: ServerFacts) -> list[tuple[KeyPack, datetime.timedelta]]:
    return [(pack, pack.expires - facts.now) for pack in facts.purchased if pack.expires]


@check(
    SERVER, WARNING, "B",
    what="Key packs of {host} expire soon: {key_packs}.",
    repair="Renew the subscription, then winfleet.rd_licensing.key_pack",
    source="Expiration dates observed on subscription key packs in production; the limit is an option of the check",
)  # fmt: skip
def pack_expires_soon(facts: ServerFacts, limits: Limits) -> Result:
    limit = datetime.timedelta(days=limits["pack_expires_days"])
    found = [pack for pack, left in _expiring(facts) if datetime.timedelta() < left <= limit]
    return {"key_packs": _dates(found), "limit_days": limit.days} if found else None


@check(
    SERVER, CRITICAL, "B",
    what="Key packs of {host} have expired: {key_packs}.",
    repair="Renew the subscription, then winfleet.rd_licensing.key_pack",
    source="Expiration dates observed on subscription key packs in production",
)  # fmt: skip
def pack_expired(facts: ServerFacts, _limits: Limits) -> Result:
    found = [pack for pack, left in _expiring(facts) if left <= datetime.timedelta()]
    return {"key_packs": _dates(found)} if found else None


def _dates(packs: list[KeyPack]) -> str:
    return ", ".join(f"{pack.key_pack_id} ({pack.expires:%Y-%m-%d})" for pack in packs if pack.expires)


def _device_rows(facts: ServerFacts) -> list[IssuedCal]:
    packs = {pack.key_pack_id for pack in facts.purchased if pack.product_type == PER_DEVICE}
    return [cal for cal in facts.issued if cal.key_pack_id in packs]


@check(
    SERVER, WARNING, "B",
    what="{number} devices still have a temporary CAL from {host} after {days} days: {computers}.",
    repair="Check the licensing key in the registry of these devices, and whether the license server is activated.",
    source="Microsoft: temporary CALs are valid for 90 days; the limit is an option of the check",
)  # fmt: skip
def temporary_never_upgraded(facts: ServerFacts, limits: Limits) -> Result:
    now, days = facts.now, limits["temporary_cal_days"]
    old = [
        cal.holder
        for cal in facts.issued
        if cal.status == _TEMPORARY and cal.issued_on and (now - cal.issued_on).days > days
    ]
    return {"number": len(old), "days": days, "computers": ", ".join(old[:20])} if old else None


@check(
    SERVER, INFO, "B",
    what="{number} computers hold several active per device CALs from {host}: {computers}.",
    repair="Check the licensing key in the registry of these devices. Revoke the older CALs: "
    "winfleet.rd_licensing.issued_cal with hardware_ids",
    source="Microsoft: several per device CALs for one device",
)  # fmt: skip
def one_device_many_cals(facts: ServerFacts, _limits: Limits) -> Result:
    names = Counter(cal.computer.lower() for cal in _device_rows(facts) if cal.status == ACTIVE and cal.computer)
    several = sorted(name for name, number in names.items() if number > 1)
    return {"number": len(several), "computers": ", ".join(several[:20])} if several else None


@check(
    SERVER, INFO, "B",
    what="{number} active per device CALs of {host} are past their expiration date.",
    repair="None needed: the license server takes them back by itself.",
    source="Microsoft: per device CALs expire after 52 to 89 days",
)  # fmt: skip
def stale_devices(facts: ServerFacts, _limits: Limits) -> Result:
    now = facts.now
    stale = [cal for cal in _device_rows(facts) if cal.status == ACTIVE and cal.expires_on and cal.expires_on < now]
    return {"number": len(stale), "computers": [cal.holder for cal in stale[:20]]} if stale else None


@check(
    SERVER, INFO, "B",
    what="{host} does not allow more revocations now: {versions}.",
    repair="Wait until the first revoked CAL expires. winfleet.rd_licensing.issued_cal shows when that is.",
    source="Microsoft: Revoke RDS Per Device CALs",
)  # fmt: skip
def revocation_quota_used(facts: ServerFacts, _limits: Limits) -> Result:
    versions = {pack.key_pack_id: pack.product_version_id for pack in facts.purchased}
    installed: Counter[int] = Counter()
    for pack in facts.purchased:
        if pack.product_type == PER_DEVICE:
            installed[pack.product_version_id or 0] += pack.total or 0
    now = facts.now
    revoked = Counter(
        versions[cal.key_pack_id] or 0
        for cal in _device_rows(facts)
        if cal.status == REVOKED and (cal.expires_on is None or cal.expires_on > now)
    )
    full = {version: number for version, number in revoked.items() if number >= max(installed[version] // 5, 1)}
    if not full:
        return None
    texts = [
        f"{number} {product_version_title(version)} per device CALs are revoked" for version, number in full.items()
    ]
    return {"versions": ", ".join(texts), "revoked": {product_version_title(key): n for key, n in full.items()}}


@check(
    SERVER, INFO, "C",
    what="The number of issued CALs differs between key packs of {host} and the list of issued CALs: {differences}.",
    repair="None needed if the difference is small: users log on while both are read, and the exact rule is not "
    "published.",
    source="Comparison of Win32_TSLicenseKeyPack and Win32_TSIssuedLicense",
)  # fmt: skip
def issued_mismatch(facts: ServerFacts, _limits: Limits) -> Result:
    listed = Counter(
        cal.key_pack_id for cal in facts.issued if cal.status in STATUS_NAMES and cal.status not in (0, REVOKED)
    )
    differing = [
        pack
        for pack in facts.purchased
        if pack.product_type == PER_DEVICE and pack.issued is not None and pack.issued != listed[pack.key_pack_id]
    ]
    if not differing:
        return None
    texts = [
        f"key pack {each.key_pack_id} counts {each.issued}, {listed[each.key_pack_id]} listed" for each in differing
    ]
    return {"differences": "; ".join(texts)}
