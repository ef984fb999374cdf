# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""The record on the license server: connection method and operations, in the registry under one key.

It outlives the controller and a rebuild of the licensing database. Every operation is a value of its own with a random
part in its name, so that two controllers never overwrite each other's:

- C(Operations\Unfinished): the intention of every operation, until a later one is finished. What is listed here before
  and after an intention is written tells whether another controller is at work.
- C(Operations): finished operations. Their names alone tell which purchase is where (see operation_name).
- C(Operations\History\000500): finished operations that nothing depends on any more, 500 numbers in a key.

Where a run was cut off between two writes, an operation stands in two places or under two names: finished wins over
unfinished, and a removal that is settled over one that is pending.
"""

from __future__ import annotations

import datetime
import secrets
import typing as t
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import CONNECTION_METHODS
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import (
    AnotherController,
    LicensingError,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    DONE,
    INTENDED,
    REMOVAL_PENDING,
    SETTLE,
    Operation,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_name import (
    full_name,
    operation_id_of,
    parse_name,
    short_name,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import (
    OperationRecord,
    settled,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_text import (
    DamagedOperation,
    decode,
    encode,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.registry import Registry
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanError

RECORD_KEY: t.Final = "SOFTWARE\\WinFleet\\RDLicensing"
OPERATIONS_KEY: t.Final = RECORD_KEY + "\\Operations"
UNFINISHED_KEY: t.Final = OPERATIONS_KEY + "\\Unfinished"
HISTORY_KEY: t.Final = OPERATIONS_KEY + "\\History"
_CONNECTION_METHOD: t.Final = "ConnectionMethod"

# Finished operations that may pile up beside those in use before they are moved to the history, and how many are moved
# at a time. The names of all values have to fit into one response.
_MOST_SUPERSEDED: t.Final = 200
# One list of names has to fit into one response, which is 150 KB on the oldest servers.
_NUMBERS_IN_A_KEY: t.Final = 500
# The random parts of that many operations fit into a value's name, which has 16,383 characters.
_MOST_SETTLED: t.Final = 500
# Two lists of names taken while values are moved may both miss one; a third look is enough.
_LOOKS: t.Final = 3


@dataclass
class _Reading:
    """What one look at the record found. C(names) are the values of each operation under C(Operations)."""

    operations: dict[str, Operation] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)
    damaged: list[DamagedOperation] = field(default_factory=list)

    def add(self, operation: Operation) -> None:
        known = self.operations.get(operation.operation_id)
        if known is None or _rank(operation) > _rank(known):
            self.operations[operation.operation_id] = operation


def _rank(operation: Operation) -> tuple[bool, bool, bool]:
    settled = operation.source is None or operation.source.removal != REMOVAL_PENDING
    return not operation.unfinished, settled, operation.complete


def _as_named(found: Operation, named: Operation) -> Operation:
    """The text with what the name says of the source, which is the newer of the two after a cut between two writes."""
    if found.source and named.source and found.source.removal != named.source.removal:
        return replace(found, source=replace(found.source, removal=named.source.removal))
    return found


def _history_key(operation: Operation) -> str:
    first = operation.sequence // _NUMBERS_IN_A_KEY * _NUMBERS_IN_A_KEY
    return f"{HISTORY_KEY}\\{first:06d}"


def now() -> str:
    """This moment by the controller's clock, UTC, ISO 8601. The record uses the server's own clock where it can."""
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Record:
    """Reads and writes the record of one license server."""

    def __init__(self, registry: Registry, server: str) -> None:
        self._registry = registry
        self._server = server
        # Names of values, kept from the last reading: by operation under Operations, and of all intentions.
        self._names: dict[str, list[str]] = {}
        self._intentions: dict[str, str] = {}
        self._known: set[str] = set()

    def connection_method(self, *, about_to_be_set: bool = False) -> str | None:
        """The recorded connection method; None when none was recorded.

        Args:
            about_to_be_set: something else that was written there counts as nothing, for it is to be replaced.

        Raises:
            LicensingError: something else was written there.
        """
        method = self._registry.read_string(RECORD_KEY, _CONNECTION_METHOD)
        if method is not None and method not in CONNECTION_METHODS:
            if about_to_be_set:
                return None
            raise LicensingError(
                f"{self._server}: HKLM\\{RECORD_KEY} has an unknown {_CONNECTION_METHOD}; set it again with "
                f"winfleet.rd_licensing.connection_method."
            )
        return method

    def write_connection_method(self, method: str) -> None:
        """Record a connection method."""
        self._registry.write_string(RECORD_KEY, _CONNECTION_METHOD, method)

    def recorded_operations(
        self, details: Callable[[Operation], bool] = lambda _operation: False, discarded: Collection[str] = ()
    ) -> OperationRecord:
        """Every operation, folded. Costs two requests, and one for each operation that is unfinished.

        Args:
            details: which finished operations are read whole, at one request each.
            discarded: names of values that need not be readable.

        Raises:
            LicensingError: an operation cannot be read.
        """
        reading = self._read()
        damaged = [each for each in reading.damaged if each.value_name not in discarded]
        if damaged:
            raise LicensingError(f"{self._server}: {damaged[0]}")
        operations = (self.complete(each) if details(each) else each for each in reading.operations.values())
        return OperationRecord(operations, {each.value_name for each in reading.damaged})

    def read_whole(self) -> tuple[OperationRecord, tuple[DamagedOperation, ...]]:
        """What can be read, whole, and what cannot; the history included. Costs a request for each operation."""
        reading = self._read()
        operations = []
        for operation in reading.operations.values():
            try:
                operations.append(self.complete(operation))
            except DamagedOperation as error:
                reading.damaged.append(error)
        # Those that an earlier release moved stand in the key itself.
        below = [f"{HISTORY_KEY}\\{name}" for name in self._registry.key_names(HISTORY_KEY) if name.isdigit()]
        for key in (HISTORY_KEY, *below):
            for name in self._registry.value_names(key):
                try:
                    operations.append(self._decoded(key, name))
                except DamagedOperation as error:
                    reading.damaged.append(error)
        return OperationRecord(operations), tuple(reading.damaged)

    def complete(self, operation: Operation) -> Operation:
        """The operation with everything that is recorded of it."""
        if operation.complete:
            return operation
        for name in self._names.get(operation.operation_id, []):
            text = self._registry.read_string(OPERATIONS_KEY, name)
            if text is not None:
                return _as_named(decode(name, text), operation)
        raise LicensingError(
            f"{self._server}: the recorded operation {operation.operation_id} was deleted while it was read. Run the "
            f"task again."
        )

    def begin(self, operation: Operation, recorded: OperationRecord) -> Operation:
        """Write the intention of an operation before its call is made; returns it with its number.

        Raises:
            AnotherController: another run wrote an intention since the record was read. Nothing was changed.
        """
        self._move_superseded(recorded)
        begun = self._numbered(operation, recorded, INTENDED)
        self._known |= {each.operation_id for each in recorded.operations}
        try:
            self._registry.write_string(UNFINISHED_KEY, short_name(begun), encode(begun))
            self.require_no_other(begun)
        except (LicensingError, WsmanError):
            # No call is made, so nothing may look like one. If this fails too, the next run has to ask.
            with suppress(LicensingError, WsmanError):
                self.withdraw(begun)
            raise
        self._known.add(begun.operation_id)
        self._intentions[begun.operation_id] = short_name(begun)
        return begun

    def note(self, operation: Operation, recorded: OperationRecord) -> Operation:
        """Write an operation that needs no call and is already done, in one write; returns it with its number.

        An intention would be wrong for what makes no call: a run that broke off between the two writes would leave
        behind an operation that looks as if the Clearinghouse had been asked.
        """
        noted = self._numbered(replace(operation, finished=operation.finished or operation.started), recorded, DONE)
        self.write(noted)
        return noted

    def settle(self, operations: Sequence[Operation], recorded: OperationRecord, when: str) -> list[Operation]:
        """Write what became of the CALs that migrations left on their source: of many migrations in one value.

        Args:
            operations: migrations that are done, with their source as it is now; the same for all.

        Returns:
            What was written.
        """
        if len(operations) == 1:
            self.write(operations[0])
            return list(operations)
        written: list[Operation] = []
        for first in range(0, len(operations), _MOST_SETTLED):
            part = operations[first : first + _MOST_SETTLED]
            source = part[0].source and replace(part[0].source, before=None, hand_over=None)
            settling = Operation(SETTLE, DONE, when, source=source, settles=tuple(each.token for each in part))
            written.append(self.note(settling, recorded.including(*written)))
        return written

    def write(self, operation: Operation) -> None:
        """Write the outcome of an operation, or more about an unfinished one."""
        operation_id = operation.operation_id
        self._known.add(operation_id)
        if operation.unfinished:
            self._registry.write_string(UNFINISHED_KEY, short_name(operation), encode(operation))
            self._intentions[operation_id] = short_name(operation)
            return
        name = full_name(operation)
        self._registry.write_string(OPERATIONS_KEY, name, encode(operation))
        for old in self._names.get(operation_id, []):
            if old.lower() != name.lower():
                self._registry.delete_value(OPERATIONS_KEY, old)
        self._names[operation_id] = [name]
        self._clear_intentions()

    def withdraw(self, operation: Operation) -> bool:
        """Delete an intention; whether it was there. Of two runs that do so at once, one finds it."""
        self._intentions.pop(operation.operation_id, None)
        return self._registry.delete_value(UNFINISHED_KEY, short_name(operation))

    def require_alone(self, mine: Operation) -> None:
        """Check between two calls of one operation that no other run is at work.

        Raises:
            AnotherController: one has begun something, or continues this operation. Nothing is withdrawn.
        """
        there = {operation_id_of(name) or name for name in self._registry.value_names(UNFINISHED_KEY)}
        if mine.operation_id not in there or there - self._known:
            raise AnotherController(
                f"{self._server}: another run is at work on this license server, so this one stops. Run the task again "
                f"when the other run has ended."
            )

    def discard(self, value_name: str) -> bool:
        """Remove a value that cannot be read; its text, if it has one, is kept in the history. Whether it was there."""
        for key in (OPERATIONS_KEY, UNFINISHED_KEY):
            is_string = self._registry.value_names(key).get(value_name)
            if is_string is not None:
                text = self._registry.read_string(key, value_name) if is_string else None
                if text is not None:
                    self._registry.write_string(HISTORY_KEY + "\\Discarded", value_name, text)
                return self._registry.delete_value(key, value_name)
        return False

    def _read(self) -> _Reading:
        """Intentions first: one that is finished between the two lists is then found among the finished."""
        reading = _Reading()
        intentions = self._registry.value_names(UNFINISHED_KEY)
        for _look in range(_LOOKS):
            finished = self._registry.value_names(OPERATIONS_KEY)
            if self._add_finished(reading, finished):
                break
        else:
            raise LicensingError(f"{self._server}: the record is changing while it is read. Run the task again.")
        self._intentions = {operation_id_of(name) or name: name for name in intentions}
        for operation_id, name in self._intentions.items():
            if operation_id not in reading.operations:
                self._add(reading, UNFINISHED_KEY, name, is_string=intentions[name])
        reading.operations = {each.operation_id: each for each in settled(reading.operations.values())}
        self._names = reading.names
        self._known = {*reading.operations, *self._intentions}
        return reading

    def _add_finished(self, reading: _Reading, names: dict[str, bool]) -> bool:
        """Add what is under Operations; whether nothing disappeared meanwhile."""
        reading.damaged.clear()
        reading.names.clear()
        whole = True
        for name, is_string in sorted(names.items()):
            reading.names.setdefault(operation_id_of(name) or name, []).append(name)
            whole &= self._add(reading, OPERATIONS_KEY, name, is_string=is_string)
        return whole

    def _add(self, reading: _Reading, key: str, name: str, *, is_string: bool) -> bool:
        try:
            if not is_string:
                raise DamagedOperation(name, "not a string value")
            operation = parse_name(name)
            if operation is None:
                text = self._registry.read_string(key, name)
                if text is None:
                    return key == UNFINISHED_KEY
                operation = decode(name, text)
            reading.add(operation)
        except DamagedOperation as error:
            reading.damaged.append(error)
        return True

    def _decoded(self, key: str, name: str) -> Operation:
        text = self._registry.read_string(key, name)
        if text is None:
            raise DamagedOperation(name, "not a string value")
        return decode(name, text)

    def _numbered(self, operation: Operation, recorded: OperationRecord, status: str) -> Operation:
        return replace(operation, status=status, sequence=recorded.next_sequence, token=secrets.token_hex(4))

    def require_no_other(self, begun: Operation | None = None) -> None:
        """Check that no other run has begun something since the record was read.

        What a run has begun may have brought a key pack since, which then belongs to no recorded purchase yet.

        Args:
            begun: this run's own intention.

        Raises:
            AnotherController: another run is at work.
        """
        own = begun.operation_id if begun else None
        for name in self._registry.value_names(UNFINISHED_KEY):
            operation_id = operation_id_of(name)
            if operation_id != own and operation_id not in self._known and name not in self._known:
                raise AnotherController(
                    f"{self._server}: another run is at work on this license server: operation {operation_id or name} "
                    f"was begun a moment ago. Nothing was changed. Run the task again when the other run has ended."
                )

    def _clear_intentions(self) -> None:
        """Delete the intentions of finished operations. The newest one stays, as a sign for a run beside this."""
        newest = max(self._intentions, default="")
        for operation_id in [each for each in self._intentions if each != newest and each in self._names]:
            self._registry.delete_value(UNFINISHED_KEY, self._intentions.pop(operation_id))

    def _move_superseded(self, recorded: OperationRecord) -> None:
        """Convert values of earlier releases, and move what nothing depends on to the history."""
        superseded = {each.operation_id for each in recorded.superseded}
        if len(superseded) <= _MOST_SUPERSEDED:
            superseded = set()
        for operation in recorded.operations:
            names = self._names.get(operation.operation_id, [])
            old = [name for name in names if name == short_name(operation)]
            if operation.operation_id in superseded:
                self._move(operation, names, _history_key(operation))
            elif old:
                self._move(operation, old, UNFINISHED_KEY if operation.unfinished else OPERATIONS_KEY)

    def _move(self, operation: Operation, names: Iterable[str], key: str) -> None:
        whole = self.complete(operation)
        name = short_name(whole) if whole.unfinished else full_name(whole)
        self._registry.write_string(key, name, encode(whole))
        for old in names:
            if (key, old.lower()) != (OPERATIONS_KEY, name.lower()):
                self._registry.delete_value(OPERATIONS_KEY, old)
        if key == OPERATIONS_KEY:
            self._names[operation.operation_id] = [name]
        else:
            self._names.pop(operation.operation_id, None)
            if key == UNFINISHED_KEY:
                self._intentions[operation.operation_id] = name
