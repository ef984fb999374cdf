# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listens on the wire: passes every byte on to a server and keeps what went there."""

from __future__ import annotations

import base64
import contextlib
import socket
import threading
from types import TracebackType
from urllib.parse import quote


class Wiretap:
    """A port on loopback that leads to another one; a context manager."""

    def __init__(self, address: str, port: int) -> None:
        self._server = (address, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sent: list[bytes] = []
        self._ends: list[socket.socket] = []
        self.connections = 0

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def sent(self) -> bytes:
        """All that went to the server."""
        return b"".join(self._sent)

    def carries(self, secret: str) -> bool:
        """Whether the secret went over the wire in an encoding that anybody can undo."""
        return any(form in self.sent for form in readable_forms(secret))

    def __enter__(self) -> Wiretap:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for end in (self._listener, *self._ends):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _address = self._listener.accept()
                self.connections += 1
                server = socket.create_connection(self._server)
                self._ends += [client, server]
                threading.Thread(target=self._pass_on, args=(client, server, True), daemon=True).start()
                threading.Thread(target=self._pass_on, args=(server, client, False), daemon=True).start()

    def _pass_on(self, source: socket.socket, goal: socket.socket, keep: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if keep:
                    self._sent.append(data)
                goal.sendall(data)
            goal.shutdown(socket.SHUT_WR)


def readable_forms(secret: str) -> list[bytes]:
    """A text as it is, in UTF-16, quoted, as hexadecimal digits, and in base64 at any place of what is encoded."""
    plain = secret.encode()
    forms = [
        plain,
        secret.encode("utf-16-le"),
        quote(secret).encode(),
        plain.hex().encode(),
        plain.hex().upper().encode(),
    ]
    for text in (plain, secret.encode("utf-16-le")):
        for before in range(3):
            # The letters that depend on the text alone, and not on its neighbours.
            encoded = base64.b64encode(b"\0" * before + text)
            forms.append(encoded[(before * 8 + 5) // 6 : (before + len(text)) * 8 // 6])
    return forms
