# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instances, values, Put and Invoke as they stand in the XML."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from pypsrp.exceptions import WSManFaultError

from tests.simulator_tests.client import (
    KEY_PACK,
    LICENSE_SERVER,
    NAMESPACES,
    NIL,
    envelope,
    local,
    part,
    uri,
    values_of,
)
from tests.simulator_tests.conftest import FleetUnderTest

Start = Callable[..., FleetUnderTest]
GET = f"{NAMESPACES['x']}/Get"
PUT = f"{NAMESPACES['x']}/Put"


def test_declarations_stand_on_the_item_and_p_is_bound_twice(single: FleetUnderTest) -> None:
    text = single.raw("ls1").send(GET, uri(LICENSE_SERVER)).text
    root = text[: text.index(">")]
    assert 'xmlns:p="http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd"' in root
    item = re.search(r"<p:Win32_TSLicenseServer [^>]*>", text)
    assert item is not None
    for expected in (
        f'xmlns:p="{uri(LICENSE_SERVER)}"',
        "xmlns:xsi=",
        "xmlns:cim=",
        'xsi:type="p:Win32_TSLicenseServer_Type"',
    ):
        assert expected in item.group()


def test_null_and_empty_string_differ(single: FleetUnderTest) -> None:
    assert single.client("ls1").values(LICENSE_SERVER)["City"] is None
    single.client("ls1").set(LICENSE_SERVER, City="Graz")
    text = single.raw("ls1").send(GET, uri("Win32_OperatingSystem")).text
    assert '<p:CSDVersion xsi:nil="true"/>' in text
    assert "<p:Description></p:Description>" in text


def test_null_array_is_left_out_and_one_element_looks_like_a_scalar(single: FleetUnderTest) -> None:
    client = single.client("ls1")
    assert client.registry("CreateKey", "SOFTWARE\\Winfleet Test")["ReturnValue"] == 0
    assert client.registry("EnumValues", "SOFTWARE\\Winfleet Test") == {"ReturnValue": 0}
    client.registry("SetStringValue", "SOFTWARE\\Winfleet Test", sValueName="one", sValue="")
    found = client.registry("EnumValues", "SOFTWARE\\Winfleet Test")
    assert found == {"sNames": "one", "Types": "1", "ReturnValue": 0}


def test_datetime_forms(start: Start) -> None:
    fleet = start(
        "servers: {utc: {}, offset: {dialect: {datetime_offset_minutes: 120}}, "
        "plain: {dialect: {plain_datetime: true}}}"
    )
    query = "select ExpirationDate from Win32_TSLicenseKeyPack where KeyPackId = 2"
    found = {
        name: fleet.client(name).items("", query=query)[0]["ExpirationDate"] for name in ("utc", "offset", "plain")
    }
    assert found == {
        "utc": "2036-01-01T00:00:00Z",
        "offset": "2036-01-01T02:00:00+02:00",
        "plain": "2036-01-01T00:00:00Z",
    }
    assert "Datetime" not in fleet.raw("plain").send(GET, uri("Win32_OperatingSystem")).text
    text = fleet.raw("utc").send(GET, uri("Win32_OperatingSystem")).text
    assert re.search(r"<p:InstallDate><cim:Datetime>[^.<]+Z</cim:Datetime>", text)
    assert re.search(r"<p:LocalDateTime><cim:Datetime>[^.<]+\.\d{1,6}(?<!0)Z</cim:Datetime>", text)


def test_uppercase_booleans(start: Start) -> None:
    fleet = start("servers: {ls1: {dialect: {uppercase_booleans: true}}}")
    assert fleet.client("ls1").values("Win32_OperatingSystem")["Debug"] == "FALSE"


def test_other_class_namespaces(start: Start) -> None:
    fleet = start(
        "servers: {dmtf: {dialect: {dmtf_class_namespace: true}}, sub: {dialect: {answer_as_subclass: true}}}"
    )
    assert fleet.client("dmtf").get(LICENSE_SERVER).tag == (
        "{http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/Win32_TSLicenseServer}Win32_TSLicenseServer"
    )
    item = fleet.client("sub").get(LICENSE_SERVER)
    assert item.tag == f"{{{uri('Simulated_Win32_TSLicenseServer')}}}Simulated_Win32_TSLicenseServer"


def test_asking_for_the_base_class_gives_the_derived_one(single: FleetUnderTest) -> None:
    answer = single.client("ls1").open("CIM_Service")
    (item,) = part(answer, "w:Items")
    assert local(item) == "Win32_Service"
    assert item.tag.startswith(f"{{{uri('Win32_Service')}}}")


