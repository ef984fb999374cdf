# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Strict scripts of WS-Management messages for unit tests.

A script is the exact list of requests that must come, in order, each with its answer. A request that is missing, extra,
out of order or malformed fails the test::

    def test_reads_the_company():
        with WsmanScript(
            Exchange("Get").expect_class("root/cimv2", "Win32_TSLicenseServer").returns(fixture("get_license_server")),
        ) as script:
            assert script.session().get(TS_LICENSE_SERVER).text("Company") == "Contoso"

Requests are read here with ElementTree and by the standards' namespaces; nothing of the collection is used for that.

Operations: Get, Put, Enumerate, Pull, Release, and Invoke with the method's name: ``Exchange("Invoke", "Rename")``.
Answers: ``returns`` with a fixture of ``tests/unit/data/wsman`` or with ``envelope(...)``; a SOAP fault gets status 500
by itself. ``fails_with`` stands for what the transport would raise. In an answer ``$MESSAGE_ID`` stands for the
ID of the request.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.session import CimSession
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.client import Effect, WsmanClient
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.envelope import HeaderSettings
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.responses import Response

FIXTURES = Path(__file__).parent / "data" / "wsman"
ENDPOINT = "https://rdls01.contoso.example:5986/wsman"

S = "{http://www.w3.org/2003/05/soap-envelope}"
A = "{http://schemas.xmlsoap.org/ws/2004/08/addressing}"
N = "{http://schemas.xmlsoap.org/ws/2004/09/enumeration}"
W = "{http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd}"
XSI_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
WMI = "http://schemas.microsoft.com/wbem/wsman/1/wmi/"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer/"
ENUMERATION = "http://schemas.xmlsoap.org/ws/2004/09/enumeration/"

ACTIONS = {
    "Get": TRANSFER + "Get",
    "Put": TRANSFER + "Put",
    "Enumerate": ENUMERATION + "Enumerate",
    "Pull": ENUMERATION + "Pull",
    "Release": ENUMERATION + "Release",
}
EFFECTS = {"Get": Effect.READ, "Enumerate": Effect.READ, "Pull": Effect.STEP, "Release": Effect.STEP}
READING_METHODS = re.compile("Get|Is|Enum|Find|Can|Ping|Fetch")
"""How the names of methods begin that change nothing."""

ENVELOPE = (
    '<s:Envelope xml:lang="en-US" xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
    ' xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
    ' xmlns:n="http://schemas.xmlsoap.org/ws/2004/09/enumeration"'
    ' xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"'
    ' xmlns:p="http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd">'
    "<s:Header><a:Action>urn:any</a:Action><a:MessageID>uuid:0F1D</a:MessageID>"
    "<a:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:To>{relation}</s:Header>"
    "<s:Body>{body}</s:Body></s:Envelope>"
)


def fixture(name: str) -> str:
    """A message of ``tests/unit/data/wsman/<name>.xml``, without the licence comment that the file begins with."""
    text = (FIXTURES / f"{name}.xml").read_text(encoding="utf-8")
    return text.split("-->", 1)[1].strip()


def envelope(body: str, *, related: bool = True) -> str:
    """A Windows-like answer around a body; the prefixes s, a, n, w and Microsoft's p are bound."""
    relation = "<a:RelatesTo>$MESSAGE_ID</a:RelatesTo>" if related else ""
    return ENVELOPE.format(relation=relation, body=body)


class Exchange:
    """One request that must come, and its answer. Every method returns the exchange, so that they can be chained."""

    def __init__(self, operation: str, method: str = "") -> None:
        assert operation in ACTIONS or (operation == "Invoke" and method), f"unknown operation {operation}"
        self.title = f"{operation} {method}".strip()
        self.operation = operation
        self.method = method
        self.checks: list[Callable[[ET.Element, ET.Element], None]] = []
        self._answer: str | bytes = ""
        self._status: int | None = None
        self._error: WsmanError | None = None

    def expect_resource_uri(self, uri: str) -> Exchange:
        """The resource URI, exactly."""
        return self._expect("resource URI", uri, lambda header, _: _text(header, W + "ResourceURI"))

    def expect_class(self, namespace: str, name: str) -> Exchange:
        """The resource URI of a WMI class."""
        return self.expect_resource_uri(f"{WMI}{namespace}/{name}")

    def expect_selector(self, name: str, value: str) -> Exchange:
        """A selector; give each one that must be there."""
        return self._expect(f"selector {name}", value, lambda header, _: _selectors(header).get(name))

    def expect_no_selectors(self) -> Exchange:
        """No SelectorSet at all."""
        return self._expect("selectors", {}, lambda header, _: _selectors(header))

    def expect_argument(self, name: str, *values: str | None) -> Exchange:
        """An argument of a method, or a property of a Put: its texts, None for NULL; no values for one left out."""
        return self._expect(f"argument {name}", list(values), lambda _, body: _values(body, name))

    def expect_only_arguments(self, *names: str) -> Exchange:
        """Names of all arguments, in order."""
        return self._expect("arguments", list(names), lambda _, body: [_local(each.tag) for each in body[0]])

    def expect_filter(self, wql: str) -> Exchange:
        """The WQL query of an Enumerate."""
        return self._expect("filter", wql, lambda _, body: _text(body[0], W + "Filter"))

    def expect_context(self, context: str) -> Exchange:
        """The enumeration context of a Pull or Release."""
        return self._expect("context", context, lambda _, body: _text(body[0], N + "EnumerationContext"))

    def returns(self, answer: str | bytes, status: int | None = None) -> Exchange:
        """The answer, as XML. Status 200, or 500 for a fault, unless given."""
        self._answer, self._status = answer, status
        return self

    def fails_with(self, error: WsmanError) -> Exchange:
        """What the transport raises instead of answering."""
        self._error = error
        return self

    def play(self, message_id: str) -> Response:
        """The answer to a request of this ID."""
        if self._error is not None:
            raise self._error
        document = self._answer
        if isinstance(document, str):
            document = document.replace("$MESSAGE_ID", message_id).encode()
        status = self._status or (500 if b":Fault>" in document else 200)
        return Response(document, status)

    def _expect(self, what: str, wanted: object, read: Callable[[ET.Element, ET.Element], object]) -> Exchange:
        def check(header: ET.Element, body: ET.Element) -> None:
            found = read(header, body)
            assert found == wanted, f"{self.title}: {what} is {found!r}, not {wanted!r}"

        self.checks.append(check)
        return self


