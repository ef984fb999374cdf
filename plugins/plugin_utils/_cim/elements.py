# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Typed values between XML elements and Python: NULL, arrays, embedded instances (DSP0230 section 7)."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim import cim_xml
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.instances import CimInstance
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.schema import CimClass, CimType
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.values import (
    CimScalar,
    CimValue,
    decode_text,
    encode_text,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanProtocolError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.markup import (
    XSI_NIL,
    is_nil,
    local_name,
    own_text,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.namespaces import WSMAN

XML_FRAGMENT = f"{{{WSMAN}}}XmlFragment"
UNTYPED = CimType("untyped")
"""For a property that the schema does not know: text, or a list of texts when it is repeated."""

_DATETIME_WRAPPERS = frozenset({"Datetime", "Interval", "Date", "Time", "CIM_DateTime"})


def decode_instance(element: ET.Element, cim_class: CimClass) -> CimInstance:
    """Read an instance of the class or of a subclass, or a projection of it, which has no class name of its own.

    Raises WsmanProtocolError that names the class and the property when a value is not of its type.
    """
    class_name = cim_class.name if element.tag == XML_FRAGMENT else local_name(element)
    values: dict[str, CimValue] = dict.fromkeys(cim_class.properties)
    for name, group in group_by_name(element).items():
        known = cim_class.property_named(name)
        where = f"{cim_class.name}.{known.name if known else name}"
        values[known.name if known else name] = decode_group(group, known.type if known else UNTYPED, where)
    return CimInstance(cim_class, class_name, MappingProxyType(values), element)


def group_by_name(parent: ET.Element) -> dict[str, list[ET.Element]]:
    """Children by local name: an array is a row of siblings. The namespace depends on server and query."""
    groups: dict[str, list[ET.Element]] = {}
    for element in parent:
        groups.setdefault(local_name(element), []).append(element)
    return groups


def decode_group(group: list[ET.Element], cim_type: CimType, where: str) -> CimValue:
    """Read the siblings that make up one value. Only the schema knows whether a single one is an array."""
    if cim_type is UNTYPED and len(group) > 1:
        return [_decode_one(element, cim_type, where) for element in group]
    if not cim_type.is_array:
        if len(group) > 1:
            raise WsmanProtocolError(f"the response holds {len(group)} values for {where}, which is not an array")
        return _decode_one(group[0], cim_type, where)
    values = [_decode_one(element, cim_type, where) for element in group]
    return None if values == [None] else values


def _decode_one(element: ET.Element, cim_type: CimType, where: str) -> CimScalar:
    if is_nil(element):
        return None
    try:
        if cim_type.name == "object":
            return _decode_embedded(element, cim_type)
        if cim_type is UNTYPED:
            return "".join(element.itertext())
        return decode_text(_value_text(element, cim_type), cim_type.name)
    except ValueError:
        raise WsmanProtocolError(
            f"the response holds a value for {where} that is not of type {cim_type.name}"
        ) from None


def _value_text(element: ET.Element, cim_type: CimType) -> str:
    """Text of a value; that of a datetime is in a child, whose namespace a projection does not give."""
    if cim_type.name == "datetime":
        for part in element:
            if local_name(part) in _DATETIME_WRAPPERS:
                return own_text(part)
    if len(element):
        raise ValueError("elements where text belongs")
    return element.text or ""


def _decode_embedded(element: ET.Element, cim_type: CimType) -> CimInstance | None:
    """An embedded instance is a tree of elements, or CIM-XML text inside a string."""
    embedded = cim_type.embedded or CimClass("", "")
    if not len(element):
        text = element.text or ""
        return _from_cim_xml(text, embedded) if text.strip() else None
    children_of = list(element)
    # The value element is the instance itself, or it holds one element that is.
    only = children_of[0] if len(children_of) == 1 and len(children_of[0]) else None
    wraps = only is not None and embedded.property_named(local_name(only)) is None
    source = only if wraps and only is not None else element
    instance = decode_instance(source, embedded)
    name = embedded.name or local_name(source)
    return CimInstance(embedded, name, instance.values, source)


def _from_cim_xml(text: str, embedded: CimClass) -> CimInstance:
    class_name, properties = cim_xml.read_instance(text)
    values: dict[str, CimValue] = dict.fromkeys(embedded.properties)
    for each in properties:
        known = embedded.property_named(each.name)
        cim_type = known.type if known else CimType("string")
        decoded = [None if item is None else decode_text(item, cim_type.name) for item in each.values]
        is_array = known.type.is_array if known else each.is_array
        values[known.name if known else each.name] = decoded if is_array else next(iter(decoded), None)
    return CimInstance(embedded, class_name or embedded.name, MappingProxyType(values))


def encode_value(tag: str, value: CimValue, cim_type: CimType, where: str) -> list[ET.Element]:
    """Elements for one value: none for an empty array, which WS-Man cannot tell from NULL. Raises ValueError."""
    if cim_type.is_array and isinstance(value, (list, tuple)):
        return [_encode_one(tag, item, cim_type, where) for item in value]
    if isinstance(value, (list, tuple)):
        raise ValueError(f"{where} is not an array")
    return [_encode_one(tag, value, cim_type, where)]


def _encode_one(tag: str, value: CimScalar, cim_type: CimType, where: str) -> ET.Element:
    element = ET.Element(tag)
    if value is None:
        element.set(XSI_NIL, "true")
        return element
    try:
        element.text = encode_text(value, cim_type.name)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{where}: {error}") from None
    return element


def encode_instance(instance: CimInstance) -> ET.Element:
    """The whole instance for Put: what changed is written anew, all the rest goes back as it came.

    Raises ValueError for a projection or an instance that was not read from a server: it would wipe the rest.
    """
    source = instance.element
    if source is None or source.tag == XML_FRAGMENT:
        raise ValueError(f"only a whole {instance.cim_class.name} that was read from the server can be put back")
    root = ET.Element(source.tag, dict(source.attrib))
    written: set[str] = set()
    for element in source:
        known = instance.cim_class.property_named(local_name(element))
        if known is None or known.name not in instance.changed:
            root.append(_copy(element))
        elif known.name not in written:
            written.add(known.name)
            root.extend(_encode_property(instance, known.name, element.tag))
    namespace = source.tag.rpartition("}")[0]
    for name in sorted(instance.changed - written):
        root.extend(_encode_property(instance, name, f"{namespace}}}{name}" if namespace else name))
    return root


def _encode_property(instance: CimInstance, name: str, tag: str) -> Iterable[ET.Element]:
    cim_type = instance.cim_class.properties[name].type
    return encode_value(tag, instance.values[name], cim_type, f"{instance.cim_class.name}.{name}")


def _copy(element: ET.Element) -> ET.Element:
    copied = ET.Element(element.tag, dict(element.attrib))
    copied.text, copied.tail = element.text, element.tail
    copied.extend(_copy(part) for part in element)
    return copied


def encode_selectors(values: Mapping[str, str], cim_class: CimClass) -> Mapping[str, str]:
    """Check selector names against the schema; ``__cimnamespace`` is always allowed. Raises ValueError."""
    for name in values:
        if not name.startswith("__") and cim_class.property_named(name) is None:
            raise ValueError(f"{cim_class.name} has no property {name} to select by")
    return values
