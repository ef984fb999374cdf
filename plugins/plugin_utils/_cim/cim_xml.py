# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CIM-XML (DSP0201) as far as it turns up inside strings of WS-Man responses: one INSTANCE with plain properties."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanProtocolError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.markup import parse


@dataclass(frozen=True)
class PlainProperty:
    """A property with the texts of its values (None for NULL)."""

    name: str
    is_array: bool
    values: tuple[str | None, ...]


def read_instance(text: str) -> tuple[str, list[PlainProperty]]:
    """Class name and properties of the INSTANCE in the text. Raises ValueError when there is none."""
    try:
        root = parse(text)
    except WsmanProtocolError as error:
        raise ValueError("no CIM-XML") from error
    instance = root if root.tag == "INSTANCE" else root.find(".//INSTANCE")
    if instance is None:
        raise ValueError("no INSTANCE")
    properties = [_read_property(element) for element in instance if element.tag in ("PROPERTY", "PROPERTY.ARRAY")]
    return instance.get("CLASSNAME", ""), properties


def _read_property(element: ET.Element) -> PlainProperty:
    is_array = element.tag == "PROPERTY.ARRAY"
    holder = element.find("VALUE.ARRAY") if is_array else element
    parts = [] if holder is None else [part for part in holder if part.tag in ("VALUE", "VALUE.NULL")]
    values = tuple(None if part.tag == "VALUE.NULL" else "".join(part.itertext()) for part in parts)
    return PlainProperty(element.get("NAME", ""), is_array, values)
