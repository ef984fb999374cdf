# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Responses that are nearly right: trees with a few changes, then bytes with a few more."""

from __future__ import annotations

import copy
import random
import xml.etree.ElementTree as ET
from collections.abc import Callable

_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_TEXTS = (
    *("", " ", "0", "1", "-1", "-250", "4294967295", "4294967296", "18446744073709551616", "0x80041010", "1e9", "NaN"),
    *("true", "TRUE", "maybe", "2038-01-19T03:14:07Z", "1601-01-01T00:00:00Z", "0000-00-00", "20380119031407.0+000"),
    *("9999-12-31T23:59:59-14:00", "P1D", "PT", "2012-13-45T99:99:99Z", "\N{RIGHT-TO-LEFT OVERRIDE}evil", "\x9b31m"),
    *(
        "<INSTANCE CLASSNAME='X'><PROPERTY NAME='User' TYPE='string'><VALUE>a</VALUE></PROPERTY></INSTANCE>",
        "<!DOCTYPE x>",
    ),
    *(
        "\N{ARABIC-INDIC DIGIT THREE}",
        "x" * 5000,
        "uuid:1",
        "w:TimedOut",
        "a:DestinationUnreachable",
        "\u2028",
        "\U0010ffff",
    ),
)
_WORDS = (
    "ReturnValue",
    "EndOfSequence",
    "Items",
    "EnumerationContext",
    "Fault",
    "XmlFragment",
    "KeyPackId",
    "Datetime",
)
_ENCODINGS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "latin-1", "cp037", "utf-7")


class Mutator:
    """Makes documents; the same seed makes the same ones."""

    def __init__(self, documents: list[bytes], seed: int) -> None:
        self._documents = documents
        self._random = random.Random(seed)

    def document(self) -> bytes:
        """The next one."""
        original = self._random.choice(self._documents)
        document = self._changed_tree(original) if self._random.random() < 0.8 else original
        for _number in range(self._random.choice((0, 0, 0, 1, 1, 3))):
            document = self._random.choice(_BYTE_CHANGES)(self._random, document)
        return document

    def choose(self, names: list[str]) -> str:
        """One of the names."""
        return self._random.choice(names)

    def _changed_tree(self, document: bytes) -> bytes:
        root = ET.fromstring(document)  # noqa: S314  # our own corpus
        for _number in range(self._random.randint(1, 4)):
            elements = list(root.iter())
            self._random.choice(_TREE_CHANGES)(self._random, elements)
        return bytes(ET.tostring(root, encoding="utf-8"))


def _pair(chance: random.Random, elements: list[ET.Element]) -> tuple[ET.Element, ET.Element] | None:
    """An element with children, and one of these."""
    parents = [element for element in elements if len(element)]
    if not parents:
        return None
    parent = chance.choice(parents)
    return parent, chance.choice(list(parent))


def _remove(chance: random.Random, elements: list[ET.Element]) -> None:
    if pair := _pair(chance, elements):
        pair[0].remove(pair[1])


def _repeat(chance: random.Random, elements: list[ET.Element]) -> None:
    if pair := _pair(chance, elements):
        for _number in range(chance.choice((1, 1, 2, 50))):
            pair[0].append(copy.deepcopy(pair[1]))


def _move(chance: random.Random, elements: list[ET.Element]) -> None:
    if pair := _pair(chance, elements):
        chance.choice(elements).append(copy.deepcopy(pair[1]))


def _rename(chance: random.Random, elements: list[ET.Element]) -> None:
    namespace = chance.choice(elements).tag.rpartition("}")[0]
    name = chance.choice((*_WORDS, chance.choice(elements).tag.rpartition("}")[2]))
    chance.choice(elements).tag = f"{namespace}}}{name}" if namespace else name


def _write(chance: random.Random, elements: list[ET.Element]) -> None:
    chance.choice(elements).text = chance.choice(_TEXTS)


def _nil(chance: random.Random, elements: list[ET.Element]) -> None:
    chance.choice(elements).set(f"{_XSI}nil", chance.choice(("true", "1", "false", "perhaps")))


def _type(chance: random.Random, elements: list[ET.Element]) -> None:
    chance.choice(elements).set(f"{_XSI}type", chance.choice(("p:X_Type", ":", "q:", "", "cim:cimDateTime")))


def _deepen(chance: random.Random, elements: list[ET.Element]) -> None:
    inside = chance.choice(elements)
    for _number in range(chance.choice((1, 5, 120))):
        inside = ET.SubElement(inside, inside.tag)


def _attribute(chance: random.Random, elements: list[ET.Element]) -> None:
    chance.choice(elements).set(chance.choice(("Code", "Name", "CLASSNAME", "NAME", "lang")), chance.choice(_TEXTS))


_TREE_CHANGES: tuple[Callable[[random.Random, list[ET.Element]], None], ...] = (
    *(_remove, _repeat, _move, _rename, _write, _write, _write, _nil, _type, _deepen, _attribute),
)


def _flip(chance: random.Random, document: bytes) -> bytes:
    changed = bytearray(document)
    for _number in range(chance.choice((1, 1, 4))):
        if changed:
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _cut(chance: random.Random, document: bytes) -> bytes:
    return document[: chance.randrange(len(document) + 1)]


def _insert(chance: random.Random, document: bytes) -> bytes:
    place = chance.randrange(len(document) + 1)
    piece = chance.choice((b"<", b"&#0;", b"&x;", b"\x00", b"]]>", b"<?pi?>", b"<![CDATA[", b"<!--", b"\xed\xa0\x80"))
    return document[:place] + piece + document[place:]


def _declare(chance: random.Random, document: bytes) -> bytes:
    doctype = b'<!DOCTYPE a [<!ENTITY x "' + b"y" * 50 + b'">]>'
    name = chance.choice((b"utf8", b"utf-16", b"ebcdic", b"idna", b"hex", b"rot13", b"", b"x" * 100))
    return chance.choice((doctype, b'<?xml version="1.0" encoding="' + name + b'"?>', b"\r\n \xef\xbb\xbf")) + document


def _encode(chance: random.Random, document: bytes) -> bytes:
    return document.decode("utf-8", "replace").encode(chance.choice(_ENCODINGS), "replace")


def _splice(chance: random.Random, document: bytes) -> bytes:
    places = sorted(chance.randrange(len(document) + 1) for _number in range(3))
    return document[: places[1]] + document[places[0] : places[2]] + document[places[1] :]


_BYTE_CHANGES: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    *(_flip, _cut, _insert, _declare, _encode, _splice),
)
