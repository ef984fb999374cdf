# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Building of WS-Management requests: one function for the envelope, one for each body."""

from __future__ import annotations

import copy
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman import namespaces as ns
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.markup import serialize

MUST_UNDERSTAND = {f"{{{ns.SOAP}}}mustUnderstand": "true"}

NAMESPACE_SELECTOR = "__cimnamespace"
"""Goes first in a selector set: some servers read the others in the light of it."""


@dataclass(frozen=True)
class Request:
    """A message ready to be sent, and the ID its response must relate to."""

    message_id: str
    document: bytes


@dataclass(frozen=True)
class HeaderSettings:
    """What is the same in every request of a session. ``operation_timeout`` in seconds, envelope size in bytes."""

    to: str
    operation_timeout: float
    max_envelope_size: int
    locale: str = "en-US"


def build_request(
    settings: HeaderSettings,
    action: str,
    resource_uri: str,
    body: ET.Element | None = None,
    selectors: Mapping[str, str] | None = None,
) -> Request:
    """Wrap a body (None for an empty one) into an envelope. Raises WsmanRequestError for values XML cannot carry."""
    message_id = f"uuid:{str(uuid.uuid4()).upper()}"
    envelope = ET.Element(_name(ns.SOAP, "Envelope"))
    header = ET.SubElement(envelope, _name(ns.SOAP, "Header"))
    _add(header, ns.ADDRESSING, "To", settings.to)
    # Windows wants ResourceURI before SelectorSet.
    _add(header, ns.WSMAN, "ResourceURI", resource_uri, MUST_UNDERSTAND)
    reply_to = _add(header, ns.ADDRESSING, "ReplyTo")
    _add(reply_to, ns.ADDRESSING, "Address", ns.ANONYMOUS, MUST_UNDERSTAND)
    _add(header, ns.ADDRESSING, "Action", action, MUST_UNDERSTAND)
    _add(header, ns.WSMAN, "MaxEnvelopeSize", str(settings.max_envelope_size), MUST_UNDERSTAND)
    _add(header, ns.ADDRESSING, "MessageID", message_id)
    # Asks for fault texts in English where the server has them; nothing depends on the response's language.
    _add(header, ns.WSMAN, "Locale", None, {_name(ns.XML, "lang"): settings.locale, **_need_not_understand()})
    _add(header, ns.WSMAN, "OperationTimeout", duration(settings.operation_timeout))
    if selectors:
        _add_selectors(header, selectors)
    body_element = ET.SubElement(envelope, _name(ns.SOAP, "Body"))
    if body is not None:
        body_element.append(body)
    return Request(message_id, serialize(envelope))


def duration(seconds: float) -> str:
    """Seconds as an xs:duration: 20 is ``PT20.0S``. DSP0226 R8.1; Windows takes three fraction digits."""
    text = f"{max(seconds, 0.001):.3f}".rstrip("0")
    return f"PT{text}0S" if text.endswith(".") else f"PT{text}S"


def enumerate_body(max_elements: int, wql: str | None) -> ET.Element:
    """Body of Enumerate: optimized, so that a short result needs no Pull at all."""
    body = ET.Element(_name(ns.ENUMERATION, "Enumerate"))
    _add(body, ns.WSMAN, "OptimizeEnumeration")
    _add(body, ns.WSMAN, "MaxElements", str(max_elements))
    if wql is not None:
        _add(body, ns.WSMAN, "Filter", wql, {"Dialect": ns.WQL_DIALECT})
    return body


def pull_body(context: ET.Element, max_elements: int) -> ET.Element:
    """Body of Pull. Its MaxElements is in the enumeration namespace, unlike the one of Enumerate."""
    body = ET.Element(_name(ns.ENUMERATION, "Pull"))
    _add_context(body, context)
    _add(body, ns.ENUMERATION, "MaxElements", str(max_elements))
    return body


def release_body(context: ET.Element) -> ET.Element:
    """Build the body of a Release message."""
    body = ET.Element(_name(ns.ENUMERATION, "Release"))
    _add_context(body, context)
    return body


def _add_context(body: ET.Element, context: ET.Element) -> None:
    """What the server put into its context; a copy, for a Release may have to say it again."""
    element = _add(body, ns.ENUMERATION, "EnumerationContext")
    element.text = context.text if len(context) else (context.text or "").strip()
    element.extend(copy.deepcopy(part) for part in context)


def _add_selectors(header: ET.Element, selectors: Mapping[str, str]) -> None:
    selector_set = _add(header, ns.WSMAN, "SelectorSet")
    for name in sorted(selectors, key=lambda name: name.lower() != NAMESPACE_SELECTOR):
        _add(selector_set, ns.WSMAN, "Selector", selectors[name], {"Name": name})


def _need_not_understand() -> dict[str, str]:
    return {_name(ns.SOAP, "mustUnderstand"): "false"}


def _add(
    parent: ET.Element, namespace: str, name: str, text: str | None = None, attributes: Mapping[str, str] | None = None
) -> ET.Element:
    element = ET.SubElement(parent, _name(namespace, name), dict(attributes or {}))
    element.text = text
    return element


def _name(namespace: str, local: str) -> str:
    return f"{{{namespace}}}{local}"
