# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a request wants: the operation, the class and, for Invoke, the method."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from typing import Literal

from tests.simulator.wire import names
from tests.simulator.wire.faults import FaultError, filter_fault, schema_fault
from tests.simulator.wire.request import Request
from tests.simulator.wire.resource import ALL, Resource, resource_of
from tests.simulator.wire.wql import Query, QueryError, parse_query

Kind = Literal["get", "put", "enumerate", "pull", "release", "invoke"]
_KINDS: dict[str, Kind] = {
    names.GET: "get",
    names.PUT: "put",
    names.ENUMERATE: "enumerate",
    names.PULL: "pull",
    names.RELEASE: "release",
}


@dataclass(frozen=True)
class Target:
    """`query` stands for an Enumerate with a WQL filter."""

    kind: Kind
    resource: Resource
    class_name: str
    method: str = ""
    query: Query | None = None
    query_text: str = ""


def target_of(request: Request) -> Target:
    """Sort the request; raises FaultError for actions and resources that are none."""
    resource = resource_of(request)
    kind = _KINDS.get(request.action)
    if kind is None:
        return Target("invoke", resource, resource.class_name, _method(request))
    if kind != "enumerate":
        if resource.class_name == ALL and kind in ("get", "put"):
            raise FaultError("s:Sender", "a:ActionNotSupported", names.ACTION_NOT_SUPPORTED)
        return Target(kind, resource, resource.class_name)
    text = _filter(request)
    if text is None:
        if resource.class_name == ALL:
            raise filter_fault("", resource.namespace)
        return Target(kind, resource, resource.class_name)
    if resource.class_name != ALL:
        # A query goes to the namespace, not to a class.
        raise filter_fault(text, resource.namespace)
    try:
        query = parse_query(text)
    except QueryError as error:
        raise filter_fault(text, resource.namespace) from error
    return Target(kind, resource, query.class_name, query=query, query_text=text)


def _method(request: Request) -> str:
    uri, _separator, method = request.action.rpartition("/")
    if uri.lower() != request.resource_uri.lower() or not method:
        raise FaultError("s:Sender", "a:ActionNotSupported", names.ACTION_NOT_SUPPORTED)
    return method


def _filter(request: Request) -> str | None:
    """The text of w:Filter, or None; only WQL is a dialect here."""
    body = _enumerate_body(request)
    element = body.find(f"{{{names.WSMAN}}}Filter")
    if element is None:
        return None
    if element.get("Dialect", "") != names.WQL_DIALECT:
        raise FaultError("s:Sender", "n:FilterDialectRequestedUnavailable", names.FILTER_DIALECT)
    return element.text or ""


def _enumerate_body(request: Request) -> ET.Element:
    if request.body is None or request.body.tag != f"{{{names.ENUMERATION}}}Enumerate":
        raise schema_fault()
    return request.body
