# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A recorded operation as JSON, which is the text of its registry value.

An operation that cannot be read is never skipped, for it may be a claim on CALs: every field is checked for its type,
and every word for being one that this release knows.
"""

from __future__ import annotations

import json
import typing as t
from dataclasses import asdict

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing import pack_cals
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    OPERATIONS,
    REMOVALS,
    STATUSES,
    Operation,
    Planned,
    RecordedPurchase,
    RecordedSource,
    RecordedTarget,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.recorded_rebuild import RecordedRebuild

# 1: the name of a value held nothing but number, operation and random part, and packs were rows of numbers.
FORMATS: t.Final = (1, 2)
FORMAT: t.Final = 2

_TEXTS: t.Final = (
    "finished",
    "connection_method",
    "license_key_pack_id",
    "change_id",
    "reason",
    "license_server_id",
)
_NUMBERS: t.Final = ("key_pack_id", "result_key_pack_id")
# A record holds what this collection wrote; anything near this size was written by something else.
_MOST_CHARACTERS: t.Final = 1_000_000


class DamagedOperation(LicensingError):
    """A value in the record that cannot be read. C(value_name) is its name, C(reason) what is wrong with it."""

    def __init__(self, value_name: str, reason: str) -> None:
        self.value_name = value_name
        self.reason = reason
        super().__init__(
            f"the recorded operation '{value_name}' cannot be read ({reason}). It was written by a newer release of "
            f"this collection, or changed manually. Update the collection; or, once you know that no CALs depend on "
            f"it, remove it from the record with resolve_operations: [{{operation: '{value_name}', outcome: discard}}]."
        )


def encode(operation: Operation) -> str:
    """The text of the registry value: compact JSON, empty fields left out."""
    document: dict[str, t.Any] = {
        "format": FORMAT,
        "operation": operation.operation,
        "status": operation.status,
        "started": operation.started,
        **{name: getattr(operation, name) for name in (*_TEXTS, *_NUMBERS)},
        "timeout": operation.timeout,
        "reported": operation.reported or None,
        "grew": operation.grew or None,
        "purchase": operation.purchase and asdict(operation.purchase),
        "cals": operation.cals and asdict(operation.cals),
        "wanted": operation.wanted and asdict(operation.wanted),
        "source": operation.source and _source_document(operation.source),
        "target": operation.target and asdict(operation.target),
        "planned": {each.sha256: pack_cals.to_document(each.packs) for each in operation.planned} or None,
        "before": pack_cals.to_document(operation.before) or None,
        "taken": pack_cals.to_document(operation.taken) or None,
        "settles": list(operation.settles) or None,
        "rebuild": operation.rebuild and operation.rebuild.to_document(),
    }
    return json.dumps({name: value for name, value in document.items() if value is not None}, separators=(",", ":"))


def decode(value_name: str, text: str) -> Operation:
    """The operation kept under a value name.

    Raises:
        DamagedOperation: it was not written by this collection, or by a newer release of it.
    """
    try:
        if len(text) > _MOST_CHARACTERS:
            raise ValueError("too long")
        document = json.loads(text)
        # JSON can name half a character, which nothing can be done with.
        json.dumps(document, ensure_ascii=False).encode()
        if _number(document, "format") not in FORMATS:
            raise ValueError("unknown format")
        number, operation, rest = value_name.split("-", 2)
        if document["operation"] != operation:
            raise ValueError("name and text differ")
        return Operation(sequence=int(number), token=rest.split(" ")[0], **_fields(document))
    except RecursionError:
        raise DamagedOperation(value_name, "nested too deeply") from None
    except UnicodeEncodeError:
        raise DamagedOperation(value_name, "not valid Unicode") from None
    except json.JSONDecodeError:
        raise DamagedOperation(value_name, "not JSON") from None
    except KeyError as error:
        raise DamagedOperation(value_name, f"no {error.args[0]}"[:80]) from None
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise DamagedOperation(value_name, str(error)[:80] if isinstance(error, ValueError) else "wrong type") from None


def _fields(document: dict[str, t.Any]) -> dict[str, t.Any]:
    fields: dict[str, t.Any] = {
        "operation": _word(document, "operation", OPERATIONS),
        "status": _word(document, "status", STATUSES),
        "started": _text(document, "started"),
        **{name: _text(document, name) for name in _TEXTS if document.get(name) is not None},
        **{name: _number(document, name) for name in _NUMBERS if document.get(name) is not None},
        "reported": bool(document.get("reported")),
        "grew": bool(document.get("grew")),
    }
    readers: dict[str, t.Callable[[t.Any], t.Any]] = {
        "timeout": float,
        "purchase": _purchase,
        "cals": _cals,
        "wanted": _cals,
        "source": _source,
        "target": lambda value: RecordedTarget(_text(value, "name"), _text(value, "license_server_id")),
        "planned": lambda value: tuple(Planned(sha, pack_cals.from_document(rows)) for sha, rows in value.items()),
        "before": pack_cals.from_document,
        "taken": pack_cals.from_document,
        "settles": lambda value: tuple(_text({"settles": each}, "settles") for each in value),
        "rebuild": RecordedRebuild.from_document,
    }
    for name, reader in readers.items():
        if document.get(name) is not None:
            fields[name] = reader(document[name])
    return fields


def _source_document(source: RecordedSource) -> dict[str, t.Any]:
    document: dict[str, t.Any] = {
        "name": source.name,
        "license_server_id": source.license_server_id,
        "removal": source.removal,
    }
    if source.before is not None:
        document["before"] = pack_cals.to_document(source.before)
    if source.hand_over is not None:
        document["hand_over"] = source.hand_over
    return document


def _source(value: dict[str, t.Any]) -> RecordedSource:
    before = value.get("before")
    return RecordedSource(
        name=_text(value, "name"),
        license_server_id=_text(value, "license_server_id"),
        removal=_word(value, "removal", REMOVALS),
        before=None if before is None else pack_cals.from_document(before),
        hand_over=_text(value, "hand_over") if value.get("hand_over") is not None else None,
    )


def _purchase(value: dict[str, t.Any]) -> RecordedPurchase:
    return RecordedPurchase(
        sha256=_text(value, "sha256"),
        license_program=_text(value, "license_program"),
        credential=_text(value, "credential"),
        reference=_text(value, "reference") if value.get("reference") is not None else None,
    )


def _cals(value: dict[str, t.Any]) -> Cals:
    return Cals(_number(value, "product_version"), _number(value, "cal_type"), _number(value, "quantity"))


def _text(document: dict[str, t.Any], name: str) -> str:
    value = document[name]
    if not isinstance(value, str) or (name == "license_key_pack_id" and not value.strip()):
        raise ValueError(f"{name} is not text")
    return value


def _number(document: dict[str, t.Any], name: str) -> int:
    value = document[name]
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**32:
        raise ValueError(f"{name} is not a number")
    return value


def _word(document: dict[str, t.Any], name: str, known: t.Collection[str]) -> str:
    value = _text(document, name)
    if value not in known:
        raise ValueError(f"unknown {name}")
    return value
