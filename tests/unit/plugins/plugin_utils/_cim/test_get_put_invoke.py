# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts 16 to 20 of the WS-Management dialect: Get, Put, Invoke."""

from __future__ import annotations

from xml.sax.saxutils import escape

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.signatures import define_class
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.values import CimScalar, CimValue
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_classes import (
    CIM_DATA_FILE,
    STD_REG_PROV,
    TERMINAL_SERVICE_SETTING,
    TS_ISSUED_LICENSE,
    TS_LICENSE_KEY_PACK,
    TS_LICENSE_REPORT,
    TS_LICENSE_SERVER,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanError,
    WsmanProtocolError,
    WsmanRequestError,
)

from tests.unit.wsman_script import WMI, Exchange, WsmanScript, envelope, fixture, read_xml

SERVER_URI = f"{WMI}root/cimv2/Win32_TSLicenseServer"
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def output(method: str, parameters: str, class_name: str = "Win32_TSLicenseServer") -> str:
    uri = f"{WMI}root/cimv2/{class_name}"
    return envelope(f'<p:{method}_OUTPUT {XSI} xmlns:p="{uri}">{parameters}</p:{method}_OUTPUT>')


def publish(parameters: str) -> WsmanScript:
    return WsmanScript(Exchange("Invoke", "PublishLS").returns(output("PublishLS", parameters)))


def test_fact_16_a_singleton_needs_no_selectors() -> None:
    with WsmanScript(
        Exchange("Get").expect_resource_uri(SERVER_URI).expect_no_selectors().returns(fixture("get_license_server"))
    ) as script:
        assert script.session().get(TS_LICENSE_SERVER)["Company"] == "Contoso"
    assert len(script.sent[0]) < 1600


def test_fact_17_out_parameters_come_first_and_the_return_value_last() -> None:
    with WsmanScript(
        Exchange("Invoke", "InstallRetailPurchaseLicenseKeyPack")
        .expect_class("root/cimv2", "Win32_TSLicenseKeyPack")
        .expect_no_selectors()
        .expect_only_arguments("sLicenseCode")
        .expect_argument("sLicenseCode", "A1B2C")
        .returns(fixture("invoke_install_retail")),
    ) as script:
        result = script.session().invoke(
            TS_LICENSE_KEY_PACK, "InstallRetailPurchaseLicenseKeyPack", {"sLicenseCode": "A1B2C"}
        )
    assert result.return_value == 0
    assert result["KeyPackId"] == 13
    assert result.number("KeyPackId") == 13


REGISTRY = define_class(
    "StdRegProv",
    "root/default",
    methods="SetMultiStringValue(in uint32 hDefKey, in string sSubKeyName, in string sValueName, in string[] sValue)",
)


def test_fact_17_the_input_is_in_the_namespace_of_the_class_and_in_the_order_of_the_signature() -> None:
    with WsmanScript(
        Exchange("Invoke", "SetMultiStringValue")
        .expect_class("root/default", "StdRegProv")
        .expect_only_arguments("hDefKey", "sSubKeyName", "sValueName", "sValue", "sValue")
        .expect_argument("sValue", "a", "b")
        .expect_argument("sValueName", None)
        .returns(output("SetMultiStringValue", "<p:ReturnValue>0</p:ReturnValue>", "StdRegProv")),
    ) as script:
        script.session().invoke(
            REGISTRY,
            "SetMultiStringValue",
            {"sValue": ["a", "b"], "sValueName": None, "sSubKeyName": r"SOFTWARE\WinFleet", "hDefKey": 0x80000002},
        )
    body = read_xml(script.sent[0])[1]
    assert body[0].tag == f"{{{WMI}root/default/StdRegProv}}SetMultiStringValue_INPUT"
    assert body[0][0].tag == f"{{{WMI}root/default/StdRegProv}}hDefKey"


def test_fact_17_a_null_out_parameter_and_one_left_out() -> None:
    names = output("EnumValues", '<p:sNames xsi:nil="true"/><p:ReturnValue>0</p:ReturnValue>', "StdRegProv")
    with WsmanScript(Exchange("Invoke", "EnumValues").returns(names)) as script:
        result = script.session().invoke(STD_REG_PROV, "EnumValues", {"hDefKey": 1, "sSubKeyName": "x"})
    assert dict(result.values) == {"sNames": None, "Types": None}


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0", 0), ("2147749890", 0x80041002), ("-2147217406", 0x80041002), (" 5 ", 5), ("4294967295", 0xFFFFFFFF)],
)
def test_fact_17_the_return_value_is_unsigned(text: str, expected: int) -> None:
    with publish(f"<p:ActivationStatus>1</p:ActivationStatus><p:ReturnValue>{text}</p:ReturnValue>") as script:
        assert script.session().invoke(TS_LICENSE_SERVER, "PublishLS").return_value == expected


