# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process as a whole: start, stop, state on disk, journal, control door, fleet file, reader, inventory."""

from __future__ import annotations

import ast
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from tests.simulator.model.loading import load_fleet
from tests.simulator.model.plain import PlainError
from tests.simulator_tests.client import KEY_PACK, LICENSE_SERVER
from tests.simulator_tests.conftest import FleetUnderTest

Start = Callable[..., FleetUnderTest]
ROOT = Path(__file__).parent.parent.parent
SIMULATOR = ROOT / "tests" / "simulator"
FLEET = SIMULATOR / "fleets" / "replace.yml"


def _purchase(text: str) -> str:
    """A fleet file with one purchase."""
    rest = "product_version: windows_server_2022, cal_type: per_user, quantity: 1"
    return f"servers: {{}}\nclearinghouse: {{purchases: {{p: {{{text}, {rest}}}}}}}"


class Process:
    """The simulator as a process of its own."""

    def __init__(self, directory: Path, *options: str) -> None:
        self.ready_file = directory / "ready.json"
        command = [sys.executable, "-m", "tests.simulator", str(FLEET), "--state-dir", str(directory / "state")]
        self.process = subprocess.Popen([*command, "--ready-file", str(self.ready_file), *options], cwd=ROOT)  # noqa: S603  # our own
        deadline = time.monotonic() + 10
        while not self.ready_file.exists():
            assert self.process.poll() is None, "the simulator ended"
            assert time.monotonic() < deadline, "the simulator is not ready"
            time.sleep(0.02)
        self.ready: dict[str, Any] = json.loads(self.ready_file.read_text())

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(10)


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    running = Process(tmp_path)
    yield running
    if running.process.poll() is None:
        running.stop()


@pytest.fixture
def several(tmp_path: Path) -> Iterator[Process]:
    running = Process(tmp_path, "--processes", "3")
    yield running
    if running.process.poll() is None:
        running.stop()


