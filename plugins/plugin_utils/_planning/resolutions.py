# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an administrator decides about recorded operations whose outcome is unknown: the option resolve_operations.

A decision names one operation by its ID, so it does nothing once that operation has an outcome, and may stay in a
playbook.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import InvalidOption
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import Operation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord

TOOK_EFFECT: t.Final = "took_effect"
HAD_NO_EFFECT: t.Final = "had_no_effect"
# For a value in the record that cannot be read; it is named by the name of that value.
DISCARD: t.Final = "discard"

_OPERATION_ID: t.Final = re.compile(r"\d{6,}-[0-9a-f]{8}")


@dataclass(frozen=True)
class Resolution:
    """The outcome of one recorded operation, as an administrator knows it."""

    operation: str
    outcome: str
    key_pack_id: int | None = None


def parse_resolutions(entries: Iterable[Mapping[str, t.Any]] | None) -> tuple[Resolution, ...]:
    """The option as given.

    Raises:
        InvalidOption: an entry is not an operation ID, or an operation is named twice.
    """
    resolutions: dict[str, Resolution] = {}
    for number, entry in enumerate(entries or (), start=1):
        operation = str(entry["operation"]).strip().lower()
        where = f"resolve_operations: entry {number}"
        if entry["outcome"] == DISCARD:
            operation = str(entry["operation"]).strip()
        elif not _OPERATION_ID.fullmatch(operation):
            raise InvalidOption(
                f"{where}: operation must be the ID of a recorded operation as messages show it, such as "
                f"000012-3f9a2c1d."
            )
        if operation in resolutions:
            raise InvalidOption(f"{where}: operation {operation} is named twice. Keep one of the entries.")
        resolutions[operation] = Resolution(operation, entry["outcome"], entry.get("key_pack_id"))
    return tuple(resolutions.values())


def resolved(
    recorded: OperationRecord, resolutions: Iterable[Resolution], *kinds: str
) -> tuple[tuple[Operation, str], ...]:
    """The operations of some kinds that are open and that an administrator decides about, each with its outcome."""
    outcomes = {each.operation: each.outcome for each in resolutions}
    return tuple(
        (operation, outcomes[operation.operation_id])
        for operation in recorded.operations
        if operation.operation in kinds and operation.unfinished and operation.operation_id in outcomes
    )


def how_to_resolve(operation: Operation, outcome: str = "") -> str:
    """The option as a message names it."""
    outcomes = outcome or f"{TOOK_EFFECT} or {HAD_NO_EFFECT}"
    return f"resolve_operations: [{{operation: {operation.operation_id}, outcome: {outcomes}}}]"


def discarded_values(resolutions: Iterable[Resolution]) -> tuple[str, ...]:
    """Names of the values that are to be removed from the record because they cannot be read."""
    return tuple(each.operation for each in resolutions if each.outcome == DISCARD)
