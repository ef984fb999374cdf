# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Evidence for an audit: files on what is installed, issued and recorded, in a chain of digests. Pure.

Each folder has a file of SHA-256 digests: of its own files, and of the digest file of the folder before. A file that
was changed later, or a folder that is missing, breaks the chain from there on.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import typing as t
from collections.abc import Iterable, Mapping, Sequence

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._report.fleet_report import title_of
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._report.page_parts import document, escaped, table
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._request_sheet.data_files import spreadsheet

DIGESTS: t.Final = "digests.json"
FORMAT: t.Final = 1

Row = dict[str, t.Any]

_PACKS: t.Final = (
    "host",
    "key_pack_id",
    "product_version",
    "cal_type",
    "key_pack_type_name",
    "total",
    "issued",
    "expires",
)
_ISSUED: t.Final = (
    "host",
    "key_pack_id",
    "license_id",
    "user",
    "computer",
    "hardware_id",
    "status",
    "issued",
    "expires",
)
_RECORDED: t.Final = (
    "host", "operation_id", "operation", "status", "started", "finished", "license_program", "credential", "reference",
    "product_version", "cal_type", "quantity", "key_pack_id", "source", "source_removal", "target", "change_id",
)  # fmt: skip


def hidden(text: str, key: str) -> str:
    """What stands for a name: nothing without a key, else a digest that only the holder of the key can make again."""
    if not text or not key:
        return ""
    return hmac.new(key.encode(), text.lower().encode(), hashlib.sha256).hexdigest()[:16]


def evidence_files(rows: Sequence[Row], taken: str, previous: str | None) -> dict[str, str]:
    """Names and texts of the files of one folder, the digests last.

    Args:
        rows: of license servers, with C(key_packs), C(issued_cals) and C(operations), or a C(reason) why not.
        taken: when, in ISO 8601.
        previous: digest of the digest file of the folder before; None for the first.
    """
    rows = sorted(rows, key=lambda row: row["host"])
    read = [row for row in rows if row["read"]]
    files = {
        "evidence.json": json.dumps({"format": FORMAT, "taken": taken, "servers": rows}, indent=1) + "\n",
        "key-packs.csv": _csv(_PACKS, read, "key_packs"),
        "issued-cals.csv": _csv(_ISSUED, read, "issued_cals"),
        "operations.csv": _csv(_RECORDED, read, "operations"),
        "index.html": _page(rows, taken, previous),
    }
    digests = {
        "format": FORMAT,
        "taken": taken,
        "previous": previous,
        "files": {n: digest(x) for n, x in files.items()},
    }
    return {**files, DIGESTS: json.dumps(digests, indent=1) + "\n"}


def digest(text: str) -> str:
    """SHA-256 of a file's text, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def check_chain(folders: Mapping[str, Mapping[str, str]]) -> list[str]:
    """What is wrong with a chain of folders, oldest first by name; nothing where all is as it was written.

    Args:
        folders: name of the folder to names and texts of its files.
    """
    problems: list[str] = []
    before: str | None = None
    for name in sorted(folders):
        files = folders[name]
        written = _parsed(files.get(DIGESTS))
        if written is None:
            problems.append(f"{name}: {DIGESTS} is missing or not readable")
            before = None
            continue
        if written["previous"] != before:
            problems.append(f"{name}: does not follow the folder before it")
        for each, expected in written["files"].items():
            if each not in files:
                problems.append(f"{name}: {each} is missing")
            elif digest(files[each]) != expected:
                problems.append(f"{name}: {each} was changed")
        problems += [f"{name}: {each} was added" for each in files if each != DIGESTS and each not in written["files"]]
        before = digest(files[DIGESTS])
    return problems


def _parsed(text: str | None) -> Row | None:
    try:
        found = json.loads(text or "")
        return found if isinstance(found, dict) and isinstance(found["files"], dict) and "previous" in found else None
    except (ValueError, KeyError):
        return None


def _csv(names: Sequence[str], rows: Iterable[Row], part: str) -> str:
    """One kind of rows of all servers. Auditors compare the bytes with the digests."""
    values = ({**each, "host": row["host"]} for row in rows for each in row[part])
    return spreadsheet(names, ([each.get(name) for name in names] for each in values), mark=False)


def _page(rows: Sequence[Row], taken: str, previous: str | None) -> str:
    read = [row for row in rows if row["read"]]
    packs = [
        (
            row["host"], pack["key_pack_id"], title_of(pack["product_version"] or "", pack["cal_type"] or ""),
            pack["total"], pack["issued"], (pack["expires"] or "")[:10],
        )
        for row in read
        for pack in row["key_packs"]
    ]  # fmt: skip
    recorded = [
        (
            row["host"], each["operation"], each["status"], (each["finished"] or each["started"] or "")[:10],
            each["license_program"], each["credential"], each["quantity"], each["key_pack_id"],
        )
        for row in read
        for each in row["operations"]
    ]  # fmt: skip
    unread = [(row["host"], row["reason"]) for row in rows if not row["read"]]
    pack_names = ("Host", "Key pack", "CALs", "Installed", "Issued", "Expires")
    operation_names = ("Host", "Operation", "State", "Date", "Program", "Number", "CALs", "Key pack")
    return document(
        "RDS CAL evidence",
        f'<p class="sub">Taken {escaped(taken[:16].replace("T", " "))} UTC</p>'
        f"<h2>Installed CALs</h2>{table(pack_names, packs, ('name', 'n', '', 'n', 'n', 'name'), 'None.')}"
        f"<h2>Recorded operations</h2>"
        f"{table(operation_names, recorded, ('name', '', '', 'name', '', 'name', 'n', 'n'), 'None.')}"
        f"<h2>Not read</h2>{table(('Host', 'Why'), unread, ('name', 'what'), 'Everything was read.')}"
        f"<footer>Follows {escaped(previous or 'no earlier folder')}. Numbers show their last characters.</footer>",
    )
