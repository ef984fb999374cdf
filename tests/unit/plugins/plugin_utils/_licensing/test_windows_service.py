# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stopping and starting a Windows service, message by message."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.windows_service import WindowsService
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanConnectionLost,
    WsmanUnreachable,
)

from tests.unit.rebuild_server import Clock
from tests.unit.wsman_script import Exchange, WsmanScript, envelope, fixture

URI = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/Win32_Service"
NAME = "TermServLicensing"


def state(text: str) -> Exchange:
    """The service is asked for its state, and answers."""
    body = f'<q:Win32_Service xmlns:q="{URI}"><q:Name>{NAME}</q:Name><q:State>{text}</q:State></q:Win32_Service>'
    return asked().returns(envelope(body))


def asked() -> Exchange:
    return Exchange("Get").expect_class("root/cimv2", "Win32_Service").expect_selector("Name", NAME)


def told(method: str, return_value: int = 0) -> Exchange:
    """The service is told something, and answers with a return value."""
    body = f'<q:{method}_OUTPUT xmlns:q="{URI}"><q:ReturnValue>{return_value}</q:ReturnValue></q:{method}_OUTPUT>'
    return telling(method).returns(envelope(body))


def telling(method: str) -> Exchange:
    exchange = Exchange("Invoke", method).expect_class("root/cimv2", "Win32_Service")
    return exchange.expect_selector("Name", NAME).expect_only_arguments()


def service(script: WsmanScript, clock: Clock | None = None) -> WindowsService:
    clock = clock or Clock()
    return WindowsService(script.session(), sleep=clock.sleep, clock=clock)


def failure(action: str, *exchanges: Exchange, timeout: float = 30) -> str:
    with WsmanScript(*exchanges) as script, pytest.raises(LicensingError) as raised:
        getattr(service(script), action)(timeout)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_state_is_told_in_lower_case() -> None:
    with WsmanScript(state("Stop Pending")) as script:
        assert service(script).state() == "stop pending"


def test_a_service_that_is_not_there() -> None:
    with WsmanScript(asked().returns(fixture("fault_not_found"))) as script:
        assert service(script).state() is None


def test_stopping_is_seen_through_to_the_end() -> None:
    clock = Clock()
    script = WsmanScript(
        state("Running"), told("StopService"), state("Stop Pending"), state("Stop Pending"), state("Stopped")
    )
    with script:
        service(script, clock).stop(30)
    assert clock.now == 2


@pytest.mark.parametrize(("action", "there"), [("stop", "Stopped"), ("start", "Running")])
def test_a_service_that_is_there_already_is_told_nothing(action: str, there: str) -> None:
    with WsmanScript(state(there)) as script:
        getattr(service(script), action)(30)


def test_a_service_on_its_way_is_let_get_there_first() -> None:
    with WsmanScript(state("Start Pending"), state("Running"), told("StopService"), state("Stopped")) as script:
        service(script).stop(30)


def test_a_refusal_is_told_in_words() -> None:
    message = failure("start", state("Stopped"), told("StartService", 14), state("Stopped"))
    assert message == (
        "rdls01: starting the service TermServLicensing failed: StartService returned 14, the service is disabled; set "
        "its start type to automatic first."
    )
    assert "99, the meaning of which is not documented" in failure(
        "stop", state("Running"), told("StopService", 99), state("Running")
    )


def test_a_refusal_because_somebody_else_was_faster_is_none() -> None:
    with WsmanScript(state("Stopped"), told("StartService", 10), state("Running"), state("Running")) as script:
        service(script).start(30)


def test_an_answer_that_got_lost_is_made_up_for_by_looking() -> None:
    lost = telling("StopService").fails_with(WsmanConnectionLost("the connection broke"))
    with WsmanScript(state("Running"), lost, state("Stop Pending"), state("Stopped")) as script:
        service(script).stop(30)


@pytest.mark.parametrize("error", [WsmanConnectionLost("it broke"), WsmanUnreachable("no route")])
def test_an_answer_that_got_lost_and_nothing_happened(error: WsmanConnectionLost | WsmanUnreachable) -> None:
    looks = [state("Running")] if error.outcome_unknown else []
    with (
        WsmanScript(state("Running"), telling("StopService").fails_with(error), *looks) as script,
        pytest.raises(type(error)),
    ):
        service(script).stop(30)


def test_a_service_that_falls_back_is_no_success() -> None:
    message = failure("start", state("Stopped"), told("StartService"), state("Stopped"), state("Stopped"))
    assert "was accepted, and the service is now stopped; look at the System event log" in message


def test_waiting_ends() -> None:
    looks = [state("Stop Pending")] * 4
    message = failure("stop", state("Running"), told("StopService"), *looks, timeout=3)
    assert "takes longer than the task waits; its state is 'stop pending'" in message
