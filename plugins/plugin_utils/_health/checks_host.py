# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of a session host: mode, grace period, license servers."""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.catalogue import (
    CRITICAL,
    HOST,
    INFO,
    WARNING,
    Found,
    Limits,
    Result,
    check,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.checks_server import clock_skew
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.facts import HostFacts, NotRead
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.connectivity import Connectivity

PER_DEVICE_MODE: t.Final = 2
# The class page counts Per User as 3, everything else as 4.
PER_USER_MODES: t.Final = (3, 4)
_NOT_CONFIGURED, _UNDOCUMENTED_MODE = 5, 6
NOT_CONNECTABLE: t.Final = 6
MODE_NAMES: t.Final[dict[int, str]] = {2: "per device", 3: "per user", 4: "per user", 5: "not configured"}
REPOINT: t.Final = "winfleet.rd_licensing.session_host with license_servers"

check(
    HOST, WARNING, "B",
    what="The clock of {host} differs from the clock of the controller by {seconds} s.",
    repair="Check the time service of both. Kerberos fails if the difference is more than 5 minutes.",
    source="Microsoft: Kerberos policy, maximum tolerance for clock synchronization",
)(clock_skew)  # fmt: skip


def applies(facts: HostFacts) -> bool:
    """Whether the host is a session host, so that it needs licenses."""
    return facts.licensing.terminal_server_mode != 0


@check(
    HOST, INFO, "A",
    what="{host} runs in remote administration mode, but RD Licensing is configured on it.",
    repair="None needed. If it should be a session host, install the role service RDS-RD-Server.",
    source="Microsoft: Win32_TerminalServiceSetting",
)  # fmt: skip
def not_a_session_host(facts: HostFacts, _limits: Limits) -> Result:
    configured = facts.licensing.licensing_type in (PER_DEVICE_MODE, *PER_USER_MODES)
    if applies(facts) or not (facts.named_servers or configured):
        return None
    return {"terminal_server_mode": 0, "license_servers": list(facts.named_servers)}


@check(
    HOST, CRITICAL, "A",
    what="The licensing mode of {host} is not configured.",
    repair="winfleet.rd_licensing.session_host with licensing_mode",
    source="Microsoft: event 1069",
)  # fmt: skip
def mode_not_configured(facts: HostFacts, _limits: Limits) -> Result:
    if not applies(facts):
        return None
    mode = facts.require(facts.licensing.licensing_type, "its licensing mode")
    if mode not in (0, 1, _NOT_CONFIGURED):
        return None
    return Found({"licensing_type": mode}, WARNING if facts.grace_days else CRITICAL)


@check(
    HOST, INFO, "C",
    what="{host} has the licensing type 6, which Microsoft does not document.",
    repair="None needed if the host belongs to Azure Virtual Desktop.",
    source="Public script",
)  # fmt: skip
def licensing_type_6(facts: HostFacts, _limits: Limits) -> Result:
    mode = facts.licensing.licensing_type
    return {"licensing_type": mode} if mode == _UNDOCUMENTED_MODE else None


@check(
    HOST, WARNING, "B",
    what="{host} is in its grace period, which ends in {days} days.",
    repair=REPOINT,
    source="Microsoft: understand the licensing grace period",
)  # fmt: skip
def grace_running(facts: HostFacts, limits: Limits) -> Result:
    days = facts.grace_days
    if not applies(facts) or not days or facts.grace_ended or days <= limits["grace_days_warning"]:
        return None
    return {"days": days}


@check(
    HOST, WARNING, "B",
    what="The grace period of {host} ends in {days} days.",
    repair=REPOINT,
    source="Thresholds of a public health check, which are options here",
)  # fmt: skip
def grace_ends_soon(facts: HostFacts, limits: Limits) -> Result:
    days = facts.grace_days
    if not applies(facts) or not days or facts.grace_ended or days > limits["grace_days_warning"]:
        return None
    return Found({"days": days}, CRITICAL if days <= limits["grace_days_critical"] else WARNING)


@check(
    HOST, CRITICAL, "B",
    what="The grace period of {host} has ended, and the session host can use none of its license servers.",
    repair=REPOINT,
    source="Microsoft: GetGracePeriodDays",
)  # fmt: skip
def grace_over(facts: HostFacts, _limits: Limits) -> Result:
    if not applies(facts) or facts.grace_days != 0 or facts.grace_ended or facts.usable:
        return None
    unknown = [each.license_server for each in facts.connectivity if each.usable is None]
    if unknown:
        raise NotRead(f"its grace period has ended, and it is unknown whether it can use {', '.join(unknown)}")
    return {"days": 0, "license_servers": [each.describe() for each in facts.connectivity]}


