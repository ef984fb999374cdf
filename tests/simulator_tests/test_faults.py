# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults: their form, their dialects, and messages that are none."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest
from pypsrp.exceptions import WSManFaultError

from tests.simulator.wire.xml import parse
from tests.simulator_tests.client import LICENSE_SERVER, NAMESPACES, envelope, local, uri
from tests.simulator_tests.conftest import FleetUnderTest

Start = Callable[..., FleetUnderTest]
GET = f"{NAMESPACES['x']}/Get"
NOT_INSTALLED = "role_installed: false"


def _fault(fleet: FleetUnderTest, server: str = "ls1") -> ET.Element:
    """The envelope of the answer to Get of a class that is not there."""
    answer = fleet.raw(server).send(GET, uri("Win32_Nothing"))
    assert answer.status_code == 500
    return parse(answer.content)


def test_nested_fault(single: FleetUnderTest) -> None:
    root = _fault(single)
    assert (
        root.findtext(".//a:Action", namespaces=NAMESPACES) == "http://schemas.xmlsoap.org/ws/2004/08/addressing/fault"
    )
    assert root.findtext(".//s:Subcode/s:Value", namespaces=NAMESPACES) == "a:DestinationUnreachable"
    faults = root.findall(".//f:WSManFault", NAMESPACES)
    assert [fault.get("Code") for fault in faults] == ["2150858752", "2150858752"]
    assert faults[0].get("Machine") == "ls1.winfleet.example"
    text = "The service cannot find the resource identified by the resource URI and selectors. "
    assert faults[1].findtext("f:Message", namespaces=NAMESPACES) == text
    status = root.find(".//f:ExtendedError", NAMESPACES)
    assert status is not None
    assert local(status[0]) == "__ExtendedStatus"
    assert root.find(".//a:RelatesTo", NAMESPACES) is not None


def test_the_wmi_code_nested(start: Start) -> None:
    root = _fault(start("servers: {ls1: {dialect: {nested_wmi_code: fault}}}"))
    faults = root.findall(".//f:WSManFault", NAMESPACES)
    assert [fault.get("Code") for fault in faults] == ["2150858752", str(0x80041010)]
    assert faults[1].findtext("f:Message", namespaces=NAMESPACES) == "Invalid class "


@pytest.mark.parametrize(
    ("dialect", "codes", "status"),
    [("extended_status", ["2150858752", "2150858752"], str(0x80041010)), ("none", ["2150858752", "2150858752"], None)],
)
def test_where_the_wmi_code_stands(start: Start, dialect: str, codes: list[str], status: str | None) -> None:
    root = _fault(start(f"servers: {{ls1: {{dialect: {{nested_wmi_code: {dialect}}}}}}}"))
    assert [fault.get("Code") for fault in root.findall(".//f:WSManFault", NAMESPACES)] == codes
    assert next(element.text for element in root.iter() if local(element) == "StatusCode") == status


def test_wmi_error_detail_has_no_relates_to(start: Start) -> None:
    root = _fault(start("servers: {ls1: {dialect: {wmi_error_detail: true}}}"))
    assert root.find(".//a:RelatesTo", NAMESPACES) is None
    code = next(element for element in root.iter() if local(element) == "error_Code")
    assert code.text == str(0x80041010)


def test_empty_detail_and_empty_reason(start: Start) -> None:
    fleet = start("servers: {bare: {dialect: {empty_fault_detail: true}}, mute: {dialect: {empty_reason: true}}}")
    assert _fault(fleet, "bare").find(".//s:Detail", NAMESPACES) is None
    text = _fault(fleet, "mute").find(".//s:Reason/s:Text", NAMESPACES)
    assert text is not None
    assert (text.text, text.get("{http://www.w3.org/XML/1998/namespace}lang")) == (None, "")


def test_reason_ends_in_a_blank(single: FleetUnderTest) -> None:
    reason = _fault(single).findtext(".//s:Reason/s:Text", namespaces=NAMESPACES)
    assert reason is not None
    assert reason.endswith(". ")


