# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listeners in processes of their own: TLS, authentication and encryption happen there, the engine stays in one.

What a large fleet costs is mostly the listeners' part, and one Python process uses one core.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import connection
from typing import Any

from tests.simulator.model.fleet import Account, Fleet
from tests.simulator.transport.listener import Listener
from tests.simulator.wire.execution import DropError, Engine, Response

# Forked, so that a worker has the fleet, the certificates and the accounts already.
_FORK = multiprocessing.get_context("fork")


class RemoteEngine:
    """Stands for the engine in a worker. Each thread has a line of its own."""

    def __init__(self, address: str, fleet: Fleet) -> None:
        self.fleet = fleet
        self._address = address
        self._lines = threading.local()

    @property
    def crashes(self) -> RemoteEngine:
        """Where mistakes of the simulator are remembered."""
        return self

    def append(self, text: str) -> None:
        """Remember a mistake."""
        self._ask("crash", text)

    def handle(self, server_name: str, account: Account, data: bytes) -> Response:
        """As Engine does."""
        response = self._ask("handle", server_name, account, data)
        if response is None:
            raise DropError
        assert isinstance(response, Response)
        return response

    def write(self, entry: dict[str, Any]) -> None:
        """Stands for the HTTP journal, too."""
        self._ask("http", entry)

    def _ask(self, *question: Any) -> Any:
        line = getattr(self._lines, "line", None)
        if line is None:
            line = self._lines.line = connection.Client(self._address)
        line.send(question)
        return line.recv()


class _EngineDoor:
    """Where the workers reach the engine."""

    def __init__(self, engine: Engine, write_http: Callable[[dict[str, Any]], None]) -> None:
        self._answers: dict[str, Callable[..., Any]] = {
            "handle": self._handle,
            "http": write_http,
            "crash": engine.crashes.append,
        }
        self._engine = engine
        self._listener = connection.Listener(family="AF_UNIX", backlog=128)
        self.address = str(self._listener.address)

    def start(self) -> None:
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                line = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: Any) -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                kind, *arguments = line.recv()
                line.send(self._answers[kind](*arguments))

    def _handle(self, server_name: str, account: Account, data: bytes) -> Response | None:
        try:
            return self._engine.handle(server_name, account, data)
        except DropError:
            return None


@dataclass
class WorkerListener:
    """A listener in a worker, with what the simulation wants of a Listener."""

    worker: _Worker
    server: str
    scheme: str
    port: int = 0

    def start(self) -> None:
        """Listen, if it does not yet."""
        self.port = self.worker.ask("start", self.server, self.scheme)

    def stop(self, *, keep_port: bool = False) -> None:
        """As Listener does."""
        self.worker.ask("stop", self.server, self.scheme, keep_port)


class _Worker:
    """A process with the listeners of some servers, seen from the process of the engine."""

    def __init__(self, serve: Callable[[Any], None]) -> None:
        self._line, theirs = _FORK.Pipe()
        self._lock = threading.Lock()
        self._process = _FORK.Process(target=serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def ask(self, *order: Any) -> Any:
        """Have something done there. Raises OSError for what went wrong there."""
        with self._lock:
            self._line.send(order)
            answer = self._line.recv()
        if isinstance(answer, OSError):
            raise answer
        return answer

    def end(self) -> None:
        """Close its listeners and end it."""
        with contextlib.suppress(EOFError, OSError):
            self.ask("end")
        self._process.join(5)


class Workers:
    """Made before the first thread is: a fork copies no other threads than its own."""

    def __init__(
        self,
        count: int,
        engine: Engine,
        write_http: Callable[[dict[str, Any]], None],
        listeners_of: Callable[[str, RemoteEngine], dict[str, Listener]],
    ) -> None:
        self._door = _EngineDoor(engine, write_http)
        remote = RemoteEngine(self._door.address, engine.fleet)
        self._workers = [_Worker(lambda line: _serve(line, remote, listeners_of)) for _number in range(count)]
        self._next = 0
        self._door.start()

    def listeners_of(self, server: str) -> dict[str, WorkerListener]:
        """The listeners of a server, in the worker whose turn it is."""
        worker = self._workers[self._next % len(self._workers)]
        self._next += 1
        return {scheme: WorkerListener(worker, server, scheme) for scheme in worker.ask("make", server)}

    def stop(self) -> None:
        """End all processes."""
        for worker in self._workers:
            worker.end()
        self._door.stop()


def _serve(line: Any, remote: RemoteEngine, listeners_of: Callable[[str, RemoteEngine], dict[str, Listener]]) -> None:
    """The main loop of a worker; it ends with the process that gives the orders."""
    listeners: dict[str, dict[str, Listener]] = {}

    def make(server: str) -> list[str]:
        listeners[server] = listeners_of(server, remote)
        return list(listeners[server])

    def start(server: str, scheme: str) -> int:
        listeners[server][scheme].start()
        return listeners[server][scheme].port

    def stop(server: str, scheme: str, keep_port: bool) -> None:
        listeners[server][scheme].stop(keep_port=keep_port)

    orders: dict[str, Callable[..., Any]] = {"make": make, "start": start, "stop": stop}
    while True:
        try:
            kind, *arguments = line.recv()
        except (EOFError, OSError, KeyboardInterrupt):
            return
        if kind == "end":
            line.send(None)
            return
        try:
            line.send(orders[kind](*arguments))
        except OSError as error:
            line.send(error)
