# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The doors beside WinRM: control for tests, web site and telephone of the Clearinghouse for people."""

from __future__ import annotations

from tests.simulator.clearinghouse.telephone import telephone_handler
from tests.simulator.clearinghouse.website import website_handler
from tests.simulator.control.server import control_handler
from tests.simulator.control.serving import SmallServer
from tests.simulator.simulation import Simulation


class Doors:
    """Opens all three; their ports are kept over a restart like those of the servers."""

    def __init__(self, simulation: Simulation) -> None:
        fleet = simulation.fleet
        handlers = {
            "control": (control_handler(simulation), fleet.info.control.port),
            "website": (website_handler(fleet), fleet.info.website.port),
            "telephone": (telephone_handler(fleet), fleet.info.telephone.port),
        }
        self._servers: dict[str, SmallServer] = {}
        ports = fleet.shared.ports
        for name, (handler, port) in handlers.items():
            server = SmallServer(handler, port or ports.get(f"_{name}", 0))
            ports[f"_{name}"] = server.port
            self._servers[name] = server
        with fleet.lock:
            fleet.save()

    @property
    def urls(self) -> dict[str, str]:
        """control_url, website_url, telephone_url: the part of the ready file about the doors."""
        return {f"{name}_url": server.url for name, server in self._servers.items()}

    def close(self) -> None:
        for server in self._servers.values():
            server.stop()
