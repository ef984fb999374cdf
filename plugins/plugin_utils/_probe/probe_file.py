# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file of a probe: rows and messages, redacted. It can be read before it is sent anywhere."""

from __future__ import annotations

import json
import re
import typing as t
from collections import Counter
from collections.abc import Mapping, Sequence

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.recorder import Exchange
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.redaction import Redactor

FORMAT: t.Final = 1
_MOST_ITEMS: t.Final = 50
_ITEM: t.Final = re.compile(r"<(\w+:(?:XmlFragment|sNames|Types))\b[^>]*>.*?</\1>", re.DOTALL)
_LEFT_OUT: t.Final = ("changed", "verdict", "summary")


def probe_file(exchanges: Sequence[Exchange], redactor: Redactor, result: Mapping[str, t.Any]) -> str:
    """The text of the file."""
    redactor.learn(exchanges)
    shown = {name: value for name, value in result.items() if name not in _LEFT_OUT}
    # Only what the server sent can give something away; the rest are the collection's own words.
    shown["assumptions"] = [
        {**row, "got": redactor.redact_text(row["got"])} if "got" in row else row
        for row in result.get("assumptions", ())
    ]
    document = {"format": FORMAT, **shown, "messages": [_message(each, redactor) for each in exchanges]}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _message(exchange: Exchange, redactor: Redactor) -> dict[str, t.Any]:
    response, left_out = _shortened(exchange.response)
    return {
        "read": exchange.read,
        "status": exchange.status,
        "milliseconds": exchange.milliseconds,
        "error": redactor.redact_text(exchange.error),
        "request": redactor.redact(exchange.request),
        "response": redactor.redact(response),
        "items_left_out": left_out,
    }


def _shortened(response: str) -> tuple[str, int]:
    """The beginning of long lists only: a file that is to be read by an administrator has no thousand equal rows."""
    counts: Counter[str] = Counter()

    def first(match: re.Match[str]) -> str:
        counts[match.group(1)] += 1
        return match.group() if counts[match.group(1)] <= _MOST_ITEMS else ""

    return _ITEM.sub(first, response), sum(max(0, number - _MOST_ITEMS) for number in counts.values())


def measure(exchanges: Sequence[Exchange]) -> dict[str, t.Any]:
    """What the probe took, and its largest and slowest responses."""
    largest = max(exchanges, key=lambda each: len(each.response))
    slowest = max(exchanges, key=lambda each: each.milliseconds)
    return {
        "requests": len(exchanges),
        "seconds": round(sum(each.milliseconds for each in exchanges) / 1000, 1),
        "received_bytes": sum(len(each.response.encode()) for each in exchanges),
        "largest_response_bytes": len(largest.response.encode()),
        "largest_response": largest.read,
        "slowest_milliseconds": slowest.milliseconds,
        "slowest": slowest.read,
    }
