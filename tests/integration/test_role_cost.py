# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a role costs when there is nothing left to do: requests, bytes, connections and task slots."""

from __future__ import annotations

from typing import Any

import pytest

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

SET_UP = {
    "license_server_target_hosts": "rdls07",
    "license_server_contact": {
        "first_name": "Rosa", "last_name": "Example", "company": "Winfleet Example", "country_region": "Germany"
    },
}  # fmt: skip


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


def second_run(fleet: Fleet, playbook: str, variables: dict[str, Any], host: str) -> tuple[Run, tuple[int, int, int]]:
    """The second run of a playbook, which changes nothing, and its traffic."""
    settings = Settings(variables=variables, watch=False)
    fleet.run(f"winfleet.rd_licensing.{playbook}", settings).succeeded()
    before = len(fleet.http())
    again = fleet.run(f"winfleet.rd_licensing.{playbook}", settings).succeeded()
    assert recap(again, host)["changed"] == 0
    return again, traffic(fleet.http(before))


@pytest.mark.parametrize(
    ("method", "requests", "connections", "tasks"),
    [({}, 5, 1, 5), ({"rebuild_database_connection_method": "automatic"}, 7, 2, 5)],
)
def test_second_run_of_rebuild_database(
    fleet: Fleet, method: dict[str, str], requests: int, connections: int, tasks: int
) -> None:
    again, (sent, _size, opened) = second_run(fleet, "rebuild_database", {**REBUILD, **method}, "rdls07")
    assert (sent, opened, slots(again, "rebuild_database")) == (requests, connections, tasks)


@pytest.mark.parametrize(
    ("method", "requests", "connections", "tasks"),
    [({}, 6, 1, 5), ({"license_server_connection_method": "automatic"}, 7, 2, 6)],
)
def test_second_run_of_license_server(
    fleet: Fleet, method: dict[str, str], requests: int, connections: int, tasks: int
) -> None:
    again, (sent, _size, opened) = second_run(fleet, "license_server", {**SET_UP, **method}, "rdls07")
    assert (sent, opened, slots(again, "license_server")) == (requests, connections, tasks)
