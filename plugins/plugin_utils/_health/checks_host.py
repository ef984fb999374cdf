# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of a session host: mode, grace period, license servers, and its pairs with these license servers."""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.catalogue import (
    CRITICAL,
    HOST,
    INFO,
    PAIR,
    WARNING,
    Found,
    Result,
    check,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.checks_server import clock_skew
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.facts import HostFacts, ServerFacts
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.connectivity import Connectivity
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.windows_release import NEWEST_CAL

_PER_DEVICE, _PER_USER, _NOT_CONFIGURED, _ENTRA = 2, 4, 5, 6
_MODE_NAMES: t.Final[dict[int, str]] = {2: "per device", 3: "per user", 4: "per user", 5: "not configured"}
_REPOINT: t.Final = "winfleet.rd_licensing.session_host with license_servers"

check(
    HOST, WARNING, "B",
    what="The clock of {host} differs from the controller's by {seconds} s.",
    repair="Check the time service of both. Kerberos fails from 5 minutes on.",
    source="Kerberos",
)(clock_skew)  # fmt: skip


def _applies(facts: HostFacts) -> bool:
    return facts.licensing.terminal_server_mode != 0


@check(
    HOST, INFO, "A",
    what="{host} runs in remote administration mode, but its RD Licensing is configured.",
    repair="Nothing, unless it should be a session host: install the role service RDS-RD-Server.",
    source="Microsoft: Win32_TerminalServiceSetting",
)  # fmt: skip
def not_a_session_host(facts: HostFacts, _limits: t.Any) -> Result:
    if _applies(facts) or not (facts.names or facts.licensing.licensing_type in (_PER_DEVICE, _PER_USER)):
        return None
    return {"terminal_server_mode": 0, "license_servers": list(facts.names)}


@check(
    HOST, CRITICAL, "A",
    what="The licensing mode of {host} is not configured.",
    repair="winfleet.rd_licensing.session_host with licensing_mode",
    source="Microsoft: event 1069",
)  # fmt: skip
def mode_not_configured(facts: HostFacts, _limits: t.Any) -> Result:
    mode = facts.licensing.licensing_type
    if not _applies(facts) or mode not in (0, 1, _NOT_CONFIGURED):
        return None
    return Found({"licensing_type": mode}, WARNING if facts.grace_days else CRITICAL)


@check(
    HOST, INFO, "C",
    what="{host} has the licensing type 6, which Microsoft does not document.",
    repair="Nothing, if the host belongs to Azure Virtual Desktop.",
    source="Public script",
)  # fmt: skip
def licensing_type_6(facts: HostFacts, _limits: t.Any) -> Result:
    return {"licensing_type": _ENTRA} if facts.licensing.licensing_type == _ENTRA else None


@check(
    HOST, WARNING, "B",
    what="{host} works in its grace period, which ends in {days} days.",
    repair=_REPOINT,
    source="Microsoft: understand the licensing grace period",
)  # fmt: skip
def grace_running(facts: HostFacts, limits: t.Any) -> Result:
    days = facts.grace_days
    if not _applies(facts) or not days or facts.grace_ended or days <= limits["grace_days_warning"]:
        return None
    return {"days": days}


@check(
    HOST, WARNING, "B",
    what="The grace period of {host} ends in {days} days.",
    repair=_REPOINT,
    source="Thresholds of a public health check; they are options",
)  # fmt: skip
def grace_ends_soon(facts: HostFacts, limits: t.Any) -> Result:
    days = facts.grace_days
    if not _applies(facts) or not days or facts.grace_ended or days > limits["grace_days_warning"]:
        return None
    return Found({"days": days}, CRITICAL if days <= limits["grace_days_critical"] else WARNING)


@check(
    HOST, CRITICAL, "B",
    what="The grace period of {host} is over, and it can use none of its license servers.",
    repair=_REPOINT,
    source="Microsoft: GetGracePeriodDays",
)  # fmt: skip
def grace_over(facts: HostFacts, _limits: t.Any) -> Result:
    if not _applies(facts) or facts.grace_days != 0 or facts.grace_ended or facts.usable:
        return None
    if any(each.usable is None for each in facts.connectivity):
        return None
    return {"days": 0, "license_servers": [each.describe() for each in facts.connectivity]}


