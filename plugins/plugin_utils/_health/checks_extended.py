# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks that cost a request of their own and are made only if they are asked for."""

from __future__ import annotations

import typing as t

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.catalogue import (
    HOST,
    INFO,
    SERVER,
    WARNING,
    Limits,
    Result,
    check,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.checks_server import counts_users
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.facts import Facts, ServerFacts

_MEGABYTE: t.Final = 1024**2
_CERTIFICATE_KEYS: t.Final = ("certificates.000", "certificates.001")
# The defaults of Windows Server 2012 and later. A service that allows less may reject large responses.
_ENVELOPE_KB, _TIMEOUT_MS, _OPERATIONS = 500, 60_000, 1500


@check(
    SERVER, WARNING, "A",
    what="{host} is not in the group Terminal Server License Servers of {domains}, so per user CALs of these users are "
    "not counted.",
    repair="Manual: add the license server to the group in each of these domains. A two-way trust is required too.",
    source="Microsoft: KB2030310, KB2473823",
)  # fmt: skip
def not_in_group_of_user_domain(facts: ServerFacts, _limits: Limits) -> Result:
    groups = facts.user_domains
    if not counts_users(facts):
        return None
    missing = [name for name, member in groups.items() if not facts.require(member, f"its membership in {name}")]
    return {"domains": ", ".join(missing)} if missing else None


@check(
    SERVER, INFO, "C",
    what="{host} is activated, but has no certificates in its registry ({missing}).",
    repair="If clients are refused, use winfleet.rd_licensing.license_server with state: reactivated.",
    source="Microsoft names the keys in its article on several per device CALs for one device",
)  # fmt: skip
def certificates_absent(facts: ServerFacts, _limits: Limits) -> Result:
    keys = facts.certificate_keys
    missing = [name.capitalize() for name in _CERTIFICATE_KEYS if name not in keys]
    return {"missing": ", ".join(missing)} if missing and facts.activation_status == 0 else None


@check(
    SERVER, INFO, "C",
    what="The licensing database of {host} is {size_mb} MB large.",
    repair="None needed while the service starts. Otherwise set MaxVerPages, or use "
    "winfleet.rd_licensing.database_rebuild.",
    source="Microsoft: KB3167312. No figure is published; the limit is an option of the check",
)  # fmt: skip
def database_large(facts: ServerFacts, limits: Limits) -> Result:
    file = facts.database_file
    if file is None:
        return None
    size = facts.require(file.size, "the size of its licensing database") // _MEGABYTE
    return {"size_mb": size, "limit_mb": limits["database_mb"]} if size > limits["database_mb"] else None


@check(
    SERVER, INFO, "C",
    what="The licensing database of {host} was last written on {date}, although CALs are issued.",
    repair="Check whether session hosts still use this license server.",
    source="Inference; the limit is an option of the check",
)  # fmt: skip
def database_not_written(facts: ServerFacts, limits: Limits) -> Result:
    file = facts.database_file
    if file is None or not any(pack.issued for pack in facts.purchased):
        return None
    written = facts.require(file.modified, "when its licensing database was written")
    if (facts.now - written).days <= limits["database_days"]:
        return None
    return {"date": f"{written:%Y-%m-%d}", "limit_days": limits["database_days"]}


def winrm_limits_low(facts: Facts, _limits: Limits) -> Result:
    """Of both kinds of machines, below."""
    found = facts.winrm
    limits = (
        ("MaxEnvelopeSizekb", found.max_envelope_size_kb, _ENVELOPE_KB),
        ("MaxTimeoutms", found.max_timeout_ms, _TIMEOUT_MS),
        ("MaxConcurrentOperationsPerUser", found.max_operations_per_user, _OPERATIONS),
    )
    low = [
        f"{name} is {value} (default {usual})" for name, value, usual in limits if value is not None and value < usual
    ]
    return {"low": ", ".join(low)} if low else None


for _subject in (SERVER, HOST):
    check(
        _subject, INFO, "B",
        what="Limits of WinRM on {host} are lower than the defaults: {low}. Large responses can fail.",
        repair="Manual: raise the limits (winrm set winrm/config).",
        source="Microsoft: [MS-WSMV] 2.2.4.10",
    )(winrm_limits_low)  # fmt: skip