def test_dmtf_resource_uri_with_cimnamespace_first(single: FleetUnderTest) -> None:
    resource = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/Win32_Service"
    raw = single.raw("ls1")
    good = raw.send(GET, resource, keys={"__cimnamespace": "root/cimv2", "Name": "WinRM"})
    assert good.status_code == 200
    assert f'xmlns:p="{resource}"' in good.text
    bad = raw.send(GET, resource, keys={"Name": "WinRM", "__cimnamespace": "root/cimv2"})
    assert "InvalidSelectors" in bad.text


def test_singleton_has_no_selectors_others_need_them(single: FleetUnderTest) -> None:
    client = single.client("ls1")
    assert client.values("Win32_OperatingSystem")["CSName"] == "LS1"
    assert client.values("Win32_Service", {"Name": "winrm"})["State"] == "Running"
    for keys, code in (
        (None, 2150859002),
        ({"Name": "nothing"}, 2150858752),
        ({"Wrong": "WinRM"}, 2150858843),
        ({"Name": "WinRM", "More": "1"}, 2150858843),
    ):
        with pytest.raises(WSManFaultError) as error:
            client.get("Win32_Service", keys)
        assert error.value.code == code


def test_out_parameters_come_before_the_return_value(single: FleetUnderTest) -> None:
    raw = single.raw("ls1")
    body = f'<i:GetActivationStatus_INPUT xmlns:i="{uri(LICENSE_SERVER)}"/>'
    answer = raw.send(f"{uri(LICENSE_SERVER)}/GetActivationStatus", uri(LICENSE_SERVER), body)
    assert "<p:ActivationStatus>0</p:ActivationStatus><p:ReturnValue>0</p:ReturnValue>" in answer.text
    assert f"<a:Action>{uri(LICENSE_SERVER)}/GetActivationStatusResponse</a:Action>" in answer.text


def test_refusal_is_an_unsigned_number_with_null_outputs_and_no_fault(single: FleetUnderTest) -> None:
    answer = single.client("ls1").invoke(KEY_PACK, "UninstallLicenseKeyPackWithId", {"KeyPackId": 999})
    assert answer == {"ReturnValue": 2147749890}
    answer = single.client("ls1").invoke(LICENSE_SERVER, "ActivateServerAutomatic")
    assert answer == {"ActivationStatus": None, "ReturnValue": 2147749889}


@pytest.mark.parametrize("argument", [None, "", "text", "-1", "4294967296"])
def test_misuse_of_arguments_never_crashes(single: FleetUnderTest, argument: str | None) -> None:
    client = single.client("ls1")
    if argument is None:
        assert client.invoke(KEY_PACK, "UninstallLicenseKeyPackWithId")["ReturnValue"] == 0x80041008
        answer = client.invoke(KEY_PACK, "UninstallLicenseKeyPackWithId", {"KeyPackId": None})
        assert answer["ReturnValue"] == 0x80041008
        return
    with pytest.raises(WSManFaultError) as error:
        client.invoke(KEY_PACK, "UninstallLicenseKeyPackWithId", {"KeyPackId": argument})
    assert error.value.code == 2150858817


def test_unknown_methods_and_arguments_are_faults(single: FleetUnderTest) -> None:
    client = single.client("ls1")
    with pytest.raises(WSManFaultError) as error:
        client.invoke(LICENSE_SERVER, "RebuildDatabase")
    assert error.value.code == 0x8004102E
    with pytest.raises(WSManFaultError) as error:
        client.invoke(LICENSE_SERVER, "ChangeRole", {"ServerRole": 0, "Other": 1})
    assert error.value.code == 2150858817


def test_input_of_another_namespace_is_refused(single: FleetUnderTest) -> None:
    body = '<i:GetActivationStatus_INPUT xmlns:i="urn:other"/>'
    answer = single.raw("ls1").send(f"{uri(LICENSE_SERVER)}/GetActivationStatus", uri(LICENSE_SERVER), body)
    assert answer.status_code == 500
    assert "SchemaValidationError" in answer.text


def test_put_takes_the_whole_instance(single: FleetUnderTest) -> None:
    client = single.client("ls1")
    found = client.set(LICENSE_SERVER, Company="Winfleet Example")
    assert found["Company"] == "Winfleet Example"
    instance = client.get(LICENSE_SERVER)
    instance.remove(next(child for child in instance if local(child) == "City"))
    with pytest.raises(WSManFaultError) as error:
        client.put(LICENSE_SERVER, instance)
    assert error.value.code == 2150858817


