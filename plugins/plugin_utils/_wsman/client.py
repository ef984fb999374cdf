# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WS-Management operations over any transport: Get, Put, Enumerate, Pull, Release, Invoke."""

from __future__ import annotations

import enum
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman import namespaces as ns
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman import responses
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.envelope import (
    HeaderSettings,
    build_request,
    enumerate_body,
    pull_body,
    release_body,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanFault,
    WsmanProtocolError,
    WsmanTimeout,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.faults import (
    is_timeout,
    refused_before_running,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.responses import Batch, Response

_Result = TypeVar("_Result")

MAX_ELEMENTS = 32000
"""Asked for in Enumerate and Pull. The server's envelope size cuts a batch long before."""


class Effect(enum.Enum):
    """What sending a message twice would do."""

    READ = "reads; sending it twice is harmless"
    STEP = "moves an enumeration on; must not be sent twice, but changes nothing else"
    CHANGE = "may change something; must never be sent twice"


class MessageTransport(Protocol):
    """Carries one message and brings its response."""

    def send(self, message: bytes, effect: Effect) -> Response:
        """Send a message. Raises the errors of the ``errors`` module."""

    def close(self) -> None:
        """Close the connection; may be called more than once."""


class WsmanClient:
    """One WS-Management server. Knows messages, no CIM types: instances go in and out as elements."""

    def __init__(
        self, transport: MessageTransport, headers: HeaderSettings, operation_timeout_setting: str = "operation timeout"
    ) -> None:
        self._transport = transport
        self._headers = headers
        self._timeout_setting = operation_timeout_setting
        self.received_bytes = 0
        """How much came in responses so far."""

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()

    def get(self, uri: str, selectors: Mapping[str, str] | None = None) -> ET.Element:
        """The instance at an address; a singleton needs no selectors."""
        body = self._send(ns.ACTION_GET, uri, None, selectors, Effect.READ)
        return self._understood(Effect.READ, lambda: responses.only_content(body, "instance"))

    def put(self, uri: str, instance: ET.Element, selectors: Mapping[str, str] | None = None) -> ET.Element | None:
        """Replace an instance. Returns it as the server now has it, None when the server does not say."""
        body = self._send(ns.ACTION_PUT, uri, instance, selectors, Effect.CHANGE)
        return next(iter(body), None)

    def invoke(
        self,
        uri: str,
        method: str,
        arguments: ET.Element,
        selectors: Mapping[str, str] | None = None,
        effect: Effect = Effect.CHANGE,
    ) -> ET.Element:
        """Call a method with its ``_INPUT`` element. Returns the ``_OUTPUT`` element."""
        body = self._send(f"{uri}/{method}", uri, arguments, selectors, effect)
        return self._understood(effect, lambda: responses.method_output(body, method))

    def enumerate(self, uri: str, wql: str | None = None) -> Batch:
        """Start an enumeration, of a class or by a WQL query."""
        body = self._send(ns.ACTION_ENUMERATE, uri, enumerate_body(MAX_ELEMENTS, wql), None, Effect.READ)
        return self._understood(Effect.READ, lambda: responses.enumerate_batch(body))

    def pull(self, uri: str, context: ET.Element) -> Batch:
        """Fetch the next batch; the context given is used up by that."""
        body = self._send(ns.ACTION_PULL, uri, pull_body(context, MAX_ELEMENTS), None, Effect.STEP)
        return self._understood(Effect.STEP, lambda: responses.pull_batch(body))

    def release(self, uri: str, context: ET.Element) -> None:
        """Give up an enumeration that was not read to its end."""
        self._send(ns.ACTION_RELEASE, uri, release_body(context), None, Effect.STEP)

    def _send(
        self, action: str, uri: str, body: ET.Element | None, selectors: Mapping[str, str] | None, effect: Effect
    ) -> ET.Element:
        request = build_request(self._headers, action, uri, body, selectors)
        response = self._transport.send(request.document, effect)
        self.received_bytes += len(response.document)
        try:
            return self._understood(effect, lambda: responses.open_response(response, request.message_id))
        except WsmanFault as fault:
            raise self._meaning(fault, effect) from None

    @staticmethod
    def _understood(effect: Effect, read: Callable[[], _Result]) -> _Result:
        """Run a reader of a response; a response nobody understands leaves only a change in doubt."""
        try:
            return read()
        except WsmanProtocolError as error:
            error.outcome_unknown = effect is Effect.CHANGE
            raise

    def _meaning(self, fault: WsmanFault, effect: Effect) -> WsmanFault | WsmanTimeout:
        changing = effect is Effect.CHANGE
        if not is_timeout(fault):
            fault.outcome_unknown = changing and not refused_before_running(fault)
            return fault
        # [MS-WSMV] 3.1.4.1: the service stops waiting, the provider may go on working.
        timeout = WsmanTimeout(
            "the server stopped waiting for the operation, which may continue there. It waits for"
            f" {self._headers.operation_timeout:g} s ({self._timeout_setting}) or for its own MaxTimeoutms (60 s by"
            f" default), whichever is less; raise both if the operation needs longer ({fault})",
            outcome_unknown=changing,
        )
        timeout.fault = fault
        return timeout
