# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long to wait for a call that went unanswered."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.patience import pauses, seconds_since
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("patience", "wanted"),
    [(0, [0]), (-1, [0]), (1, [0, 1]), (7, [0, 1, 2, 4]), (20, [0, 1, 2, 4, 8, 5]), (0.5, [0, 0.5])],
)
def test_pauses_double_as_long_as_patience_lasts(patience: float, wanted: list[float]) -> None:
    assert list(pauses(patience)) == wanted


@given(st.floats(min_value=0, max_value=10_000))
def test_the_pauses_are_the_patience(patience: float) -> None:
    assert sum(pauses(patience)) == pytest.approx(patience)


def test_seconds_since() -> None:
    then = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=90)
    assert seconds_since(then.strftime("%Y-%m-%dT%H:%M:%SZ")) == pytest.approx(90, abs=5)


@pytest.mark.parametrize("started", ["2099-01-01T00:00:00Z", "", "2026-01-01", "yesterday"])
def test_a_moment_that_is_yet_to_come_or_none_at_all(started: str) -> None:
    assert seconds_since(started) == 0.0
