# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the collection assumes of the values of a license server: rights, key packs, IDs, service, database, usage."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Callable

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.assumption import (
    ALL,
    HEALTH,
    KEY_PACKS,
    LICENSE_SERVERS,
    RECORDING,
    USAGE,
    Assumption,
    Evidence,
    Finding,
    Look,
    reads_well,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.reads import REGISTRY_TRIAL, SERVER

REGISTRY_WRITES: t.Final = "registry_writes"
_PACK_READERS: t.Final = (*KEY_PACKS, *USAGE)


def _rights(evidence: Evidence) -> Finding:
    """To an account without rights the provider shows properties without values, and no fault."""
    texts = evidence.texts("license server")
    if not texts:
        return None
    if ":Fault>" in texts:
        return "access denied" if ":AccessDenied" in texts else None
    return "" if re.search(r":DatabasePath[^>]*>[^<]", texts) else "properties without values"


def _packs(evidence: Evidence) -> tuple[KeyPack, ...] | None:
    return t.cast("tuple[KeyPack, ...] | None", evidence.value("key packs"))


def _each_pack(test: Callable[[KeyPack], str]) -> Look:
    def look(evidence: Evidence) -> Finding:
        packs = _packs(evidence)
        if not packs:
            return None
        return "; ".join(dict.fromkeys(filter(None, map(test, packs))))

    return look


def _pack_type(pack: KeyPack) -> str:
    return "" if pack.key_pack_type in range(8) else f"key pack type {pack.key_pack_type}"


def _product_type(pack: KeyPack) -> str:
    return "" if pack.product_type in (0, 1, 3) else f"product type {pack.product_type}"


def _product_version(pack: KeyPack) -> str:
    known = pack.product_version_id in range(9)
    return "" if known else f"product version ID {pack.product_version_id}"


def _expiry(pack: KeyPack) -> str:
    """A date beyond 2035 that is no known way to say "never"."""
    return f"expiration date {pack.expires:%Y-%m-%d}" if pack.expires and pack.expires.year > 2034 else ""


def _one_pack(test: Callable[[KeyPack], bool], got: str) -> Look:
    def look(evidence: Evidence) -> Finding:
        packs = _packs(evidence)
        return None if packs is None else "" if any(map(test, packs)) else got

    return look


def _identifier(label: str, attribute: str, shape: str) -> Look:
    def look(evidence: Evidence) -> Finding:
        value = getattr(evidence.value(label), attribute, None)
        if not value:
            return None
        # The value itself is confidential: its shape says enough.
        return "" if re.fullmatch(shape, value) else re.sub(r"[A-Za-z]", "A", re.sub(r"\d", "9", value))

    return look


def _activation_status(evidence: Evidence) -> Finding:
    activation = evidence.value("activation")
    if activation is None:
        return None
    return "" if activation.status in (0, 1) else f"activation status {activation.status}"


def _registrations(evidence: Evidence) -> Finding:
    flags = evidence.value("registrations")
    if flags is None:
        return None
    silent = sorted(name for name, flag in flags.items() if flag is None)
    return f"no answer for {', '.join(silent)}" if silent else ""


def _service(evidence: Evidence) -> Finding:
    state = evidence.value("licensing service")
    return None if state is None else "" if state == "running" else f"state {state}"


def _database(evidence: Evidence) -> Finding:
    exists = evidence.value("database file")
    return None if exists is None else "" if exists else "no TLSLic.edb in DatabasePath"


def _unset_contact(evidence: Evidence) -> Finding:
    text = evidence.texts("license server")
    if not text:
        return None
    empty = re.findall(r"<p:(\w+)></p:\1>", text)
    return f"empty text for {', '.join(empty[:3])}" if empty else ""


def _users_in_rows(evidence: Evidence) -> Finding:
    packs, cals = _packs(evidence), evidence.value("issued CALs")
    if not packs or not cals:
        return None
    user_packs = {pack.key_pack_id for pack in packs if pack.product_type == 1}
    listed = sum(cal.key_pack_id in user_packs for cal in cals)
    return f"{listed} rows of per user key packs" if listed else ""


def _registry_writes(evidence: Evidence) -> Finding:
    """From the trial, where it was allowed; else from what the record already holds."""
    trial = evidence.results.get(REGISTRY_TRIAL)
    if trial is not None:
        return trial.error or str(trial.value or "")
    return "" if evidence.value("operation record") else None


LICENSE_SERVER: t.Final = (
    Assumption(
        "reads_license_server",
        (SERVER,),
        "the license server can be read",
        "see got",
        (ALL,),
        reads_well("license server", "activation", "Windows release", "health"),
    ),
    Assumption(
        "rights",
        (SERVER,),
        "the account sees the values of the provider",
        "connect with an account that is a local Administrator",
        (ALL,),
        _rights,
    ),
    Assumption(
        "reads_key_packs",
        (SERVER,),
        "key packs can be read, all and by number",
        "see got",
        _PACK_READERS,
        reads_well("key packs", "one key pack", "some key packs"),
    ),
    Assumption(
        "reads_registry",
        (SERVER,),
        "the registry can be read through StdRegProv",
        "the operation record cannot be read",
        LICENSE_SERVERS,
        reads_well("connection method", "operation record", "values of the record", "network name"),
    ),
    Assumption(
        "reads_history",
        (SERVER,),
        "the history of the operation record can be read",
        "license_server_info cannot show it",
        ("license_server_info",),
        reads_well("history of the record"),
    ),
    Assumption(
        REGISTRY_WRITES,
        (SERVER,),
        "a value under the collection's own registry key can be written, read and deleted",
        "the operation record cannot be kept on this server",
        RECORDING,
        _registry_writes,
    ),
    Assumption(
        "reads_clock",
        (SERVER,),
        "the server reports its time",
        "it is unknown how long a call may be at work",
        _PACK_READERS,
        reads_well("server clock", "server clock by query"),
    ),
    Assumption(
        "reads_usage",
        (SERVER,),
        "issued CALs and usage reports can be read",
        "see got",
        USAGE,
        reads_well("issued CALs", "one issued CAL", "usage reports", "report entries"),
    ),
    Assumption(
        "reads_files_and_services",
        (SERVER,),
        "files and services can be read",
        "see got",
        ("database_rebuild",),
        reads_well("licensing service", "database file"),
    ),
    Assumption(
        "key_pack_types",
        (SERVER,),
        "key pack types 0 to 7",
        "such a key pack counts as purchased if its numbers fit",
        _PACK_READERS,
        _each_pack(_pack_type),
    ),
    Assumption(
        "product_types",
        (SERVER,),
        "product types 0, 1 and 3",
        "such key packs are left alone",
        _PACK_READERS,
        _each_pack(_product_type),
    ),
    Assumption(
        "product_versions",
        (SERVER,),
        "product version IDs 0 to 8",
        "the version has no name",
        _PACK_READERS,
        _each_pack(_product_version),
    ),
    Assumption(
        "never_expires",
        (SERVER,),
        "the known dates that stand for never",
        "a permanent key pack seems to expire",
        ("cal_usage_info", *HEALTH),
        _each_pack(_expiry),
    ),
    Assumption(
        "built_in_pack",
        (SERVER,),
        "a built-in key pack with unlimited CALs",
        "nothing",
        _PACK_READERS,
        _one_pack(lambda pack: pack.built_in and pack.total is None, "no built-in key pack"),
        informs=True,
    ),
    Assumption(
        "temporary_pack",
        (SERVER,),
        "a temporary key pack of type 4",
        "nothing",
        _PACK_READERS,
        _one_pack(lambda pack: pack.temporary, "no key pack of type 4"),
        informs=True,
    ),
    Assumption(
        "license_server_id",
        (SERVER,),
        "35 letters and digits",
        "migrations and request sheets show another ID",
        ("cal_migration",),
        _identifier("activation", "license_server_id", r"[A-Z0-9]{35}"),
    ),
    Assumption(
        "product_id",
        (SERVER,),
        "99999-99999-99999-AA999",
        "request sheets show another ID",
        ("license_server",),
        _identifier("license server", "product_id", r"\d{5}-\d{5}-\d{5}-[A-Z]{2}\d{3}"),
    ),
    Assumption(
        "activation_status",
        (SERVER,),
        "0 or 1",
        "nothing is installed before the status is known",
        (*_PACK_READERS, "license_server"),
        _activation_status,
    ),
    Assumption(
        "registrations",
        (SERVER,),
        "all six flags of Active Directory and Group Policy are answered",
        "a flag that is not answered is left alone; the account may lack rights there, or its credentials are not "
        "delegated",
        ("license_server", *HEALTH),
        _registrations,
    ),
    Assumption(
        "licensing_service",
        (SERVER,),
        "a service TermServLicensing that runs",
        "rebuilds stop and start it",
        ("database_rebuild",),
        _service,
    ),
    Assumption(
        "database_file",
        (SERVER,),
        "TLSLic.edb in DatabasePath",
        "recreate_database needs database_path",
        ("database_rebuild",),
        _database,
    ),
    Assumption(
        "unset_contact",
        (SERVER,),
        "NULL for contact data that is not set",
        "nothing; empty text is accepted",
        ("license_server",),
        _unset_contact,
        informs=True,
    ),
    Assumption(
        "per_user_rows",
        (SERVER,),
        "issued CALs of per device key packs only, as documented",
        "usage lists users as well; they are never revoked",
        USAGE,
        _users_in_rows,
        informs=True,
        optional=True,
    ),
)
