# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fixed sample of universes, and those that once broke a promise; ``make test-universe`` plays many more."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.universe.draw import Draw
from tests.universe.play import play

SAMPLE = 400
BATCH = 25
HERE = Path(__file__).parent
REGRESSIONS = sorted((HERE / "regressions").glob("*.yml"))


@pytest.mark.parametrize("first", range(0, SAMPLE, BATCH))
def test_every_promise_is_kept(first: int) -> None:
    wrong = {}
    for seed in range(first, first + BATCH):
        if broken := play(Draw(seed).universe()).wrong:
            wrong[seed] = broken
    assert wrong == {}


@pytest.mark.parametrize("path", REGRESSIONS, ids=lambda path: path.stem)
def test_what_was_broken_once(path: Path) -> None:
    assert play(yaml.safe_load(path.read_text(encoding="utf-8"))).wrong == []


@pytest.mark.parametrize("seed", [5, 60, 111, 250])
def test_a_universe_replays_bit_by_bit(seed: int) -> None:
    traces: list[list[str]] = [[], []]
    for trace in traces:
        story = play(Draw(seed).universe(), trace=trace)
        trace += [repr(story.world.facts()), repr(story.world.record()), *story.wrong]
    assert traces[0] == traces[1]
