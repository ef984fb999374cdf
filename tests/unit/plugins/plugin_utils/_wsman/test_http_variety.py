# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP as other servers than Windows speak it: the whole client, from a call to its result, over real sockets."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.session import CimSession
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_classes import TS_LICENSE_SERVER
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.client import WsmanClient
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.envelope import HeaderSettings
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanAuthenticationError,
    WsmanConnectionLost,
    WsmanError,
    WsmanFault,
    WsmanProtocolError,
    WsmanTimeout,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.transport import WinrmTransport

from tests.unit.http_listener import HttpListener, Reply, break_off
from tests.unit.plugins.plugin_utils._wsman.test_transport import settings
from tests.unit.wsman_script import WMI, envelope, fixture

URI = f"{WMI}root/cimv2/Win32_TSLicenseServer"
SERVER = f'<p:Win32_TSLicenseServer xmlns:p="{URI}"><p:Company>Þór &amp; Söhne</p:Company></p:Win32_TSLicenseServer>'
GET = envelope(SERVER, related=False)
DONE = envelope(
    f'<p:PublishLS_OUTPUT xmlns:p="{URI}"><p:ReturnValue>0</p:ReturnValue></p:PublishLS_OUTPUT>', related=False
)
FAULT = re.sub("<a:RelatesTo>.*?</a:RelatesTo>", "", fixture("fault_invalid_class"))
TIMED_OUT = re.sub("<a:RelatesTo>.*?</a:RelatesTo>", "", fixture("fault_timed_out"))


def raw(body: str | bytes, *headers: str, status: int = 200, keep: bool = True) -> Reply:
    """An answer with exactly these headers, and its length."""
    data = body if isinstance(body, bytes) else body.encode()
    lines = "\r\n".join([f"HTTP/1.1 {status} Any", *headers, f"content-length: {len(data)}"])

    def reply(connection: socket.socket) -> bool:
        connection.sendall(lines.encode() + b"\r\n\r\n" + data)
        return keep

    return reply


def chunked(body: str, size: int) -> Reply:
    """An answer in chunks, with an extension and a trailer, as HTTP/1.1 allows."""
    data = body.encode()

    def reply(connection: socket.socket) -> bool:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for start in range(0, len(data), size):
            chunk = data[start : start + size]
            connection.sendall(f"{len(chunk):X};any=1\r\n".encode() + chunk + b"\r\n")
        connection.sendall(b"0\r\nX-Any: 1\r\n\r\n")
        return True

    return reply


def until_closed(body: str) -> Reply:
    """An answer without a length: it ends when the connection does (HTTP/1.0)."""

    def reply(connection: socket.socket) -> bool:
        connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: application/soap+xml\r\n\r\n" + body.encode())
        return False

    return reply


@contextmanager
def talking(*replies: Reply) -> Iterator[tuple[HttpListener, CimSession]]:
    """A session with a listener that plays these replies."""
    with HttpListener(list(replies)) as listener:
        transport = WinrmTransport(settings(listener.port))
        headers = HeaderSettings(to=f"http://127.0.0.1:{listener.port}/wsman", operation_timeout=5, max_envelope_size=1)
        with CimSession(WsmanClient(transport, headers), "rdls01") as session:
            yield listener, session


def company(session: CimSession) -> str | None:
    return session.get(TS_LICENSE_SERVER).text("Company")


@pytest.mark.parametrize(
    "reply",
    [
        raw(GET),
        raw(GET, "Content-Type: application/soap+xml;charset=UTF-8"),
        raw(GET, 'content-type: Application/SOAP+XML; charset="utf-8"; action="any"'),
        raw(GET, "CONTENT-TYPE: text/xml"),
        raw(GET, "Content-Type: nonsense"),
        raw(GET.encode("utf-16"), "Content-Type: application/soap+xml;charset=UTF-16"),
        raw(GET.encode("utf-16-le"), "Content-Type: application/soap+xml;charset=UTF-16LE"),
        raw(("<?xml version='1.0' encoding='UTF-16'?>" + GET).encode("utf-16-be")),
        raw(GET.encode("utf-8-sig"), "Content-Type: application/soap+xml"),
        raw(GET, "Server: Microsoft-HTTPAPI/2.0", "Set-Cookie: a=b", "Set-Cookie: c=d"),
        chunked(GET, 7),
        chunked(GET, 1_000_000),
        until_closed(GET),
    ],
)
def test_one_answer_in_many_envelopes_of_http(reply: Reply) -> None:
    with talking(reply) as (_listener, session):
        assert company(session) == "Þór & Söhne"


