# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole search: every scenario, every fact, every value of the simulated servers, every place to be interrupted.

usage: python -m tests.plan_apply [--workers N] [WORD ...]     only scenarios whose name has one of the words
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import tests.unit.conftest  # noqa: F401  # pylint: disable=unused-import  # puts the collection on the import path
from tests.plan_apply.meddling import refuses_what_moved_on_servers
from tests.plan_apply.proofs import agrees_and_ends, continues_after, refuses_each_moved_fact
from tests.plan_apply.scenarios import ALL
from tests.plan_apply.stage import Scenario, Stage
from tests.universe.faults import Fault

_FAULTS = ("killed_before", "killed_after", "lost_after", "timeout")
_MOST_CHANGES = 60


def _agree(scenario: Scenario, directory: Path) -> Counter[str]:
    return Counter({"steps that plan and run agree on": agrees_and_ends(Stage(scenario, directory))})


def _facts(scenario: Scenario, directory: Path) -> Counter[str]:
    return Counter({"facts changed and refused by name": refuses_each_moved_fact(Stage(scenario, directory))})


def _servers(scenario: Scenario, directory: Path) -> Counter[str]:
    found = refuses_what_moved_on_servers(Stage(scenario, directory))
    return Counter(
        {
            "values of servers changed": found.all,
            "of these refused by the plan": found.refused,
            "of these refused by the module or the server": found.elsewhere,
            "of these not read": found.unread,
        }
    )


def _interruptions(scenario: Scenario, directory: Path) -> Counter[str]:
    counted: Counter[str] = Counter()
    for kind in _FAULTS:
        for place in range(_MOST_CHANGES):
            where = directory / f"{kind}-{place}"
            where.mkdir()
            stage = Stage(scenario, where)
            interrupted = continues_after(stage, [Fault(kind, place, "change")])
            if not stage.world.faults_met:
                break
            counted["messages lost or controllers killed"] += 1
            counted["of these interrupted and continued by the same plan"] += interrupted
    return counted


PROOFS: tuple[Callable[[Scenario, Path], Counter[str]], ...] = (_agree, _facts, _servers, _interruptions)


def search(number: int) -> tuple[Counter[str], list[str]]:
    """Hold all proofs against a scenario; gives the figures, and what is wrong."""
    scenario, counted, wrong = ALL[number], Counter[str](), []
    for proof in PROOFS:
        with tempfile.TemporaryDirectory(prefix="plan-apply-") as directory:
            try:
                counted += proof(scenario, Path(directory))
            except Exception:  # everything that goes wrong is told
                wrong.append(f"{scenario}, {proof.__name__.strip('_')}: {traceback.format_exc(limit=-1)}")
    counted["scenarios"] += 1
    return counted, wrong


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    """Search, print the figures; 0 if nothing is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.plan_apply")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("words", nargs="*")
    chosen = parser.parse_args(arguments)
    numbers = [
        number
        for number, scenario in enumerate(ALL)
        if not chosen.words or any(word in scenario.name for word in chosen.words)
    ]
    started, figures, wrong = time.monotonic(), Counter[str](), []
    with ProcessPoolExecutor(chosen.workers) as pool:
        for counted, problems in pool.map(search, numbers):
            figures += counted
            wrong += problems
            for problem in problems:
                _say(problem)
    for name, number in figures.items():
        _say(f"{number:7d}  {name}")
    _say(f"{len(wrong)} wrong, {time.monotonic() - started:.0f} s")
    return 1 if wrong or not numbers else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
