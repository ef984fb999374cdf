# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""license_server_info: every part, and what becomes of the provider's oddities. It changes nothing."""

from __future__ import annotations

from typing import Any

from tests.integration.fleet import Fleet
from tests.integration.playbook import task
from tests.integration.purchases import CLEARINGHOUSE, purchase

# "odd" speaks German and answers in the ways in which Windows releases differ.
FLEET = (
    """
servers:
  rdls01: &server
    windows_release: "2022"
    activated: true
    discovery_scope: forest
    in_license_servers_group: true
    registered_to_scp: true
    contact: {FirstName: Rosa, LastName: Example, Company: Winfleet Example, CountryRegion: Germany}
    key_packs:
      - {purchase: enterprise, quantity: 250, issued: 231}
      - {product_version: windows_server_2019, cal_type: per_device, quantity: 5, expiration: "2027-03-31T00:00:00"}
      - {product_version: windows_server_2012, cal_type: per_user, quantity: 0, key_pack_type: 7}
  odd:
    <<: *server
    ui_language: de-DE
    contact: {CountryRegion: Deutschland}
    dialect:
      server_2003_enumeration: true
      uppercase_booleans: true
      answer_as_subclass: true
      dmtf_class_namespace: true
      plain_datetime: true
  fresh: {windows_release: "2025", discovery_scope: workgroup}
"""
    + CLEARINGHOUSE
)
ALL = [
    "server",
    "activation",
    "windows_release",
    "key_packs",
    "connection_method",
    "network_name",
    "active_directory",
    "operations",
    "obligations",
]


def read(fleet: Fleet, host: str, *gather: str, **keywords: Any) -> dict[str, Any]:
    """What the module returns; nothing may be changed."""
    before = fleet.state()
    run = fleet.play(task("read", "license_server_info", {"gather": list(gather) or ALL}, **keywords), hosts=host)
    assert not run.succeeded().last.changed
    assert run.last.writes == []
    assert fleet.state() == before
    shown: dict[str, Any] = run.last.result["license_server"]
    return shown


def test_everything(fleet: Fleet) -> None:
    fleet.play(task("install", "key_pack", {"purchases": [purchase("select")]})).succeeded()
    truth = fleet.server("rdls01")
    shown = read(fleet, "rdls01")
    assert shown["product_id"] == truth["product_id"]
    assert shown["license_server_id"].replace("-", "") == truth["license_server_id"]
    assert [len(group) for group in shown["license_server_id"].split("-")] == [5] * 7
    assert shown["activated"] is True
    assert (shown["discovery_scope"], shown["server_role"]) == ("forest", 2)
    assert shown["contact"]["first_name"] == "Rosa"
    assert shown["contact"]["postal_code"] == ""
    assert shown["database_path"] == "C:\\Windows\\system32\\lserver"
    assert shown["windows"]["release"] == "windows_server_2022"
    assert shown["windows"]["version"] == "10.0.20348"
    assert shown["connection_method"] is None
    assert shown["active_directory"] == {
        "license_servers_group": True,
        "service_connection_point": True,
        "published": False,
        "on_domain_controller": False,
        "security_group_policy": False,
        "prevent_upgrade_policy": False,
    }
    (operation,) = shown["operations"]
    assert (operation["operation"], operation["status"], operation["quantity"]) == ("install", "done", 30)
    assert operation["credential"] == "****0001"
    assert shown["obligations"] == []


def test_key_packs_in_words_beside_the_numbers(fleet: Fleet) -> None:
    built_in, temporary, volume, dated, unknown = read(fleet, "rdls01", "key_packs")["key_packs"]
    for pack in (built_in, temporary):
        assert (pack["total"], pack["available"], pack["expires"]) == (None, None, None)
    assert (built_in["built_in"], built_in["temporary"], built_in["purchased"]) == (True, False, False)
    assert (temporary["built_in"], temporary["temporary"], temporary["purchased"]) == (False, True, False)
    assert (volume["product_version"], volume["product_version_id"]) == ("windows_server_2022", 7)
    assert (volume["cal_type"], volume["product_type"]) == ("per_user", 1)
    assert (volume["key_pack_type_name"], volume["key_pack_type"]) == ("volume", 2)
    assert (volume["total"], volume["issued"], volume["available"]) == (250, 231, 19)
    assert (volume["expires"], volume["purchased"]) == (None, True)
    assert dated["expires"].startswith("2027-03-31T00:00:00")
    assert (unknown["key_pack_type"], unknown["key_pack_type_name"], unknown["purchased"]) == (7, None, False)


def test_a_server_of_another_language_and_dialect_reads_the_same(fleet: Fleet) -> None:
    """Only what Windows itself words is worded otherwise."""
    plain, odd = read(fleet, "rdls01"), read(fleet, "odd")
    assert plain["key_packs"][2]["product_version_text"] == "Windows Server 2022"
    for pack in (*plain["key_packs"], *odd["key_packs"]):
        del pack["product_version_text"]
    assert odd["key_packs"] == plain["key_packs"]
    assert odd["active_directory"] == plain["active_directory"]
    assert odd["discovery_scope"] == plain["discovery_scope"]


def test_a_server_that_nobody_has_touched_yet(fleet: Fleet) -> None:
    shown = read(fleet, "fresh")
    assert (shown["activated"], shown["activation_status"], shown["license_server_id"]) == (
        False,
        "not_activated",
        None,
    )
    assert set(shown["contact"].values()) == {""}
    assert shown["discovery_scope"] == "workgroup"
    assert shown["operations"] == shown["obligations"] == []


def test_each_part_alone_and_in_check_mode(fleet: Fleet) -> None:
    whole = read(fleet, "rdls01")
    tasks = [task(part, "license_server_info", {"gather": [part]}, check_mode=True) for part in ALL]
    run = fleet.play(*tasks).succeeded()
    parts: dict[str, Any] = {}
    for part in ALL:
        shown = run[part].result["license_server"]
        assert not set(shown) & set(parts), part
        parts.update(shown)
    assert parts == whole


def test_the_default_leaves_out_what_costs_many_requests(fleet: Fleet) -> None:
    run = fleet.play(task("read", "license_server_info")).succeeded()
    assert not {"active_directory", "operations", "obligations", "network_name"} & set(
        run.last.result["license_server"]
    )


def test_a_summary_in_a_line(fleet: Fleet) -> None:
    run = fleet.play(
        task("read", "license_server_info", {"gather": ["key_packs"]}, register="read"),
        task("sum up", "ansible.builtin.debug", {
            "msg": "{{ read.license_server.key_packs | winfleet.rd_licensing.cal_summary }}",
        }),
    ).succeeded()  # fmt: skip
    assert run["sum up"].message == "250 Windows Server 2022 per user, 5 Windows Server 2019 per device"
