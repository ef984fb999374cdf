# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of a recorded server: what a fleet file says of a server so that a simulated one answers as it did.

The messages are those of a probe file. What they do not show stays as the simulator has it by default.
"""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.simulator.wire.declarations import declaration_node
from tests.simulator.wire.xml import parse
from tests.simulator.wmi.schema import classes

_WMI_CODES = ("2147749890", "2147749904")
Recorded = dict[str, dict[str, Any]]
"""The keys of a server that the recording decides, C(dialect) and C(behaviour), as in a fleet file."""


def load_recorded(path: Path) -> Recorded:
    """What a probe file says of its server. Raises OSError, ValueError or KeyError for another file."""
    document = json.loads(path.read_text(encoding="utf-8"))
    return recorded_way(document["messages"])


def recorded_way(messages: Iterable[Mapping[str, Any]]) -> Recorded:
    """The dialect and the choices of behavior that recorded responses show."""
    messages = list(messages)
    return {"dialect": _dialect(messages), "behaviour": _behaviour(messages)}


def _dialect(messages: list[Mapping[str, Any]]) -> dict[str, Any]:
    texts = [str(message["response"]) for message in messages if message["response"]]
    faults = [text for text in texts if ":Fault>" in text]
    offset = _first(texts, r"T\d\d:\d\d:\d\d(?:\.\d+)?([+-]\d\d:\d\d)<")
    found: dict[str, Any] = {
        "server_2003_enumeration": any(
            "EnumerateResponse>" in text and len(re.findall(r"<(?:\w+:)?KeyPackId\b", text)) > 1 for text in texts
        ),
        "filled_context_at_end": any(
            ":EndOfSequence" in text and re.search(r":EnumerationContext[^>/]*>[^<\s]", text) for text in texts
        ),
        "uppercase_booleans": _any(texts, r">(TRUE|FALSE)<"),
        "plain_datetime": _any(texts, r"<(?:p:)?(?!Datetime)\w+>\d{4}-\d\d-\d\dT"),
        "datetime_offset_minutes": None if offset is None else _minutes(offset),
        "dmtf_class_namespace": _any(texts, r"wbem/wscim/1/cim-schema/2/Win32_"),
        "answer_as_subclass": any(not name.startswith("Win32_TS") for name in _licensing_instances(messages)),
        "activity_id": _any(texts, r":ActivityId"),
        "wmi_error_detail": _any(faults, r"MSFT_WmiError"),
        "empty_fault_detail": _any(faults, r"<\w+:Detail\s*/>|<\w+:Detail>\s*</|:Reason>\s*</\w+:Fault>"),
        "empty_reason": _any(faults, r"<\w+:Text[^>/]*>\s*</|<\w+:Text[^>]*/>"),
        "nested_wmi_code": _nested(faults),
        **_declared(messages),
    }
    return {name: value for name, value in found.items() if value is not None}


def _behaviour(messages: list[Mapping[str, Any]]) -> dict[str, Any]:
    contact = "".join(str(each["response"]) for each in messages if each["read"] == "license server")
    ends = re.findall(r"_OUTPUT.*?ReturnValue>(\d+)<", "".join(
        str(each["response"]) for each in messages if each["read"] == "report entries"
    ), re.DOTALL)  # fmt: skip
    found: dict[str, Any] = {}
    if contact:
        found["unset_contact"] = "empty" if re.search(r"<p:\w+></p:\w+>", contact) else "null"
    if ends:
        found["report_end"] = {"16385": "0x4001", "4001": "4001"}.get(ends[-1], "success")
    return found


def _declared(messages: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Whether classes are declared, and what of them otherwise than here."""
    texts = [str(each["response"]) for each in messages if str(each["read"]).startswith("declaration of")]
    found = [match.group() for text in texts for match in re.finditer(r"<CLASS .*</CLASS>", text, re.DOTALL)]
    if not texts:
        return {}
    otherwise: dict[str, str] = {}
    for element in map(parse, (text.encode() for text in found)):
        otherwise.update(_otherwise(element))
    return {"class_declarations": bool(found), "declared_otherwise": otherwise}


def _otherwise(recorded: ET.Element) -> dict[str, str]:
    cim_class = classes().get(recorded.get("NAME", ""))
    if cim_class is None:
        return {}
    here, there = (_types(each) for each in (parse(declaration_node(cim_class, {}).render().encode()), recorded))
    return {path: there.get(path, "") for path, kind in here.items() if there.get(path) != kind}


def _types(element: ET.Element, path: str = "") -> dict[str, str]:
    """Path to type of everything in a class declaration."""
    path = f"{path}.{element.get('NAME')}" if path else str(element.get("NAME"))
    found = {path: element.get("TYPE", "")} if element.tag != "CLASS" else {}
    for child in element:
        found.update(_types(child, path))
    return found


def _any(texts: Iterable[str], pattern: str) -> bool:
    compiled = re.compile(pattern, re.DOTALL)
    return any(compiled.search(text) for text in texts)


def _first(texts: Iterable[str], pattern: str) -> str | None:
    compiled = re.compile(pattern)
    return next((match.group(1) for match in map(compiled.search, texts) if match), None)


def _minutes(offset: str) -> int:
    hours, minutes = offset[1:].split(":")
    return (int(hours) * 60 + int(minutes)) * (-1 if offset[0] == "-" else 1)


def _licensing_instances(messages: Iterable[Mapping[str, Any]]) -> list[str]:
    texts = [str(each["response"]) for each in messages if each["read"] in ("license server", "key packs")]
    return [name for text in texts for name in re.findall(r'xsi:type="\w+:(\w+)_Type"', text) if "__" not in name]


def _nested(faults: Iterable[str]) -> str | None:
    """Where the WMI code of something absent stands; None where no fault shows it."""
    for text in faults:
        if re.search(r":StatusCode[^>/]*>\d+", text):
            return "extended_status"
        codes = re.findall(r'WSManFault[^>]*Code="(\d+)"', text)
        if any(code in codes for code in _WMI_CODES):
            return "fault"
        reason = re.search(r":Text[^>/]*>([^<]+)<", text)
        inner = re.findall(r":Message>([^<]+)</", text)
        if reason and inner and len(codes) > 1:
            return "repeated" if inner[-1] == reason.group(1) else "none"
    return None