def test_put_one_property_at_a_time_unless_allowed(start: Start) -> None:
    fleet = start("servers: {strict: {}, lax: {behaviour: {put_one_property_at_a_time: false}}}")
    with pytest.raises(WSManFaultError) as error:
        fleet.client("strict").set(LICENSE_SERVER, FirstName="Rosa", LastName="Example")
    assert error.value.code == 2150859038
    assert fleet.state("strict")["contact"]["FirstName"] is None
    fleet.client("lax").set(LICENSE_SERVER, FirstName="Rosa", LastName="Example")
    assert fleet.state("lax")["contact"]["LastName"] == "Example"


def test_put_refuses_a_changed_read_only_property(single: FleetUnderTest) -> None:
    with pytest.raises(WSManFaultError) as error:
        single.client("ls1").set(LICENSE_SERVER, ServerRole="2")
    assert error.value.code == 0x80041023


def test_put_back_unchanged_changes_nothing(single: FleetUnderTest) -> None:
    client = single.client("ls1")
    instance = client.get(LICENSE_SERVER)
    assert any(child.get(NIL) == "true" for child in instance)
    assert values_of(client.put(LICENSE_SERVER, instance)) == values_of(instance)
    assert single.journal()[-1]["changed"] is False


def test_headers_come_back_only_when_sent(start: Start) -> None:
    fleet = start("servers: {new: {}, old: {windows_release: 2008_r2}}")
    plain = fleet.raw("old").send(GET, uri(LICENSE_SERVER)).text
    assert "OperationID" not in plain
    assert "ActivityId" not in plain
    sent = "<p:OperationID s:mustUnderstand='false'>uuid:1</p:OperationID><p:SequenceId>1</p:SequenceId>"
    echoed = fleet.raw("new").send(GET, uri(LICENSE_SERVER), header=sent).text
    assert '<p:OperationID s:mustUnderstand="false">uuid:1</p:OperationID><p:SequenceId>1</p:SequenceId>' in echoed
    assert "p:ActivityId" in echoed


def test_localized_texts(start: Start) -> None:
    fleet = start(
        "servers: {ls1: {ui_language: de-DE, key_packs: "
        "[{product_version: windows_server_2008, cal_type: per_user, quantity: 5}]}}"
    )
    (pack,) = fleet.client("ls1").packs().values()
    assert pack["ProductVersion"] == "Windows Server 2008 oder Windows Server 2008 R2"
    answer = fleet.raw("ls1").send(GET, uri("Win32_Nothing"))
    assert 'xml:lang="de-DE"' in answer.text
    assert "wurde nicht gefunden" in answer.text


def test_non_administrator_sees_empty_properties_and_no_error(single: FleetUnderTest) -> None:
    client = single.client("ls1", "reader")
    assert set(client.values(LICENSE_SERVER).values()) == {None}
    assert client.items(KEY_PACK) == []
    assert client.values("Win32_OperatingSystem")["CSName"] == "LS1"
    assert client.invoke(LICENSE_SERVER, "GetActivationStatus")["ReturnValue"] != 0


def test_absent_role_has_no_classes(start: Start) -> None:
    client = start("servers: {ls1: {role_installed: false}}").client("ls1")
    operations: list[Callable[[], object]] = [
        lambda: client.get(LICENSE_SERVER),
        lambda: client.items(KEY_PACK),
        lambda: client.invoke(LICENSE_SERVER, "GetActivationStatus"),
    ]
    for operation in operations:
        with pytest.raises(WSManFaultError) as error:
            operation()
        assert error.value.code == 2150858752
    with pytest.raises(WSManFaultError) as error:
        client.items("", query="select * from Win32_TSLicenseKeyPack")
    assert error.value.code == 2150858778


def test_a_namespace_that_is_not_there(start: Start) -> None:
    text = (
        start("servers: {ls1: {dialect: {nested_wmi_code: fault}}}")
        .raw("ls1")
        .send(GET, uri("Win32_Service", "root/nowhere"))
        .text
    )
    assert 'Code="2150858752"' in text
    assert f'Code="{0x8004100E}"' in text


def test_envelope_needs_resource_uri_before_selectors(single: FleetUnderTest) -> None:
    message = envelope(GET, uri("Win32_Service"), keys={"Name": "WinRM"})
    resource = re.search(r"<w:ResourceURI>.*</w:ResourceURI>", message)
    assert resource is not None
    moved = message.replace(resource.group(), "").replace("</w:SelectorSet>", "</w:SelectorSet>" + resource.group())
    assert single.raw("ls1").post(message).status_code == 200
    assert single.raw("ls1").post(moved).status_code == 500
