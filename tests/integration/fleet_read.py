# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one task that reads a whole fleet costs, beside one task for each server."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration.fleet import USERS, Fleet
from tests.integration.playbook import Settings, kill, start, task

SERVERS = 20
FLEET = f"""{USERS}
servers:
""" + "".join(
    f"""  rdls{number:02}:
    activated: true
    contact: {{FirstName: Rosa, LastName: Example, Company: Winfleet Example, CountryRegion: Germany}}
    key_packs:
      - {{product_version: windows_server_2022, cal_type: per_user, quantity: 250, issued: 231}}
      - {{product_version: windows_server_2022, cal_type: per_device, quantity: 50, issued: 12}}
"""
    for number in range(SERVERS)
)


@dataclass(frozen=True)
class Use:
    """What a run of ansible-playbook used: CPU seconds of all its processes, seconds, MiB of the largest worker."""

    cpu: float
    seconds: float
    peak: float


def inventory(fleet: Fleet, hosts: int, scheme: str = "https") -> dict[str, Any]:
    """That many hosts, which share the simulated servers among them."""
    servers = list(fleet.inventory(Settings(scheme=scheme))["all"]["hosts"].values())
    return {"all": {"hosts": {f"host{number:05}": servers[number % len(servers)] for number in range(hosts)}}}


def on_each(one: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A task on each host."""
    return [{"hosts": "all", "gather_facts": False, "tasks": [one]}]


def at_once(module: str, **options: Any) -> list[dict[str, Any]]:
    """One task for all servers."""
    reading = task("Read them", module, {"license_servers": "{{ groups['all'] }}", **options})
    return [{"hosts": "localhost", "gather_facts": False, "connection": "local", "tasks": [reading]}]


def measure(playbook: Sequence[Mapping[str, Any]], hosts: Mapping[str, Any], directory: Path, forks: int = 20) -> Use:
    """Run a playbook and measure it, from when its first process starts until the last one ends."""
    settings = Settings(watch=False, arguments=["--forks", str(forks)], seconds=3600)
    before, started = os.times(), time.monotonic()
    with start(playbook, hosts, settings, directory, "") as process, ThreadPoolExecutor(1) as pool:
        watched = pool.submit(_peak_of_workers, process)
        try:
            output, _unused = process.communicate(timeout=settings.seconds)
        except subprocess.TimeoutExpired:
            kill(process)
            raise
        assert process.returncode == 0, output[-2000:]
        peak = watched.result()
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Use(cpu, time.monotonic() - started, peak)


def _peak_of_workers(process: subprocess.Popen[str]) -> float:
    """MiB of the largest worker, which is the process that carries a task out."""
    peak = 0
    while process.poll() is None:
        peak = max([peak, *(_resident(pid) for pid in _children(process.pid))])
        time.sleep(0.05)
    return peak / 1024


def _children(parent: int) -> list[int]:
    try:
        text = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    return [int(pid) for pid in text.split()]


def _resident(pid: int) -> int:
    """KiB that a process holds."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith("VmHWM:")), 0)


def describe(fleet: Fleet, hosts: int, directory: Path) -> str:
    """What reading so many servers costs, one after the other and at once, as printed by the benchmark."""
    playbooks = {
        "the engine: ansible.builtin.debug": on_each(task("Nothing", "ansible.builtin.debug", {"msg": ""})),
        "an action that does nothing: ansible.builtin.assert": on_each(
            task("Nothing", "ansible.builtin.assert", {"that": True, "quiet": True})
        ),
        "license_server_info, one task for each server": on_each(task("Read it", "license_server_info")),
        "license_server_discovery, one task for all": at_once("license_server_discovery"),
        "fleet_report, one task for all": at_once("fleet_report", directory=str(directory / "report")),
    }
    lines = [f"{'':52}  requests  CPU s   s  MiB of the largest worker"]
    for number, (title, playbook) in enumerate(playbooks.items()):
        before = len(fleet.http())
        used = measure(playbook, inventory(fleet, hosts), directory / f"read-{number}")
        requests = (len(fleet.http()) - before) / hosts
        lines.append(f"{title:52}  {requests:8.0f}  {used.cpu:5.1f}  {used.seconds:3.0f}  {used.peak:3.0f}")
    return "\n".join(lines)
