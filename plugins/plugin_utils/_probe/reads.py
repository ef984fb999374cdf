# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every read that a module makes, in the same form: the probe calls the functions that the modules call.

Reads of something that does not exist are among them, because faults differ most between servers.
"""

from __future__ import annotations

import ntpath
import typing as t
from collections.abc import Callable
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.observation import dns_name
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.session import CimSession
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.signatures import define_class
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.wql import literal, select
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.reading import (
    read_license_server,
    read_machine,
    read_session_host,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.data_file import DataFiles
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.issued_cals import (
    IssuedCal,
    read_issued_cal,
    read_issued_cals,
    server_time,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.session_host import SessionHost
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.usage_reports import (
    REPORT_ENTRIES,
    UsageReports,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.windows_service import WindowsService
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_windows_classes import CIM_DATA_FILE
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.recorder import RecordingTransport
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanError

SERVER: t.Final = "license_server"
HOST: t.Final = "session_host"
_ABSENT_CLASS: t.Final = define_class("Win32_WinfleetProbe", "root/cimv2", properties="key string Name")
_ABSENT_FILE: t.Final = "C:\\winfleet-probe-does-not-exist.txt"
_MOST_ISSUED: t.Final = 200


@dataclass(frozen=True)
class ReadResult:
    """What a read gave: a value, or the text of its error."""

    value: t.Any = None
    error: str = ""


@dataclass(frozen=True)
class Read:
    """A read under its label, made on one kind of host."""

    label: str
    subject: str
    run: Callable[[CimSession, dict[str, ReadResult]], t.Any]


def make_reads(session: CimSession, recorder: RecordingTransport, subjects: tuple[str, ...]) -> dict[str, ReadResult]:
    """Make every read of the subjects; one that fails is a result too."""
    results: dict[str, ReadResult] = {}
    for read in READS:
        if read.subject in subjects and read.label not in results:
            recorder.label = read.label
            try:
                results[read.label] = ReadResult(read.run(session, results))
            except (LicensingError, WsmanError) as error:
                results[read.label] = ReadResult(error=" ".join(str(error).split()))
    return results


def _server(session: CimSession) -> LicenseServer:
    return LicenseServer(session)


def _issued(session: CimSession, results: dict[str, ReadResult]) -> list[IssuedCal]:
    found: list[IssuedCal] = []
    for cal in read_issued_cals(_server(session)):
        found.append(cal)
        if len(found) == _MOST_ISSUED:
            break
    return found


def _one_issued(session: CimSession, results: dict[str, ReadResult]) -> IssuedCal | None:
    cals: list[IssuedCal] = results["issued CALs"].value or []
    if not cals:
        return None
    list(read_issued_cals(_server(session), [cals[0].key_pack_id]))
    return read_issued_cal(_server(session), cals[0])


def _report_entries(session: CimSession, results: dict[str, ReadResult]) -> dict[str, int]:
    """The first entries of each kind of the newest stored report; none is generated, for that would be a write."""
    stored = results["usage reports"].value or ()
    if not stored:
        return {}
    reports = UsageReports(_server(session))
    return {kind: sum(1 for _entry in reports.entries(stored[0].file_name, kind)) for kind in REPORT_ENTRIES}


def _database_file(session: CimSession, results: dict[str, ReadResult]) -> bool | None:
    properties = results["license server"].value
    if properties is None or not properties.database_path:
        return None
    return DataFiles(session).exists(ntpath.join(properties.database_path, "TLSLic.edb"))


def _some_key_packs(session: CimSession, results: dict[str, ReadResult]) -> int:
    packs = results["key packs"].value or ()
    return len(_server(session).key_packs_with_id(*(pack.key_pack_id for pack in packs[:2]))) if packs else 0


def _record(session: CimSession, _results: dict[str, ReadResult]) -> int:
    recorded, damaged = _server(session).record.read_whole()
    return len(recorded.operations) + len(damaged)


def _host_settings(session: CimSession, _results: dict[str, ReadResult]) -> t.Any:
    return SessionHost(session).settings()


def _connectivity(session: CimSession, results: dict[str, ReadResult]) -> t.Any:
    settings = results["session host"].value
    return SessionHost(session).connectivity(settings.license_servers) if settings else ()


READS: t.Final = (
    Read("license server", SERVER, lambda session, _results: _server(session).properties()),
    Read("activation", SERVER, lambda session, _results: _server(session).activation()),
    Read("Windows release", SERVER, lambda session, _results: _server(session).windows_release()),
    Read("server clock", SERVER, lambda session, _results: _server(session).now()),
    Read("server clock by query", SERVER, lambda session, _results: server_time(_server(session))),
    Read("key packs", SERVER, lambda session, _results: _server(session).key_packs()),
    Read("some key packs", SERVER, _some_key_packs),
    Read("registrations", SERVER, lambda session, _results: _server(session).registrations()),
    Read("network name", SERVER, lambda session, _results: dns_name(_server(session), "")),
    Read("connection method", SERVER, lambda session, _results: _server(session).record.connection_method()),
    Read("operation record", SERVER, _record),
    Read("health", SERVER, lambda session, _results: _health(session)),
    Read("issued CALs", SERVER, _issued),
    Read("one issued CAL", SERVER, _one_issued),
    Read("usage reports", SERVER, lambda session, _results: UsageReports(_server(session)).stored()),
    Read("report entries", SERVER, _report_entries),
    Read("licensing service", SERVER, lambda session, _results: WindowsService(session).state()),
    Read("database file", SERVER, _database_file),
    Read("session host", HOST, _host_settings),
    Read("grace period", HOST, lambda session, _results: SessionHost(session).grace_period_days()),
    Read("connectivity", HOST, _connectivity),
    Read("registered servers", HOST, lambda session, _results: SessionHost(session).registered_license_servers()),
    Read("found servers", HOST, lambda session, _results: SessionHost(session).find_license_servers()),
    Read(
        "host health", HOST, lambda session, _results: read_session_host(session, read_machine(session), events_days=1)
    ),
    *(
        read
        for subject in (SERVER, HOST)
        for read in (
            Read("absent file", subject, lambda session, _results: session.get(CIM_DATA_FILE, {"Name": _ABSENT_FILE})),
            Read("absent file by query", subject, lambda session, _results: _absent_by_query(session)),
            Read("absent class", subject, lambda session, _results: session.get(_ABSENT_CLASS, {"Name": "x"})),
            Read("absent class by query", subject, lambda session, _results: list(session.enumerate(_ABSENT_CLASS))),
        )
    ),
)


def _health(session: CimSession) -> t.Any:
    return read_license_server(session, read_machine(session), events_days=1)


def _host_health(session: CimSession) -> t.Any:
    return read_session_host(session, read_machine(session), events_days=1)


def _absent_by_query(session: CimSession) -> int:
    where = f"Name = {literal(_ABSENT_FILE)}"
    return len(list(session.enumerate(CIM_DATA_FILE, select(CIM_DATA_FILE, ("Name",), where))))
