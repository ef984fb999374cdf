# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a packaged playbook costs over an inventory of thousands of servers before it has spoken to one of them."""

from __future__ import annotations

import json
import os
import resource
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration.main_job import PLAYBOOK, ROLE
from tests.integration.playbook import Settings, kill, start
from tests.integration.purchases import purchase

_FLOOR = [
    {"hosts": "all", "gather_facts": False, "tasks": [{"name": "One task", "ansible.builtin.debug": {"msg": "Hello"}}]}
]


@dataclass(frozen=True)
class Checks:
    """CPU seconds of two playbooks over all hosts.

    Attributes:
        floor: one ansible.builtin.debug task.
        checks: the packaged playbook, when nothing is left of it but the checks of the fleet.
    """

    floor: float
    checks: float


def inventory(hosts: int, port: int = 1) -> dict[str, Any]:
    """Pairs of servers, half of which take over from the other half. All of them have one address."""
    common = {
        "ansible_connection": "winrm",
        "ansible_host": "127.0.0.1",
        "ansible_port": port,
        "ansible_winrm_transport": "basic",
        "ansible_user": "labadmin",
        "ansible_password": "Simulated-Only-1",
        f"{ROLE}_purchases": [purchase("enterprise")],
    }
    made: dict[str, dict[str, Any]] = {}
    for number in range(hosts // 2):
        made[f"old{number:04}"] = {}
        made[f"new{number:04}"] = {f"{ROLE}_source_host": f"old{number:04}"}
    return {"all": {"vars": common, "hosts": made}}


def measure_checks(hosts: int, directory: Path) -> Checks:
    """The checks of the playbook beside the engine's own cost of one task, over the same inventory."""
    fleet = inventory(hosts)
    return Checks(
        floor=_cpu_seconds(_FLOOR, fleet, directory / "floor", []),
        # Nothing has that tag, so that only what is always done is done. Ansible's check of the role's variables,
        # on each server that takes over, is part of it.
        checks=_cpu_seconds(PLAYBOOK, fleet, directory / "checks", ["--tags", "none_of_it"]),
    )


def measure_first_contact(hosts: int, directory: Path) -> float:
    """Seconds until the playbook, limited to two pairs of the fleet, opens its first connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(120)
        fleet = inventory(hosts, listener.getsockname()[1])
        settings = Settings(watch=False, arguments=["--limit", "old0001,new0001,old0002,new0002"])
        before = time.monotonic()
        with start(PLAYBOOK, fleet, settings, directory / "contact", "") as process:
            try:
                connection, _address = listener.accept()
                connection.close()
                return time.monotonic() - before
            finally:
                kill(process)


def _cpu_seconds(
    playbook: str | Sequence[dict[str, Any]], fleet: dict[str, Any], directory: Path, arguments: list[str]
) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    settings = Settings(watch=False, arguments=["--forks", "20", *arguments], seconds=1200)
    with start(playbook, fleet, settings, directory, "") as process:
        try:
            output, _unused = process.communicate(timeout=settings.seconds)
        except subprocess.TimeoutExpired:
            kill(process)
            raise
    assert process.returncode == 0, output[-2000:]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def describe(hosts: int, checks: Checks, seconds: float) -> str:
    """The measurement as printed by the benchmark."""
    return json.dumps(
        {
            "hosts": hosts,
            "engine, one debug task (CPU s)": round(checks.floor, 1),
            "all checks of the fleet (CPU s)": round(checks.checks, 1),
            "checks / engine": round(checks.checks / checks.floor, 2),
            f"first contact with --limit to 2 pairs, {os.cpu_count()} cores (s)": round(seconds, 1),
        },
        indent=2,
    )
