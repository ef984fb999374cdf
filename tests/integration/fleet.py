# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated fleet as a process of its own, and the door through which tests look into it and disturb it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.integration.playbook import Run, Settings, play, start
from tests.simulator.inventory import inventory
from tests.simulator.reader import connect
from tests.simulator_tests.client import Client

ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 30.0

# Every fleet of these tests knows these people. All passwords are made up.
USERS = """
users:
  labadmin: {password: Simulated-Only-1}
  labreader: {password: Simulated-Only-2, administrator: false}
  domadmin: {password: Simulated-Only-3, domain: true, domain_admin: true}
  entadmin: {password: Simulated-Only-4, domain: true, enterprise_admin: true}
"""


class Fleet:
    """A running fleet. `text` is a fleet file (tests/simulator/README.md); `directory` takes everything it writes."""

    def __init__(self, text: str, directory: Path, start_seconds: float = _START_SECONDS) -> None:
        self.directory = directory
        self._start_seconds = start_seconds
        self._fleet_file = directory / "fleet.yml"
        self._ready_file = directory / "ready.json"
        self._log = directory / "simulator.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._runs = 0
        self.ready: dict[str, Any] = {}
        directory.mkdir(parents=True, exist_ok=True)
        self._fleet_file.write_text(text, encoding="utf-8")

    def start(self) -> None:
        """Start it and wait until all servers answer."""
        command = [sys.executable, "-m", "tests.simulator", str(self._fleet_file)]
        command += ["--state-dir", str(self.directory / "state"), "--ready-file", str(self._ready_file)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + self._start_seconds
        while not self._ready_file.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"the simulated fleet did not start: {self.log()}")
            time.sleep(0.02)
        self.ready = json.loads(self._ready_file.read_text(encoding="utf-8"))

    def stop(self) -> None:
        """Stop it; its state stays in the directory."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=max(20.0, self._start_seconds))
            self._process = None

    def log(self) -> str:
        """What the simulator printed; a traceback in it is a mistake of the simulator."""
        return self._log.read_text(encoding="utf-8")

    # Looking

    def state(self) -> dict[str, Any]:
        """The truth about all servers and the Clearinghouse, as Run records it after each task."""
        return comparable(self._control("GET", "/state"))

    def server(self, name: str) -> dict[str, Any]:
        """The truth about one server."""
        server: dict[str, Any] = self.state()["servers"][name]
        return server

    def cals(self, name: str) -> list[tuple[str | None, int]]:
        """Purchase and number of CALs of each purchased key pack of a server, in the order of key pack IDs."""
        return cals(self.state(), name)

    def journal(self, since: int = 0) -> list[dict[str, Any]]:
        """Every WS-Management message after the one numbered `since`."""
        messages: list[dict[str, Any]] = self._control("GET", f"/journal?since={since}")
        return messages

    def http(self, since: int = 0) -> list[dict[str, Any]]:
        """Every HTTP request after the one numbered `since`."""
        requests: list[dict[str, Any]] = self._control("GET", f"/http?since={since}")
        return requests

    def open_contexts(self) -> dict[str, int]:
        """Enumerations that were begun and neither finished nor released."""
        servers = self._control("GET", "/state")["servers"]
        return {name: server["open_contexts"] for name, server in servers.items() if server["open_contexts"]}

    # Disturbing

    def reset(self) -> None:
        """Everything as the fleet file says."""
        self._control("POST", "/reset", {})

    def misbehave(self, what: str, server: str | None = None, **rule: Any) -> None:
        """What a server is to do wrong: control/misbehaviour.py has the words."""
        self._control("POST", "/misbehave", {"what": what, "server": server, **rule})

    def restart_between_pages(self, server: str) -> None:
        """An enumeration that has begun cannot go on, as after a restart of the server."""
        rule = {"code": 2150858843, "subcode": "w:InternalError", "role": "s:Sender"}
        self.misbehave("fault", server, match={"action": "pull"}, times=-1, **rule)

    def misbehaviour(self) -> list[dict[str, Any]]:
        """The rules of misbehaviour; `times` goes down when a message that fits arrives."""
        rules: list[dict[str, Any]] = self._control("GET", "/misbehave")
        return rules

    def behave(self) -> None:
        """No more of that."""
        self._control("DELETE", "/misbehave")

    def cut(self, one: str, other: str) -> None:
        """Cut the network between two servers; the controller reaches both."""
        self._control("POST", "/network", {"a": one, "b": other, "connected": False})

    def internet(self, server: str, connected: bool) -> None:
        """Whether a server reaches the Clearinghouse."""
        self._control("POST", "/network", {"server": server, "internet": connected})

    def clearinghouse_sells(self, name: str, **purchase: Any) -> None:
        """One more purchase, as in the fleet file."""
        self._control("POST", "/clearinghouse", {"purchases": {name: purchase}})

    def switch_off(self, server: str) -> None:
        """Its listeners refuse connections."""
        self._control("POST", f"/servers/{server}/stop", {})

    def switch_on(self, server: str) -> None:
        """It answers again, on the same ports."""
        self._control("POST", f"/servers/{server}/start", {})

    @contextmanager
    def client(self, server: str) -> Iterator[Client]:
        """Another administrator with another tool, pypsrp: for reading what the collection left, and for meddling."""
        with connect(self.ready, server) as wsman:
            yield Client(wsman)

    def remove_by_hand(self, server: str, key_pack_id: int) -> None:
        """Remove a key pack as somebody would in Licensing Manager or PowerShell."""
        with self.client(server) as client:
            done = client.invoke("Win32_TSLicenseKeyPack", "UninstallLicenseKeyPackWithId", {"KeyPackId": key_pack_id})
        assert done["ReturnValue"] == 0

    # Playing

    def inventory(self, settings: Settings) -> dict[str, Any]:
        """The inventory that reaches the fleet by these settings."""
        made = inventory(self.ready, settings.connection, settings.scheme, settings.user)
        for host, variables in settings.hostvars.items():
            for name in made["all"]["hosts"] if host == "all" else [host]:
                made["all"]["hosts"].setdefault(name, {}).update(variables)
        return made

    def inventory_of(self, server: str, connection: str, scheme: str) -> dict[str, Any]:
        """The variables that reach one server."""
        variables: dict[str, Any] = inventory(self.ready, connection, scheme)["all"]["hosts"][server]
        return variables

    def play(self, *tasks: Mapping[str, Any], hosts: str = "rdls01", **settings: Any) -> Run:
        """Run tasks on hosts of the fleet, in one play; `settings` are those of Settings."""
        wanted = Settings(**settings)
        plays = [{"hosts": hosts, "gather_facts": False, **wanted.play_keywords, "tasks": list(tasks)}]
        return self.run(plays, wanted)

    def run(self, playbook: str | Sequence[Mapping[str, Any]], settings: Settings) -> Run:
        """Run a playbook, by name (of a collection) or as plays."""
        return play(playbook, self.inventory(settings), settings, self._run_directory(), self.ready["control_url"])

    def starting(self, playbook: str | Sequence[Mapping[str, Any]], settings: Settings) -> subprocess.Popen[str]:
        """Start a playbook and do not wait for it."""
        return start(playbook, self.inventory(settings), settings, self._run_directory(), self.ready["control_url"])

    def _run_directory(self) -> Path:
        self._runs += 1
        return self.directory / f"run-{self._runs}"

    def _control(self, method: str, path: str, data: Mapping[str, Any] | None = None) -> Any:
        request = urllib.request.Request(  # noqa: S310  # the fleet's own door
            self.ready["control_url"] + path,
            method=method,
            data=None if data is None else json.dumps(data).encode(),
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  # as above
            return json.load(answer)


def comparable(state: dict[str, Any]) -> dict[str, Any]:
    """The state without what reading alone changes."""
    for server in state["servers"].values():
        server.pop("opened_contexts")
    return state


def cals(state: dict[str, Any], name: str) -> list[tuple[str | None, int]]:
    """Purchase and number of CALs of each purchased key pack of a server, in the order of key pack IDs."""
    packs = [pack for pack in state["servers"][name]["key_packs"] if pack["key_pack_type"] in (1, 2, 5)]
    return [(pack["purchase"], pack["total"]) for pack in sorted(packs, key=lambda pack: int(pack["key_pack_id"]))]
