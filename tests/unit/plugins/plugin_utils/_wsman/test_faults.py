# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts 21 to 26 of the WS-Management dialect: faults."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_classes import (
    TS_LICENSE_KEY_PACK,
    TS_LICENSE_SERVER,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.codes import describe_code
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanFault,
    WsmanProtocolError,
    WsmanTimeout,
)

from tests.unit.wsman_script import Exchange, WsmanScript, envelope, fixture

FAULT = (
    '<f:WSManFault xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault" Code="{code}" Machine="rdls01">'
    "{inside}</f:WSManFault>"
)


def soap_fault(
    subcode: str = "w:InternalError", reason: str = "", detail: str | None = "", related: bool = True
) -> str:
    parts = f"<s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>{subcode}</s:Value></s:Subcode></s:Code>"
    parts += f"<s:Reason>{reason}</s:Reason>"
    parts += "" if detail is None else f"<s:Detail>{detail}</s:Detail>"
    return envelope(f"<s:Fault>{parts}</s:Fault>", related=related)


def fault_of_a_get(answer: str, status: int | None = None) -> WsmanFault:
    with WsmanScript(Exchange("Get").returns(answer, status)) as script, pytest.raises(WsmanFault) as caught:
        script.session().get(TS_LICENSE_SERVER)
    assert "\n" not in str(caught.value)
    return caught.value


def fault_of_a_call(answer: str) -> WsmanFault:
    call = Exchange("Invoke", "PublishLS").returns(answer)
    with WsmanScript(call) as script, pytest.raises(WsmanFault) as caught:
        script.session().invoke(TS_LICENSE_SERVER, "PublishLS")
    return caught.value


@pytest.mark.parametrize(
    "action",
    [
        "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault",
        "http://schemas.xmlsoap.org/ws/2004/08/addressing/fault",
        "http://schemas.xmlsoap.org/ws/2004/09/enumeration/fault",
    ],
)
def test_fact_21_a_fault_is_known_by_its_body_whatever_its_action(action: str) -> None:
    fault = fault_of_a_get(soap_fault().replace("urn:any", action))
    assert fault.http_status == 500
    assert fault.subcode == "InternalError"


def test_fact_21_a_fault_with_status_200_is_a_fault() -> None:
    assert fault_of_a_get(fixture("fault_invalid_class"), 200).http_status == 200


def test_fact_22_the_code_of_an_msft_wmi_error_that_relates_to_nothing() -> None:
    fault = fault_of_a_get(fixture("fault_wmi_error"))
    assert fault.wmi_code == 0x80041003
    assert fault.code == 0x80041003
    assert fault.reason == "Access denied"
    assert str(fault) == (
        "reading Win32_TSLicenseServer on rdls01: the server returned the fault"
        " 0x80041003 (WBEM_E_ACCESS_DENIED), InternalError: Access denied"
    )


@pytest.mark.parametrize("detail", [None, "", "<w:FaultDetail>any</w:FaultDetail>"])
def test_fact_22_a_fault_may_have_no_detail_at_all(detail: str | None) -> None:
    fault = fault_of_a_get(soap_fault("w:QuotaLimit", "<s:Text>Too much. </s:Text>", detail))
    assert (fault.code, fault.wmi_code, fault.codes) == (None, None, ())
    assert str(fault).endswith("the server returned the fault QuotaLimit: Too much.")


def test_fact_22_an_answer_to_another_message_is_refused() -> None:
    answer = envelope("<any/>").replace("$MESSAGE_ID", "uuid:SOMEBODY-ELSES")
    with (
        WsmanScript(Exchange("Get").returns(answer)) as script,
        pytest.raises(WsmanProtocolError, match="another message"),
    ):
        script.session().get(TS_LICENSE_SERVER)


@pytest.mark.parametrize("relation", ["", "http://schemas.xmlsoap.org/ws/2004/08/addressing/id/unspecified"])
def test_fact_22_an_answer_may_relate_to_no_message_in_particular(relation: str) -> None:
    assert fault_of_a_get(soap_fault("w:SchemaValidationError").replace("$MESSAGE_ID", relation)).wmi_code is None


