# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Windows service, message by message."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.windows_service import WindowsService

from tests.unit.conversations import query
from tests.unit.wsman_script import Exchange, WsmanScript, envelope

CLASS = ("root/cimv2", "Win32_Service")
URI = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/Win32_Service"
NAME = "TermServLicensing"
ASKS = "SELECT Name, State FROM Win32_Service WHERE Name = 'TermServLicensing'"


def called(method: str, return_value: int = 0) -> Exchange:
    """A call of the service that has this return value."""
    body = f'<q:{method}_OUTPUT xmlns:q="{URI}"><q:ReturnValue>{return_value}</q:ReturnValue></q:{method}_OUTPUT>'
    exchange = Exchange("Invoke", method).expect_class(*CLASS).expect_selector("Name", NAME).expect_only_arguments()
    return exchange.returns(envelope(body))


def test_the_state_is_in_lower_case() -> None:
    with WsmanScript(query(CLASS, ASKS, {"Name": NAME, "State": "Stop Pending"})) as script:
        assert WindowsService(script.session()).state() == "stop pending"


def test_a_service_that_does_not_exist() -> None:
    with WsmanScript(query(CLASS, ASKS)) as script:
        assert WindowsService(script.session()).state() is None


def test_stopping_and_starting() -> None:
    with WsmanScript(called("StopService"), called("StartService")) as script:
        service = WindowsService(script.session())
        service.stop()
        service.start()


@pytest.mark.parametrize(("return_code", "words"), [(14, "disabled"), (99, "undocumented")])
def test_a_return_code_is_explained(return_code: int, words: str) -> None:
    with WsmanScript(called("StartService", return_code)) as script, pytest.raises(CallRefused, match=words) as raised:
        WindowsService(script.session()).start()
    assert f"rdls01: starting the service {NAME}" in str(raised.value)
    assert f"StartService returned {return_code}" in str(raised.value)
