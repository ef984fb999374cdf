# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A sample of the faults at every message; ``make test-faults`` tries them all."""

from __future__ import annotations

import pytest

from tests.universe.fault_points import points_of, try_points
from tests.universe.scenarios import SCENARIOS

EVERY = 67


@pytest.mark.parametrize("name", SCENARIOS)
def test_later_runs_make_good_what_a_fault_left(name: str) -> None:
    met, wrong = try_points(list(points_of(name))[::EVERY])
    assert wrong == []
    assert met > 0
