# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instances to XML and back."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Mapping

from tests.simulator.model.description import Dialect
from tests.simulator.wire import names
from tests.simulator.wire.faults import schema_fault
from tests.simulator.wire.resource import Resource
from tests.simulator.wire.values import CimType, CimValueError, Values, decode, encode
from tests.simulator.wire.xml import Node, local_name, namespace_of
from tests.simulator.wmi.schema import CimClass


def instance_node(resource: Resource, cim_class: CimClass, values: Values, dialect: Dialect) -> Node:
    """<p:Class xsi:type="p:Class_Type"> with its own declarations of p, xsi and cim."""
    name = answered_name(cim_class, dialect)
    node = _declared(f"p:{name}", class_namespace(resource, name, dialect), f"{name}_Type")
    for prop in cim_class.properties.values():
        node.add(*encode("p:", prop.name, prop.type, values[prop.name], dialect, resource.namespace))
    return node


def fragment_node(cim_class: CimClass, columns: tuple[str, ...], values: Values, dialect: Dialect) -> Node:
    """A projection: no class name, and children without a namespace."""
    node = Node("w:XmlFragment").with_attributes({"xmlns:w": names.WSMAN, "xmlns:xsi": names.XSI})
    for column in columns:
        prop = cim_class.property_named(column)
        assert prop is not None
        node.add(*encode("", prop.name, prop.type, values[prop.name], dialect, ""))
    return node


def output_node(
    resource: Resource, cim_class: CimClass, method: str, outputs: Mapping[str, CimType], values: Values,
    return_value: int, dialect: Dialect,
) -> Node:  # fmt: skip
    """<p:Method_OUTPUT>: out parameters in the documented order, ReturnValue last."""
    uri = class_namespace(resource, cim_class.name, dialect)
    node = _declared(f"p:{method}_OUTPUT", uri, f"{method}_OUTPUT_Type")
    for name, kind in outputs.items():
        node.add(*encode("p:", name, kind, values.get(name), dialect, resource.namespace))
    return node.add(Node("p:ReturnValue", str(return_value)))


def answered_name(cim_class: CimClass, dialect: Dialect) -> str:
    """The class of an instance as it goes out, and comes back by Put: its own one, or one that derives from it."""
    return f"Simulated_{cim_class.name}" if dialect.answer_as_subclass else cim_class.name


def class_namespace(resource: Resource, class_name: str, dialect: Dialect) -> str:
    if dialect.dmtf_class_namespace:
        return f"{names.DMTF_CLASS_PREFIX}{class_name}"
    return resource.uri_of(class_name)


def _declared(tag: str, uri: str, type_name: str) -> Node:
    return Node(tag).with_attributes(
        {"xmlns:xsi": names.XSI, "xmlns:p": uri, "xmlns:cim": names.CIM, "xsi:type": f"p:{type_name}"}
    )


def read_values(element: ET.Element, types: Mapping[str, CimType], uri: str) -> Values:
    """The typed children of `element`, which all belong to the namespace `uri`; raises the schema fault."""
    if namespace_of(element.tag).lower() != uri.lower():
        raise schema_fault()
    known = {name.lower(): name for name in types}
    children: dict[str, list[ET.Element]] = defaultdict(list)
    for child in element:
        name = known.get(local_name(child.tag).lower())
        if name is None or namespace_of(child.tag).lower() != uri.lower():
            raise schema_fault()
        children[name].append(child)
    try:
        return {name: decode(types[name], elements) for name, elements in children.items()}
    except CimValueError as error:
        raise schema_fault() from error
