# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of a license server: service, activation, database, Active Directory, policies."""

from __future__ import annotations

import typing as t

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.catalogue import (
    CRITICAL,
    INFO,
    SERVER,
    WARNING,
    Found,
    Limits,
    Result,
    check,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.facts import Facts, ServerFacts
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import REQUIRED_CONTACT
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.windows_service import LICENSING_SERVICE

_MEGABYTE: t.Final = 1024**2
_FOREST: t.Final = 2


@check(
    SERVER, CRITICAL, "A",
    what="The role service Remote Desktop Licensing is not installed on {host}.",
    repair="Run the role winfleet.rd_licensing.license_server, which can install the role service (RDS-Licensing).",
    source="Microsoft: cannot connect, no license server available",
)  # fmt: skip
def role_missing(facts: ServerFacts, _limits: Limits) -> Result:
    if facts.role_installed or LICENSING_SERVICE in facts.services:
        return None
    return {"service": None, "class": "absent"}


@check(
    SERVER, INFO, "B",
    what="The service TermServLicensing exists on {host}, but the WMI classes of the license server do not.",
    repair="Manual: restart the server. The classes can be missing until then.",
    source="Public scripts",
)  # fmt: skip
def restart_pending_after_role(facts: ServerFacts, _limits: Limits) -> Result:
    if facts.role_installed or LICENSING_SERVICE not in facts.services:
        return None
    return {"feature_installed": facts.feature_installed}


@check(
    SERVER, WARNING, "A",
    what="{host} returns empty properties of the license server, as it does for an account that is not a local "
    "Administrator.",
    repair="Use an account that is a local Administrator of the license server. Most other checks need it too.",
    source="Microsoft: Win32_TSLicenseServer",
)  # fmt: skip
def not_administrator(facts: ServerFacts, _limits: Limits) -> Result:
    if not facts.role_installed:
        return None
    read = facts.properties
    return None if read.product_id or read.database_path else {"product_id": "", "database_path": ""}


@check(
    SERVER, CRITICAL, "A",
    what="The service TermServLicensing on {host} is {state}.",
    repair="Manual: start the service. If it stops again, check its database: winfleet.rd_licensing.database_rebuild.",
    source="Microsoft: cannot connect, no license server available",
)  # fmt: skip
def service_stopped(facts: ServerFacts, _limits: Limits) -> Result:
    service = facts.services.get(LICENSING_SERVICE)
    return {"state": service.state} if service and service.state != "Running" else None


@check(
    SERVER, WARNING, "A",
    what="The service TermServLicensing on {host} does not start automatically (start mode {start_mode}).",
    repair="Manual: set the start mode of the service to Automatic.",
    source="System Center pack for Remote Desktop Services",
)  # fmt: skip
def service_not_automatic(facts: ServerFacts, _limits: Limits) -> Result:
    service = facts.services.get(LICENSING_SERVICE)
    return {"start_mode": service.start_mode} if service and service.start_mode != "Auto" else None


@check(
    SERVER, CRITICAL, "A",
    what="The license server {host} is not activated.",
    repair="winfleet.rd_licensing.license_server with state: activated",
    source="Microsoft: GetActivationStatus",
)  # fmt: skip
def not_activated(facts: ServerFacts, _limits: Limits) -> Result:
    return {"activation_status": 1} if facts.activation_status == 1 else None


@check(
    SERVER, WARNING, "A",
    what="{host} reports an unknown activation status ({activation_status}).",
    repair="Run the check again. If nothing changes, use winfleet.rd_licensing.license_server with state: reactivated.",
    source="Microsoft: GetActivationStatus",
)  # fmt: skip
def activation_unknown(facts: ServerFacts, _limits: Limits) -> Result:
    return None if facts.activation_status in (0, 1) else {"activation_status": facts.activation_status}


@check(
    SERVER, WARNING, "A",
    what="The contact data of {host} has no {missing}, which automatic activation requires.",
    repair="winfleet.rd_licensing.license_server with contact",
    source="Microsoft: ActivateServerAutomatic",
)  # fmt: skip
def contact_incomplete(facts: ServerFacts, _limits: Limits) -> Result:
    missing = [name for name in REQUIRED_CONTACT if not facts.complete_properties.contact[name]]
    if not missing or facts.record.connection_method in ("web_browser", "telephone"):
        return None
    return {"missing": ", ".join(missing)}


@check(
    SERVER, INFO, "A",
    what="No connection method is recorded on {host}, so tasks use the automatic one.",
    repair="winfleet.rd_licensing.connection_method",
    source="winfleet.rd_licensing",
)  # fmt: skip
def no_clearinghouse_record(facts: ServerFacts, _limits: Limits) -> Result:
    return None if facts.record.connection_method else {"connection_method": None}


@check(
    SERVER, WARNING, "A",
    what="The operation record of {host} has unfinished operations or pending removals: {open}.",
    repair="Run the task that began the operation again. It reads the server first. For a pending removal, use "
    "winfleet.rd_licensing.cal_migration with remove_from_source: true, or acknowledge the removal.",
    source="winfleet.rd_licensing; Microsoft: Remove RDS CALs",
)  # fmt: skip
def unfinished_request(facts: ServerFacts, _limits: Limits) -> Result:
    found = [*facts.record.unfinished, *facts.record.pending_removals]
    return {"open": "; ".join(found)} if found else None


@check(
    SERVER, CRITICAL, "A",
    what="{host} is activated and has no purchased RDS CALs.",
    repair="winfleet.rd_licensing.key_pack",
    source="Microsoft: cannot connect, no license server available; event 22",
)  # fmt: skip
def no_key_packs(facts: ServerFacts, _limits: Limits) -> Result:
    if facts.activation_status != 0 or facts.purchased:
        return None
    return {"purchased_key_packs": 0}


@check(
    SERVER, CRITICAL, "B",
    what="The licensing database of {host} is missing: {file}.",
    repair="winfleet.rd_licensing.database_rebuild, or the role rebuild_database",
    source="Microsoft: event 4100; file name from public scripts",
)  # fmt: skip
def database_missing(facts: ServerFacts, _limits: Limits) -> Result:
    return None if facts.database_file else {"file": facts.properties.database_path + "\\TLSLic.edb"}


@check(
    SERVER, WARNING, "B",
    what="Only {free_mb} MB are free on {device} of {host}, the disk with the licensing database.",
    repair="Manual: make room on the disk.",
    source="Microsoft publishes no figure; the limits are options of the check",
)  # fmt: skip
def database_disk_low(facts: ServerFacts, limits: Limits) -> Result:
    disk = facts.require(facts.disk, "the disk with the licensing database")
    free = facts.require(disk.free, f"the free space of {disk.device}") // _MEGABYTE
    if free >= limits["disk_free_mb"]:
        return None
    return Found(
        {"free_mb": free, "device": disk.device, "limit_mb": limits["disk_free_mb"]},
        CRITICAL if free < limits["disk_free_mb_critical"] else WARNING,
    )


def counts_users(facts: ServerFacts) -> bool:
    """Whether the server has per user CALs to count: in a domain only."""
    return facts.membership.part_of_domain and any(pack.product_type == 1 for pack in facts.purchased)


@check(
    SERVER, WARNING, "A",
    what="{host} has per user CALs and is not in the group Terminal Server License Servers of its domain, so their use "
    "is not counted.",
    repair="winfleet.rd_licensing.license_server with active_directory",
    source="Microsoft: IsLSinTSLSGroup, KB2030310",
)  # fmt: skip
def not_in_license_servers_group(facts: ServerFacts, _limits: Limits) -> Result:
    if not counts_users(facts) or facts.flag("license_servers_group"):
        return None
    return {"in_group": False, "domain": facts.membership.domain}


@check(
    SERVER, INFO, "A",
    what="{host} has no service connection point in Active Directory.",
    repair="winfleet.rd_licensing.license_server with active_directory",
    source="Microsoft: IsLSRegisteredToSCP",
)  # fmt: skip
def no_service_connection_point(facts: ServerFacts, _limits: Limits) -> Result:
    if not facts.membership.part_of_domain or facts.flag("service_connection_point"):
        return None
    return {"registered": False}


@check(
    SERVER, WARNING, "A",
    what="{host} has the discovery scope forest and is not published in Active Directory.",
    repair="winfleet.rd_licensing.license_server with active_directory",
    source="Microsoft: IsLSPublished",
)  # fmt: skip
def not_published(facts: ServerFacts, _limits: Limits) -> Result:
    if facts.complete_properties.server_role != _FOREST or facts.flag("published"):
        return None
    return {"server_role": _FOREST, "published": False}


@check(
    SERVER, WARNING, "A",
    what="The discovery scope of {host} is {scope}, but the computer is {membership}.",
    repair="winfleet.rd_licensing.license_server with discovery_scope",
    source="Microsoft: Review Configuration",
)  # fmt: skip
def scope_wrong(facts: ServerFacts, _limits: Limits) -> Result:
    scope, member = facts.complete_properties.discovery_scope, facts.membership.part_of_domain
    if (facts.require(scope, "its discovery scope") == "workgroup") != member:
        return None
    return {"scope": scope, "membership": f"in the domain {facts.membership.domain}" if member else "in a workgroup"}


@check(
    SERVER, INFO, "A",
    what="The license server {host} runs on a domain controller.",
    repair="Manual: check that NETWORK SERVICE is a member of Terminal Server License Servers too. After a change, "
    "restart the service TermServLicensing.",
    source="Microsoft: IsLSonDC, KB2030310",
)  # fmt: skip
def license_server_on_dc(facts: ServerFacts, _limits: Limits) -> Result:
    return {"domain_controller": True} if facts.windows.domain_controller else None


@check(
    SERVER, INFO, "A",
    what="Any session host may get CALs from {host}: the policy License server security group is off.",
    repair="None needed. Set the policy if only some session hosts may use the CALs.",
    source="Microsoft: IsLSSecGrpGPEnabled",
)  # fmt: skip
def security_group_off(facts: ServerFacts, _limits: Limits) -> Result:
    return None if facts.flag("security_group_policy") else {"enabled": False}


@check(
    SERVER, INFO, "A",
    what="The policy Prevent license upgrade is on for {host}: session hosts of an older release get only temporary "
    "CALs if no CALs of exactly their version are installed.",
    repair="Check that the policy is intended.",
    source="Microsoft: IsLSPreventUpgradeGPEnabled",
)  # fmt: skip
def prevent_upgrade_on(facts: ServerFacts, _limits: Limits) -> Result:
    if not facts.flag("prevent_upgrade_policy"):
        return None
    doubtful = [pack for pack in facts.packs if pack.issued and (pack.temporary or pack.total == 0)]
    return Found({"enabled": True, "temporary_or_overused": len(doubtful)}, WARNING if doubtful else INFO)


@check(
    SERVER, WARNING, "A",
    what="DisableWorkgroupAuthEnforcement is set on {host}: session hosts in a workgroup get CALs without "
    "authentication.",
    repair="Manual: store credentials for NETWORK SERVICE on each session host, then delete the registry value.",
    source="Microsoft: license Remote Desktop session hosts (CVE-2024-38099)",
)  # fmt: skip
def workgroup_auth_off(facts: ServerFacts, _limits: Limits) -> Result:
    return {"value": 1} if facts.workgroup_auth_off == 1 else None


@check(
    SERVER, CRITICAL, "A",
    what="{host} is in a workgroup and has per user CALs, which are not permitted there and cannot be counted.",
    repair="winfleet.rd_licensing.key_pack with state: converted, then winfleet.rd_licensing.session_host with "
    "licensing_mode: per_device",
    source="Microsoft: CALs for Remote Desktop Services",
)  # fmt: skip
def workgroup_per_user(facts: ServerFacts, _limits: Limits) -> Result:
    packs = [pack.key_pack_id for pack in facts.purchased if pack.product_type == 1]
    return {"key_packs": packs} if packs and not facts.membership.part_of_domain else None


@check(
    SERVER, INFO, "A",
    what="{host} stores {stored} usage reports.",
    repair="Manual: delete reports that are no longer needed in Licensing Manager.",
    source="Microsoft: Win32_TSLicenseReport",
)  # fmt: skip
def reports_piling_up(facts: ServerFacts, limits: Limits) -> Result:
    stored = len(facts.reports)
    return {"stored": stored, "limit": limits["stored_reports"]} if stored > limits["stored_reports"] else None


@check(
    SERVER, WARNING, "B",
    what="The clock of {host} differs from the clock of the controller by {seconds} s.",
    repair="Check the time service of both. Kerberos fails if the difference is more than 5 minutes.",
    source="Microsoft: Kerberos policy, maximum tolerance for clock synchronization",
)  # fmt: skip
def clock_skew(facts: Facts, limits: Limits) -> Result:
    ahead = facts.require(facts.windows.ahead, "its time")
    if abs(ahead) <= limits["clock_skew_seconds"]:
        return None
    return {"seconds": round(ahead), "limit": limits["clock_skew_seconds"]}
