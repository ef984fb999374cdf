# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter plugin: rows of a fleet as a table, for the terminal or a file."""

from __future__ import annotations

DOCUMENTATION = r"""
name: fleet_table
short_description: Show what was done to a fleet as a table
version_added: 0.1.0
author:
  - Winfleet contributors
description:
  - Makes a table from the rows of P(winfleet.rd_licensing.fleet_rows#filter).
positional: _input, file
options:
  _input:
    description: The rows.
    type: list
    elements: dict
    required: true
  file:
    description:
      - Name of the file that the text is for. Its extension selects the format, Markdown (C(.md)), CSV (C(.csv)) or
        JSON (C(.json)). If omitted, the result is a list of lines for the terminal.
    type: path
"""

EXAMPLES = r"""
- name: Write what was done to the fleet into a file
  ansible.builtin.copy:
    content: "{{ rows | winfleet.rd_licensing.fleet_table('fleet.md') }}"
    dest: "{{ 'fleet.md' | winfleet.rd_licensing.controller_path }}"
    mode: "0600"
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
_value:
  description: Lines for the terminal, or the text of the file.
  type: raw
"""

import json
import pathlib
import typing as t
from collections import Counter
from collections.abc import Mapping, Sequence

from ansible.errors import AnsibleFilterError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._request_sheet.data_files import spreadsheet

Row = Mapping[str, t.Any]

_COLUMNS: t.Final = {
    "server": "server",
    "before": "before",
    "after": "after",
    "waiting": "waiting for IDs",
    "pending_removals": "pending removals",
    "outcome": "outcome",
}
_OUTCOMES: t.Final = ("changed", "planned", "unchanged", "waiting", "failed", "unreachable", "not started")


def fleet_table(rows: Sequence[Row], file: str | None = None) -> list[str] | str:
    """Lines for the terminal, or the text of a file.

    Raises:
        AnsibleFilterError: the file name extension is not supported, or the rows do not have the expected form.
    """
    forms = {".md": _markdown, ".csv": _comma_separated, ".json": _as_json}
    if file and pathlib.PurePath(file).suffix.lower() not in forms:
        raise AnsibleFilterError(f"fleet_table: {file}: the name must end in {', '.join(forms)}.")
    try:
        return forms[pathlib.PurePath(file).suffix.lower()](rows) if file else _lines(rows)
    except (AttributeError, KeyError, TypeError):
        text = "fleet_table: the input must be the rows of winfleet.rd_licensing.fleet_rows."
        raise AnsibleFilterError(text) from None


def _lines(rows: Sequence[Row]) -> list[str]:
    """A table with aligned columns, the reasons of failures below it, and the number of each outcome."""
    cells = [list(_COLUMNS.values()), *([_short(row, name) for name in _COLUMNS] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(_COLUMNS))]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    reasons = [f"{row['server']}: {_without(row['server'], row['reason'])}" for row in rows if row["reason"]]
    counts = Counter(str(row["outcome"]) for row in rows)
    sums = ", ".join(f"{counts[name]} {name}" for name in _OUTCOMES if counts[name])
    return [*table, *reasons, f"{len(rows)} server{'' if len(rows) == 1 else 's'}: {sums}"]


def _without(server: str, reason: str) -> str:
    """A reason that does not begin with the name of its server."""
    return reason.removeprefix(f"{server}: ")


def _short(row: Row, column: str) -> str:
    """A cell as the terminal shows it: nothing is said twice."""
    if column == "after" and row["after"] and row["after"] == row["before"]:
        return "as before"
    text = str(row[column]).replace("Windows Server ", "").replace("purchased RDS ", "")
    return text or "-"


def _markdown(rows: Sequence[Row]) -> str:
    titles = [*_COLUMNS.values(), "reason"]
    lines = [titles, ["---"] * len(titles), *([str(row[name]) for name in (*_COLUMNS, "reason")] for row in rows)]
    return "".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |\n" for line in lines)


def _comma_separated(rows: Sequence[Row]) -> str:
    names = (*_COLUMNS, "reason")
    return spreadsheet(names, ([row[name] for name in names] for row in rows))


def _as_json(rows: Sequence[Row]) -> str:
    return json.dumps([{name: row[name] for name in (*_COLUMNS, "reason")} for row in rows], indent=2) + "\n"


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Map filter names to functions."""
        return {"fleet_table": fleet_table}
