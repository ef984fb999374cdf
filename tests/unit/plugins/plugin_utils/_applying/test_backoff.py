# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When to look again for the effect of a call."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.backoff import backoff_delays
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("seconds", "wanted"),
    [(0, [0.0]), (1, [0.0, 1.0]), (3, [0.0, 1.0, 2.0]), (5, [0.0, 1.0, 2.0, 2.0]), (60, [0.0, 1, 2, 4, 8, 16, 29])],
)
def test_delays_double_within_the_time(seconds: float, wanted: list[float]) -> None:
    assert list(backoff_delays(seconds)) == wanted


@given(st.floats(0, 10000))
def test_the_delays_are_the_time(seconds: float) -> None:
    assert sum(backoff_delays(seconds)) == pytest.approx(seconds)
