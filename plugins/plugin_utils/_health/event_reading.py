# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read events for the checks. Each query names its log and a date: without them, every log is walked."""

from __future__ import annotations

import datetime
import typing as t
from collections.abc import Mapping

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.session import CimSession
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.wql import literal, select
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.checks_events import (
    HOST_CHANNELS,
    HOST_SOURCES,
    LICENSING_SOURCES,
    SERVICE_CONTROL_MANAGER,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.fact_values import (
    Event,
    EventLogs,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import asking
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_windows_classes import (
    WIN32_NT_EVENTLOG_FILE,
    WIN32_NT_LOG_EVENT,
)

_MOST_EVENTS: t.Final = 500
_COLUMNS: t.Final = ("Logfile", "RecordNumber", "EventCode", "SourceName", "TimeGenerated", "InsertionStrings")


def read_event_logs(session: CimSession, since: datetime.datetime) -> EventLogs:
    """Which logs can be read, and whether the System log has a record from before a moment."""
    with asking(session.server, "listing the event logs"):
        rows = list(session.enumerate(WIN32_NT_EVENTLOG_FILE, select(WIN32_NT_EVENTLOG_FILE, ("LogfileName",))))
    where = f"Logfile = 'System' AND TimeGenerated < {literal(_midnight(since))}"
    with asking(session.server, "reading the age of the System log"):
        # One record settles it; the rest is released on the server with the iterator.
        before = session.enumerate(WIN32_NT_LOG_EVENT, select(WIN32_NT_LOG_EVENT, ("RecordNumber",), where))
        covers = next(before, None) is not None
    return EventLogs(frozenset((row.text("LogfileName") or "").lower() for row in rows), covers)


def read_server_events(session: CimSession, since: datetime.datetime) -> tuple[Event, ...]:
    """Events of a license server since a moment, newest first."""
    sources = {"System": (*LICENSING_SOURCES, SERVICE_CONTROL_MANAGER), "Application": ("ESENT",)}
    # Other services end unexpectedly too; the first string is the service's display name, the licensing one's is in it.
    return tuple(
        event
        for event in _events(session, since, sources)
        if event.source != SERVICE_CONTROL_MANAGER or any("Remote Desktop Licensing" in text for text in event.strings)
    )


def read_host_events(session: CimSession, since: datetime.datetime, logs: EventLogs | None) -> tuple[Event, ...]:
    """Events of a session host since a moment, newest first, also from channels that can be read there."""
    visible = [log for log in HOST_CHANNELS if logs is not None and log.lower() in logs.names]
    return _events(session, since, dict.fromkeys(("System", *visible), HOST_SOURCES))


def _midnight(moment: datetime.datetime) -> str:
    return f"{moment:%Y%m%d}000000.000000+000"


def _events(session: CimSession, since: datetime.datetime, sources: Mapping[str, tuple[str, ...]]) -> tuple[Event, ...]:
    """The query goes back one day further, since some servers heed only the day; the rest is sorted out here."""
    date = _midnight(since - datetime.timedelta(days=1))
    found: list[Event] = []
    for log, names in sources.items():
        either = " OR ".join(f"SourceName = {literal(name)}" for name in names)
        where = f"Logfile = {literal(log)} AND ({either}) AND TimeGenerated >= {literal(date)}"
        with asking(session.server, f"reading the events of the log {log}"):
            for row in session.enumerate(WIN32_NT_LOG_EVENT, select(WIN32_NT_LOG_EVENT, _COLUMNS, where)):
                when = row.moment("TimeGenerated")
                if when and when >= since and len(found) < _MOST_EVENTS:
                    strings = tuple(map(str, t.cast("list[object]", row["InsertionStrings"]) or []))
                    found.append(Event(log, row.text("SourceName") or "", row.number("EventCode") or 0, when, strings))
    return tuple(sorted(found, key=lambda event: event.when, reverse=True))