@pytest.mark.parametrize("name", ["ReturnValue", "returnValue", "RETURNVALUE"])
def test_fact_17_the_return_value_has_no_case_and_may_come_first(name: str) -> None:
    with publish(f'<p:{name} xsi:type="x:unsignedInt"> 0x80041001 </p:{name}><p:Any>1</p:Any>') as script:
        assert script.session().invoke(TS_LICENSE_SERVER, "PublishLS").return_value == 0x80041001


@pytest.mark.parametrize(
    "parameters",
    [
        "",
        "<p:ActivationStatus>1</p:ActivationStatus>",
        '<p:ReturnValue xsi:nil="true"/>',
        "<p:ReturnValue></p:ReturnValue>",
        "<p:ReturnValue>done</p:ReturnValue>",
        "<p:ReturnValue>4294967296</p:ReturnValue>",
        "<p:ReturnValue>0</p:ReturnValue><p:ReturnValue>0</p:ReturnValue>",
    ],
)
def test_fact_17_without_a_return_value_nobody_knows_what_happened(parameters: str) -> None:
    with publish(parameters) as script, pytest.raises(WsmanProtocolError, match="return value") as caught:
        script.session().invoke(TS_LICENSE_SERVER, "PublishLS")
    assert caught.value.outcome_unknown
    assert str(caught.value).startswith("calling Win32_TSLicenseServer.PublishLS on rdls01: ")


def test_a_method_that_only_reads_is_never_in_doubt() -> None:
    for answer in (output("GetActivationStatus", ""), output("PublishLS", ""), fixture("fault_timed_out")):
        with (
            WsmanScript(Exchange("Invoke", "GetActivationStatus").returns(answer)) as script,
            pytest.raises(WsmanError) as caught,
        ):
            script.session().invoke(TS_LICENSE_SERVER, "GetActivationStatus")
        assert not caught.value.outcome_unknown


def test_fact_17_an_answer_to_another_method_is_refused() -> None:
    with (
        WsmanScript(
            Exchange("Invoke", "PublishLS").returns(output("UnpublishLS", "<p:ReturnValue>0</p:ReturnValue>"))
        ) as script,
        pytest.raises(WsmanProtocolError, match="no PublishLS_OUTPUT") as caught,
    ):
        script.session().invoke(TS_LICENSE_SERVER, "PublishLS")
    assert caught.value.outcome_unknown


def test_fact_18_put_sends_the_whole_instance_and_changes_only_what_was_changed() -> None:
    with WsmanScript(
        Exchange("Get").returns(fixture("get_license_server")),
        Exchange("Put")
        .expect_resource_uri(SERVER_URI)
        .expect_no_selectors()
        .expect_argument("Company", "Contoso & Söhne <GmbH>")
        .expect_argument("Address", None)
        .expect_argument("City", "")
        .expect_argument("State", "Línea\r\ndos")
        .expect_argument("ProductId", "00252-10000-00000-AA228")
        .expect_argument("ServerRole", "1")
        .returns(fixture("get_license_server")),
    ) as script:
        session = script.session()
        server = session.get(TS_LICENSE_SERVER)
        answer = session.put(server.with_values(Company="Contoso & Söhne <GmbH>", State="Línea\r\ndos"))
    assert answer["Company"] == "Contoso"
    sent, came = read_xml(script.sent[1])[1][0], server.element
    assert came is not None
    assert sent.tag == came.tag
    assert [child.tag for child in sent] == [child.tag for child in came]


def test_fact_18_what_the_schema_does_not_know_goes_back_as_it_came() -> None:
    strange = (
        '<p:Strange xsi:type="p:Odd_Type" other="x"><q:Deep xmlns:q="urn:q">1</q:Deep> tail</p:Strange>'
        "<p:Company>a</p:Company>"
    )
    came = envelope(f'<p:Win32_TSLicenseServer {XSI} xmlns:p="{SERVER_URI}">{strange}</p:Win32_TSLicenseServer>')
    with WsmanScript(Exchange("Get").returns(came), Exchange("Put").returns(envelope(""))) as script:
        session = script.session()
        changed = session.get(TS_LICENSE_SERVER).with_values(Company="b", City="Reykjavík")
        assert session.put(changed) is changed
    put = read_xml(script.sent[1])
    sent = put[1][0]
    strange_element, company, city = list(sent)
    assert strange_element.get("other") == "x"
    assert strange_element[0].tag == "{urn:q}Deep"
    assert strange_element[0].tail == " tail"
    assert (company.text, city.text) == ("b", "Reykjavík")
    assert city.tag == f"{{{SERVER_URI}}}City"
    # The prefix inside the value of xsi:type is bound to the same namespace as before.
    assert b'xmlns:p="' + SERVER_URI.encode() in script.sent[1]
    assert b'xsi:type="p:Odd_Type"' in script.sent[1]


