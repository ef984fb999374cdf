# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the simulator does wrong when told to, and what of it takes effect."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
from pypsrp.exceptions import WinRMTransportError, WSManFaultError

from tests.simulator_tests.client import KEY_PACK, LICENSE_SERVER
from tests.simulator_tests.conftest import FleetUnderTest

Start = Callable[..., FleetUnderTest]
METHOD = "UninstallLicenseKeyPackWithId"
REMOVAL = {"action": "invoke", "class": KEY_PACK, "method": METHOD}


def _tell(fleet: FleetUnderTest, what: str, **more: Any) -> None:
    fleet.control("POST", "/misbehave", {"what": what, "server": "ls1", "match": REMOVAL, **more})


def _remove(fleet: FleetUnderTest, **options: Any) -> int:
    pack = next(iter(fleet.client("ls1").packs()))
    return int(fleet.client("ls1", **options).invoke(KEY_PACK, METHOD, {"KeyPackId": pack})["ReturnValue"])


@pytest.mark.parametrize(("what", "left"), [("drop_before", 1), ("drop_after", 0)])
def test_dropped_connections(single: FleetUnderTest, what: str, left: int) -> None:
    _tell(single, what)
    with pytest.raises(requests.ConnectionError):
        _remove(single)
    assert len(single.packs("ls1")) == left
    entry = single.journal()[-1]
    assert entry["outcome"].startswith(what.replace("_", "ped "))
    assert entry["changed"] is (left == 0)
    assert single.control("GET", "/http")[-1]["status"] == 0
    if left:
        assert _remove(single) == 0


@pytest.mark.parametrize(("more", "left"), [({}, 1), ({"takes_effect": True}, 0)])
def test_told_faults(single: FleetUnderTest, more: dict[str, Any], left: int) -> None:
    _tell(single, "fault", code=2147942402, subcode="w:InternalError", text="told so", **more)
    with pytest.raises(WSManFaultError) as error:
        _remove(single)
    assert error.value.code == 2147942402
    assert len(single.packs("ls1")) == left


def test_told_return_values(single: FleetUnderTest) -> None:
    _tell(single, "return_value", return_value=0x80070005)
    assert _remove(single) == 0x80070005
    assert len(single.packs("ls1")) == 1
    _tell(single, "return_value", return_value=0x800706BA, takes_effect=True)
    assert _remove(single) == 0x800706BA
    assert single.packs("ls1") == []


@pytest.mark.parametrize(("more", "left"), [({}, 0), ({"takes_effect": False}, 1)])
def test_told_timeouts(single: FleetUnderTest, more: dict[str, Any], left: int) -> None:
    _tell(single, "timeout", **more)
    with pytest.raises(WSManFaultError) as error:
        _remove(single)
    assert error.value.code == 2150858793
    assert len(single.packs("ls1")) == left


def test_delay_shorter_than_the_operation_timeout(single: FleetUnderTest) -> None:
    _tell(single, "delay", seconds=0.2)
    started = time.monotonic()
    assert _remove(single) == 0
    assert time.monotonic() - started >= 0.2


def test_delay_past_the_operation_timeout_takes_effect_later(single: FleetUnderTest) -> None:
    _tell(single, "delay", seconds=1.3)
    with pytest.raises(WSManFaultError) as error:
        _remove(single, operation_timeout=1)
    assert error.value.code == 2150858793
    assert len(single.packs("ls1")) == 1
    time.sleep(0.5)
    assert single.packs("ls1") == []
    assert single.journal()[-1]["outcome"] == "after TimedOut: returned 0"


def test_slow_clearinghouse(start: Start) -> None:
    fleet = start(
        "servers: {ls1: {activated: true, behaviour: {clearinghouse_seconds: 0.3}}, ls2: {}}\n"
        "clearinghouse: {purchases: {p: {program: retail, license_code: ABCDE12345FGHJK67890KMNPQ, "
        "product_version: windows_server_2022, cal_type: per_user, quantity: 5}}}"
    )
    client = fleet.client("ls1")
    started = time.monotonic()
    code = {"sLicenseCode": "ABCDE12345FGHJK67890KMNPQ"}
    assert client.invoke(KEY_PACK, "InstallRetailPurchaseLicenseKeyPack", code)["ReturnValue"] == 0
    assert time.monotonic() - started >= 0.3


def test_http_answers(single: FleetUnderTest) -> None:
    _tell(single, "http", status=503, text="busy")
    with pytest.raises(WinRMTransportError) as error:
        _remove(single)
    assert error.value.code == 503


def test_skip_and_times(single: FleetUnderTest) -> None:
    match = {"action": "get", "class": LICENSE_SERVER}
    single.control("POST", "/misbehave", {"what": "fault", "match": match, "skip": 1, "times": 2})
    client = single.client("ls1")
    outcomes = []
    for _round in range(4):
        try:
            client.get(LICENSE_SERVER)
            outcomes.append("ok")
        except WSManFaultError:
            outcomes.append("fault")
    assert outcomes == ["ok", "fault", "fault", "ok"]


def test_rules_can_be_listed_and_cleared(single: FleetUnderTest) -> None:
    _tell(single, "fault", times=-1)
    (rule,) = single.control("GET", "/misbehave")
    assert (rule["what"], rule["times"], rule["match"]["class_name"]) == ("fault", -1, KEY_PACK)
    assert single.control("DELETE", "/misbehave") == {}
    assert _remove(single) == 0


@pytest.mark.parametrize(
    "data", [{}, {"what": "explode"}, {"what": "fault", "sever": "ls1"}, {"what": "fault", "server": "nobody"}]
)
def test_wrong_rules_are_errors(single: FleetUnderTest, data: dict[str, Any]) -> None:
    answer = requests.post(f"{single.control_url}/misbehave", json=data, timeout=10)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_switched_off_server(single: FleetUnderTest) -> None:
    client = single.client("ls1")
    client.open("Win32_Service")
    single.control("POST", "/servers/ls1/stop")
    with pytest.raises(requests.ConnectionError):
        single.client("ls1").get(LICENSE_SERVER)
    with pytest.raises(requests.ConnectionError):
        client.get(LICENSE_SERVER)
    assert single.state("ls1")["online"] is False
    assert single.state("ls1")["open_contexts"] == 0
    # Nobody else gets its port while it is off.
    port = single.ready["servers"]["ls1"]["listeners"]["http"]["port"]
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", port))
    single.control("POST", "/servers/ls1/start")
    assert single.client("ls1").values(LICENSE_SERVER)["ProductId"]
