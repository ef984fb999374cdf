# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A little HTTP listener on loopback that answers, refuses, breaks off or keeps silent as a test tells it.

It speaks no WS-Management and no authentication; it is for what can happen to the transport of a message.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import BinaryIO


@dataclass
class Received:
    """A request that arrived: number of its connection, headers in lower case, body."""

    connection: int
    headers: dict[str, str]
    body: bytes


Reply = Callable[[socket.socket], bool]
"""Answers on a connection; True keeps it open."""


def answer(body: bytes = b"<any/>", status: int = 200, keep: bool = True, **headers: str) -> Reply:
    """A complete answer; with keep=False the listener then closes the connection without having said so."""

    def reply(connection: socket.socket) -> bool:
        lines = [f"HTTP/1.1 {status} Any", f"Content-Length: {len(body)}", "Content-Type: application/soap+xml"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        return keep

    return reply


def break_off(after: bytes = b"") -> Reply:
    """Close the connection, possibly in the middle of an answer."""

    def reply(connection: socket.socket) -> bool:
        connection.sendall(after)
        return False

    return reply


@dataclass
class HttpListener:
    """Plays replies in order, over as many connections as it takes; a context manager.

    With a greeting it says that to every client, and hangs up.
    """

    replies: list[Reply]
    greeting: bytes = b""
    received: list[Received] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self._silence = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._server.getsockname()[1]
        return port

    def keep_silent(self) -> Reply:
        """Say nothing until the test is over."""

        def reply(connection: socket.socket) -> bool:
            self._silence.wait(10)
            return False

        return reply

    def __enter__(self) -> HttpListener:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._silence.set()
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        # A client may hold its end for as long as an exception of it is alive.
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        if kind is None:
            assert not self.replies, f"{len(self.replies)} replies were not asked for"

    def _accept(self) -> None:
        while True:
            try:
                connection, _unused = self._server.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection, self.connections), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        with connection, connection.makefile("rb") as stream:
            connection.settimeout(10)
            if self.greeting:
                connection.sendall(self.greeting)
                return
            try:
                while self._one_exchange(connection, stream, number):
                    pass
            except OSError:
                return

    def _one_exchange(self, connection: socket.socket, stream: BinaryIO, number: int) -> bool:
        request_line = stream.readline()
        if not request_line:
            return False
        headers: dict[str, str] = {}
        while line := stream.readline().strip():
            name, _separator, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        body = stream.read(int(headers.get("content-length", 0)))
        self.received.append(Received(number, headers, body))
        return self.replies.pop(0)(connection) if self.replies else False
