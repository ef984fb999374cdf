# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What happens to a message on its way, over real sockets on loopback; facts 28 and 30."""

from __future__ import annotations

import base64
import importlib
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import requests
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.client import Effect
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanAuthenticationError,
    WsmanConnectionLost,
    WsmanError,
    WsmanProtocolError,
    WsmanTimeout,
    WsmanUnreachable,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.markup import parse
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.settings import (
    ConnectionSettings,
    SettingNames,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.transport import WinrmTransport

from tests.unit.http_listener import HttpListener, Reply, answer, break_off

NAMES = SettingNames("the_operation_timeout", "the_read_timeout", "the_connection_timeout", "the_transport")
FAULT = b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault/></s:Body></s:Envelope>'
SECRET = b"<request>AGREEMENT-NUMBER</request>"
READ, STEP, CHANGE = Effect.READ, Effect.STEP, Effect.CHANGE


def settings(port: int, **changes: Any) -> ConnectionSettings:
    basic = ConnectionSettings(
        endpoint=f"http://127.0.0.1:{port}/wsman",
        auth_methods=("basic",),
        username="asa",
        password="hunter2",
        names=NAMES,
        read_timeout=5,
        retry_pause=0.01,
        options={"proxy": None},
    )
    return replace(basic, **changes)


@contextmanager
def listening(*replies: Reply, **changes: Any) -> Iterator[tuple[HttpListener, WinrmTransport]]:
    with HttpListener(list(replies)) as listener:
        transport = WinrmTransport(settings(listener.port, **changes))
        try:
            yield listener, transport
        finally:
            transport.close()


def failure(transport: WinrmTransport, effect: Effect = CHANGE) -> WsmanError:
    with pytest.raises(WsmanError) as caught:
        transport.send(SECRET, effect)
    message = str(caught.value)
    assert "\n" not in message
    assert "hunter2" not in message
    assert "AGREEMENT" not in message
    return caught.value


def test_fact_30_one_connection_carries_all_messages_of_a_session() -> None:
    with listening(answer(b"<one/>"), answer(b"<two/>"), answer(FAULT, 500), answer(b"<four/>")) as (
        listener,
        transport,
    ):
        assert transport.send(b"<a/>", READ).document == b"<one/>"
        assert transport.send(b"<b/>", CHANGE).document == b"<two/>"
        assert transport.send(b"<c/>", CHANGE).status == 500
        assert transport.send(b"<d/>", STEP).document == b"<four/>"
    assert listener.connections == 1
    assert [each.body for each in listener.received] == [b"<a/>", b"<b/>", b"<c/>", b"<d/>"]
    expected = "Basic " + base64.b64encode(b"asa:hunter2").decode()
    assert {each.headers["authorization"] for each in listener.received} == {expected}
    assert listener.received[0].headers["content-type"] == "application/soap+xml;charset=UTF-8"


def test_a_fault_is_an_answer() -> None:
    with listening(answer(FAULT, 500)) as (_listener, transport):
        reply = transport.send(SECRET, CHANGE)
    assert reply.status == 500
    assert "Fault" in str(reply.document)


LOCALIZED = FAULT.decode().replace("<s:Fault/>", "<s:Fault><s:Reason><s:Text>þ</s:Text></s:Reason></s:Fault>")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [FAULT.decode(), LOCALIZED])
def test_a_fault_in_utf_16_is_an_answer(encoding: str, text: str) -> None:
    """DSP0226 R13.1-2: a service may answer in UTF-16. pywinrm takes it for UTF-8."""
    with listening(answer(text.encode(encoding), 500)) as (_listener, transport):
        reply = transport.send(SECRET, CHANGE)
    assert reply.status == 500
    assert [each.tag.rpartition("}")[2] for each in parse(reply.document).iter()][:3] == ["Envelope", "Body", "Fault"]


@pytest.mark.parametrize(("status", "unknown"), [(404, False), (503, True)])
def test_a_page_in_latin_1_is_no_answer(status: int, unknown: bool) -> None:
    page = "<html><body>Nicht verf\xfcgbar</body></html>".encode("latin-1")
    with listening(answer(page, status)) as (_listener, transport):
        error = failure(transport)
    assert isinstance(error, WsmanProtocolError)
    assert f"returned HTTP {status}: " in str(error)
    assert error.outcome_unknown is unknown


