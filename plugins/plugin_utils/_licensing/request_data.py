# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change in any release.
"""Clearinghouse requests as data for other tools: CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
import re
import typing as t
from collections.abc import Mapping, Sequence

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.request_pages import LABELS, Request

_COLUMNS: t.Final = (
    "server",
    "title",
    "request",
    "request_id",
    "operation",
    "connection_method",
    "web_site",
    "option",
    *LABELS,
    "credential",
)


def comma_separated(requests: Sequence[Request]) -> str:
    """Requests as CSV, one line each, with a column for every field."""
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    for request in requests:
        writer.writerow({name: _cell(request.get(name)) for name in _COLUMNS})
    return text.getvalue()


def _cell(value: object) -> object:
    """A value on one line, and never a formula.

    Spreadsheets run a text that begins like a formula; an apostrophe keeps it a text (OWASP, CSV Injection).
    """
    if not isinstance(value, str):
        return value
    line = re.sub(r"[\r\n]+", " ", value)
    return f"'{line}" if line.lstrip()[:1] in tuple("=+-@") else line


def as_json(requests: Sequence[Request]) -> str:
    """Requests as JSON, below the key C(requests)."""
    return json.dumps({"requests": [dict(each) for each in requests]}, indent=2, ensure_ascii=False, default=str) + "\n"


def from_json(text: str) -> list[dict[str, t.Any]] | None:
    """The requests of such a file; None when it is something else."""
    try:
        document = json.loads(text)
    except ValueError:
        return None
    requests = document.get("requests") if isinstance(document, Mapping) else None
    return requests if isinstance(requests, list) and all(isinstance(each, dict) for each in requests) else None