def test_fact_23_a_nested_fault_holds_the_message_that_helps() -> None:
    fault = fault_of_a_get(fixture("fault_invalid_class"))
    assert fault.reason == "Invalid class"
    assert fault.code == 2150858752
    assert fault.codes == (2150858752, 0x80041010)
    assert fault.wmi_code == 0x80041010
    assert fault.subcode == "DestinationUnreachable"
    assert "0x80041010 (WBEM_E_INVALID_CLASS), 0x80338000 (ERROR_WSMAN_RESOURCE_NOT_FOUND)" in str(fault)


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        ("<f:Message>Plain text. </f:Message>", "Plain text."),
        ("<f:Message><f:ProviderFault provider='x'>Provider text </f:ProviderFault></f:Message>", "Provider text"),
        ("<f:Message/>", "The reason of last resort."),
    ],
)
def test_fact_23_plain_messages_and_provider_texts(inside: str, reason: str) -> None:
    detail = FAULT.format(code=2150858778, inside=inside)
    assert (
        fault_of_a_get(soap_fault(detail=detail, reason="<s:Text>The reason of last resort.</s:Text>")).reason == reason
    )


def test_fact_23_an_extended_status_can_carry_message_and_code() -> None:
    status = (
        '<f:ExtendedError><p:__ExtendedStatus xmlns:p="urn:any">'
        "<p:Description>The namespace is not there</p:Description>"
        "<p:StatusCode>2147749902</p:StatusCode></p:__ExtendedStatus></f:ExtendedError>"
    )
    detail = FAULT.format(code=2150858752, inside=f"<f:Message><f:ProviderFault>{status}</f:ProviderFault></f:Message>")
    fault = fault_of_a_get(soap_fault(detail=detail))
    assert fault.reason == "The namespace is not there"
    assert fault.wmi_code == 0x8004100E


@pytest.mark.parametrize(
    ("text", "code"),
    [("HRESULT = 0x80041002 ", 0x80041002), ("Failed with 80041002", None), ("0x800410021 is no code", None)],
)
def test_fact_23_a_code_in_text_counts_only_where_a_machine_can_read_it(text: str, code: int | None) -> None:
    inside = f"<f:Message><f:ProviderFault>{text}</f:ProviderFault></f:Message>"
    assert fault_of_a_get(soap_fault(detail=FAULT.format(code=2150858752, inside=inside))).wmi_code == code


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("", ""),
        ("<s:Text/>", ""),
        ('<s:Text xml:lang="">  Trailing blanks \n and lines   </s:Text>', "Trailing blanks and lines"),
        ('<s:Text xml:lang="is">Aðgangi hafnað</s:Text>', "Aðgangi hafnað"),
    ],
)
def test_fact_24_reasons_empty_without_language_and_with_blanks(reason: str, expected: str) -> None:
    assert fault_of_a_get(soap_fault(reason=reason, detail=None)).reason == expected


def test_what_a_terminal_obeys_is_shown_by_its_code() -> None:
    fault = fault_of_a_get(
        soap_fault(reason="<s:Text>red \u009b31m \u202egnp.exe\u200b end\u2028</s:Text>", detail=None)
    )
    assert str(fault).endswith(": red <U+009B>31m <U+202E>gnp.exe<U+200B> end")


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (2150858793, "0x80338029 (ERROR_WSMAN_OPERATION_TIMEDOUT)"),
        (2150858752, "0x80338000 (ERROR_WSMAN_RESOURCE_NOT_FOUND)"),
        (2150858778, "0x8033801A (ERROR_WSMAN_ENUMERATE_CANNOT_PROCESS_FILTER)"),
        (2150858843, "0x8033805B (ERROR_WSMAN_UNEXPECTED_SELECTORS)"),
        (2150859173, "0x803381A5 (ERROR_WSMAN_QUOTA_MAX_SHELLS)"),
        (2147942405, "0x80070005 (E_ACCESSDENIED)"),
        (2147942402, "0x80070002 (ERROR_FILE_NOT_FOUND)"),
        (2147942606, "0x800700CE (ERROR_FILENAME_EXCED_RANGE)"),
        (0x80041010, "0x80041010 (WBEM_E_INVALID_CLASS)"),
        (0x80041002, "0x80041002 (WBEM_E_NOT_FOUND)"),
        (-2147217392, "0x80041010 (WBEM_E_INVALID_CLASS)"),
        (1726, "0x000006BE (RPC_S_CALL_FAILED)"),
        (0xC0DE1234, "0xC0DE1234"),
    ],
)
def test_fact_25_codes_are_shown_with_their_names_and_unknown_ones_raw(code: int, text: str) -> None:
    assert describe_code(code) == text


@pytest.mark.parametrize("code", ["", "abc", "0"])
def test_fact_25_a_code_that_is_no_number_is_none(code: str) -> None:
    assert fault_of_a_get(soap_fault(detail=FAULT.format(code=code, inside=""))).code is None


