# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks that need all machines of a fleet, as C(health_of) gives them: of license servers, and of pairs.

A check that rests on all session hosts is not made if one of them could not be read.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.catalogue import (
    FLEET,
    HOST,
    INFO,
    PAIR,
    SERVER,
    WARNING,
    Limits,
    Result,
    Settings,
    check,
    run_checks,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.checks_pair import LicenseServers
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.facts import Facts, NotAsked, NotRead

_CAL_TYPES: t.Final = ("per_device", "per_user")

Row = dict[str, t.Any]


@dataclass
class FleetFacts(Facts):
    """A license server among the machines of its fleet.

    Attributes:
        server: its row.
        servers: the rows of all license servers that were read.
        hosts: the rows of the session hosts that were read.
        unread: the names of the session hosts that could not be read, or whose list of license servers could not.
    """

    server: Row = field(default_factory=dict)
    servers: tuple[Row, ...] = ()
    hosts: tuple[Row, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def usage(self) -> list[Row]:
        """Purchased CALs of the server by product version and CAL type."""
        return [each for each in _usage(self.server) if each["installed"] > 0]

    @property
    def named_by(self) -> list[Row]:
        """The session hosts that name the server.

        Raises:
            NotAsked: the fleet has no session hosts. NotRead: one of them, its list of servers or the server's name
            could not be read.
        """
        if not (self.hosts or self.unread):
            raise NotAsked("session hosts")
        if self.unread:
            count, first = len(self.unread), min(self.unread)
            raise NotRead(f"the license servers of {count} session hosts could not be read, first {first}")
        own = self.server["names"]
        if own is None:
            raise NotRead("its own name could not be read")
        return [each for each in self.hosts if any(name.lower() in own for name in each["license_servers"])]

    @property
    def modes(self) -> dict[str, list[str]]:
        """The session hosts that name the server, by the licensing mode that they are set to.

        Raises:
            NotAsked, NotRead: as C(named_by); NotRead also where a mode is not known.
        """
        found: dict[str, list[str]] = {}
        for each in self.named_by:
            if each["licensing_mode"] is None:
                raise NotRead(f"the licensing mode of {each['host']} is not known")
            found.setdefault(each["licensing_mode"], []).append(each["host"])
        return {mode: hosts for mode, hosts in found.items() if mode in _CAL_TYPES}


def with_fleet_findings(rows: Iterable[Row], settings: Settings) -> list[Row]:
    """The rows with the findings that rest on more than one machine, and without C(facts).

    Args:
        rows: the machines, as C(read_fleet) gives them.
    """
    rows = list(rows)
    servers = tuple(each for each in rows if each["read"] and each["kind"] == SERVER)
    _add_pairs(rows, settings)
    all_hosts = [each for each in rows if each["kind"] == HOST]
    hosts = tuple(each for each in all_hosts if each["read"])
    unread = tuple(each["host"] for each in all_hosts if not each["read"] or each["license_servers"] is None)
    found = [row for row in rows if not (row["read"] and row["kind"] == SERVER)]
    for server in servers:
        facts = FleetFacts(server["host"], server=server, servers=servers, hosts=hosts, unread=unread)
        found.append({**server, "findings": [*server["findings"], *run_checks(FLEET, facts, settings)]})
    return [{name: value for name, value in row.items() if name != "facts"} for row in found]


def _add_pairs(rows: Iterable[Row], settings: Settings) -> None:
    """Check each session host together with the license servers that it names."""
    rows = list(rows)
    index = LicenseServers.of(
        (each["facts"] for each in rows if each["read"] and each["kind"] == SERVER),
        (each["host"] for each in rows if not each["read"] and each["kind"] == SERVER),
    )
    for each in rows:
        if each["read"] and each["kind"] == HOST:
            host = each["facts"]
            index.pair(host)
            each["findings"] = [*each["findings"], *run_checks(PAIR, host, settings)]


def _usage(server: Mapping[str, t.Any]) -> list[Row]:
    if server["usage"] is None:
        raise NotRead(f"the key packs of {server['host']} could not be read")
    return t.cast("list[Row]", server["usage"])


def _kind(usage: Row) -> tuple[str, str]:
    return usage["product_version"], usage["cal_type"]


@check(
    FLEET, INFO, "B",
    what="Every session host that names {host} is set to {mode}, so its {unused} CALs cannot be used.",
    repair="winfleet.rd_licensing.key_pack with state: converted, or winfleet.rd_licensing.session_host with "
    "licensing_mode",
    source="Microsoft: the licensing mode must match the type of the CALs",
)  # fmt: skip
def cals_nobody_can_use(facts: FleetFacts, _limits: Limits) -> Result:
    modes = facts.modes
    unused = [each for each in facts.usage if each["cal_type"] in _CAL_TYPES and each["cal_type"] not in modes]
    if not (modes and unused):
        return None
    numbers = ", ".join(f"{each['installed']} {each['cal_type'].replace('_', ' ')}" for each in unused)
    return {"mode": " and ".join(sorted(modes)).replace("_", " "), "unused": numbers, "groups": unused}


@check(
    FLEET, INFO, "B",
    what="Session hosts that name {host} use different licensing modes: {per_device} per device, {per_user} per user.",
    repair="None needed if it is intended. Otherwise use winfleet.rd_licensing.session_host with licensing_mode.",
    source="Inference: different modes are allowed, and an unintended difference uses up the wrong CALs",
)  # fmt: skip
def modes_differ(facts: FleetFacts, _limits: Limits) -> Result:
    modes = facts.modes
    if len(modes) < len(_CAL_TYPES):
        return None
    return {name: len(hosts) for name, hosts in modes.items()} | {"hosts": modes}


@check(
    FLEET, INFO, "B",
    what="{count} session hosts name {host} and no other license server.",
    repair="Add a second license server with winfleet.rd_licensing.session_host, and move some of the CALs to it.",
    source="Inference: without a second license server, its failure affects all of them",
)  # fmt: skip
def only_one_server(facts: FleetFacts, _limits: Limits) -> Result:
    alone = [each["host"] for each in facts.named_by if len(each["license_servers"]) == 1]
    return {"count": len(alone), "hosts": alone} if len(alone) > 1 else None


@check(
    FLEET, WARNING, "B",
    what="No session host of the fleet names {host}, and none of its purchased CALs are issued.",
    repair="Move its CALs to another server with winfleet.rd_licensing.cal_migration, deactivate it with "
    "winfleet.rd_licensing.license_server, then remove the role service.",
    source="Inference: a service that is not needed can still be attacked",
)  # fmt: skip
def role_not_needed(facts: FleetFacts, _limits: Limits) -> Result:
    if facts.named_by or any(each["issued"] > 0 for each in facts.usage):
        return None
    return {"installed": sum(each["installed"] for each in facts.usage)}


@check(
    FLEET, INFO, "B",
    what="{host} has no CALs left of a kind of which other license servers have issued none: {groups}.",
    repair="winfleet.rd_licensing.cal_migration, or the order of servers in winfleet.rd_licensing.session_host",
    source="Public guides: CALs of one kind can be split across license servers",
)  # fmt: skip
def split_across_servers(facts: FleetFacts, _limits: Limits) -> Result:
    exhausted = {_kind(each) for each in facts.usage if each["free"] <= 0}
    if not exhausted:
        return None
    idle = [
        f"{each['free']} {each['cal_type'].replace('_', ' ')} on {other['host']}"
        for other in facts.servers
        if other is not facts.server
        for each in _usage(other)
        if _kind(each) in exhausted and each["installed"] > 0 and each["issued"] == 0
    ]
    return {"groups": ", ".join(idle)} if idle else None
