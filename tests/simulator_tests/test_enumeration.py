# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Enumerate, Pull and Release: what Windows does with items, contexts and limits."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest
from pypsrp.exceptions import WSManFaultError

from tests.simulator_tests.client import KEY_PACK, NAMESPACES, local, part, uri, values_of
from tests.simulator_tests.conftest import FleetUnderTest

Start = Callable[..., FleetUnderTest]
SERVICES = "Win32_Service"
ALL_SERVICES = "select * from Win32_Service"


def _many(count: int, more: str = "") -> str:
    packs = ", ".join(
        "{product_version: windows_server_2022, cal_type: per_user, quantity: 1}" for _number in range(count)
    )
    return f"servers: {{ls1: {{activated: true, {more} key_packs: [{packs}]}}}}"


def _context(answer: ET.Element) -> str:
    return answer.findtext("n:EnumerationContext", namespaces=NAMESPACES) or ""


def test_optimized_reply_has_exactly_one_item(single: FleetUnderTest) -> None:
    answer = single.client("ls1").open(SERVICES)
    assert [local(child) for child in answer] == ["EnumerationContext", "Items"]
    assert len(part(answer, "w:Items")) == 1
    assert answer.find("n:Items", NAMESPACES) is None
    assert _context(answer).startswith("uuid:")
    assert single.state("ls1")["open_contexts"] == 1


def test_pull_uses_the_other_namespace_and_ends_without_a_context(single: FleetUnderTest) -> None:
    client = single.client("ls1")
    answer = client.pull(SERVICES, _context(client.open(SERVICES)))
    assert [local(child) for child in answer] == ["Items", "EndOfSequence"]
    assert len(part(answer, "n:Items")) == len(single.state("ls1")["services"]) - 1
    assert answer.find("n:EndOfSequence", NAMESPACES) is not None
    assert single.state("ls1")["open_contexts"] == 0


def test_pull_without_max_elements_returns_one_item_and_a_new_context(single: FleetUnderTest) -> None:
    client = single.client("ls1")
    first = _context(client.open(SERVICES))
    answer = client.pull(SERVICES, first, most=None)
    assert len(part(answer, "n:Items")) == 1
    assert _context(answer) not in ("", first)
    with pytest.raises(WSManFaultError) as error:
        client.pull(SERVICES, first)
    assert error.value.code == 2150858779
    client.release(SERVICES, _context(answer))


def test_complete_optimized_reply_has_an_empty_context(single: FleetUnderTest) -> None:
    answer = single.client("ls1").open("", query="select * from Win32_Service where Name = 'WinRM'")
    assert [local(child) for child in answer] == ["EnumerationContext", "Items", "EndOfSequence"]
    assert _context(answer) == ""
    assert single.state("ls1")["open_contexts"] == 0


def test_empty_result_is_complete_at_once(single: FleetUnderTest) -> None:
    answer = single.client("ls1").open("", query="select * from Win32_Service where Name = 'nothing'")
    assert len(part(answer, "w:Items")) == 0
    assert answer.find("w:EndOfSequence", NAMESPACES) is not None


def test_context_stays_filled_at_the_end_where_the_dialect_says_so(start: Start) -> None:
    fleet = start("servers: {ls1: {dialect: {filled_context_at_end: true}}}")
    answer = fleet.client("ls1").open("", query="select * from Win32_Service where Name = 'WinRM'")
    assert _context(answer)
    assert answer.find("w:EndOfSequence", NAMESPACES) is not None


def test_without_optimization_there_are_no_items(single: FleetUnderTest) -> None:
    client = single.client("ls1")
    answer = client.open(SERVICES, optimized=False)
    assert [local(child) for child in answer] == ["EnumerationContext"]
    client.release(SERVICES, _context(answer))
    assert single.state("ls1")["open_contexts"] == 0


def test_server_2003_returns_everything_in_one_reply(start: Start) -> None:
    fleet = start("servers: {ls1: {dialect: {server_2003_enumeration: true}}}")
    answer = fleet.client("ls1").open(SERVICES)
    assert len(part(answer, "w:Items")) == len(fleet.state("ls1")["services"])
    assert answer.find("w:EndOfSequence", NAMESPACES) is not None


