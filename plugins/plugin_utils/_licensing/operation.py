# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One recorded operation of a license server, and how results show it.

Windows keeps no trace of which purchase a key pack came from. A recorded operation never holds a credential: a purchase
is its SHA-256 and the last four characters, a license key pack ID likewise.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing import identifiers
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import (
    RETAIL,
    cal_type_title,
    product_version_name,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.pack_cals import PackCals
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals, Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.recorded_rebuild import RecordedRebuild

# The life cycle of an operation. An intention is written before the call; until the effect was seen, or somebody
# decided that there is none, the call may have been made and is not made again.
INTENDED: t.Final = "intended"
ANSWERED: t.Final = "answered"
DONE: t.Final = "done"
NOT_DONE: t.Final = "not_done"
GIVEN_UP: t.Final = "given_up"
STATUSES: t.Final = (INTENDED, ANSWERED, DONE, NOT_DONE, GIVEN_UP)
UNFINISHED: t.Final = (INTENDED, ANSWERED)

# Operations that bring the CALs of a purchase to the server.
ACQUIRING: t.Final = ("install", "migrate", "reinstall", "adopt")
# Deletes the CALs of all purchases at once; done means that they are deleted, not that they are reinstalled.
REBUILD: t.Final = "rebuild"
# Written in the record of a migration's source: which of its key packs a target takes over.
HAND_OVER: t.Final = "hand_over"
SETTLE: t.Final = "settle"
OPERATIONS: t.Final = (
    *ACQUIRING,
    "missing",
    "remove",
    "reduce",
    "convert",
    REBUILD,
    HAND_OVER,
    SETTLE,
    "activate",
    "deactivate",
    "reactivate",
)

# What became of the CALs on the source of a migration.
REMOVAL_PENDING: t.Final = "pending"
REMOVED_BY_PROVIDER: t.Final = "provider"
REMOVED_BY_COLLECTION: t.Final = "collection"
REMOVED_BY_ADMINISTRATOR: t.Final = "administrator"
REMOVALS: t.Final = (REMOVAL_PENDING, REMOVED_BY_PROVIDER, REMOVED_BY_COLLECTION, REMOVED_BY_ADMINISTRATOR)

# Digits of a SHA-256 that tell purchases, change IDs and servers of one record apart.
FINGERPRINT: t.Final = 32


@dataclass(frozen=True)
class RecordedPurchase:
    """What may be kept of a purchase: its identity and what an administrator needs to recognize it."""

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
    """The server that CALs were migrated from, and what became of them there.

    Attributes:
        removal: one of C(REMOVALS).
        before: purchased key packs of the source before the migration; None when they are not recorded here, because
            the source could not be read or because its own record has them.
        hand_over: ID of the operation in the source's record that this migration belongs to.
    """

    name: str
    license_server_id: str
    removal: str
    before: tuple[PackCals, ...] | None = None
    hand_over: str | None = None

    @property
    def title(self) -> str:
        """What to call the source in messages."""
        return self.name or f"license server {identifiers.in_groups(self.license_server_id)}"


@dataclass(frozen=True)
class RecordedTarget:
    """The server that takes CALs over, in the record of their source."""

    name: str
    license_server_id: str


@dataclass(frozen=True)
class Planned:
    """What a hand-over takes from the source for one purchase, if the target gets it."""

    sha256: str
    packs: tuple[PackCals, ...]


@dataclass(frozen=True)
class Operation:
    """One operation on a license server. Times are the server's own, UTC, ISO 8601.

    Attributes:
        cals: what was seen; for an unfinished operation, and where nothing was seen, what was asked for.
        wanted: what was asked for, where something else was seen.
        before: the purchased key packs before the call, as far as they are needed to see its effect.
        grew: whether the CALs came to a key pack that held others before.
        taken: what left the server, for a hand-over.
        settles: the random parts of the migrations that C(settle) is about; its source says what became of their CALs.
        timeout: operation timeout in seconds of the call.
        reported: whether the task that began the operation ended in order, and so reported what it knew.
        complete: whether everything that is recorded was read; a value's name holds only part of it.
    """

    operation: str
    status: str
    started: str
    sequence: int = 0
    token: str = ""
    finished: str | None = None
    connection_method: str | None = None
    purchase: RecordedPurchase | None = None
    cals: Cals | None = None
    wanted: Cals | None = None
    license_key_pack_id: str | None = None
    key_pack_id: int | None = None
    result_key_pack_id: int | None = None
    before: tuple[PackCals, ...] = ()
    source: RecordedSource | None = None
    target: RecordedTarget | None = None
    planned: tuple[Planned, ...] = ()
    taken: tuple[PackCals, ...] = ()
    settles: tuple[str, ...] = ()
    change_id: str | None = None
    change: str | None = None
    reason: str | None = None
    rebuild: RecordedRebuild | None = None
    license_server_id: str | None = None
    timeout: float | None = None
    grew: bool = False
    reported: bool = False
    complete: bool = True

    @property
    def operation_id(self) -> str:
        """What names the operation in messages and in O(resolve_operations): its number and its random part."""
        return f"{self.sequence:06d}-{self.token}"

    @property
    def title(self) -> str:
        """The CALs, for messages."""
        return self.cals.title if self.cals else "the CALs of a license code"

    @property
    def used_code(self) -> bool:
        """Whether a license code was sent, and no license key pack ID."""
        return bool(self.purchase and self.purchase.license_program == RETAIL and not self.license_key_pack_id)

    @property
    def unfinished(self) -> bool:
        """Whether the call may have been made and its effect has not been seen."""
        return self.status in UNFINISHED

    @property
    def change_fingerprint(self) -> str | None:
        """What a value's name holds of the change ID."""
        return self.change if self.change_id is None else fingerprint_of(self.change_id)

    @property
    def misfit(self) -> bool:
        """Whether other CALs arrived than those of the purchase."""
        return self.wanted is not None

    def is_of(self, purchase: Purchase) -> bool:
        """Whether the operation is on that purchase; a value's name holds only part of its identity."""
        return self.purchase is not None and short_sha256(self.purchase.sha256) == short_sha256(purchase.sha256)

    def finish(self, status: str, when: str, **changes: t.Any) -> Operation:
        """The same operation with its outcome."""
        return replace(self, status=status, finished=when, **changes)

    def describe(self) -> dict[str, t.Any]:
        """The operation as results show it, without the keys that do not apply to it."""
        cals = self.cals
        described = {
            "operation_id": self.operation_id,
            "readable": True,
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
            "target": self.target.name if self.target else None,
            "change_id": self.change_id,
            "reason": self.reason,
            **_describe_rebuild(self.rebuild),
        }
        return {name: value for name, value in described.items() if value is not None}


def fingerprint_of(text: str) -> str:
    """What a value's name holds of a text that is not to stand there."""
    return identifiers.fingerprint(text)[:FINGERPRINT]


def short_sha256(sha256: str) -> str:
    """What a value's name holds of the identity of a purchase."""
    return sha256[:FINGERPRINT]


def _describe_rebuild(rebuild: RecordedRebuild | None) -> dict[str, t.Any]:
    packs = rebuild.packs if rebuild else None
    return {
        "rebuild_method": rebuild.method if rebuild else None,
        "deleted_key_packs": None if packs is None else [pack.describe() for pack in packs],
        "kept_database": rebuild.kept_as if rebuild else None,
    }


def describe_obligation(operation: Operation) -> dict[str, t.Any]:
    """A migration whose CALs may still be on their source, as results show it."""
    name = operation.source.title if operation.source else ""
    return {"title": f"Still to be removed from {name}: {operation.title}", **operation.describe()}
