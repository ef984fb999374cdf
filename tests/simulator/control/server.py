# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control door: JSON over HTTP on loopback. README.md lists the requests."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.simulator import surroundings
from tests.simulator.control.serving import QuietHandler
from tests.simulator.control.state_view import fleet_view
from tests.simulator.model import description
from tests.simulator.model.initial import install_role, purchase_state
from tests.simulator.model.loading import check_purchase
from tests.simulator.model.plain import PlainError, from_plain
from tests.simulator.simulation import Simulation


class ControlError(ValueError):
    """A request that cannot be served; answered with 400 and the text."""


class Control:
    """What the control door can do."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    def get(self, path: str, query: dict[str, list[str]]) -> Any:
        since = int(query.get("since", ["0"])[0])
        if path == "/state":
            with self._simulation.fleet.lock:
                return fleet_view(self._simulation.fleet, self._simulation.engine.contexts)
        if path == "/journal":
            return self._simulation.journal.since(since)
        if path == "/http":
            return self._simulation.http_journal.since(since)
        if path == "/misbehave":
            return self._simulation.misbehaviour.rules()
        if path == "/ready":
            return self._simulation.ready()
        raise ControlError(f"nothing to get at {path}")

    def post(self, path: str, data: dict[str, Any]) -> Any:
        parts = path.strip("/").split("/")
        actions: dict[str, Callable[[dict[str, Any]], Any]] = {
            "misbehave": self._misbehave,
            "network": self._network,
            "clearinghouse": self._clearinghouse,
            "reset": self._reset,
        }
        if len(parts) == 1 and parts[0] in actions:
            return actions[parts[0]](data)
        if len(parts) == 3 and parts[0] == "servers":
            return self._server(parts[1], parts[2], data)
        raise ControlError(f"nothing to post at {path}")

    def delete(self, path: str) -> Any:
        if path != "/misbehave":
            raise ControlError(f"nothing to delete at {path}")
        self._simulation.misbehaviour.clear()
        return {}

    def _misbehave(self, data: dict[str, Any]) -> Any:
        if data.get("server") is not None:
            self._check_name(data["server"])
        self._simulation.misbehaviour.add(data)
        return self._simulation.misbehaviour.rules()

    def _network(self, data: dict[str, Any]) -> Any:
        """{a, b, connected}: cut or restore the network between two servers; {server, internet}: to the outside."""
        fleet = self._simulation.fleet
        with fleet.lock:
            if "internet" in data:
                self._check_name(data["server"])
                fleet.servers[data["server"]].state.internet = bool(data["internet"])
            else:
                self._check_name(data["a"])
                self._check_name(data["b"])
                fleet.connect(data["a"], data["b"], bool(data["connected"]))
            fleet.save()
        return {"cut": fleet.shared.cut}

    def _clearinghouse(self, data: dict[str, Any]) -> Any:
        """{exhaust: purchase}: nothing of it is left; {purchases: {...}}: more of them, as in the fleet file."""
        fleet = self._simulation.fleet
        with fleet.lock:
            purchases = fleet.clearinghouse.purchases
            if "exhaust" in data:
                if data["exhaust"] not in purchases:
                    raise ControlError(f"no purchase {data['exhaust']}")
                purchase = purchases[data["exhaust"]]
                purchase.quantity -= purchase.free
            for name, entry in (data.get("purchases") or {}).items():
                bought = from_plain(description.Purchase, entry, f"purchases.{name}")
                check_purchase(name, bought)
                purchases[name] = purchase_state(name, bought)
            fleet.save()
        return {"purchases": sorted(purchases)}

    def _reset(self, data: dict[str, Any]) -> Any:
        self._simulation.reset()
        return {}

    def _server(self, name: str, action: str, data: dict[str, Any]) -> Any:
        self._check_name(name)
        if action == "stop":
            self._simulation.stop_server(name)
        elif action == "start":
            self._simulation.start_server(name)
        elif action == "database":
            with self._simulation.fleet.lock:
                self._simulation.fleet.servers[name].database.corrupt = bool(data["corrupt"])
                self._simulation.fleet.save()
        elif action == "role":
            return {"changed": self._install_role(name, data)}
        else:
            raise ControlError(f"a server can be told to stop, start, database or role, not {action}")
        return {}

    def _install_role(self, name: str, data: dict[str, Any]) -> bool:
        """{installed: true}: add the role service where it is missing; whether it was. `provider_seconds` applies."""
        if data["installed"] is not True:
            raise ControlError("the role service can only be installed, not removed")
        with self._simulation.fleet.lock:
            server = self._simulation.fleet.servers[name]
            if server.state.role_installed:
                return False
            install_role(server.state, server.info, running=True)
            server.state.provider_ready_at = surroundings.time() + server.info.behaviour.provider_seconds
            self._simulation.fleet.save()
        return True

    def _check_name(self, name: Any) -> None:
        if name not in self._simulation.fleet.servers:
            raise ControlError(f"no server {name!r}")


class ControlHandler(QuietHandler):
    control: Control

    def get(self) -> None:
        parts = urlsplit(self.path)
        self._answer(lambda: self.control.get(parts.path, parse_qs(parts.query)))

    def post(self) -> None:
        body = self.body()
        self._answer(lambda: self.control.post(urlsplit(self.path).path, json.loads(body) if body else {}))

    def delete(self) -> None:
        self._answer(lambda: self.control.delete(urlsplit(self.path).path))

    def _answer(self, work: Callable[[], Any]) -> None:
        try:
            status, result = 200, work()
        except (PlainError, KeyError, ValueError) as error:
            status, result = 400, {"error": str(error)}
        self.send_text(status, json.dumps(result, indent=1, ensure_ascii=False, default=str), "application/json")


def control_handler(simulation: Simulation) -> type[Any]:
    return type("Handler", (ControlHandler,), {"control": Control(simulation)})
