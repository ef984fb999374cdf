# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Win32_NTLogEvent and Win32_NTEventlogFile: the classic logs. Channels such as .../Operational are not among them."""

from __future__ import annotations

from datetime import timedelta

from tests.simulator import surroundings
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
        rows: list[Values] = []
        for number, event in events:
            when = (now - timedelta(hours=event.hours_ago)).replace(microsecond=0)
            rows.append(
                {
                    "Logfile": event.log,
                    "RecordNumber": _FIRST_RECORD + number,
                    "Category": 0,
                    "CategoryString": None,
                    "ComputerName": call.server.fqdn,
                    "EventCode": event.event_code,
                    "EventIdentifier": 0x80000000 + event.event_code,
                    "EventType": _TYPES[event.type],
                    "InsertionStrings": list(event.strings),
                    "Message": f"Event {event.event_code}",
                    "SourceName": event.source,
                    "TimeGenerated": when,
                    "TimeWritten": when,
                    "Type": event.type.capitalize(),
                    "User": None,
                }
            )
        return rows


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
            for log in _LOGS
        ]
