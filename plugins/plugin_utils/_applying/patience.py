# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long a call without an answer may still be at work on the server, and when to look again.

After an operation timeout the WS-Management service stops waiting, and the provider may go on ([MS-WSMV] 3.1.4.1).
Nothing is asked for a second time before it had as long again.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator


def seconds_since(started: str) -> float:
    """Seconds since an operation of the record was begun.

    0 when another controller's clock is ahead, or when the entry was changed by hand and does not say.
    """
    try:
        begun = datetime.datetime.strptime(started, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
    except ValueError:
        return 0.0
    return max((datetime.datetime.now(datetime.timezone.utc) - begun).total_seconds(), 0.0)


def pauses(patience: float) -> Iterator[float]:
    """Pauses before each look: none, then doubling, as long as patience lasts."""
    yield 0.0
    pause = 1.0
    while patience > 0:
        yield min(pause, patience)
        patience -= pause
        pause *= 2
