# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Limits for HTTP responses, handshakes included: size, time for the whole, no compression, no redirection.

requests and urllib3 have none of these: a body is read to its end, and the read timeout starts anew with every byte.
"""

from __future__ import annotations

import contextlib
import math
import os
import socket
import threading
import time
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


class _Watchdog:
    """One thread that ends connections whose time is over: a timer for each response would be a thread for each."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._due: dict[_Deadline, float] = {}
        self._wakes = math.inf
        self._thread: threading.Thread | None = None

    def add(self, deadline: _Deadline, seconds: float) -> None:
        """End the deadline's connection when that many seconds are over."""
        with self._changed:
            due = self._due[deadline] = time.monotonic() + seconds
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="rd_licensing_watchdog", daemon=True)
                self._thread.start()
            elif due < self._wakes:
                self._changed.notify()

    def remove(self, deadline: _Deadline) -> None:
        """Leave the deadline's connection alone."""
        with self._changed:
            self._due.pop(deadline, None)

    def _run(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                for deadline in [each for each, due in self._due.items() if due <= now]:
                    del self._due[deadline]
                    deadline.expire()
                self._wakes = min(self._due.values(), default=math.inf)
                self._changed.wait(None if self._wakes == math.inf else self._wakes - now)


_watchdogs = [_Watchdog()]


def _after_fork() -> None:
    """A process that Ansible forks has none of the threads, and perhaps their locks."""
    _watchdogs[:] = [_Watchdog()]


os.register_at_fork(after_in_child=_after_fork)


class _Deadline:
    """Ends a connection whose response is not complete in time; the thread that reads from it notices."""

    def __init__(self, limits: ResponseLimits) -> None:
        self._limits = limits
        self._socket: Any = None
        self._passed = False

    def start(self) -> None:
        """Begin to count; what was counted before ends."""
        self._passed = False
        _watchdogs[0].add(self, self._limits.seconds)

    def stop(self) -> None:
        """The response is complete, or nobody reads it any more."""
        _watchdogs[0].remove(self)
        self._socket = None

    def watch(self, connected: Any) -> None:
        """The socket over which the response comes."""
        self._socket = connected

    def check(self) -> None:
        """Raise LimitExceeded when the time was over before the response was complete."""
        if self._passed:
            raise LimitExceeded(
                f"the response was not complete after {self._limits.seconds:g} s; raise {self._limits.setting} if the "
                f"connection is slow",
                too_slow=True,
            )

    def expire(self) -> None:
        """The time is over."""
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
            raise LimitExceeded(f"the response is compressed ({encoding[:40]!a}), which was not requested")
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