LISTED = define_class("Listed", "root/cimv2", properties="key string Name\nrw string[] Names\nrw string Note")


@pytest.mark.parametrize(
    ("names", "expected"),
    [(["c"], ["Name", "Names", "Note"]), (["c", "d", "e"], ["Name", "Names", "Names", "Names", "Note"])],
)
def test_fact_18_an_array_is_replaced_in_its_place(names: list[CimScalar], expected: list[str]) -> None:
    values = "<p:Name>x</p:Name><p:Names>a</p:Names><p:Names>b</p:Names><p:Note>n</p:Note>"
    came = envelope(f'<p:Listed xmlns:p="{WMI}root/cimv2/Listed">{values}</p:Listed>')
    with WsmanScript(
        Exchange("Get").expect_selector("Name", "x").returns(came),
        Exchange("Put").expect_selector("Name", "x").returns(envelope("")),
    ) as script:
        session = script.session()
        session.put(session.get(LISTED, {"Name": "x"}).with_values(Names=names))
    sent = list(read_xml(script.sent[1])[1][0])
    assert [element.tag.rpartition("}")[2] for element in sent] == expected
    assert [element.text for element in sent] == ["x", *names, "n"]


@pytest.mark.parametrize("changes", [{"ServerRole": 1}, {"Nonsense": 1}])
def test_fact_18_a_read_only_property_cannot_be_changed(changes: dict[str, CimValue]) -> None:
    with WsmanScript(Exchange("Get").returns(fixture("get_license_server"))) as script:
        server = script.session().get(TS_LICENSE_SERVER)
    with pytest.raises(ValueError, match=r"read-only|no property"):
        server.with_values(**changes)


def test_fact_18_a_projection_cannot_be_put_back() -> None:
    answer = envelope(
        "<n:EnumerateResponse><w:Items><w:XmlFragment><Company>a</Company></w:XmlFragment></w:Items><w:EndOfSequence/></n:EnumerateResponse>"
    )
    with WsmanScript(Exchange("Enumerate").returns(answer)) as script:
        session = script.session()
        (found,) = session.enumerate(TS_LICENSE_SERVER, "select Company from Win32_TSLicenseServer")
        with pytest.raises(ValueError, match="only a whole Win32_TSLicenseServer"):
            session.put(found.with_values(Company="b"))


def test_fact_16_a_part_of_an_instance_is_no_response_to_get() -> None:
    """Put could not send it back whole."""
    part = envelope("<w:XmlFragment><Company>a</Company></w:XmlFragment>")
    with (
        WsmanScript(Exchange("Get").returns(part)) as script,
        pytest.raises(WsmanProtocolError, match="a part of Win32_TSLicenseServer") as caught,
    ):
        script.session().get(TS_LICENSE_SERVER)
    assert not caught.value.outcome_unknown


def test_fact_19_the_namespace_is_the_first_selector() -> None:
    answer = output(
        "Revoke", "<p:RevokableCals>3</p:RevokableCals><p:ReturnValue>0</p:ReturnValue>", "Win32_TSIssuedLicense"
    )
    with WsmanScript(
        Exchange("Invoke", "Revoke")
        .expect_selector("LicenseId", "5")
        .expect_selector("KeyPackId", "11")
        .expect_selector("__cimnamespace", "root/cimv2")
        .returns(answer)
    ) as script:
        keys: dict[str, CimValue] = {"LicenseId": 5, "KeyPackId": 11, "__cimnamespace": "root/cimv2"}
        assert script.session().invoke(TS_ISSUED_LICENSE, "Revoke", selectors=keys)["RevokableCals"] == 3
    selectors = script.sent[0].decode().split("SelectorSet>")[1]
    assert selectors.index("__cimnamespace") < selectors.index("LicenseId") < selectors.index("KeyPackId")


ENTRY_URI = f"{WMI}root/cimv2/Win32_TSLicenseReportEntry"
ENTRY = "<p:User>CONTOSO\\asa</p:User><p:ProductVersionID>7</p:ProductVersionID>"
CIM_XML = escape(
    '<INSTANCE CLASSNAME="Win32_TSLicenseReportEntry">'
    '<PROPERTY NAME="User" TYPE="string"><VALUE>CONTOSO\\asa</VALUE></PROPERTY>'
    '<PROPERTY NAME="ProductVersionID" TYPE="uint32"><VALUE>7</VALUE></PROPERTY>'
    '<PROPERTY NAME="CALType" TYPE="string"/></INSTANCE>'
)
BARE = f"<p:Win32_TSLicenseReportEntry xmlns:p='{ENTRY_URI}'>{ENTRY}</p:Win32_TSLicenseReportEntry>"
TYPED = f"<p:ReportEntries xmlns:p='{ENTRY_URI}' xsi:type='p:Win32_TSLicenseReportEntry_Type'>{ENTRY}</p:ReportEntries>"


