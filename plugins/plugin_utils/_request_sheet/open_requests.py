# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which Clearinghouse requests of a fleet are open: those of an earlier sheet, and those that this run found.

A run sees some of the servers only (C(--limit), C(serial)), so requests of the other servers stay. A request keeps its
number for as long as it is open, because people speak of it by that number.
"""

from __future__ import annotations

import typing as t
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

Request = Mapping[str, t.Any]


@dataclass(frozen=True)
class RequestList:
    """The requests on the sheet, and what became of earlier ones.

    An entry of C(closed) has C(server), C(request), C(request_id), C(title), C(number), and C(answered): whether the
    answer file held an answer when the server stopped to ask for it.
    """

    requests: tuple[Request, ...] = ()
    closed: tuple[Request, ...] = field(default=())

    @property
    def last_number(self) -> int:
        """The highest number that was ever given."""
        return max((int(each.get("number") or 0) for each in (*self.requests, *self.closed)), default=0)


def key(request: Request) -> tuple[str, str]:
    """What an answer goes by: the server, and the request ID or what is asked for."""
    name = request.get("request_id") if request["request"] == "license_key_pack_id" else request["request"]
    return str(request["server"]), str(name)


def merged(
    earlier: RequestList, requests: Sequence[Request], servers: Collection[str], answered: Collection[tuple[str, str]]
) -> RequestList:
    """The sheet after this run.

    Args:
        earlier: the sheet as it is.
        requests: what the servers of this run ask for.
        servers: the servers of this run; what they do not ask for any more is closed.
        answered: keys that the answer file has an answer for.
    """
    by_server: dict[str, list[Request]] = {str(each["server"]): [] for each in (*earlier.requests, *requests)}
    for each in earlier.requests:
        if each["server"] not in servers:
            by_server[str(each["server"])].append(each)
    for each in requests:
        by_server[str(each["server"])].append(each)
    still_open = {key(each) for each in requests}
    gone = [each for each in earlier.requests if each["server"] in servers and key(each) not in still_open]
    closed = {key(each): each for each in earlier.closed}
    closed.update({key(each): _closed(each, key(each) in answered) for each in gone})
    opened = _numbered([each for found in by_server.values() for each in found], earlier)
    return RequestList(opened, tuple(each for name, each in closed.items() if name not in still_open))


def _numbered(requests: Sequence[Request], earlier: RequestList) -> tuple[Request, ...]:
    known: dict[tuple[str, str], list[t.Any]] = {}
    for each in earlier.requests:
        known.setdefault(key(each), []).append(each.get("number"))
    last, found = earlier.last_number, []
    for each in requests:
        numbers = known.get(key(each)) or [None]
        number = numbers.pop(0)
        if number is None:
            last = number = last + 1
        found.append({**each, "number": number})
    return tuple(found)


def _closed(request: Request, answered: bool) -> dict[str, t.Any]:
    kept = ("number", "server", "request", "request_id", "title", "license_program", "credential", "reference")
    return {**{name: request.get(name) for name in kept}, "answered": answered}
