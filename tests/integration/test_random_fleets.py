# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sample of the random fleets; make test-fleets tries 1,000."""

from __future__ import annotations

import pytest

from tests.integration.random_fleets import check_healthy, check_usage

SEEDS = range(40)


@pytest.mark.parametrize("seed", SEEDS)
def test_usage_equals_the_truth(seed: int) -> None:
    check_usage(seed)


def test_over_allocation_is_among_them() -> None:
    assert sum(check_usage(seed) for seed in range(100, 110)) > 0


@pytest.mark.parametrize("seed", SEEDS)
def test_a_healthy_fleet_has_no_finding_above_info(seed: int) -> None:
    check_healthy(seed)
