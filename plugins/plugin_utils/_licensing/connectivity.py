# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a session host reports about its license servers.

Source: GetTStoLSConnectivityStatus of Win32_TerminalServiceSetting (learn.microsoft.com/windows/win32/termserv).
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

CONNECTIVITY_NAMES: t.Final[dict[int, str]] = {
    0: "unknown",
    1: "valid_windows_server_2008_r2",
    2: "valid_windows_server_2008",
    3: "beta_version_mismatch",
    4: "lower_version",
    5: "not_in_license_server_security_group",
    6: "not_connectable",
    7: "unknown_validity",
    8: "access_denied",
    9: "valid_windows_server_2008_r2_vdi",
    10: "feature_not_supported",
    11: "valid",
}
_USABLE: t.Final = frozenset({1, 2, 9, 11})
_NOT_USABLE: t.Final = frozenset({3, 4, 5, 6, 10})

_EXPLANATIONS: t.Final[dict[int, str]] = {
    0: "the session host does not report it",
    3: "one of the two runs a beta version of Windows",
    4: "the license server is too old for this session host",
    5: "the license server's policy 'License server security group' is on, and this session host is not in its group",
    6: "the session host cannot connect to it; check the name, the ports and that its service runs",
    7: "it can be connected to, but it is unknown whether it is valid",
    8: "it can be connected to, but this account is not an administrator of it, so the rest is unknown",
    10: "the license server does not support what was asked",
}


@dataclass(frozen=True)
class Connectivity:
    """One license server of a session host. C(number) is None if there was no response, and C(trouble) says why."""

    license_server: str
    number: int | None
    trouble: str = ""

    @property
    def usable(self) -> bool | None:
        """Whether the session host can get its licenses there, as far as it says; None if that is unknown."""
        if self.number in _USABLE:
            return True
        return False if self.number in _NOT_USABLE else None

    @property
    def status(self) -> str | None:
        """Name of the status; an unknown number as text; None if there was no response."""
        return None if self.number is None else CONNECTIVITY_NAMES.get(self.number, str(self.number))

    @property
    def explanation(self) -> str:
        """The status in words, for messages."""
        if self.number is None:
            return self.trouble or "no response"
        return _EXPLANATIONS.get(self.number, (self.status or "").replace("_", " "))

    def describe(self) -> dict[str, t.Any]:
        """The status as results show it."""
        return {
            "license_server": self.license_server,
            "status": self.status,
            "status_number": self.number,
            "usable": self.usable,
        }