def test_closing_twice_and_without_a_connection_is_fine() -> None:
    with listening(answer()) as (_listener, transport):
        transport.close()
        transport.send(SECRET, READ)
        transport.close()
        transport.close()


@pytest.mark.parametrize(
    ("status", "text", "unknown"),
    [
        (400, "did not accept the request", False),
        (403, "may not use this listener", False),
        (404, "no WS-Man listener at this address: check port and path", False),
        (405, "no WS-Man listener at this address: check port and path", False),
        (407, "the proxy requires", False),
        (411, "check scheme and port", False),
        (413, "larger than the listener allows", False),
        (418, "a Teapot", False),
        (500, "Internal Server Error", True),
        (502, "a proxy could not reach the server", True),
        (503, "Windows Remote Management service is not running", True),
        (504, "a proxy got no response", True),
        (599, "unknown status", True),
    ],
)
def test_an_http_status_without_soap_is_one_line(status: int, text: str, unknown: bool) -> None:
    page = b"<html><body>\n<h1>Sorry</h1>\n</body></html>"
    with listening(answer(page, status)) as (listener, transport):
        error = failure(transport)
    assert isinstance(error, WsmanProtocolError)
    assert f"returned HTTP {status}: " in str(error)
    assert text in str(error)
    assert "Sorry" not in str(error)
    assert error.outcome_unknown is unknown
    assert len(listener.received) == 1


def test_a_refused_message_that_was_not_encrypted_gets_advice() -> None:
    with listening(answer(b"", 500)) as (_listener, transport):
        error = failure(transport)
    assert "insists on encryption" in str(error)
    assert error.outcome_unknown


def test_a_redirection_is_not_followed() -> None:
    with listening(answer(b"", 307, Location="http://127.0.0.1:9/elsewhere")) as (listener, transport):
        error = failure(transport)
    assert isinstance(error, WsmanProtocolError)
    assert "not a WS-Man listener" in str(error)
    assert not error.outcome_unknown
    assert len(listener.received) == 1


def test_a_refused_password() -> None:
    with listening(answer(b"", 401, WWW_Authenticate='Basic realm="WSMAN"')) as (listener, transport):
        error = failure(transport)
    assert isinstance(error, WsmanAuthenticationError)
    assert "rejected by the server" in str(error)
    assert "the_transport" in str(error)
    assert not error.outcome_unknown
    assert len(listener.received) == 1


def test_the_next_authentication_method_is_tried_until_one_was_accepted() -> None:
    with listening(answer(b"", 401), answer(b"<ok/>"), auth_methods=("plaintext", "basic")) as (_listener, transport):
        assert transport.send(SECRET, CHANGE).document == b"<ok/>"
    with listening(answer(b"", 401), answer(b"", 401), auth_methods=("plaintext", "basic")) as (_listener, transport):
        text = str(failure(transport))
    assert "plaintext: " in text
    assert "basic: " in text


def test_a_refusal_in_the_middle_of_a_session_is_not_answered_with_another_method() -> None:
    with listening(answer(), answer(b"", 401), auth_methods=("plaintext", "basic")) as (_listener, transport):
        transport.send(SECRET, READ)
        assert isinstance(failure(transport), WsmanAuthenticationError)


@pytest.mark.parametrize(
    ("method", "flag", "library"),
    [
        ("kerberos", "HAVE_KERBEROS", "pykerberos"),
        ("ntlm", "HAVE_NTLM", "requests-ntlm"),
        ("credssp", "HAVE_CREDSSP", "requests-credssp"),
    ],
)
def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch, method: str, flag: str, library: str) -> None:
    monkeypatch.setattr(importlib.import_module("winrm.transport"), flag, False)
    with listening(auth_methods=(method,)) as (_listener, transport):
        assert library in str(failure(transport))
    with listening(answer(b"<ok/>"), auth_methods=(method, "basic")) as (_listener, transport):
        assert transport.send(SECRET, READ).document == b"<ok/>"


def test_missing_credentials_are_named() -> None:
    with listening(username=None) as (_listener, transport):
        error = failure(transport)
    assert isinstance(error, WsmanAuthenticationError)
    assert "requires a username" in str(error)


