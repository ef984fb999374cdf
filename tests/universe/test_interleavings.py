# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two controllers at once: a sample of the orders of their messages."""

from __future__ import annotations

import pytest

from tests.universe.interleavings import try_every, try_some
from tests.universe.mistakes import MISTAKES, planted
from tests.universe.pairs import PAIRS


@pytest.mark.parametrize("name", PAIRS)
def test_random_orders(name: str) -> None:
    assert try_some(name, 6).wrong == []


def test_every_order_of_two_adoptions() -> None:
    tried = try_every("same_adoption")
    assert (tried.complete, tried.wrong) == (True, [])
    # Fewer would mean that the two controllers no longer take turns at each of their messages.
    assert tried.orders > 50


def test_a_race_is_found() -> None:
    with planted(MISTAKES["ignore_the_second_listing"]):
        assert try_every("same_install", 150).wrong
