# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of fault at every message of every scenario: ``python -m tests.universe.fault_points [NAME ...]``.

A point is one fault in one run; undisturbed runs follow, and the judgement. Dialects, clocks and operation timeouts
take turns, so that each kind of fault meets each of them.
"""

from __future__ import annotations

import argparse
import copy
import gc
import itertools
import multiprocessing
import sys
import time
import traceback
import typing as t
from collections import Counter
from collections.abc import Iterator

from tests.universe.drawn_fleet import DIALECTS
from tests.universe.faults import FAULT_FORMS, NOT_RUN, RETURN_CODES
from tests.universe.play import Story, play
from tests.universe.scenarios import SCENARIOS

Fault = dict[str, t.Any]
Point = tuple[str, Fault, int]
LATE: t.Final = (5.0, 25.0, 70.0, 300.0)
LICENSING: t.Final = ("key_pack", "cal_migration", "database_rebuild", "issued_cal")
"""Modules whose calls may take effect late; a registry write or a service that starts minutes later is not Windows."""
SKEWS: t.Final = (0.0, 7200.0, 0.0, -7200.0, 300.0)
TIMEOUTS: t.Final = (20.0, 20.0, 3.0, 60.0)

ANYWHERE: t.Final[tuple[Fault, ...]] = (
    *({"kind": kind} for kind in ("refused", "lost_before", "lost_after", "http_401", "truncated", "foreign")),
    {"kind": "refused", "away": 200.0},
    {"kind": "lost_after", "away": 200.0},
    *({"kind": kind, "seconds": seconds} for kind in ("timeout", "timed_out") for seconds in (0.0, None)),
    *({"kind": kind, "effect": effect} for kind in ("http_500", "restart") for effect in (False, True)),
    *({"kind": kind} for kind in ("killed_before", "killed_after")),
    *({"kind": "fault", "effect": False, **form} for form in FAULT_FORMS),
    *({"kind": "fault", "effect": True, **form} for form in FAULT_FORMS if form["subcode"] not in NOT_RUN),
)
OF_CALLS: t.Final[tuple[Fault, ...]] = (
    *({"kind": "return_code", "code": code, "effect": effect} for code in RETURN_CODES for effect in (False, True)),
    *(
        {"kind": kind, "seconds": seconds}
        for kind in ("timeout", "timed_out", "lost_after", "killed_after")
        for seconds in LATE
    ),
)


def universe_of(point: Point) -> dict[str, t.Any]:
    """A scenario in which one fault happens."""
    name, fault, number = point
    universe = copy.deepcopy(SCENARIOS[name])
    dialect = DIALECTS[number % len(DIALECTS)]
    for server in universe["fleet"]["servers"].values():
        server["dialect"] = dict(dialect)
    last = universe["events"][-1]
    last["faults"] = [fault] if fault else []
    last["skew"], last["timeout"] = SKEWS[number % len(SKEWS)], TIMEOUTS[number % len(TIMEOUTS)]
    return universe


def points_of(name: str) -> Iterator[Point]:
    """Every point of a scenario: what an undisturbed run sends says how many messages and calls there are."""
    story = play(universe_of((name, {}, 0)))
    run = _disturbed_run(story)
    numbers = itertools.count()
    for at in range(run.counts["any"]):
        for fault in ANYWHERE:
            yield name, {"of": "any", "at": at, **fault}, next(numbers)
    module = SCENARIOS[name]["events"][-1]["task"]["module"]
    for at in range(run.counts["call"]):
        for fault in OF_CALLS:
            if module in LICENSING or not fault.get("seconds"):
                yield name, {"of": "call", "at": at, **fault}, next(numbers)


def _disturbed_run(story: Story) -> t.Any:
    """The run of the scenario's last event: the first one of its task, which the undisturbed ones repeat."""
    before = sum(event["do"] == "task" for event in story.universe["events"][:-1])
    return story.world.runs[before]


def try_points(points: list[Point]) -> tuple[int, list[tuple[Point, str]]]:
    """How many faults were met, and each broken promise."""
    gc.disable()
    met, wrong = 0, []
    for point in points:
        try:
            story = play(universe_of(point))
        except Exception:  # a mistake of the harness is found like any other
            wrong.append((point, f"the harness broke: {traceback.format_exc()}"))
            continue
        met += bool(story.world.faults_met)
        wrong += [(point, text) for text in story.wrong]
    gc.collect()
    return met, wrong


def main() -> int:
    """Try all points, or every so many of them, and say what came of each scenario."""
    parser = argparse.ArgumentParser(prog="python -m tests.universe.fault_points")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one or more of {', '.join(SCENARIOS)}")
    parser.add_argument("--every", type=int, default=1, help="only one of so many points")
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    started, total, bad = time.monotonic(), Counter[str](), 0
    with multiprocessing.Pool(arguments.workers) as pool:
        for name in arguments.names or SCENARIOS:
            points = list(points_of(name))[:: arguments.every]
            batches = [points[start : start + 40] for start in range(0, len(points), 40)]
            wrong: list[tuple[Point, str]] = []
            for met, found in pool.imap_unordered(try_points, batches):
                total["met"] += met
                wrong += found
            here = len({str(point) for point, _text in wrong})
            total["points"], bad = total["points"] + len(points), bad + here
            print(f"{name}: {len(points)} points, {here} bad", flush=True)
            for point, text in wrong[:5]:
                print(f"  {point}: {text}", flush=True)
    print(f"{total['points']} points, {total['met']} faults met, {bad} bad, {time.monotonic() - started:.0f} s")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
