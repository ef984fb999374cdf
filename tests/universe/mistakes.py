# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deliberate mistakes, so that the harness can prove that it finds them.

``python -m tests.universe.mistakes [NAME ...] [--most 20000]`` searches for the first universe that shows each one.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import gc
import importlib
import multiprocessing
import sys
import typing as t
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from tests.universe import seams
from tests.universe.draw import Draw
from tests.universe.play import play

UTILS: t.Final = f"{seams.COLLECTION}.plugins.plugin_utils"
Wrong = Callable[[t.Any], t.Any]
"""Takes what is right and gives what is planted in its place."""


@dataclass(frozen=True)
class Mistake:
    """Something that the collection must not do.

    Attributes:
        places: module and name of what is replaced, and by what.
        seed: a universe that shows it.
    """

    title: str
    places: tuple[tuple[str, str, Wrong], ...]
    seed: int


@contextlib.contextmanager
def planted(mistake: Mistake) -> Iterator[None]:
    """The collection makes the mistake meanwhile."""
    seams.install()
    with contextlib.ExitStack() as stack:
        for module, name, wrong in mistake.places:
            place: t.Any = importlib.import_module(f"{UTILS}.{module}")
            *path, last = name.split(".")
            for step in path:
                place = getattr(place, step)
            right = vars(place)[last]
            setattr(place, last, wrong(right))
            stack.callback(setattr, place, last, right)
        yield


def _instead(value: t.Any) -> Wrong:
    return lambda _right: value


def _does_nothing(_right: t.Any) -> t.Any:
    return lambda *_arguments, **_options: None


def _only_number(_right: t.Any) -> t.Any:
    return lambda self, operation, known: self._numbered(operation, known, "intended")


def _call_again(right: t.Any) -> t.Any:
    def call(self: t.Any, what: str, make: Callable[[], object], look: t.Any) -> t.Any:
        def twice() -> None:
            try:
                make()
            except Exception as error:
                if not getattr(error, "outcome_unknown", False):
                    raise
                make()

        return right(self, what, twice, look)

    return call


def _raise(_right: t.Any) -> t.Any:
    def after(_self: t.Any, rejected: Exception, _look: t.Any) -> t.Any:
        raise rejected

    return after


def _by_the_controller(_right: t.Any) -> t.Any:
    record = importlib.import_module(f"{UTILS}._licensing.record")
    return lambda _self: datetime.datetime.strptime(f"{record.now()}+0000", "%Y-%m-%dT%H:%M:%SZ%z")


def _always_whole(right: t.Any) -> t.Any:
    return lambda self, action, target=None: right(self, replace(action, whole=True), target)


def _never_unfinished(_right: t.Any) -> t.Any:
    return lambda _key_pack_id, inventory: (None, [], inventory)


def _shown(_right: t.Any) -> t.Any:
    return property(lambda self: " / ".join(self.credential))


def _as_wanted(right: t.Any) -> t.Any:
    def seen_as(operation: t.Any, came: t.Any, when: str) -> t.Any:
        return right(operation, came and replace(came, cals=operation.cals or came.cals), when)

    return seen_as


