# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Win32_OperatingSystem: which Windows this is."""

from __future__ import annotations

from datetime import timedelta

from tests.simulator import surroundings
from tests.simulator.model import catalog
from tests.simulator.wire.values import Values
from tests.simulator.wmi.provider import Call, Provider

_LOCALES = {"en": ("0409", 1033), "de": ("0407", 1031), "ru": ("0419", 1049), "zh": ("0804", 2052)}


class OperatingSystemProvider(Provider):
    """A singleton with the properties every Windows shows, not only those somebody needs here."""

    def instances(self, call: Call) -> list[Values]:
        server = call.server
        started = surroundings.started()
        release = catalog.release(server.info.windows_release)
        locale, language = _LOCALES.get(catalog.language_of(server.info.ui_language), _LOCALES["en"])
        caption = release["caption"]
        return [
            {
                "BootDevice": "\\Device\\HarddiskVolume1",
                "BuildNumber": release["version"].rsplit(".", 1)[1],
                "BuildType": "Multiprocessor Free",
                "Caption": caption,
                "CodeSet": "1252",
                "CountryCode": "1",
                "CreationClassName": "Win32_OperatingSystem",
                "CSCreationClassName": "Win32_ComputerSystem",
                "CSDVersion": None,
                "CSName": server.name.upper(),
                "CurrentTimeZone": 0,
                "DataExecutionPrevention_Available": True,
                "Debug": False,
                "Description": "",
                "Distributed": False,
                "EncryptionLevel": 256,
                "FreePhysicalMemory": 2_830_412,
                "InstallDate": started - timedelta(days=400, microseconds=started.microsecond),
                "LastBootUpTime": started - timedelta(days=9),
                "LocalDateTime": surroundings.utc_now() + timedelta(seconds=server.info.clock_offset_seconds),
                "Locale": locale,
                "Manufacturer": "Microsoft Corporation",
                "MaxNumberOfProcesses": 4_294_967_295,
                "MUILanguages": [server.info.ui_language],
                "Name": f"{caption}|C:\\Windows|\\Device\\Harddisk0\\Partition2",
                "NumberOfProcesses": 97,
                "OperatingSystemSKU": 7,
                "Organization": None,
                "OSArchitecture": "64-bit",
                "OSLanguage": language,
                "OSType": 18,
                "ProductType": 2 if server.info.on_domain_controller else 3,
                "RegisteredUser": "Windows User",
                "SerialNumber": server.state.product_id.replace("AA", "AB"),
                "ServicePackMajorVersion": 1 if server.info.windows_release == "2008_r2" else 0,
                "Status": "OK",
                "SystemDirectory": "C:\\Windows\\system32",
                "SystemDrive": "C:",
                "TotalVisibleMemorySize": 4_193_332,
                "Version": release["version"],
                "WindowsDirectory": "C:\\Windows",
            }
        ]
