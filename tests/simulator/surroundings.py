# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the simulator takes from outside: the time, waiting, work that is due later, unique identifiers.

A test that runs the engine in its own process may put others in their place, and every run is then the same.
"""

from __future__ import annotations

import threading
import time as _time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone


class Surroundings:
    """The real ones: the machine's clock, threads for later work, random identifiers."""

    def __init__(self) -> None:
        self.started = self.time()

    def time(self) -> float:
        """Seconds since the epoch."""
        return _time.time()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        # Not even for no time: that would hand the processor to another process.
        if seconds > 0:
            _time.sleep(seconds)

    def later(self, seconds: float, work: Callable[[], object]) -> None:
        """Do the work when the seconds are over, without anybody waiting for it."""

        def wait_and_work() -> None:
            _time.sleep(seconds)
            work()

        threading.Thread(target=wait_and_work, daemon=True).start()

    def unique_id(self) -> str:
        """A UUID in capital letters, as Windows writes them."""
        return str(uuid.uuid4()).upper()


_current = Surroundings()


@contextmanager
def replaced(surroundings: Surroundings) -> Iterator[None]:
    """Others for the time being."""
    global _current  # noqa: PLW0603  # one process has one simulator
    before, _current = _current, surroundings
    try:
        yield
    finally:
        _current = before


def time() -> float:
    return _current.time()


def sleep(seconds: float) -> None:
    _current.sleep(seconds)


def later(seconds: float, work: Callable[[], object]) -> None:
    _current.later(seconds, work)


def unique_id() -> str:
    return _current.unique_id()


def utc_now() -> datetime:
    return datetime.fromtimestamp(_current.time(), timezone.utc)


def started() -> datetime:
    """When the simulation began."""
    return datetime.fromtimestamp(_current.started, timezone.utc)
