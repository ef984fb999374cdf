# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One HTTP connection of a WinRM listener: authentication, encryption, and the count of every byte."""

from __future__ import annotations

import io
import ssl
import time
from http import HTTPStatus
from http.client import responses
from http.server import BaseHTTPRequestHandler
from typing import Any, BinaryIO

from tests.simulator.model.fleet import Account
from tests.simulator.transport.authentication import Session, Verdict
from tests.simulator.transport.listener import Service, WinrmHttpServer
from tests.simulator.transport.sealing import SealingError
from tests.simulator.wire.execution import DropError
from tests.simulator.wire.identify import identity, is_identify

_LARGEST_BODY = 4 * 1024 * 1024
_SOAP = "application/soap+xml;charset=UTF-8"


class CountingReader:
    """The part of a reader that the handler uses, counting what comes in."""

    def __init__(self, stream: BinaryIO | io.BufferedIOBase) -> None:
        self._stream = stream
        self.count = 0

    def readline(self, size: int = -1) -> bytes:
        return self._counted(self._stream.readline(size))

    def read(self, size: int = -1) -> bytes:
        return self._counted(self._stream.read(size))

    def close(self) -> None:
        self._stream.close()

    def _counted(self, data: bytes) -> bytes:
        self.count += len(data)
        return data


class Connection(BaseHTTPRequestHandler):
    """Handles the requests of one connection, one after the other."""

    protocol_version = "HTTP/1.1"
    server: WinrmHttpServer

    def setup(self) -> None:
        super().setup()
        self.reader = CountingReader(self.rfile)
        self.rfile: Any = self.reader
        self.service: Service = self.server.service
        self.counted = 0
        self.number = self.server.next_number()
        certificate = self.connection.getpeercert() if isinstance(self.connection, ssl.SSLSocket) else None
        self.session = Session(self.service.accounts, self.service.offer, certificate)

    def do_POST(self) -> None:
        started = time.perf_counter()
        try:
            status, sent = self._answer()
        except DropError:
            status, sent = 0, 0
            self.close_connection = True
        self.service.http_journal.write(
            {
                "server": self.service.server,
                "scheme": self.service.scheme,
                "connection": self.number,
                "received": self.reader.count - self.counted,
                "sent": sent,
                "status": status,
                "milliseconds": round((time.perf_counter() - started) * 1000, 2),
            }
        )
        self.counted = self.reader.count

    def _answer(self) -> tuple[int, int]:
        """Answer one request; return status and bytes sent. Raises DropError."""
        body = self._read_body()
        if body is None:
            self.close_connection = True
            return self._send(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, b"")
        if self.headers.get("WSMANIDENTIFY", "").lower() == "unauthenticated":
            return self._send(HTTPStatus.OK, identity())
        if self.path.split("?")[0].rstrip("/").lower() != "/wsman":
            return self._send(HTTPStatus.NOT_FOUND, b"")
        verdict = self.session.authenticate(self.headers.get("Authorization", ""))
        if verdict.account is None:
            return self._send(HTTPStatus.UNAUTHORIZED, b"", verdict)
        return self._answer_account(verdict, verdict.account, body)

    def _answer_account(self, verdict: Verdict, account: Account, body: bytes) -> tuple[int, int]:
        content_type = self.headers.get("Content-Type", "")
        if not body:
            # The empty request that carries the handshake of a client that is going to encrypt.
            return self._send(HTTPStatus.OK, b"", verdict)
        if content_type.startswith("multipart/"):
            return self._answer_encrypted(verdict, account, content_type, body)
        if self.service.scheme == "http" and not self.service.allow_unencrypted:
            return self._send(HTTPStatus.INTERNAL_SERVER_ERROR, b"", verdict)
        status, reply = self._execute(account, body)
        return self._send(status, reply, verdict)

    def _answer_encrypted(self, verdict: Verdict, account: Account, content_type: str, body: bytes) -> tuple[int, int]:
        sealing = self.session.sealing
        if sealing is None:
            return self._send(HTTPStatus.BAD_REQUEST, b"")
        try:
            message = sealing.open(content_type, body)
        except SealingError:
            return self._send(HTTPStatus.BAD_REQUEST, b"")
        status, reply = self._execute(account, message)
        sealed_type, sealed = sealing.seal(reply)
        return self._send(status, sealed, verdict, sealed_type)

    def _execute(self, account: Account, message: bytes) -> tuple[int, bytes]:
        if is_identify(message):
            return HTTPStatus.OK, identity(self.service.engine.fleet.servers[self.service.server])
        response = self.service.engine.handle(self.service.server, account, message)
        return response.status, response.text.encode("utf-8")

    def _read_body(self) -> bytes | None:
        """The body, or None when it is larger than a host takes."""
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > _LARGEST_BODY:
            return None
        return self.reader.read(int(length))

    def _send(
        self, status: int, body: bytes, verdict: Verdict | None = None, content_type: str = _SOAP
    ) -> tuple[int, int]:
        """Send the reply in one piece; return status and bytes sent."""
        lines = [f"HTTP/1.1 {int(status)} {responses.get(status, '')}"]
        if body:
            lines.append(f"Content-Type: {content_type}")
        lines += [f"WWW-Authenticate: {challenge}" for challenge in (verdict.challenges if verdict else ())]
        lines += ["Server: Microsoft-HTTPAPI/2.0", f"Date: {self.date_time_string()}", f"Content-Length: {len(body)}"]
        if self.close_connection:
            lines.append("Connection: close")
        data = "\r\n".join([*lines, "", ""]).encode("latin-1") + body
        try:
            self.wfile.write(data)
        except OSError:
            self.close_connection = True
        return int(status), len(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing goes to standard error; http.jsonl is the log."""
