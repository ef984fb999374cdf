# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change in any release.
"""One sheet of Clearinghouse requests for a whole fleet: to read, for tools, and to fill in. Text in, text out.

The fields are what the licensing web site and its telephone desk ask for, page by page ("Rebuild the RD Licensing
database using a Web browser", Microsoft). A request is an entry of a task's C(awaiting) with C(server) beside it.
"""

from __future__ import annotations

import csv
import io
import json
import typing as t
from collections.abc import Iterable, Mapping, Sequence

import yaml

Request = Mapping[str, t.Any]

# What each page asks, in the order of the pages: heading on the sheet, field of a request.
_PAGES: t.Final[tuple[tuple[str, tuple[tuple[str, str], ...]], ...]] = (
    (
        "What it is about",
        (
            ("Target License Server ID", "target_license_server_id"),
            ("Product ID", "product_id"),
            ("License Server ID", "license_server_id"),
            ("Source License Server ID", "source_license_server_id"),
            ("Source operating system", "source_operating_system"),
            ("Reason", "reason"),
            ("License Program", "license_program_name"),
        ),
    ),
    (
        "Who asks",
        (
            ("Last name", "last_name"),
            ("First name", "first_name"),
            ("Company", "company"),
            ("Country/region", "country_region"),
            ("E-mail", "email"),
            ("Organizational unit", "organizational_unit"),
            ("Address", "address"),
            ("City", "city"),
            ("State/province", "state_or_province"),
            ("Postal code", "postal_code"),
        ),
    ),
    (
        "What was bought",
        (
            ("License code", "license_code"),
            ("License number", "license_number"),
            ("Authorization number", "authorization_number"),
            ("Agreement number", "agreement_number"),
            ("Credential", "credential"),
            ("Product version", "product_version"),
            ("CAL type", "cal_type"),
            ("Quantity", "quantity"),
            ("Order reference", "reference"),
        ),
    ),
)
_REQUIRED_OF_PERSON: t.Final = frozenset({"last_name", "first_name", "company", "country_region"})
_ANSWER_NAMES: t.Final = {
    "license_key_pack_id": "License key pack ID",
    "license_server_id": "License server ID",
    "confirmation_code": "Confirmation code",
}
FIELDS: t.Final = tuple(field for _page, fields in _PAGES for _title, field in fields)
ANSWERS: t.Final = "rd_licensing_answers"


def markdown(requests: Sequence[Request]) -> str:
    """The sheet for a person: one section for each request, with a place to write the answer down."""
    lines = [
        "# Requests to the Microsoft Clearinghouse",
        "",
        f"{len(requests)} request(s). Write each answer into the file of answers beside this sheet, and run",
        "the playbook again with it: `-e @clearinghouse-answers.yml`.",
    ]
    for number, request in enumerate(requests, 1):
        lines += [
            "",
            f"## {number}. {request['server']}: {_ANSWER_NAMES[request['request']]}",
            "",
            request["title"] + ".",
        ]
        lines += ["", *_where(request)]
        for heading, fields in _PAGES:
            lines += _page(heading, fields, request)
        lines += ["", f"**{_ANSWER_NAMES[request['request']]}:** ______________________________________"]
    return "\n".join(lines) + "\n"


def _where(request: Request) -> list[str]:
    if request.get("telephone"):
        return [f"By telephone. {request['telephone']}"]
    option = f", under Select Option: {request['option']}" if request.get("option") else ""
    return [f"By web browser, from any machine: <{request['web_site']}>{option}."]


def _page(heading: str, fields: Iterable[tuple[str, str]], request: Request) -> list[str]:
    rows = []
    for title, field in fields:
        value = request.get(field)
        if value is None and field in _REQUIRED_OF_PERSON:
            value = "(required, and not set on the server)"
        if value is not None:
            rows.append(f"| {title} | {_cell(value)} |")
    return ["", f"| {heading} | |", "|---|---|", *rows] if rows else []


def _cell(value: object) -> str:
    # A masked number begins with asterisks, which Markdown would take for emphasis.
    return str(value).replace("\\", "\\\\").replace("|", "\\|").replace("*", "\\*").replace("\n", " ")


def comma_separated(requests: Sequence[Request]) -> str:
    """The same requests as CSV, one line each, with a column for every field."""
    columns = ["server", "request", "request_id", "connection_method", "web_site", *FIELDS]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for request in requests:
        writer.writerow({name: _not_a_formula(request.get(name)) for name in columns})
    return text.getvalue()


def _not_a_formula(value: object) -> object:
    """Spreadsheets run what begins like a formula; a leading apostrophe keeps it text."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t") else value


def as_json(requests: Sequence[Request]) -> str:
    """The same requests as JSON."""
    return json.dumps({"requests": [dict(request) for request in requests]}, indent=2, ensure_ascii=False) + "\n"


def answers(requests: Sequence[Request], filled: Mapping[str, t.Any]) -> str:
    """The variables file to fill in, in the shape the next run takes. What is filled in already stays.

    Args:
        requests: the open requests.
        filled: the present content of the variable C(rd_licensing_answers), by server.
    """
    document: dict[str, dict[str, t.Any]] = {str(server): dict(given) for server, given in filled.items() if given}
    for request in requests:
        server = document.setdefault(request["server"], {})
        if request["request"] == "license_key_pack_id":
            server["license_key_pack_ids"] = {
                request["request_id"]: "",
                **(server.get("license_key_pack_ids") or {}),
            }
        else:
            server.setdefault(request["request"], "")
    lines = [
        "# Fill in what the Clearinghouse gave, and run the playbook again with -e @ and the name of this file.",
        "# Encrypt it with ansible-vault if it is to be kept.",
        *_legend(requests),
        yaml.safe_dump({ANSWERS: document}, default_flow_style=False, sort_keys=True, width=200),
    ]
    return "\n".join(lines)


def _legend(requests: Sequence[Request]) -> list[str]:
    return [
        f"#   {request['server']} {request['request_id']}: {request['title']}"
        for request in requests
        if request["request"] == "license_key_pack_id"
    ]


def open_answers(requests: Sequence[Request], filled: Mapping[str, t.Any]) -> list[str]:
    """Titles of the requests that have no answer yet."""
    return [f"{each['server']}: {each['title']}" for each in requests if not _answer(each, filled)]


def _answer(request: Request, filled: Mapping[str, t.Any]) -> object:
    server = filled.get(request["server"]) or {}
    if request["request"] == "license_key_pack_id":
        return (server.get("license_key_pack_ids") or {}).get(request["request_id"])
    return server.get(request["request"])
