# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading of WS-Management responses, strictly by namespace and by direct children."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman import namespaces as ns
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanProtocolError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.faults import parse_fault
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.markup import (
    child,
    children,
    local_name,
    own_text,
    parse,
)


@dataclass(frozen=True)
class Response:
    """An HTTP response with a body: ``status`` is 200, or 500 for a fault."""

    document: bytes | str
    status: int = 200


@dataclass(frozen=True)
class Batch:
    """Part of an enumeration. ``context`` is None when the server gave none; ``ended`` means EndOfSequence.

    A context is nearly always text, but what is in it is the server's own business (WS-Enumeration 3.1):
    it goes back as it came.
    """

    items: tuple[ET.Element, ...]
    context: ET.Element | None
    ended: bool


def open_response(response: Response, message_id: str) -> ET.Element:
    """The ``s:Body`` of a response to the message. Raises WsmanFault for a fault, WsmanProtocolError for nonsense."""
    envelope = parse(response.document)
    if envelope.tag != f"{{{ns.SOAP}}}Envelope":
        raise WsmanProtocolError(
            f"the response is not a SOAP 1.2 envelope but begins with the element {local_name(envelope)}"
        )
    _check_relation(envelope, message_id)
    body = child(envelope, ns.SOAP, "Body")
    if body is None:
        raise WsmanProtocolError("the response has no SOAP body")
    fault = child(body, ns.SOAP, "Fault")
    if fault is not None:
        raise parse_fault(fault, response.status)
    return body


def _check_relation(envelope: ET.Element, message_id: str) -> None:
    """A response that relates to nothing is accepted: the one that carries an MSFT_WmiError does not."""
    header = child(envelope, ns.SOAP, "Header")
    if header is None:
        return
    related = {own_text(element).strip().lower() for element in children(header, ns.ADDRESSING, "RelatesTo")}
    related -= {"", ns.UNSPECIFIED_MESSAGE}
    if related and message_id.lower() not in related:
        raise WsmanProtocolError("the response relates to another message than the one that was sent")


def only_content(body: ET.Element, what: str) -> ET.Element:
    """The first element of a body. Raises WsmanProtocolError when it is empty."""
    content = next(iter(body), None)
    if content is None:
        raise WsmanProtocolError(f"the response holds no {what}")
    return content


def method_output(body: ET.Element, method: str) -> ET.Element:
    """``<Method>_OUTPUT``, matched by local name: some servers use the DMTF namespace for it."""
    expected = f"{method}_OUTPUT".lower()
    for element in body:
        if local_name(element).lower() == expected:
            return element
    raise WsmanProtocolError(f"the response holds no {method}_OUTPUT")


def enumerate_batch(body: ET.Element) -> Batch:
    """Read an EnumerateResponse, whose Items and EndOfSequence are in the WS-Man namespace."""
    return _batch(body, "EnumerateResponse", ns.WSMAN, ns.ENUMERATION)


def pull_batch(body: ET.Element) -> Batch:
    """Read a PullResponse, whose Items and EndOfSequence are in the enumeration namespace."""
    return _batch(body, "PullResponse", ns.ENUMERATION, ns.WSMAN)


def _batch(body: ET.Element, name: str, namespace: str, other: str) -> Batch:
    response = child(body, ns.ENUMERATION, name)
    if response is None:
        raise WsmanProtocolError(f"the response holds no {name}")
    if children(response, other, "Items") or children(response, other, "EndOfSequence"):
        # Passing over them would lose instances without a word.
        raise WsmanProtocolError(f"the items of the {name} are in a namespace that belongs to another message")
    return Batch(
        items=tuple(item for items in children(response, namespace, "Items") for item in items),
        context=_context(response),
        ended=bool(children(response, namespace, "EndOfSequence")),
    )


def _context(response: ET.Element) -> ET.Element | None:
    """The context with something in it; an empty one says that there is nothing to continue with."""
    context = child(response, ns.ENUMERATION, "EnumerationContext")
    if context is None or not (len(context) or (context.text or "").strip()):
        return None
    return context
