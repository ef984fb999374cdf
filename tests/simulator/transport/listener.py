# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One WinRM listener: a threaded HTTP/1.1 server, with or without TLS."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import ssl
import sys
import threading
import traceback
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from typing import Any, Protocol

from tests.simulator.model.fleet import Account, Fleet
from tests.simulator.transport.accounts import Accounts
from tests.simulator.wire.execution import Response


class MessageHandler(Protocol):
    """The engine, in this process or in another."""

    @property
    def fleet(self) -> Fleet: ...

    @property
    def crashes(self) -> Remembered: ...

    def handle(self, server_name: str, account: Account, data: bytes) -> Response: ...


class Remembered(Protocol):
    """Mistakes of the simulator."""

    def append(self, text: str, /) -> None: ...


class JournalWriter(Protocol):
    """The HTTP journal, in this process or in another."""

    def write(self, entry: dict[str, Any]) -> None: ...


@dataclass(frozen=True)
class Service:
    """What the connections of a listener need to know."""

    server: str
    engine: MessageHandler
    accounts: Accounts
    http_journal: JournalWriter
    scheme: str
    offer: tuple[str, ...]
    allow_unencrypted: bool


def family_of(address: str) -> socket.AddressFamily:
    """The kind of socket for a loopback address."""
    return socket.AF_INET6 if ":" in address else socket.AF_INET


# Nothing depends on it: who ends a listener also wakes it.
_SECONDS_BETWEEN_LOOKS = 5.0


class _EndedError(Exception):
    """Leaves serve_forever."""


class WinrmHttpServer(ThreadingHTTPServer):
    """Counts its connections and can close them all. The TLS handshake happens in the connection's thread."""

    daemon_threads = True
    request_queue_size = 128
    # Where a client sits between two requests must not keep the fleet from stopping.
    block_on_close = False

    def __init__(
        self,
        address: tuple[str, int],
        handler: type[socketserver.BaseRequestHandler],
        service: Service,
        context: ssl.SSLContext | None,
    ) -> None:
        self.service = service
        self._context = context
        self._connections: set[socket.socket] = set()
        self._count = 0
        self._lock = threading.Lock()
        self._ending = False
        self.address_family = family_of(address[0])
        super().__init__(address, handler)

    def serve(self) -> None:
        """Serve until `end`, without looking for it many times a second: a large fleet has hundreds of listeners."""
        with contextlib.suppress(_EndedError):
            self.serve_forever(_SECONDS_BETWEEN_LOOKS)

    def service_actions(self) -> None:
        if self._ending:
            raise _EndedError

    def end(self) -> None:
        """End `serve`, which a connection wakes."""
        self._ending = True
        with contextlib.suppress(OSError):
            socket.create_connection((self.server_name, self.server_port), timeout=1).close()

    def server_bind(self) -> None:
        # HTTPServer.server_bind asks a name server for the host's name, which can take seconds.
        socketserver.TCPServer.server_bind(self)
        host, port = self.socket.getsockname()[:2]
        self.server_name, self.server_port = str(host), int(port)

    def next_number(self) -> int:
        with self._lock:
            self._count += 1
            return self._count

    def finish_request(self, request: object, client_address: object) -> None:
        assert isinstance(request, socket.socket)
        request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._connections.add(request)
        connection: socket.socket = request
        try:
            if self._context is not None:
                request.settimeout(10)
                connection = self._context.wrap_socket(request, server_side=True)
                connection.settimeout(None)
            super().finish_request(connection, client_address)
        except OSError:
            return  # the peer went away or refused the certificate
        finally:
            with self._lock:
                self._connections.discard(request)
            if connection is not request:
                self.shutdown_request(connection)

    def handle_error(self, request: object, client_address: object) -> None:
        """A mistake of the simulator itself: said aloud and remembered, so that tests can fail of it."""
        text = traceback.format_exc()
        self.service.engine.crashes.append(text)
        print(text, file=sys.stderr)

    def close_connections(self) -> None:
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class Listener:
    """Can be taken down and put up again on the same port, as a server that is switched off and on."""

    def __init__(
        self,
        address: tuple[str, int],
        handler: type[socketserver.BaseRequestHandler],
        service: Service,
        context: ssl.SSLContext | None,
    ) -> None:
        self._address = address
        self._handler = handler
        self._service = service
        self._context = context
        self._http: WinrmHttpServer | None = None
        self._thread: threading.Thread | None = None
        self._reserved: socket.socket | None = None

    @property
    def port(self) -> int:
        return self._address[1]

    def start(self) -> None:
        if self._http is not None:
            return
        self._release()
        self._http = WinrmHttpServer(self._address, self._handler, self._service, self._context)
        self._address = (self._address[0], self._http.server_port)
        self._thread = threading.Thread(target=self._http.serve, daemon=True)
        self._thread.start()

    def stop(self, *, keep_port: bool = False) -> None:
        """Refuse connections; `keep_port` keeps other programs from taking the port meanwhile."""
        if self._http is not None and self._thread is not None:
            self._http.end()
            self._thread.join()
            self._http.server_close()
            self._http.close_connections()
            self._http = None
        self._release()
        if keep_port:
            self._reserve()

    def _reserve(self) -> None:
        """Bind the port without listening."""
        self._reserved = socket.socket(family_of(self._address[0]), socket.SOCK_STREAM)
        self._reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Who was quicker has the port; starting the listener says so.
        with contextlib.suppress(OSError):
            self._reserved.bind(self._address)

    def _release(self) -> None:
        if self._reserved is not None:
            self._reserved.close()
            self._reserved = None
