# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every read that a module makes, in the same form: the probe calls the functions that the modules call.

Reads of something that does not exist are among them, because faults differ most between servers. How much is read does
not grow with the server: of long lists only the beginning.
"""

from __future__ import annotations

import itertools
import ntpath
import typing as t
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.observation import dns_name
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.schema import CimClass
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.session import CimSession
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.signatures import define_class
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.wql import literal, select
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.reading import (
    Wanted,
    read_deployment,
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
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import Operation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused, asking
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.record import (
    HISTORY_KEY,
    OPERATIONS_KEY,
    UNFINISHED_KEY,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.registry import Registry
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.session_host import SessionHost
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.usage_reports import (
    REPORT_ENTRIES,
    UsageReports,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.windows_service import WindowsService
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_classes import (
    TS_ISSUED_LICENSE,
    TS_LICENSE_KEY_PACK,
    TS_LICENSE_REPORT,
    TS_LICENSE_SERVER,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_windows_classes import (
    CIM_DATA_FILE,
    STD_REG_PROV,
    TERMINAL_SERVICE_SETTING,
    TS_DEPLOYMENT_LICENSING,
    WIN32_COMPUTER_SYSTEM,
    WIN32_LOGICAL_DISK,
    WIN32_NT_EVENTLOG_FILE,
    WIN32_NT_LOG_EVENT,
    WIN32_OPERATING_SYSTEM,
    WIN32_SERVER_FEATURE,
    WIN32_SERVICE,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.recorder import RecordingTransport
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanError

SERVER: t.Final = "license_server"
HOST: t.Final = "session_host"
REGISTRY_TRIAL: t.Final = "registry trial"
_ABSENT_CLASS: t.Final = define_class("Win32_WinfleetProbe", "root/cimv2", properties="key string Name")
_ABSENT_FILE: t.Final = "C:\\winfleet-probe-does-not-exist.txt"
_ABSENT_VALUE: t.Final = "winfleet-probe-does-not-exist"
_MOST_ISSUED: t.Final = 200
_MOST_ENTRIES: t.Final = 200
_FIRST_OF_HISTORY: t.Final = "000000"
_ABSENT_HOST: t.Final = "winfleet-probe"
_BOTH_READ: t.Final = (
    STD_REG_PROV,
    WIN32_OPERATING_SYSTEM,
    WIN32_COMPUTER_SYSTEM,
    WIN32_NT_LOG_EVENT,
    WIN32_NT_EVENTLOG_FILE,
)
_CLASSES: t.Final[dict[str, tuple[CimClass, ...]]] = {
    SERVER: (
        TS_LICENSE_SERVER,
        TS_LICENSE_KEY_PACK,
        TS_ISSUED_LICENSE,
        TS_LICENSE_REPORT,
        WIN32_SERVICE,
        CIM_DATA_FILE,
        WIN32_LOGICAL_DISK,
        WIN32_SERVER_FEATURE,
        *_BOTH_READ,
    ),
    HOST: (TERMINAL_SERVICE_SETTING, TS_DEPLOYMENT_LICENSING, *_BOTH_READ),
}


@dataclass(frozen=True)
class ReadResult:
    """What a read gave: a value, or the text of its error. C(not_found): the server says that it is not there."""

    value: t.Any = None
    error: str = ""
    not_found: bool = False


Results = dict[str, ReadResult]


@dataclass(frozen=True)
class Read:
    """A read under its label, made on one kind of host."""

    label: str
    subject: str
    run: Callable[[CimSession, Results], t.Any]


def make_reads(
    session: CimSession,
    recorder: RecordingTransport,
    subjects: tuple[str, ...],
    reads: Sequence[Read] | None = None,
) -> Results:
    """Make every read of the subjects, or some of them; one that fails is a result too."""
    results: Results = {}
    for read in READS if reads is None else reads:
        if read.subject in subjects and read.label not in results:
            recorder.label = read.label
            results[read.label] = _result(read, session, results)
    return results


def _result(read: Read, session: CimSession, results: Results) -> ReadResult:
    try:
        return ReadResult(read.run(session, results))
    except CallRefused as refused:
        return ReadResult(error=_one_line(refused), not_found=refused.not_found)
    except (LicensingError, WsmanError) as error:
        return ReadResult(error=_one_line(error))


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def declaration_label(cim_class: CimClass) -> str:
    """The label of the read of a class declaration."""
    return f"declaration of {cim_class.name}"


def _issued(session: CimSession, _results: Results) -> list[IssuedCal]:
    return list(itertools.islice(read_issued_cals(LicenseServer(session)), _MOST_ISSUED))


def _one_issued(session: CimSession, results: Results) -> IssuedCal | None:
    cals: list[IssuedCal] = results["issued CALs"].value or []
    if not cals:
        return None
    server = LicenseServer(session)
    packs = [pack.key_pack_id for pack in results["key packs"].value or ()]
    for ids in ([cals[0].key_pack_id], packs[:2]):
        list(itertools.islice(read_issued_cals(server, ids), _MOST_ISSUED))
    return read_issued_cal(server, cals[0])


def _report_entries(session: CimSession, results: Results) -> dict[str, int]:
    """The first entries of each kind of the newest stored report; none is generated, for that would be a write."""
    stored = results["usage reports"].value or ()
    if not stored:
        return {}
    entries = UsageReports(LicenseServer(session)).entries
    return {
        kind: sum(1 for _entry in itertools.islice(entries(stored[0].file_name, kind), _MOST_ENTRIES))
        for kind in REPORT_ENTRIES
    }


def _database_file(session: CimSession, results: Results) -> bool | None:
    properties = results["license server"].value
    if properties is None or not properties.database_path:
        return None
    return DataFiles(session).exists(ntpath.join(properties.database_path, "TLSLic.edb"))


def _key_packs(session: CimSession, results: Results, number: int) -> int:
    packs = results["key packs"].value or ()
    ids = [pack.key_pack_id for pack in packs[:number]]
    return len(LicenseServer(session).key_packs_with_id(*ids)) if ids else 0


def _record(session: CimSession, _results: Results) -> tuple[Operation, ...]:
    return LicenseServer(session).recorded_operations().operations


def _record_values(*keys: str) -> Callable[[CimSession, Results], int]:
    """The values of keys of the record, and one of each: the first, or one that is not there."""

    def run(session: CimSession, _results: Results) -> int:
        registry, found = Registry(session), 0
        for key in keys:
            names = registry.value_names(key)
            found += len(names)
            registry.read_string(key, next(iter(names), _ABSENT_VALUE))
        return found

    return run


def _history(session: CimSession, results: Results) -> int:
    """The key of the history, and the first of those below it."""
    below = Registry(session).key_names(HISTORY_KEY) or (_FIRST_OF_HISTORY,)
    return _record_values(HISTORY_KEY, f"{HISTORY_KEY}\\{below[0]}")(session, results)


def _connectivity(session: CimSession, results: Results) -> t.Any:
    settings = results["session host"].value
    return SessionHost(session).connectivity(settings.license_servers) if settings else ()


_EVERYTHING: t.Final = Wanted(events_days=1, extended=True, everything=True)


def _health(session: CimSession, _results: Results) -> t.Any:
    return read_license_server(session, read_machine(session), _EVERYTHING)


def _host_health(session: CimSession, _results: Results) -> t.Any:
    return read_session_host(session, read_machine(session), _EVERYTHING)


def _deployment(session: CimSession, results: Results) -> t.Any:
    """What a connection broker sets; any other host has no such class."""
    facts = results["health of the host"].value
    if facts is None:
        return None
    read_deployment(session, facts)
    return facts.values.get("deployment")


def _absent(session: CimSession, cim_class: CimClass, name: str) -> t.Any:
    with asking(session.server, f"reading {cim_class.name}"):
        return session.get(cim_class, {"Name": name})


def _absent_by_query(session: CimSession, _results: Results) -> int:
    where = f"Name = {literal(_ABSENT_FILE)}"
    return len(list(session.enumerate(CIM_DATA_FILE, select(CIM_DATA_FILE, ("Name",), where))))


def _declaration(cim_class: CimClass) -> Callable[[CimSession, Results], t.Any]:
    return lambda session, _results: session.declaration(cim_class)


def _reads_of_both(subject: str) -> tuple[Read, ...]:
    return (
        Read("server clock by query", subject, lambda session, _results: server_time(LicenseServer(session))),
        Read("absent file", subject, lambda session, _results: _absent(session, CIM_DATA_FILE, _ABSENT_FILE)),
        Read("absent file by query", subject, _absent_by_query),
        Read("absent class", subject, lambda session, _results: _absent(session, _ABSENT_CLASS, "x")),
        Read("absent class by query", subject, lambda session, _results: list(session.enumerate(_ABSENT_CLASS))),
        *(Read(declaration_label(each), subject, _declaration(each)) for each in _CLASSES[subject]),
    )


READS: t.Final = (
    Read("license server", SERVER, lambda session, _results: LicenseServer(session).properties()),
    Read("activation", SERVER, lambda session, _results: LicenseServer(session).activation()),
    Read("Windows release", SERVER, lambda session, _results: LicenseServer(session).windows_release()),
    Read("server clock", SERVER, lambda session, _results: LicenseServer(session).now()),
    Read("key packs", SERVER, lambda session, _results: LicenseServer(session).key_packs()),
    Read("one key pack", SERVER, lambda session, results: _key_packs(session, results, 1)),
    Read("some key packs", SERVER, lambda session, results: _key_packs(session, results, 2)),
    Read("registrations", SERVER, lambda session, _results: LicenseServer(session).registrations()),
    Read("allowed host", SERVER, lambda session, _results: LicenseServer(session).is_access_allowed(_ABSENT_HOST)),
    Read("network name", SERVER, lambda session, _results: dns_name(LicenseServer(session), "")),
    Read("connection method", SERVER, lambda session, _results: LicenseServer(session).record.connection_method()),
    Read("operation record", SERVER, _record),
    Read("values of the record", SERVER, _record_values(OPERATIONS_KEY, UNFINISHED_KEY)),
    Read("history of the record", SERVER, _history),
    Read("health", SERVER, _health),
    Read("issued CALs", SERVER, _issued),
    Read("one issued CAL", SERVER, _one_issued),
    Read("usage reports", SERVER, lambda session, _results: UsageReports(LicenseServer(session)).stored()),
    Read("report entries", SERVER, _report_entries),
    Read("licensing service", SERVER, lambda session, _results: WindowsService(session).state()),
    Read("database file", SERVER, _database_file),
    Read("session host", HOST, lambda session, _results: SessionHost(session).settings()),
    Read("grace period", HOST, lambda session, _results: SessionHost(session).grace_period_days()),
    Read("connectivity", HOST, _connectivity),
    Read("registered servers", HOST, lambda session, _results: SessionHost(session).registered_license_servers()),
    Read("found servers", HOST, lambda session, _results: SessionHost(session).find_license_servers()),
    Read("health of the host", HOST, _host_health),
    Read("deployment", HOST, _deployment),
    *_reads_of_both(SERVER),
    *_reads_of_both(HOST),
)