@check(
    HOST, WARNING, "C",
    what="{host} does not report its grace period.",
    repair="Manual: the registry key of the grace period may have been deleted.",
    source="Public script",
)  # fmt: skip
def grace_unreadable(facts: HostFacts, _limits: t.Any) -> Result:
    return {"days": None} if _applies(facts) and facts.grace_days is None else None


@check(
    HOST, WARNING, "B",
    what="{host} has never had a license from a license server.",
    repair="winfleet.rd_licensing.session_host with require_connectivity",
    source="Public script: X509 Certificate under Terminal Server\\RCM",
)  # fmt: skip
def never_licensed(facts: HostFacts, _limits: t.Any) -> Result:
    if not _applies(facts) or not facts.names or "x509 certificate" in facts.certificate_values:
        return None
    return {"x509_certificate": "absent"}


@check(
    HOST, CRITICAL, "A",
    what="{host} names no license server.",
    repair=_REPOINT,
    source="Microsoft: KB2473823, automatic discovery ended with Windows Server 2008 R2",
)  # fmt: skip
def no_license_server(facts: HostFacts, _limits: t.Any) -> Result:
    return {"license_servers": []} if _applies(facts) and not facts.names else None


@check(
    HOST, WARNING, "A",
    what="The license server list of {host} is malformed: {problems}.",
    repair=_REPOINT,
    source="Public script: blanks around names; the policy is a comma-separated list",
)  # fmt: skip
def list_malformed(facts: HostFacts, _limits: t.Any) -> Result:
    names = facts.raw_names
    problems = [f"'{name}' has blanks around it" for name in names if name.strip() and name != name.strip()]
    problems += ["an entry is empty"] * any(not name.strip() for name in names)
    lower = [name.strip().lower() for name in names if name.strip()]
    problems += sorted({f"{name} is there {lower.count(name)} times" for name in lower if lower.count(name) > 1})
    problems += [f"{name} is an IPv6 address" for name in lower if _is_ipv6(name)]
    return {"problems": "; ".join(problems), "license_servers": list(names)} if problems else None


def _is_ipv6(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).version == 6
    except ValueError:
        return False


def _by_status(facts: HostFacts, *numbers: int | None) -> list[Connectivity]:
    return [each for each in facts.connectivity if each.number in numbers]


def _servers(found: list[Connectivity]) -> str:
    return ", ".join(each.license_server for each in found)


def _unless_another_is_valid(facts: HostFacts, found: list[Connectivity]) -> Result:
    if not found:
        return None
    evidence = {"servers": _servers(found), "status": [each.describe() for each in facts.connectivity]}
    return Found(evidence, WARNING if facts.usable else CRITICAL)


@check(
    HOST, CRITICAL, "A",
    what="{host} cannot connect to {servers}.",
    repair="Check the name, that the server and its service run, and the ports TCP 135, 445 and 49152-65535.",
    source="Microsoft: GetTStoLSConnectivityStatus, ports used by RDS",
)  # fmt: skip
def server_unreachable(facts: HostFacts, _limits: t.Any) -> Result:
    return _unless_another_is_valid(facts, _by_status(facts, 6))


@check(
    HOST, CRITICAL, "A",
    what="The Windows release of {servers} does not fit the session host {host}.",
    repair="Replace the license server: role replace_source_server",
    source="Microsoft: GetTStoLSConnectivityStatus",
)  # fmt: skip
def server_version_mismatch(facts: HostFacts, _limits: t.Any) -> Result:
    return _unless_another_is_valid(facts, _by_status(facts, 3, 4))


@check(
    HOST, CRITICAL, "A",
    what="{servers} issues no licenses to {host}: its license server security group does not hold the session host.",
    repair="Manual: add the session host to the local group of that policy on the license server.",
    source="Microsoft: GetTStoLSConnectivityStatus, event 4141",
)  # fmt: skip
def host_not_in_group(facts: HostFacts, _limits: t.Any) -> Result:
    return _unless_another_is_valid(facts, _by_status(facts, 5))


