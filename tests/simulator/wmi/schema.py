# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The classes that exist, from data/classes.yml."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.simulator.model.catalog import load_data
from tests.simulator.wire.values import CimType

_READERS = ("Get", "Is", "Enum", "Find", "Can", "Ping", "Fetch")


@dataclass(frozen=True)
class Property:
    name: str
    type: CimType
    writable: bool
    key: bool


@dataclass(frozen=True)
class Method:
    name: str
    inputs: Mapping[str, CimType]
    outputs: Mapping[str, CimType]
    is_static: bool

    @property
    def is_reader(self) -> bool:
        """Reads only: such a message changes nothing even when it succeeds."""
        return self.name.startswith(_READERS)


@dataclass(frozen=True)
class CimClass:
    """`namespaces` in lower case with slashes; `base` is the class it derives from, if anybody may ask for that."""

    name: str
    namespaces: tuple[str, ...]
    properties: Mapping[str, Property]
    methods: Mapping[str, Method]
    is_singleton: bool
    base: str | None

    @property
    def keys(self) -> list[str]:
        return [prop.name for prop in self.properties.values() if prop.key]

    def property_named(self, name: str) -> Property | None:
        """CIM names ignore case."""
        return next((prop for key, prop in self.properties.items() if key.lower() == name.lower()), None)

    def method_named(self, name: str) -> Method | None:
        return next((method for key, method in self.methods.items() if key.lower() == name.lower()), None)


@functools.cache
def classes() -> dict[str, CimClass]:
    data: dict[str, dict[str, Any]] = load_data("classes.yml")
    return {name: _class(name, entry) for name, entry in data.items()}


def namespaces() -> set[str]:
    return {namespace for cim_class in classes().values() for namespace in cim_class.namespaces}


def find_class(namespace: str, name: str) -> CimClass | None:
    """The class by its own name or by that of its base class."""
    return _by_name().get((namespace.lower(), name.lower()))


@functools.cache
def _by_name() -> dict[tuple[str, str], CimClass]:
    """The first class of each namespace and name."""
    found: dict[tuple[str, str], CimClass] = {}
    for cim_class in classes().values():
        for namespace in cim_class.namespaces:
            for name in (cim_class.name, cim_class.base or ""):
                found.setdefault((namespace, name.lower()), cim_class)
    return found


def _class(name: str, entry: dict[str, Any]) -> CimClass:
    properties = {key: _property(key, str(text)) for key, text in entry["properties"].items()}
    return CimClass(
        name=name,
        namespaces=tuple(namespace.lower() for namespace in entry["namespaces"]),
        # Windows lists properties by name, whatever order the class was written in.
        properties=dict(sorted(properties.items(), key=lambda item: item[0].lower())),
        methods={key: _method(key, parts) for key, parts in entry.get("methods", {}).items()},
        is_singleton=bool(entry.get("singleton", False)),
        base=entry.get("base"),
    )


def _property(name: str, text: str) -> Property:
    kind, _separator, flag = text.partition(" ")
    return Property(name, _type(kind), writable=flag == "rw", key=flag == "key")


def _method(name: str, parts: dict[str, Any]) -> Method:
    return Method(
        name=name,
        inputs={key: _type(kind) for key, kind in parts.get("in", {}).items()},
        outputs={key: _type(kind) for key, kind in parts.get("out", {}).items()},
        is_static=not parts.get("instance", False),
    )


def _type(text: str) -> CimType:
    return CimType(text.removesuffix("[]"), text.endswith("[]"))
