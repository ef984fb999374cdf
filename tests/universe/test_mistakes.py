# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The harness finds deliberate mistakes, each in a universe that is in order without it."""

from __future__ import annotations

import pytest

from tests.universe.draw import Draw
from tests.universe.mistakes import MISTAKES, broken_in, planted


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_found(name: str) -> None:
    mistake = MISTAKES[name]
    universe = Draw(mistake.seed).universe()
    with planted(mistake):
        wrong = broken_in(universe)
    assert set(wrong) - set(broken_in(universe)), mistake.title
