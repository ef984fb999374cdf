# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change in any release.
"""Files on a Windows server: whether one is there, and giving it another name. Nothing here deletes or overwrites.

Source: CIM_DataFile and its method Rename (learn.microsoft.com/windows/win32/cimwin32prov).
"""

from __future__ import annotations

import ntpath
import typing as t
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.session import CimSession
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused, asking
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_windows_classes import CIM_DATA_FILE
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.codes import WBEM_E_INVALID_CLASS
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanError

# Win32 may say that the file or its folder is not there.
_NOT_THERE: t.Final = (0x80070002, 0x80070003)

# Rename's own return values; these are neither Win32 error numbers nor HRESULTs.
_DONE: t.Final = 0
_ANSWERS: t.Final[dict[int, str]] = {
    2: "access denied; connect with an account that is a local Administrator of the server",
    8: "unspecified failure",
    9: "invalid object: the file is not there, or the path is not valid",
    10: "a file of the new name exists already",
    13: "the new name is on another drive",
    15: "sharing violation: a program has the file open, such as a backup or a virus scanner",
    17: "the account lacks a privilege that is needed",
    21: "invalid parameter",
}


@dataclass(frozen=True)
class DataFiles:
    """Files of one server, each by its full path."""

    session: CimSession

    def exists(self, path: str) -> bool:
        """Whether a file is there."""
        try:
            with asking(self.session.server, f"looking for the file {path}"):
                self.session.get(CIM_DATA_FILE, {"Name": path})
        except CallRefused as refused:
            if (refused.not_found and refused.code != WBEM_E_INVALID_CLASS) or refused.code in _NOT_THERE:
                return False
            raise
        return True

    def rename(self, path: str, new_path: str) -> None:
        """Give a file another name on the same drive, and see that it has it.

        Raises:
            LicensingError: the file kept its name.
        """
        what = f"renaming {path} to {ntpath.basename(new_path)}"
        try:
            with asking(self.session.server, what):
                result = self.session.invoke(CIM_DATA_FILE, "Rename", {"FileName": new_path}, {"Name": path})
            answer = result.return_value
        except (CallRefused, WsmanError) as error:
            # The file system can be read, so an answer that got lost is no loss.
            if not error.outcome_unknown or not self.exists(new_path):
                raise
            return
        if answer != _DONE:
            why = _ANSWERS.get(answer, "the meaning of which is not documented")
            raise LicensingError(f"{self.session.server}: {what} failed: Rename returned {answer}, {why}.")
        if not self.exists(new_path):
            raise LicensingError(
                f"{self.session.server}: {what} was answered with success, but there is no file of the new name."
            )
