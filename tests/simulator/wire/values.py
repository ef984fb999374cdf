# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""CIM values to XML and back, by their CIM type ([MS-WSMV] 2.2.4, DSP0230)."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from tests.simulator.model.description import Dialect
from tests.simulator.wire import names
from tests.simulator.wire.xml import Node, local_name


@dataclass(frozen=True)
class Embedded:
    """An embedded instance: class name and its typed values."""

    class_name: str
    values: tuple[tuple[str, CimType, Value], ...]


Value = None | bool | int | float | str | datetime | timedelta | Embedded | list[str] | list[int] | list[Embedded]
Values = dict[str, Value]


@dataclass(frozen=True)
class CimType:
    name: str
    is_array: bool = False


class CimValueError(ValueError):
    """The text is no value of the CIM type."""


def encode(prefix: str, name: str, kind: CimType, value: Value, dialect: Dialect, namespace: str) -> list[Node]:
    """The elements of one property: none for a NULL array, one per array item, else one."""
    tag = f"{prefix}{name}"
    if kind.is_array:
        items: Sequence[Value] = value if isinstance(value, list) else []
        return [_scalar(tag, kind, item, dialect, namespace) for item in items]
    return [_scalar(tag, kind, value, dialect, namespace)]


def _scalar(tag: str, kind: CimType, value: Value, dialect: Dialect, namespace: str) -> Node:
    if value is None:
        return Node(tag).with_attributes({"xsi:nil": "true"})
    if isinstance(value, bool):
        text = "true" if value else "false"
        return Node(tag, text.upper() if dialect.uppercase_booleans else text)
    if isinstance(value, Embedded):
        return _embedded(tag, value, dialect, namespace)
    if isinstance(value, datetime):
        text = format_datetime(value, dialect.datetime_offset_minutes)
        # A projection has no namespace anywhere, its Datetime child neither.
        child = "cim:Datetime" if ":" in tag else "Datetime"
        return Node(tag, text) if dialect.plain_datetime else Node(tag, Node(child, text))
    if isinstance(value, timedelta):
        return Node(tag, Node("cim:Interval", format_interval(value)))
    # An empty string is an element with an end tag, unlike NULL.
    return Node(tag, str(value))


def _embedded(tag: str, value: Embedded, dialect: Dialect, namespace: str) -> Node:
    node = Node(tag).with_attributes(
        {"xmlns:e": f"{names.WMI_PREFIX}{namespace}/{value.class_name}", "xsi:type": f"e:{value.class_name}_Type"}
    )
    for name, kind, item in value.values:
        node.add(*encode("e:", name, kind, item, dialect, namespace))
    return node


def format_datetime(value: datetime, offset_minutes: int | None) -> str:
    """ISO 8601, in UTC with Z or with an offset, the fraction without trailing zeros."""
    zone = timezone.utc if offset_minutes is None else timezone(timedelta(minutes=offset_minutes))
    moment = value.astimezone(zone)
    fraction = f".{moment.microsecond:06d}".rstrip("0") if moment.microsecond else ""
    text = moment.strftime("%Y-%m-%dT%H:%M:%S") + fraction
    if offset_minutes is None:
        return f"{text}Z"
    hours, minutes = divmod(abs(offset_minutes), 60)
    return f"{text}{'-' if offset_minutes < 0 else '+'}{hours:02d}:{minutes:02d}"


def format_interval(value: timedelta) -> str:
    seconds = value.seconds + value.microseconds / 1_000_000
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"P{value.days}DT{int(hours)}H{int(minutes)}M{seconds:g}S"


def decode(kind: CimType, elements: list[ET.Element]) -> Value:
    """The value of the elements that bear one name; raises CimValueError."""
    if kind.is_array:
        filled = [element for element in elements if not is_nil(element)]
        if kind.name in _INTEGERS:
            return [_integer(kind.name, element.text or "") for element in filled]
        return [element.text or "" for element in filled]
    if len(elements) != 1:
        raise CimValueError(f"{len(elements)} elements for one value")
    element = elements[0]
    if is_nil(element):
        return None
    if kind.name == "datetime":
        return _datetime(element)
    if len(element):
        raise CimValueError("child elements in a simple value")
    return _simple(kind.name, element.text or "")


def is_nil(element: ET.Element) -> bool:
    return element.get(f"{{{names.XSI}}}nil") in ("true", "1")


_INTEGERS: Mapping[str, tuple[int, int]] = {
    f"{sign}int{size}": (-(2 ** (size - 1)), 2 ** (size - 1) - 1) if sign == "s" else (0, 2**size - 1)
    for sign in ("s", "u")
    for size in (8, 16, 32, 64)
}


def _simple(kind: str, text: str) -> Value:
    if kind in _INTEGERS:
        return _integer(kind, text)
    if kind == "boolean":
        if text.strip() not in ("true", "false", "1", "0"):
            raise CimValueError(f"{text!r} is no boolean")
        return text.strip() in ("true", "1")
    if kind in ("real32", "real64"):
        try:
            number = float(text)
        except ValueError as error:
            raise CimValueError(f"{text!r} is no number") from error
        if not math.isfinite(number):
            raise CimValueError(f"{text!r} is not finite")
        return number
    return text


def _integer(kind: str, text: str) -> int:
    lowest, highest = _INTEGERS[kind]
    if not re.fullmatch(r"\s*[+-]?[0-9]+\s*", text) or not lowest <= int(text) <= highest:
        raise CimValueError(f"{text!r} is no {kind}")
    return int(text)


def _datetime(element: ET.Element) -> datetime:
    child = next(iter(element), None)
    text = (element.text or "") if child is None else (child.text or "")
    if child is not None and local_name(child.tag) not in ("Datetime", "Date"):
        raise CimValueError("no datetime")
    try:
        return datetime.fromisoformat(_six_digits(text.strip()).replace("Z", "+00:00"))
    except ValueError as error:
        raise CimValueError(f"{text!r} is no datetime") from error


def _six_digits(text: str) -> str:
    """Python 3.10 reads fractions of three or six digits only."""
    return re.sub(r"\.(\d{1,6})\d*", lambda match: "." + match.group(1).ljust(6, "0"), text)