def test_batches_are_cut_by_the_envelope_size(start: Start) -> None:
    fleet = start(_many(300))
    client = fleet.client("ls1")  # announces 150 KB, as the default was for long
    context = _context(client.open(KEY_PACK))
    sizes = []
    while context:
        answer = client.pull(KEY_PACK, context)
        sizes.append(len(part(answer, "n:Items")))
        context = _context(answer)
    assert sum(sizes) == 301
    assert len(sizes) > 3
    assert max(sizes) * 700 < 75 * 1024


def test_smaller_server_limit_cuts_smaller_batches(start: Start) -> None:
    fleet = start(_many(30, "dialect: {max_envelope_size_kb: 16},"))
    client = fleet.client("ls1")
    answer = client.pull(KEY_PACK, _context(client.open(KEY_PACK)))
    assert len(part(answer, "n:Items")) < 12
    client.release(KEY_PACK, _context(answer))


def test_release_and_double_release(single: FleetUnderTest) -> None:
    client = single.client("ls1")
    context = _context(client.open(SERVICES))
    client.release(SERVICES, context)
    assert single.state("ls1")["open_contexts"] == 0
    with pytest.raises(WSManFaultError) as error:
        client.release(SERVICES, context)
    assert error.value.code == 2150858779


def test_contexts_belong_to_their_user_and_resource(single: FleetUnderTest) -> None:
    context = _context(single.client("ls1").open(SERVICES))
    with pytest.raises(WSManFaultError):
        single.client("ls1", "reader").pull(SERVICES, context)
    with pytest.raises(WSManFaultError):
        single.client("ls1").pull(KEY_PACK, context)
    single.client("ls1").release(SERVICES, context)


def test_left_open_enumerations_hit_the_quota(start: Start) -> None:
    fleet = start("servers: {ls1: {dialect: {max_operations_per_user: 2}}}")
    client = fleet.client("ls1")
    client.open(SERVICES)
    client.open(SERVICES)
    with pytest.raises(WSManFaultError) as error:
        client.open(SERVICES)
    assert error.value.code == 2150859173
    assert fleet.state("ls1")["open_contexts"] == 2


def test_max_elements_in_the_wrong_namespace_is_refused(single: FleetUnderTest) -> None:
    body = "<n:Enumerate><w:OptimizeEnumeration/><n:MaxElements>5</n:MaxElements></n:Enumerate>"
    answer = single.raw("ls1").send(f"{NAMESPACES['n']}/Enumerate", uri(SERVICES), body)
    assert answer.status_code == 500
    assert "SchemaValidationError" in answer.text


def test_projection_is_a_fragment_without_namespaces(single: FleetUnderTest) -> None:
    query = "select KeyPackId, ExpirationDate from Win32_TSLicenseKeyPack where TotalLicenses = 100"
    answer = single.client("ls1").open("", query=query)
    (fragment,) = part(answer, "w:Items")
    assert fragment.tag == "{http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd}XmlFragment"
    assert [child.tag for child in fragment] == ["KeyPackId", "ExpirationDate"]
    assert [child.tag for child in fragment[1]] == ["Datetime"]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("Name = 'winrm'", ["WinRM"]),
        ("Name like 'win%' and Started = true", ["WinRM", "Winmgmt"]),
        ("(Name = 'WinRM' or Name = \"Spooler\") and not State = 'Stopped'", ["Spooler", "WinRM"]),
        ("ProcessId > 2800", ["TermServLicensing"]),
        ("InstallDate is not null", []),
    ],
)
def test_queries(single: FleetUnderTest, condition: str, expected: list[str]) -> None:
    found = single.client("ls1").items("", query=f"{ALL_SERVICES} where {condition}")
    assert sorted(str(item["Name"]) for item in found) == expected


@pytest.mark.parametrize(
    "query", ["select", "select * from Win32_Service where", "select Wrong from Win32_Service", "select * from Nothing"]
)
def test_bad_queries_are_bad_filters(single: FleetUnderTest, query: str) -> None:
    with pytest.raises(WSManFaultError) as error:
        single.client("ls1").open("", query=query)
    assert error.value.code == 2150858778


def test_enumeration_shows_the_moment_it_was_opened(single: FleetUnderTest) -> None:
    client = single.client("ls1")
    answer = client.open(KEY_PACK)
    pack = single.state("ls1")["key_packs"][-1]["key_pack_id"]
    removed = client.invoke(KEY_PACK, "UninstallLicenseKeyPackWithId", {"KeyPackId": pack})
    assert removed["ReturnValue"] == 0
    rest = part(client.pull(KEY_PACK, _context(answer)), "n:Items")
    assert str(pack) in [values_of(item)["KeyPackId"] for item in rest]
