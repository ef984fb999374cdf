# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which provider serves which class."""

from __future__ import annotations

from tests.simulator.wmi.data_file import DataFileProvider
from tests.simulator.wmi.event_log import EventLogFileProvider, EventProvider
from tests.simulator.wmi.issued_license import IssuedLicenseProvider
from tests.simulator.wmi.key_pack import KeyPackProvider
from tests.simulator.wmi.license_report import REPORT_ENTRY_CLASSES, LicenseReportProvider
from tests.simulator.wmi.license_server import LicenseServerProvider
from tests.simulator.wmi.machine import (
    ComputerSystemProvider,
    DeploymentLicensingProvider,
    LogicalDiskProvider,
    ServerFeatureProvider,
    WinrmConfigurationProvider,
)
from tests.simulator.wmi.operating_system import OperatingSystemProvider
from tests.simulator.wmi.provider import Provider
from tests.simulator.wmi.registry import RegistryProvider
from tests.simulator.wmi.service import ServiceProvider
from tests.simulator.wmi.session_host import SessionHostProvider

PROVIDERS: dict[str, Provider] = {
    "Win32_TSLicenseServer": LicenseServerProvider(),
    "Win32_TSLicenseKeyPack": KeyPackProvider(),
    "Win32_TSIssuedLicense": IssuedLicenseProvider(),
    "Win32_TSLicenseReport": LicenseReportProvider(),
    **dict.fromkeys(REPORT_ENTRY_CLASSES, Provider()),
    "Win32_TerminalServiceSetting": SessionHostProvider(),
    "Win32_TSDiscoveredLicenseServer": Provider(),
    "StdRegProv": RegistryProvider(),
    "Win32_OperatingSystem": OperatingSystemProvider(),
    "Win32_ComputerSystem": ComputerSystemProvider(),
    "Win32_ServerFeature": ServerFeatureProvider(),
    "Win32_LogicalDisk": LogicalDiskProvider(),
    "Win32_NTLogEvent": EventProvider(),
    "Win32_NTEventlogFile": EventLogFileProvider(),
    "Win32_Service": ServiceProvider(),
    "CIM_DataFile": DataFileProvider(),
    "Win32_TSDeploymentLicensing": DeploymentLicensingProvider(),
    "Config": WinrmConfigurationProvider(),
}
