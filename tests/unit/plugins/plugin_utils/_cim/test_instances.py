# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts 7 to 15 of the WS-Management dialect: instances and their values."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.elements import decode_instance
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.instances import CimInstance
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.signatures import define_class
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.values import CimValue
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_classes import TS_LICENSE_SERVER
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanProtocolError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.markup import parse

from tests.unit.wsman_script import Exchange, WsmanScript, fixture

URI = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/Test_Thing"
THING = define_class(
    "Test_Thing",
    "root/cimv2",
    properties="""
        key string Name
        rw string Note
        rw string[] Tags
        uint32[] Numbers
        uint32 Count
        uint64 Size
        sint32 Delta
        boolean Active
        datetime Moment
    """,
)


def instance(properties: str, name: str = "Test_Thing", uri: str = URI) -> CimInstance:
    text = (
        f'<p:{name} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:p="{uri}"'
        f' xmlns:cim="http://schemas.dmtf.org/wbem/wscim/1/common" xsi:type="p:{name}_Type">{properties}</p:{name}>'
    )
    return decode_instance(parse(text), THING)


def moment(text: str) -> CimValue:
    return instance(f"<p:Moment><cim:Datetime>{text}</cim:Datetime></p:Moment>")["Moment"]


def test_fact_7_prefixes_are_never_taken_for_what_they_mean_elsewhere() -> None:
    # In this message p is bound to Microsoft's header extensions in the envelope, and anew on the item.
    with WsmanScript(Exchange("Get").returns(fixture("get_license_server"))) as script:
        server = script.session().get(TS_LICENSE_SERVER)
    assert server.class_name == "Win32_TSLicenseServer"
    assert server.text("FirstName") == "Ása & Þór"
    assert server.number("ServerRole") == 1


def test_fact_7_the_type_of_an_element_is_resolved_where_its_prefix_is_in_scope() -> None:
    element = parse(
        '<p:A xmlns:p="urn:outer" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f'<p:B xmlns:p="{URI}" xsi:type="p:T"/></p:A>'
    )
    types = [child.get("{http://www.w3.org/2001/XMLSchema-instance}type") for child in element]
    assert types == [ET.QName(URI, "T")]


def test_fact_8_a_projection_has_no_namespaces_and_no_class_name() -> None:
    text = (
        '<w:XmlFragment xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"><Name>a</Name>'
        "<Moment><Datetime>2024-01-02T03:04:05Z</Datetime></Moment></w:XmlFragment>"
    )
    thing = decode_instance(parse(text), THING)
    assert thing.class_name == "Test_Thing"
    assert thing["Moment"] == datetime(2024, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    assert thing["Count"] is None


def test_fact_9_a_subclass_comes_under_its_own_name() -> None:
    thing = instance("<p:Count>3</p:Count>", "Test_SpecialThing", URI.replace("Test_Thing", "Test_SpecialThing"))
    assert thing.class_name == "Test_SpecialThing"
    assert thing.cim_class is THING
    assert thing["Count"] == 3


def test_fact_10_null_and_empty_differ() -> None:
    thing = instance('<p:Name></p:Name><p:Note xsi:nil="true"/>')
    assert thing["Name"] == ""
    assert thing["Note"] is None


def test_fact_10_an_empty_number_says_nothing_and_counts_as_null() -> None:
    thing = instance("<p:Count></p:Count><p:Moment/><p:Active> </p:Active>")
    assert (thing["Count"], thing["Moment"], thing["Active"]) == (None, None, None)


def test_fact_11_only_the_schema_tells_an_array_of_one_from_a_scalar() -> None:
    thing = instance("<p:Tags>one</p:Tags><p:Numbers>1</p:Numbers><p:Numbers>2</p:Numbers>")
    assert thing["Tags"] == ["one"]
    assert thing["Numbers"] == [1, 2]
    assert instance("")["Tags"] is None


def test_fact_11_a_null_array_may_also_be_given_and_an_element_may_be_null() -> None:
    assert instance('<p:Tags xsi:nil="true"/>')["Tags"] is None
    assert instance('<p:Tags>a</p:Tags><p:Tags xsi:nil="true"/>')["Tags"] == ["a", None]
    assert instance("<p:Tags></p:Tags>")["Tags"] == [""]


def test_fact_11_a_repeated_scalar_is_an_error() -> None:
    with pytest.raises(WsmanProtocolError, match=r"2 values for Test_Thing\.Count, which is not an array"):
        instance("<p:Count>1</p:Count><p:Count>2</p:Count>")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2012-10-04T18:22:31.123Z", datetime(2012, 10, 4, 18, 22, 31, 123000, timezone.utc)),
        ("2012-10-04T18:22:31Z", datetime(2012, 10, 4, 18, 22, 31, 0, timezone.utc)),
        ("2012-10-04T18:22:31.5z", datetime(2012, 10, 4, 18, 22, 31, 500000, timezone.utc)),
        ("2012-10-04T18:22:31.123456Z", datetime(2012, 10, 4, 18, 22, 31, 123456, timezone.utc)),
        ("2012-10-04T18:22:31.123456789Z", datetime(2012, 10, 4, 18, 22, 31, 123456, timezone.utc)),
        ("2012-10-04T20:22:31+02:00", datetime(2012, 10, 4, 18, 22, 31, 0, timezone.utc)),
        ("2012-10-04T08:52:31.25-0930", datetime(2012, 10, 4, 18, 22, 31, 250000, timezone.utc)),
        ("2012-10-04T18:22:31", datetime(2012, 10, 4, 18, 22, 31, 0, timezone.utc)),
        ("2012-10-04", datetime(2012, 10, 4, tzinfo=timezone.utc)),
        ("2012-10-04T20:22:31+02", datetime(2012, 10, 4, 18, 22, 31, 0, timezone.utc)),
        ("20380119031407.000000+000", datetime(2038, 1, 19, 3, 14, 7, 0, timezone.utc)),
        ("20380119051407.500000+120", datetime(2038, 1, 19, 3, 14, 7, 500000, timezone.utc)),
        ("20380118221407.0-300", datetime(2038, 1, 19, 3, 14, 7, 0, timezone.utc)),
        ("20380119031407.******+***", datetime(2038, 1, 19, 3, 14, 7, 0, timezone.utc)),
        ("20380101010000", datetime(2038, 1, 1, 1, 0, 0, 0, timezone.utc)),
        ("20351231230000-000", datetime(2035, 12, 31, 23, 0, 0, 0, timezone.utc)),
        ("\n 2038-01-01T01:00:00Z ", datetime(2038, 1, 1, 1, 0, 0, 0, timezone.utc)),
        ("9999-12-31T23:59:59-01:00", datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone(timedelta(hours=-1)))),
        ("1601-01-01T00:00:00Z", None),
        ("1601-01-01T01:00:00+01:00", None),
        ("16010101000000.000000+000", None),
        ("00000000000000.000000+000", None),
        ("0000-00-00T00:00:00Z", None),
    ],
)
def test_fact_12_datetime(text: str, expected: datetime | None) -> None:
    assert moment(text) == expected
    assert instance(f"<p:Moment>{text}</p:Moment>")["Moment"] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P0DT0H1M0.5S", timedelta(minutes=1, milliseconds=500)),
        ("P2DT3H4M5S", timedelta(days=2, hours=3, minutes=4, seconds=5)),
        ("PT20S", timedelta(seconds=20)),
        ("-P1D", timedelta(days=-1)),
        ("P0D", timedelta()),
        ("00000001132312.125000:000", timedelta(days=1, hours=13, minutes=23, seconds=12, milliseconds=125)),
    ],
)
def test_fact_12_interval(text: str, expected: timedelta) -> None:
    assert instance(f"<p:Moment><cim:Interval>{text}</cim:Interval></p:Moment>")["Moment"] == expected


