# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Win32_NTLogEvent and Win32_NTEventlogFile: the classic logs, and channels that somebody gave a key among these."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.simulator import surroundings
from tests.simulator.model.fleet import Server
from tests.simulator.wire.values import Values
from tests.simulator.wmi.provider import Call, Provider

_TYPES = {"error": 1, "warning": 2, "information": 3}
_LOGS = ("Application", "System")
_FIRST_RECORD = 41_000


class EventProvider(Provider):
    """Newest first, as is common; the order is not promised. The Security log is not among the rows."""

    def instances(self, call: Call) -> list[Values]:
        now = surroundings.utc_now()
        events = sorted(enumerate(call.server.info.events), key=lambda pair: pair[1].hours_ago)
        visible = {log.lower() for log in _logs(call.server)}
        rows: list[Values] = []
        for number, event in events:
            if event.log.lower() not in visible:
                continue
            when = (now - timedelta(hours=event.hours_ago)).replace(microsecond=0)
            record = _FIRST_RECORD + number
            rows.append(
                _row(call, record, event.log, event.event_code, event.source, event.type, when, list(event.strings))
            )
        return [*rows, _oldest(call, now)]


def _row(
    call: Call, record: int, log: str, code: int, source: str, kind: str, when: datetime, strings: list[str]
) -> Values:
    return {
        "Logfile": log,
        "RecordNumber": record,
        "Category": 0,
        "CategoryString": None,
        "ComputerName": call.server.fqdn,
        "EventCode": code,
        "EventIdentifier": 0x80000000 + code,
        "EventType": _TYPES[kind],
        "InsertionStrings": list(strings),
        "Message": f"Event {code}",
        "SourceName": source,
        "TimeGenerated": when,
        "TimeWritten": when,
        "Type": kind.capitalize(),
        "User": None,
    }


class EventLogFileProvider(Provider):
    def instances(self, call: Call) -> list[Values]:
        return [
            {
                "Name": f"c:\\windows\\system32\\winevt\\logs\\{log.lower()}.evtx",
                "LogfileName": log,
                "MaxFileSize": 20_971_520,
                "NumberOfRecords": 12_000 + sum(event.log == log for event in call.server.info.events),
                "Sources": sorted({event.source for event in call.server.info.events if event.log == log}),
            }
            for log in _logs(call.server)
        ]


def _logs(server: Server) -> tuple[str, ...]:
    return (*_LOGS, *server.info.event_channels)


def _oldest(call: Call, now: datetime) -> Values:
    """The first record of the System log: how far it goes back."""
    when = (now - timedelta(hours=call.server.info.oldest_event_hours_ago)).replace(microsecond=0)
    return _row(call, _FIRST_RECORD - 1, "System", 6013, "EventLog", "information", when, [])
