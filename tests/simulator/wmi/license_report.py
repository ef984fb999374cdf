# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Win32_TSLicenseReport: stored usage reports, and their entries page by page.

Which form FileName has, and whether the end of data comes with the last entries or behind them, is not published: the
form here is made up, and `report_end` of the fleet file sets the return value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from tests.simulator import surroundings
from tests.simulator.clearinghouse.refusal import RefusalError
from tests.simulator.model import catalog
from tests.simulator.model.fleet import Server
from tests.simulator.model.state import IssuedLicenseState, ReportState
from tests.simulator.wire import names
from tests.simulator.wire.faults import WmiError
from tests.simulator.wire.values import Embedded, Value, Values
from tests.simulator.wmi import schema
from tests.simulator.wmi.licensing import LicensingProvider, moment, number_argument
from tests.simulator.wmi.provider import Call, Outcome

_SINCE_2012 = (6, 2)
_ACTIVE = 2
_END_OF_DATA = {"0x4001": 0x4001, "4001": 4001, "success": 0}
_Row = dict[str, Value]
_Rows = Callable[[Server, ReportState], list[_Row]]


class LicenseReportProvider(LicensingProvider):
    """Who is no administrator sees no reports."""

    def instances(self, call: Call) -> list[Values]:
        self.check(call)
        if not call.account.is_administrator:
            return []
        return [
            {
                "FileName": report.file_name,
                "LicenseUsageCount": None,
                "InstalledLicenses": None,
                "GenerationDateTime": moment(report.generated),
                "ScopeType": None,
                "ScopeValue": None,
                "Version": 2,
            }
            for report in call.server.state.reports
        ]

    def invoke(self, call: Call, method: str, arguments: Values, instance: Values | None) -> Outcome:
        self.check(call)
        if method in _METHODS_OF_2012 and call.server.release_number < _SINCE_2012:
            raise WmiError(names.WBEM_E_INVALID_METHOD)
        handlers = {"GenerateReportEx": _generate, "GenerateReport": _not_supported, "DeleteReport": _delete}
        if method in handlers:
            return self.run(call, handlers, method, {**arguments, **(instance or {})})
        return self.run(call, {method: _fetch(method, instance or {})}, method, arguments)


def _generate(call: Call, _arguments: Values) -> Outcome:
    state = call.server.state
    report = ReportState(
        file_name=f"Report {state.next_report:04d} - C:\\Windows\\system32\\lserver\\usage {state.next_report}.xml",
        generated=surroundings.utc_now().replace(microsecond=0).isoformat(),
        issued=[IssuedLicenseState(**vars(entry)) for entry in call.server.database.issued],
        failed=list(call.server.info.unrecorded_users),
    )
    state.next_report += 1
    state.reports.append(report)
    return Outcome(values={"FileName": report.file_name})


def _not_supported(_call: Call, _arguments: Values) -> Outcome:
    raise RefusalError("not_supported", "GenerateReport is for Windows Server 2008 and 2008 R2")


def _delete(call: Call, arguments: Values) -> Outcome:
    call.server.state.reports.remove(_report(call.server, arguments))
    return Outcome()


def _report(server: Server, instance: Values) -> ReportState:
    return next(each for each in server.state.reports if each.file_name == instance["FileName"])


def _fetch(method: str, instance: Values) -> Callable[[Call, Values], Outcome]:
    array, class_name, rows_of = _FETCHED[method]

    def handler(call: Call, arguments: Values) -> Outcome:
        start = number_argument(arguments, "StartIndex")
        count = number_argument(arguments, "Count")
        rows = rows_of(call.server, _report(call.server, instance))
        page = rows[start : start + count] if count else rows[start:]
        properties = schema.classes()[class_name].properties
        entries = [
            Embedded(class_name, tuple((name, properties[name].type, row[name]) for name in properties)) for row in page
        ]
        end = 0 if page else _END_OF_DATA[call.server.info.behaviour.report_end]
        return Outcome(end, {array: entries, "Count": len(entries)})

    return handler


