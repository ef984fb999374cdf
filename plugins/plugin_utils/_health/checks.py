# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every check of the catalogue, and the two ways to run them: importing this module fills the catalogue."""

from __future__ import annotations

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health import (
    checks_capacity,
    checks_events,
    checks_extended,
    checks_fleet,
    checks_host,
    checks_pair,
    checks_patches,
    checks_server,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.catalogue import CATALOGUE, checks_of

__all__ = ["CATALOGUE", "CHECK_IDS", "NOT_CHECKED", "checks_of"]

_MODULES = (
    checks_server, checks_capacity, checks_patches, checks_host, checks_pair, checks_events, checks_extended,
    checks_fleet,
)  # fmt: skip
# What the catalogue of health checks has beside these, and why it is not checked.
NOT_CHECKED: dict[str, str] = {
    "clearinghouse_unreachable": "nothing on a license server shows, without a change, whether it reaches the "
    "Clearinghouse on TCP 443",
    "database_folder_acl": "Microsoft does not publish which permissions the database folder requires; event 4100 "
    "(database_corrupt) names them as a cause",
    "network_service_not_in_group": "whether WS-Management lists the members of a built-in group of a domain "
    "controller is unknown; license_server_on_dc says what to check",
    "orphan_group_member": "whether WS-Management lists the members of a built-in group of a domain controller is "
    "unknown; an inventory of microsoft.ad.ldap lists them",
    "orphan_scp": "service connection points are read over LDAP; license_server_discovery shows registered license "
    "servers that do not answer, and an inventory of microsoft.ad.ldap lists all of them",
    "entra_domain_services": "the name of a domain does not show whether it is a managed domain, where the use of per "
    "user CALs is never counted",
    "event_noise": "these events are normal and never reported: event 44 with the error -1316, and events 0, 3, 4, 64, "
    "74, 82, 88, 89, 4106, 4144 and 8196 (database_rebuilt mentions 88)",
}
CHECK_IDS = tuple(sorted({each.id for each in CATALOGUE}))
