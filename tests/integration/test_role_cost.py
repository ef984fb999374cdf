# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a role costs when there is nothing left to do: requests, bytes, connections and task slots."""

from __future__ import annotations

import pytest

from tests.integration import main_job
from tests.integration.fleet import Fleet
from tests.integration.growth import REBUILD, SET_UP, second_run, slots, traffic
from tests.integration.main_job import recap

FLEET = main_job.FLEET


def test_second_run_of_replace_source_server(fleet: Fleet) -> None:
    again, sent = second_run(fleet, "replace_source_server", main_job.variables())
    assert recap(again)["changed"] == 0
    requests, size, connections = traffic(sent)
    assert requests <= 10
    assert size <= 35_000
    assert connections <= 3
    assert slots(again, "replace_source_server") <= 6


@pytest.mark.parametrize(
    ("method", "requests", "connections", "tasks"),
    [({}, 5, 1, 5), ({"rebuild_database_connection_method": "automatic"}, 7, 2, 5)],
)
def test_second_run_of_rebuild_database(
    fleet: Fleet, method: dict[str, str], requests: int, connections: int, tasks: int
) -> None:
    again, sent = second_run(fleet, "rebuild_database", {**REBUILD, **method})
    assert recap(again, "rdls07")["changed"] == 0
    found, _size, opened = traffic(sent)
    assert (found, opened, slots(again, "rebuild_database")) == (requests, connections, tasks)


@pytest.mark.parametrize(
    ("method", "requests", "connections", "tasks"),
    [({}, 6, 1, 6), ({"license_server_connection_method": "automatic"}, 7, 2, 7)],
)
def test_second_run_of_license_server(
    fleet: Fleet, method: dict[str, str], requests: int, connections: int, tasks: int
) -> None:
    again, sent = second_run(fleet, "license_server", {**SET_UP, **method})
    assert recap(again, "rdls07")["changed"] == 0
    found, _size, opened = traffic(sent)
    assert (found, opened, slots(again, "license_server")) == (requests, connections, tasks)
