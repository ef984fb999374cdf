# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts about a server that were not read, because a plan may turn out not to need them.

Most runs find everything as it should be. They are planned from the record and the key packs alone; a planner that asks
for more raises NotObserved, and is called again once everything was read.
"""

from __future__ import annotations

import typing as t


class NotObserved(Exception):
    """The plan needs a fact that was not read."""


class _NotRead:
    def __getattr__(self, name: str) -> t.Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise NotObserved(name)


# Stands in the place of any fact.
NOT_READ: t.Final[t.Any] = _NotRead()
