# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the packaged playbooks ask about all hosts is asked once: its cost is linear in hosts, and small."""

from __future__ import annotations

from pathlib import Path

from tests.integration.large_fleet import measure_checks, measure_first_contact

HOSTS = 300


def test_all_checks_together_cost_less_than_two_tasks(tmp_path: Path) -> None:
    """Asked once by each host, they cost more than ten tasks at this size."""
    measured = measure_checks(HOSTS, tmp_path)
    assert measured.checks <= 2 * measured.floor, measured


def test_two_pairs_of_a_large_fleet_are_contacted_soon(tmp_path: Path) -> None:
    assert measure_first_contact(HOSTS, tmp_path) <= 15
