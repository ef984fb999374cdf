# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Play many universes: ``python -m tests.universe [--count 20000] [--first 0] [--seed 17] [--workers 2]``.

Ends with 1 if a promise was broken; then every kind of broken promise is printed once, with the smallest universe that
breaks it, written as a playbook and a fleet file.
"""

from __future__ import annotations

import argparse
import functools
import gc
import itertools
import multiprocessing
import subprocess
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

from tests.universe.draw import Draw
from tests.universe.play import play
from tests.universe.reproduction import write_reproduction
from tests.universe.shrink import breaks, kind_of, shrunk

BATCH = 50
Found = tuple[Counter[str], list[tuple[int, str]]]


def play_seeds(seeds: list[int]) -> Found:
    """Figures, and seed and text of every promise broken."""
    gc.disable()
    figures: Counter[str] = Counter()
    wrong: list[tuple[int, str]] = []
    for seed in seeds:
        try:
            story = play(Draw(seed).universe())
        except Exception:  # a mistake of the harness is found like any other
            wrong.append((seed, f"the harness broke: {traceback.format_exc()}"))
            continue
        figures += story.figures
        wrong += [(seed, text) for text in story.wrong]
    gc.collect()
    return figures, wrong


def main() -> int:
    """Play, and say what came of it."""
    arguments = _arguments()
    if arguments.seed is not None:
        return _one(arguments.seed, arguments.output)
    print(f"commit {_commit()}, seeds {arguments.first} to {arguments.first + arguments.count - 1}", flush=True)
    started = time.monotonic()
    seeds = range(arguments.first, arguments.first + arguments.count)
    batches = [list(each) for each in itertools.zip_longest(*[iter(seeds)] * BATCH)]
    cleaned = [[seed for seed in batch if seed is not None] for batch in batches]
    figures: Counter[str] = Counter()
    wrong: list[tuple[int, str]] = []
    with multiprocessing.Pool(arguments.workers) as pool:
        for number, (counted, found) in enumerate(pool.imap_unordered(play_seeds, cleaned), start=1):
            figures += counted
            wrong += found
            if number % 40 == 0:
                print(f"  {number * BATCH} universes, {len(wrong)} broken promises", flush=True)
    _report(figures, sorted(wrong), time.monotonic() - started, arguments)
    return 1 if wrong else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.universe", description="Play many universes")
    parser.add_argument("--count", type=int, default=20_000, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, help="play this one, and print what happens in it")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--kinds", type=int, default=6, help="how many broken promises to shrink")
    parser.add_argument("--output", type=Path, default=Path(".build/universe"), help="where reproductions go")
    return parser.parse_args()


def _report(figures: Counter[str], wrong: list[tuple[int, str]], seconds: float, arguments: argparse.Namespace) -> None:
    faults = sum(number for name, number in figures.items() if name.startswith("fault "))
    rate = figures["universes"] / seconds
    print(f"{figures['universes']} universes in {seconds:.0f} s ({rate:.0f} universes/s)")
    print(f"{figures['tasks']} task runs, {figures['messages']} messages, {figures['interleaved']} interleaved pairs")
    print(f"{figures['decisions']} options taken that a message named, {figures['stopped']} tasks stop in the end")
    kinds_met = [(name.removeprefix("fault "), n) for name, n in figures.most_common() if name.startswith("fault ")]
    print(f"{faults} faults: {', '.join(f'{name} {number}' for name, number in kinds_met)}")
    bad = {seed for seed, _text in wrong}
    print(f"{len(bad)} universes break {len(wrong)} promises")
    kinds: dict[str, list[tuple[int, str]]] = {}
    for seed, text in wrong:
        kinds.setdefault(kind_of(text), []).append((seed, text))
    for number, (kind, found) in enumerate(sorted(kinds.items(), key=lambda pair: -len(pair[1]))):
        seed, text = found[0]
        print(f"\n{len(found)} times, seeds {', '.join(str(each[0]) for each in found[:8])}: {text}")
        if number < arguments.kinds and "the harness broke" not in text:
            universe = shrunk(Draw(seed).universe(), functools.partial(breaks, kind=kind))
            directory = arguments.output / f"seed-{seed}"
            write_reproduction(play(universe), directory)
            print(f"  smallest: {_in_short(universe)}\n  written to {directory}")


def _in_short(universe: dict[str, object]) -> str:
    parts = []
    events = universe["events"]
    assert isinstance(events, list)
    for event in events:
        if event["do"] in ("task", "together"):
            tasks = [event["task"]] if event["do"] == "task" else [run["task"] for run in event["runs"]]
            names = " beside ".join(f"{task['module']} {task['options'].get('state', '')}".strip() for task in tasks)
            faults = ", ".join(f"{fault['kind']} at {fault['of']} {fault['at']}" for fault in event.get("faults", []))
            parts.append(f"{names} [{faults}]" if faults else names)
        else:
            parts.append(str(event["do"]))
    return "; ".join(parts)


def _one(seed: int, output: Path) -> int:
    trace: list[str] = []
    story = play(Draw(seed).universe(), trace=trace)
    print("\n".join(trace))
    for text in story.wrong:
        print(f"WRONG: {text}")
    write_reproduction(story, output / f"seed-{seed}")
    return 1 if story.wrong else 0


def _commit() -> str:
    answer = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    return answer.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
