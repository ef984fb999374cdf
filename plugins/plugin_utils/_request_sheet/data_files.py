# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clearinghouse requests as data for other tools: CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
import re
import typing as t
from collections.abc import Iterable, Mapping, Sequence

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._request_sheet.open_requests import RequestList
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._request_sheet.pages import LABELS, Request

_COLUMNS: t.Final = (
    "number",
    "server",
    "title",
    "request",
    "request_id",
    "operation",
    "connection_method",
    "web_site",
    "option",
    "source_name",
    *LABELS,
    "credential",
)


# Spreadsheets take a file without this mark for one in the computer's own code page.
_BYTE_ORDER_MARK: t.Final = "\N{ZERO WIDTH NO-BREAK SPACE}"
# What a spreadsheet would turn into a number or a date: leading zeros, long digits and exponents get lost.
_LIKE_A_NUMBER: t.Final = re.compile(r"[0-9]+([.,:/eE-]?[0-9]+)*")


def comma_separated(requests: Sequence[Request]) -> str:
    """Requests as CSV for spreadsheets, one line each, with a column for every field."""
    return spreadsheet(_COLUMNS, ([request.get(name) for name in _COLUMNS] for request in requests))


def spreadsheet(columns: Sequence[str], rows: Iterable[Iterable[object]], *, mark: bool = True) -> str:
    """CSV that spreadsheets show as it is meant, one line for each row.

    Args:
        mark: begin with a byte order mark. A file whose bytes are compared with a digest goes without.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([cell(value) for value in row] for row in rows)
    return (_BYTE_ORDER_MARK if mark else "") + text.getvalue()


def cell(value: object) -> object:
    """A value on one line, never a formula of somebody else's, and never changed by the spreadsheet.

    Spreadsheets run a text that begins like a formula; an apostrophe keeps it a text (OWASP, CSV Injection). They keep
    all digits of a number only as the result of a formula that is nothing but the text: C(="0123456").
    """
    if not isinstance(value, str):
        return value
    line = re.sub(r"[\r\n]+", " ", value)
    if _LIKE_A_NUMBER.fullmatch(line):
        return f'="{line}"'
    return f"'{line}" if line.lstrip()[:1] in tuple("=+-@") else line


def as_json(sheet: RequestList) -> str:
    """The whole sheet as JSON: C(requests), and C(closed) for the next run."""
    document = {"requests": [dict(each) for each in sheet.requests], "closed": [dict(each) for each in sheet.closed]}
    return json.dumps(document, indent=2, ensure_ascii=False, default=str) + "\n"


def from_json(text: str) -> RequestList | None:
    """The sheet in such a file; None when it is something else."""
    try:
        document = json.loads(text)
    except ValueError:
        return None
    requests = document.get("requests") if isinstance(document, Mapping) else None
    closed = document.get("closed", []) if isinstance(document, Mapping) else None
    if not _are_requests(requests) or not _are_requests(closed):
        return None
    return RequestList(tuple(requests), tuple(closed))


def _are_requests(value: object) -> t.TypeGuard[list[dict[str, t.Any]]]:
    return isinstance(value, list) and all(
        isinstance(each, dict) and {"server", "request"} <= set(each) for each in value
    )
