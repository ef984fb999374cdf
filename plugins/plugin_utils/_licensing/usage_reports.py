# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The usage reports that a license server stores, and their entries (Win32_TSLicenseReport).

A report is a file: its entries do not change between two pages. Making one is a write, and it stays until somebody
deletes it.
Source: learn.microsoft.com/windows/win32/termserv/win32-tslicensereport and the pages of its methods.
"""

from __future__ import annotations

import datetime
import typing as t
from collections.abc import Iterator
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.instances import CimInstance, MethodResult
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import product_version_name
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import (
    CallRefused,
    asking,
    invoke,
    refusal,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_report_classes import (
    TS_LICENSE_REPORT,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanFault

# The constant of the API is given as 0x4001 on two method pages and as 4001 on the pages of the API.
_END_OF_DATA: t.Final = (0x4001, 4001)
# A response to Invoke must fit into one envelope: 100 entries of some 500 bytes fit into 150 KB.
_PAGE: t.Final = 100

SCOPES: t.Final[dict[str, int]] = {"domain": 1, "organizational_unit": 2, "all_trusted_domains": 3}

# Kind of entries to the Fetch method, its array, and how the properties are called in results.
_KINDS: t.Final[dict[str, tuple[str, str, dict[str, str]]]] = {
    "summary": (
        "FetchReportSummaryEntries",
        "ReportSummaryEntries",
        {
            "TSCALType": "cal_type_text",
            "InstalledLicenses": "installed",
            "IssuedLicenses": "issued",
            "TSCALAvailability": "availability_text",
        },
    ),
    "per_user": (
        "FetchReportEntries",
        "ReportEntries",
        {"User": "user", "ExpirationDate": "expires", "CALType": "cal_type_text"},
    ),
    "per_device": (
        "FetchReportPerDeviceEntries",
        "ReportPerDeviceEntries",
        {
            "sIssuedToComputer": "computer",
            "sHardwareId": "hardware_id",
            "ExpirationDate": "expires",
            "CALType": "cal_type_text",
        },
    ),
    "failed_per_user": (
        "FetchReportFailedPerUserEntries",
        "ReportFailedPerUserEntries",
        {"User": "user", "TriedIssuanceOn": "tried", "CALType": "cal_type_text"},
    ),
    "failed_by_domain": (
        "FetchReportFailedPerUserSummaryEntries",
        "ReportFailedPerUserSummaryEntries",
        {"DomainName": "domain", "FailedIssuanceCount": "failed"},
    ),
}
REPORT_ENTRIES: t.Final = tuple(_KINDS)


@dataclass(frozen=True)
class StoredReport:
    """A report on the server. C(file_name) selects it; its form is not published, so it is taken as it is."""

    file_name: str
    generated: datetime.datetime | None
    version: int | None

    def describe(self) -> dict[str, t.Any]:
        """The report as results show it."""
        generated = self.generated.isoformat() if self.generated else None
        return {"file_name": self.file_name, "generated": generated, "version": self.version}


class UsageReports:
    """The usage reports of one license server."""

    def __init__(self, server: LicenseServer) -> None:
        self._server = server

    def stored(self) -> tuple[StoredReport, ...]:
        """Every report, the newest first; one without a date comes last."""
        with asking(self._server.name, "reading the usage reports"):
            instances = list(self._server.session.enumerate(TS_LICENSE_REPORT))
        reports = [
            StoredReport(
                each.text("FileName") or "",
                each.moment("GenerationDateTime"),
                each.number("Version"),
            )
            for each in instances
        ]
        oldest = datetime.datetime.min.replace(tzinfo=datetime.timezone.utc)
        return tuple(sorted(reports, key=lambda report: report.generated or oldest, reverse=True))

    def generate(self, scope: tuple[int, str] | None = None) -> str:
        """Make a report and give its file name. C(scope) is for Windows Server 2008 and 2008 R2, which want one.

        Raises:
            CallRefused: the server rejected the call. WsmanError: no response; a report may have been made.
        """
        what = "generating a usage report"
        if scope is None:
            advice = "a server with Windows Server 2008 R2 or earlier needs report_scope"
            values = invoke(self._server.session, TS_LICENSE_REPORT, "GenerateReportEx", what=what, advice=advice)
        else:
            arguments = {"ScopeType": scope[0], "ScopeValue": scope[1]}
            advice = "Windows Server 2012 and later take no scope: remove report_scope"
            hints = {0x8004100C: advice}
            values = invoke(
                self._server.session, TS_LICENSE_REPORT, "GenerateReport", arguments, what=what, hints=hints
            )
        return str(values.get("FileName") or "")

    def delete(self, file_name: str) -> None:
        """Delete a report. Raises CallRefused, WsmanError."""
        invoke(
            self._server.session,
            TS_LICENSE_REPORT,
            "DeleteReport",
            what=f"deleting the usage report '{file_name}'",
            selectors={"FileName": file_name},
        )

    def entries(self, file_name: str, kind: str) -> Iterator[dict[str, t.Any]]:
        """The entries of a kind (one of C(REPORT_ENTRIES)), page by page, as results show them.

        Raises:
            CallRefused: the server rejected the call, for example because somebody deleted the report meanwhile.
        """
        method, array, names = _KINDS[kind]
        start, count = 0, _PAGE
        while True:
            try:
                result = self._fetch(file_name, method, start, count)
            except WsmanFault as fault:
                if (fault.too_large or fault.quota_exceeded) and count > 1:
                    count //= 2
                    continue
                raise
            found = result.instances(array)
            for entry in found:
                yield _describe(entry, names)
            start += len(found)
            if result.return_value or len(found) < count or result.number("Count") == 0:
                return

    def _fetch(self, file_name: str, method: str, start: int, count: int) -> MethodResult:
        what = f"reading the usage report '{file_name}'"
        try:
            with asking(self._server.name, what):
                result = self._server.session.invoke(
                    TS_LICENSE_REPORT, method, {"StartIndex": start, "Count": count}, {"FileName": file_name}
                )
        except CallRefused as refused:
            fault = refused.__cause__
            raise fault if isinstance(fault, WsmanFault) and refused.quota_exceeded else refused from None
        if result.return_value and result.return_value not in _END_OF_DATA:
            message = refusal(self._server.name, f"{what} ({method})", result.return_value)
            raise CallRefused(message, result.return_value)
        return result


def _describe(entry: CimInstance, names: dict[str, str]) -> dict[str, t.Any]:
    values = {shown: _shown(entry.values.get(name)) for name, shown in names.items()}
    if "ProductVersionID" in entry.values:
        version = entry.number("ProductVersionID")
        values["product_version"] = None if version is None else product_version_name(version)
        values["product_version_id"] = version
        values["product_version_text"] = entry.text("ProductVersion") or ""
    return values


def _shown(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime.datetime) else value
