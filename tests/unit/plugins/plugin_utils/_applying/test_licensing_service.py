# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The licensing service is stopped and started, and waited for."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.call_and_verify import Verifier
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.licensing_service import ServiceControl
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import (
    LicensingError,
    OutcomeUnknown,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.windows_service import WindowsService
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanConnectionLost,
    WsmanUnreachable,
)

from tests.unit.rebuild_server import Clock, RebuildServer


def control(server: RebuildServer, clock: Clock | None = None, timeout: float = 30) -> ServiceControl:
    clock = clock or Clock()
    verifier = Verifier(20, lambda _warning: None, sleep=clock.sleep)
    return ServiceControl(WindowsService(server), verifier, timeout, clock)  # type: ignore[arg-type]  # a session


def failure(server: RebuildServer, action: str) -> str:
    with pytest.raises(LicensingError) as raised:
        getattr(control(server, timeout=3), action)()
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_stopping_ends_when_the_service_is_stopped() -> None:
    clock = Clock()
    server = RebuildServer(states=["Running", "Stop Pending", "Stop Pending", "Stopped"])
    control(server, clock).stop()
    assert server.calls.count("StopService") == 1
    assert clock.now == 1


@pytest.mark.parametrize(("action", "running"), [("stop", False), ("start", True)])
def test_a_service_in_the_wanted_state_is_left_alone(action: str, running: bool) -> None:
    server = RebuildServer(running=running)
    getattr(control(server), action)()
    assert server.changing == []


def test_a_service_that_is_starting_is_waited_for_first() -> None:
    server = RebuildServer(states=["Start Pending", "Start Pending", "Running"])
    control(server).stop()
    assert not server.running


def test_a_return_code_is_reported() -> None:
    assert "StartService returned 14" in failure(RebuildServer(running=False, refusals={"StartService": 14}), "start")


def test_a_return_code_does_not_count_when_the_state_is_right() -> None:
    control(RebuildServer(states=["Stopped"], refusals={"StartService": 10})).start()


def test_a_lost_response_is_settled_by_the_state() -> None:
    server = RebuildServer()

    def lose(name: str) -> None:
        if name == "StopService":
            raise WsmanConnectionLost("the connection broke")

    server.after = lose
    control(server).stop()
    assert not server.running


def test_a_lost_response_without_effect_is_an_unknown_outcome() -> None:
    server = RebuildServer()

    def lose(name: str) -> None:
        if name == "StopService":
            raise WsmanConnectionLost("the connection broke")

    server.before = lose
    with pytest.raises(OutcomeUnknown, match="the connection broke"):
        control(server).stop()
    assert server.calls.count("StopService") == 1


def test_nothing_sent_is_reported_as_it_is() -> None:
    server = RebuildServer()

    def refuse(name: str) -> None:
        if name == "StopService":
            raise WsmanUnreachable("no route")

    server.before = refuse
    with pytest.raises(WsmanUnreachable):
        control(server).stop()


def test_a_service_that_does_not_stay_is_a_failure() -> None:
    message = failure(RebuildServer(running=False, states=["Stopped", "Start Pending", "Stopped"]), "start")
    assert "now stopped" in message
    assert "System event log" in message


def test_waiting_ends() -> None:
    message = failure(RebuildServer(states=["Running", *["Stop Pending"] * 9]), "stop")
    assert "'stop pending'" in message
    assert "timeout" in message
