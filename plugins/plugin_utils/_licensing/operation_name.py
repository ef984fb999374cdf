# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The name of a registry value, which describes a finished operation.

One EnumValues brings the names of all values, so what is needed to know which purchase is where stands in the names:
C(000012-install-3f9a2c1d done k=4 c=7.1.250 p=<32 hex digits> l=enterprise/4567). Everything else is in the text.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterable

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    HAND_OVER,
    OPERATIONS,
    REMOVALS,
    STATUSES,
    UNFINISHED,
    Operation,
    RecordedPurchase,
    RecordedSource,
    RecordedTarget,
    fingerprint_of,
    short_sha256,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_text import DamagedOperation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.pack_cals import PackCals
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals

_NAME: t.Final = re.compile(r"(?P<sequence>\d+)-(?P<operation>[a-z_]+)-(?P<token>[^\s-]+)(?: (?P<rest>.*))?")


def short_name(operation: Operation) -> str:
    """Name of the value of an unfinished operation: sorted by name, operations are in the order they were begun."""
    return f"{operation.sequence:06d}-{operation.operation}-{operation.token}"


def operation_id_of(name: str) -> str | None:
    """Which operation a value belongs to; None when its name does not say."""
    match = _NAME.fullmatch(name)
    return f"{int(match['sequence']):06d}-{match['token']}" if match else None


def full_name(operation: Operation) -> str:
    """Name of the value of a finished operation."""
    source, purchase = operation.source, operation.purchase
    fields = {
        "k": operation.key_pack_id,
        "r": operation.result_key_pack_id,
        "c": operation.cals and _cals_text(operation.cals),
        "w": operation.wanted and _cals_text(operation.wanted),
        "p": purchase and short_sha256(purchase.sha256),
        "l": purchase and f"{purchase.license_program}/{purchase.credential.replace('*', '').replace(' ', '')}",
        "u": operation.target and fingerprint_of(operation.target.license_server_id)[:16],
        # When other targets took over is reckoned with, and by the source's own clock.
        "f": operation.finished if operation.operation == HAND_OVER else "",
        "g": "1" if operation.grew else "",
        "x": operation.change_fingerprint,
        "s": source and f"{fingerprint_of(source.license_server_id)[:16]}/{source.removal}/{source.hand_over or ''}",
        "o": ",".join(operation.settles),
        "t": ",".join(f"{pack.key_pack_id}:{_cals_text(pack.cals)}" for pack in operation.taken),
    }
    rest = [operation.status, *(f"{key}={value}" for key, value in fields.items() if value not in (None, ""))]
    return f"{short_name(operation)} {' '.join(rest)}"


def parse_name(name: str) -> Operation | None:
    """The operation as far as its value's name tells; None for the name of an unfinished or older operation.

    Raises:
        DamagedOperation: it is not a name that this release writes.
    """
    match = _NAME.fullmatch(name)
    if match is None or match["operation"] not in OPERATIONS:
        raise DamagedOperation(name, "unknown operation")
    if match["rest"] is None:
        return None
    status, *pairs = match["rest"].split(" ")
    if status not in STATUSES or status in UNFINISHED:
        raise DamagedOperation(name, "unknown status")
    try:
        fields = dict(pair.split("=", 1) for pair in pairs)
        return Operation(
            operation=match["operation"],
            status=status,
            started="",
            sequence=int(match["sequence"]),
            token=match["token"],
            complete=False,
            **_parsed(fields),
        )
    except (ValueError, KeyError) as error:
        raise DamagedOperation(name, "its name has an unknown form") from error


def _parsed(fields: dict[str, str]) -> dict[str, t.Any]:
    parsed: dict[str, t.Any] = {
        "key_pack_id": int(fields["k"]) if "k" in fields else None,
        "result_key_pack_id": int(fields["r"]) if "r" in fields else None,
        "cals": _cals(fields["c"]) if "c" in fields else None,
        "wanted": _cals(fields["w"]) if "w" in fields else None,
        "grew": "g" in fields,
        "finished": fields.get("f"),
        "target": RecordedTarget("", fields["u"]) if "u" in fields else None,
        "change": fields.get("x"),
        "settles": tuple(fields["o"].split(",")) if "o" in fields else (),
    }
    if "p" in fields:
        program, credential = fields["l"].split("/", 1)
        masked = " / ".join(f"****{part}" for part in credential.split("/"))
        parsed["purchase"] = RecordedPurchase(fields["p"], program, masked)
    if "s" in fields:
        source, removal, hand_over = fields["s"].split("/")
        if removal not in REMOVALS:
            raise ValueError(removal)
        parsed["source"] = RecordedSource("", source, removal, hand_over=hand_over or None)
    if "t" in fields:
        parsed["taken"] = tuple(_taken(fields["t"].split(",")))
    return parsed


def is_of_server(recorded: str, license_server_id: str) -> bool:
    """Whether the license server ID of an operation, or what a value's name holds of it, is that of a server."""
    return recorded in (license_server_id, fingerprint_of(license_server_id)[:16])


def _taken(texts: Iterable[str]) -> Iterable[PackCals]:
    for text in texts:
        key_pack_id, cals = text.split(":")
        yield PackCals(int(key_pack_id), _cals(cals))


def _cals_text(cals: Cals) -> str:
    return f"{cals.product_version}.{cals.cal_type}.{cals.quantity}"


def _cals(text: str) -> Cals:
    version, cal_type, quantity = (int(part) for part in text.split("."))
    return Cals(version, cal_type, quantity)
