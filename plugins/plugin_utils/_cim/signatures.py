# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A small notation for schemas, close to MOF, so that a table of classes reads like Microsoft's own pages.

Properties, one a line: ``[key] [rw] <type> <name>``.
Methods, one a line: ``[instance] [reads] <name>([in|out|inout] <type> <name>, ...)``; ``reads`` for one that changes
nothing.
A type is a CIM type or the name of an embedded class; ``[]`` after it marks an array.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import cast

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.schema import (
    CimClass,
    CimMethod,
    CimParameter,
    CimProperty,
    CimType,
    Direction,
)

_INTEGER_TYPES = frozenset(f"{sign}int{bits}" for sign in ("u", "s") for bits in (8, 16, 32, 64))
_SIMPLE_TYPES = _INTEGER_TYPES | {"string", "boolean", "datetime"}
_METHOD = re.compile(r"(?P<instance>instance\s+)?(?P<reads>reads\s+)?(?P<name>\w+)\((?P<parameters>.*)\)")


def define_class(
    name: str,
    namespace: str,
    *,
    properties: str = "",
    methods: str = "",
    singleton: bool = False,
    embedded: Iterable[CimClass] = (),
) -> CimClass:
    """Build a class from the notation above. Raises ValueError for a line that does not follow it."""
    classes = {each.name: each for each in embedded}
    property_list = [_property(line, classes) for line in _lines(properties)]
    method_list = [_method(line, classes) for line in _lines(methods)]
    return CimClass(
        name=name,
        namespace=namespace,
        properties=MappingProxyType({each.name: each for each in property_list}),
        methods=MappingProxyType({each.name: each for each in method_list}),
        singleton=singleton,
    )


def _lines(text: str) -> Iterator[str]:
    """Lines of a block; one that goes on has an open parenthesis."""
    pending = ""
    for line in text.splitlines():
        pending = f"{pending} {line.strip()}".strip()
        if pending and pending.count("(") == pending.count(")"):
            yield pending
            pending = ""
    if pending:
        raise ValueError(f"unfinished line: {pending}")


def _property(line: str, classes: Mapping[str, CimClass]) -> CimProperty:
    *flags, type_name, name = line.split()
    if not set(flags) <= {"key", "rw"}:
        raise ValueError(f"not a property: {line}")
    return CimProperty(name, _type(type_name, classes), writable="rw" in flags, key="key" in flags)


def _method(line: str, classes: Mapping[str, CimClass]) -> CimMethod:
    match = _METHOD.fullmatch(line)
    if match is None:
        raise ValueError(f"not a method: {line}")
    parts = [part for part in match["parameters"].split(",") if part.strip()]
    return CimMethod(
        name=match["name"],
        parameters=tuple(_parameter(part, classes) for part in parts),
        static=not match["instance"],
        reads=bool(match["reads"]),
    )


def _parameter(text: str, classes: Mapping[str, CimClass]) -> CimParameter:
    direction, type_name, name = text.split()
    if direction not in ("in", "out", "inout"):
        raise ValueError(f"not a parameter: {text}")
    return CimParameter(name, _type(type_name, classes), cast(Direction, direction))


def _type(text: str, classes: Mapping[str, CimClass]) -> CimType:
    name = text.removesuffix("[]")
    is_array = name != text
    if name in _SIMPLE_TYPES:
        return CimType(name, is_array)
    if name in classes:
        return CimType("object", is_array, classes[name])
    raise ValueError(f"unknown type: {text}")
