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
    Limits,
    Result,
    check,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.fact_values import (
    Event,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.facts import (
    Facts,
    HostFacts,
    NotRead,
    ServerFacts,
)

LICENSING_SOURCES: t.Final = ("Microsoft-Windows-TerminalServices-Licensing", "TermServLicensing")
HOST_SOURCES: t.Final = ("TermService", "Microsoft-Windows-TerminalServices-RemoteConnectionManager")
# Where Windows writes events 1003, 1004, 1011 and 1028 on most releases. It can be read only if it has a key under
# HKLM\SYSTEM\CurrentControlSet\Services\EventLog, which it does not have by default.
HOST_CHANNELS: t.Final = tuple(
    f"Microsoft-Windows-TerminalServices-RemoteConnectionManager/{name}" for name in ("Operational", "Admin")
)
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

    def run(facts: Facts, _limits: Limits) -> Result:
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
    what="the license server reports a problem with its certificate",
    repair="winfleet.rd_licensing.license_server with state: reactivated and reason: certificate_corrupt",
    source="System Center pack; Microsoft Japan blog",
)  # fmt: skip
_simple(
    "database_corrupt", CRITICAL, "B", (9, 4100), unless=(88,),
    what="the licensing database may be corrupt",
    repair="Check the permissions of the database folder first. If they are right, use "
    "winfleet.rd_licensing.database_rebuild.",
    source="Microsoft: event 4100, event 88",
)  # fmt: skip
_simple(
    "version_store_full", CRITICAL, "A", (623,), sources=("ESENT",),
    what="the version store of a database engine is full, which can keep the service TermServLicensing from starting",
    repair="Manual: set MaxVerPages (DWORD, 1024) under TermServLicensing\\Parameters.",
    source="Microsoft: KB3167312",
)  # fmt: skip
_simple(
    "database_rebuilt", INFO, "A", (88,),
    what="the licensing database was rebuilt",
    repair="None needed.",
    source="Microsoft: event 88",
)  # fmt: skip
_simple(
    "directory_unreachable", WARNING, "B", (4107, 4108),
    what="the license server cannot connect to Active Directory to record per user CALs",
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
    what="the local group of the policy License server security group is missing",
    repair="Manual: create the group. Windows Server 2012 and later do not support the WMI method for it.",
    source="Microsoft: event 4140",
)  # fmt: skip
_simple(
    "event_shortage", WARNING, "B", (21, 22),
    what="the license server has no CALs left to issue, or none of the version that a session host needs",
    repair="winfleet.rd_licensing.key_pack",
    source="Microsoft: event 22",
)  # fmt: skip
_simple(
    "event_policy_module", CRITICAL, "B", (12, 41),
    what="the policy module of the license server is missing or could not start, so it denies all requests",
    repair="winfleet.rd_licensing.database_rebuild. If that does not help, reinstall the role service.",
    source="Microsoft: KB839878",
)  # fmt: skip
_simple(
    "event_migration_left", WARNING, "B", (90, 91, 92), unless=(89,),
    what="CALs were migrated to this server and not removed from their source",
    repair="winfleet.rd_licensing.cal_migration with remove_from_source: true, or remove them on the source.",
    source="Microsoft: event 89 to event 93",
)  # fmt: skip
_simple(
    "event_revocation_limit", INFO, "A", (81,),
    what="a revocation was rejected because the limit was reached",
    repair="Wait until the date in the event.",
    source="Microsoft: event 81",
)  # fmt: skip
_simple(
    "service_dies", WARNING, "C", (7031, 7034), sources=(SERVICE_CONTROL_MANAGER,),
    what="the service TermServLicensing ended unexpectedly",
    repair="Install the current Windows updates. If it happens again, look for ESENT events in the Application log.",
    source="Inference from the event of the Service Control Manager",
)  # fmt: skip
_simple(
    "event_publish_failed", INFO, "C", (4143,),
    what="the license server logged an event whose meaning is not published",
    repair="Read the text of the event in Event Viewer.",
    source="Name of the event in the field; its text was found in no public source",
)  # fmt: skip


def _of_host(facts: HostFacts, codes: tuple[int, ...]) -> Result:
    """Events of a session host. Their absence means nothing unless the channels were read that usually hold them."""
    found = _newest(facts, codes, HOST_SOURCES)
    hidden = [channel for channel in HOST_CHANNELS if channel.lower() not in facts.event_logs.names]
    if not found and hidden:
        numbers = ", ".join(map(str, codes))
        raise NotRead(f"the System log has no event {numbers}, and WMI does not serve the log {' and '.join(hidden)}")
    return _evidence(found)


@check(
    HOST, WARNING, "B",
    what="{host}: clients were refused, as with a certificate from another license server (event {event}, {number} "
    "times, last on {newest}).",
    repair="Manual: delete Certificate, X509 Certificate, X509 Certificate2 and X509 Certificate ID under Terminal "
    "Server\\RCM, then restart the session host.",
    source="Microsoft: event 1003, event 1004",
)  # fmt: skip
def stale_host_certificate(facts: HostFacts, _limits: Limits) -> Result:
    return _of_host(facts, (1003, 1004))


@check(
    HOST, WARNING, "C",
    what="{host}: the session host refused clients or disconnected them (event {event}, {number} times, last on "
    "{newest}).",
    repair="Check the licensing mode, the license servers and the certificate of the session host.",
    source="Microsoft: event 1004, event 1028. The log that holds them differs by release.",
)  # fmt: skip
def event_host_refused(facts: HostFacts, _limits: Limits) -> Result:
    return _of_host(facts, (1004, 1011, 1028))


def log_too_small(facts: Facts, _limits: Limits) -> Result:
    """Of both kinds of machines, below."""
    return None if facts.event_logs.covers else {"log": "System"}


for _subject in (SERVER, HOST):
    check(
        _subject, INFO, "B",
        what="The System log of {host} does not go back to the first day that was asked for, so earlier events are "
        "missing.",
        repair="Increase the maximum size of the System log, or ask for fewer days.",
        source="Inference: the log has no older record",
    )(log_too_small)  # fmt: skip


@check(
    SERVER, WARNING, "A",
    what="{host}: the licensing database reports an error (event {event}, {number} times, last on {newest}).",
    repair="winfleet.rd_licensing.database_rebuild",
    source="Microsoft: event 44; the error -1316 may be ignored",
)  # fmt: skip
def database_error(facts: ServerFacts, _limits: Limits) -> Result:
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
    repair="Manual: allow SELF to read and write the property set Terminal-Server-License-Server on the users.",
    source="Microsoft: KB4547091, KB2030310",
)  # fmt: skip
def self_right_missing(facts: ServerFacts, _limits: Limits) -> Result:
    return _evidence(_user_updates(facts, denied=False))


@check(
    SERVER, WARNING, "B",
    what="{host} was denied access when it recorded per user CALs in Active Directory (event {event}, {number} times, "
    "last on {newest}).",
    repair="Manual: allow BUILTIN\\Terminal Server License Servers to read and write the property set "
    "Terminal-Server-License-Server on these users (dsacls).",
    source="Microsoft: KB2030310",
)  # fmt: skip
def group_right_missing(facts: ServerFacts, _limits: Limits) -> Result:
    return _evidence(_user_updates(facts, denied=True))
