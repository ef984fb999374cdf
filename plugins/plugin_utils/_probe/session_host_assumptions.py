# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the collection assumes about the values of a session host."""

from __future__ import annotations

import typing as t

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.connectivity import CONNECTIVITY_NAMES
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.session_host import LICENSING_MODE_NAMES
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.assumption import (
    ALL,
    HEALTH,
    Assumption,
    Evidence,
    Finding,
    reads_well,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.reads import HOST


def _licensing_type(evidence: Evidence) -> Finding:
    settings = evidence.value("session host")
    if settings is None:
        return None
    return "" if settings.licensing_type in LICENSING_MODE_NAMES else f"licensing type {settings.licensing_type}"


def _connectivity(evidence: Evidence) -> Finding:
    rows = evidence.value("connectivity")
    if not rows:
        return None
    odd = [str(each.number) for each in rows if each.number not in CONNECTIVITY_NAMES]
    return f"status {', '.join(odd)}" if odd else ""


def _grace(evidence: Evidence) -> Finding:
    result = evidence.results.get("grace period")
    if result is None:
        return None
    return result.error or ("" if result.value is not None else "no answer")


def _found_servers(evidence: Evidence) -> Finding:
    settings, found = evidence.value("session host"), evidence.value("found servers")
    if settings is None or found is None or not settings.license_servers:
        return None
    names = {name.lower() for name in settings.license_servers}
    return "" if {each.name.lower() for each in found} >= names else f"{len(found)} of {len(names)} named servers"


SESSION_HOST: t.Final = (
    Assumption(
        "reads_session_host",
        (HOST,),
        "the session host can be read",
        "see got",
        (ALL,),
        reads_well("session host", "connectivity", "registered servers", "found servers", "health of the host"),
    ),
    Assumption(
        "licensing_types",
        (HOST,),
        "licensing types 0 to 5",
        "the mode has no name",
        ("session_host", *HEALTH),
        _licensing_type,
    ),
    Assumption(
        "connectivity_status",
        (HOST,),
        "connectivity numbers 0 to 11",
        "it is unknown whether a server can be used",
        ("session_host", *HEALTH),
        _connectivity,
        optional=True,
    ),
    Assumption(
        "grace_period",
        (HOST,),
        "days of the grace period",
        "checks of the grace period cannot be made",
        HEALTH,
        _grace,
    ),
    Assumption(
        "found_servers",
        (HOST,),
        "the session host finds the servers that it names",
        "the map lacks answers",
        ("license_server_discovery",),
        _found_servers,
        optional=True,
    ),
)
