# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fleet report as one HTML page without any request to the network, and as CSV. Pure.

Every text from a server is escaped. The page works without JavaScript; with it, tables sort and filter.
"""

from __future__ import annotations

import typing as t

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._report.fleet_report import title_of
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._report.page_parts import (
    Markup,
    document,
    escaped,
    share_bar,
    table,
    tile,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._report.repair_tasks import repair_task
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._request_sheet.data_files import spreadsheet

Row = dict[str, t.Any]

_ORDER: t.Final = {"critical": "0", "warning": "1", "info": "2"}


def page(report: Row, title: str) -> str:
    """The whole page."""
    summary = report["summary"]
    tiles = (
        tile(summary["critical"], "critical findings", "critical" if summary["critical"] else "good"),
        tile(summary["warning"], "warnings", "warning" if summary["warning"] else "good"),
        tile(summary["license_servers"], "license servers"),
        tile(summary["session_hosts"], "session hosts"),
        tile(summary["unreadable"], "not read", "warning" if summary["unreadable"] else ""),
        tile(summary["pending_removals"], "pending removals", "warning" if summary["pending_removals"] else ""),
        tile(summary["open_requests"], "Clearinghouse requests"),
    )
    sections = [("Usage", _usage(report)), ("Health findings", _findings(report))]
    if report.get("changes"):
        sections.append((f"Changes since {report['changes']['since'][:16].replace('T', ' ')} UTC", _changes(report)))
    sections += [
        ("Pending removals", _of_servers(report, "pending_removals", "No CALs have to be removed from a source.")),
        ("Open Clearinghouse requests", _requests(report)),
        ("Unfinished operations", _of_servers(report, "unfinished", "Every recorded operation has an outcome.")),
        ("Subscriptions that expire", _expiring(report)),
        ("License servers", _servers(report)),
        ("Key packs", _packs(report)),
        ("Session hosts", _hosts(report)),
        ("Not read", _unreadable(report)),
    ]
    body = "".join(f"<h2>{escaped(name)}</h2>{content}" for name, content in sections)
    return document(
        title,
        f'<p class="sub">{escaped(report["generated"][:16].replace("T", " "))} UTC</p>'
        f'<h2>At a glance</h2><div class="tiles">{"".join(tiles)}</div>{body}'
        f"<footer>Made by winfleet.rd_licensing from what the servers reported.</footer>",
    )


def _usage(report: Row) -> str:
    with_rate = bool(report.get("changes"))
    headings = ["CALs", "Use", "Installed", "Issued", "Free", "Servers", *(["Before", "Runs out"] if with_rate else [])]
    classes = ["name", "", "n", "n", "n", "n", *(["n", "n"] if with_rate else [])]
    rows = [
        [
            each["title"],
            (share_bar(each["issued"], each["installed"]), each["issued"] * 1000 // max(each["installed"], 1)),
            each["installed"],
            each["issued"],
            each["free"],
            each["servers"],
            *([each.get("issued_before"), each.get("runs_out")] if with_rate else []),
        ]
        for each in report["usage"]
    ]
    return table(headings, rows, classes, "No license server holds purchased CALs.")


def _findings(report: Row) -> str:
    found = [each for each in report["findings"] if each["state"] == "found"]
    rows = [
        (
            (each["severity"], _ORDER[each["severity"]]),
            each["host"],
            each["what"],
            _repair(each),
            each["id"],
        )
        for each in found
    ]
    return table(
        ("Severity", "Host", "What", "Repair", "Check"), rows, ("severity", "name", "what", "what", "name"), "None."
    )


def _repair(finding: Row) -> Markup:
    task = repair_task(finding)
    text = escaped(finding["repair"])
    if task:
        text += f"<details><summary>as a task</summary><pre>{escaped(task)}</pre></details>"
    return Markup(text)


def _changes(report: Row) -> str:
    changes = report["changes"]
    rows = [("new finding", each["host"], each["id"]) for each in changes["new_findings"]]
    rows += [("settled", each["host"], each["id"]) for each in changes["settled_findings"]]
    rows += [("new host", host, "") for host in changes["new_hosts"]]
    rows += [("no longer read", host, "") for host in changes["missing_hosts"]]
    return table(("Change", "Host", "Check"), rows, ("name", "name", "name"), "Nothing changed.")


def _yes(value: bool | None) -> str:
    return "?" if value is None else "yes" if value else "no"


def _servers(report: Row) -> str:
    rows = [
        (
            row["host"],
            row["windows"],
            row["domain"],
            _yes(row["activated"]),
            (row["connection_method"] or "").replace("_", " "),
            sum(each["installed"] for each in row["usage"] or ()) if row["usage"] is not None else "?",
            sum(each["issued"] for each in row["usage"] or ()) if row["usage"] is not None else "?",
            row["temporary"],
        )
        for row in report["license_servers"]
    ]
    headings = ("Host", "Windows", "Domain", "Activated", "Connection method", "Installed", "Issued", "Temporary")
    return table(headings, rows, ("name", "", "", "", "", "n", "n", "n"), "No license server was read.")


def _packs(report: Row) -> str:
    rows = [
        (
            row["host"],
            pack["key_pack_id"],
            title_of(pack["product_version"] or "", pack["cal_type"] or ""),
            pack["key_pack_type_name"],
            pack["total"],
            pack["issued"],
            (pack["expires"] or "")[:10],
        )
        for row in report["license_servers"]
        for pack in row["key_packs"] or ()
    ]
    headings = ("Host", "Key pack", "CALs", "Type", "Installed", "Issued", "Expires")
    return table(headings, rows, ("name", "n", "", "", "n", "n", "name"), "No purchased key packs.")


def _hosts(report: Row) -> str:
    rows = [
        (
            row["host"],
            row["windows"],
            (row["licensing_mode"] or "?").replace("_", " "),
            ", ".join(row["license_servers"] or ()) if row["license_servers"] is not None else "?",
            ", ".join((each["status"] or "no answer").replace("_", " ") for each in row["connectivity"]),
            row["grace_days"],
        )
        for row in report["session_hosts"]
    ]
    headings = ("Host", "Windows", "Mode", "License servers", "Connectivity", "Grace days")
    return table(headings, rows, ("name", "", "", "", "", "n"), "No session host was read.")


def _of_servers(report: Row, part: str, none: str) -> str:
    rows = [(row["host"], text) for row in report["license_servers"] for text in row[part]]
    return table(("License server", "What"), rows, ("name", "what"), none)


def _requests(report: Row) -> str:
    rows = [(each.get("server"), each.get("title")) for each in report["requests"]]
    return table(("License server", "What"), rows, ("name", "what"), "Nothing has to be asked of the Clearinghouse.")


def _expiring(report: Row) -> str:
    """Key packs with an end, the first one first; a purchase that never expires has none."""
    today = report["generated"][:10]
    rows = sorted(
        (
            (pack["expires"] or "")[:10],
            row["host"],
            pack["key_pack_id"],
            title_of(pack["product_version"] or "", pack["cal_type"] or ""),
            pack["total"],
            "expired" if pack["expires"][:10] < today else "",
        )
        for row in report["license_servers"]
        for pack in row["key_packs"] or ()
        if pack["expires"]
    )
    headings = ("Expires", "License server", "Key pack", "CALs", "Installed", "")
    return table(headings, rows, ("name", "name", "n", "", "n", "critical"), "No purchased key pack expires.")


def _unreadable(report: Row) -> str:
    rows = [(row["host"], "", row["reason"]) for row in report["unreadable"]]
    rows += [
        (row["host"], name.replace("_", " "), reason)
        for row in (*report["license_servers"], *report["session_hosts"])
        for name, reason in row["not_read"].items()
    ]
    return table(("Host", "Part", "Why"), rows, ("name", "name", "what"), "Everything was read.")


def usage_csv(report: Row) -> str:
    """The key packs of all license servers."""
    names = ("key_pack_id", "product_version", "cal_type", "key_pack_type_name", "total", "issued", "expires")
    return spreadsheet(
        ("host", *names),
        (
            (row["host"], *(pack[name] for name in names))
            for row in report["license_servers"]
            for pack in row["key_packs"] or ()
        ),
    )


def findings_csv(report: Row) -> str:
    """The findings, and the checks that could not be made."""
    names = ("severity", "state", "host", "id", "what", "repair", "confidence", "source")
    return spreadsheet(names, ([each[name] for name in names] for each in report["findings"]))
