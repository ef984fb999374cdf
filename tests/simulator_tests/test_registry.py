# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""StdRegProv: keys, values, types and return codes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pypsrp.exceptions import WSManFaultError

from tests.simulator_tests.client import HKLM, NAMESPACES, uri
from tests.simulator_tests.conftest import FleetUnderTest

GET = f"{NAMESPACES['x']}/Get"
KEY = "SOFTWARE\\Winfleet Test\\Deep\\Key"


def test_create_makes_the_keys_between(single: FleetUnderTest) -> None:
    client = single.client("ls1")
    assert client.registry("EnumKey", KEY) == {"ReturnValue": 2}
    assert client.registry("CreateKey", KEY) == {"ReturnValue": 0}
    assert client.registry("EnumKey", "software\\WINFLEET test") == {"sNames": "Deep", "ReturnValue": 0}
    assert client.registry("EnumKey", KEY) == {"ReturnValue": 0}
    assert client.registry("CreateKey", KEY.upper()) == {"ReturnValue": 0}
    assert single.journal()[-1]["changed"] is False


@pytest.mark.parametrize(
    ("kind", "parameter", "value"),
    [
        ("String", "sValue", "some <text> & more"),
        ("DWORD", "uValue", "4294967295"),
        ("MultiString", "sValue", ["a", "b"]),
    ],
)
def test_values_of_each_type(single: FleetUnderTest, kind: str, parameter: str, value: Any) -> None:
    client = single.client("ls1")
    assert client.registry(f"Set{kind}Value", KEY, sValueName="v", **{parameter: value})["ReturnValue"] == 2
    client.registry("CreateKey", KEY)
    assert client.registry(f"Get{kind}Value", KEY, sValueName="v")["ReturnValue"] == 1
    assert client.registry(f"Set{kind}Value", KEY, sValueName="V", **{parameter: value}) == {"ReturnValue": 0}
    assert client.registry(f"Get{kind}Value", KEY, sValueName="v") == {parameter: value, "ReturnValue": 0}
    other = "DWORD" if kind == "String" else "String"
    assert client.registry(f"Get{other}Value", KEY, sValueName="v")["ReturnValue"] == 0x80041005
    assert client.registry("DeleteValue", KEY, sValueName="v") == {"ReturnValue": 0}
    assert client.registry("DeleteValue", KEY, sValueName="v") == {"ReturnValue": 1}


def test_names_and_types_of_values(single: FleetUnderTest) -> None:
    client = single.client("ls1")
    client.registry("CreateKey", KEY)
    client.registry("SetStringValue", KEY, sValueName="", sValue="default")
    client.registry("SetDWORDValue", KEY, sValueName="number", uValue=7)
    client.registry("SetMultiStringValue", KEY, sValueName="many", sValue=["one"])
    assert client.registry("EnumValues", KEY) == {
        "sNames": ["", "number", "many"],
        "Types": ["1", "4", "7"],
        "ReturnValue": 0,
    }


def test_keys_with_children_cannot_be_deleted(single: FleetUnderTest) -> None:
    client = single.client("ls1")
    client.registry("CreateKey", KEY)
    assert client.registry("DeleteKey", KEY.rpartition("\\")[0])["ReturnValue"] == 5
    assert client.registry("DeleteKey", KEY)["ReturnValue"] == 0
    assert client.registry("DeleteKey", KEY)["ReturnValue"] == 2


def test_who_is_no_administrator_reads_only(single: FleetUnderTest) -> None:
    client = single.client("ls1", "reader")
    assert client.registry("CreateKey", KEY) == {"ReturnValue": 5}
    path = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion"
    assert client.registry("SetStringValue", path, sValueName="ProductName", sValue="x")["ReturnValue"] == 5
    assert client.registry("GetStringValue", path, sValueName="ProductName")["sValue"] == "Windows Server 2022 Standard"


def test_both_namespaces_and_the_default_hive(single: FleetUnderTest) -> None:
    client = single.client("ls1")
    for namespace in ("root/default", "root/cimv2"):
        found = client.invoke("StdRegProv", "EnumKey", {"sSubKeyName": "SOFTWARE"}, namespace=namespace)
        assert found["sNames"] == "Microsoft"
    assert client.invoke("StdRegProv", "EnumKey", {"hDefKey": 1, "sSubKeyName": "X"})["ReturnValue"] == 0x80041008
    assert client.invoke("StdRegProv", "EnumKey", {"hDefKey": HKLM})["ReturnValue"] == 0x80041008
    assert client.invoke("StdRegProv", "EnumKey", {"hDefKey": 0x80000001, "sSubKeyName": "X"})["ReturnValue"] == 2


def test_registry_has_no_instances(single: FleetUnderTest) -> None:
    client = single.client("ls1")
    assert client.items("StdRegProv", namespace="root/default") == []
    with pytest.raises(WSManFaultError):
        client.get("StdRegProv", namespace="root/default")


def test_values_of_the_fleet_file(start: Any) -> None:
    fleet = start("servers: {ls1: {registry: {SOFTWARE\\Mine: {text: a, number: 3, list: [x, y]}}}}")
    client = fleet.client("ls1")
    assert client.registry("GetDWORDValue", "SOFTWARE\\Mine", sValueName="number")["uValue"] == "3"
    assert client.registry("GetMultiStringValue", "SOFTWARE\\Mine", sValueName="list")["sValue"] == ["x", "y"]


@pytest.mark.parametrize("subcode", ["QuotaLimit", "EncodingLimit"])
def test_a_response_larger_than_the_envelope_is_a_fault(start: Callable[..., FleetUnderTest], subcode: str) -> None:
    values = ", ".join(f"name-{number:04d}: text" for number in range(900))
    dialect = f"dialect: {{max_envelope_size_kb: 32, envelope_fault: 'w:{subcode}'}}"
    client = start(f"servers: {{ls1: {{registry: {{'SOFTWARE\\Many': {{{values}}}}}, {dialect}}}}}").client("ls1")
    with pytest.raises(WSManFaultError) as error:
        client.registry("EnumValues", "SOFTWARE\\Many")
    assert error.value.code == 2150858824
    assert client.registry("GetStringValue", "SOFTWARE\\Many", sValueName="name-0899")["sValue"] == "text"


def test_the_envelope_size_that_the_request_allows_counts_too(single: FleetUnderTest) -> None:
    raw = single.raw("ls1")
    for size, status in ((8192, 200), (500, 500)):
        header = f"<w:MaxEnvelopeSize>{size}</w:MaxEnvelopeSize>"
        assert raw.send(GET, uri("Win32_OperatingSystem"), header=header).status_code == status
