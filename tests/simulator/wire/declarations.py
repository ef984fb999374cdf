# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A class declaration in CIM-XML (DSP0203), as a Get of its resource gives it; qualifiers only come when asked for."""

from __future__ import annotations

from collections.abc import Mapping

from tests.simulator.wire.values import CimType
from tests.simulator.wire.xml import Node
from tests.simulator.wmi.schema import CimClass, Method


def declaration_node(cim_class: CimClass, otherwise: Mapping[str, str]) -> Node:
    """The element CLASS. `otherwise` has another type, or none at all, for some of the names in it."""
    node = Node("CLASS", NAME=cim_class.name)
    for prop in cim_class.properties.values():
        node.add(*_typed("PROPERTY", prop.name, prop.type, f"{cim_class.name}.{prop.name}", otherwise))
    for method in cim_class.methods.values():
        node.add(*_method(method, f"{cim_class.name}.{method.name}", otherwise))
    return node


def _method(method: Method, path: str, otherwise: Mapping[str, str]) -> list[Node]:
    if otherwise.get(path) == "":
        return []
    node = Node("METHOD", NAME=method.name, TYPE=otherwise.get(path, "uint32"))
    for name, kind in {**method.inputs, **method.outputs}.items():
        node.add(*_typed("PARAMETER", name, kind, f"{path}.{name}", otherwise))
    return [node]


def _typed(tag: str, name: str, kind: CimType, path: str, otherwise: Mapping[str, str]) -> list[Node]:
    text = otherwise.get(path, kind.name)
    if not text:
        return []
    # An embedded instance is text to CIM-XML.
    known = "string" if text.startswith("Win32_") else text
    return [Node(f"{tag}.ARRAY" if kind.is_array else tag, NAME=name, TYPE=known)]
