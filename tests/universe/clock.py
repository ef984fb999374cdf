# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual time, and tasks that take turns in it."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable, Sequence

BEGINNING = 1_790_000_000.0
"""Where the time of every world begins; a date in 2026."""


class Clock:
    """The world's time. It moves only when somebody waits; what is due on the way happens on the way."""

    def __init__(self) -> None:
        self.now = BEGINNING
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = itertools.count()

    def later(self, seconds: float, work: Callable[[], object]) -> None:
        """Do the work when the seconds are over."""
        heapq.heappush(self._due, (self.now + seconds, next(self._numbers), work))

    def advance_to(self, moment: float) -> None:
        """Move on to a moment."""
        while self._due and self._due[0][0] <= moment:
            due, _number, work = heapq.heappop(self._due)
            self.now = max(self.now, due)
            work()
        self.now = max(self.now, moment)

    def advance(self, seconds: float) -> None:
        """Move on by some seconds."""
        self.advance_to(self.now + seconds)


class CancelledError(BaseException):
    """The task is not wanted any more."""


class Turn:
    """One of several tasks that run one at a time: a thread that has the baton or waits for it."""

    def __init__(self, job: Callable[[], None]) -> None:
        self.wake = 0.0
        self.finished = False
        self.error: BaseException | None = None
        self._job = job
        self._cancelled = False
        self._go = threading.Semaphore(0)
        self._back = threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def resume(self) -> None:
        """Hand over the baton, and wait until it comes back."""
        self._go.release()
        self._back.acquire()

    def pause(self) -> None:
        """Give the baton back, and wait for the next turn. Called by the task itself."""
        self._back.release()
        self._go.acquire()
        if self._cancelled:
            raise CancelledError

    def cancel(self) -> None:
        """End the task where it is."""
        self._cancelled = True
        while not self.finished:
            self.resume()

    def _run(self) -> None:
        self._go.acquire()
        try:
            if not self._cancelled:
                self._job()
        except CancelledError:
            pass
        except BaseException as error:  # raised again by the one who waits
            self.error = error
        self.finished = True
        self._back.release()


Choose = Callable[[int, int], int]
"""Given how many tasks could go on, and which of them went last (-1: none of these), says which one goes on."""


def take_turns(
    clock: Clock,
    jobs: Sequence[Callable[[], None]],
    choose: Choose,
    entered: Callable[[Turn], None],
    made: Callable[[list[Turn]], None],
) -> None:
    """Run the jobs to their end, one at a time; C(choose) decides whose turn it is wherever more than one could go on.

    Args:
        entered: told whose turn begins.
        made: given the turns before the first of them begins, in the order of the jobs.
    """
    turns = [Turn(job) for job in jobs]
    made(turns)
    try:
        _take_turns(clock, turns, choose, entered)
    finally:
        for turn in turns:
            turn.cancel()
    for turn in turns:
        if turn.error is not None:
            raise turn.error


def _take_turns(clock: Clock, turns: list[Turn], choose: Choose, entered: Callable[[Turn], None]) -> None:
    last: Turn | None = None
    while alive := [turn for turn in turns if not turn.finished]:
        ready = [turn for turn in alive if turn.wake <= clock.now]
        if not ready:
            clock.advance_to(min(turn.wake for turn in alive))
            continue
        index = choose(len(ready), ready.index(last) if last in ready else -1) if len(ready) > 1 else 0
        last = ready[index]
        entered(last)
        last.resume()
