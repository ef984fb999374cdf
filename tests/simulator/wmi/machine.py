# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Win32_ComputerSystem, Win32_ServerFeature, Win32_LogicalDisk: the machine that the roles run on."""

from __future__ import annotations

import ntpath

from tests.simulator.wire.values import Values
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
