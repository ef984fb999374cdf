# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A writer that puts namespace declarations where Windows puts them, and a parser that refuses a DTD.

xml.etree moves every declaration to the root element. Windows declares p, xsi and cim on each item, and
binds p twice in one envelope; a client must cope with that, so it has to be written this way.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

# XML 1.0 cannot carry these, not even escaped.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Node:
    """An element to be written; the tag carries its prefix as it shall appear."""

    __slots__ = ("attributes", "children", "tag")

    def __init__(self, tag: str, *children: Node | str, **attributes: str) -> None:
        self.tag = tag
        self.children: list[Node | str] = list(children)
        self.attributes = attributes

    def with_attributes(self, attributes: dict[str, str]) -> Node:
        """Set attributes whose names hold a colon; returns self."""
        self.attributes.update(attributes)
        return self

    def add(self, *children: Node | str) -> Node:
        self.children.extend(children)
        return self

    def render(self) -> str:
        pieces: list[str] = []
        self._write(pieces)
        return "".join(pieces)

    def _write(self, pieces: list[str]) -> None:
        attributes = "".join([f" {name}={quoteattr(_clean(value))}" for name, value in self.attributes.items()])
        if not self.children:
            pieces.append(f"<{self.tag}{attributes}/>")
            return
        pieces.append(f"<{self.tag}{attributes}>")
        for child in self.children:
            if isinstance(child, Node):
                child._write(pieces)
            else:
                pieces.append(escape(_clean(child)))
        pieces.append(f"</{self.tag}>")


def _clean(text: str) -> str:
    return _NOT_XML.sub("?", text)


class XmlError(ValueError):
    """Not well-formed, or with a document type declaration."""


def parse(data: bytes) -> ET.Element:
    """Parse `data` into an element with {namespace}local names; raises XmlError."""
    builder = ET.TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, attributes: builder.start(
        _expanded(name), {_expanded(key): value for key, value in attributes.items()}
    )
    parser.EndElementHandler = lambda name: builder.end(_expanded(name))
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise XmlError(str(error)) from error
    return builder.close()


def _expanded(name: str) -> str:
    return "{" + name if "}" in name else name


def _refuse_doctype(*_: object) -> None:
    raise XmlError("a document type declaration is not allowed")


def local_name(tag: str) -> str:
    return tag.rsplit("}", 1)[-1]


def namespace_of(tag: str) -> str:
    return tag[1:].split("}", 1)[0] if tag.startswith("{") else ""
