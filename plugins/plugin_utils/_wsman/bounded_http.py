# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Limits for HTTP responses, handshakes included: size, time for the whole, no compression, no redirection.

requests and urllib3 have none of these: a body is read to its end, and the read timeout starts anew with every byte.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.limits import (
    MAX_RESPONSE_BYTES,
    LimitExceeded,
)

try:
    from requests.adapters import HTTPAdapter
except ImportError:  # requests comes with pywinrm; without it no session is opened
    HTTPAdapter = object  # type: ignore[assignment, misc]


@dataclass(frozen=True)
class ResponseLimits:
    """``seconds`` for a whole response, ``setting`` that the user raises to allow more."""

    seconds: float
    setting: str
    most_bytes: int = MAX_RESPONSE_BYTES


class _Deadline:
    """Ends a connection whose response is not complete in time; the thread that reads from it notices."""

    def __init__(self, limits: ResponseLimits) -> None:
        self._limits = limits
        self._timer: threading.Timer | None = None
        self._socket: Any = None
        self._passed = False

    def start(self) -> None:
        """Begin to count; what was counted before ends."""
        self.stop()
        self._passed = False
        self._timer = threading.Timer(self._limits.seconds, self._pass)
        self._timer.daemon = True
        self._timer.start()

    def stop(self) -> None:
        """The response is complete, or nobody reads it any more."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._socket = None

    def watch(self, connected: Any) -> None:
        """The socket over which the response comes."""
        self._socket = connected

    def check(self) -> None:
        """Raise LimitExceeded when the time was over before the response was complete."""
        if self._passed:
            raise LimitExceeded(
                f"the response was not complete after {self._limits.seconds:g} s; raise {self._limits.setting} if the"
                " line is slow",
                too_slow=True,
            )

    def _pass(self) -> None:
        self._passed = True
        if isinstance(self._socket, socket.socket):
            # Not the method of SSLSocket, which would take the TLS state away from the thread that reads.
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


class BoundedAdapter(HTTPAdapter):
    """An adapter of requests that holds responses to the limits."""

    def __init__(self, limits: ResponseLimits, key_password: str | None = None) -> None:
        self._limits = limits
        self._deadline = _Deadline(limits)
        # requests takes a client certificate's files, but not the password of its key.
        self._key: dict[str, Any] = {"key_password": key_password} if key_password else {}
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Connections that tell their sockets."""
        super().init_poolmanager(*args, **{**kwargs, **self._key})
        _watch_connections(self.poolmanager, self._deadline)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """The same for connections through a proxy."""
        manager = super().proxy_manager_for(*args, **{**kwargs, **self._key})
        _watch_connections(manager, self._deadline)
        return manager

    def send(self, *args: Any, **kwargs: Any) -> Any:
        """Send a request and read the head of the response; the body is read later, within the same time."""
        self._deadline.start()
        try:
            return super().send(*args, **kwargs)
        except Exception:
            self._deadline.stop()
            self._deadline.check()
            raise

    def build_response(self, request: Any, raw: Any) -> Any:
        """Have the body read by pieces, each of which is counted."""
        encoding = (raw.headers.get("Content-Encoding") or "identity").strip().lower()
        if encoding != "identity":
            self._deadline.stop()
            raise LimitExceeded(f"the response is compressed ({encoding[:40]!a}), which was not asked for")
        read = raw.stream
        raw.stream = lambda *args, **kwargs: self._bounded(read(*args, **kwargs))
        return super().build_response(request, raw)

    def close(self) -> None:
        """Close all connections."""
        self._deadline.stop()
        super().close()

    def _bounded(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        size = 0
        try:
            for piece in pieces:
                size += len(piece)
                if size > self._limits.most_bytes:
                    raise LimitExceeded(
                        f"the response is larger than {self._limits.most_bytes / 2**20:g} MiB, the most that is read"
                    )
                yield piece
        except LimitExceeded:
            raise
        except Exception:
            self._deadline.check()
            raise
        finally:
            self._deadline.stop()
        # A body without a length ends with its connection, so the end may be the one that the deadline made.
        self._deadline.check()


def _watch_connections(manager: Any, deadline: _Deadline) -> None:
    def watched(pool: Any) -> Any:
        class Connection(pool.ConnectionCls):  # type: ignore[misc]
            def getresponse(self, *args: Any, **kwargs: Any) -> Any:
                deadline.watch(self.sock)
                return super().getresponse(*args, **kwargs)

        return type(pool.__name__, (pool,), {"ConnectionCls": Connection})

    manager.pool_classes_by_scheme = {scheme: watched(pool) for scheme, pool in manager.pool_classes_by_scheme.items()}


def bound_session(session: Any, limits: ResponseLimits, key_password: str | None = None) -> None:
    """Hold every response of a requests session to the limits; C(key_password) is for the client certificate's key."""
    adapter = BoundedAdapter(limits, key_password)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.headers["Accept-Encoding"] = "identity"
    # A listener never redirects; following one could carry the message to another machine.
    session.max_redirects = 0


def open_bounded(connection: Any, limits: ResponseLimits) -> None:
    """Build the session of pywinrm's Transport, bounded before its first request: the handshake of encryption."""
    set_up = getattr(connection, "setup_encryption", None)

    def bounded(*args: Any) -> None:
        # pywinrm 0.5 gives the session, 0.4 has it as an attribute.
        bound_session(args[0] if args else connection.session, limits)
        if set_up is not None:
            set_up(*args)

    connection.setup_encryption = bounded
    session = connection.build_session() or connection.session
    if connection.encryption is None:
        bound_session(session, limits)
