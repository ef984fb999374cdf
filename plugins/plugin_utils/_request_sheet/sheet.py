# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One sheet of Clearinghouse requests for a whole fleet, to read: Markdown, and plain text for one request."""

from __future__ import annotations

import re
import shlex
import textwrap
import typing as t
from collections.abc import Sequence

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.clearinghouse_request import WANTED
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._request_sheet.pages import (
    Page,
    Request,
    pages,
    purpose,
    subject,
    where,
)

_TITLE: t.Final = "# Requests to the Microsoft Clearinghouse"
_SHAPES: t.Final = {
    "license_key_pack_id": "-".join(["_____"] * 7),
    "license_server_id": "-".join(["_____"] * 7),
    "confirmation_code": "_" * 41,
}
_STEPS: t.Final = """\
1. Make each request as its section says, on the web site or by telephone.
2. Write the answer between the quotes in the file `{file}` beside this sheet. Numbers of sections are
   the same there. Hyphens and lower case are fine. A request without an ID stays open. Save the
   file as UTF-8.
3. Run the playbook again as before, with that file added (and `--ask-vault-pass` if you encrypted it):
   `-e @{path}`"""
_IN_CLEAR: t.Final = (
    "**This sheet shows numbers and codes of purchases in clear. Keep it private, and delete it when you are done.**"
)
_MASKED: t.Final = "Numbers and codes of purchases are not on this sheet. Have the purchase documents at hand."
_NOTHING_OPEN: t.Final = (
    "**No requests are open.** Nothing on this sheet has to be done. Keep the license key pack IDs that you received."
)
_SPECIAL: t.Final = re.compile(r"([\\`*_{}\[\]<>|~]|&(?=#?\w+;))")
_COLUMNS: t.Final = 96


def markdown(requests: Sequence[Request], answers: str, *, in_clear: bool = False) -> str:
    """The sheet to read: one section for each request, with a place to write the answer down.

    Args:
        requests: entries of C(awaiting), each with C(server) and C(number).
        answers: path of the answer file, as the next run is to be given it.
        in_clear: whether the numbers and codes of the purchases are on it.
    """
    if not requests:
        return f"{_TITLE}\n\n{_NOTHING_OPEN}\n"
    paths = {"file": answers.rpartition("/")[2], "path": shlex.quote(answers)}
    lines = [_TITLE, "", _how_many(requests), "", *_STEPS.format(**paths).splitlines()]
    if any(request["request"] == "license_key_pack_id" for request in requests):
        lines += ["", _IN_CLEAR if in_clear else _MASKED]
    if len(requests) > 1:
        lines += _overview(requests)
    for request in requests:
        lines += _section(request["number"], request)
    return "\n".join(lines) + "\n"


def plain_text(request: Request) -> str:
    """One request for a terminal, without Markdown."""
    found = pages(request)
    width = max(len(label) for page in found for label, _value in page.rows)
    lines = [f"{request['server']} waits for the {WANTED[request['request']]}: {subject(request)}", ""]
    lines += textwrap.wrap(f"{purpose(request)} {where(request)}", _COLUMNS, break_on_hyphens=False)
    for page in found:
        rows = [f"  {label:<{width}}  {' '.join(value.split())}" for label, value in page.rows]
        lines += ["", f"{page.heading}:", *rows]
    return "\n".join(lines)


def _how_many(requests: Sequence[Request]) -> str:
    servers = len({request["server"] for request in requests})
    count = "1 request is open" if len(requests) == 1 else f"{len(requests)} requests are open"
    return f"{count}, for {servers} server{'' if servers == 1 else 's'}."


def _overview(requests: Sequence[Request]) -> list[str]:
    rows = []
    for request in requests:
        cells = [
            request["number"],
            _text(request["server"]),
            WANTED[request["request"]],
            _text(subject(request)),
            _key(request),
        ]
        rows.append("| " + " | ".join(map(str, cells)) + " |")
    return ["", "| | Server | Answer | For | Key in the answer file |", "|---|---|---|---|---|", *rows]


def _section(number: int, request: Request) -> list[str]:
    wanted = WANTED[request["request"]]
    lines = ["", "---", "", f"## {number}. {_text(request['server'])}: {wanted}", ""]
    if request["request"] == "license_key_pack_id":
        lines += [f"For {_text(subject(request))}.", ""]
    lines += [purpose(request), "", _linked(request)]
    for count, page in enumerate(pages(request), 1):
        lines += _table(page, "" if request.get("telephone") or page.heading == "Only if asked" else f"Page {count}: ")
    place = f"at {_key(request)} of {_code(request['server'])}"
    lines += ["", f"The answer is the **{wanted}**. Enter it {place}, and keep a copy of it:"]
    return [*lines, "", f"    {_SHAPES[request['request']]}"]


def _linked(request: Request) -> str:
    text = where(request)
    return text if request.get("telephone") else text.replace(str(request["web_site"]), f"<{request['web_site']}>", 1)


def _table(page: Page, prefix: str) -> list[str]:
    rows = [f"| {_text(label)} | {_text(value)} |" for label, value in page.rows]
    return ["", f"| {prefix}{page.heading} | |", "|---|---|", *rows]


def _key(request: Request) -> str:
    """Under which key the answer file has the answer."""
    return _code(request["request_id" if request["request"] == "license_key_pack_id" else "request"])


def _code(value: object) -> str:
    return f"`{str(value).replace('`', '')}`"


def _text(value: object) -> str:
    """Text as it is, whatever Markdown would make of it. A masked number is shown with dots, not asterisks."""
    return _SPECIAL.sub(r"\\\1", re.sub(r"\*{4}", "…", " ".join(str(value).split())))