@contextmanager
def nobody_listening() -> Iterator[int]:
    """A port that refuses connections. It stays taken meanwhile: given back, it could be the next listener's."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def test_nobody_listens() -> None:
    with nobody_listening() as port:
        error = failure(WinrmTransport(settings(port)))
    assert isinstance(error, WsmanUnreachable)
    assert str(error) == (
        f"cannot connect to http://127.0.0.1:{port}/wsman: Connection refused; check address and port, the firewall, "
        "and that WinRM listens there"
    )
    assert not error.outcome_unknown


def test_a_name_that_does_not_exist() -> None:
    error = failure(WinrmTransport(settings(1, endpoint="http://nobody.invalid:5985/wsman")))
    assert isinstance(error, WsmanUnreachable)
    assert "cannot connect to http://nobody.invalid:5985/wsman: the name cannot be resolved; check ansible_host" in str(
        error
    )


@pytest.mark.parametrize("endpoint", ["gopher://rdls01:5985/wsman", "http://:5985/wsman", "http://rdls 01:5985/wsman"])
def test_an_address_that_makes_no_sense(endpoint: str) -> None:
    assert isinstance(failure(WinrmTransport(settings(1, endpoint=endpoint))), WsmanUnreachable)


def test_https_to_a_port_that_speaks_http() -> None:
    with HttpListener([], greeting=b"HTTP/1.1 400 Bad Request\r\n\r\n") as listener:
        error = failure(WinrmTransport(settings(1, endpoint=f"https://127.0.0.1:{listener.port}/wsman")))
    assert isinstance(error, WsmanUnreachable)
    assert "TLS failed" in str(error)


def test_no_connection_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> socket.socket:
        raise TimeoutError("timed out")

    monkeypatch.setattr("urllib3.util.connection.create_connection", never)
    error = failure(WinrmTransport(settings(1, connection_timeout=3)))
    assert isinstance(error, WsmanUnreachable)
    assert "within 3 s; check the address, or raise the_connection_timeout" in str(error)


@pytest.mark.parametrize(("effect", "unknown"), [(READ, False), (STEP, False), (CHANGE, True)])
def test_no_answer_in_time(effect: Effect, unknown: bool) -> None:
    with HttpListener([]) as listener:
        listener.replies.append(listener.keep_silent())
        error = failure(WinrmTransport(settings(listener.port, read_timeout=0.2)), effect)
    assert isinstance(error, WsmanTimeout)
    assert "within 0.2 s; raise the_read_timeout" in str(error)
    assert error.outcome_unknown is unknown
    assert len(listener.received) == 1


@pytest.mark.parametrize(
    "reply", [break_off(), break_off(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<half"), break_off(b"HTTP/1.")]
)
@pytest.mark.parametrize(("effect", "unknown"), [(READ, False), (STEP, False), (CHANGE, True)])
def test_a_connection_that_breaks_before_the_answer_is_complete(reply: Reply, effect: Effect, unknown: bool) -> None:
    with listening(reply) as (listener, transport):
        error = failure(transport, effect)
    assert isinstance(error, WsmanConnectionLost)
    assert error.outcome_unknown is unknown
    assert len(listener.received) == 1


def test_a_read_is_repeated_once_when_a_kept_alive_connection_breaks() -> None:
    with listening(answer(), break_off(), answer(b"<again/>")) as (listener, transport):
        transport.send(b"<first/>", READ)
        assert transport.send(b"<read/>", READ).document == b"<again/>"
    assert [each.body for each in listener.received] == [b"<first/>", b"<read/>", b"<read/>"]
    with listening(answer(), break_off(), break_off()) as (listener, transport):
        transport.send(b"<first/>", READ)
        assert isinstance(failure(transport, READ), WsmanConnectionLost)
    assert len(listener.received) == 3


@pytest.mark.parametrize("effect", [CHANGE, STEP])
@pytest.mark.parametrize("retries", [0, 5])
def test_a_change_and_a_step_go_out_once_whatever_happens(effect: Effect, retries: int) -> None:
    with listening(answer(), break_off(), retries=retries) as (listener, transport):
        transport.send(b"<first/>", READ)
        failure(transport, effect)
    assert [each.body for each in listener.received] == [b"<first/>", SECRET]


def test_a_connection_closed_while_idle_is_opened_anew_before_anything_is_sent() -> None:
    with listening(answer(keep=False), answer(b"<ok/>")) as (listener, transport):
        transport.send(b"<first/>", READ)
        # Let the end of the connection arrive: urllib3 looks for it before it writes.
        for _round in range(500):
            if _closed_by_peer(transport):
                break
            time.sleep(0.01)
        assert transport.send(SECRET, CHANGE).document == b"<ok/>"
    assert [each.body for each in listener.received] == [b"<first/>", SECRET]


def _closed_by_peer(transport: WinrmTransport) -> bool:
    opened: Any = transport._connection
    pool = opened._transport.session.get_adapter("http://").poolmanager
    (host,) = [pool.pools.get(key) for key in pool.pools.keys()]  # noqa: SIM118  # a container of urllib3's own
    connection = host.pool.get()
    host.pool.put(connection)
    return bool(connection.sock is None or connection.is_connected is False)


def test_retries_hold_for_reads() -> None:
    with listening(break_off(), break_off(), answer(b"<ok/>"), retries=2) as (listener, transport):
        assert transport.send(SECRET, READ).document == b"<ok/>"
    assert listener.connections == 3


def test_retries_hold_for_opening(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    with nobody_listening() as port:
        transport = WinrmTransport(settings(port, retries=3, retry_pause=0))
        original = transport._open

        def counted(connection: Any, method: str) -> None:
            calls.append(method)
            original(connection, method)

        monkeypatch.setattr(transport, "_open", counted)
        assert isinstance(failure(transport, CHANGE), WsmanUnreachable)
    assert calls == ["basic"] * 4


class FakeConnection:
    """Stands in for pywinrm's Transport where a server would need real authentication."""

    encryption = object()

    def __init__(self, *outcomes: Exception | bytes, opening: Exception | None = None) -> None:
        self.outcomes = list(outcomes)
        self.opening = opening
        self.closed = 0
        self.session = requests.Session()

    def build_session(self) -> Any:
        if self.opening:
            raise self.opening
        return self.session

    def send_message(self, message: bytes) -> bytes:
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def close_session(self) -> None:
        self.closed += 1


