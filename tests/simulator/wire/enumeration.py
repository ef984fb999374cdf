# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Enumerate, Pull and Release the Windows way (DSP0226 section 8, [MS-WSMV] 3.1.4.1.10)."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from tests.simulator.wire import names
from tests.simulator.wire.contexts import OpenEnumeration
from tests.simulator.wire.faults import FaultError, WmiError, filter_fault, schema_fault, wmi_fault
from tests.simulator.wire.instances import fragment_node, instance_node
from tests.simulator.wire.operations import Answer, Work, locate
from tests.simulator.wire.reply import envelope_limit
from tests.simulator.wire.resource import missing_code
from tests.simulator.wire.values import Values
from tests.simulator.wire.wql import Query
from tests.simulator.wire.xml import Node
from tests.simulator.wmi.repository import PROVIDERS
from tests.simulator.wmi.schema import CimClass, find_class

_SMALLEST_ENVELOPE = 8192
_CONTEXT_AT_END = "uuid:00000000-0000-0000-0000-000000000000"


class Rendered(Node):
    """Markup that is text already."""

    def __init__(self, text: str) -> None:
        super().__init__("")
        self._text = text

    def _write(self, pieces: list[str]) -> None:
        pieces.append(self._text)


def enumerate_(work: Work) -> Answer:
    """Open an enumeration; optimized, it carries its first item already."""
    body = work.request.body
    assert body is not None
    if body.tag != f"{{{names.ENUMERATION}}}Enumerate":
        raise schema_fault()
    work.contexts.check_quota(work.call.account.name)
    items = _rendered_items(work)
    optimized = body.find(f"{{{names.WSMAN}}}OptimizeEnumeration") is not None
    _positive(body, names.WSMAN, "MaxElements")
    response = Node("n:EnumerateResponse")
    first: list[str] = []
    if optimized:
        # Windows Server 2008 R2 and later: exactly one item, whatever MaxElements says.
        first = items if work.dialect.server_2003_enumeration else items[:1]
    rest = items[len(first) :]
    if optimized and not rest:
        context = _CONTEXT_AT_END if work.dialect.filled_context_at_end else ""
    else:
        owner = work.call.account.name
        context = work.contexts.open(OpenEnumeration(rest, owner, work.request.resource_uri, work.class_name))
    response.add(Node("n:EnumerationContext", context))
    if optimized:
        # An empty w:Items stands there even when nothing was found.
        response.add(Node("w:Items", *[Rendered(item) for item in first]))
        if not rest:
            response.add(Node("w:EndOfSequence"))
    work.outcome = f"{len(first)} of {len(items)} items"
    return Answer(f"{names.ENUMERATE}Response", response)


def pull(work: Work) -> Answer:
    """The next batch: one item without MaxElements, else as many as MaxElements and the envelope allow."""
    body = _body(work, "Pull")
    most = _positive(body, names.ENUMERATION, "MaxElements") or 1
    room = _room(work)
    entry = work.contexts.take(_context(body), work.call.account.name, work.request.resource_uri)
    # The journal names the class, also where a query was asked.
    work.class_name = entry.class_name
    batch = _batch(entry.items, most, room)
    entry.items = entry.items[len(batch) :]
    response = Node("n:PullResponse")
    if entry.items:
        response.add(Node("n:EnumerationContext", work.contexts.keep(entry)))
    response.add(Node("n:Items", *[Rendered(item) for item in batch]))
    if not entry.items:
        response.add(Node("n:EndOfSequence"))
    work.outcome = f"{len(batch)} items, {len(entry.items)} left"
    return Answer(f"{names.PULL}Response", response)


def release(work: Work) -> Answer:
    body = _body(work, "Release")
    work.contexts.take(_context(body), work.call.account.name, work.request.resource_uri)
    return Answer(f"{names.RELEASE}Response", None)


def _room(work: Work) -> int:
    """Characters of items in one reply: half the smaller of the two envelope limits."""
    if (work.request.max_envelope_size or _SMALLEST_ENVELOPE) < _SMALLEST_ENVELOPE:
        raise FaultError("s:Sender", "w:EncodingLimit", names.SCHEMA_VALIDATION)
    return envelope_limit(work.call.server, work.request) // 2


def _batch(items: list[str], most: int, room: int) -> list[str]:
    """As many items as fit, at least one."""
    used = 0
    count = 0
    while count < min(most, len(items)):
        used += len(items[count])
        if count and used > room:
            break
        count += 1
    return items[:count]


def _rendered_items(work: Work) -> list[str]:
    query = work.target.query
    if query is None:
        cim_class, _unused = locate(work, "CreateInstanceEnum")
        rows = _instances(work, cim_class)
        return [instance_node(work.target.resource, cim_class, row, work.dialect).render() for row in rows]
    found = find_class(work.target.resource.namespace, query.class_name)
    namespace = work.target.resource.namespace
    if found is None:
        raise filter_fault(work.target.query_text, namespace, missing_code(namespace))
    work.class_name = found.name
    for name in (*query.columns, *query.names):
        if found.property_named(name) is None:
            raise filter_fault(work.target.query_text, namespace)
    rows = [row for row in _instances(work, found) if query.condition(row)]
    return [_query_item(work, found, query, row) for row in rows]


def _query_item(work: Work, cim_class: CimClass, query: Query, row: Values) -> str:
    if query.columns:
        return fragment_node(cim_class, query.columns, row, work.dialect).render()
    return instance_node(work.target.resource, cim_class, row, work.dialect).render()


def _instances(work: Work, cim_class: CimClass) -> list[Values]:
    try:
        return PROVIDERS[cim_class.name].instances(work.call)
    except WmiError as error:
        namespace = work.target.resource.namespace
        if work.target.query is not None and error.code == names.WBEM_E_INVALID_CLASS:
            raise filter_fault(work.target.query_text, namespace, error.code) from error
        operation = "ExecQuery" if work.target.query is not None else "CreateInstanceEnum"
        raise wmi_fault(error, operation, work.target.query_text or cim_class.name, namespace) from error


def _body(work: Work, name: str) -> ET.Element:
    body = work.request.body
    if body is None or body.tag != f"{{{names.ENUMERATION}}}{name}":
        raise schema_fault()
    return body


def _context(body: ET.Element) -> str:
    element = body.find(f"{{{names.ENUMERATION}}}EnumerationContext")
    if element is None:
        raise schema_fault()
    return element.text or ""


def _positive(body: ET.Element, namespace: str, name: str) -> int | None:
    """MaxElements, which stands in another namespace in Enumerate than in Pull."""
    other = names.ENUMERATION if namespace == names.WSMAN else names.WSMAN
    if body.find(f"{{{other}}}{name}") is not None:
        raise schema_fault()
    element = body.find(f"{{{namespace}}}{name}")
    if element is None:
        return None
    text = (element.text or "").strip()
    if not text.isdigit() or int(text) < 1:
        raise schema_fault()
    return int(text)
