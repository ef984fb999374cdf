# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The WMI classes of session hosts, the registry, the operating system, services and files, as data.

Sources: learn.microsoft.com/windows/win32/termserv/win32-terminalservicesetting, .../cimwin32prov (operating system,
service, file) and previous-versions/windows/desktop/regprov (StdRegProv).
"""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.signatures import define_class

CIMV2 = "root/cimv2"

# HowDiscovered and IsAdminOnLS are left out: the first is no longer supported, the second is about the account.
_DISCOVERED_LICENSE_SERVER = define_class(
    "Win32_TSDiscoveredLicenseServer",
    "root/cimv2/TerminalServices",
    properties="""
        key string LicenseServer
        uint32 IsLSAvailable
        uint32 IssuingCALs
    """,
)

TERMINAL_SERVICE_SETTING = define_class(
    "Win32_TerminalServiceSetting",
    "root/cimv2/TerminalServices",
    properties="""
        key string ServerName
        uint32 TerminalServerMode
        uint32 LicensingType
        uint32 PolicySourceLicensingType
        uint32 PossibleLicensingTypes
        string LicensingName
        string LicensingDescription
        string DirectConnectLicenseServers
        uint32 PolicySourceDirectConnectLicenseServers
        uint32 PolicySourceConfiguredLicenseServers
    """,
    methods="""
        instance ChangeMode(in uint32 LicensingType)
        instance EmptySpecifiedLicenseServerList()
        instance reads FindLicenseServers(
            out Win32_TSDiscoveredLicenseServer[] LicenseServersList, out uint32 Count)
        instance reads GetGracePeriodDays(out uint32 DaysLeft)
        instance reads GetRegisteredLicenseServerList(out string[] RegisteredLSList)
        instance reads GetSpecifiedLicenseServerList(out string[] SpecifiedLSList)
        instance reads GetTStoLSConnectivityStatus(in string ServerName, out uint32 TStoLSConnectivityStatus)
        instance SetSpecifiedLicenseServerList(in string[] SpecifiedLSList)
    """,
    embedded=(_DISCOVERED_LICENSE_SERVER,),
)

# Has no instances. Return values: 0 done, 1 no such value, 2 no such key, 5 access denied.
STD_REG_PROV = define_class(
    "StdRegProv",
    "root/default",
    methods="""
        CreateKey(in uint32 hDefKey, in string sSubKeyName)
        reads EnumKey(in uint32 hDefKey, in string sSubKeyName, out string[] sNames)
        reads EnumValues(in uint32 hDefKey, in string sSubKeyName, out string[] sNames, out sint32[] Types)
        reads GetStringValue(in uint32 hDefKey, in string sSubKeyName, in string sValueName, out string sValue)
        SetStringValue(in uint32 hDefKey, in string sSubKeyName, in string sValueName, in string sValue)
        reads GetMultiStringValue(in uint32 hDefKey, in string sSubKeyName, in string sValueName, out string[] sValue)
        reads GetDWORDValue(in uint32 hDefKey, in string sSubKeyName, in string sValueName, out uint32 uValue)
        DeleteValue(in uint32 hDefKey, in string sSubKeyName, in string sValueName)
    """,
)

WIN32_OPERATING_SYSTEM = define_class(
    "Win32_OperatingSystem",
    CIMV2,
    singleton=True,
    properties="""
        string Caption
        string Version
        string BuildNumber
        uint32 ProductType
        string CSName
        string SerialNumber
        datetime LocalDateTime
        string[] MUILanguages
    """,
)

WIN32_SERVICE = define_class(
    "Win32_Service",
    CIMV2,
    properties="""
        key string Name
        string DisplayName
        string State
        string StartMode
        boolean Started
        uint32 ExitCode
    """,
    methods="""
        instance StartService()
        instance StopService()
    """,
)

CIM_DATA_FILE = define_class(
    "CIM_DataFile",
    CIMV2,
    properties="""
        key string Name
        uint64 FileSize
        datetime LastModified
    """,
    methods="instance Rename(in string FileName)",
)

# Deprecated since Windows Server 2012 R2 and still there; 131 is Remote Desktop Licensing.
WIN32_SERVER_FEATURE = define_class("Win32_ServerFeature", CIMV2, properties="key uint32 ID\nstring Name")

WIN32_COMPUTER_SYSTEM = define_class(
    "Win32_ComputerSystem",
    CIMV2,
    properties="""
        key string Name
        string Domain
        boolean PartOfDomain
    """,
)

WIN32_LOGICAL_DISK = define_class(
    "Win32_LogicalDisk",
    CIMV2,
    properties="""
        key string DeviceID
        uint64 FreeSpace
        uint64 Size
    """,
)

# Classic logs only. Without a condition on Logfile every log is read, the Security log included.
WIN32_NT_LOG_EVENT = define_class(
    "Win32_NTLogEvent",
    CIMV2,
    properties="""
        key string Logfile
        key uint32 RecordNumber
        uint16 EventCode
        uint8 EventType
        string SourceName
        datetime TimeGenerated
        string[] InsertionStrings
    """,
)

WIN32_NT_EVENTLOG_FILE = define_class(
    "Win32_NTEventlogFile", CIMV2, properties="key string Name\nstring LogfileName\nuint32 NumberOfRecords"
)

# On a connection broker, since Windows Server 2012. The rest is ignored unless UseCentralLicensingSettings is set.
TS_DEPLOYMENT_LICENSING = define_class(
    "Win32_TSDeploymentLicensing",
    "root/cimv2/TerminalServices",
    properties="""
        boolean UseCentralLicensingSettings
        string[] LicenseServers
        uint32 LicensingType
    """,
)

_WINRM_SERVICE = define_class("Service", "", properties="uint32 MaxConcurrentOperationsPerUser")
# Not a class of WMI; source: [MS-WSMV] 2.2.4.10.
WINRM_CONFIG = replace(
    define_class(
        "Config",
        "winrm/config",
        singleton=True,
        properties="""
            uint32 MaxEnvelopeSizekb
            uint32 MaxTimeoutms
            Service Service
        """,
        embedded=(_WINRM_SERVICE,),
    ),
    uri="http://schemas.microsoft.com/wbem/wsman/1/config",
)