def with_fakes(
    monkeypatch: pytest.MonkeyPatch, *fakes: FakeConnection, **changes: Any
) -> tuple[WinrmTransport, list[Any]]:
    waiting, arguments = list(fakes), []

    def build(**kwargs: Any) -> FakeConnection:
        arguments.append(kwargs)
        return waiting.pop(0)

    monkeypatch.setattr(importlib.import_module("winrm.transport"), "Transport", build)
    return WinrmTransport(settings(5985, **changes)), arguments


def test_fact_28_message_encryption_is_left_to_pywinrm(monkeypatch: pytest.MonkeyPatch) -> None:
    transport, arguments = with_fakes(
        monkeypatch, FakeConnection(b"<ok/>"), auth_methods=("ntlm",), options={"message_encryption": "always"}
    )
    transport.send(SECRET, READ)
    assert arguments[0]["auth_method"] == "ntlm"
    assert arguments[0]["message_encryption"] == "always"
    assert arguments[0]["read_timeout_sec"] == 5


def test_connecting_and_reading_may_have_timeouts_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    transport, arguments = with_fakes(monkeypatch, FakeConnection(b"<ok/>"), connection_timeout=3)
    transport.send(SECRET, READ)
    assert arguments[0]["read_timeout_sec"] == (3, 5)


