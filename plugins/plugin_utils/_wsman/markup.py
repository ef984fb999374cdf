# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""XML in and out. Requests come from element trees, never from pasted strings; responses are read without any DTD."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from xml.sax.saxutils import escape

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanProtocolError,
    WsmanRequestError,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.limits import (
    MAX_ATTRIBUTES,
    MAX_DEPTH,
    MAX_ELEMENTS,
    MAX_RESPONSE_BYTES,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.namespaces import PREFIXES, XML, XSI

XSI_NIL = f"{{{XSI}}}nil"
XSI_TYPE = f"{{{XSI}}}type"

PROLOG_CHUNK = 64
"""Bytes handed to the parser at a time until the root element has begun.

A DOCTYPE can only stand before the root element. expat finishes the buffer it was given before an exception of a
handler surfaces, so a small buffer makes sure that nothing declared in a DTD is ever used.
"""

# What expat does not forgive and other servers than Windows do: white space before the XML declaration, and UTF-8 under
# the name that it has in most programming languages.
_LEADING_SPACE = re.compile(rb"[ \t\r\n]+(?=<\?xml)")
_CALLED_UTF8 = re.compile(rb"<\?xml[^>]*\bencoding\s*=\s*[\"']utf8[\"']", re.IGNORECASE)

# XML 1.0, production [2] Char.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What cannot be written as it is: markup, white space that a reader would change (XML 1.0, 2.11 and 3.3.3), the above.
_SPECIAL = re.compile("[^\u0020!\u0023-%'-;=?-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_IN_TEXT = {"\r": "&#13;"}
_IN_ATTRIBUTES = {'"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#09;"}


class _UnwantedMarkupError(Exception):
    """Raised inside the parser for markup that SOAP 1.2 forbids."""


class _ScopedBuilder(ET.TreeBuilder):
    """Tree builder that refuses DTDs and resolves xsi:type while the prefixes it uses are still in scope."""

    def __init__(self) -> None:
        super().__init__()
        self.started = False
        self._depth = self._count = 0
        self._scopes: dict[str, list[str]] = {}

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise _UnwantedMarkupError("it holds a document type declaration, which SOAP does not allow")

    def start_ns(self, prefix: str, uri: str) -> None:
        self._scopes.setdefault(prefix or "", []).append(uri or "")

    def end_ns(self, prefix: str) -> None:
        self._scopes[prefix or ""].pop()

    def start(self, tag: str, attrs: dict[str, str]) -> ET.Element:
        self.started = True
        self._depth += 1
        self._count += 1
        if self._depth > MAX_DEPTH:
            raise _UnwantedMarkupError(f"its elements are nested more than {MAX_DEPTH} deep")
        if self._count > MAX_ELEMENTS:
            raise _UnwantedMarkupError(f"it has more than {MAX_ELEMENTS} elements")
        if len(attrs) > MAX_ATTRIBUTES:
            raise _UnwantedMarkupError(f"an element has more than {MAX_ATTRIBUTES} attributes")
        element = super().start(tag, attrs)
        if XSI_TYPE in attrs:
            # Typeshed knows text attributes only; ElementTree itself writes QName values back with a bound prefix.
            element.attrib[XSI_TYPE] = self._qualified(attrs[XSI_TYPE])  # type: ignore[assignment]
        return element

    def end(self, tag: str) -> ET.Element:
        self._depth -= 1
        return super().end(tag)

    def _qualified(self, value: str) -> str | ET.QName:
        prefix, _separator, local = value.strip().rpartition(":")
        uris = self._scopes.get(prefix)
        if not uris or not uris[-1]:
            return value
        return ET.QName(uris[-1], local)


def parse(document: bytes | str) -> ET.Element:
    """Parse a response. Raises WsmanProtocolError for anything but well-formed XML without a DTD."""
    data = document.encode("utf-8", "surrogatepass") if isinstance(document, str) else document
    data = _LEADING_SPACE.sub(b"", data[:PROLOG_CHUNK], count=1) + data[PROLOG_CHUNK:]
    if len(data) > MAX_RESPONSE_BYTES:
        raise WsmanProtocolError(f"the response is larger than {MAX_RESPONSE_BYTES / 2**20:g} MiB")
    builder = _ScopedBuilder()
    # Text was decoded already, so an encoding named in its declaration no longer holds.
    is_utf8 = isinstance(document, str) or _CALLED_UTF8.match(data)
    # S314 is about DTDs, and those the builder refuses.
    parser = ET.XMLParser(target=builder, encoding="utf-8" if is_utf8 else None)  # noqa: S314
    try:
        position = 0
        while position < len(data) and not builder.started:
            parser.feed(data[position : position + PROLOG_CHUNK])
            position += PROLOG_CHUNK
        parser.feed(data[position:])
        root: ET.Element = parser.close()
    except (ET.ParseError, _UnwantedMarkupError, LookupError, ValueError) as error:
        raise WsmanProtocolError(f"the response is not WS-Management XML: {_why(data, error)}") from error
    return root


def _why(data: bytes, error: Exception) -> str:
    if not data.strip():
        return "it is empty"
    if re.match(rb"\s*(<!doctype\s+html|<html)", data[:200], re.IGNORECASE):
        return "it is an HTML page (does the address lead to a web server or a proxy?)"
    if isinstance(error, _UnwantedMarkupError):
        return str(error)
    if isinstance(error, ET.ParseError):
        line, column = error.position
        return f"not well-formed at line {line}, column {column}"
    return "its encoding cannot be read"


def serialize(root: ET.Element) -> bytes:
    """Write a request as UTF-8, with every namespace declared once on the root.

    Raises WsmanRequestError when a value holds a character that XML 1.0 cannot carry.
    """
    names = _Names()
    pieces: list[str] = []
    _write(root, names, pieces)
    declarations = "".join([f' xmlns:{prefix}="{escape(uri, _IN_ATTRIBUTES)}"' for uri, prefix in names.declared()])
    # The root's start tag is the first piece, and its end is the second: see _write.
    pieces.insert(1, declarations)
    return "".join(pieces).encode("utf-8")


class _Names(dict[str, str]):
    """Names as ElementTree has them to names with a prefix; written by hand because ElementTree walks a tree twice."""

    def __init__(self) -> None:
        super().__init__()
        self._prefixes: dict[str, str] = {}

    def __missing__(self, name: str) -> str:
        if not name.startswith("{"):
            return name
        uri, local = name[1:].split("}", 1)
        if uri not in self._prefixes:
            self._prefixes[uri] = PREFIXES.get(uri) or _new_prefix(self._prefixes)
        self[name] = f"{self._prefixes[uri]}:{local}"
        return self[name]

    def declared(self) -> list[tuple[str, str]]:
        """URI and prefix of each namespace that has to be declared."""
        return [pair for pair in self._prefixes.items() if pair[0] != XML]


def _write(element: ET.Element, names: _Names, pieces: list[str]) -> None:
    tag = names[element.tag]
    attributes = [_attribute(name, value, names) for name, value in element.items()] if element.attrib else ()
    pieces.append(f"<{tag}{''.join(attributes)}")
    text = _escaped(element.text, element.tag, _IN_TEXT)
    if text or len(element):
        pieces.append(f">{text}")
        for part in element:
            _write(part, names, pieces)
        pieces.append(f"</{tag}>")
    else:
        pieces.append(" />")
    if element.tail:
        pieces.append(_escaped(element.tail, element.tag, _IN_TEXT))


def _attribute(name: str, value: str | ET.QName, names: _Names) -> str:
    written = names[name]
    if isinstance(value, ET.QName):
        return f' {written}="{names[value.text]}"'
    return f' {written}="{_escaped(value, name, _IN_ATTRIBUTES)}"'


def _escaped(text: str | None, name: str, entities: dict[str, str]) -> str:
    """Text as XML carries it."""
    if not text:
        return ""
    if not _SPECIAL.search(text):
        return text
    check_text(text, _local(name))
    return escape(text, entities)


def _new_prefix(prefixes: dict[str, str]) -> str:
    number = sum(1 for uri in prefixes if uri not in PREFIXES)
    return f"p{number}" if number else "p"


def check_text(text: str | None, what: str) -> None:
    """Raise WsmanRequestError, without repeating the value, when XML 1.0 cannot carry ``text``."""
    if not text:
        return
    found = _ILLEGAL.search(text)
    if found:
        raise WsmanRequestError(
            f"the value of {what} holds the character U+{ord(found.group()):04X} at position {found.start() + 1},"
            " which XML cannot carry: remove it"
        )


def local_name(element: ET.Element) -> str:
    """Name of an element without its namespace."""
    return _local(element.tag)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def children(parent: ET.Element, namespace: str, name: str) -> list[ET.Element]:
    """Direct children with this qualified name; descendants never count (a property may bear the same name)."""
    return [element for element in parent if element.tag == f"{{{namespace}}}{name}"]


def child(parent: ET.Element | None, namespace: str, name: str) -> ET.Element | None:
    """First direct child with this qualified name, None when there is none."""
    if parent is None:
        return None
    return next(iter(children(parent, namespace, name)), None)


def children_named(parent: ET.Element, name: str) -> Iterator[ET.Element]:
    """Direct children with this local name, in any namespace."""
    return (element for element in parent if local_name(element) == name)


def is_nil(element: ET.Element) -> bool:
    """Whether the element says xsi:nil."""
    return element.get(XSI_NIL, "").strip().lower() in ("true", "1")


def own_text(element: ET.Element | None) -> str:
    """Text that belongs to the element itself, not to its children."""
    if element is None:
        return ""
    return (element.text or "") + "".join(part.tail or "" for part in element)
