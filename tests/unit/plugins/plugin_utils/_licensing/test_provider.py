# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a refused call says: what was asked, of whom, the answer in hex and by name, and what to do."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import (
    CallRefused,
    asking,
    invoke,
    refusal,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_classes import TS_LICENSE_SERVER
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.codes import ACCESS_DENIED_CODES
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanConnectionLost,
    WsmanError,
    WsmanFault,
    WsmanTimeout,
)

from tests.unit.conversations import LICENSE_SERVER, call
from tests.unit.fake_license_server import FakeLicenseServer
from tests.unit.wsman_script import Exchange, WsmanScript, fixture

# Code to its name and to words of the advice that every such answer gets.
KNOWN_CAUSES = [
    (0x80041010, "WBEM_E_INVALID_CLASS", "the Remote Desktop Licensing role service is not installed there"),
    (0x80041003, "WBEM_E_ACCESS_DENIED", "connect with an account that is a local Administrator"),
    (0x80070005, "E_ACCESSDENIED", "connect with an account that is a local Administrator"),
    (0x80041004, "WBEM_E_PROVIDER_FAILURE", "check that the service TermServLicensing runs"),
    (0x80041014, "WBEM_E_INITIALIZATION_FAILURE", "check that the service TermServLicensing runs"),
    (0x80041016, "WBEM_E_INVALID_OPERATION", "Group Policy controls this setting"),
    (0x8004100C, "WBEM_E_NOT_SUPPORTED", "no longer supports the call"),
    (0x8004100E, "WBEM_E_INVALID_NAMESPACE", "does not have the WMI namespace"),
]


@pytest.mark.parametrize(("code", "name", "advice"), KNOWN_CAUSES)
def test_known_causes_are_named(code: int, name: str, advice: str) -> None:
    text = refusal("rdls02", "reading the key packs", code, advice="never mind")
    assert text.startswith(f"rdls02: reading the key packs failed: 0x{code:08X}")
    assert name in text
    assert advice in text
    assert "never mind" not in text
    assert text.endswith(".")


@pytest.mark.parametrize(("code", "shown"), [(0x80041001, "0x80041001"), (0xDEADBEEF, "0xDEADBEEF"), (7, "7")])
def test_other_codes_are_reported_raw_with_the_advice_for_the_call(code: int, shown: str) -> None:
    text = refusal("rdls02", "installing CALs", code, advice="look into the event log")
    assert shown in text
    assert text.endswith("; look into the event log.")


def test_without_code_and_advice_it_still_is_a_sentence() -> None:
    assert refusal("rdls02", "reading", None) == "rdls02: reading failed: a fault without a code."


def test_the_hint_of_another_provider_goes_first() -> None:
    text = refusal("rdls02", "stopping the service", 0x80070005, hints={0x80070005: "ask somebody else"})
    assert text.endswith("; ask somebody else.")


def test_a_method_that_returns_0_gives_its_outputs() -> None:
    with WsmanScript(call(LICENSE_SERVER, "GetActivationStatus", ActivationStatus=1)) as script:
        answer = invoke(script.session(), TS_LICENSE_SERVER, "GetActivationStatus", what="reading the status")
    assert answer["ActivationStatus"] == 1


@pytest.mark.parametrize("returned", [1, 0x80041001, 0xFFFFFFFF])
def test_any_other_return_value_is_a_refusal(returned: int) -> None:
    with WsmanScript(call(LICENSE_SERVER, "PublishLS", returns=returned)) as script:
        session = script.session()
        with pytest.raises(CallRefused) as caught:
            invoke(session, TS_LICENSE_SERVER, "PublishLS", what="publishing", advice="ask an Enterprise Admin")
    assert caught.value.code == returned
    assert not caught.value.outcome_unknown
    assert str(caught.value).startswith("rdls01: publishing (PublishLS) failed: ")
    assert str(caught.value).endswith("; ask an Enterprise Admin.")


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        (0x4001, "0x00004001 (LSERVER_I_NO_MORE_DATA)"),
        (4001, "0x00000FA1 (LSERVER_I_NO_MORE_DATA)"),
        (5007, "0x0000138F (LSERVER_E_SERVER_BUSY)"),
        (5009, "0x00001391 (LSERVER_E_INVALID_DATA)"),
        (5027, "0x000013A3"),
        (0x80041001, "0x80041001 (WBEM_E_FAILED)"),
    ],
)
def test_return_codes_of_the_licensing_api_have_names(code: int, shown: str) -> None:
    with WsmanScript(call(LICENSE_SERVER, "PublishLS", returns=code)) as script:
        session = script.session()
        with pytest.raises(CallRefused) as caught:
            invoke(session, TS_LICENSE_SERVER, "PublishLS", what="publishing")
    assert str(caught.value) == f"rdls01: publishing (PublishLS) failed: {shown}."


def test_a_missing_role_service_is_told_from_the_fault() -> None:
    with WsmanScript(Exchange("Get").returns(fixture("fault_invalid_class"))) as script:
        session = script.session()
        with pytest.raises(CallRefused) as caught, asking("rdls01", "reading the license server"):
            session.get(TS_LICENSE_SERVER)
    assert caught.value.code == 0x80041010
    assert str(caught.value).startswith("rdls01: reading the license server failed: 0x80041010 (WBEM_E_INVALID_CLASS)")
    assert "role service is not installed" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("outcome_unknown", [True, False])
