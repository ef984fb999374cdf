# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of licensing events in classic logs. Channels such as .../Operational and .../Admin are not among these logs.

Events 20, 1003, 1004, 1011, 1068, 1069 and 50280 to 50282 are mostly in such channels: state is read for them instead.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.catalogue import (
    CRITICAL,
    HOST,
    INFO,
    SERVER,
    WARNING,
    Result,
    check,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.facts import Event, Facts, ServerFacts

LICENSING_SOURCES: t.Final = ("Microsoft-Windows-TerminalServices-Licensing", "TermServLicensing")
HOST_SOURCES: t.Final = ("TermService", "Microsoft-Windows-TerminalServices-RemoteConnectionManager")
SERVICE_CONTROL_MANAGER: t.Final = "Service Control Manager"
_IGNORED_DATABASE_ERROR: t.Final = "-1316"
_ACCESS_DENIED: t.Final = "0x80070005"


def _newest(
    facts: Facts, codes: tuple[int, ...], sources: tuple[str, ...] = LICENSING_SOURCES, *, unless: tuple[int, ...] = ()
) -> list[Event]:
    """Events of these codes, newest first, that are newer than every event of C(unless)."""
    of_source = [event for event in facts.events if event.source in sources]
    settled = max((event.when for event in of_source if event.code in unless), default=None)
    return [event for event in of_source if event.code in codes and (settled is None or event.when > settled)]


def _evidence(events: list[Event]) -> Result:
    if not events:
        return None
    return {
        "event": events[0].code,
        "number": len(events),
        "newest": events[0].when.isoformat(),
        "events": [event.describe() for event in events[:5]],
    }


def _simple(
    name: str,
    severity: str,
    confidence: str,
    codes: tuple[int, ...],
    *,
    what: str,
    repair: str,
    source: str,
    subject: str = SERVER,
    sources: tuple[str, ...] = LICENSING_SOURCES,
    unless: tuple[int, ...] = (),
) -> None:
    """A check that finds events of some codes."""

    def run(facts: Facts, _limits: t.Any) -> Result:
        return _evidence(_newest(facts, codes, sources, unless=unless))

    run.__name__ = name
    register: Callable[..., t.Any] = check(
        subject,
        severity,
        confidence,
        what=f"{{host}}: {what} (event {{event}}, {{number}} times, last on {{newest}}).",
        repair=repair,
        source=source,
    )
    register(run)


_simple(
    "certificate_damaged", CRITICAL, "B", (17, 19, 46), unless=(4,),
    what="the license server reports trouble with its certificate",
    repair="winfleet.rd_licensing.license_server with state: reactivated and reason: certificate_corrupt",
    source="System Center pack; Microsoft Japan blog",
)  # fmt: skip
_simple(
    "database_corrupt", CRITICAL, "B", (9, 4100), unless=(88,),
    what="the licensing database may be corrupt",
    repair="Check the rights on the database folder first, then winfleet.rd_licensing.database_rebuild.",
    source="Microsoft: event 4100, event 88",
)  # fmt: skip
_simple(
    "version_store_full", CRITICAL, "A", (623,), sources=("ESENT",),
    what="the version store of a database engine is full, which keeps the service from starting",
    repair="Manual: set MaxVerPages (DWORD, 1024) under TermServLicensing\\Parameters.",
    source="Microsoft: KB3167312",
)  # fmt: skip
_simple(
    "database_rebuilt", INFO, "A", (88,),
    what="the licensing database was rebuilt",
    repair="Nothing.",
    source="Microsoft: event 88",
)  # fmt: skip
_simple(
    "directory_unreachable", WARNING, "B", (4107, 4108),
    what="the license server does not reach Active Directory for per user data",
    repair="Check the network between the license server and the domain controllers.",
    source="System Center pack",
)  # fmt: skip
_simple(
    "removed_from_group", WARNING, "A", (76,), unless=(74,),
    what="the license server was removed from the group Terminal Server License Servers",
    repair="winfleet.rd_licensing.license_server with active_directory",
    source="Microsoft: event 74, event 76",
)  # fmt: skip
_simple(
    "security_group_missing", WARNING, "B", (71, 4140),
    what="the local group for the policy License server security group is missing",
    repair="Manual: create the group. The method for it is not supported since Windows Server 2012.",
    source="Microsoft: event 4140",
)  # fmt: skip
_simple(
    "event_shortage", WARNING, "B", (21, 22),
    what="the license server runs short of CALs",
    repair="winfleet.rd_licensing.key_pack",
    source="Microsoft: event 22",
)  # fmt: skip
_simple(
    "event_policy_module", CRITICAL, "B", (12, 41),
    what="the license server's policy module is missing or denies all requests",
    repair="winfleet.rd_licensing.database_rebuild, or install the role service again",
    source="Microsoft: KB839878",
)  # fmt: skip
_simple(
    "event_migration_left", WARNING, "B", (90, 91, 92), unless=(89,),
    what="a migration left CALs on its source",
    repair="winfleet.rd_licensing.cal_migration with remove_from_source, or remove them on the source",
    source="Microsoft: event 89 to event 93",
)  # fmt: skip
_simple(
    "event_revocation_limit", INFO, "A", (81,),
    what="a revocation was rejected because of the limit",
    repair="Wait until the date in the event.",
    source="Microsoft: event 81",
)  # fmt: skip
_simple(
    "service_dies", WARNING, "C", (7031, 7034), sources=(SERVICE_CONTROL_MANAGER,),
    what="the service TermServLicensing ended unexpectedly",
    repair="Install the current Windows updates, then look for ESENT events.",
    source="Inference",
)  # fmt: skip
_simple(
    "stale_host_certificate", WARNING, "B", (1003, 1004), subject=HOST, sources=HOST_SOURCES,
    what="clients are refused, as with a certificate of an earlier license server",
    repair="Manual: delete Certificate, X509 Certificate, X509 Certificate2 and X509 Certificate ID under Terminal "
    "Server\\RCM, then restart the session host.",
    source="Microsoft: event 1003, event 1004",
)  # fmt: skip


@check(
    SERVER, WARNING, "A",
    what="{host}: the database engine reports an error (event {event}, {number} times, last on {newest}).",
    repair="winfleet.rd_licensing.database_rebuild",
    source="Microsoft: event 44; the error -1316 may be ignored",
)  # fmt: skip
def database_error(facts: ServerFacts, _limits: t.Any) -> Result:
    events = [
        event for event in _newest(facts, (44,)) if not any(_IGNORED_DATABASE_ERROR in text for text in event.strings)
    ]
    return _evidence(events)


def _user_updates(facts: ServerFacts, *, denied: bool) -> list[Event]:
    return [
        event
        for event in _newest(facts, (4105,))
        if any(_ACCESS_DENIED in text.lower() for text in event.strings) == denied
    ]


@check(
    SERVER, WARNING, "B",
    what="{host} could not record per user CALs in Active Directory (event {event}, {number} times, last on {newest}).",
    repair="Manual: let SELF read and write the property set Terminal-Server-License-Server on users.",
    source="Microsoft: KB4547091, KB2030310",
)  # fmt: skip
def self_right_missing(facts: ServerFacts, _limits: t.Any) -> Result:
    return _evidence(_user_updates(facts, denied=False))


@check(
    SERVER, WARNING, "B",
    what="{host} was denied to record per user CALs in Active Directory (event {event}, {number} times, last on "
    "{newest}).",
    repair="Manual: give BUILTIN\\Terminal Server License Servers the right on these users.",
    source="Microsoft: KB2030310",
)  # fmt: skip
def group_right_missing(facts: ServerFacts, _limits: t.Any) -> Result:
    return _evidence(_user_updates(facts, denied=True))
