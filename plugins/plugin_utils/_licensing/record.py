# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The record on the license server: connection method and operations, in the registry under one key.

It outlives the controller and a rebuild of the licensing database. Every operation is a value of its own with a random
part in its name, so that two controllers never overwrite each other's.
"""

from __future__ import annotations

import datetime
import secrets
import typing as t
from dataclasses import replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import CONNECTION_METHODS
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.ledger import Ledger
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    DONE,
    INTENDED,
    Operation,
    decode,
    encode,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.registry import Registry

RECORD_KEY: t.Final = "SOFTWARE\\WinFleet\\RDLicensing"
_OPERATIONS_KEY: t.Final = RECORD_KEY + "\\Operations"
_CONNECTION_METHOD: t.Final = "ConnectionMethod"


class Record:
    """Reads and writes the record of one license server."""

    def __init__(self, registry: Registry, server: str) -> None:
        self._registry = registry
        self._server = server

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

    def ledger(self) -> Ledger:
        """Every operation, folded. Costs one request and one more for each operation.

        Raises:
            LicensingError: an entry cannot be read.
        """
        entries = []
        for name in sorted(self._registry.string_names(_OPERATIONS_KEY)):
            text = self._registry.read_string(_OPERATIONS_KEY, name)
            # None: deleted by somebody since the names were listed.
            if text is not None:
                try:
                    entries.append(decode(name, text))
                except LicensingError as error:
                    raise LicensingError(f"{self._server}: {error}") from None
        return Ledger(entries)

    def begin(self, operation: Operation, ledger: Ledger) -> Operation:
        """Write the intention of an operation before it is made; gives it its number."""
        return self._write_new(replace(operation, status=INTENDED), ledger)

    def note(self, operation: Operation, ledger: Ledger) -> Operation:
        """Write an operation that is done already, in one go; gives it its number.

        An intention would be wrong for what calls nobody: a run that broke off between the two writings would leave
        behind an operation that looks as if the Clearinghouse had been asked.
        """
        return self._write_new(operation.finish(DONE, now()), ledger)

    def _write_new(self, operation: Operation, ledger: Ledger) -> Operation:
        new = replace(operation, started=now(), sequence=ledger.next_sequence, token=secrets.token_hex(4))
        self.write(new)
        return new

    def write(self, operation: Operation) -> None:
        """Write an operation under its own name."""
        self._registry.write_string(_OPERATIONS_KEY, operation.value_name, encode(operation))


def now() -> str:
    """This moment, UTC, ISO 8601, to the second."""
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
