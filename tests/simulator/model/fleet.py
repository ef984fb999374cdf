# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The running fleet: servers, network, Clearinghouse, and the lock under which they change."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.simulator import surroundings
from tests.simulator.model import catalog, description, initial, state
from tests.simulator.model.store import FLEET_FILE, Store


@dataclass(frozen=True)
class Account:
    """Who sent a message, as far as it matters for what is allowed. `delegated`: can go on to other machines."""

    name: str
    rights: description.User
    delegated: bool = False

    @property
    def is_administrator(self) -> bool:
        return self.rights.administrator


class Server:
    """One server: what the fleet file says of it and what has become of it."""

    def __init__(self, name: str, info: description.Server, current: state.ServerState, domain: str) -> None:
        self.name = name
        self.info = info
        self.state = current
        self.domain = info.domain or domain

    @property
    def fqdn(self) -> str:
        return f"{self.name.lower()}.{self.domain}"

    @property
    def is_active(self) -> bool:
        return self.state.role_installed and self.state.activated

    @property
    def highest_cal(self) -> int:
        return int(catalog.release(self.info.windows_release)["highest_cal"])

    @property
    def release_number(self) -> tuple[int, ...]:
        return tuple(int(part) for part in catalog.release(self.info.windows_release)["version"].split("."))

    @property
    def licensing_service(self) -> state.ServiceState | None:
        return self.state.services.get(initial.LICENSING_SERVICE.lower())

    @property
    def is_licensing_running(self) -> bool:
        """The service runs and the provider behind it has come up."""
        service = self.licensing_service
        now = surroundings.time()
        return (
            service is not None
            and service.running
            and now >= service.changing_until
            and now >= self.state.provider_ready_at
        )

    @property
    def database(self) -> state.DatabaseState:
        """The database in use; Windows makes a new one where the file is gone."""
        path = self.state.database_file
        file = self.state.files.get(path.lower())
        if file is None or file.database is None:
            file = initial.new_database_file(path, initial.new_database(self.info))
            self.state.files[path.lower()] = file
            if not self.info.behaviour.rebuilt_database_keeps_activation:
                self.state.activated = False
        assert file.database is not None
        return file.database

    def is_called(self, name: str) -> bool:
        """Whether `name` (computer name, FQDN or address) means this server."""
        return name.strip().lower() in (self.name.lower(), self.fqdn.lower(), self.info.address)


class Fleet:
    """All servers. Code that reads or changes state holds `lock`."""

    def __init__(self, info: description.Fleet, state_directory: Path | None) -> None:
        self.info = info
        self.lock = threading.RLock()
        self.store = Store(state_directory / "state" if state_directory else None)
        self.servers: dict[str, Server] = {}
        self.shared = state.FleetState()
        self._asked_for: set[str] = set()
        self.load()

    @property
    def clearinghouse(self) -> state.ClearinghouseState:
        return self.shared.clearinghouse

    def load(self) -> None:
        """Take the state from disk; what is not there yet starts as the fleet file says."""
        fresh: dict[str, state.ServerState] = {}
        for name, info in self.info.servers.items():
            fresh[name] = self.store.load(name, state.ServerState) or initial.initial_server(name, info, self.info)
        self.servers = {
            name: Server(name, self.info.servers[name], fresh[name], self.info.domain.name) for name in fresh
        }
        shared = self.store.load(FLEET_FILE, state.FleetState)
        if shared is None:
            shared = state.FleetState(clearinghouse=initial.initial_clearinghouse(self.info, fresh))
            self._cut_from_description(shared)
        self.shared = shared
        self.save()

    def reset(self) -> None:
        """Back to what the fleet file says; ports stay as they are."""
        ports = self.shared.ports
        self.store.clear()
        self.load()
        self.shared.ports = ports
        self.save()

    def save(self) -> bool:
        """Write what changed; return whether anything did."""
        return self._save(self.servers)

    def save_work(self, name: str) -> bool:
        """Save after a message to one server, which changes no other than those that its provider found by name.

        Looking at every server of a large fleet would take longer than the work.
        """
        asked_for, self._asked_for = self._asked_for, set()
        return self._save({name, *asked_for})

    def _save(self, names: Iterable[str]) -> bool:
        changed = [self.store.save(name, self.servers[name].state) for name in names]
        changed.append(self.store.save(FLEET_FILE, self.shared))
        return any(changed)

    def find_servers(self, name: str) -> list[Server]:
        """All servers that `name` can mean: in a loopback fleet many share an address."""
        found = [server for server in self.servers.values() if server.is_called(name)]
        self._asked_for.update(server.name for server in found)
        return found

    def can_reach(self, source: str, target: str) -> bool:
        """Whether a message from `source` arrives at `target`: the target is up and the network not cut."""
        return target not in self.shared.stopped and sorted((source, target)) not in self.shared.cut

    def connect(self, one: str, other: str, connected: bool) -> None:
        pair = sorted((one, other))
        if connected and pair in self.shared.cut:
            self.shared.cut.remove(pair)
        elif not connected and pair not in self.shared.cut:
            self.shared.cut.append(pair)

    def accounts(self, server: Server) -> dict[str, description.User]:
        return {**self.info.users, **server.info.users}

    def _cut_from_description(self, shared: state.FleetState) -> None:
        for name, info in self.info.servers.items():
            if info.reachable_from is None:
                continue
            for other in self.info.servers:
                pair = sorted((name, other))
                if other != name and other not in info.reachable_from and pair not in shared.cut:
                    shared.cut.append(pair)