@pytest.mark.parametrize("status", [200, 400, 500, 503])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_a_fault_is_one_whatever_the_status_and_the_encoding(status: int, encoding: str) -> None:
    with (
        talking(raw(FAULT.encode(encoding), status=status)) as (_listener, session),
        pytest.raises(WsmanFault) as caught,
    ):
        company(session)
    assert caught.value.wmi_code == 0x80041010
    assert caught.value.http_status == status


def test_a_timeout_in_utf_16_leaves_a_call_in_doubt() -> None:
    with (
        talking(raw(TIMED_OUT.encode("utf-16"), status=500)) as (listener, session),
        pytest.raises(WsmanTimeout) as caught,
    ):
        session.invoke(TS_LICENSE_SERVER, "PublishLS")
    assert caught.value.outcome_unknown
    assert len(listener.received) == 1


@pytest.mark.parametrize(
    ("status", "body", "unknown"),
    [(500, "<html><h1>Fehler</h1></html>", True), (500, "", True), (200, "<html></html>", True), (200, "", True)],
)
def test_what_is_no_answer_leaves_a_call_in_doubt_and_a_read_not(status: int, body: str, unknown: bool) -> None:
    with talking(raw(body, status=status), raw(body, status=status)) as (listener, session):
        with pytest.raises(WsmanProtocolError) as caught:
            session.invoke(TS_LICENSE_SERVER, "PublishLS")
        assert caught.value.outcome_unknown is unknown
        with pytest.raises(WsmanProtocolError) as caught:
            company(session)
        assert not caught.value.outcome_unknown
    assert len(listener.received) == 2


def test_a_refusal_with_a_choice_of_schemes() -> None:
    schemes = [
        'WWW-Authenticate: Basic realm="WSMAN"',
        "www-authenticate: Negotiate",
        "WWW-Authenticate: Kerberos, NTLM",
    ]
    with (
        talking(raw("", *schemes, status=401)) as (listener, session),
        pytest.raises(WsmanAuthenticationError, match="rejected by the server"),
    ):
        session.invoke(TS_LICENSE_SERVER, "PublishLS")
    assert len(listener.received) == 1


@pytest.mark.parametrize("header", ["Connection: close", "Connection: Close, Any"])
def test_a_server_that_closes_after_each_answer_gets_each_message_once(header: str) -> None:
    replies = [raw(answer, header, keep=False) for answer in (GET, DONE, GET, DONE, GET)]
    with talking(*replies) as (listener, session):
        for _round in range(2):
            assert company(session) == "Þór & Söhne"
            assert session.invoke(TS_LICENSE_SERVER, "PublishLS").return_value == 0
        assert company(session) == "Þór & Söhne"
    assert listener.connections == 5
    assert len({each.body for each in listener.received}) == 5


def test_a_call_is_never_sent_again_and_the_session_goes_on() -> None:
    """The connection breaks under a call: that is in doubt. The reads that look what came of it go out anew."""
    with talking(raw(GET), break_off(), raw(GET)) as (listener, session):
        company(session)
        with pytest.raises(WsmanConnectionLost) as caught:
            session.invoke(TS_LICENSE_SERVER, "PublishLS")
        assert caught.value.outcome_unknown
        assert company(session) == "Þór & Söhne"
    assert [b"PublishLS_INPUT" in each.body for each in listener.received] == [False, True, False]


def test_half_an_answer_in_chunks_is_none() -> None:
    half = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<s:En\r\n"
    with talking(break_off(half)) as (listener, session), pytest.raises(WsmanError) as caught:
        session.invoke(TS_LICENSE_SERVER, "PublishLS")
    assert isinstance(caught.value, WsmanConnectionLost)
    assert caught.value.outcome_unknown
    assert len(listener.received) == 1