def _tool(name: str, *arguments: str) -> str:
    command = [sys.executable, "-m", f"tests.simulator.{name}", *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout  # noqa: S603  # our own


def test_one_command_and_its_tools(process: Process) -> None:
    ready = str(process.ready_file)
    assert process.ready["pid"] == process.process.pid
    assert process.ready_file.stat().st_mode & 0o077 == 0
    lines = _tool("reader", ready).splitlines()
    assert [line.split() for line in lines[1:]] == [
        ["rdls01", "4", "Windows", "Server", "2022", "per", "user", "250", "231"],
        ["rdls01", "5", "Windows", "Server", "2022", "per", "device", "50", "12"],
        ["rdls02", "-", "no", "CALs", "0", "0"],
    ]
    rows = json.loads(_tool("reader", ready, "--json", "--all"))
    assert len(rows) == 6
    assert {row["total"] for row in rows if row["type"] == "built-in"} == {None}
    for connection in ("winrm", "psrp"):
        for scheme in ("http", "https"):
            text = _tool("inventory", ready, "--connection", connection, "--scheme", scheme)
            hosts = yaml.safe_load(text)["all"]["hosts"]
            assert list(hosts) == ["rdls01", "rdls02"]
            assert hosts["rdls02"]["ansible_port"] == process.ready["servers"]["rdls02"]["listeners"][scheme]["port"]
    assert process.stop() == 0
    assert not process.ready_file.exists()


def test_restart_keeps_state_ports_and_certificates(tmp_path: Path) -> None:
    first = Process(tmp_path)
    requests.post(f"{first.ready['control_url']}/network", json={"server": "rdls01", "internet": False}, timeout=10)
    first.stop()
    second = Process(tmp_path)
    state = requests.get(f"{second.ready['control_url']}/state", timeout=10).json()
    assert state["servers"]["rdls01"]["internet"] is False
    assert second.ready["servers"] == first.ready["servers"]
    _tool("reader", str(second.ready_file))
    second.stop()


def test_changes_survive_in_the_state_directory(start: Start) -> None:
    text = "servers: {ls1: {activated: true}}"
    fleet = start(text)
    fleet.client("ls1").set(LICENSE_SERVER, City="Graz")
    before = fleet.state("ls1")
    fleet.close()
    again = start(text)
    assert again.client("ls1").values(LICENSE_SERVER)["City"] == "Graz"
    assert again.state("ls1") == {**before, "opened_contexts": 0}
    assert [entry["seq"] for entry in again.journal()] == list(range(1, len(again.journal()) + 1))
    again.control("POST", "/reset")
    assert again.state("ls1")["contact"]["City"] is None
    assert again.journal() == []
    assert again.client("ls1").values(LICENSE_SERVER)["City"] is None


def test_journal_tells_readers_writers_and_what_changed(single: FleetUnderTest) -> None:
    client = single.client("ls1")
    client.get(LICENSE_SERVER)
    client.items(KEY_PACK)
    client.invoke(LICENSE_SERVER, "GetActivationStatus")
    client.invoke(KEY_PACK, "UninstallLicenseKeyPackWithId", {"KeyPackId": 99})
    client.set(LICENSE_SERVER, City="Graz")
    client.registry("CreateKey", "SOFTWARE\\Winfleet Test")
    found = [(entry["action"], entry["writes"], entry["changed"]) for entry in single.journal()]
    assert found == [
        ("get", False, False),
        ("enumerate", False, False),
        ("pull", False, False),
        ("invoke", False, False),
        ("invoke", True, False),
        ("get", False, False),
        ("put", True, True),
        ("invoke", True, True),
    ]
    put = single.journal()[6]
    assert (put["user"], put["server"], put["class"]) == ("admin", "ls1", LICENSE_SERVER)
    assert put["arguments"] == {"City": "Graz"}
    assert single.control("GET", "/journal?since=7")[0]["method"] == "CreateKey"


def test_credentials_are_masked(single: FleetUnderTest) -> None:
    code = "ABCDE12345FGHJK67890KMNPQ"
    single.client("ls1").invoke(KEY_PACK, "InstallRetailPurchaseLicenseKeyPack", {"sLicenseCode": code})
    entry = single.journal()[-1]
    assert entry["arguments"]["sLicenseCode"] == "*" * 21 + "MNPQ"
    written = (single.simulation.directory / "journal.jsonl").read_text()
    assert code not in written


def test_unknown_requests_at_the_control_door(single: FleetUnderTest) -> None:
    for method, path, data in (
        ("GET", "/nothing", None),
        ("POST", "/nothing", {}),
        ("POST", "/servers/nobody/stop", {}),
        ("POST", "/servers/ls1/explode", {}),
        ("POST", "/network", {"a": "ls1"}),
        ("POST", "/clearinghouse", {"exhaust": "nothing"}),
        ("DELETE", "/nothing", None),
    ):
        answer = requests.request(method, single.control_url + path, json=data, timeout=10)
        assert answer.status_code == 400, path
        assert answer.json()["error"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("servers: {ls1: {prot: 1}}", "servers.ls1: unknown key prot"),
        ("servers: {ls1: {windows_release: '2003'}}", "windows_release: '2003' is none of"),
        ("servers: {ls1: {activated: maybe}}", "activated: expected bool"),
        ("servers: {ls_1: {}}", "not a computer name"),
        ("servers: {ls1: {contact: {Town: Graz}}}", "contact: unknown key Town"),
        ("servers: {ls1: {reachable_from: [ls9]}}", "no server ls9"),
        ("servers: {ls1: {key_packs: [{purchase: p, quantity: 1}]}}", "knows no purchase p"),
        ("servers: {ls1: {key_packs: [{quantity: 1}]}}", "give purchase"),
        ("servers: {ls1: {users: {a: {password: 'b:c'}}}}", "no colon"),
        ("servers: [ls1]", "expected a mapping"),
        ("servers: {ls1: ", "not YAML"),
        ("domain: {}", "servers is missing"),
        (
            _purchase("program: retail, license_code: short"),
            "license_code: must match",
        ),
        (
            _purchase("program: select, agreement_number: 1234567"),
            "put 1234567 in quotes",
        ),
    ],
)
def test_mistakes_in_the_fleet_file(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "fleet.yml"
    path.write_text(f"users: {{a: {{password: b}}}}\n{text}", encoding="utf-8")
    with pytest.raises(PlainError) as error:
        load_fleet(path)
    assert expected in str(error.value)


def test_fleet_without_users_is_a_mistake(tmp_path: Path) -> None:
    path = tmp_path / "fleet.yml"
    path.write_text("servers: {ls1: {}}", encoding="utf-8")
    with pytest.raises(PlainError):
        load_fleet(path)


@pytest.mark.parametrize("path", sorted((SIMULATOR / "fleets").glob("*.yml")), ids=lambda path: str(path.stem))
def test_fleets_that_come_along_are_right(path: Path) -> None:
    if path.stem.endswith("-purchases"):
        assert all(isinstance(value, str) for value in yaml.safe_load(path.read_text()).values())
    else:
        assert load_fleet(path).servers


def test_simulator_imports_nothing_of_the_collection() -> None:
    imported = set()
    for path in SIMULATOR.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module or "")
    assert not [name for name in imported if name.startswith(("ansible", "plugins"))]
    assert {name.split(".")[0] for name in imported} & {"winrm"} == set()


def _children(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603, S607
    return [int(child) for child in listed.stdout.split()]


def test_listeners_in_processes_of_their_own(several: Process) -> None:
    """The same over the wire, at the control door and in the journals, and nothing is left when it ends."""
    control, children = several.ready["control_url"], _children(several.process.pid)
    assert len(children) == 3
    assert "rdls01" in _tool("reader", str(several.ready_file))
    assert {entry["server"] for entry in requests.get(f"{control}/http", timeout=10).json()} >= {"rdls01", "rdls02"}
    assert {entry["server"] for entry in requests.get(f"{control}/journal", timeout=10).json()} >= {"rdls01", "rdls02"}
    assert requests.post(f"{control}/servers/rdls01/stop", timeout=10).ok
    assert "rdls01  -   not readable: ConnectionError" in _tool("reader", str(several.ready_file))
    requests.post(f"{control}/misbehave", json={"what": "drop_before", "server": "rdls02"}, timeout=10)
    assert requests.post(f"{control}/servers/rdls01/start", timeout=10).ok
    assert "rdls02  -   not readable: ConnectionError" in _tool("reader", str(several.ready_file))
    assert "not readable" not in _tool("reader", str(several.ready_file))
    assert several.stop() == 0
    assert [child for child in children if Path(f"/proc/{child}").exists()] == []
