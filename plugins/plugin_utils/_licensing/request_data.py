# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change in any release.
"""Clearinghouse requests as data for other tools: CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
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
        writer.writerow({name: _not_a_formula(request.get(name)) for name in _COLUMNS})
    return text.getvalue()


def _not_a_formula(value: object) -> object:
    """Spreadsheets run a text that begins like a formula; an apostrophe keeps it a text (OWASP, CSV Injection)."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else value


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
