# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""CIM_DataFile: files and their renaming. The license database is such a file, and locked while its service runs."""

from __future__ import annotations

import ntpath

from tests.simulator.model.state import FileState
from tests.simulator.wire import names
from tests.simulator.wire.faults import WmiError
from tests.simulator.wire.values import Values
from tests.simulator.wmi.licensing import moment
from tests.simulator.wmi.provider import Call, Outcome, Provider
from tests.simulator.wmi.service import state_of

_DONE, _DENIED, _EXISTS, _OTHER_DRIVE, _SHARING, _BAD_PARAMETER = 0, 2, 10, 13, 15, 21
_FORBIDDEN = set('<>"|?*')


class DataFileProvider(Provider):
    def instances(self, call: Call) -> list[Values]:
        missing = call.server.state.database_file.lower() if call.server.info.database_missing else ""
        return [_row(call, file) for path, file in call.server.state.files.items() if path != missing]

    def invoke(self, call: Call, method: str, arguments: Values, instance: Values | None) -> Outcome:
        if method != "Rename":
            raise WmiError(names.WBEM_E_INVALID_METHOD)
        assert instance is not None
        target = arguments.get("FileName")
        return Outcome(_rename(call, str(instance["Name"]), target if isinstance(target, str) else ""))


def _rename(call: Call, source: str, target: str) -> int:
    """The return value of Rename; never overwrites, never moves to another drive."""
    files = call.server.state.files
    drive, rest = ntpath.splitdrive(target)
    is_database = source.lower() == call.server.state.database_file.lower()
    obstacles = (
        (not drive or not rest.startswith("\\") or _FORBIDDEN & set(rest), _BAD_PARAMETER),
        (not call.account.is_administrator, _DENIED),
        (drive.lower() != ntpath.splitdrive(source)[0].lower(), _OTHER_DRIVE),
        (target.lower() in files, _EXISTS),
        (is_database and _is_in_use(call), _SHARING),
    )
    for is_in_the_way, code in obstacles:
        if is_in_the_way:
            return code
    file = files.pop(source.lower())
    file.name = target
    files[target.lower()] = file
    return _DONE


def _is_in_use(call: Call) -> bool:
    service = call.server.licensing_service
    return service is not None and state_of(service) != "Stopped"


def _row(call: Call, file: FileState) -> Values:
    drive, rest = ntpath.splitdrive(file.name)
    stem, extension = ntpath.splitext(ntpath.basename(rest))
    folder = ntpath.dirname(rest)
    return {
        "Name": file.name,
        "AccessMask": 18809343,
        "Archive": True,
        "Caption": file.name,
        "Compressed": False,
        "CreationClassName": "CIM_LogicalFile",
        "CreationDate": moment(file.modified),
        "CSName": call.server.name.upper(),
        "Drive": drive.lower(),
        "EightDotThreeFileName": file.name.lower(),
        "Encrypted": False,
        "Extension": extension.removeprefix("."),
        "FileName": stem,
        "FileSize": file.size,
        "FileType": f"{extension.removeprefix('.').upper()} File",
        "Hidden": False,
        "InUseCount": None,
        "LastModified": moment(file.modified),
        "Path": folder if folder.endswith("\\") else f"{folder}\\",
        "Readable": True,
        "Status": "OK",
        "System": False,
        "Writeable": True,
    }
