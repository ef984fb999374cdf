# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines that tell how far a long task is, at most one per second."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ansible.utils.display import Display

_SECONDS_BETWEEN = 1.0


def _display(line: str) -> None:
    Display().display(line)


@dataclass
class Progress:
    """How far a task is with so many things of one kind.

    Attributes:
        done_what: for example C(purchases migrated).
    """

    server: str
    total: int
    done_what: str
    show: Callable[[str], None] = _display
    clock: Callable[[], float] = time.monotonic
    count: int = 0
    _begun: float = field(init=False)
    _shown: float = field(init=False)

    def __post_init__(self) -> None:
        self._begun = self._shown = self.clock()

    def advance(self) -> None:
        """Count one more."""
        self.count += 1
        now = self.clock()
        if self.count < self.total and now - self._shown >= _SECONDS_BETWEEN:
            self._shown = now
            left = (now - self._begun) / self.count * (self.total - self.count)
            self.show(f"{self.server}: {self.count} of {self.total} {self.done_what}, about {left:.0f} s left")

    def following(self, did: Callable[[str], None]) -> Callable[[str], None]:
        """Something that tells C(did) of a step that was carried out, and counts it."""

        def told(step: str) -> None:
            did(step)
            self.advance()

        return told