@check(
    HOST, WARNING, "C",
    what="{host} does not report how many days of its grace period are left.",
    repair="Manual: check the registry key Terminal Server\\RCM\\GracePeriod, which may have been deleted.",
    source="Public script",
)  # fmt: skip
def grace_unreadable(facts: HostFacts, _limits: Limits) -> Result:
    return {"days": None} if applies(facts) and facts.grace_days is None else None


@check(
    HOST, WARNING, "B",
    what="{host} has never received a license from a license server.",
    repair="winfleet.rd_licensing.session_host with require_connectivity",
    source="Public script: X509 Certificate under Terminal Server\\RCM",
)  # fmt: skip
def never_licensed(facts: HostFacts, _limits: Limits) -> Result:
    if not applies(facts) or not facts.named_servers or "x509 certificate" in facts.certificate_values:
        return None
    return {"x509_certificate": "absent"}


@check(
    HOST, CRITICAL, "A",
    what="{host} names no license server.",
    repair=REPOINT,
    source="Microsoft: KB2473823 (no automatic discovery since Windows Server 2008 R2)",
)  # fmt: skip
def no_license_server(facts: HostFacts, _limits: Limits) -> Result:
    return {"license_servers": []} if applies(facts) and not facts.named_servers else None


@check(
    HOST, WARNING, "A",
    what="The license server list of {host} is malformed: {problems}.",
    repair=REPOINT,
    source="Public script (blanks around names); the policy is a comma-separated list",
)  # fmt: skip
def list_malformed(facts: HostFacts, _limits: Limits) -> Result:
    names = facts.raw_names
    problems = [f"'{name}' starts or ends with a blank" for name in names if name.strip() and name != name.strip()]
    problems += ["an entry is empty"] * any(not name.strip() for name in names)
    lower = [name.strip().lower() for name in names if name.strip()]
    problems += sorted({f"{name} is listed {lower.count(name)} times" for name in lower if lower.count(name) > 1})
    problems += [f"{name} is an IPv6 address" for name in lower if _is_ipv6(name)]
    return {"problems": "; ".join(problems), "license_servers": list(names)} if problems else None


def _is_ipv6(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).version == 6
    except ValueError:
        return False


def by_status(facts: HostFacts, *numbers: int | None) -> list[Connectivity]:
    """The license servers of which the host reports one of these numbers."""
    return [each for each in facts.connectivity if each.number in numbers]


def _servers(found: list[Connectivity]) -> str:
    return ", ".join(each.license_server for each in found)


def names_of(found: list[Connectivity]) -> str:
    """The names that the host reports for them."""
    return ", ".join(dict.fromkeys(each.status or "no response" for each in found))


def _unless_another_is_valid(facts: HostFacts, found: list[Connectivity]) -> Result:
    if not found:
        return None
    evidence = {"servers": _servers(found), "status": [each.describe() for each in facts.connectivity]}
    return Found(evidence, WARNING if facts.usable else CRITICAL)


@check(
    HOST, CRITICAL, "A",
    what="{host} cannot connect to {servers}.",
    repair="Check the name, whether the server and its service run, and TCP ports 135, 445 and 49152-65535.",
    source="Microsoft: GetTStoLSConnectivityStatus, ports used by RDS",
)  # fmt: skip
def server_unreachable(facts: HostFacts, _limits: Limits) -> Result:
    return _unless_another_is_valid(facts, by_status(facts, 6))


@check(
    HOST, CRITICAL, "A",
    what="{host} reports that the Windows release on {servers} is too old for it or is a beta release.",
    repair="Replace the license server with role replace_source_server.",
    source="Microsoft: GetTStoLSConnectivityStatus",
)  # fmt: skip
def server_version_mismatch(facts: HostFacts, _limits: Limits) -> Result:
    return _unless_another_is_valid(facts, by_status(facts, 3, 4))


@check(
    HOST, CRITICAL, "A",
    what="{servers} does not issue CALs to {host}: the session host is not in the license server security group.",
    repair="Manual: add the session host to the local group of that policy on the license server.",
    source="Microsoft: GetTStoLSConnectivityStatus, event 4141",
)  # fmt: skip
def host_not_in_group(facts: HostFacts, _limits: Limits) -> Result:
    return _unless_another_is_valid(facts, by_status(facts, 5))


