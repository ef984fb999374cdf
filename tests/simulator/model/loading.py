# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a fleet file and check what types alone cannot: names, credentials, references between its parts."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.simulator.model import description
from tests.simulator.model.plain import PlainError, from_plain
from tests.simulator.model.state import CONTACT_FIELDS
from tests.simulator.recorded_dialect import Recorded, load_recorded

PROBE_FILE = "SIMULATOR_PROBE_FILE"
"""Names a file that the probe saved: every server speaks the dialect recorded there, except where the fleet file says
something else of it."""

# program -> {field of the purchase: shape of its credential}
CREDENTIALS = {
    "retail": {"license_code": r"[0-9A-Z]{25}"},
    "open": {"license_number": r"[0-9]{8}", "authorization_number": r"[0-9A-Z]{15}"},
    "select": {"agreement_number": r"[0-9]{7}"},
    "enterprise": {"agreement_number": r"[0-9]{7}"},
    "campus": {"agreement_number": r"[0-9]{7}"},
    "school": {"agreement_number": r"[0-9]{7}"},
    "service_provider": {"agreement_number": r"[0-9]{7,8}"},
    "other_agreement": {"agreement_number": r"[0-9A-Z]+"},
}
_COMPUTER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,14}")


def load_fleet(path: Path) -> description.Fleet:
    """Read the fleet file at `path`; raises PlainError with the place of the first mistake."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise PlainError(f"{path}: not YAML: {error}") from error
    return describe_fleet(data, path.name)


def describe_fleet(data: Any, where: str = "fleet") -> description.Fleet:
    """The fleet that plain data describes, in the recorded dialect if there is one; raises PlainError."""
    path = os.environ.get(PROBE_FILE)
    fleet = from_plain(description.Fleet, _in_dialect(data, _recorded(Path(path))) if path else data, where)
    check_fleet(fleet)
    return fleet


@functools.cache
def _recorded(path: Path) -> Recorded:
    try:
        return load_recorded(path)
    except (OSError, ValueError, KeyError) as error:
        raise PlainError(f"{PROBE_FILE}: {path} is no file that the probe saved: {error}") from error


def _in_dialect(data: Any, recorded: Recorded) -> Any:
    """What the fleet file itself says goes before what was recorded."""
    if not isinstance(data, Mapping) or not isinstance(data.get("servers"), Mapping):
        return data
    servers = {
        name: {**server, **{part: {**way, **(server.get(part) or {})} for part, way in recorded.items()}}
        for name, server in ((name, server or {}) for name, server in data["servers"].items())
    }
    return {**data, "servers": servers}


def check_fleet(fleet: description.Fleet) -> None:
    for name, server in fleet.servers.items():
        _check_server(fleet, name, server)
    for name, purchase in fleet.clearinghouse.purchases.items():
        check_purchase(name, purchase)
        unknown = set(purchase.placed) - set(fleet.servers)
        if unknown:
            raise PlainError(f"clearinghouse.purchases.{name}.placed: no server {', '.join(sorted(unknown))}")


def _check_server(fleet: description.Fleet, name: str, server: description.Server) -> None:
    where = f"servers.{name}"
    if not _COMPUTER_NAME.fullmatch(name):
        raise PlainError(f"{where}: not a computer name (letters, digits, hyphens, at most 15)")
    users = {**fleet.users, **server.users}
    if not users:
        raise PlainError(f"{where}: nobody can log on; give `users` to the fleet or the server")
    for user, account in users.items():
        # The store that the NTLM library reads is a text file with a colon between its columns.
        if ":" in user + account.password or "\n" in account.password:
            raise PlainError(f"{where}.users.{user}: name and password must hold no colon and no line break")
    unknown = set(server.contact) - set(CONTACT_FIELDS)
    if unknown:
        raise PlainError(f"{where}.contact: unknown key {', '.join(sorted(unknown))}")
    for index, pack in enumerate(server.key_packs):
        _check_pack(fleet, f"{where}.key_packs[{index}]", pack)
    for other in server.reachable_from or []:
        if other not in fleet.servers:
            raise PlainError(f"{where}.reachable_from: no server {other}")


def _check_pack(fleet: description.Fleet, where: str, pack: description.KeyPack) -> None:
    if pack.purchase is not None and pack.purchase not in fleet.clearinghouse.purchases:
        raise PlainError(f"{where}.purchase: the Clearinghouse knows no purchase {pack.purchase}")
    if pack.purchase is None and pack.product_version is None:
        raise PlainError(f"{where}: give purchase, or product_version and cal_type")


def check_purchase(name: str, purchase: description.Purchase) -> None:
    """Hold the credential against the shape of its program; raises PlainError."""
    where = f"clearinghouse.purchases.{name}"
    wanted = CREDENTIALS[purchase.program]
    for field in ("license_code", "license_number", "authorization_number", "agreement_number"):
        value = getattr(purchase, field)
        if field not in wanted and value is not None:
            raise PlainError(f"{where}.{field}: {purchase.program} has no such credential")
        if field in wanted and not re.fullmatch(wanted[field], value or ""):
            raise PlainError(f"{where}.{field}: must match {wanted[field]}")