def test_account_without_remote_management_is_refused(start: Start) -> None:
    fleet = start("servers: {a: {}, b: {dialect: {access_denied_as_internal_error: true}}}")
    for server, subcode in (("a", "w:AccessDenied"), ("b", "w:InternalError")):
        answer = fleet.raw(server, "outsider").send(GET, uri(LICENSE_SERVER))
        assert answer.status_code == 500
        assert f"<s:Value>{subcode}</s:Value>" in answer.text
        assert 'Code="2147942405"' in answer.text


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"no xml",
        b"<a><b></a>",
        b"<other/>",
        b'<!DOCTYPE s [<!ENTITY x "y">]><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"/>',
        b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"/>',
        b"\xff\xfe<\x00a\x00",
    ],
)
def test_unreadable_messages_are_schema_faults(single: FleetUnderTest, message: bytes) -> None:
    answer = single.raw("ls1").post(message)
    if not message:
        assert answer.status_code == 200
        return
    assert answer.status_code == 500
    assert 'Code="2150858817"' in answer.text


def test_document_type_is_refused_before_anything_is_read(single: FleetUnderTest) -> None:
    message = '<!DOCTYPE e [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + envelope(GET, uri(LICENSE_SERVER))
    assert 'Code="2150858817"' in single.raw("ls1").post(message).text


def test_header_that_must_be_understood(single: FleetUnderTest) -> None:
    raw = single.raw("ls1")
    header = '<q:New xmlns:q="urn:q" s:mustUnderstand="{}"/>'
    assert raw.send(GET, uri(LICENSE_SERVER), header=header.format("false")).status_code == 200
    answer = raw.send(GET, uri(LICENSE_SERVER), header=header.format("true"))
    assert "<s:Value>s:MustUnderstand</s:Value>" in answer.text


@pytest.mark.parametrize(
    ("action", "resource", "expected"),
    [
        ("", uri(LICENSE_SERVER), "MessageInformationHeaderRequired"),
        (f"{NAMESPACES['x']}/Create", uri(LICENSE_SERVER), "ActionNotSupported"),
        ("urn:other", uri(LICENSE_SERVER), "ActionNotSupported"),
        (GET, "http://schemas.microsoft.com/powershell/Microsoft.PowerShell", "DestinationUnreachable"),
        (GET, "", "DestinationUnreachable"),
        (GET, uri("*"), "ActionNotSupported"),
        (f"{NAMESPACES['n']}/Enumerate", uri(LICENSE_SERVER), "SchemaValidationError"),
        (f"{NAMESPACES['n']}/Pull", uri(LICENSE_SERVER), "SchemaValidationError"),
    ],
)
def test_wrong_actions_and_resources(single: FleetUnderTest, action: str, resource: str, expected: str) -> None:
    answer = single.raw("ls1").send(action, resource)
    assert answer.status_code == 500
    assert expected in answer.text


def test_other_filter_dialects_are_refused(single: FleetUnderTest) -> None:
    body = '<n:Enumerate><w:Filter Dialect="http://www.w3.org/TR/1999/REC-xpath-19991116">*</w:Filter></n:Enumerate>'
    answer = single.raw("ls1").send(f"{NAMESPACES['n']}/Enumerate", uri("*"), body)
    assert "FilterDialectRequestedUnavailable" in answer.text


def test_stopped_service_and_corrupt_database_are_provider_failures(start: Start) -> None:
    fleet = start(
        "servers: {stopped: {service: stopped}, corrupt: {corrupt_database: true}, "
        "other: {service: stopped, behaviour: {stopped_service_fault: 0x80041013}}}"
    )
    for server, code in (("stopped", 0x80041004), ("corrupt", 0x80041014), ("other", 0x80041013)):
        with pytest.raises(WSManFaultError) as error:
            fleet.client(server).get(LICENSE_SERVER)
        assert error.value.code == code
