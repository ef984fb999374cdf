# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The machine that the roles run on: its names, features, disks, the limits of WinRM, and a broker's licensing."""

from __future__ import annotations

import ntpath

from tests.simulator.wire import names
from tests.simulator.wire.faults import WmiError
from tests.simulator.wire.values import CimType, Embedded, Values
from tests.simulator.wmi.provider import Call, Provider

# IDs of Win32_ServerFeature.
_REMOTE_DESKTOP_SERVICES, _SESSION_HOST, _LICENSING = 18, 130, 131
_MEMBER_SERVER, _STANDALONE_SERVER, _DOMAIN_CONTROLLER = 3, 2, 5
_DISK_SIZE = 128 * 1024**3


class ComputerSystemProvider(Provider):
    def instances(self, call: Call) -> list[Values]:
        server = call.server
        member = server.state.part_of_domain
        role = _DOMAIN_CONTROLLER if server.info.on_domain_controller else _MEMBER_SERVER
        return [
            {
                "Name": server.name.upper(),
                "Caption": server.name.upper(),
                "DNSHostName": server.name.lower(),
                "Domain": server.domain if member else "WORKGROUP",
                "DomainRole": role if member else _STANDALONE_SERVER,
                "Manufacturer": "Winfleet",
                "Model": "Simulated",
                "NumberOfLogicalProcessors": 4,
                "PartOfDomain": member,
                "Roles": ["LM_Workstation", "LM_Server", "NT", "Server_NT"],
                "Status": "OK",
                "TotalPhysicalMemory": 4_293_906_432,
                "Workgroup": None if member else "WORKGROUP",
            }
        ]


class ServerFeatureProvider(Provider):
    def instances(self, call: Call) -> list[Values]:
        rows: list[Values] = []
        if call.server.state.session_host:
            rows.append(
                {"ID": _SESSION_HOST, "Name": "Remote Desktop Session Host", "ParentID": _REMOTE_DESKTOP_SERVICES}
            )
        if call.server.state.role_installed:
            rows.append({"ID": _LICENSING, "Name": "Remote Desktop Licensing", "ParentID": _REMOTE_DESKTOP_SERVICES})
        if rows:
            rows.append({"ID": _REMOTE_DESKTOP_SERVICES, "Name": "Remote Desktop Services", "ParentID": 0})
        return rows


class LogicalDiskProvider(Provider):
    def instances(self, call: Call) -> list[Values]:
        drives = {"C:", ntpath.splitdrive(call.server.state.database_file)[0].upper()}
        free = min(call.server.info.free_disk_mb * 1024**2, _DISK_SIZE)
        return [
            {
                "DeviceID": drive,
                "Caption": drive,
                "Description": "Local Fixed Disk",
                "DriveType": 3,
                "FileSystem": "NTFS",
                "FreeSpace": free,
                "Name": drive,
                "Size": _DISK_SIZE,
                "VolumeName": "",
            }
            for drive in sorted(drives)
        ]


class WinrmConfigurationProvider(Provider):
    """The configuration of WinRM ([MS-WSMV] 2.2.4.10), of which only some limits are shown."""

    def instances(self, call: Call) -> list[Values]:
        info = call.server.info
        if not call.account.is_administrator:
            raise WmiError(names.WBEM_E_ACCESS_DENIED)
        operations = ("MaxConcurrentOperationsPerUser", CimType("uint32"), info.winrm_max_operations_per_user)
        service = (("RootSDDL", CimType("string"), "O:NSG:BAD:P(A;;GA;;;BA)"), operations)
        return [
            {
                "MaxEnvelopeSizekb": info.winrm_max_envelope_size_kb,
                "MaxTimeoutms": info.winrm_max_timeout_ms,
                "MaxBatchItems": 32_000,
                "Service": Embedded("Service", service),
            }
        ]


class DeploymentLicensingProvider(Provider):
    """Win32_TSDeploymentLicensing: the licensing of a deployment, on its connection broker."""

    def instances(self, call: Call) -> list[Values]:
        broker = call.server.info.connection_broker
        if broker is None or call.server.info.windows_release == "2008_r2":
            raise WmiError(names.WBEM_E_INVALID_CLASS)
        return [
            {
                "Caption": None,
                "Description": None,
                "LicenseServers": list(broker.license_servers),
                "LicensingType": int(broker.licensing_type),
                "Name": None,
                "Status": None,
                "UseCentralLicensingSettings": broker.central,
            }
        ]
