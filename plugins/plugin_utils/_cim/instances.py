# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CIM instances and method results as the licensing layer sees them."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import TypeVar

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.schema import CimClass
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.values import CimValue

_T = TypeVar("_T")


class TypedValues:
    """Access to values by name, with the type the caller counts on. A name that is not there raises KeyError."""

    values: Mapping[str, CimValue]

    def __getitem__(self, name: str) -> CimValue:
        return self.values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def text(self, name: str) -> str | None:
        """A string, None for NULL."""
        return self._typed(name, str)

    def number(self, name: str) -> int | None:
        """An integer, None for NULL."""
        return self._typed(name, int)

    def moment(self, name: str) -> datetime | None:
        """A point in time with its zone, None for NULL and for the unset date."""
        return self._typed(name, datetime)

    def instances(self, name: str) -> list[CimInstance]:
        """An array of embedded instances; empty for NULL."""
        value = self._typed(name, list)
        return [each for each in value or [] if isinstance(each, CimInstance)]

    def _typed(self, name: str, kind: type[_T]) -> _T | None:
        value = self.values[name]
        if value is None or isinstance(value, kind):
            return value
        raise TypeError(f"{name} is {type(value).__name__}, not {kind.__name__}")


@dataclass(frozen=True)
class CimInstance(TypedValues):
    """An instance as the server gave it.

    ``values`` holds every property of the schema (NULL, and an array the server left out, is None), under the name the
    schema gives it, and the properties the schema does not know as text. ``class_name`` may be that of a subclass.
    ``changed`` names what ``with_values`` replaced; ``element`` keeps what came, so that Put can send the rest back
    untouched.
    """

    cim_class: CimClass
    class_name: str
    values: Mapping[str, CimValue]
    element: ET.Element | None = field(default=None, compare=False, repr=False)
    changed: frozenset[str] = frozenset()

    def with_values(self, **changes: CimValue) -> CimInstance:
        """A copy with other values, for Put. Raises ValueError for a property that is unknown or read-only."""
        for name in changes:
            known = self.cim_class.properties.get(name)
            if known is None:
                raise ValueError(f"{self.cim_class.name} has no property {name}")
            if not known.writable:
                raise ValueError(f"{self.cim_class.name}.{name} is read-only")
        return CimInstance(
            cim_class=self.cim_class,
            class_name=self.class_name,
            values=MappingProxyType({**self.values, **changes}),
            element=self.element,
            changed=self.changed | changes.keys(),
        )


@dataclass(frozen=True)
class MethodResult(TypedValues):
    """What a method answered: its return value (unsigned 32 bit, 0 is success) and its out parameters."""

    return_value: int
    values: Mapping[str, CimValue]
