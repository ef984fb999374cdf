# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Open enumerations of one server. Every Pull gets a new context; an old one is not valid any more."""

from __future__ import annotations

from dataclasses import dataclass

from tests.simulator import surroundings
from tests.simulator.wire import names
from tests.simulator.wire.faults import FaultError


@dataclass
class OpenEnumeration:
    """`items` are rendered already: an enumeration shows the state of the moment it was opened."""

    items: list[str]
    owner: str
    resource_uri: str
    class_name: str = ""


class Contexts:
    """Held by one server; callers hold the fleet's lock."""

    def __init__(self, limit_per_user: int) -> None:
        self._open: dict[str, OpenEnumeration] = {}
        self._limit = limit_per_user
        self.opened = 0

    def __len__(self) -> int:
        return len(self._open)

    def check_quota(self, owner: str) -> None:
        """Raise the quota fault when the user has as many operations open as a host allows."""
        if sum(entry.owner == owner for entry in self._open.values()) >= self._limit:
            raise FaultError("s:Receiver", "w:QuotaLimit", names.QUOTA)

    def open(self, enumeration: OpenEnumeration) -> str:
        self.opened += 1
        return self._store(enumeration)

    def take(self, context: str, owner: str, resource_uri: str) -> OpenEnumeration:
        """Hand out an enumeration and forget its context; raises the fault for one that is unknown here."""
        entry = self._open.get(context.strip().lower())
        if entry is None or entry.owner != owner or entry.resource_uri.lower() != resource_uri.lower():
            raise FaultError("s:Receiver", "n:InvalidEnumerationContext", names.INVALID_ENUMERATION_CONTEXT)
        del self._open[context.strip().lower()]
        return entry

    def keep(self, enumeration: OpenEnumeration) -> str:
        """Store what is left of an enumeration under its next context."""
        return self._store(enumeration)

    def clear(self) -> None:
        self._open.clear()

    def _store(self, enumeration: OpenEnumeration) -> str:
        context = f"uuid:{surroundings.unique_id()}"
        self._open[context.lower()] = enumeration
        return context