class WsmanScript:
    """A transport that plays a script; a context manager that fails when the script was not played to its end."""

    def __init__(self, *exchanges: Exchange) -> None:
        self._waiting = list(exchanges)
        self.sent: list[bytes] = []
        self.closed = False
        self._trouble: AssertionError | None = None

    def session(self, server: str = "rdls01") -> CimSession:
        """A session that speaks to this script."""
        headers = HeaderSettings(to=ENDPOINT, operation_timeout=60, max_envelope_size=153600)
        return CimSession(WsmanClient(self, headers, "ansible_winrm_operation_timeout_sec"), server)

    def send(self, message: bytes, effect: Effect) -> Response:
        """Check the message against the next exchange and answer it."""
        self.sent.append(message)
        try:
            exchange, message_id = self._match(message, effect)
        except AssertionError as trouble:
            self._trouble = self._trouble or trouble
            raise
        return exchange.play(message_id)

    def close(self) -> None:
        """Remember that the connection was closed."""
        self.closed = True

    def __enter__(self) -> WsmanScript:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None:
            if self._trouble is not None:
                raise self._trouble
            assert not self._waiting, f"never sent: {', '.join(each.title for each in self._waiting)}"

    def _match(self, message: bytes, effect: Effect) -> tuple[Exchange, str]:
        header, body = check_request(message)
        action = _text(header, A + "Action")
        assert self._waiting, f"not in the script: a request with action {action}"
        exchange = self._waiting.pop(0)
        wanted = ACTIONS.get(exchange.operation) or f"{_text(header, W + 'ResourceURI')}/{exchange.method}"
        assert action == wanted, f"{exchange.title}: the action is {action}"
        reads = exchange.operation == "Invoke" and READING_METHODS.match(exchange.method)
        harmless = Effect.READ if reads else Effect.CHANGE
        assert effect is EFFECTS.get(exchange.operation, harmless), f"{exchange.title}: wrong effect {effect}"
        _check_body(exchange, body)
        for check in exchange.checks:
            check(header, body)
        return exchange, _text(header, A + "MessageID") or ""


def read_xml(message: bytes) -> ET.Element:
    """A request as an element tree."""
    return ET.fromstring(message)  # noqa: S314  # the collection wrote it


def check_request(message: bytes) -> tuple[ET.Element, ET.Element]:
    """Header and body of a request that follows DSP0226 and what Windows insists on."""
    root = read_xml(message)
    assert root.tag == S + "Envelope"
    assert [child.tag for child in root] == [S + "Header", S + "Body"]
    header, body = root
    assert _text(header, A + "To") == ENDPOINT
    assert (_text(header, f"{A}ReplyTo/{A}Address") or "").endswith("/addressing/role/anonymous")
    assert (_text(header, A + "MessageID") or "").startswith("uuid:")
    assert (_text(header, W + "MaxEnvelopeSize") or "").isdigit()
    assert (_text(header, W + "OperationTimeout") or "").startswith("PT")
    for name in (W + "ResourceURI", A + "Action", W + "MaxEnvelopeSize"):
        element = header.find(name)
        assert element is not None
        assert element.get(S + "mustUnderstand") == "true", f"{name} lacks mustUnderstand"
    order = [child.tag for child in header]
    assert len(order) == len(set(order)), "a header is there twice"
    if W + "SelectorSet" in order:
        assert order.index(W + "ResourceURI") < order.index(W + "SelectorSet")
    return header, body


def _check_body(exchange: Exchange, body: ET.Element) -> None:
    if exchange.operation == "Get":
        assert not len(body), "the body of a Get is empty"
        return
    assert len(body) == 1, f"{exchange.title}: the body holds {len(body)} elements"
    content = body[0]
    if exchange.operation == "Invoke":
        assert _local(content.tag) == f"{exchange.method}_INPUT"
    elif exchange.operation != "Put":
        assert content.tag == N + exchange.operation
    if exchange.operation == "Enumerate":
        assert content.find(W + "OptimizeEnumeration") is not None
        assert content.find(W + "MaxElements") is not None
        assert content.find(N + "MaxElements") is None
    if exchange.operation == "Pull":
        assert content.find(N + "MaxElements") is not None
        assert content.find(W + "MaxElements") is None


def _text(parent: ET.Element, path: str) -> str | None:
    element = parent.find(path)
    return None if element is None else element.text or ""


def _selectors(header: ET.Element) -> dict[str, str]:
    found = header.findall(f"{W}SelectorSet/{W}Selector")
    return {each.get("Name", ""): each.text or "" for each in found}


def _values(body: ET.Element, name: str) -> list[str | None]:
    found = [each for each in body[0] if _local(each.tag) == name]
    return [None if each.get(XSI_NIL) == "true" else "".join(each.itertext()) for each in found]


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