MISTAKES: t.Final[dict[str, Mistake]] = {
    "skip_the_intention": Mistake(
        "The intention is not written before the call.",
        (("_licensing.record", "Record.begin", _only_number),),
        3,
    ),
    "ignore_the_second_listing": Mistake(
        "Another controller's intention is not looked for once one's own is written.",
        (("_licensing.record", "Record.require_no_other", _does_nothing),),
        3,
    ),
    "call_again": Mistake(
        "A change is repeated when its response was lost.",
        (("_applying.call_and_verify", "Verifier.call", _call_again),),
        8,
    ),
    "believe_a_rejection": Mistake(
        "A call that was rejected is taken for one without effect.",
        (("_applying.call_and_verify", "Verifier._after_rejection", _raise),),
        106,
    ),
    "forget_a_pending_removal": Mistake(
        "What a migration leaves on its source counts as removed.",
        (("_applying.migration", "REMOVAL_PENDING", _instead("collection")),),
        1,
    ),
    "do_not_wait": Mistake(
        "What no run has seen the end of counts as not done at once.",
        (
            ("_planning.unfinished_operations", "OutcomeRule.seconds_left", _instead(lambda _self, _operation: 0.0)),
            ("_planning.unfinished_operations", "OutcomeRule.require_decision", _does_nothing),
        ),
        84,
    ),
    "use_the_controllers_clock": Mistake(
        "The age of an operation is reckoned by the controller's clock.",
        (("_licensing.license_server", "LicenseServer.now", _by_the_controller),),
        11337,
    ),
    "remove_the_whole_pack": Mistake(
        "The whole key pack is removed where a part of it is meant.",
        (("_applying.key_pack_changes", "KeyPackChanger.remove", _always_whole),),
        4,
    ),
    "remove_again": Mistake(
        "An unfinished removal or conversion of a key pack is not looked for.",
        (("_planning.key_pack_changes", "settle_earlier", _never_unfinished),),
        238,
    ),
    "forget_the_hand_over": Mistake(
        "The source's record does not say what is migrated from it.",
        (("_applying.migration", "Migrator._begin_hand_over", _does_nothing),),
        14,
    ),
    "forget_to_report": Mistake(
        "What a task did before it failed is not reported as a change.",
        (("_ansible.action", "ModuleContext.note_change", _does_nothing),),
        21,
    ),
    "change_in_check_mode": Mistake(
        "Check mode is not looked at.",
        (("_ansible.action", "ModuleContext.check_mode", _instead(property(lambda _self: False))),),
        12,
    ),
    "show_credentials": Mistake(
        "Credentials are written down as they are.",
        (("_licensing.purchase", "Purchase.masked_credential", _shown),),
        1,
    ),
    "count_what_was_wanted": Mistake(
        "The CALs that were wanted are recorded, not those that came.",
        (("_applying.acquirer", "seen_as", _as_wanted), ("_planning.acquired_packs", "seen_as", _as_wanted)),
        526,
    ),
    "rebuild_without_a_record": Mistake(
        "A rebuild of the database is not written into the record.",
        (("_applying.rebuilder", "Rebuilder._write", _does_nothing),),
        10,
    ),
}


def first_seed(arguments: tuple[str, int]) -> tuple[str, int | None, str]:
    """The first universe that shows a mistake, and the promise that it breaks there and nowhere else."""
    name, most = arguments
    gc.disable()
    for seed in range(most):
        universe = Draw(seed).universe()
        with planted(MISTAKES[name]):
            wrong = broken_in(universe)
        if wrong and set(wrong) - set(broken_in(universe)):
            return name, seed, wrong[0]
        if seed % 50 == 0:
            gc.collect()
    return name, None, ""


def broken_in(universe: dict[str, t.Any]) -> list[str]:
    """The promises that a universe breaks."""
    try:
        return play(universe).wrong
    except Exception as error:  # a mistake may take anything down
        return [f"the task broke: {error!r}"]


def main() -> int:
    """Search for every mistake, and say which universe shows it."""
    parser = argparse.ArgumentParser(prog="python -m tests.universe.mistakes")
    parser.add_argument("names", nargs="*", help=f"one or more of {', '.join(MISTAKES)}; all by default")
    parser.add_argument("--most", type=int, default=20_000, help="universes for each, at most")
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    names = arguments.names or list(MISTAKES)
    missed = 0
    with multiprocessing.Pool(arguments.workers) as pool:
        for name, seed, text in pool.imap_unordered(first_seed, [(name, arguments.most) for name in names]):
            missed += seed is None
            print(f"{name}: {'not found' if seed is None else f'seed {seed}: {text[:150]}'}", flush=True)
    print(f"{len(names) - missed} of {len(names)} mistakes found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
