# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole running simulation: listeners of every server, control door, ready file."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.simulator.control.journal import Journal
from tests.simulator.control.misbehaviour import Misbehaviour
from tests.simulator.model import description
from tests.simulator.model.fleet import Fleet, Server
from tests.simulator.transport.accounts import Accounts, principal
from tests.simulator.transport.certificates import Certificates
from tests.simulator.transport.connection import Connection
from tests.simulator.transport.listener import Listener, Service
from tests.simulator.transport.workers import RemoteEngine, WorkerListener, Workers
from tests.simulator.wire.execution import Engine

_OFFERED = {"http": ["negotiate"], "https": ["negotiate", "basic", "certificate"]}


class Simulation:
    """Starts everything and stops it again."""

    def __init__(self, info: description.Fleet, state_directory: Path, processes: int = 1) -> None:
        state_directory.mkdir(parents=True, exist_ok=True)
        self.directory = state_directory
        self.fleet = Fleet(info, state_directory)
        self.journal = Journal(state_directory / "journal.jsonl")
        self.http_journal = Journal(state_directory / "http.jsonl")
        self.misbehaviour = Misbehaviour()
        self.engine = Engine(self.fleet, self.journal, self.misbehaviour)
        self.certificates = Certificates(state_directory)
        self.listeners: Mapping[str, Mapping[str, Listener | WorkerListener]] = {}
        self._processes = processes
        self._workers: Workers | None = None
        self.services: dict[str, Listener] = {}

    def start(self) -> None:
        if self._processes > 1:
            self._workers = Workers(self._processes, self.engine, self.http_journal.write, self._listeners_in_worker)
            self.listeners = {name: self._workers.listeners_of(name) for name in self.fleet.servers}
        else:
            self.listeners = {name: self._listeners_of(server) for name, server in self.fleet.servers.items()}
        for name in self.fleet.servers:
            if name not in self.fleet.shared.stopped:
                self._start_server(name)
        self.fleet.save()

    def stop(self) -> None:
        for listeners in self.listeners.values():
            for listener in listeners.values():
                listener.stop()
        if self._workers:
            self._workers.stop()

    def stop_server(self, name: str) -> None:
        """Switch a server off: its listeners refuse connections, the others do not reach it."""
        with self.fleet.lock:
            if name not in self.fleet.shared.stopped:
                self.fleet.shared.stopped.append(name)
            self.engine.contexts[name].clear()
            self.fleet.save()
        for listener in self.listeners[name].values():
            listener.stop(keep_port=True)

    def start_server(self, name: str) -> None:
        with self.fleet.lock:
            if name in self.fleet.shared.stopped:
                self.fleet.shared.stopped.remove(name)
            self.fleet.save()
        self._start_server(name)

    def reset(self) -> None:
        """Everything as the fleet file says: state, misbehaviour, open enumerations, switched-off servers, journals."""
        with self.fleet.lock:
            self.fleet.reset()
            self.misbehaviour.clear()
            for contexts in self.engine.contexts.values():
                contexts.clear()
            self.journal.clear()
            self.http_journal.clear()
        for name in self.listeners:
            self._start_server(name)

    def ready(self) -> dict[str, Any]:
        """The content of the ready file; README.md explains it."""
        return {
            "pid": os.getpid(),
            "state_dir": str(self.directory),
            "ca": str(self.certificates.ca_path),
            "domain": {"name": self.fleet.info.domain.name, "netbios": self.fleet.info.domain.netbios},
            "servers": {name: self._ready_server(server) for name, server in self.fleet.servers.items()},
        }

    def write_ready(self, path: Path, more: dict[str, Any]) -> None:
        temporary = path.with_name(path.name + ".tmp")
        temporary.touch(mode=0o600)
        temporary.write_text(json.dumps({**self.ready(), **more}, indent=1), encoding="utf-8")
        os.replace(temporary, path)

    def _listeners_in_worker(self, name: str, engine: RemoteEngine) -> dict[str, Listener]:
        return self._listeners_of(self.fleet.servers[name], engine)

    def _listeners_of(self, server: Server, remote: RemoteEngine | None = None) -> dict[str, Listener]:
        accounts = Accounts(self.fleet, server, self.certificates.directory)
        result = {}
        for scheme, info in (("http", server.info.listeners.http), ("https", server.info.listeners.https)):
            if info is None:
                continue
            offer = tuple(info.offer if info.offer is not None else _OFFERED[scheme])
            engine, http_journal = remote or self.engine, remote or self.http_journal
            service = Service(server.name, engine, accounts, http_journal, scheme, offer, info.allow_unencrypted)
            context = None
            if scheme == "https":
                identities = {server.info.address, server.fqdn, server.name.lower(), "localhost"}
                context = self.certificates.server_context(server.name, sorted(identities), "certificate" in offer)
            # A restarted fleet takes the ports it had, so that an inventory stays right.
            port = info.port or self.fleet.shared.ports.get(f"{server.name}/{scheme}", 0)
            result[scheme] = Listener((server.info.address, port), Connection, service, context)
        return result

    def _start_server(self, name: str) -> None:
        for scheme, listener in self.listeners[name].items():
            listener.start()
            self.fleet.shared.ports[f"{name}/{scheme}"] = listener.port

    def _ready_server(self, server: Server) -> dict[str, Any]:
        listeners = {
            scheme: {
                "port": listener.port,
                "url": f"{scheme}://{_in_url(server.info.address)}:{listener.port}/wsman",
            }
            for scheme, listener in self.listeners[server.name].items()
        }
        users = {name: self._ready_user(name, user, server) for name, user in self.fleet.accounts(server).items()}
        return {
            "address": server.info.address,
            "fqdn": server.fqdn,
            "session_host": server.info.session_host is not None,
            "license_server": server.info.role_installed,
            "listeners": listeners,
            "users": users,
        }

    def _ready_user(self, name: str, user: description.User, server: Server) -> dict[str, Any]:
        login = f"{name}@{self.fleet.info.domain.name}" if user.domain else name
        entry: dict[str, Any] = {"login": login, "password": user.password, "administrator": user.administrator}
        if user.certificate:
            entry["certificate"] = str(self.certificates.user_certificate(principal(name, user, self.fleet, server)))
        return entry


def _in_url(address: str) -> str:
    return f"[{address}]" if ":" in address else address
