# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The strict scripts are strict."""

from __future__ import annotations

import contextlib

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_classes import (
    TS_LICENSE_SERVER,
    WIN32_OPERATING_SYSTEM,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.client import Effect

from tests.unit.wsman_script import Exchange, WsmanScript, envelope, fixture


def get() -> Exchange:
    return Exchange("Get").expect_class("root/cimv2", "Win32_TSLicenseServer").returns(fixture("get_license_server"))


def test_a_request_that_is_missing_fails() -> None:
    with pytest.raises(AssertionError, match="never sent: Get"), WsmanScript(get(), get()) as script:
        script.session().get(TS_LICENSE_SERVER)


def test_an_extra_request_fails_even_when_the_code_under_test_hides_it() -> None:
    def hides_it() -> None:
        with WsmanScript(get()) as script:
            session = script.session()
            session.get(TS_LICENSE_SERVER)
            with contextlib.suppress(AssertionError):
                session.get(TS_LICENSE_SERVER)

    with pytest.raises(AssertionError, match="not in the script"):
        hides_it()


def test_a_request_out_of_order_fails() -> None:
    script = WsmanScript(Exchange("Enumerate").returns(envelope("")), get())
    with pytest.raises(AssertionError, match="Enumerate: the action is"):
        script.session().get(TS_LICENSE_SERVER)


@pytest.mark.parametrize(
    ("exchange", "message"),
    [
        (get().expect_selector("Name", "x"), "selector Name is None, not 'x'"),
        (Exchange("Get").expect_class("root/cimv2", "Win32_OperatingSystem"), "resource URI is"),
    ],
)
def test_a_request_for_something_else_fails(exchange: Exchange, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        WsmanScript(exchange).session().get(TS_LICENSE_SERVER)


def test_a_wrong_argument_fails() -> None:
    exchange = Exchange("Invoke", "ChangeRole").expect_argument("ServerRole", "2")
    with pytest.raises(AssertionError, match=r"argument ServerRole is \['1'\], not \['2'\]"):
        WsmanScript(exchange).session().invoke(TS_LICENSE_SERVER, "ChangeRole", {"ServerRole": 1})


@pytest.mark.parametrize("header", ["MessageID", "MaxEnvelopeSize", "OperationTimeout", "ReplyTo", "ResourceURI"])
def test_a_malformed_request_fails(header: str) -> None:
    with WsmanScript(get()) as script:
        script.session().get(TS_LICENSE_SERVER)
    damaged = script.sent[0].replace(header.encode(), b"Damaged")
    with pytest.raises(AssertionError):
        WsmanScript(get()).send(damaged, Effect.READ)


def test_a_request_with_the_wrong_effect_fails() -> None:
    with WsmanScript(Exchange("Get").returns(fixture("get_license_server"))) as script:
        script.session().get(WIN32_OPERATING_SYSTEM)
    with pytest.raises(AssertionError, match="wrong effect"):
        WsmanScript(get()).send(
            script.sent[0].replace(b"Win32_OperatingSystem", b"Win32_TSLicenseServer"), Effect.CHANGE
        )
