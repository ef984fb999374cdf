# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A WS-Management request as it came in: headers checked, body still XML."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass

from tests.simulator.wire import names
from tests.simulator.wire.faults import FaultError, schema_fault
from tests.simulator.wire.xml import XmlError, local_name, namespace_of, parse

# Headers a Windows host understands; any other with mustUnderstand is a fault.
_UNDERSTOOD = {
    f"{{{names.ADDRESSING}}}{name}" for name in ("To", "Action", "MessageID", "ReplyTo", "From", "FaultTo", "RelatesTo")
} | {
    f"{{{names.WSMAN}}}{name}"
    for name in ("ResourceURI", "SelectorSet", "OptionSet", "OperationTimeout", "MaxEnvelopeSize", "Locale")
} | {
    f"{{{names.MICROSOFT}}}{name}"
    for name in ("SessionId", "OperationID", "SequenceId", "DataLocale", "ActivityId", "CompressionType")
}  # fmt: skip
_DURATION = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?")


@dataclass(frozen=True)
class Request:
    """`selectors` keep their order; `body` is the first element of the SOAP body."""

    action: str
    message_id: str
    resource_uri: str
    selectors: tuple[tuple[str, str], ...] = ()
    max_envelope_size: int | None = None
    operation_timeout: float | None = None
    operation_id: str | None = None
    sequence_id: str | None = None
    session_id: str | None = None
    body: ET.Element | None = None


def parse_request(data: bytes) -> Request:
    """Read the envelope in `data`; raises FaultError when the headers are not those of WS-Management."""
    try:
        envelope = parse(data)
    except XmlError as error:
        raise schema_fault() from error
    if envelope.tag != f"{{{names.SOAP}}}Envelope":
        raise schema_fault()
    header = envelope.find(f"{{{names.SOAP}}}Header")
    body = envelope.find(f"{{{names.SOAP}}}Body")
    if header is None or body is None:
        raise schema_fault()
    message_id = _text(header, names.ADDRESSING, "MessageID") or ""
    try:
        return _read(header, body, message_id)
    except FaultError as fault:
        raise fault.answering(message_id) from None


def _read(header: ET.Element, body: ET.Element, message_id: str) -> Request:
    for child in header:
        understand = child.get(f"{{{names.SOAP}}}mustUnderstand", "false")
        if understand in ("true", "1") and child.tag not in _UNDERSTOOD:
            raise FaultError("s:MustUnderstand", "", names.MUST_UNDERSTAND, parameter=local_name(child.tag))
    action = _text(header, names.ADDRESSING, "Action")
    for name, value in (("Action", action), ("MessageID", message_id)):
        if not value:
            raise FaultError("s:Sender", "a:MessageInformationHeaderRequired", names.HEADER_REQUIRED, parameter=name)
    size = _text(header, names.WSMAN, "MaxEnvelopeSize")
    if size is not None and not size.isdigit():
        raise schema_fault()
    return Request(
        action=action or "",
        message_id=message_id,
        resource_uri=_text(header, names.WSMAN, "ResourceURI") or "",
        selectors=_selectors(header),
        max_envelope_size=int(size) if size else None,
        operation_timeout=_duration(_text(header, names.WSMAN, "OperationTimeout")),
        operation_id=_text(header, names.MICROSOFT, "OperationID"),
        sequence_id=_text(header, names.MICROSOFT, "SequenceId"),
        session_id=_text(header, names.MICROSOFT, "SessionId"),
        body=next(iter(body), None),
    )


def _text(header: ET.Element, namespace: str, name: str) -> str | None:
    element = header.find(f"{{{namespace}}}{name}")
    return None if element is None else (element.text or "").strip()


def _selectors(header: ET.Element) -> tuple[tuple[str, str], ...]:
    """The selectors in order; ResourceURI has to stand before them, __cimnamespace first among them."""
    selector_set = header.find(f"{{{names.WSMAN}}}SelectorSet")
    if selector_set is None:
        return ()
    tags = [child.tag for child in header]
    resource_uri = f"{{{names.WSMAN}}}ResourceURI"
    if resource_uri not in tags or tags.index(resource_uri) > tags.index(selector_set.tag):
        raise schema_fault()
    result = []
    for selector in selector_set:
        name = selector.get("Name")
        if namespace_of(selector.tag) != names.WSMAN or local_name(selector.tag) != "Selector" or not name:
            raise schema_fault()
        result.append((name, selector.text or ""))
    if "__cimnamespace" in [name.lower() for name, _unused in result[1:]]:
        raise FaultError("s:Sender", "w:InvalidSelectors", names.INVALID_SELECTORS)
    return tuple(result)


def _duration(text: str | None) -> float | None:
    """Seconds of an xs:duration such as PT60S or PT1M0.500S."""
    if text is None:
        return None
    match = _DURATION.fullmatch(text)
    if match is None or text == "PT":
        raise schema_fault()
    hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds
