# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sessions with simulated servers in this process: the simulator's own engine, and no network in between.

Everything above the transport is the collection's own; everything behind it is the simulator's.
"""

from __future__ import annotations

import typing as t

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.session import CimSession
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.client import (
    Effect,
    MessageTransport,
    WsmanClient,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.envelope import HeaderSettings
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.responses import Response

from tests.simulator.control.journal import Journal
from tests.simulator.control.misbehaviour import Misbehaviour
from tests.simulator.model import description
from tests.simulator.model.fleet import Account, Fleet
from tests.simulator.model.loading import describe_fleet
from tests.simulator.wire.execution import Engine

ADMINISTRATOR = {"labadmin": {"password": "not-a-secret"}}


class EngineFleet:
    """A simulated fleet in memory. C(messages) counts what was sent to each server."""

    def __init__(self, servers: t.Mapping[str, t.Any], **others: t.Any) -> None:
        info = describe_fleet({"users": ADMINISTRATOR, "servers": servers, **others})
        self.fleet = Fleet(info, None)
        self.engine = Engine(self.fleet, Journal(None), Misbehaviour())
        self.messages: dict[str, int] = dict.fromkeys(servers, 0)

    def transport(self, name: str, *, administrator: bool = True) -> MessageTransport:
        """A way into the engine as an account of one server."""
        rights = description.User(password="not-a-secret", administrator=administrator)
        return _EngineTransport(self, name, Account("labadmin", rights))

    def session(
        self,
        name: str,
        *,
        administrator: bool = True,
        wrap: t.Callable[[MessageTransport], MessageTransport] = lambda transport: transport,
    ) -> CimSession:
        """A session with one server of the fleet; C(wrap) puts something around its transport."""
        transport = wrap(self.transport(name, administrator=administrator))
        headers = HeaderSettings(to=f"https://{name}/wsman", operation_timeout=20.0, max_envelope_size=512_000)
        return CimSession(WsmanClient(transport, headers, "operation_timeout"), name)


class _EngineTransport:
    def __init__(self, fleet: EngineFleet, name: str, account: Account) -> None:
        self._fleet = fleet
        self._name = name
        self._account = account

    def send(self, message: bytes, effect: Effect) -> Response:
        self._fleet.messages[self._name] += 1
        answer = self._fleet.engine.handle(self._name, self._account, message)
        return Response(answer.text, answer.status)

    def close(self) -> None:
        pass
