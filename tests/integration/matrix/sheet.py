# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The request sheet as people read it: the Markdown as a page, the CSV in a spreadsheet, the JSON with a tool."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

# What the web site asks, and the column of the data in which somebody who looks for it finds it.
COLUMNS = {
    "Target License Server ID": "target_license_server_id",
    "Reason for recovery": "reason",
    "License Program": "license_program_name",
    "Last name or surname": "last_name",
    "First name or given name": "first_name",
    "Company name": "company",
    "Country/region": "country_region",
    "Organizational unit": "organizational_unit",
    "Company address": "address",
    "City": "city",
    "State/province": "state_or_province",
    "Postal code": "postal_code",
    "E-mail address": "email",
    "License code": "license_code",
    "License number": "license_number",
    "Authorization number": "authorization_number",
    "Agreement number": "agreement_number",
    "Product version": "product_version",
    "CAL type": "cal_type",
    "Quantity": "quantity",
}
# The Clearinghouse does without these.
OPTIONAL = (
    "Organizational unit",
    "Company address",
    "City",
    "State/province",
    "Postal code",
    "E-mail address",
)


@dataclass(frozen=True)
class Request:
    """What the sheet says about one request.

    Attributes:
        server: whom the answer is for.
        wanted: what the answer is.
        prose: all that is said in sentences.
        rows: label to value.
    """

    server: str
    wanted: str
    prose: str
    rows: Mapping[str, str]

    def without(self, label: str) -> Request:
        """The same from a sheet that lacks a field."""
        return replace(self, rows={name: value for name, value in self.rows.items() if name != label})


def read_markdown(path: Path) -> dict[str, Request]:
    """The only request of each server on the sheet, as a renderer of Markdown would show it."""
    return {request.server: request for request in read_requests(path)}


def read_requests(path: Path) -> list[Request]:
    """All requests of the sheet, in their order."""
    found = []
    for section in re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        heading, _separator, body = section.partition("\n")
        server, _separator, wanted = heading.partition(". ")[2].partition(": ")
        lines = body.splitlines()
        cells = [_cells(line) for line in lines if line.startswith("|")]
        # Whatever a field is marked with, it is called the same.
        rows = {label.removesuffix(" (optional)"): value for label, value in cells if value and set(label) != {"-"}}
        prose = " ".join(_plain(line) for line in lines if not line.startswith("|"))
        found.append(Request(_plain(server), wanted, prose, rows))
    return found


def read_csv(path: Path) -> dict[str, dict[str, str]]:
    """The lines of the table by server: what the web site asks, and what the table says to that."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return {line["server"]: _rows(_shown(line)) for line in csv.DictReader(stream)}


def read_json(path: Path) -> dict[str, dict[str, str]]:
    """The same of the JSON."""
    return {each["server"]: _rows(each) for each in json.loads(path.read_text(encoding="utf-8"))["requests"]}


def fill_in(path: Path, answers: Mapping[str, str]) -> None:
    """Write an answer between the quotes after the only request ID of each server, and leave the rest as it is."""
    text = path.read_text(encoding="utf-8")
    for server, answer in answers.items():
        place = rf'^(  {re.escape(server)}:\n    license_key_pack_ids:\n(?:      #.*\n)*      "[0-9a-f]+": )""$'
        text, count = re.subn(place, rf'\g<1>"{answer}"', text, flags=re.MULTILINE)
        assert count == 1, f"{count} places for the answer to {server} in {path}:\n{text}"
    path.write_text(text, encoding="utf-8")


def _shown(line: Mapping[str, str]) -> dict[str, str]:
    """What a spreadsheet shows of formulas that are nothing but a text."""
    return {name: re.sub(r'^="(.*)"$', r"\1", value) for name, value in line.items()}


def _rows(line: Mapping[str, object]) -> dict[str, str]:
    return {label: str(line[column]) for label, column in COLUMNS.items() if line.get(column) not in (None, "")}


def _cells(line: str) -> list[str]:
    """The two cells of a table's line."""
    return [_plain(cell) for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"), maxsplit=1)]


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text.replace("**", "").replace("`", "")).strip()
