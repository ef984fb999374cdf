# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the bytes of a request to the bytes of its reply: rights, misbehaviour, operation, journal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.simulator import surroundings
from tests.simulator.control.journal import Journal, masked_arguments
from tests.simulator.control.misbehaviour import Misbehaviour, Rule
from tests.simulator.control.read_forms import ReadForms
from tests.simulator.model.fleet import Account, Fleet, Server
from tests.simulator.wire import enumeration, names, operations
from tests.simulator.wire.contexts import Contexts
from tests.simulator.wire.faults import FaultError, WmiDetail, access_denied_fault
from tests.simulator.wire.operations import Answer, Work
from tests.simulator.wire.reply import render_fault_reply, render_reply
from tests.simulator.wire.request import Request, parse_request
from tests.simulator.wire.target import Kind, Target, target_of
from tests.simulator.wmi.provider import Call
from tests.simulator.wmi.repository import PROVIDERS
from tests.simulator.wmi.schema import find_class

_OPERATIONS: dict[Kind, Callable[[Work], Answer]] = {
    "get": operations.get,
    "put": operations.put,
    "invoke": operations.invoke,
    "enumerate": enumeration.enumerate_,
    "pull": enumeration.pull,
    "release": enumeration.release,
}


class DropError(Exception):
    """Close the connection without an answer."""


@dataclass(frozen=True)
class Response:
    status: int
    text: str


class Engine:
    """Executes the messages of all servers."""

    def __init__(self, fleet: Fleet, journal: Journal, misbehaviour: Misbehaviour) -> None:
        self.fleet = fleet
        self.journal = journal
        self.misbehaviour = misbehaviour
        self.read_forms = ReadForms()
        self.crashes: list[str] = []
        self.contexts = {
            name: Contexts(server.info.dialect.max_operations_per_user) for name, server in fleet.servers.items()
        }

    def handle(self, server_name: str, account: Account, data: bytes) -> Response:
        """Answer one message; raises DropError when told to misbehave that way."""
        server = self.fleet.servers[server_name]
        request: Request | None = None
        try:
            request = parse_request(data)
            if not account.is_administrator and not account.rights.remote_management:
                raise access_denied_fault(server.info.dialect)
            target = target_of(request)
        except FaultError as fault:
            self._note_refused(server, account, request, fault)
            return Response(500, render_fault_reply(server, request, fault))
        work = Work(request, target, Call(self.fleet, server, account), self.contexts[server_name], target.class_name)
        rule = self.misbehaviour.take(server_name, target.kind, target.class_name, target.method)
        return self._misbehave(work, rule) if rule else self._behave(work)

    def _behave(self, work: Work, delay: float = 0.0) -> Response:
        """Do the work after what it takes; past OperationTimeout the answer is TimedOut and the work goes on."""
        delay += _latency(work)
        allowed = work.request.operation_timeout
        if allowed is not None and delay > allowed:
            surroundings.sleep(allowed)
            surroundings.later(delay - allowed, lambda: self._work(work, note="after TimedOut: "))
            return Response(500, render_fault_reply(work.call.server, work.request, _timed_out()))
        surroundings.sleep(delay)
        return self._work(work)

    def _work(self, work: Work, note: str = "") -> Response:
        """Do the work under the fleet's lock, save what changed, write the journal."""
        server = work.call.server
        with self.fleet.lock:
            try:
                answer = _OPERATIONS[work.target.kind](work)
                response = Response(200, render_reply(server, work.request, answer.action, answer.body))
            except FaultError as fault:
                work.outcome = fault.summary()
                response = Response(500, render_fault_reply(server, work.request, fault))
            changed = _may_write(work.target) and self.fleet.save_work(server.name)
            if not _may_write(work.target):
                self.read_forms.note(work.request, work.target, work.arguments)
            self._note(work, note + work.outcome, changed)
        return response

    def _misbehave(self, work: Work, rule: Rule) -> Response:
        if rule.what == "delay":
            return self._behave(work, rule.seconds)
        surroundings.sleep(rule.seconds)
        if rule.what == "drop_after":
            self._work(work, note="dropped after: ")
            raise DropError
        if rule.what == "drop_before":
            self._note(work, "dropped before", False)
            raise DropError
        if rule.has_effect:
            self._work(work, note=f"{rule.what} after: ")
        else:
            self._note(work, f"{rule.what} instead", False)
        return self._told_answer(work, rule)

    def _told_answer(self, work: Work, rule: Rule) -> Response:
        server = work.call.server
        if rule.what == "http":
            return Response(rule.status, rule.text)
        try:
            if rule.what == "timeout":
                raise _timed_out()
            if rule.what == "fault":
                wmi = WmiDetail(rule.wmi_code, "ExecMethod", work.class_name) if rule.wmi_code else None
                raise FaultError(rule.role, rule.subcode, rule.code, wmi=wmi, message=rule.text)
            answer = operations.answer_return_value(work, rule.return_value)
        except FaultError as fault:
            return Response(500, render_fault_reply(server, work.request, fault))
        return Response(200, render_reply(server, work.request, answer.action, answer.body))

    def _note(self, work: Work, outcome: str, changed: bool) -> None:
        self.journal.write(
            {
                "time": _now(),
                "server": work.call.server.name,
                "user": work.call.account.name,
                "action": work.target.kind,
                "class": work.class_name,
                "method": work.target.method,
                "selectors": dict(work.target.resource.keys),
                "arguments": masked_arguments(work.arguments),
                "query": work.target.query_text,
                "outcome": outcome,
                "return_value": work.return_value,
                "writes": _may_write(work.target),
                "changed": changed,
            }
        )

    def _note_refused(self, server: Server, account: Account, request: Request | None, fault: FaultError) -> None:
        self.journal.write(
            {
                "time": _now(),
                "server": server.name,
                "user": account.name,
                "action": request.action if request else "unreadable",
                "class": request.resource_uri if request else "",
                "outcome": fault.summary(),
                "writes": False,
                "changed": False,
            }
        )


def _timed_out() -> FaultError:
    return FaultError("s:Receiver", "w:TimedOut", names.TIMED_OUT)


def _may_write(target: Target) -> bool:
    """Whether the message is of a kind that changes something when it succeeds."""
    if target.kind == "invoke":
        cim_class = find_class(target.resource.namespace, target.class_name)
        method = cim_class.method_named(target.method) if cim_class else None
        return method is None or not method.is_reader
    return target.kind == "put"


def _latency(work: Work) -> float:
    cim_class = find_class(work.target.resource.namespace, work.target.class_name)
    if cim_class is None:
        return 0.0
    return PROVIDERS[cim_class.name].latency(work.call.server, work.target.method)


def _now() -> str:
    return surroundings.utc_now().isoformat(timespec="milliseconds")