@pytest.mark.parametrize(
    "text",
    ["P", "PT", "soon", "2012-13-04T18:22:31Z", "2012-02-30T00:00:00Z", "2012-10-04T25:00:00Z", "-5", "20121301"],
)
def test_fact_12_what_is_no_datetime_is_an_error_that_does_not_repeat_it(text: str) -> None:
    with pytest.raises(WsmanProtocolError) as caught:
        moment(text)
    assert str(caught.value) == "the response holds a value for Test_Thing.Moment that is not of type datetime"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("true", True), ("TRUE", True), (" False ", False), ("FALSE", False), ("1", True), ("0", False)],
)
def test_fact_14_booleans_in_any_case(text: str, expected: bool) -> None:
    assert instance(f"<p:Active>{text}</p:Active>")["Active"] is expected


def test_fact_15_the_namespace_of_the_class_may_be_the_one_of_the_dmtf() -> None:
    thing = instance("<p:Count>4</p:Count>", uri="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/Test_Thing")
    assert thing.class_name == "Test_Thing"
    assert thing["Count"] == 4


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("Count", "4294967295", 4294967295),
        ("Count", " 7 ", 7),
        ("Count", "0x1F", 31),
        ("Count", "-1", 4294967295),
        ("Size", "-1", 2**64 - 1),
        ("Count", "-2147483648", 2**31),
        ("Size", "18446744073709551615", 2**64 - 1),
        ("Delta", "-2147483648", -(2**31)),
    ],
)
def test_numbers(name: str, text: str, expected: int) -> None:
    assert instance(f"<p:{name}>{text}</p:{name}>")[name] == expected


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("Count", "4294967296", "uint32"),
        ("Count", "-2147483649", "uint32"),
        ("Count", "1_000", "uint32"),
        ("Count", "٣", "uint32"),
        ("Count", "<p:Deep>1</p:Deep>", "uint32"),
        ("Delta", "2147483648", "sint32"),
        ("Active", "yes", "boolean"),
        ("Name", "<p:Deep/>", "string"),
    ],
)
def test_values_that_are_not_of_their_type_are_one_line_that_names_the_property(
    name: str, text: str, kind: str
) -> None:
    with pytest.raises(WsmanProtocolError) as caught:
        instance(f"<p:{name}>{text}</p:{name}>")
    assert str(caught.value) == f"the response holds a value for Test_Thing.{name} that is not of type {kind}"


def test_names_are_the_ones_of_the_schema_whatever_their_case() -> None:
    assert instance("<p:COUNT>1</p:COUNT>")["Count"] == 1


def test_properties_the_schema_does_not_know_are_kept_as_text() -> None:
    thing = instance('<p:New>1</p:New><p:Row>a</p:Row><p:Row>b</p:Row><p:Gone xsi:nil="true"/>')
    assert (thing["New"], thing["Row"], thing["Gone"]) == ("1", ["a", "b"], None)


def test_asking_for_the_wrong_type_is_a_mistake_of_the_caller() -> None:
    thing = instance("<p:Count>1</p:Count>")
    with pytest.raises(TypeError, match="Count is int, not str"):
        thing.text("Count")
    with pytest.raises(KeyError):
        thing.text("NoSuchProperty")
