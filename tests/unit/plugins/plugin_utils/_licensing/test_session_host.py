# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read of a session host, and what it is sent."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.session_host import SessionHost
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanTimeout

from tests.unit.session_host_script import (
    CLASS,
    NAMESPACE,
    called,
    fault,
    found,
    found_nothing,
    listed,
    refused,
    status,
)
from tests.unit.wsman_script import Exchange, WsmanScript


def host(script: WsmanScript) -> SessionHost:
    return SessionHost(script.session("rdsh01"))


def test_settings_take_two_requests() -> None:
    with WsmanScript(found(), listed("rdls01", "rdls02")) as script:
        settings = host(script).settings()
    assert settings.describe() == {
        "server_name": "RDSH01",
        "licensing_mode": "per_user",
        "licensing_type": 4,
        "licensing_mode_source": "server",
        "license_servers": ["rdls01", "rdls02"],
        "license_servers_source": "server",
    }


@pytest.mark.parametrize(
    ("number", "mode"),
    [
        (0, "personal"),
        (1, "remote_administration"),
        (2, "per_device"),
        (3, "per_user"),
        (4, "per_user"),
        (5, "not_configured"),
        (9, "9"),
        (None, None),
    ],
)
def test_licensing_type_reads_as_its_name(number: int | None, mode: str | None) -> None:
    with WsmanScript(found(LicensingType=number), listed()) as script:
        settings = host(script).settings()
    assert (settings.licensing_type, settings.licensing_mode) == (number, mode)


@pytest.mark.parametrize(("number", "source"), [(0, "server"), (1, "group_policy"), (2, None), (None, None)])
def test_policy_source(number: int | None, source: str | None) -> None:
    properties = {"PolicySourceLicensingType": number, "PolicySourceConfiguredLicenseServers": number}
    with WsmanScript(found(**properties), listed()) as script:
        settings = host(script).settings()
    assert (settings.licensing_mode_source, settings.license_servers_source) == (source, source)


def test_a_release_without_the_policy_source_says_nothing_about_it() -> None:
    with WsmanScript(found("PolicySourceConfiguredLicenseServers"), listed("rdls01")) as script:
        settings = host(script).settings()
    assert settings.license_servers_source is None
    assert settings.licensing_mode_source == "server"


def test_direct_connect_list_of_windows_server_2008() -> None:
    changed: dict[str, str | int] = {
        "DirectConnectLicenseServers": "rdls01,rdls02",
        "PolicySourceDirectConnectLicenseServers": 1,
    }
    with WsmanScript(found(**changed), listed()) as script:
        settings = host(script).settings()
    assert settings.direct_connect_license_servers == "rdls01,rdls02"
    assert settings.direct_connect_license_servers_source == "group_policy"


@pytest.mark.parametrize("names", [(), ("",), (" ", "")])
def test_no_list_and_a_list_of_blanks_are_an_empty_list(names: tuple[str, ...]) -> None:
    with WsmanScript(found(), listed(*names)) as script:
        assert host(script).settings().license_servers == ()


def test_a_null_list_is_an_empty_list() -> None:
    answer = called("GetSpecifiedLicenseServerList", SpecifiedLSList=None)
    with WsmanScript(found(), answer) as script:
        assert host(script).settings().license_servers == ()


def test_without_the_role_service_the_class_tells_remote_administration() -> None:
    with WsmanScript(found(TerminalServerMode=0, LicensingType=1)) as script, pytest.raises(LicensingError) as caught:
        host(script).settings()
    assert "Session Host role service is not installed" in str(caught.value)
    assert "RDS-RD-Server" in str(caught.value)


