# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers that send too much, too slowly, or something that was not asked for: one line, and little memory."""

from __future__ import annotations

import gzip
import itertools
import socket
import time
import tracemalloc
from collections.abc import Iterable, Iterator

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman import http_connections as transport_module
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.client import Effect
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanError,
    WsmanProtocolError,
    WsmanTimeout,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.transport import WinrmTransport

from tests.unit.http_listener import HttpListener, Reply, answer
from tests.unit.plugins.plugin_utils._wsman.test_transport import settings

MIB = 2**20
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\n"


def sending(pieces: Iterable[bytes], pause: float = 0.0) -> Reply:
    """Send piece after piece, until they or the client are at an end."""

    def reply(connection: socket.socket) -> bool:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(pause)
        return False

    return reply


def failure(reply: Reply, effect: Effect = Effect.CHANGE) -> WsmanError:
    """What the client makes of a reply, within 5 seconds and 40 MiB."""
    started = time.monotonic()
    tracemalloc.start()
    try:
        with HttpListener([reply]) as listener:
            transport = WinrmTransport(settings(listener.port))
            with pytest.raises(WsmanError) as caught:
                transport.send(b"<a/>", effect)
            transport.close()
        assert tracemalloc.get_traced_memory()[1] < 40 * MIB
    finally:
        tracemalloc.stop()
    assert time.monotonic() - started < 5
    assert len(listener.received) == 1
    return caught.value


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport_module, "response_seconds", lambda _read_timeout: 0.5)


def large(head: bytes, piece: bytes, size: int) -> Iterator[bytes]:
    yield HEAD + head + b"\r\n"
    yield from itertools.repeat(piece, size // len(piece))


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"Content-Length: 500000000\r\n", b"x" * 65536),
        (b"Connection: close\r\n", b"x" * 65536),
        (b"Transfer-Encoding: chunked\r\n", b"10000\r\n" + b"x" * 65536 + b"\r\n"),
    ],
)
@pytest.mark.parametrize("effect", [Effect.READ, Effect.CHANGE])
def test_a_large_response_is_not_read_to_its_end(head: bytes, piece: bytes, effect: Effect) -> None:
    error = failure(sending(large(head, piece, 500_000_000)), effect)
    assert isinstance(error, WsmanProtocolError)
    assert str(error).endswith("the response is larger than 4 MiB, the most that is read")
    assert error.outcome_unknown is (effect is Effect.CHANGE)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "gzip, gzip", "br"])
def test_a_compressed_response_is_not_unpacked(encoding: str) -> None:
    bomb = gzip.compress(bytes(64 * MIB))
    error = failure(answer(bomb, Content_Encoding=encoding))
    assert isinstance(error, WsmanProtocolError)
    assert f"the response is compressed ('{encoding}')" in str(error)


def test_compression_is_not_asked_for() -> None:
    with HttpListener([answer()]) as listener:
        transport = WinrmTransport(settings(listener.port))
        transport.send(b"<a/>", Effect.READ)
        transport.close()
    assert listener.received[0].headers["accept-encoding"] == "identity"


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "pieces",
    [
        itertools.chain([HEAD, b"X-Long: "], itertools.repeat(b"x", 100)),
        itertools.chain([HEAD + b"Content-Length: 100\r\n\r\n"], itertools.repeat(b"x", 100)),
        itertools.chain([HEAD + b"Connection: close\r\n\r\n"], itertools.repeat(b"x", 100)),
        itertools.chain([HEAD + b"Transfer-Encoding: chunked\r\n\r\n"], itertools.repeat(b"1\r\nx\r\n", 100)),
    ],
    ids=["headers", "with a length", "to the end of the connection", "chunked"],
)
def test_a_response_that_drips_in_has_a_deadline(pieces: Iterable[bytes]) -> None:
    """The read timeout of 5 s begins anew with every byte."""
    error = failure(sending(pieces, 0.1))
    assert isinstance(error, WsmanTimeout)
    assert error.outcome_unknown
    assert "was not complete after 0.5 s; raise the_read_timeout" in str(error)


@pytest.mark.usefixtures("impatient")
def test_a_kept_connection_outlives_the_deadline_of_a_complete_response() -> None:
    with HttpListener([answer(b"<one/>"), answer(b"<two/>")]) as listener:
        transport = WinrmTransport(settings(listener.port))
        assert transport.send(b"<a/>", Effect.READ).document == b"<one/>"
        time.sleep(0.8)
        assert transport.send(b"<b/>", Effect.CHANGE).document == b"<two/>"
        transport.close()
    assert listener.connections == 1


def test_a_large_error_page_is_not_read_to_its_end() -> None:
    pieces = large(b"Connection: close\r\n", b"x" * 65536, 100_000_000)
    error = failure(sending(piece.replace(b"200 OK", b"503 Busy") for piece in pieces))
    assert "larger than 4 MiB" in str(error)


def test_the_handshake_of_message_encryption_is_bounded_and_follows_no_redirection() -> None:
    pytest.importorskip("requests_ntlm")
    with HttpListener([answer(status=302, Location="http://127.0.0.1:9/elsewhere")]) as listener:
        transport = WinrmTransport(settings(listener.port, auth_methods=("ntlm",)))
        with pytest.raises(WsmanError) as caught:
            transport.send(b"<a/>", Effect.CHANGE)
        transport.close()
    assert not caught.value.outcome_unknown
    assert "redirection" in str(caught.value)
    with HttpListener([sending(large(b"Connection: close\r\n", b"x" * 65536, 100_000_000))]) as listener:
        transport = WinrmTransport(settings(listener.port, auth_methods=("ntlm",)))
        with pytest.raises(WsmanError, match="larger than 4 MiB"):
            transport.send(b"<a/>", Effect.CHANGE)
        transport.close()
