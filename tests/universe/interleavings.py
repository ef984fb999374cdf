# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two controllers at once: every order of their messages for short tasks, random ones for long tasks.

``python -m tests.universe.interleavings [NAME ...] [--most N]``. Every order is tried, but no situation twice: where
both controllers have heard the same as in an earlier order and the servers are the same, what follows is known. Time
stands still while messages are under way.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import random
import sys
import time
import typing as t
from dataclasses import dataclass, field

from tests.universe.pairs import PAIRS
from tests.universe.play import Story, play
from tests.universe.world import Run

MOST: t.Final = 4000
RANDOM: t.Final = 600


class Known(BaseException):
    """The situation was met before, so what follows is known."""


@dataclass
class Tried:
    """What came of trying a pair."""

    name: str
    orders: int = 0
    situations: int = 0
    complete: bool = True
    wrong: list[tuple[list[int], str]] = field(default_factory=list)

    def __str__(self) -> str:
        """One line."""
        how = "all orders" if self.complete else "not all orders"
        return f"{self.name}: {self.orders} orders ({how}), {self.situations} situations, {len(self.wrong)} bad"


class Every:
    """Every order, by depth; what is left to try is kept as the choices that lead there."""

    def __init__(self) -> None:
        self.left: list[list[int]] = [[]]
        self.met: set[int] = set()
        self.made: list[int] = []
        self._given: list[int] = []

    def begin(self) -> None:
        """The next order."""
        self._given = self.left.pop()
        self.made = []

    def choose(self, story: Story, runs: list[Run], ready: int, last: int) -> int:
        """The given choices first; after them the first one, and the other is left for later."""
        number = len(self.made)
        if number < len(self._given):
            self.made.append(self._given[number])
            return self._given[number]
        situation = _situation(story, runs, last if ready < len(runs) else -1)
        if situation in self.met:
            raise Known
        self.met.add(situation)
        self.left += [[*self.made, other] for other in range(1, ready)]
        self.made.append(0)
        return 0


class Some:
    """Random orders: controllers that interrupt each other now and then."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._rate = self._random.choice((0.05, 0.15, 0.5))
        self.made: list[int] = []

    def choose(self, story: Story, runs: list[Run], ready: int, last: int) -> int:
        """The one that went last, or another one."""
        other = self._random.randrange(ready)
        self.made.append(other if last < 0 or self._random.random() < self._rate else last)
        return self.made[-1]


def _situation(story: Story, runs: list[Run], last: int) -> int:
    world = story.world
    heard = tuple((run.history, run.pauses, run.counts["any"], run.over) for run in runs)
    return hash((repr(world.facts()), repr(world.record()), heard, world.clock.now, last))


def try_every(name: str, most: int = MOST) -> Tried:
    """Every order of the messages of a pair, or as many as are allowed."""
    gc.disable()
    explorer, tried = Every(), Tried(name)
    while explorer.left and tried.orders < most:
        explorer.begin()
        tried.orders += 1
        try:
            wrong = play(PAIRS[name], explorer=explorer).wrong
        except Known:
            continue
        if wrong:
            tried.wrong.append((list(explorer.made), wrong[0]))
        if tried.orders % 200 == 0:
            gc.collect()
    tried.situations, tried.complete = len(explorer.met), not explorer.left
    gc.enable()
    return tried


def try_some(name: str, count: int = RANDOM) -> Tried:
    """Random orders of the messages of a pair."""
    tried = Tried(name, complete=False)
    for seed in range(count):
        explorer = Some(seed)
        wrong = play(PAIRS[name], explorer=explorer).wrong
        tried.orders += 1
        if wrong:
            tried.wrong.append((explorer.made, wrong[0]))
    return tried


def try_pair(arguments: tuple[str, int]) -> Tried:
    """Every order if that is done soon enough, else random ones besides."""
    name, most = arguments
    tried = try_every(name, most)
    if not tried.complete:
        some = try_some(name)
        tried.orders += some.orders
        tried.wrong += some.wrong
    return tried


def main() -> int:
    """Try pairs, and say what came of each."""
    parser = argparse.ArgumentParser(prog="python -m tests.universe.interleavings")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one or more of {', '.join(PAIRS)}; all by default")
    parser.add_argument("--most", type=int, default=MOST, help="orders of one pair, at most")
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    started, bad, orders = time.monotonic(), 0, 0
    with multiprocessing.Pool(arguments.workers) as pool:
        pairs = [(name, arguments.most) for name in arguments.names or PAIRS]
        for tried in pool.imap_unordered(try_pair, pairs):
            print(tried, flush=True)
            for made, text in tried.wrong[:1]:
                print(f"  {''.join(map(str, made))}: {text}", flush=True)
            bad, orders = bad + len(tried.wrong), orders + tried.orders
    print(f"{orders} orders, {bad} bad, {time.monotonic() - started:.0f} s")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
