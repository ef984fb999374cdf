# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A writer that puts namespace declarations where Windows puts them, and a parser that refuses a DTD.

xml.etree moves every declaration to the root element. Windows declares p, xsi and cim on each item, and
binds p twice in one envelope; a client must cope with that, so it has to be written this way.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

# Markup, what attributes need besides, and what stands for itself nowhere.
_SPECIAL = re.compile("[^\u0020!\u0023-%'-;=?-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
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
        head = self.tag
        if self.attributes:
            head += "".join([f" {name}={_quoted(value)}" for name, value in self.attributes.items()])
        if not self.children:
            pieces.append(f"<{head}/>")
            return
        pieces.append(f"<{head}>")
        for child in self.children:
            if isinstance(child, Node):
                child._write(pieces)
            else:
                pieces.append(escape(_clean(child)) if _SPECIAL.search(child) else child)
        pieces.append(f"</{self.tag}>")


def _quoted(value: str) -> str:
    return quoteattr(_clean(value)) if _SPECIAL.search(value) else f'"{value}"'


def _clean(text: str) -> str:
    return _NOT_XML.sub("?", text)


class XmlError(ValueError):
    """Not well-formed, or with a document type declaration."""


class _Builder(ET.TreeBuilder):
    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise XmlError("a document type declaration is not allowed")


def parse(data: bytes) -> ET.Element:
    """Parse `data` into an element with {namespace}local names; raises XmlError."""
    # S314 is about DTDs, and those the builder refuses.
    parser = ET.XMLParser(target=_Builder())  # noqa: S314
    try:
        parser.feed(data)
        root: ET.Element = parser.close()
    except ET.ParseError as error:
        raise XmlError(str(error)) from error
    return root


def local_name(tag: str) -> str:
    return tag.rsplit("}", 1)[-1]


def namespace_of(tag: str) -> str:
    return tag[1:].split("}", 1)[0] if tag.startswith("{") else ""