@pytest.mark.parametrize("name", ["ReadTimeout", "ConnectionError", "ChunkedEncodingError"])
def test_a_handshake_that_fails_sent_nothing(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    error = getattr(importlib.import_module("requests.exceptions"), name)("any")
    fake = FakeConnection(opening=error)
    transport, _arguments = with_fakes(monkeypatch, fake)
    caught = failure(transport, CHANGE)
    assert isinstance(caught, WsmanUnreachable)
    assert "the authentication was not finished" in str(caught)
    assert not caught.outcome_unknown


def test_a_connection_whose_opening_failed_is_never_used(monkeypatch: pytest.MonkeyPatch) -> None:
    # pywinrm keeps the session it made, without encryption: the next message would go out in clear.
    requests = importlib.import_module("requests.exceptions")
    broken, good = FakeConnection(b"<clear/>", opening=requests.ConnectionError("any")), FakeConnection(b"<ok/>")
    transport, _arguments = with_fakes(monkeypatch, broken, good)
    failure(transport, CHANGE)
    assert transport.send(SECRET, CHANGE).document == b"<ok/>"
    assert broken.outcomes == [b"<clear/>"]


def test_fact_28_a_message_sealed_for_a_lost_connection_was_not_processed(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = importlib.import_module("winrm.exceptions").WinRMTransportError("http", 400, "")
    first, second = FakeConnection(b"<one/>", refused), FakeConnection(b"<again/>")
    transport, _arguments = with_fakes(monkeypatch, first, second)
    transport.send(SECRET, READ)
    assert transport.send(SECRET, READ).document == b"<again/>"
    assert first.closed == 1
    transport, _arguments = with_fakes(monkeypatch, FakeConnection(b"<one/>", refused))
    transport.send(SECRET, READ)
    error = failure(transport, CHANGE)
    assert isinstance(error, WsmanConnectionLost)
    assert not error.outcome_unknown


def foreign(name: str, module: str, base: type[Exception] = Exception) -> Exception:
    kind: type[Exception] = type(name, (base,), {"__module__": module})
    return kind("what it says")


@pytest.mark.parametrize(
    ("error", "kind", "unknown"),
    [
        (foreign("BadMICError", "spnego.exceptions"), WsmanAuthenticationError, True),
        (foreign("AuthenticationException", "requests_credssp.exceptions"), WsmanAuthenticationError, True),
        (foreign("KerberosExchangeError", "winrm.vendor.requests_kerberos.exceptions"), WsmanAuthenticationError, True),
        (PermissionError("Server did not respond with NTLM challenge token"), WsmanAuthenticationError, True),
        (KeyError("Content-Type"), WsmanProtocolError, True),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"), WsmanProtocolError, True),
        (ssl.SSLError(1, "[SSL] internal error"), WsmanConnectionLost, True),
        (ssl.SSLCertVerificationError(1, "certificate verify failed"), WsmanUnreachable, False),
        (TimeoutError("write"), WsmanConnectionLost, True),
    ],
)
def test_what_libraries_raise_after_sending(
    monkeypatch: pytest.MonkeyPatch, error: Exception, kind: type[WsmanError], unknown: bool
) -> None:
    transport, _arguments = with_fakes(monkeypatch, FakeConnection(error))
    caught = failure(transport, CHANGE)
    assert isinstance(caught, kind)
    assert caught.outcome_unknown is unknown
    transport, _arguments = with_fakes(monkeypatch, FakeConnection(error))
    assert not failure(transport, STEP).outcome_unknown


def test_an_option_pywinrm_refuses_is_one_line() -> None:
    error = failure(WinrmTransport(settings(5985, options={"message_encryption": "always", "proxy": None})))
    assert isinstance(error, WsmanAuthenticationError)
    assert "message encryption is set to 'always'" in str(error)


class Ticket:
    def __init__(self) -> None:
        self.log: list[str] = []

    @contextmanager
    def active(self) -> Iterator[None]:
        self.log.append("in")
        yield
        self.log.append("out")

    def discard(self) -> None:
        self.log.append("discarded")


def test_a_kerberos_ticket_is_there_for_each_message_and_gone_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.import_module("winrm.transport"), "HAVE_KERBEROS", True)
    ticket = Ticket()
    transport, _arguments = with_fakes(
        monkeypatch, FakeConnection(b"<one/>", b"<two/>"), auth_methods=("kerberos",), ticket=ticket
    )
    transport.send(SECRET, READ)
    transport.send(SECRET, READ)
    transport.close()
    assert ticket.log == ["in", "out", "in", "out", "discarded"]


def test_other_methods_need_no_ticket(monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = Ticket()
    transport, _arguments = with_fakes(monkeypatch, FakeConnection(b"<one/>"), ticket=ticket)
    transport.send(SECRET, READ)
    assert ticket.log == []
