# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A license server of the simulator in this process: the collection's own client speaks to the simulator's engine."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.session import CimSession
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.client import Effect, WsmanClient
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.envelope import HeaderSettings
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.responses import Response

from tests.simulator.control.journal import Journal
from tests.simulator.control.misbehaviour import Misbehaviour
from tests.simulator.model.fleet import Account, Fleet, Server
from tests.simulator.model.loading import describe_fleet
from tests.simulator.wire.execution import Engine

NAME = "rdls02"
# Every form in which a host may put the code of a WMI error into a fault.
FAULT_FORMS: t.Final[dict[str, dict[str, t.Any]]] = {
    "recorded": {},
    "nested fault": {"nested_wmi_code": "fault"},
    "extended status": {"nested_wmi_code": "extended_status"},
    "text only": {"nested_wmi_code": "none"},
    "no detail": {"empty_fault_detail": True},
    "MSFT_WmiError": {"wmi_error_detail": True},
}


class SimulatedServer:
    """One simulated server. C(before) and C(after) are called around every message, with its number, and may raise."""

    def __init__(self, server: Mapping[str, t.Any], purchases: Mapping[str, t.Any] | None = None) -> None:
        data = {
            "users": {"labadmin": {"password": "Simulated-Only-1"}},
            "servers": {NAME: dict(server)},
            "clearinghouse": {"purchases": dict(purchases or {})},
        }
        self.fleet = Fleet(describe_fleet(data), None)
        self.misbehaviour = Misbehaviour()
        self.journal = Journal(None)
        self.engine = Engine(self.fleet, self.journal, self.misbehaviour)
        self.messages = 0
        self.before: Callable[[int], None] = lambda number: None
        self.after: Callable[[int], None] = lambda number: None

    @property
    def state(self) -> Server:
        """The server itself."""
        return self.fleet.servers[NAME]

    @property
    def license_server(self) -> LicenseServer:
        """The collection's view of it, over a session of its own."""
        return LicenseServer(self.session)

    @property
    def session(self) -> CimSession:
        """A session with it."""
        headers = HeaderSettings(to=f"https://{NAME}:5986/wsman", operation_timeout=60, max_envelope_size=153600)
        return CimSession(WsmanClient(self, headers), NAME)

    def send(self, message: bytes, effect: Effect) -> Response:
        """Carry a message, as a transport does."""
        self.messages += 1
        number = self.messages
        self.before(number)
        account = Account("labadmin", self.fleet.accounts(self.state)["labadmin"])
        response = self.engine.handle(NAME, account, message)
        self.after(number)
        return Response(response.text, response.status)

    def close(self) -> None:
        """Nothing is open."""

    def break_off(self, at: int, error: Callable[[], BaseException], *, after: bool) -> None:
        """From now on, message C(at) goes wrong: it does not arrive, or its response does not."""
        self.messages = 0

        def fail(number: int) -> None:
            if number == at:
                raise error()

        self.before, self.after = (lambda _number: None, fail) if after else (fail, lambda _number: None)

    def called(self, *methods: str) -> list[str]:
        """Of these methods, those that changed something, in their order."""
        return [each["method"] for each in self.journal.since(0) if each["changed"] and each["method"] in methods]

    def purchased(self) -> list[int]:
        """Number of CALs of each purchased key pack."""
        return sorted(each.cals.quantity for each in self.license_server.key_packs() if each.purchased)
