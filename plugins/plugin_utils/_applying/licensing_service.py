# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stop and start the licensing service, and wait until it has done so and its provider responds."""

from __future__ import annotations

import time
import typing as t
from collections.abc import Callable
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.call_and_verify import Verifier
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.windows_service import (
    PENDING,
    RUNNING,
    STOPPED,
    WindowsService,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanConnectionLost,
    WsmanTimeout,
)

_DELAY: t.Final = 1.0
_PROVIDER_DELAY: t.Final = 2.0


class ProviderSilent(LicensingError):
    """The service runs, and its provider does not respond."""


@dataclass
class ServiceControl:
    """One service, and how many seconds it gets to stop and to start."""

    service: WindowsService
    verifier: Verifier
    timeout: float
    clock: Callable[[], float] = time.monotonic

    def stop(self) -> None:
        """Stop the service, and wait until it is stopped.

        Raises:
            CallRefused, OutcomeUnknown, WsmanError: as C(Verifier.call) does.
            LicensingError: it does not stop, or not in time.
        """
        self._bring_to(STOPPED, self.service.stop, "stopping")

    def start(self) -> None:
        """Start the service, and wait until it is running. Raises like C(stop)."""
        self._bring_to(RUNNING, self.service.start, "starting")

    def key_packs_once_answered(self, server: LicenseServer) -> tuple[KeyPack, ...]:
        """The key packs, as soon as the provider of a service that was just started responds.

        Raises:
            ProviderSilent: it does not respond in time.
        """
        deadline = self.clock() + self.timeout
        while True:
            try:
                server.properties()
                return server.key_packs()
            except (LicensingError, WsmanTimeout, WsmanConnectionLost) as error:
                if self.clock() >= deadline:
                    raise ProviderSilent(str(error)) from error
            self.verifier.sleep(_PROVIDER_DELAY)

    def _bring_to(self, wanted: str, call: Callable[[], None], verb: str) -> None:
        what = f"{self.service.session.server}: {verb} the service {self.service.name}"
        deadline = self.clock() + self.timeout
        # A service that is starting or stopping takes no request.
        if self._settled_state(what, deadline) == wanted:
            return

        def look() -> str | None:
            state = self.service.state()
            return state if state in (wanted, *PENDING) else None

        self.verifier.call(what, call, look)
        state = self._settled_state(what, deadline)
        if state != wanted:
            raise LicensingError(
                f"{what} failed: the request was accepted, but the service is now {state}. Check the System event log "
                f"of the server."
            )

    def _settled_state(self, what: str, deadline: float) -> str | None:
        """The state once the service neither starts nor stops."""
        while True:
            state = self.service.state()
            if state not in PENDING:
                return state
            if self.clock() >= deadline:
                raise LicensingError(
                    f"{what} takes longer than {self.timeout:.0f} s; its state is '{state}'. Run the task again, with "
                    f"a longer timeout if needed."
                )
            self.verifier.sleep(_DELAY)
