# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When to look again for the effect of a call.

After an operation timeout the WS-Management service stops waiting, and the provider may go on ([MS-WSMV] 3.1.4.1).
"""

from __future__ import annotations

from collections.abc import Iterator


def backoff_delays(seconds: float) -> Iterator[float]:
    """Delays before each look: none, then doubling, C(seconds) altogether."""
    yield 0.0
    delay = 1.0
    while seconds > 0:
        yield min(delay, seconds)
        seconds -= delay
        delay *= 2