def test_a_fault_says_whether_the_method_may_have_run(outcome_unknown: bool) -> None:
    fault = WsmanFault("no luck", code=0x80338003, outcome_unknown=outcome_unknown)
    with pytest.raises(CallRefused) as caught, asking("rdls01", "installing", advice="look there"):
        raise fault
    assert caught.value.outcome_unknown is outcome_unknown
    assert str(caught.value).startswith("rdls01: installing failed: 0x80338003")
    assert str(caught.value).endswith(", 'no luck'; look there.")


RECORDED = {"code": 0x80338000, "codes": (0x80338000, 0x80338000), "subcode": "DestinationUnreachable"}


@pytest.mark.parametrize(
    ("fault", "kind", "advice"),
    [
        (RECORDED, "not_found", "the Remote Desktop Licensing role service is not installed there"),
        ({"code": 32768}, "not_found", "the Remote Desktop Licensing role service is not installed there"),
        ({"subcode": "DestinationUnreachable"}, "not_found", "role service is not installed there"),
        ({"code": 0x8033801A, "subcode": "CannotProcessFilter"}, "not_found", "role service is not installed there"),
        ({"code": 5, "subcode": "InternalError"}, "access_denied", "account that is a local Administrator"),
        ({"code": 0x80338104}, "access_denied", "account that is a local Administrator"),
        ({"code": 0x80338105}, "access_denied", "account that is a local Administrator"),
        ({"subcode": "AccessDenied"}, "access_denied", "account that is a local Administrator"),
        ({"code": 0x803381A6, "subcode": "QuotaLimit"}, "quota_exceeded", "limit of its WinRM service"),
        ({"subcode": "QuotaLimit"}, "quota_exceeded", "limit of its WinRM service"),
        ({"code": 0x80338048, "subcode": "QuotaLimit"}, "quota_exceeded", "raise MaxEnvelopeSizekb on the server"),
        ({"subcode": "EncodingLimit"}, "quota_exceeded", "raise MaxEnvelopeSizekb on the server"),
    ],
)
def test_a_fault_is_known_by_its_kind_and_gets_advice_of_its_own(
    fault: dict[str, t.Any], kind: str, advice: str
) -> None:
    with pytest.raises(CallRefused) as caught, asking("rdls01", "reading", advice="check the role service"):
        raise WsmanFault("", **fault)
    kinds = ("not_found", "access_denied", "quota_exceeded")
    assert [each for each in kinds if getattr(caught.value, each)] == [kind]
    assert advice in str(caught.value)
    assert "check the role service" not in str(caught.value)


@pytest.mark.parametrize(
    "fault", [{"code": 0x80070005}, {"code": 5}, {"code": 0x80041003}, {"subcode": "AccessDenied"}]
)
def test_a_denied_access_gets_the_advice_of_the_call(fault: dict[str, t.Any]) -> None:
    hints = dict.fromkeys(ACCESS_DENIED_CODES, "the group needs a Domain Admin")
    with pytest.raises(CallRefused, match="the group needs a Domain Admin"), asking("rdls01", "adding", hints):
        raise WsmanFault("", **fault)


@pytest.mark.parametrize(
    ("asked", "missing"),
    [
        ("reading Win32_TSLicenseServer on rdls01", True),
        ("enumerating Win32_TerminalServiceSetting on rdls01", True),
        ("enumerating Win32_ServerFeature on rdls01", False),
    ],
)
def test_only_the_classes_of_a_role_service_tell_that_it_is_missing(asked: str, missing: bool) -> None:
    fault = WsmanFault("", code=0x80338000, subcode="DestinationUnreachable")
    fault.asked = asked
    with pytest.raises(CallRefused) as caught, asking("rdls01", "reading"):
        raise fault
    assert caught.value.not_found
    assert caught.value.role_service_missing is missing
    assert ("role service is not installed" in str(caught.value)) is missing


@pytest.mark.parametrize(
    ("asked", "advice"),
    [
        ("reading Win32_TSLicenseServer", "check that the service TermServLicensing runs"),
        ("reading StdRegProv", "look"),
    ],
)
def test_a_provider_that_fails_without_a_code_is_told_by_its_subcode(asked: str, advice: str) -> None:
    """As the licensing provider does while its service is stopped: the role service is there."""
    fault = WsmanFault("Provider failure", subcode="InternalError")
    fault.asked = asked
    with pytest.raises(CallRefused, match=advice), asking("rdls02", "reading", advice="look"):
        raise fault


def test_the_text_of_a_server_is_cut() -> None:
    with pytest.raises(CallRefused) as caught, asking("rdls01", "reading"):
        raise WsmanFault("long " * 20000, code=0x80338003)
    assert len(str(caught.value)) < 1000


def test_the_code_of_wmi_goes_before_the_one_of_the_wire() -> None:
    with pytest.raises(CallRefused) as caught, asking("rdls01", "reading"):
        raise WsmanFault("", code=0x80338000, wmi_code=0x80041010)
    assert caught.value.code == 0x80041010


@pytest.mark.parametrize("error", [WsmanTimeout("too slow"), WsmanConnectionLost("gone")])
def test_no_answer_is_no_refusal(error: WsmanError) -> None:
    with pytest.raises(type(error)) as caught, asking("rdls01", "installing"):
        raise error
    assert caught.value is error


def test_a_refused_call_is_made_once() -> None:
    server = FakeLicenseServer(refusals={"PublishLS": 5})
    with pytest.raises(CallRefused):
        invoke(server.license_server.session, TS_LICENSE_SERVER, "PublishLS", what="publishing")
    assert server.calls == ["PublishLS"]
