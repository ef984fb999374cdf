# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The facts that a plan rests on: every field of what was observed, under a name that a message can use.

The fields are found, not listed: one that is added to an observed dataclass is a fact from then on. C(LEFT_OUT) names
those that are none, each with its reason.
"""

from __future__ import annotations

import dataclasses
import datetime
import typing as t
from collections.abc import Mapping

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.issued_cals import IssuedCal
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    Operation,
    RecordedPurchase,
    RecordedSource,
    RecordedTarget,
    fingerprint_of,
    short_sha256,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.license_server_plan import (
    Observed as ObservedLicenseServer,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.not_observed import NOT_READ
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.rebuild_deletion import (
    Observed as ObservedRebuild,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.situation import Situation

# Subject (a key pack, an operation, the activation) to its fields.
Facts = dict[str, dict[str, t.Any]]

# What belongs to the server itself and to no part of it.
SERVER: t.Final = "server"
# Which parts were read; not a fact itself.
READ: t.Final = "read"

_CLIENTS: t.Final = "clients are issued CALs at any time, and no step depends on how many"
_OPTION: t.Final = "an option of the task and the server's clock, not something that was observed"
_LABEL: t.Final = "a label of the purchase, which its SHA-256 identifies"
_KEY: t.Final = "the name under which the facts of the server are kept"
LEFT_OUT: t.Final[Mapping[tuple[str, str], str]] = {
    ("KeyPack", "issued"): _CLIENTS,
    ("KeyPack", "available"): _CLIENTS,
    ("Situation", "outcome"): _OPTION,
    ("Source", "outcome"): _OPTION,
    ("Observed", "outcome"): _OPTION,
    ("Inventory", "outcome"): _OPTION,
    ("Situation", SERVER): _KEY,
    ("Source", SERVER): _KEY,
    ("Observed", SERVER): _KEY,
    ("Inventory", SERVER): _KEY,
    ("Observed", "complete"): "whether everything was read, which the facts show themselves",
    ("RecordedPurchase", "license_program"): _LABEL,
    ("RecordedPurchase", "credential"): _LABEL,
    ("RecordedPurchase", "reference"): _LABEL,
    ("RecordedTarget", "name"): "a label of the server, which its license server ID identifies",
    ("Operation", "sequence"): "part of the operation ID",
    ("Operation", "token"): "part of the operation ID",
    ("Operation", "complete"): "how much of it was read, which the facts show themselves",
}
# What the name of a registry value tells of an operation, whether or not its text was read.
NAMED: t.Final = frozenset(
    {
        *("operation", "status", "key_pack_id", "result_key_pack_id", "cals", "wanted", "purchase", "target", "change"),
        *("source.license_server_id", "source.removal", "source.hand_over", "taken", "grew"),
    }
)
_FINGERPRINT: t.Final = 16
_LICENSE_SERVER_ID: t.Final = 35


def facts_of(*observed: t.Any) -> Facts:
    """The facts of one server from what was observed of it: dataclasses, and named parts as pairs."""
    facts: Facts = {READ: {}}
    for each in observed:
        if isinstance(each, tuple) and len(each) == 2 and isinstance(each[0], str):
            _add(facts, each[0], each[1])
        else:
            _add_fields(facts, each)
    return facts


def topic_of(subject: str) -> str:
    """The part that is read as a whole to which a subject belongs."""
    kind = subject.split(" ", 1)[0]
    return {"key": "packs", "operation": "recorded", "license": "cals"}.get(kind, subject)


def _add_fields(facts: Facts, observed: t.Any) -> None:
    for each in dataclasses.fields(observed):
        if (type(observed).__name__, each.name) not in LEFT_OUT:
            _add(facts, each.name, getattr(observed, each.name))


def _add(facts: Facts, name: str, value: t.Any) -> None:
    if value is NOT_READ:
        return
    if isinstance(value, (Situation, ObservedLicenseServer, ObservedRebuild)):
        _add_fields(facts, value)
        return
    if isinstance(value, OperationRecord):
        facts[READ][name] = True
        superseded = {each.operation_id for each in value.superseded}
        for operation in value.operations:
            # Nothing depends on those any more, and they may be moved to the history at any time.
            if operation.operation_id not in superseded:
                facts[f"operation {operation.operation_id}"] = operation_fields(operation)
    elif isinstance(value, tuple) and name in ("packs", "cals"):
        facts[READ][name] = True
        for each in value:
            facts[_subject(each)] = _fields(each)
    elif dataclasses.is_dataclass(value) or isinstance(value, Mapping):
        facts[READ][name] = True
        facts[name] = _fields(value)
    else:
        facts.setdefault(SERVER, {})[name] = plain(value)
        facts[READ][SERVER] = True


def _subject(value: KeyPack | IssuedCal) -> str:
    if isinstance(value, KeyPack):
        return f"key pack {value.key_pack_id}"
    return f"license {value.license_id} of key pack {value.key_pack_id}"


def operation_fields(operation: Operation) -> dict[str, t.Any]:
    """A recorded operation; what its name does not tell only if its text was read."""
    fields = _fields(operation)
    for name in ("source", "target", "purchase"):
        if fields.get(name) is None:
            fields.pop(name, None)
    fields["change"] = operation.change_fingerprint
    fields.pop("change_id", None)
    if operation.complete:
        return fields
    return {name: value for name, value in fields.items() if name in NAMED}


def _fields(value: t.Any, prefix: str = "") -> dict[str, t.Any]:
    """Every field by its path, such as C(contact.first_name)."""
    found: dict[str, t.Any] = {}
    for name, each in _items(value):
        if isinstance(each, (RecordedSource, Mapping)):
            found |= _fields(each, f"{prefix}{name}.")
        else:
            found[prefix + name] = plain(each)
    return found


def _items(value: t.Any) -> t.Iterator[tuple[str, t.Any]]:
    if isinstance(value, Mapping):
        yield from ((str(name), each) for name, each in value.items())
        return
    for each in dataclasses.fields(value):
        if (type(value).__name__, each.name) not in LEFT_OUT:
            found = getattr(value, each.name)
            server_id = isinstance(value, RecordedSource) and each.name == "license_server_id"
            yield each.name, server_fingerprint(found) if server_id else found


def plain(value: t.Any) -> t.Any:
    """A value as JSON knows it."""
    for kind, convert in _PLAIN.items():
        if isinstance(value, kind):
            return convert(value)
    if dataclasses.is_dataclass(value) or isinstance(value, Mapping):
        return {name: plain(each) for name, each in _items(value)}
    if isinstance(value, (tuple, list)):
        return [plain(each) for each in value]
    return sorted(value) if isinstance(value, (set, frozenset)) else value


def server_fingerprint(license_server_id: str) -> str:
    """What a value's name holds of a license server ID."""
    if len(license_server_id) == _LICENSE_SERVER_ID:
        return fingerprint_of(license_server_id)[:_FINGERPRINT]
    return license_server_id


_PLAIN: t.Final[Mapping[type, t.Callable[[t.Any], t.Any]]] = {
    Cals: lambda cals: f"{cals.product_version}.{cals.cal_type}.{cals.quantity}",
    RecordedPurchase: lambda purchase: short_sha256(purchase.sha256),
    RecordedTarget: lambda target: server_fingerprint(target.license_server_id),
    datetime.datetime: lambda moment: moment.isoformat(),
}