@pytest.mark.parametrize(
    "entry", [TYPED, f"<p:ReportEntries>{BARE}</p:ReportEntries>", f"<p:ReportEntries>{CIM_XML}</p:ReportEntries>"]
)
def test_fact_20_embedded_instances_as_elements_and_as_text(entry: str) -> None:
    parameters = f"<p:Count>2</p:Count>{entry}{entry}<p:ReturnValue>0</p:ReturnValue>"
    with WsmanScript(
        Exchange("Invoke", "FetchReportEntries")
        .expect_argument("StartIndex", "0")
        .expect_argument("Count", "50")
        .returns(output("FetchReportEntries", parameters, "Win32_TSLicenseReport"))
    ) as script:
        result = script.session().invoke(
            TS_LICENSE_REPORT, "FetchReportEntries", {"StartIndex": 0, "Count": 50}, {"FileName": "usage.xml"}
        )
    found = result.instances("ReportEntries")
    assert [each.class_name for each in found] == ["Win32_TSLicenseReportEntry"] * 2
    assert [each.text("User") for each in found] == ["CONTOSO\\asa"] * 2
    assert [each.number("ProductVersionID") for each in found] == [7, 7]
    assert [each["CALType"] for each in found] == [None, None]
    assert result.number("Count") == 2


@pytest.mark.parametrize("text", ["nonsense", "&lt;!DOCTYPE x&gt;&lt;INSTANCE/&gt;", "&lt;OTHER/&gt;"])
def test_fact_20_text_that_is_no_instance_is_an_error(text: str) -> None:
    parameters = f"<p:ReportEntries>{text}</p:ReportEntries><p:ReturnValue>0</p:ReturnValue>"
    answer = output("FetchReportEntries", parameters, "Win32_TSLicenseReport")
    with (
        WsmanScript(Exchange("Invoke", "FetchReportEntries").returns(answer)) as script,
        pytest.raises(WsmanProtocolError, match=r"FetchReportEntries, ReportEntries that is not of type object"),
    ):
        script.session().invoke(TS_LICENSE_REPORT, "FetchReportEntries", {}, {"FileName": "x"})


def test_a_method_of_an_instance_needs_selectors() -> None:
    with WsmanScript() as script, pytest.raises(ValueError, match="called on an instance"):
        script.session().invoke(CIM_DATA_FILE, "Rename", {"FileName": r"C:\b"})


@pytest.mark.parametrize(
    ("method", "arguments", "message"),
    [
        ("Rename", {"NewName": "x"}, "takes no argument NewName"),
        ("Rename", {"FileName": 5}, r"Rename, FileName: a value of Python type int is not of type string"),
        ("Rename", {"FileName": ["x"]}, r"Rename, FileName is not an array"),
        ("Delete", {}, "has no method Delete"),
    ],
)
def test_calls_that_do_not_fit_the_schema_are_never_sent(
    method: str, arguments: dict[str, CimValue], message: str
) -> None:
    with WsmanScript() as script, pytest.raises(ValueError, match=message):
        script.session().invoke(CIM_DATA_FILE, method, arguments, {"Name": r"C:\a"})


def test_an_unknown_selector_is_never_sent() -> None:
    with WsmanScript() as script, pytest.raises(ValueError, match="no property FileName to select by"):
        script.session().get(CIM_DATA_FILE, {"FileName": "x"})


def test_a_character_that_xml_cannot_carry_is_refused_without_repeating_the_value() -> None:
    with WsmanScript() as script, pytest.raises(WsmanRequestError) as caught:
        script.session().invoke(
            TS_LICENSE_KEY_PACK, "InstallRetailPurchaseLicenseKeyPack", {"sLicenseCode": "SECRET\x00CODE"}
        )
    assert "U+0000 at position 7" in str(caught.value)
    assert "SECRET" not in str(caught.value)
    assert not caught.value.outcome_unknown


def test_an_empty_list_is_left_out() -> None:
    answer = output("SetSpecifiedLicenseServerList", "<p:ReturnValue>0</p:ReturnValue>", "Win32_TerminalServiceSetting")
    with WsmanScript(
        Exchange("Invoke", "SetSpecifiedLicenseServerList").expect_only_arguments().returns(answer)
    ) as script:
        script.session().invoke(
            TERMINAL_SERVICE_SETTING, "SetSpecifiedLicenseServerList", {"SpecifiedLSList": []}, {"ServerName": "rdsh01"}
        )
