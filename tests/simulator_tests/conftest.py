# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fleets for tests: started inside the test process, spoken to over their sockets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from pypsrp.wsman import WSMan

from tests.simulator.doors import Doors
from tests.simulator.model import description
from tests.simulator.model.loading import check_fleet
from tests.simulator.model.plain import from_plain
from tests.simulator.simulation import Simulation
from tests.simulator_tests.client import Client, RawClient

USERS = """
users:
  admin: {password: Admin-Secret-1, certificate: true}
  reader: {password: Reader-Secret-1, administrator: false}
  outsider: {password: Outsider-Secret-1, administrator: false, remote_management: false}
  domadmin: {password: Domain-Secret-1, domain: true, domain_admin: true}
  entadmin: {password: Forest-Secret-1, domain: true, enterprise_admin: true}
"""


class FleetUnderTest:
    """A running fleet with the clients that tests need."""

    def __init__(self, text: str, directory: Path) -> None:
        info = from_plain(description.Fleet, yaml.safe_load(USERS + text), "test")
        check_fleet(info)
        self.simulation = Simulation(info, directory)
        self.simulation.start()
        self.ready = self.simulation.ready()
        self._doors = Doors(self.simulation)
        self.urls = self._doors.urls
        self.control_url = self.urls["control_url"]
        self._open: list[WSMan] = []

    def client(
        self, server: str, user: str = "admin", scheme: str = "http", auth: str | None = None, **options: Any
    ) -> Client:
        entry = self.ready["servers"][server]
        account = entry["users"][user]
        arguments: dict[str, Any] = {
            "port": entry["listeners"][scheme]["port"],
            "username": account["login"],
            "password": account["password"],
            "ssl": scheme == "https",
            "auth": auth or {"http": "ntlm", "https": "basic"}[scheme],
            "cert_validation": self.ready["ca"] if scheme == "https" else True,
            "no_proxy": True,
            **options,
        }
        wsman = WSMan(entry["address"], **arguments)
        self._open.append(wsman)
        return Client(wsman)

    def raw(self, server: str, user: str = "admin") -> RawClient:
        entry = self.ready["servers"][server]
        account = entry["users"][user]
        url = entry["listeners"]["https"]["url"]
        return RawClient(url, self.ready["ca"], (account["login"], account["password"]))

    def control(self, method: str, path: str, data: dict[str, Any] | None = None) -> Any:
        answer = requests.request(method, self.control_url + path, json=data, timeout=20)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def state(self, server: str) -> dict[str, Any]:
        found: dict[str, Any] = self.control("GET", "/state")["servers"][server]
        return found

    def packs(self, server: str) -> list[tuple[int, int, int]]:
        """Version, type and total of the purchased packs, by the simulator's own account."""
        return [
            (pack["product_version_id"], pack["product_type"], pack["total"])
            for pack in self.state(server)["key_packs"]
            if pack["key_pack_type"] in (1, 2, 5)
        ]

    def journal(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.control("GET", "/journal")
        return found

    def reset(self) -> None:
        """Like new, on the same ports."""
        for wsman in self._open:
            wsman.close()
        self._open.clear()
        self.simulation.reset()

    def close(self) -> None:
        for wsman in self._open:
            wsman.close()
        self._doors.close()
        self.simulation.stop()
        assert self.simulation.engine.crashes == []


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., FleetUnderTest]]:
    """Start a fleet out of YAML (servers and clearinghouse; the users are there)."""
    started: list[FleetUnderTest] = []

    def starter(text: str, directory: str = "state") -> FleetUnderTest:
        fleet = FleetUnderTest(text, tmp_path / directory)
        started.append(fleet)
        return fleet

    yield starter
    for fleet in started:
        fleet.close()


@pytest.fixture(scope="session")
def shared_single(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FleetUnderTest]:
    """The fleet behind `single`: starting one for each of many tests would take most of their time."""
    fleet = FleetUnderTest(
        "servers: {ls1: {activated: true, key_packs: "
        "[{product_version: windows_server_2022, cal_type: per_user, quantity: 100}]}}",
        tmp_path_factory.mktemp("single"),
    )
    yield fleet
    fleet.close()


@pytest.fixture
def single(shared_single: FleetUnderTest) -> FleetUnderTest:
    """One license server, activated, with 100 per user CALs; as new for each test."""
    shared_single.reset()
    return shared_single
