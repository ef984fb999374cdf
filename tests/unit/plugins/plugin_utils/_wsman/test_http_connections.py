# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sessions of pywinrm and pypsrp over real sockets on loopback."""

from __future__ import annotations

import base64
import dataclasses
import importlib
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman import http_connections as subject
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.client import Effect
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanAuthenticationError,
    WsmanConnectionLost,
    WsmanError,
    WsmanProtocolError,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.settings import (
    Authentication,
    ConnectionSettings,
    SettingNames,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.transport import WinrmTransport

from tests.unit.http_listener import HttpListener, Reply, answer, break_off

NAMES = SettingNames("the_operation_timeout", "the_read_timeout", "the_connection_timeout", "the_transport")
FAULT = b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault/></s:Body></s:Envelope>'
MESSAGE = b"<request>AGREEMENT-NUMBER</request>"


def by_pypsrp(port: int, method: str = "basic", **changes: Any) -> ConnectionSettings:
    options = {"server": "127.0.0.1", "port": port, "ssl": False, "encryption": "never", "no_proxy": True}
    return ConnectionSettings(
        endpoint=f"http://127.0.0.1:{port}/wsman",
        auth_methods=(method,),
        names=NAMES,
        read_timeout=5,
        connection_timeout=3,
        retry_pause=0.01,
        library="pypsrp",
        options={**options, **changes.pop("options", {})},
        **{"username": "asa", "password": "hunter2", **changes},
    )


@contextmanager
def listening(*replies: Reply, **changes: Any) -> Iterator[tuple[HttpListener, WinrmTransport]]:
    with HttpListener(list(replies)) as listener:
        transport = WinrmTransport(by_pypsrp(listener.port, **changes))
        try:
            yield listener, transport
        finally:
            transport.close()


def failure(transport: WinrmTransport, effect: Effect = Effect.CHANGE) -> WsmanError:
    with pytest.raises(WsmanError) as caught:
        transport.send(MESSAGE, effect)
    assert "\n" not in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert "AGREEMENT" not in str(caught.value)
    return caught.value


def test_pypsrp_carries_all_messages_of_a_session_over_one_connection() -> None:
    with listening(answer(b"<one/>"), answer(FAULT, 500), answer(b"<three/>")) as (listener, transport):
        assert transport.send(b"<a/>", Effect.READ).document == b"<one/>"
        assert transport.send(b"<b/>", Effect.CHANGE).status == 500
        assert transport.send(b"<c/>", Effect.STEP).document == b"<three/>"
    assert listener.connections == 1
    assert [each.body for each in listener.received] == [b"<a/>", b"<b/>", b"<c/>"]
    assert listener.received[0].headers["content-type"] == "application/soap+xml;charset=UTF-8"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_pypsrp_a_fault_in_any_encoding_is_a_response(encoding: str) -> None:
    with listening(answer(FAULT.decode().encode(encoding), 500)) as (_listener, transport):
        assert transport.send(MESSAGE, Effect.CHANGE).status == 500


def test_pypsrp_a_status_without_soap() -> None:
    with listening(answer(b"<html/>", 404)) as (_listener, transport):
        error = failure(transport)
    assert isinstance(error, WsmanProtocolError)
    assert "HTTP 404" in str(error)


def test_pypsrp_a_redirection_is_not_followed() -> None:
    with listening(answer(status=307, Location="http://127.0.0.1:9/wsman")) as (listener, transport):
        assert "redirection" in str(failure(transport))
    assert len(listener.received) == 1


def test_pypsrp_rejected_credentials() -> None:
    with listening(answer(status=401, WWW_Authenticate='Basic realm="WSMAN"')) as (_listener, transport):
        error = failure(transport)
    assert isinstance(error, WsmanAuthenticationError)
    assert not error.outcome_unknown


def test_pypsrp_a_lost_response_to_a_change() -> None:
    with listening(break_off()) as (_listener, transport):
        error = failure(transport)
    assert isinstance(error, WsmanConnectionLost)
    assert error.outcome_unknown


def test_pypsrp_a_listener_that_offers_another_method_only() -> None:
    replies = [answer(status=401, WWW_Authenticate="Kerberos")]
    with listening(*replies, method="ntlm") as (_listener, transport):
        error = failure(transport)
    assert isinstance(error, WsmanAuthenticationError)
    assert "Kerberos" in str(error)


def test_a_login_of_netrc_is_never_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """requests takes one where nothing else authenticates, as with a client certificate, and sends it as Basic."""
    (tmp_path / "netrc").write_text("default login somebody password else\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with HttpListener([answer(b"<ok/>")]) as listener:
        session = importlib.import_module("requests").Session()
        subject._no_netrc(session)
        session.post(f"http://127.0.0.1:{listener.port}/wsman", data=b"<a/>", proxies={"http": ""})
    assert "authorization" not in listener.received[0].headers


class FakeSession:
    """A requests session that answers as told."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.bodies: list[Any] = []
        self.auth: Any = object()
        self.headers: dict[str, str] = {}
        self.max_redirects = 30

    def mount(self, *_arguments: Any) -> None: ...

    def prepare_request(self, request: Any) -> Any:
        return request

    def send(self, request: Any, timeout: Any) -> Any:
        assert timeout
        self.bodies.append(request.data)
        return type("Response", (), {"status_code": self.statuses.pop(0), "content": FAULT, "headers": {}})()


class FakePywinrm:
    """pywinrm's Transport with CredSSP over https, which does not encrypt messages."""

    encryption: Any = None

    def __init__(self, session: FakeSession, *outcomes: bytes | Exception) -> None:
        self.session = session
        self.outcomes = list(outcomes)

    def build_session(self) -> FakeSession:
        return self.session

    def close_session(self) -> None: ...

    def send_message(self, message: bytes) -> bytes:
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def by_credssp(monkeypatch: pytest.MonkeyPatch, *fakes: FakePywinrm) -> WinrmTransport:
    waiting = list(fakes)
    monkeypatch.setattr(importlib.import_module("winrm.transport"), "Transport", lambda **_arguments: waiting.pop(0))
    settings = ConnectionSettings("https://rdls01:5986/wsman", ("credssp",), "asa", "hunter2", NAMES)
    return WinrmTransport(settings)


def test_credssp_over_https_is_opened_with_an_empty_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """requests-credssp takes a fault that comes with the last leg of its handshake for a failed authentication."""
    session = FakeSession(200)
    fault = importlib.import_module("winrm.exceptions").WinRMTransportError("http", 500, FAULT.decode())
    transport = by_credssp(monkeypatch, FakePywinrm(session, fault))
    assert transport.send(MESSAGE, Effect.READ).status == 500
    assert [bool(body) for body in session.bodies] == [False]


def test_credssp_rejected_in_the_empty_message(monkeypatch: pytest.MonkeyPatch) -> None:
    transport = by_credssp(monkeypatch, FakePywinrm(FakeSession(401)))
    error = failure(transport)
    assert isinstance(error, WsmanAuthenticationError)
    assert not error.outcome_unknown


def no_token() -> Exception:
    kind: type[Exception] = type("AuthenticationException", (Exception,), {"__module__": "requests_credssp.exceptions"})
    return kind("Server did not response with a CredSSP token after step Credential exchange - actual ''")


def sealed(fake: FakePywinrm) -> FakePywinrm:
    fake.encryption = object()
    return fake


def test_a_sealed_credssp_session_that_the_server_closed_is_opened_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    first = sealed(FakePywinrm(FakeSession(), b"<one/>", no_token()))
    transport = by_credssp(monkeypatch, first, sealed(FakePywinrm(FakeSession(), b"<two/>")))
    transport.send(MESSAGE, Effect.READ)
    assert transport.send(MESSAGE, Effect.READ).document == b"<two/>"
    transport = by_credssp(monkeypatch, sealed(FakePywinrm(FakeSession(), b"<one/>", no_token())))
    transport.send(MESSAGE, Effect.READ)
    error = failure(transport, Effect.CHANGE)
    assert isinstance(error, WsmanConnectionLost)
    assert not error.outcome_unknown


def test_credssp_without_a_token_in_the_first_message_is_a_failed_authentication(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    transport = by_credssp(monkeypatch, sealed(FakePywinrm(FakeSession(), no_token())))
    assert isinstance(failure(transport), WsmanAuthenticationError)


def test_why_negotiate_did_not_use_kerberos(monkeypatch: pytest.MonkeyPatch) -> None:
    with subject._SPNEGO_LOG.of_this_thread() as lines:
        logger = logging.getLogger("spnego._negotiate")
        logger.debug("SPNEGO step output: %s", "a token")
        logger.debug("Failed to create context for SPNEGO protocol %s: %s", "kerberos", "Cannot find\nKDC for realm.")
    assert subject._why_no_kerberos(lines) == "Cannot find KDC for realm"
    assert len(lines) == 1
    monkeypatch.setitem(__import__("sys").modules, "gssapi", None)
    assert "pip install pyspnego[kerberos]" in subject._why_no_kerberos([])


def test_why_kerberos_was_not_used_is_told_of_each_thread_alone() -> None:
    """A fleet is read in threads, and the log of pyspnego belongs to the process."""
    logger = logging.getLogger("spnego._negotiate")
    before = (logger.level, logger.propagate, list(logger.handlers))
    meet = threading.Barrier(3)

    def lines_of(number: int) -> list[str]:
        meet.wait(10)
        with subject._SPNEGO_LOG.of_this_thread() as lines:
            meet.wait(10)
            logger.debug("Failed to create context for SPNEGO protocol %s: reason %s", "kerberos", number)
            meet.wait(10)
        return lines

    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lines_of, range(3)))
    assert [lines[0].rpartition(" ")[2] for lines in found] == ["0", "1", "2"]
    assert [len(lines) for lines in found] == [1, 1, 1]
    assert (logger.level, logger.propagate, list(logger.handlers)) == before


@pytest.mark.parametrize("listens", [True, False])
def test_how_the_session_came_about_is_told_once(listens: bool) -> None:
    told: list[Authentication] = []
    changes: dict[str, Any] = {"on_authenticated": told.append} if listens else {}
    with listening(answer(b"<one/>"), answer(b"<two/>"), **changes) as (_listener, transport):
        transport.send(MESSAGE, Effect.READ)
        transport.send(MESSAGE, Effect.READ)
    assert told == ([Authentication("basic", False, (), "")] if listens else [])


def test_what_was_refused_before_is_told_with_the_method_that_was_used() -> None:
    told: list[Authentication] = []
    with HttpListener([answer(status=401), answer(b"<ok/>")]) as listener:
        settings = ConnectionSettings(
            f"http://127.0.0.1:{listener.port}/wsman",
            ("plaintext", "basic"),
            "asa",
            "hunter2",
            NAMES,
            options={"proxy": None},
            on_authenticated=told.append,
        )
        transport = WinrmTransport(settings)
        transport.send(MESSAGE, Effect.READ)
        transport.close()
    (used,) = told
    assert used.mechanism == "basic"
    assert [each.partition(":")[0] for each in used.skipped] == ["plaintext"]


def _spellings(password: str) -> set[bytes]:
    """A password as a message may carry it: plain, in UTF-16, and within the text that Basic encodes."""
    plain = {password.encode(), password.encode("utf-16-le")}
    return plain | {base64.b64encode(f"asa:{password}".encode()), base64.b64encode(password.encode())}


@pytest.mark.parametrize(("library", "method"), [("pywinrm", "ntlm"), ("pypsrp", "ntlm"), ("pypsrp", "negotiate")])
@pytest.mark.parametrize("offer", ["Basic realm=any", "Basic", "Digest realm=any", "Basic, Negotiate"])
def test_a_listener_that_asks_for_basic_does_not_get_the_password(library: Any, method: str, offer: str) -> None:
    """A machine that took the server's place may ask for whatever it likes."""
    replies = [answer(b"", 401, WWW_Authenticate=offer) for _each in range(8)]
    with HttpListener(replies) as listener:
        options = {"encryption": "auto"} if library == "pypsrp" else {}
        settings = by_pypsrp(listener.port, method, options=options)
        if library == "pywinrm":
            settings = dataclasses.replace(settings, library=library, options={"proxy": None})
        transport = WinrmTransport(settings)
        failure(transport, Effect.READ)
        transport.close()
        listener.replies.clear()
    sent = b"\n".join(
        part for each in listener.received for part in (each.body, *map(str.encode, each.headers.values()))
    )
    assert listener.received
    assert not any(each in sent for each in _spellings("hunter2"))
    assert not any(each.headers.get("authorization", "").startswith("Basic") for each in listener.received)