@check(
    HOST, WARNING, "A",
    what="{host} cannot say whether it can use {servers}.",
    repair="Check the license server itself with winfleet.rd_licensing.licensing_check.",
    source="Microsoft: GetTStoLSConnectivityStatus",
)  # fmt: skip
def status_unclear(facts: HostFacts, _limits: t.Any) -> Result:
    found = _by_status(facts, 0, 7, 10, None)
    return {"servers": _servers(found), "status": [each.describe() for each in found]} if found else None


@check(
    HOST, INFO, "A",
    what="This account is not an administrator of {servers}, so {host} cannot tell whether it can use them. This says "
    "nothing about licensing.",
    repair="Use a connection that delegates credentials, or check the license server itself.",
    source="Microsoft: GetTStoLSConnectivityStatus, KB2546583",
)  # fmt: skip
def cannot_judge(facts: HostFacts, _limits: t.Any) -> Result:
    found = _by_status(facts, 8)
    return {"servers": _servers(found)} if found else None


@check(
    HOST, INFO, "A",
    what="Group Policy overrides other settings on {host}: {settings}.",
    repair="Change the policy; winfleet.rd_licensing.session_host refuses to.",
    source="Microsoft: troubleshoot RDS licensing guidance",
)  # fmt: skip
def policy_overrides(facts: HostFacts, _limits: t.Any) -> Result:
    licensing, found = facts.licensing, []
    if licensing.mode_by_policy and facts.local_mode not in (None, _NOT_CONFIGURED, licensing.licensing_type):
        found.append(f"licensing mode {_MODE_NAMES.get(facts.local_mode or 0, facts.local_mode)}")
    local = (
        [name.strip().lower() for name in facts.local_servers if name.strip()] if licensing.servers_by_policy else []
    )
    if local and local != [name.lower() for name in facts.names]:
        found.append(f"license servers {', '.join(local)}")
    return {"settings": " and ".join(found)} if found else None


@check(
    HOST, WARNING, "B",
    what="Group Policy sets the {by_policy} of {host}, but not the {by_server}.",
    repair="Set both in the same place.",
    source="Inference",
)  # fmt: skip
def mixed_sources(facts: HostFacts, _limits: t.Any) -> Result:
    mode, servers = facts.licensing.mode_by_policy, facts.licensing.servers_by_policy
    if mode is None or servers is None or mode == servers or not facts.names:
        return None
    names = ("licensing mode", "license servers")
    return {"by_policy": names[not mode], "by_server": names[mode]}


# Pairs: a session host and the license servers of the inventory that it names.


def _named(facts: HostFacts) -> list[ServerFacts]:
    """The license servers that were read and are named by the host: by computer name, DNS name or inventory name."""
    wanted = {name.lower() for name in facts.names}
    return [each for each in facts.license_servers if wanted & each.names]


@check(
    PAIR, WARNING, "B",
    what="{host} names {servers}, which is not among the license servers that were checked with it.",
    repair="winfleet.rd_licensing.session_host with license_servers_to_remove, or add the server to license_servers.",
    source="Inventory",
)  # fmt: skip
def server_unknown(facts: HostFacts, _limits: t.Any) -> Result:
    if not facts.license_servers:
        return None
    known = {name for each in facts.license_servers for name in each.names}
    unknown = [name for name in facts.names if name.lower() not in known]
    if not unknown:
        return None
    return Found({"servers": ", ".join(unknown)}, CRITICAL if len(unknown) == len(facts.names) else WARNING)


@check(
    PAIR, CRITICAL, "A",
    what="{servers} runs an older Windows release than the session host {host} ({windows}) and cannot serve it.",
    repair="Replace the license server: role replace_source_server; or point the host elsewhere: " + _REPOINT,
    source="Microsoft: troubleshoot RDS licensing guidance",
)  # fmt: skip
def server_older_than_host(facts: HostFacts, _limits: t.Any) -> Result:
    own = NEWEST_CAL.get(facts.windows.release or "")
    older = [each.host for each in _named(facts) if own and (NEWEST_CAL.get(each.windows.release or "", own)) < own]
    return {"servers": ", ".join(older), "windows": facts.windows.title} if older else None


