# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much a server may send. Real responses stay far below each limit; past one the task ends with one line.

The envelope size that every request names is 150 KB by default, and a Windows host sends 500 KB at most.
"""

from __future__ import annotations

MAX_RESPONSE_BYTES = 4 * 1024 * 1024
MAX_ELEMENTS = 100_000
"""XML elements of one response: each costs some hundred bytes of memory."""
MAX_ATTRIBUTES = 100
MAX_DEPTH = 100
"""Deepest nesting; WS-Man responses stay below 20. Protects the recursive parts of ElementTree."""

MAX_ITEMS = 50_000
"""Instances of one enumeration, unless its caller expects more."""
MAX_ENUMERATION_BYTES = 128 * 1024 * 1024
BYTES_PER_ITEM = 4096
"""What a caller who expects more items allows for each."""
MAX_EMPTY_BATCHES = 10
"""Pulls in a row that may bring neither items nor the end."""
MAX_ENUMERATION_SECONDS = 900.0

RESPONSE_TIME_FACTOR = 2
"""A whole response may take this many times the read timeout, which itself starts anew with every byte."""
MIN_RESPONSE_SECONDS = 10.0


class LimitExceeded(Exception):
    """A response went past a limit. ``too_slow`` when the limit is the time."""

    def __init__(self, message: str, *, too_slow: bool = False) -> None:
        super().__init__(message)
        self.too_slow = too_slow


def response_seconds(read_timeout: float) -> float:
    """How long a whole response may take."""
    return max(MIN_RESPONSE_SECONDS, RESPONSE_TIME_FACTOR * read_timeout)