def test_fact_25_access_denied_may_come_as_an_internal_error() -> None:
    fault = fault_of_a_call(
        soap_fault(detail=FAULT.format(code=2147942405, inside="<f:Message>Access is denied. </f:Message>"))
    )
    assert fault.subcode == "InternalError"
    assert fault.codes == (0x80070005,)
    assert fault.wmi_code is None
    assert not fault.outcome_unknown


def test_fact_26_a_call_that_timed_out_may_have_happened() -> None:
    code = {"sLicenseCode": "A1B2C-D3E4F"}
    call = Exchange("Invoke", "InstallRetailPurchaseLicenseKeyPack").returns(fixture("fault_timed_out"))
    with WsmanScript(call) as script, pytest.raises(WsmanTimeout) as caught:
        script.session().invoke(TS_LICENSE_KEY_PACK, "InstallRetailPurchaseLicenseKeyPack", code)
    assert caught.value.outcome_unknown
    assert "60 s (ansible_winrm_operation_timeout_sec) or for its own MaxTimeoutms" in str(caught.value)
    assert "A1B2C" not in str(caught.value)
    assert caught.value.fault is not None
    assert caught.value.fault.subcode == "TimedOut"


def test_fact_26_a_read_that_timed_out_leaves_nothing_in_doubt() -> None:
    with (
        WsmanScript(Exchange("Get").returns(fixture("fault_timed_out"))) as script,
        pytest.raises(WsmanTimeout) as caught,
    ):
        script.session().get(TS_LICENSE_SERVER)
    assert not caught.value.outcome_unknown


@pytest.mark.parametrize(
    ("answer", "unknown"),
    [
        (fixture("fault_invalid_class"), False),
        (fixture("fault_wmi_error"), False),
        (soap_fault("w:AccessDenied"), False),
        (soap_fault("w:SchemaValidationError"), False),
        (soap_fault("w:QuotaLimit"), False),
        (soap_fault("w:InternalError"), True),
        (soap_fault("w:EncodingLimit"), True),
        (soap_fault("w:QuotaLimit", detail=FAULT.format(code=0x80338048, inside="")), True),
        (soap_fault(detail=FAULT.format(code=0x80041004, inside="")), True),
        (soap_fault("w:AccessDenied", detail=FAULT.format(code=0x80041004, inside="")), True),
        (soap_fault(detail=FAULT.format(code=0x800706BE, inside="")), True),
    ],
)
def test_a_fault_leaves_a_call_in_doubt_unless_it_proves_that_it_did_not_run(answer: str, unknown: bool) -> None:
    assert fault_of_a_call(answer).outcome_unknown is unknown


REPEATED = FAULT.format(code=2150858752, inside=f"<f:Message>{FAULT.format(code=2150858752, inside='')}</f:Message>")
FILTER = FAULT.format(code=2150858778, inside=f"<f:Message>{FAULT.format(code=2150858778, inside='')}</f:Message>")


@pytest.mark.parametrize(
    ("answer", "not_found"),
    [
        (soap_fault("a:DestinationUnreachable", detail=REPEATED), True),
        (soap_fault("a:DestinationUnreachable", detail=FAULT.format(code=32768, inside="")), True),
        (soap_fault("a:DestinationUnreachable", detail=None), True),
        (soap_fault("w:InternalError", detail=REPEATED), True),
        (soap_fault("n:CannotProcessFilter", detail=FILTER), True),
        (fixture("fault_invalid_class"), True),
        (fixture("fault_not_found"), True),
        (soap_fault("w:InternalError", detail=FAULT.format(code=0x80041004, inside="")), False),
        (soap_fault("w:AccessDenied", detail=FAULT.format(code=0x80338105, inside="")), False),
        (soap_fault("a:DestinationUnreachable", detail=FAULT.format(code=0x80041004, inside="")), False),
        (fixture("fault_wmi_error"), False),
    ],
)
def test_fact_25a_what_is_not_there_is_known_in_the_recorded_form_too(answer: str, not_found: bool) -> None:
    assert fault_of_a_get(answer).not_found is not_found


def test_fact_25a_what_is_not_there_was_not_called() -> None:
    assert not fault_of_a_call(soap_fault("a:DestinationUnreachable", detail=REPEATED)).outcome_unknown


def test_a_fault_never_leaves_a_read_in_doubt() -> None:
    assert not fault_of_a_get(soap_fault("w:InternalError")).outcome_unknown