@check(
    HOST, WARNING, "A",
    what="{host} does not report whether it can use {servers}.",
    repair="Check the license server itself with winfleet.rd_licensing.licensing_check.",
    source="Microsoft: GetTStoLSConnectivityStatus",
)  # fmt: skip
def status_unclear(facts: HostFacts, _limits: Limits) -> Result:
    found = by_status(facts, 0, 7, 10, None)
    return {"servers": _servers(found), "status": [each.describe() for each in found]} if found else None


@check(
    HOST, INFO, "A",
    what="It is unknown whether {host} can use {servers}: the account of this task is not an administrator there.",
    repair="Use a connection that delegates credentials, or check the license server itself.",
    source="Microsoft: GetTStoLSConnectivityStatus, KB2546583",
)  # fmt: skip
def cannot_judge(facts: HostFacts, _limits: Limits) -> Result:
    found = by_status(facts, 8)
    return {"servers": _servers(found)} if found else None


@check(
    HOST, INFO, "A",
    what="Group Policy overrides other settings on {host}: {settings}.",
    repair="Change the policy. winfleet.rd_licensing.session_host does not change what a policy sets.",
    source="Microsoft: troubleshoot RDS licensing guidance",
)  # fmt: skip
def policy_overrides(facts: HostFacts, _limits: Limits) -> Result:
    licensing, found = facts.licensing, []
    if licensing.mode_by_policy and facts.local_mode not in (None, _NOT_CONFIGURED, licensing.licensing_type):
        found.append(f"licensing mode {MODE_NAMES.get(facts.local_mode or 0, facts.local_mode)}")
    local = (
        [name.strip().lower() for name in facts.local_servers if name.strip()] if licensing.servers_by_policy else []
    )
    if local and local != [name.lower() for name in facts.named_servers]:
        found.append(f"license servers {', '.join(local)}")
    return {"settings": " and ".join(found)} if found else None


@check(
    HOST, WARNING, "B",
    what="Group Policy sets the {by_policy} of {host}, but not its {by_server}.",
    repair="Set both by Group Policy, or both on the server.",
    source="Inference",
)  # fmt: skip
def mixed_sources(facts: HostFacts, _limits: Limits) -> Result:
    if not facts.named_servers:
        return None
    mode = facts.require(facts.licensing.mode_by_policy, "whether a policy sets its licensing mode")
    servers = facts.require(facts.licensing.servers_by_policy, "whether a policy sets its license servers")
    if mode == servers:
        return None
    names = ("licensing mode", "license servers")
    return {"by_policy": names[not mode], "by_server": names[mode]}


@check(
    HOST, WARNING, "A",
    what="{host} finds license servers that do not issue CALs to it: {servers}.",
    repair="Check the license server itself with winfleet.rd_licensing.licensing_check.",
    source="Microsoft: Win32_TSDiscoveredLicenseServer",
)  # fmt: skip
def server_not_issuing(facts: HostFacts, _limits: Limits) -> Result:
    problems = {
        each.name: "cannot be reached" if each.available is False else "does not issue CALs to this host"
        for each in facts.found_servers
        if each.available is False or each.issuing is False
    }
    return {"servers": ", ".join(f"{name} ({why})" for name, why in problems.items())} if problems else None


@check(
    HOST, WARNING, "B",
    what="The licensing of {host} differs from its deployment: the connection broker {broker} sets {differences}.",
    repair="Manual: set the licensing of the deployment again in Server Manager, or change the session host with "
    "winfleet.rd_licensing.session_host.",
    source="Microsoft: Win32_TSDeploymentLicensing",
)  # fmt: skip
def deployment_mismatch(facts: HostFacts, _limits: Limits) -> Result:
    wanted = facts.deployment
    if not wanted.central:
        return None
    differences = []
    if wanted.licensing_type is not None and wanted.licensing_type != facts.licensing.licensing_type:
        differences.append(f"the licensing mode {MODE_NAMES.get(wanted.licensing_type, wanted.licensing_type)}")
    if {name.strip().lower() for name in wanted.license_servers} != {name.lower() for name in facts.named_servers}:
        differences.append(f"the license servers {', '.join(wanted.license_servers) or '(none)'}")
    return {"broker": wanted.broker, "differences": " and ".join(differences)} if differences else None
