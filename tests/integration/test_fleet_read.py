# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One task that reads a whole fleet: what it costs, that it says how far it is, and that Ctrl-C ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

from tests.integration import fleet_read
from tests.integration.fleet import Fleet
from tests.integration.playbook import Settings, kill, start

FLEET = fleet_read.FLEET
HOSTS = 60


def test_one_connection_and_six_requests_for_each_server(fleet: Fleet, tmp_path: Path) -> None:
    """Less than a task for each of them, although a process is started for it."""
    hosts = fleet_read.inventory(fleet, HOSTS)
    before = len(fleet.http())
    at_once = fleet_read.measure(fleet_read.at_once("license_server_discovery"), hosts, tmp_path / "at_once")
    requests = fleet.http(before)
    assert len(requests) == 6 * HOSTS
    assert len({(each["server"], each["connection"]) for each in requests}) == HOSTS
    assert at_once.peak < 150


def test_progress_is_shown_while_nobody_answers_and_ctrl_c_ends_it(fleet: Fleet, tmp_path: Path) -> None:
    hosts = fleet_read.inventory(fleet, HOSTS)
    fleet.misbehave("delay", seconds=19, times=-1)
    playbook = fleet_read.at_once("license_server_discovery")
    with start(playbook, hosts, Settings(watch=False), tmp_path / "run", "") as process:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        assert any(f"license_server_discovery: 0 of {HOSTS} hosts read" in line for line in lines)
        # Ansible kills the worker. While that still holds the lock of the line, Ansible itself never ends.
        time.sleep(1)
        interrupted = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)
        try:
            rest = process.communicate(timeout=60)[0]
        except subprocess.TimeoutExpired:
            kill(process)
            raise
    assert time.monotonic() - interrupted < 15, "it does not wait for the servers"
    assert process.returncode == 99
    assert "Traceback" not in rest
