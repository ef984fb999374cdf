# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a CIM class looks like: properties, methods, parameters and their types (DSP0004)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Direction = Literal["in", "out", "inout"]


@dataclass(frozen=True)
class CimType:
    """A CIM type: ``string``, ``boolean``, ``uint8`` to ``sint64``, ``datetime`` or ``object``.

    ``object`` comes with the class that is embedded.
    """

    name: str
    is_array: bool = False
    embedded: CimClass | None = field(default=None, compare=False)


@dataclass(frozen=True)
class CimProperty:
    """A property of a class. ``writable`` as documented by Microsoft."""

    name: str
    type: CimType
    writable: bool = False
    key: bool = False


@dataclass(frozen=True)
class CimParameter:
    """A parameter of a method."""

    name: str
    type: CimType
    direction: Direction

    @property
    def goes_in(self) -> bool:
        """Whether the caller gives it."""
        return self.direction != "out"

    @property
    def comes_out(self) -> bool:
        """Whether the method returns it."""
        return self.direction != "in"


@dataclass(frozen=True)
class CimMethod:
    """A method; every one used here returns an unsigned 32-bit number. A static one is called on the class.

    ``reads`` marks one that changes nothing, so that it may be sent again when its connection turns out to be closed.
    """

    name: str
    parameters: tuple[CimParameter, ...] = ()
    static: bool = True
    reads: bool = False

    def parameter(self, name: str) -> CimParameter | None:
        """The parameter of that name, whatever the case of its letters (CIM names have none)."""
        return next((each for each in self.parameters if each.name.lower() == name.lower()), None)


@dataclass(frozen=True, eq=False)
class CimClass:
    """A class in a WMI namespace such as ``root/cimv2``. A singleton is addressed without keys.

    Attributes:
        uri: the address of a resource that is not WMI's, such as the configuration of WinRM.
    """

    name: str
    namespace: str
    properties: Mapping[str, CimProperty] = field(default_factory=lambda: MappingProxyType({}))
    methods: Mapping[str, CimMethod] = field(default_factory=lambda: MappingProxyType({}))
    singleton: bool = False
    uri: str = ""

    def property_named(self, name: str) -> CimProperty | None:
        """The property of that name, whatever the case of its letters; None when the schema has none."""
        found = self.properties.get(name)
        return found or next((each for each in self.properties.values() if each.name.lower() == name.lower()), None)

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the key properties."""
        return tuple(each.name for each in self.properties.values() if each.key)
