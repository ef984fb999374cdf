# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet report: the rows of many machines put together, and what changed since an earlier report. Pure.

The report is plain data, as its JSON file holds it; the page and the CSV files show the same.
"""

from __future__ import annotations

import datetime
import typing as t
from collections.abc import Iterable, Mapping

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import (
    CAL_TYPES,
    PRODUCT_VERSIONS,
    cal_type_title,
    product_version_title,
)

FORMAT: t.Final = 1
_SEVERITIES: t.Final = ("critical", "warning", "info")

# A date further away than that says nothing but that the CALs last.
_FURTHEST_DAYS: t.Final = 3650

Row = dict[str, t.Any]


class EarlierReport(Exception):
    """The earlier report cannot be used; one line."""


def build_report(
    rows: Iterable[Row], generated: datetime.datetime, requests: Iterable[Row], previous: Mapping[str, t.Any] | None
) -> Row:
    """The report of a fleet.

    Args:
        requests: open Clearinghouse requests, as the request sheet's JSON file has them.
        previous: an earlier report.

    Raises:
        EarlierReport: it has another format.
    """
    rows = sorted(rows, key=lambda row: row["host"])
    readable = [row for row in rows if row["read"]]
    servers = [row for row in readable if row["kind"] == "license_server"]
    report: Row = {
        "format": FORMAT,
        "generated": generated.isoformat(),
        "license_servers": [_without_findings(row) for row in servers],
        "session_hosts": [_without_findings(row) for row in readable if row["kind"] == "session_host"],
        "unreadable": [row for row in rows if not row["read"]],
        "usage": _usage(servers),
        "findings": _findings(readable),
        "requests": list(requests),
    }
    report["summary"] = {
        "license_servers": len(servers),
        "session_hosts": len(report["session_hosts"]),
        "unreadable": len(report["unreadable"]),
        "pending_removals": sum(len(row["pending_removals"]) for row in servers),
        "unfinished": sum(len(row["unfinished"]) for row in servers),
        "open_requests": len(report["requests"]),
        **{
            severity: sum(row["severity"] == severity and row["state"] == "found" for row in report["findings"])
            for severity in _SEVERITIES
        },
    }
    if previous is not None:
        _compare(report, previous)
    return report


def differs(report: Row, other: Mapping[str, t.Any] | None) -> bool:
    """Whether two reports show different things, their times left aside."""
    return other is None or _lasting(report) != _lasting(other)


def _lasting(report: Mapping[str, t.Any]) -> Row:
    names = ("license_servers", "session_hosts", "unreadable", "findings", "requests")
    usage = [
        {name: value for name, value in each.items() if name not in ("issued_before", "runs_out")}
        for each in report.get("usage", ())
    ]
    return {"usage": usage, **{name: report.get(name) for name in names}}


def _without_findings(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in ("findings", "read", "kind")}


def _usage(servers: Iterable[Row]) -> list[Row]:
    """Installed, issued and free CALs of the fleet by product version and CAL type."""
    groups: dict[tuple[str, str], Row] = {}
    for server in servers:
        for each in server["usage"] or ():
            key = (each["product_version"], each["cal_type"])
            group = groups.setdefault(
                key, {"product_version": key[0], "cal_type": key[1], "installed": 0, "issued": 0, "servers": 0}
            )
            group["installed"] += each["installed"]
            group["issued"] += each["issued"]
            group["servers"] += 1
    for group in groups.values():
        group["free"] = group["installed"] - group["issued"]
        group["title"] = title_of(group["product_version"], group["cal_type"])
    return [
        groups[key] for key in sorted(groups, key=lambda key: (PRODUCT_VERSIONS.get(key[0], 99), key), reverse=True)
    ]


def title_of(product_version: str, cal_type: str) -> str:
    """For example C(Windows Server 2022 per user)."""
    version = PRODUCT_VERSIONS.get(product_version)
    name = product_version_title(version) if version else f"product version {product_version}"
    number = CAL_TYPES.get(cal_type)
    return f"{name} {cal_type.replace('_', ' ') if number is None else cal_type_title(number)}"


def _findings(rows: Iterable[Row]) -> list[Row]:
    found = [finding for row in rows for finding in row["findings"]]
    order = {severity: number for number, severity in enumerate(_SEVERITIES)}
    return sorted(found, key=lambda each: (each["state"] != "found", order[each["severity"]], each["id"], each["host"]))


def _compare(report: Row, previous: Mapping[str, t.Any]) -> None:
    """Add what changed since an earlier report, and when CALs run out at the rate between the two."""
    if previous.get("format") != FORMAT:
        raise EarlierReport(f"has the format {previous.get('format')}, and this release reads format {FORMAT}")
    try:
        before = datetime.datetime.fromisoformat(previous["generated"])
        earlier = _usage_of(previous["license_servers"])
        known = {(each["id"], each["host"]) for each in previous["findings"] if each["state"] == "found"}
        hosts = {each["host"] for each in (*previous["license_servers"], *previous["session_hosts"])}
    except (KeyError, TypeError, ValueError) as error:
        raise EarlierReport(f"is not a fleet report ({type(error).__name__})") from None
    now = datetime.datetime.fromisoformat(report["generated"])
    days = (now - before).total_seconds() / 86400
    current_usage = _usage_of(report["license_servers"])
    both = earlier.keys() & current_usage.keys()
    for each in report["usage"]:
        kind = (each["product_version"], each["cal_type"])
        # Only servers that both reports read: another one says nothing about growth.
        before_both = [earlier[host].get(kind, 0) for host in both]
        grown = sum(current_usage[host].get(kind, 0) for host in both) - sum(before_both)
        each["issued_before"] = sum(before_both) if both else None
        each["runs_out"] = _runs_out(each["free"], grown, days, now)
    current = {(each["id"], each["host"]) for each in report["findings"] if each["state"] == "found"}
    read = {each["host"] for each in (*report["license_servers"], *report["session_hosts"])}
    # What could not be checked this time may still be so.
    unknown = {(each["id"], each["host"]) for each in report["findings"] if each["state"] != "found"}
    report["changes"] = {
        "since": previous["generated"],
        "new_findings": [{"id": name, "host": host} for name, host in sorted(current - known)],
        "settled_findings": [
            {"id": name, "host": host} for name, host in sorted(known - current - unknown) if host in read
        ],
        "new_hosts": sorted(read - hosts),
        "missing_hosts": sorted(hosts - read),
    }


def _usage_of(servers: Iterable[Mapping[str, t.Any]]) -> dict[str, dict[tuple[str, str], int]]:
    """Issued CALs by host, and by product version and CAL type; without hosts whose key packs were not read."""
    return {
        row["host"]: {(each["product_version"], each["cal_type"]): each["issued"] for each in row["usage"]}
        for row in servers
        if row["usage"] is not None
    }


def _runs_out(free: int, grown: int, days: float, now: datetime.datetime) -> str | None:
    """The date on which the last CAL is issued, if it goes on as between the two reports; None if it does not grow."""
    if days <= 0 or grown <= 0 or free <= 0:
        return None
    left = free * days / grown
    return (now + datetime.timedelta(days=left)).date().isoformat() if left < _FURTHEST_DAYS else None
