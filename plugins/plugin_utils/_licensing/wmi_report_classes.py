# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The WMI classes of per user and per device CAL usage reports, and the entries they hold.

Source: learn.microsoft.com/windows/win32/termserv/win32-tslicensereport and the pages of the entry classes.
"""

from __future__ import annotations

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.signatures import define_class

CIMV2 = "root/cimv2"

TS_LICENSE_REPORT_ENTRY = define_class(
    "Win32_TSLicenseReportEntry",
    CIMV2,
    properties="""
        key string User
        datetime ExpirationDate
        string CALType
        string ProductVersion
        uint32 ProductVersionID
    """,
)

TS_LICENSE_REPORT_SUMMARY_ENTRY = define_class(
    "Win32_TSLicenseReportSummaryEntry",
    CIMV2,
    properties="""
        string ProductVersion
        uint32 ProductVersionID
        string TSCALType
        uint32 InstalledLicenses
        uint32 IssuedLicenses
        string TSCALAvailability
    """,
)

TS_LICENSE_REPORT_PER_DEVICE_ENTRY = define_class(
    "Win32_TSLicenseReportPerDeviceEntry",
    CIMV2,
    properties="""
        string sIssuedToComputer
        key string sHardwareId
        datetime ExpirationDate
        string CALType
        string ProductVersion
        uint32 ProductVersionID
    """,
)

TS_LICENSE_REPORT_FAILED_PER_USER_ENTRY = define_class(
    "Win32_TSLicenseReportFailedPerUserEntry",
    CIMV2,
    properties="""
        key string User
        datetime TriedIssuanceOn
        string CALType
        string ProductVersion
        uint32 ProductVersionID
    """,
)

TS_LICENSE_REPORT_FAILED_PER_USER_SUMMARY_ENTRY = define_class(
    "Win32_TSLicenseReportFailedPerUserSummaryEntry",
    CIMV2,
    properties="""
        key string DomainName
        uint32 FailedIssuanceCount
    """,
)

TS_LICENSE_REPORT = define_class(
    "Win32_TSLicenseReport",
    CIMV2,
    properties="""
        key string FileName
        uint32 LicenseUsageCount
        uint32 InstalledLicenses
        datetime GenerationDateTime
        uint32 ScopeType
        string ScopeValue
        uint32 Version
    """,
    methods="""
        instance DeleteReport()
        instance reads FetchReportEntries(
            in uint32 StartIndex, inout uint32 Count, out Win32_TSLicenseReportEntry[] ReportEntries)
        instance reads FetchReportFailedPerUserEntries(
            in uint32 StartIndex, inout uint32 Count,
            out Win32_TSLicenseReportFailedPerUserEntry[] ReportFailedPerUserEntries)
        instance reads FetchReportFailedPerUserSummaryEntries(
            in uint32 StartIndex, inout uint32 Count,
            out Win32_TSLicenseReportFailedPerUserSummaryEntry[] ReportFailedPerUserSummaryEntries)
        instance reads FetchReportPerDeviceEntries(
            in uint32 StartIndex, inout uint32 Count,
            out Win32_TSLicenseReportPerDeviceEntry[] ReportPerDeviceEntries)
        instance reads FetchReportSummaryEntries(
            in uint32 StartIndex, inout uint32 Count,
            out Win32_TSLicenseReportSummaryEntry[] ReportSummaryEntries)
        GenerateReport(in uint32 ScopeType, in string ScopeValue, out string FileName)
        GenerateReportEx(out string FileName)
    """,
    embedded=(
        TS_LICENSE_REPORT_ENTRY,
        TS_LICENSE_REPORT_SUMMARY_ENTRY,
        TS_LICENSE_REPORT_PER_DEVICE_ENTRY,
        TS_LICENSE_REPORT_FAILED_PER_USER_ENTRY,
        TS_LICENSE_REPORT_FAILED_PER_USER_SUMMARY_ENTRY,
    ),
)
