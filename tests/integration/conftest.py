# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures: a fleet for each test file, fresh for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.fleet import USERS, Fleet

# What these assert is explained like the assertions of the tests themselves.
pytest.register_assert_rewrite("tests.integration.ladder", "tests.integration.matrix")


@pytest.fixture(scope="module")
def running_fleet(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """The fleet that the test file describes as FLEET, started once."""
    fleet = Fleet(USERS + request.module.FLEET, tmp_path_factory.mktemp("fleet"))
    fleet.start()
    try:
        yield fleet
    finally:
        fleet.stop()
    assert "Traceback" not in fleet.log(), fleet.log()


@pytest.fixture
def fleet(running_fleet: Fleet) -> Iterator[Fleet]:
    """The fleet as its file says. Afterwards no enumeration may be left open on any server."""
    running_fleet.reset()
    yield running_fleet
    assert running_fleet.open_contexts() == {}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the tables that tests have recorded, wherever they ran."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, text in getattr(report, "user_properties", ()):
                terminalreporter.section(name)
                terminalreporter.write_line(str(text))
