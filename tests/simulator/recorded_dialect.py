# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The dialect of a recorded server: what a fleet file says under `dialect` so that a simulated one answers in its way.

The messages are those of a probe file. What they do not show stays as the simulator has it by default.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

_WMI_CODES = ("2147749890", "2147749904")


def load_dialect(path: Path) -> dict[str, Any]:
    """The dialect out of a probe file."""
    document = json.loads(path.read_text(encoding="utf-8"))
    return dialect_of(document["messages"])


def dialect_of(messages: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The dialect that recorded responses show."""
    texts = [str(message["response"]) for message in messages if message["response"]]
    faults = [text for text in texts if ":Fault>" in text]
    offset = _first(texts, r"T\d\d:\d\d:\d\d(?:\.\d+)?([+-]\d\d:\d\d)<")
    found: dict[str, Any] = {
        "server_2003_enumeration": any(
            "EnumerateResponse>" in text and len(re.findall(r"<p:KeyPackId", text)) > 1 for text in texts
        ),
        "filled_context_at_end": any(
            ":EndOfSequence" in text and re.search(r":EnumerationContext[^>/]*>[^<\s]", text) for text in texts
        ),
        "uppercase_booleans": _any(texts, r">(TRUE|FALSE)<"),
        "plain_datetime": _any(texts, r"<p:\w+>\d{4}-\d\d-\d\dT"),
        "datetime_offset_minutes": None if offset is None else _minutes(offset),
        "dmtf_class_namespace": _any(texts, r"wbem/wscim/1/cim-schema/2/Win32_"),
        "answer_as_subclass": any(not name.startswith("Win32_TS") for name in _licensing_instances(messages)),
        "activity_id": _any(texts, r":ActivityId"),
        "wmi_error_detail": _any(faults, r"MSFT_WmiError"),
        "empty_fault_detail": _any(faults, r"<\w+:Detail\s*/>|<\w+:Detail>\s*</|:Reason>\s*</\w+:Fault>"),
        "empty_reason": _any(faults, r"<\w+:Text[^>/]*>\s*</|<\w+:Text[^>]*/>"),
        "nested_wmi_code": _nested(faults),
    }
    return {name: bool(value) if name not in _VALUES else value for name, value in found.items() if value is not None}


_VALUES = ("datetime_offset_minutes", "nested_wmi_code")


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
        if any(code in re.findall(r'WSManFault[^>]*Code="(\d+)"', text) for code in _WMI_CODES):
            return "fault"
    return None
