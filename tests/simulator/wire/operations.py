# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Get, Put and Invoke against the providers."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.simulator.model.description import Dialect
from tests.simulator.wire import names
from tests.simulator.wire.contexts import Contexts
from tests.simulator.wire.declarations import declaration_node
from tests.simulator.wire.faults import FaultError, WmiDetail, WmiError, schema_fault, selector_fault, wmi_fault
from tests.simulator.wire.instances import answered_name, class_namespace, instance_node, output_node, read_values
from tests.simulator.wire.request import Request
from tests.simulator.wire.resource import not_found
from tests.simulator.wire.target import Target
from tests.simulator.wire.values import Values
from tests.simulator.wire.xml import Node
from tests.simulator.wmi.provider import Call, Outcome, Provider
from tests.simulator.wmi.repository import PROVIDERS
from tests.simulator.wmi.schema import CimClass, Method


@dataclass
class Work:
    """One request on its way through; the operation fills in what the journal wants to know."""

    request: Request
    target: Target
    call: Call
    contexts: Contexts
    class_name: str = ""
    arguments: Values = field(default_factory=dict)
    outcome: str = "ok"
    return_value: int | None = None

    @property
    def dialect(self) -> Dialect:
        return self.call.server.info.dialect


@dataclass(frozen=True)
class Answer:
    """The action of the reply and its body; `body` None is an empty body."""

    action: str
    body: Node | None


def get(work: Work) -> Answer:
    if work.target.resource.is_declaration:
        return Answer(f"{names.GET}Response", _declaration(work))
    cim_class, provider = locate(work, "GetObject")
    values = _instance(work, cim_class, provider, "GetObject")
    return Answer(f"{names.GET}Response", instance_node(work.target.resource, cim_class, values, work.dialect))


def _declaration(work: Work) -> Node:
    """How the class is declared; a host without WinRM 3.0 does not know such a resource."""
    resource = work.target.resource
    if not work.dialect.class_declarations:
        detail = f"{names.FAULT_DETAIL}InvalidResourceURI"
        raise FaultError("s:Sender", "a:DestinationUnreachable", names.RESOURCE_NOT_FOUND, detail=detail)
    return declaration_node(resource.cim_class("GetClass"), work.dialect.declared_otherwise)


def put(work: Work) -> Answer:
    """Replace the instance by the whole one in the body; what is read-only has to come back as it was."""
    cim_class, provider = locate(work, "PutInstance")
    old = _instance(work, cim_class, provider, "PutInstance")
    if work.request.body is None:
        raise schema_fault()
    uri = class_namespace(work.target.resource, answered_name(cim_class, work.dialect), work.dialect)
    types = {prop.name: prop.type for prop in cim_class.properties.values()}
    new = read_values(work.request.body, types, uri)
    if any(prop.writable and name not in new for name, prop in cim_class.properties.items()):
        raise schema_fault()
    changed = {name: value for name, value in new.items() if value != old[name]}
    work.arguments = changed
    if any(not cim_class.properties[name].writable for name in changed):
        raise _as_fault(work, WmiError(names.WBEM_E_READ_ONLY), "PutInstance")
    try:
        provider.put(work.call, old, {**old, **new})
    except WmiError as error:
        raise _as_fault(work, error, "PutInstance") from error
    values = _instance(work, cim_class, provider, "GetObject")
    return Answer(f"{names.PUT}Response", instance_node(work.target.resource, cim_class, values, work.dialect))


def invoke(work: Work) -> Answer:
    cim_class, provider = locate(work, "ExecMethod")
    method = cim_class.method_named(work.target.method)
    if method is None:
        raise _as_fault(work, WmiError(names.WBEM_E_INVALID_METHOD), "ExecMethod")
    work.arguments = _arguments(work, cim_class, method)
    instance = None
    if not method.is_static:
        instance = _instance(work, cim_class, provider, "ExecMethod")
    try:
        outcome = provider.invoke(work.call, method.name, work.arguments, instance)
    except WmiError as error:
        raise _as_fault(work, error, "ExecMethod") from error
    work.outcome = f"returned {outcome.return_value:#x}" if outcome.return_value else "returned 0"
    work.return_value = outcome.return_value
    return _output(work, cim_class, method, outcome)


def answer_return_value(work: Work, return_value: int) -> Answer:
    """An Invoke reply with that return value and nothing done; for misbehaviour."""
    cim_class, _unused = locate(work, "ExecMethod")
    method = cim_class.method_named(work.target.method)
    if method is None:
        raise _as_fault(work, WmiError(names.WBEM_E_INVALID_METHOD), "ExecMethod")
    work.outcome = f"returned {return_value:#x} (told to)"
    work.return_value = return_value
    return _output(work, cim_class, method, Outcome(return_value))


def _output(work: Work, cim_class: CimClass, method: Method, outcome: Outcome) -> Answer:
    node = output_node(
        work.target.resource,
        cim_class,
        method.name,
        method.outputs,
        outcome.values,
        outcome.return_value,
        work.dialect,
    )
    return Answer(f"{work.request.resource_uri}/{method.name}Response", node)


def locate(work: Work, operation: str) -> tuple[CimClass, Provider]:
    """Class and provider of the target; raises the fault for a class this server lacks."""
    cim_class = work.target.resource.cim_class(operation)
    work.class_name = cim_class.name
    return cim_class, PROVIDERS[cim_class.name]


def _instance(work: Work, cim_class: CimClass, provider: Provider, operation: str) -> Values:
    """The instance the selectors name; raises the fault for selectors that are no keys or name nothing."""
    resource = work.target.resource
    given = {name.lower(): value for name, value in resource.keys}
    keys = {name.lower(): name for name in cim_class.keys}
    if not cim_class.is_singleton and not given:
        wmi = WmiDetail(names.WBEM_E_INVALID_PARAMETER, operation, cim_class.name, resource.namespace)
        raise FaultError("s:Sender", "w:InvalidSelectors", names.NO_KEYS_GIVEN, wmi=wmi)
    if set(given) != set(keys) or len(given) != len(resource.keys):
        raise selector_fault()
    try:
        values = provider.find(work.call, {keys[name]: value for name, value in given.items()})
    except WmiError as error:
        raise _as_fault(work, error, operation) from error
    if values is None:
        raise not_found(resource, operation, names.WBEM_E_NOT_FOUND)
    return values


def _arguments(work: Work, cim_class: CimClass, method: Method) -> Values:
    body = work.request.body
    if body is None:
        if method.inputs:
            raise schema_fault()
        return {}
    if not body.tag.lower().endswith(f"}}{method.name}_input".lower()):
        raise schema_fault()
    return read_values(body, method.inputs, work.target.resource.uri_of(work.target.resource.class_name))


def _as_fault(work: Work, error: WmiError, operation: str) -> FaultError:
    parameter = work.class_name + (f".{work.target.method}" if work.target.method else "")
    return wmi_fault(error, operation, parameter, work.target.resource.namespace)