@pytest.mark.parametrize("code", [0x80041010, 0x8004100E])
def test_without_class_or_namespace_the_role_service_is_missing(code: int) -> None:
    enumerate_fault = Exchange("Enumerate").expect_class(NAMESPACE, CLASS).returns(fault(code, "w:InternalError"))
    with WsmanScript(enumerate_fault) as script, pytest.raises(CallRefused) as caught:
        host(script).settings()
    assert caught.value.code == code
    assert "Session Host role service is not installed" in str(caught.value)
    assert "RDS-Licensing" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_without_the_method_the_release_is_too_old() -> None:
    script = WsmanScript(found(), refused("GetSpecifiedLicenseServerList", 0x8004102E))
    with script, pytest.raises(CallRefused, match="Windows Server 2008 R2 or later"):
        host(script).settings()


@pytest.mark.parametrize("exchange", [found_nothing(), found(ServerName=None)])
def test_an_account_without_rights_sees_nothing(exchange: Exchange) -> None:
    with WsmanScript(exchange) as script, pytest.raises(LicensingError, match="local Administrator"):
        host(script).settings()


def test_access_denied_names_the_right_that_is_missing() -> None:
    script = WsmanScript(Exchange("Enumerate").returns(fault(0x80041003, "w:AccessDenied")))
    with script, pytest.raises(CallRefused, match=r"0x80041003 .*local Administrator"):
        host(script).settings()


def test_grace_period() -> None:
    with WsmanScript(found(), called("GetGracePeriodDays", DaysLeft=87)) as script:
        assert host(script).grace_period_days() == 87


@pytest.mark.parametrize(
    "answer",
    [
        called("GetGracePeriodDays", 0x80041001, DaysLeft=None),
        called("GetGracePeriodDays", DaysLeft=None),
        refused("GetGracePeriodDays", 0x80041001),
    ],
)
def test_a_host_without_grace_period_does_not_fail(answer: Exchange) -> None:
    with WsmanScript(found(), answer) as script:
        assert host(script).grace_period_days() is None


def test_connectivity_of_each_license_server_in_its_order() -> None:
    with WsmanScript(found(), status("rdls02", 11), status("rdls01", 6)) as script:
        first, second = host(script).connectivity(["rdls02", "rdls01"])
    assert first.describe() == {
        "license_server": "rdls02",
        "status": "valid",
        "status_number": 11,
        "usable": True,
    }
    assert (second.license_server, second.status, second.usable) == ("rdls01", "not_connectable", False)


def test_a_license_server_that_cannot_be_asked_about_does_not_end_the_task() -> None:
    with WsmanScript(
        found(),
        status("rdls01", None, 0x80041001),
        called("GetTStoLSConnectivityStatus").fails_with(WsmanTimeout("no answer within 30 s")),
        status("rdls03", 11),
    ) as script:
        first, second, third = host(script).connectivity(["rdls01", "rdls02", "rdls03"])
    assert (first.status, first.usable, second.status, second.usable) == (None, None, None, None)
    assert "0x80041001 (WBEM_E_FAILED)" in first.explanation
    assert "no answer within 30 s" in second.explanation
    assert third.usable is True


@pytest.mark.parametrize(("mode", "number"), [("per_device", "2"), ("per_user", "4")])
def test_change_mode_sends_the_number_that_the_method_takes(mode: str, number: str) -> None:
    call = called("ChangeMode").expect_only_arguments("LicensingType").expect_argument("LicensingType", number)
    with WsmanScript(found(), call) as script:
        host(script).change_mode(mode)


def test_the_list_is_written_whole_and_in_order() -> None:
    call = called("SetSpecifiedLicenseServerList").expect_argument("SpecifiedLSList", "rdls02", "rdls01")
    with WsmanScript(found(), call) as script:
        host(script).write_license_servers(["rdls02", "rdls01"])


def test_an_empty_list_has_a_method_of_its_own() -> None:
    with WsmanScript(found(), called("EmptySpecifiedLicenseServerList").expect_only_arguments()) as script:
        host(script).write_license_servers([])


def test_a_return_value_of_the_provider_ends_a_write() -> None:
    script = WsmanScript(found(), called("ChangeMode", 0x80041016))
    with script, pytest.raises(CallRefused) as caught:
        host(script).change_mode("per_user")
    assert caught.value.code == 0x80041016