def _version(server: Server, version: int) -> _Row:
    return {
        "ProductVersion": catalog.version_text(version, server.info.ui_language),
        "ProductVersionID": version,
    }


def _issued(server: Server, report: ReportState, product_type: int) -> list[tuple[IssuedLicenseState, _Row]]:
    """Active rows of purchased packs of a type, and what their entries have in common."""
    packs = {pack.key_pack_id: pack for pack in server.database.packs}
    rows = []
    for entry in report.issued:
        pack = packs.get(entry.key_pack_id)
        if pack and pack.product_type == product_type and not pack.is_protected and entry.status == _ACTIVE:
            common: _Row = {
                "ExpirationDate": moment(entry.expires_on),
                "CALType": pack.type_and_model,
                **_version(server, pack.product_version_id),
            }
            rows.append((entry, common))
    return rows


def _user_rows(server: Server, report: ReportState) -> list[_Row]:
    return [{"User": entry.user, **common} for entry, common in _issued(server, report, catalog.PER_USER)]


def _device_rows(server: Server, report: ReportState) -> list[_Row]:
    return [
        {"sIssuedToComputer": entry.computer, "sHardwareId": entry.hardware_id, **common}
        for entry, common in _issued(server, report, catalog.PER_DEVICE)
    ]


def _newest_version(server: Server) -> int:
    return int(min(catalog.release(server.info.windows_release)["highest_cal"], 8))


def _failed_rows(server: Server, report: ReportState) -> list[_Row]:
    version = _newest_version(server)
    return [
        {
            "User": user,
            "TriedIssuanceOn": moment(report.generated),
            "CALType": catalog.type_and_model(version, catalog.PER_USER),
            **_version(server, version),
        }
        for user in report.failed
    ]


def _failed_domain_rows(_server: Server, report: ReportState) -> list[_Row]:
    domains = Counter(user.partition("\\")[0] for user in report.failed)
    return [{"DomainName": name, "FailedIssuanceCount": number} for name, number in sorted(domains.items())]


def _summary_rows(server: Server, _report: ReportState) -> list[_Row]:
    totals: dict[tuple[int, int], list[int]] = {}
    for pack in server.database.packs:
        if not pack.is_protected:
            sums = totals.setdefault((pack.product_version_id, pack.product_type), [0, 0])
            sums[0] += pack.total
            sums[1] += pack.issued
    return [
        {
            **_version(server, version),
            "TSCALType": "Per User" if product_type == catalog.PER_USER else "Per Device",
            "InstalledLicenses": installed,
            "IssuedLicenses": issued,
            "TSCALAvailability": "Available" if issued < installed else "None",
        }
        for (version, product_type), (installed, issued) in sorted(totals.items())
    ]


_FETCHED: dict[str, tuple[str, str, _Rows]] = {
    "FetchReportEntries": ("ReportEntries", "Win32_TSLicenseReportEntry", _user_rows),
    "FetchReportPerDeviceEntries": (
        "ReportPerDeviceEntries",
        "Win32_TSLicenseReportPerDeviceEntry",
        _device_rows,
    ),
    "FetchReportFailedPerUserEntries": (
        "ReportFailedPerUserEntries",
        "Win32_TSLicenseReportFailedPerUserEntry",
        _failed_rows,
    ),
    "FetchReportFailedPerUserSummaryEntries": (
        "ReportFailedPerUserSummaryEntries",
        "Win32_TSLicenseReportFailedPerUserSummaryEntry",
        _failed_domain_rows,
    ),
    "FetchReportSummaryEntries": (
        "ReportSummaryEntries",
        "Win32_TSLicenseReportSummaryEntry",
        _summary_rows,
    ),
}
_METHODS_OF_2012 = {"GenerateReportEx", *_FETCHED} - {"FetchReportEntries", "FetchReportSummaryEntries"}
REPORT_ENTRY_CLASSES = tuple(class_name for _array, class_name, _rows in _FETCHED.values())
