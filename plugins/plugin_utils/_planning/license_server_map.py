# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what session hosts name to a map of license servers: who is named by whom, and what does not fit. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Iterable
from dataclasses import dataclass, field

Row = dict[str, t.Any]


@dataclass
class _Server:
    """A license server under all the names that lead to it."""

    names: list[str]
    inventory_name: str | None = None
    answers: bool | None = None
    registered: bool = False
    activated: bool | None = None
    named_by: list[str] = field(default_factory=list)


def map_license_servers(rows: Iterable[Row]) -> Row:
    """The map of a fleet.

    Args:
        rows: of session hosts with C(license_servers), C(source), C(registered) and C(found), of license servers with
            C(names) and C(activated); of either without C(read) when it could not be read.
    """
    rows = sorted(rows, key=lambda row: row["host"])
    servers = [_known(row) for row in rows if row["kind"] == "license_server"]
    hosts = [row for row in rows if row["kind"] == "session_host"]
    for host in hosts:
        _add_host(host, servers)
    return {
        "license_servers": [_describe(server) for server in sorted(servers, key=lambda server: server.names[0])],
        "session_hosts": [_describe_host(host) for host in hosts],
        "named_by_nobody": sorted(server.names[0] for server in servers if not server.named_by),
        "names_without_answer": sorted(server.names[0] for server in servers if server.answers is False),
        "hosts_without_server": sorted(host["host"] for host in hosts if host["read"] and not host["license_servers"]),
        "unreadable": [{"host": row["host"], "reason": row["reason"]} for row in rows if not row["read"]],
    }


def _known(row: Row) -> _Server:
    if not row["read"]:
        return _Server([row["host"].lower()], row["host"])
    return _Server([name.lower() for name in row["names"]], row["host"], answers=True, activated=row["activated"])


def _add_host(host: Row, servers: list[_Server]) -> None:
    if not host["read"]:
        return
    for name in host["license_servers"]:
        server = _server_called(name, servers)
        if host["host"] not in server.named_by:
            server.named_by.append(host["host"])
    for name in host["registered"]:
        _server_called(name, servers).registered = True
    for name, available in host["found"].items():
        server = _server_called(name, servers)
        # One session host that gets through proves more than several that do not.
        if server.answers is not True and available is not None:
            server.answers = available


def _server_called(name: str, servers: list[_Server]) -> _Server:
    """The server of that name, with or without its domain; a new one if there is none."""
    wanted = name.strip().lower()
    for server in servers:
        if wanted in server.names or (server.inventory_name or "").lower() == wanted:
            return server
    short = [server for server in servers if "." not in wanted and any(n.split(".")[0] == wanted for n in server.names)]
    if len(short) == 1:
        return short[0]
    servers.append(_Server([wanted]))
    return servers[-1]


def _describe(server: _Server) -> Row:
    return {
        "name": server.names[0],
        "inventory_name": server.inventory_name,
        "named_by": sorted(server.named_by),
        "registered": server.registered,
        "answers": server.answers,
        "activated": server.activated,
    }


def _describe_host(host: Row) -> Row:
    if not host["read"]:
        return {"host": host["host"], "read": False}
    return {"host": host["host"], "read": True, "license_servers": host["license_servers"], "source": host["source"]}
