# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of a session host together with the license servers that it names."""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.catalogue import (
    CRITICAL,
    PAIR,
    WARNING,
    Found,
    Limits,
    Result,
    check,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.checks_host import (
    MODE_NAMES,
    NOT_CONNECTABLE,
    PER_DEVICE_MODE,
    PER_USER_MODES,
    applies,
    by_status,
    names_of,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.checks_patches import is_behind
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.facts import (
    HostFacts,
    NotAsked,
    NotRead,
    ServerFacts,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import PER_DEVICE, PER_USER

_NO_ADMINISTRATOR: t.Final = 8
# Licensing type to ProductType of the CALs that it needs.
_TYPE_OF_MODE: t.Final[dict[int, int]] = {PER_DEVICE_MODE: PER_DEVICE, **dict.fromkeys(PER_USER_MODES, PER_USER)}


@dataclass(frozen=True)
class LicenseServers:
    """The license servers of a fleet by every name that session hosts may use, so that pairs are found at once."""

    by_name: Mapping[str, ServerFacts]
    unread: tuple[str, ...] = ()

    @classmethod
    def of(cls, servers: Iterable[ServerFacts], unread: Iterable[str] = ()) -> LicenseServers:
        """The index of license servers that were read, and the names of those that were not."""
        return cls({name: each for each in servers for name in each.names}, tuple(unread))

    def pair(self, host: HostFacts) -> None:
        """Give a session host the license servers that it is checked against."""
        named = [self.by_name.get(name.strip().lower()) for name in host.values.get("server_names", ())]
        host.license_servers = tuple({id(each): each for each in named if each is not None}.values())
        host.known_names, host.unread_servers = frozenset(self.by_name), self.unread


@check(
    PAIR, WARNING, "B",
    what="{host} names {servers}, which is not among the license servers that were checked with it.",
    repair="If the server is gone, use winfleet.rd_licensing.session_host with license_servers_to_remove. Otherwise "
    "check it too.",
    source="Comparison with the inventory",
)  # fmt: skip
def server_unknown(facts: HostFacts, _limits: Limits) -> Result:
    if not (facts.known_names or facts.unread_servers):
        return None
    unknown = [name for name in facts.named_servers if name.lower() not in facts.known_names]
    if unknown and facts.unread_servers:
        raise NotRead(f"{', '.join(unknown)} may be {' or '.join(facts.unread_servers[:5])}, which could not be read")
    if not unknown:
        return None
    return Found({"servers": ", ".join(unknown)}, CRITICAL if len(unknown) == len(facts.named_servers) else WARNING)


@check(
    PAIR, CRITICAL, "A",
    what="{servers} runs an older Windows release than the session host {host} ({windows}), so it cannot issue CALs to "
    "it.",
    repair="Replace the license server with role replace_source_server, or point the session host to a newer one with "
    "winfleet.rd_licensing.session_host.",
    source="Microsoft: troubleshoot RDS licensing guidance",
)  # fmt: skip
def server_older_than_host(facts: HostFacts, _limits: Limits) -> Result:
    older = [each.host for each in facts.license_servers if each.level < facts.level]
    return {"servers": ", ".join(older), "windows": facts.windows.title} if older else None


@check(
    PAIR, CRITICAL, "A",
    what="No license server that {host} names has {cals} for {windows} or later.",
    repair="winfleet.rd_licensing.key_pack",
    source="Microsoft: license Remote Desktop Services with CALs",
)  # fmt: skip
def no_cal_for_host_version(facts: HostFacts, _limits: Limits) -> Result:
    if not applies(facts) or not facts.named_servers:
        return None
    mode = facts.licensing.licensing_type or 0
    packs = [pack for each in facts.license_servers for pack in each.purchased]
    # Without any of the type that the mode needs, mode_without_cals says so.
    of_type = [pack for pack in packs if pack.product_type == _TYPE_OF_MODE.get(mode)]
    if any((pack.product_version_id or 0) >= facts.level for pack in of_type or packs):
        return None
    _require_all_named(facts)
    return {
        "windows": facts.windows.title,
        "cals": f"{MODE_NAMES[mode]} CALs" if of_type else "CALs",
        "license_servers": [each.host for each in facts.license_servers],
    }


def _require_all_named(facts: HostFacts) -> None:
    """An absence is known only if every server that the host names was read.

    Raises:
        NotAsked: there is no license server to compare with. NotRead: one was not read.
    """
    if not (facts.known_names or facts.unread_servers):
        raise NotAsked("license servers")
    missing = [name for name in facts.named_servers if name.lower() not in facts.known_names]
    if missing:
        raise NotRead(f"{', '.join(missing)} was not read")


@check(
    PAIR, CRITICAL, "A",
    what="{host} is in {mode} mode, and no license server that it names has {mode} CALs.",
    repair="winfleet.rd_licensing.session_host with licensing_mode, or winfleet.rd_licensing.key_pack",
    source="Microsoft: event 20, event 1004",
)  # fmt: skip
def mode_without_cals(facts: HostFacts, _limits: Limits) -> Result:
    mode = facts.licensing.licensing_type
    wanted = _TYPE_OF_MODE.get(mode or 0)
    if not applies(facts) or wanted is None or not facts.named_servers:
        return None
    if any(pack.product_type == wanted for each in facts.license_servers for pack in each.purchased):
        return None
    _require_all_named(facts)
    evidence = {"mode": MODE_NAMES[mode or 0], "license_servers": [each.host for each in facts.license_servers]}
    return Found(evidence, CRITICAL if wanted == 0 else WARNING)


@check(
    PAIR, CRITICAL, "A",
    what="{host} names {servers}, which cannot issue CALs ({reasons}).",
    repair="winfleet.rd_licensing.license_server with state: activated, or winfleet.rd_licensing.key_pack",
    source="Microsoft: cannot connect, no license server available",
)  # fmt: skip
def named_server_not_activated(facts: HostFacts, _limits: Limits) -> Result:
    named = facts.license_servers
    reasons = {}
    for each in named:
        if not each.role_installed:
            reasons[each.host] = "the role service is not installed"
        elif each.activation_status == 1:
            reasons[each.host] = "not activated"
        elif not each.purchased:
            reasons[each.host] = "no key packs"
    if not reasons:
        return None
    evidence = {"servers": ", ".join(reasons), "reasons": "; ".join(f"{name}: {why}" for name, why in reasons.items())}
    return Found(evidence, CRITICAL if len(reasons) == len(named) or named[0].host in reasons else WARNING)


@check(
    PAIR, CRITICAL, "A",
    what="{servers} does not issue CALs to {host}: the policy License server security group is on, and the session "
    "host is not in the group.",
    repair="Manual: add the session host to the local group RDS Endpoint Servers or Terminal Server Computers of the "
    "license server. Microsoft's pages use both names.",
    source="Microsoft: IsSecureAccessAllowed, event 4141",
)  # fmt: skip
def security_group_blocks_host(facts: HostFacts, _limits: Limits) -> Result:
    blocking = [
        each.host
        for each in facts.license_servers
        if "host_allowed" in (each.values.keys() | each.troubles.keys()) and each.host_allowed is False
    ]
    return {"servers": ", ".join(blocking), "allowed": False} if blocking else None


@check(
    PAIR, CRITICAL, "A",
    what="{host} is {own} and {servers} is not, so the license server cannot issue CALs to it.",
    repair="Manual: put both into one workgroup, one domain, or domains with a two-way trust.",
    source="Microsoft: KB2473823",
)  # fmt: skip
def domain_and_workgroup_mixed(facts: HostFacts, _limits: Limits) -> Result:
    member = facts.membership.part_of_domain
    others = [each.host for each in facts.license_servers if each.membership.part_of_domain != member]
    own = f"in the domain {facts.membership.domain}" if member else "in a workgroup"
    return {"own": own, "servers": ", ".join(others)} if others else None


@check(
    PAIR, WARNING, "C",
    what="{host} and {servers} are in a workgroup, and the license server requires credentials since its update of "
    "2024-07-09. Status of the connection: {status}.",
    repair="Manual: store credentials for the license server on the session host (cmdkey as NETWORK SERVICE).",
    source="Microsoft: license Remote Desktop session hosts (CVE-2024-38099). Which status shows it is not documented.",
)  # fmt: skip
def workgroup_no_credentials(facts: HostFacts, _limits: Limits) -> Result:
    if facts.membership.part_of_domain:
        return None
    failing = by_status(facts, NOT_CONNECTABLE, _NO_ADMINISTRATOR)
    called = {each.license_server.strip().lower() for each in failing}
    servers = [
        each.host
        for each in facts.license_servers
        if called & each.names and not each.membership.part_of_domain and not is_behind(each, "2024-07-09")
    ]
    return {"servers": ", ".join(servers), "status": names_of(failing)} if servers else None


@check(
    PAIR, CRITICAL, "A",
    what="{host} is in per user mode in a workgroup, which is not permitted. The CALs cannot be counted there.",
    repair="winfleet.rd_licensing.session_host with licensing_mode: per_device, and per device CALs",
    source="Microsoft: license Remote Desktop session hosts",
)  # fmt: skip
def workgroup_host_per_user(facts: HostFacts, _limits: Limits) -> Result:
    if not applies(facts) or facts.membership.part_of_domain or facts.licensing.licensing_type not in PER_USER_MODES:
        return None
    return {"part_of_domain": False, "licensing_type": facts.licensing.licensing_type}
