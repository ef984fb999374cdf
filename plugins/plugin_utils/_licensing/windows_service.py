# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Windows service: its state, and the calls that stop and start it.

Source: Win32_Service, StopService and StartService (learn.microsoft.com/windows/win32/cimwin32prov).
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim import wql
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.session import CimSession
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused, asking
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_windows_classes import WIN32_SERVICE

LICENSING_SERVICE: t.Final = "TermServLicensing"

# Win32_Service.State is one of a fixed list of English words, whatever the display language.
RUNNING: t.Final = "running"
STOPPED: t.Final = "stopped"
PENDING: t.Final = ("start pending", "stop pending", "continue pending", "pause pending")

# The methods' own return values; these are neither Win32 error numbers nor HRESULTs.
_ACCEPTED: t.Final = 0
_RETURN_CODES: t.Final[dict[int, str]] = {
    1: "the request is not supported",
    2: "access denied: connect with an account that is a local Administrator of the server",
    3: "other services that depend on it are running: stop them first",
    5: "the service cannot accept the request in its current state",
    6: "the service is not started",
    7: "the service did not respond in time",
    8: "unknown failure while starting the service",
    10: "the service is already running",
    14: "the service is disabled: set its start type to automatic first",
    15: "the service cannot log on: check its account",
}


@dataclass(frozen=True)
class WindowsService:
    """One service of a server."""

    session: CimSession
    name: str = LICENSING_SERVICE

    def state(self) -> str | None:
        """The service's state in lower case, such as C(stop pending); None when there is no such service."""
        query = wql.select(WIN32_SERVICE, ("Name", "State"), f"Name = {wql.literal(self.name)}")
        with asking(self.session.server, f"reading the service {self.name}"):
            services = list(self.session.enumerate(WIN32_SERVICE, query))
        return str(services[0].values.get("State") or "unknown").lower() if services else None

    def stop(self) -> None:
        """Ask the service to stop. Raises CallRefused, WsmanError."""
        self._call("StopService", "stopping")

    def start(self) -> None:
        """Ask the service to start. Raises CallRefused, WsmanError."""
        self._call("StartService", "starting")

    def _call(self, method: str, verb: str) -> None:
        what = f"{verb} the service {self.name}"
        with asking(self.session.server, what):
            return_code = self.session.invoke(WIN32_SERVICE, method, selectors={"Name": self.name}).return_value
        if return_code != _ACCEPTED:
            why = _RETURN_CODES.get(return_code, "undocumented")
            raise CallRefused(f"{self.session.server}: {what} failed: {method} returned {return_code} ({why}).")
