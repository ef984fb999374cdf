# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One entry of the record that the collection keeps on a license server, and its JSON form.

Windows keeps no trace of which purchase a key pack came from. An entry never holds a credential: a purchase is its
SHA-256 and the last four characters, a license key pack ID likewise.
"""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass, replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing import identifiers
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import (
    cal_type_title,
    product_version_name,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals, Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.recorded_rebuild import RecordedRebuild

FORMAT: t.Final = 1

# Status of an entry. An entry that stays "intended" tells the next run that a call may have been made.
INTENDED: t.Final = "intended"
DONE: t.Final = "done"
NOT_DONE: t.Final = "not_done"
# An administrator decided that an operation without an outcome is not continued.
GIVEN_UP: t.Final = "given_up"

# Operations that bring the CALs of a purchase to the server.
ACQUIRING: t.Final = ("install", "migrate", "reinstall", "adopt")
# Deletes the CALs of all purchases at once; done means that they are deleted, not that they are reinstalled.
REBUILD: t.Final = "rebuild"

# What became of the CALs on the source of a migration.
REMOVAL_PENDING: t.Final = "pending"
REMOVED_BY_PROVIDER: t.Final = "provider"
REMOVED_BY_COLLECTION: t.Final = "collection"
REMOVED_BY_PERSON: t.Final = "person"


@dataclass(frozen=True)
class RecordedPurchase:
    """What may be kept of a purchase: its identity and what a person needs to recognise it."""

    sha256: str
    license_program: str
    credential: str
    reference: str | None = None

    @classmethod
    def of(cls, purchase: Purchase) -> RecordedPurchase:
        """The recordable part of a purchase."""
        return cls(purchase.sha256, purchase.license_program, purchase.masked_credential, purchase.reference)


@dataclass(frozen=True)
class RecordedSource:
    """The server that CALs were migrated from, what it held of their kind before, and what became of it.

    C(before) are key pack IDs and their CALs; None when the source could not be read.
    """

    name: str
    license_server_id: str
    removal: str
    before: tuple[tuple[int, Cals], ...] | None = None


@dataclass(frozen=True)
class Operation:
    """One operation on a license server. Times are UTC, ISO 8601."""

    operation: str
    status: str
    started: str
    sequence: int = 0
    token: str = ""
    finished: str | None = None
    connection_method: str | None = None
    purchase: RecordedPurchase | None = None
    cals: Cals | None = None
    license_key_pack_id: str | None = None
    key_pack_id: int | None = None
    result_key_pack_id: int | None = None
    before: tuple[tuple[int, int], ...] = ()
    source: RecordedSource | None = None
    change_id: str | None = None
    reason: str | None = None
    rebuild: RecordedRebuild | None = None

    @property
    def value_name(self) -> str:
        """Name of the registry value: sorted by name, entries are in the order they were begun."""
        return f"{self.sequence:06d}-{self.operation}-{self.token}"

    @property
    def operation_id(self) -> str:
        """What messages and C(resolve_operations) call the operation."""
        return f"{self.sequence:06d}-{self.token}"

    def finish(self, status: str, when: str, **changes: t.Any) -> Operation:
        """The same operation with its outcome."""
        return replace(self, status=status, finished=when, **changes)

    def describe(self) -> dict[str, t.Any]:
        """The entry as results show it."""
        cals = self.cals
        return {
            "sequence": self.sequence,
            "operation": self.operation,
            "status": self.status,
            "started": self.started,
            "finished": self.finished,
            "connection_method": self.connection_method,
            "license_program": self.purchase.license_program if self.purchase else None,
            "credential": self.purchase.credential if self.purchase else None,
            "reference": self.purchase.reference if self.purchase else None,
            "license_key_pack_id": self.license_key_pack_id.split()[-1] if self.license_key_pack_id else None,
            "product_version": product_version_name(cals.product_version) if cals else None,
            "cal_type": cal_type_title(cals.cal_type).replace(" ", "_") if cals else None,
            "quantity": cals.quantity if cals else None,
            "key_pack_id": self.key_pack_id,
            "result_key_pack_id": self.result_key_pack_id,
            "source": self.source.name if self.source else None,
            "source_license_server_id": identifiers.in_groups(self.source.license_server_id) if self.source else None,
            "source_removal": self.source.removal if self.source else None,
            "change_id": self.change_id,
            "reason": self.reason,
            **_describe_rebuild(self.rebuild),
        }


def _describe_rebuild(rebuild: RecordedRebuild | None) -> dict[str, t.Any]:
    packs = rebuild.packs if rebuild else None
    return {
        "rebuild_method": rebuild.method if rebuild else None,
        "deleted_key_packs": None if packs is None else [pack.describe() for pack in packs],
        "kept_database": rebuild.kept_as if rebuild else None,
    }


def describe_obligation(operation: Operation) -> dict[str, t.Any]:
    """A migration whose CALs may still be on their source, as results show it."""
    cals = operation.cals.title if operation.cals else "the CALs of a license code"
    source = operation.source
    name = source.name if source else ""
    if source and not name:
        name = f"license server {identifiers.in_groups(source.license_server_id)}"
    return {"title": f"Still to be removed from {name}: {cals}", **operation.describe()}


def encode(operation: Operation) -> str:
    """The text kept in the registry value: compact JSON, empty fields left out."""
    document: dict[str, t.Any] = {
        "format": FORMAT,
        "operation": operation.operation,
        "status": operation.status,
        "started": operation.started,
        "finished": operation.finished,
        "connection_method": operation.connection_method,
        "license_key_pack_id": operation.license_key_pack_id,
        "key_pack_id": operation.key_pack_id,
        "result_key_pack_id": operation.result_key_pack_id,
        "change_id": operation.change_id,
        "reason": operation.reason,
    }
    if operation.purchase:
        document["purchase"] = vars(operation.purchase)
    if operation.cals:
        document["cals"] = vars(operation.cals)
    if operation.source:
        document["source"] = {**vars(operation.source), "before": _packs_document(operation.source.before)}
    if operation.rebuild:
        document["rebuild"] = operation.rebuild.to_document()
    document["before"] = operation.before or None
    return json.dumps({name: value for name, value in document.items() if value is not None}, separators=(",", ":"))


def decode(value_name: str, text: str) -> Operation:
    """The operation kept under a value name.

    Raises:
        LicensingError: the entry was not written by this collection, or by a newer one. It is never skipped: an entry
            that cannot be read might be a claim on CALs.
    """
    try:
        document = json.loads(text)
        if document["format"] != FORMAT:
            raise ValueError(f"format {document['format']}")
        sequence, _operation, token = value_name.split("-", 2)
        return Operation(sequence=int(sequence), token=token, **_fields(document))
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise LicensingError(
            f"the record's entry '{value_name}' cannot be read ({type(error).__name__}); it was written by a newer "
            f"release of this collection or changed by hand. Update the collection, or export and delete that value."
        ) from None


def _fields(document: dict[str, t.Any]) -> dict[str, t.Any]:
    names = [
        "operation",
        "status",
        "started",
        "finished",
        "connection_method",
        "license_key_pack_id",
        "key_pack_id",
        "result_key_pack_id",
        "change_id",
        "reason",
    ]
    fields: dict[str, t.Any] = {name: document[name] for name in names if name in document}
    if "purchase" in document:
        fields["purchase"] = RecordedPurchase(**document["purchase"])
    if "cals" in document:
        fields["cals"] = Cals(**document["cals"])
    if "source" in document:
        source = dict(document["source"])
        source["before"] = _packs(source.get("before"))
        fields["source"] = RecordedSource(**source)
    if "rebuild" in document:
        fields["rebuild"] = RecordedRebuild.from_document(document["rebuild"])
    fields["before"] = _pairs(document.get("before", ()))
    return fields


def _packs_document(packs: t.Iterable[tuple[int, Cals]] | None) -> list[list[int]] | None:
    if packs is None:
        return None
    return [[key_pack_id, cals.product_version, cals.cal_type, cals.quantity] for key_pack_id, cals in packs]


def _packs(rows: t.Iterable[t.Sequence[int]] | None) -> tuple[tuple[int, Cals], ...] | None:
    if rows is None:
        return None
    return tuple((int(row[0]), Cals(int(row[1]), int(row[2]), int(row[3]))) for row in rows)


def _pairs(rows: t.Iterable[t.Sequence[int]]) -> tuple[tuple[int, int], ...]:
    return tuple((int(row[0]), int(row[1])) for row in rows)
