# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files on a Windows server: whether a file exists, and renaming it. Nothing here deletes or overwrites.

Source: CIM_DataFile and its method Rename (learn.microsoft.com/windows/win32/cimwin32prov).
"""

from __future__ import annotations

import ntpath
import typing as t
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim import wql
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.session import CimSession
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused, asking
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_windows_classes import CIM_DATA_FILE

# Rename's own return values; these are neither Win32 error numbers nor HRESULTs.
_DONE: t.Final = 0
_RETURN_CODES: t.Final[dict[int, str]] = {
    2: "access denied: connect with an account that is a local Administrator of the server",
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
        """Whether a file is there.

        A query, because its answer to "no such file" is an empty result; a Get answers with a fault whose form differs
        from host to host.
        """
        query = wql.select(CIM_DATA_FILE, ("Name",), f"Name = {wql.literal(path)}")
        with asking(self.session.server, f"looking for the file {path}"):
            return any(True for _file in self.session.enumerate(CIM_DATA_FILE, query))

    def rename(self, path: str, new_path: str) -> None:
        """Rename a file on the same drive. Raises CallRefused, WsmanError."""
        what = f"renaming {path} to {ntpath.basename(new_path)}"
        with asking(self.session.server, what):
            result = self.session.invoke(CIM_DATA_FILE, "Rename", {"FileName": new_path}, {"Name": path})
        if result.return_value != _DONE:
            why = _RETURN_CODES.get(result.return_value, "undocumented")
            raise CallRefused(f"{self.session.server}: {what} failed: Rename returned {result.return_value} ({why}).")
