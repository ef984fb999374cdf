# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What reading a large fleet costs: bytes, seconds, and the most memory that the controller takes."""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.integration.fleet import USERS, Fleet
from tests.integration.playbook import task

_SERVER = """
  ls{number:04}:
    windows_release: "2022"
    activated: true
    in_license_servers_group: true
    registered_to_scp: true
    key_packs:
      - {{product_version: windows_server_2022, cal_type: per_device, quantity: 20000, issued: {cals}, key_pack_id: 5}}
    issued_licenses:
      - {{key_pack_id: 5, computer: PC, hardware_id: hardware-, count: {cals}}}
"""


def measure(servers: int, cals: int, directory: Path) -> dict[str, Any]:
    """The cost of one fleet_report, of evidence on all servers, and of the usage of one server."""
    text = USERS + "servers:" + "".join(_SERVER.format(number=number, cals=cals) for number in range(servers))
    fleet = Fleet(text, directory / "fleet", start_seconds=1200)
    fleet.start()
    names = [f"ls{number:04}" for number in range(servers)]
    try:
        return {
            "servers": servers,
            "issued CALs each": cals,
            "fleet_report": _cost(
                fleet, names[0], "fleet_report", {"license_servers": names, "directory": str(directory / "report")}
            ),
            "cal_usage_info, summary_only": _cost(fleet, names[0], "cal_usage_info", {"summary_only": True}),
            "cal_usage_info": _cost(fleet, names[0], "cal_usage_info", {}),
        }
    finally:
        fleet.stop()


def _cost(fleet: Fleet, host: str, module: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Of one task. Memory is the most that any process of a run took so far, so the tasks come in rising order."""
    since = len(fleet.http())
    started = time.monotonic()
    fleet.play(task("measured", module, options), hosts=host, watch=False, seconds=3000).succeeded()
    seconds = time.monotonic() - started
    requests = fleet.http(since)
    return {
        "requests": len(requests),
        "sent (bytes)": sum(each["received"] for each in requests),
        "received (bytes)": sum(each["sent"] for each in requests),
        "seconds": round(seconds, 1),
        "most memory of a process so far (MiB)": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024),
    }


def describe(measured: Mapping[str, Any]) -> str:
    """The measurement as printed by the benchmark."""
    return json.dumps(measured, indent=2)
