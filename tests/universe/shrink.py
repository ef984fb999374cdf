# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a universe that breaks a promise as small as it gets: fewer events, faults, purchases and peculiarities."""

from __future__ import annotations

import copy
import itertools
import re
import typing as t
from collections.abc import Callable, Iterator

from tests.universe.play import play

Universe = dict[str, t.Any]
Path = tuple[str | int, ...]
Edit = tuple[Path, t.Any]
_GONE: t.Final = object()


def kind_of(text: str) -> str:
    """A broken promise without its numbers and names, so that a smaller universe may break it in its own way."""
    return re.sub(r"\bp\d(\+p\d)*\b|\d+|\(.*", "#", text)[:60]


def breaks(universe: Universe, kind: str) -> bool:
    """Whether a universe still breaks the promise."""
    try:
        return any(kind_of(each) == kind for each in play(universe).wrong)
    except Exception:  # a universe that lost a part it needs is none
        return False


def shrunk(universe: Universe, still: Callable[[Universe], bool], most: int = 400) -> Universe:
    """The smallest universe found of which C(still) holds, with at most so many tries."""
    tries = 0
    smaller = True
    while smaller and tries < most:
        smaller = False
        for candidate in _candidates(universe):
            tries += 1
            if still(candidate):
                universe, smaller = candidate, True
                break
            if tries >= most:
                break
    return universe


def _candidates(universe: Universe) -> Iterator[Universe]:
    """Universes with one thing less, the largest things first."""
    for path, value in itertools.chain(_fewer_events(universe), _smaller_events(universe), _plainer_fleet(universe)):
        new = copy.deepcopy(universe)
        place: t.Any = new
        for step in path[:-1]:
            place = place[step]
        if value is _GONE:
            del place[path[-1]]
        else:
            place[path[-1]] = value
        yield new


def _fewer_events(universe: Universe) -> Iterator[Edit]:
    for index in range(len(universe["events"])):
        yield ("events", index), _GONE


def _smaller_events(universe: Universe) -> Iterator[Edit]:
    for index, event in enumerate(universe["events"]):
        here: Path = ("events", index)
        for number, fault in enumerate(event.get("faults", [])):
            yield (*here, "faults", number), _GONE
            yield from (((*here, "faults", number, key), 0.0) for key in ("away", "seconds") if fault.get(key))
        yield from (((*here, key), _GONE) for key in ("skew", "timeout", "console") if event.get(key))
        yield from _fewer_steps(here, event)
        options = event.get("task", {}).get("options", {})
        for number in range(len(options.get("purchases", []))):
            yield (*here, "task", "options", "purchases", number), _GONE
        yield from _fewer_switches(here, event)


def _fewer_steps(here: Path, event: dict[str, t.Any]) -> Iterator[Edit]:
    """A role with fewer tasks, and with less that goes wrong in them."""
    for number, step in enumerate(event.get("steps", [])):
        yield (*here, "steps", number), _GONE
        yield from (
            ((*here, "steps", number, key), _GONE) for key in ("faults", "skew", "timeout", "console") if step.get(key)
        )


def _fewer_switches(here: Path, event: dict[str, t.Any]) -> Iterator[Edit]:
    """Two controllers that interrupt each other less often."""
    schedule = event.get("schedule", [])
    for number, choice in enumerate(schedule):
        if choice:
            yield (*here, "schedule"), schedule[:number]
            yield (*here, "schedule"), [*schedule[:number], 0, *schedule[number + 1 :]]
    for number, run in enumerate(event.get("runs", [])):
        if run.get("skew"):
            yield (*here, "runs", number, "skew"), 0.0


def _plainer_fleet(universe: Universe) -> Iterator[Edit]:
    for name, server in universe["fleet"]["servers"].items():
        here: Path = ("fleet", "servers", name)
        plain = {"dialect": {}, "behaviour": {}, "built_in_packs": False, "temporary_packs": False}
        yield from (((*here, key), value) for key, value in plain.items() if server.get(key) != value)
        yield from (((*here, "key_packs", number), _GONE) for number in range(len(server["key_packs"])))
