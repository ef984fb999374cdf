# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change in any release.
"""A Windows service: its state, stopping and starting it, each seen through to its end.

Source: Win32_Service, StopService and StartService (learn.microsoft.com/windows/win32/cimwin32prov).
"""

from __future__ import annotations

import time
import typing as t
from collections.abc import Callable
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.session import CimSession
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused, asking
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_windows_classes import WIN32_SERVICE
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanError

LICENSING_SERVICE: t.Final = "TermServLicensing"

# Win32_Service.State is one of a fixed list of English words, whatever the display language.
RUNNING: t.Final = "running"
STOPPED: t.Final = "stopped"
_PENDING: t.Final = ("start pending", "stop pending", "continue pending", "pause pending")

# The methods' own return values; these are neither Win32 error numbers nor HRESULTs.
_ACCEPTED: t.Final = 0
_ANSWERS: t.Final[dict[int, str]] = {
    1: "the request is not supported",
    2: "access denied; connect with an account that is a local Administrator of the server",
    3: "other services that depend on it run; stop these first",
    5: "the service cannot take the request in the state it is in",
    6: "the service is not started",
    7: "the service did not answer the request in time",
    8: "unknown failure when the service was started",
    10: "the service runs already",
    14: "the service is disabled; set its start type to automatic first",
    15: "the service cannot log on; check its account",
}
_PAUSE: t.Final = 1.0


@dataclass
class WindowsService:
    """One service of a server. C(sleep) and C(clock) are there for tests."""

    session: CimSession
    name: str = LICENSING_SERVICE
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def state(self) -> str | None:
        """The service's state in lower case, such as C(stop pending); None when there is no such service."""
        try:
            with asking(self.session.server, f"reading the service {self.name}"):
                values = self.session.get(WIN32_SERVICE, {"Name": self.name}).values
        except CallRefused as refused:
            if refused.not_found:
                return None
            raise
        return str(values.get("State") or "unknown").lower()

    def stop(self, timeout: float) -> None:
        """Stop the service, and wait until it is stopped.

        Raises:
            LicensingError: it would not stop, or not within C(timeout) seconds.
        """
        self._bring_to(STOPPED, "StopService", "stopping", timeout)

    def start(self, timeout: float) -> None:
        """Start the service, and wait until it runs. Raises LicensingError like C(stop)."""
        self._bring_to(RUNNING, "StartService", "starting", timeout)

    def _bring_to(self, wanted: str, method: str, verb: str, timeout: float) -> None:
        deadline = self.clock() + timeout
        # A service that is on its way somewhere takes no request.
        if self._wait(lambda state: state not in _PENDING, verb, deadline) == wanted:
            return
        answer = self._ask(wanted, method, verb)
        if answer not in (None, _ACCEPTED) and self.state() not in (wanted, *_PENDING):
            why = _ANSWERS.get(answer or 0, "the meaning of which is not documented")
            raise LicensingError(
                f"{self.session.server}: {verb} the service {self.name} failed: {method} returned {answer}, {why}."
            )
        if self._wait(lambda state: state not in _PENDING, verb, deadline) != wanted:
            said = "went unanswered" if answer is None else "was accepted"
            raise LicensingError(
                f"{self.session.server}: {verb} the service {self.name} {said}, and the service is now "
                f"{self.state()}; look at the System event log of the server."
            )

    def _ask(self, wanted: str, method: str, verb: str) -> int | None:
        """The method's return value; None when the answer got lost, which is no loss: the state can be read."""
        try:
            with asking(self.session.server, f"{verb} the service {self.name}"):
                return self.session.invoke(WIN32_SERVICE, method, selectors={"Name": self.name}).return_value
        except (CallRefused, WsmanError) as error:
            if not error.outcome_unknown or self.state() not in (wanted, *_PENDING):
                raise
            return None

    def _wait(self, settled: Callable[[str | None], bool], verb: str, deadline: float) -> str | None:
        while True:
            state = self.state()
            if settled(state):
                return state
            if self.clock() >= deadline:
                raise LicensingError(
                    f"{self.session.server}: {verb} the service {self.name} takes longer than the task waits; its "
                    f"state is '{state}'. Wait until it has settled and run the task again, or give it a longer "
                    f"timeout."
                )
            self.sleep(_PAUSE)
