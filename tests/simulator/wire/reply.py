# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The envelope of a reply."""

from __future__ import annotations

from tests.simulator import surroundings
from tests.simulator.model.fleet import Server
from tests.simulator.wire import names
from tests.simulator.wire.faults import FaultError, render_fault
from tests.simulator.wire.request import Request
from tests.simulator.wire.xml import Node

_ACTIVITY_ID_SINCE = (6, 2)


def envelope_limit(server: Server, request: Request) -> int:
    """Bytes that an envelope may have: the smaller of what the server is set to and what the request allows."""
    limit = server.info.dialect.max_envelope_size_kb
    if limit is None:
        limit = 150 if server.info.windows_release == "2008_r2" else 500
    return min(limit * 1024, request.max_envelope_size or limit * 1024)


def render_reply(server: Server, request: Request, action: str, body: Node | None) -> str:
    """The envelope; raises the fault for one that is larger than allowed, whatever was done by then."""
    text = _envelope(server, action, request.message_id, request, body).render()
    limit = envelope_limit(server, request)
    if len(text) > limit or len(text.encode()) > limit:
        raise FaultError("s:Receiver", server.info.dialect.envelope_fault, names.ENVELOPE_TOO_LARGE)
    return text


def render_fault_reply(server: Server, request: Request | None, fault: FaultError) -> str:
    """The envelope of a fault; with MSFT_WmiError in it, Windows leaves RelatesTo out."""
    dialect = server.info.dialect
    relates_to = request.message_id if request else fault.message_id
    if dialect.wmi_error_detail and not dialect.empty_fault_detail:
        relates_to = ""
    body = render_fault(fault, dialect, server.info.ui_language, server.fqdn)
    return _envelope(server, fault.action, relates_to, request, body).render()


def _envelope(server: Server, action: str, relates_to: str, request: Request | None, body: Node | None) -> Node:
    header = Node(
        "s:Header",
        Node("a:Action", action),
        Node("a:MessageID", f"uuid:{surroundings.unique_id()}"),
    )
    wants_activity_id = server.info.dialect.activity_id
    if wants_activity_id is None:
        wants_activity_id = server.release_number >= _ACTIVITY_ID_SINCE
    if wants_activity_id:
        activity = Node("p:ActivityId", surroundings.unique_id()).with_attributes({"s:mustUnderstand": "false"})
        header.add(activity)
    if request is not None and request.operation_id is not None:
        operation = Node("p:OperationID", request.operation_id).with_attributes({"s:mustUnderstand": "false"})
        header.add(operation, Node("p:SequenceId", request.sequence_id or "1"))
    header.add(Node("a:To", names.ANONYMOUS))
    if relates_to:
        header.add(Node("a:RelatesTo", relates_to))
    return Node("s:Envelope", header, Node("s:Body", *([] if body is None else [body]))).with_attributes(
        {
            "xml:lang": server.info.ui_language,
            "xmlns:s": names.SOAP,
            "xmlns:a": names.ADDRESSING,
            "xmlns:x": names.TRANSFER,
            "xmlns:n": names.ENUMERATION,
            "xmlns:w": names.WSMAN,
            "xmlns:p": names.MICROSOFT,
        }
    )