@check(
    PAIR, CRITICAL, "A",
    what="No license server that {host} names holds CALs for {windows} or later.",
    repair="winfleet.rd_licensing.key_pack",
    source="Microsoft: CALs for Remote Desktop Services",
)  # fmt: skip
def no_cal_for_host_version(facts: HostFacts, _limits: t.Any) -> Result:
    own, named = NEWEST_CAL.get(facts.windows.release or ""), _named(facts)
    if not _applies(facts) or own is None or not _all_named_were_read(facts):
        return None
    if any((pack.product_version_id or 0) >= own for each in named for pack in each.purchased):
        return None
    return {"windows": facts.windows.title, "license_servers": [each.host for each in named]}


def _all_named_were_read(facts: HostFacts) -> bool:
    """Whether an absence can be told: another server may hold what these lack."""
    return bool(facts.names) and len(_named(facts)) >= len({name.lower() for name in facts.names})


@check(
    PAIR, CRITICAL, "A",
    what="{host} is in {mode} mode, and no license server that it names holds {mode} CALs.",
    repair="winfleet.rd_licensing.session_host with licensing_mode, or winfleet.rd_licensing.key_pack",
    source="Microsoft: event 20, event 1004",
)  # fmt: skip
def mode_without_cals(facts: HostFacts, _limits: t.Any) -> Result:
    mode = facts.licensing.licensing_type
    wanted = {_PER_DEVICE: 0, _PER_USER: 1, 3: 1}.get(mode or 0)
    if not _applies(facts) or wanted is None or not _all_named_were_read(facts):
        return None
    if any(pack.product_type == wanted for each in _named(facts) for pack in each.purchased):
        return None
    evidence = {"mode": _MODE_NAMES[mode or 0], "license_servers": [each.host for each in _named(facts)]}
    return Found(evidence, CRITICAL if wanted == 0 else WARNING)


@check(
    PAIR, CRITICAL, "A",
    what="{host} names {servers}, which cannot issue CALs: {reasons}.",
    repair="winfleet.rd_licensing.license_server with state: activated, or winfleet.rd_licensing.key_pack",
    source="Microsoft: cannot connect, no license server available",
)  # fmt: skip
def named_server_not_activated(facts: HostFacts, _limits: t.Any) -> Result:
    named = _named(facts)
    reasons = {}
    for each in named:
        if each.activation_status == 1:
            reasons[each.host] = "not activated"
        elif not each.purchased:
            reasons[each.host] = "no key packs"
    if not reasons:
        return None
    evidence = {"servers": ", ".join(reasons), "reasons": "; ".join(f"{name}: {why}" for name, why in reasons.items())}
    return Found(evidence, CRITICAL if len(reasons) == len(named) or named[0].host in reasons else WARNING)


@check(
    PAIR, CRITICAL, "A",
    what="{host} is {own} and {servers} is not: the license server cannot serve it.",
    repair="Manual: both must be in one workgroup, in one domain, or in domains with a two-way trust.",
    source="Microsoft: KB2473823",
)  # fmt: skip
def domain_and_workgroup_mixed(facts: HostFacts, _limits: t.Any) -> Result:
    member = facts.membership.part_of_domain
    others = [each.host for each in _named(facts) if each.membership.part_of_domain != member]
    own = f"in the domain {facts.membership.domain}" if member else "in a workgroup"
    return {"own": own, "servers": ", ".join(others)} if others else None


@check(
    PAIR, CRITICAL, "A",
    what="{host} is in per user mode in a workgroup, which is not permitted and cannot be counted.",
    repair="winfleet.rd_licensing.session_host with licensing_mode: per_device, and per device CALs",
    source="Microsoft: license Remote Desktop session hosts",
)  # fmt: skip
def workgroup_host_per_user(facts: HostFacts, _limits: t.Any) -> Result:
    if not _applies(facts) or facts.membership.part_of_domain or facts.licensing.licensing_type not in (3, _PER_USER):
        return None
    return {"part_of_domain": False, "licensing_type": facts.licensing.licensing_type}
