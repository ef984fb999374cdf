# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check everything in the answer file before the first call: an entry that fits nothing would be ignored in silence."""

from __future__ import annotations

import difflib
import re
import typing as t
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing import identifiers
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.clearinghouse_request import (
    OPERATIONS,
    WANTED,
    request_id,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import InvalidOption
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._request_sheet.answer_file import (
    KEY_PACK_IDS,
    VARIABLE,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._request_sheet.open_requests import (
    Request,
    RequestList,
    key,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._request_sheet.pages import subject

_SHAPES: t.Final = {
    "license_key_pack_id": identifiers.LICENSE_KEY_PACK_ID,
    "license_server_id": identifiers.LICENSE_SERVER_ID,
    "confirmation_code": identifiers.CONFIRMATION_CODE,
}
_KEYS: t.Final = (KEY_PACK_IDS, *(name for name in WANTED if name != "license_key_pack_id"))
_REQUEST_ID: t.Final = re.compile(r"[0-9a-f]{12}")


@dataclass(frozen=True)
class Fleet:
    """What answers can be for.

    Attributes:
        sheet: the sheet as it is, with open and closed requests.
        purchases: the purchases of each server of this run, where they are known, with change IDs of rebuilds.
        servers: every server that there is: the hosts of the inventory.
    """

    sheet: RequestList
    purchases: Mapping[str, tuple[Sequence[Purchase], Collection[str | None]]]
    servers: Collection[str]

    def request_ids(self, server: str) -> set[str]:
        """The ID of every request that the purchases of a server may lead to."""
        purchases, change_ids = self.purchases.get(server, ((), ()))
        asked = {each.get("change_id") for each in self.sheet.requests if each["server"] == server}
        return {
            request_id(each, operation, change_id)
            for each in purchases
            for operation in OPERATIONS
            for change_id in {None, *change_ids, *asked}
        }


def problems(answers: object, fleet: Fleet) -> list[str]:
    """One sentence for each entry that fits nothing or cannot be right. No sentence repeats an answer."""
    if answers in (None, ""):
        return []
    if not isinstance(answers, Mapping):
        return [f"{VARIABLE} must be a mapping keyed by server name."]
    found, places = [], {}  # type: tuple[list[str], dict[str, list[str]]]
    for server, given in answers.items():
        for place, kind, value in _entries(str(server), given, fleet, found):
            answer = _answer(place, kind, value, found)
            if answer and kind == "license_key_pack_id":
                places.setdefault(answer, []).append(place)
    found += [
        f"{' and '.join(same)} hold the same license key pack ID. An ID belongs to one request; correct one of them."
        for same in places.values()
        if len(same) > 1
    ]
    return found


def _entries(server: str, given: object, fleet: Fleet, found: list[str]) -> Iterator[tuple[str, str, object]]:
    """Place, kind and value of every answer of a server that has a place to go; the others are reported."""
    known = {*fleet.servers, *fleet.purchases, *(str(each["server"]) for each in fleet.sheet.requests)}
    if server in _KEYS or _REQUEST_ID.fullmatch(server):
        found.append(f"{shown_key(server)} stands where the name of a server belongs. Move it below its server.")
    elif server not in known and server not in {str(each["server"]) for each in fleet.sheet.closed}:
        found.append(f"{shown_key(server)} is not a host of the inventory.{_guess(server, known)}")
    elif given is not None and not isinstance(given, Mapping):
        found.append(f"{shown_key(server)} must hold its answers by name ({', '.join(_KEYS)}).")
    else:
        for name, value in (given or {}).items():
            yield from _entries_of_key(server, str(name), value, fleet, found)


def _entries_of_key(
    server: str, name: str, value: object, fleet: Fleet, found: list[str]
) -> Iterator[tuple[str, str, object]]:
    place = f"{shown_key(server)}.{shown_key(name)}"
    if name in _SHAPES and name != "license_key_pack_id":
        yield place, name, value
    elif name != KEY_PACK_IDS:
        below = _REQUEST_ID.fullmatch(name)
        found.append(f"{place} belongs below {KEY_PACK_IDS}." if below else f"{place} is unknown.{_guess(name, _KEYS)}")
    elif value not in (None, "") and not isinstance(value, Mapping):
        found.append(f"{place} must hold license key pack IDs by request ID.")
    elif isinstance(value, Mapping):
        for each, answer in value.items():
            unknown = _unknown_request(server, str(each), fleet) if answer not in (None, "") else None
            if unknown:
                found.append(f"{place}[{shown_key(str(each))}] {unknown}")
            else:
                yield f"{place}[{shown_key(str(each))}]", "license_key_pack_id", answer


def _unknown_request(server: str, name: str, fleet: Fleet) -> str | None:
    """What is wrong with a request ID; None if nothing is, or if it is unknown."""
    ours = fleet.request_ids(server)
    if name in ours:
        return None
    on_sheet = {key(each): each for each in (*fleet.sheet.closed, *fleet.sheet.requests)}
    request = on_sheet.get((server, name))
    if request is None:
        elsewhere = [each for place, each in on_sheet.items() if place[1] == name]
        if elsewhere:
            return f"is a request of {elsewhere[0]['server']}. Move the answer there."
        sure = bool(ours) or any(place[0] == server for place in on_sheet)
        return "is not the ID of a request of this server. Compare it with the request sheet." if sure else None
    if request.get("answered") is False or _was_changed(request, fleet.purchases.get(server, ((), ()))[0]):
        return (
            f"was for {subject(request)}, which is no longer requested. Request a new license key pack ID for the "
            f"purchase as it is now, and remove this entry."
        )
    return None


def _was_changed(request: Request, purchases: Sequence[Purchase]) -> bool:
    """Whether one of the purchases is the request's, with another version, type or quantity."""
    asked = [request.get(name) for name in ("license_program", "credential", "reference")]
    return any(
        [shown[name] for name in ("license_program", "credential", "reference")] == asked
        for shown in (each.describe() for each in purchases)
    )


def _answer(place: str, kind: str, value: object, found: list[str]) -> str | None:
    if value in (None, ""):
        return None
    if not isinstance(value, str):
        found.append(f"{place} must be text. Put it in quotes.")
        return None
    try:
        return identifiers.canonical(value, _SHAPES[kind], place) if value.strip() else None
    except InvalidOption as error:
        found.append(str(error))
        return None


def shown_key(name: str) -> str:
    """A key of the file, unless it may be an answer that was entered as a key."""
    bare = identifiers.without_separators(name)
    secret = re.fullmatch(r"(?=.*[0-9])[0-9A-Za-z]{13,}|[0-9A-Za-z]{25,}", bare)
    return f"<a key of {len(bare)} characters>" if secret else name


def _guess(name: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(name, sorted(known), 1)
    return f" Did you mean {close[0]}?" if close else ""
