# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a role costs when there is nothing left to do: requests, bytes, connections and task slots."""

from __future__ import annotations

from typing import Any

from tests.integration import main_job
from tests.integration.fleet import Fleet
from tests.integration.main_job import recap, replace
from tests.integration.playbook import Run, Settings
from tests.integration.purchases import purchase

FLEET = main_job.FLEET
REBUILD = {
    "rebuild_database_target_hosts": "rdls07",
    "rebuild_database_change_id": "CHG-1",
    "rebuild_database_reason": "Trying it",
    "rebuild_database_confirm_deletion": True,
    "rebuild_database_purchases": [purchase("campus")],
}


def slots(run: Run, role: str) -> int:
    """Tasks of the role that took a slot on a host, those that were skipped included."""
    return sum(1 for each in run.outcomes if f".{role} : " in each.task)


def traffic(requests: list[dict[str, Any]]) -> tuple[int, int, int]:
    """Requests, bytes both ways, connections."""
    connections = {(each["server"], each["connection"]) for each in requests}
    return len(requests), sum(each["received"] + each["sent"] for each in requests), len(connections)


def test_second_run_of_replace_source_server(fleet: Fleet) -> None:
    replace(fleet).succeeded()
    before = len(fleet.http())
    again = replace(fleet).succeeded()
    assert recap(again)["changed"] == 0
    requests, size, connections = traffic(fleet.http(before))
    assert requests <= 10
    assert size <= 35_000
    assert connections <= 3
    assert slots(again, "replace_source_server") <= 6


def test_second_run_of_rebuild_database(fleet: Fleet) -> None:
    playbook, settings = "winfleet.rd_licensing.rebuild_database", Settings(variables=REBUILD, watch=False)
    fleet.run(playbook, settings).succeeded()
    before = len(fleet.http())
    again = fleet.run(playbook, settings).succeeded()
    assert recap(again, "rdls07")["changed"] == 0
    requests, _size, connections = traffic(fleet.http(before))
    assert requests <= 20
    assert connections <= 2
    assert slots(again, "rebuild_database") <= 8
