# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules among Ansible's own means: loops, blocks, check mode of one task, delegation, defaults, values as text."""

from __future__ import annotations

from tests.integration.fleet import Fleet
from tests.integration.playbook import COLLECTION, Settings, task
from tests.integration.purchases import CLEARINGHOUSE, purchase

FLEET = (
    """
servers:
  rdls01:
    windows_release: "2025"
    activated: true
    key_packs: [{purchase: enterprise, quantity: 250}, {purchase: retail, quantity: 50}]
  rdls02: {windows_release: "2025", activated: true}
"""
    + CLEARINGHOUSE
)
CITIES = [{"city": "Ulm"}, {"city": "Bonn"}]


def test_check_mode_of_one_task_in_a_loop_and_in_a_block(fleet: Fleet) -> None:
    before = fleet.state()
    looped = task("looped", "license_server", {"contact": "{{ item }}"}, loop=CITIES, check_mode=True, diff=True)
    nested = task("nested", "license_server", {"contact": CITIES[0]})
    run = fleet.play(looped, {"check_mode": True, "block": [nested, {**looped, "name": "looped in a block"}]})
    assert run.code == 0
    assert [outcome.changed for outcome in run.outcomes] == [True, True, True]
    assert [item["changed"] for item in run["looped"].result["results"]] == [True, True]
    assert fleet.state() == before
    assert [message for message in fleet.journal() if message["writes"]] == []


def test_a_loop_without_check_mode(fleet: Fleet) -> None:
    looped = task("looped", "license_server", {"contact": "{{ item }}"}, loop=[*CITIES, CITIES[1]])
    run = fleet.play(looped).succeeded()
    assert [item["changed"] for item in run["looped"].result["results"]] == [True, True, False]
    assert fleet.server("rdls01")["contact"]["City"] == "Bonn"


def test_check_mode_of_the_command_line_and_a_task_that_runs_all_the_same(fleet: Fleet) -> None:
    run = fleet.play(
        task("checked", "license_server", {"contact": {"city": "Ulm"}}),
        task("for real", "license_server", {"contact": {"company": "Winfleet Example"}}, check_mode=False),
        arguments=["--check"],
    ).succeeded()
    assert run["checked"].writes == []
    assert run["for real"].writes != []
    contact = fleet.server("rdls01")["contact"]
    assert (contact["City"], contact["Company"]) == (None, "Winfleet Example")


def test_no_difference_unless_it_is_wanted(fleet: Fleet) -> None:
    run = fleet.play(
        task("quiet", "license_server", {"contact": {"city": "Ulm"}}, check_mode=True),
        task("shown", "license_server", {"contact": {"city": "Ulm"}}, check_mode=True, diff=True),
    ).succeeded()
    assert "diff" not in run["quiet"].result
    assert "Ulm" in str(run["shown"].result["diff"])


def test_delegation_uses_the_settings_of_the_other_host(fleet: Fleet) -> None:
    """rdls01 is reached by psrp with Basic over HTTPS, rdls02 by winrm with NTLM over HTTP."""
    other = fleet.inventory_of("rdls02", "winrm", "http")
    run = fleet.play(
        task("own", "license_server_info"),
        task("delegated", "license_server_info", delegate_to="rdls02"),
        task("change", "connection_method", {"connection_method": "telephone"}, delegate_to="rdls02"),
        connection="psrp",
        scheme="https",
        hostvars={"rdls02": {"ansible_winrm_scheme": "http", "ansible_winrm_transport": "ntlm", **other}},
    ).succeeded()
    shown = {name: run[name].result["license_server"]["product_id"] for name in ("own", "delegated")}
    assert shown == {
        "own": fleet.server("rdls01")["product_id"],
        "delegated": fleet.server("rdls02")["product_id"],
    }
    assert {request["scheme"] for request in fleet.http() if request["server"] == "rdls02"} == {"http"}
    assert fleet.server("rdls02")["registry"]["SOFTWARE\\WinFleet\\RDLicensing"] == {"ConnectionMethod": "telephone"}


def test_a_source_with_settings_of_its_own(fleet: Fleet) -> None:
    migration = {
        "source": {"host": "{{ old }}"},
        "reason": "source_is_being_replaced",
        "purchases": [purchase("enterprise")],
    }
    fleet.play(
        task("migrate", "cal_migration", migration),
        hosts="rdls02",
        variables={"old": "rdls01"},
        hostvars={"rdls01": fleet.inventory_of("rdls01", "psrp", "http")},
    ).succeeded()
    assert fleet.cals("rdls02") == [("enterprise", 250)]
    assert {request["scheme"] for request in fleet.http() if request["server"] == "rdls01"} == {"http"}


def test_defaults_for_the_whole_group_of_modules(fleet: Fleet) -> None:
    defaults = {f"group/{COLLECTION}.rd_licensing": {"connection_method": "web_browser"}}
    install = {"purchases": [purchase("select")]}
    run = fleet.play(
        task("by default", "key_pack", install),
        task("told otherwise", "key_pack", {**install, "connection_method": "automatic"}),
        task("recorded", "connection_method"),
        hosts="rdls02",
        play_keywords={"module_defaults": defaults},
    ).succeeded()
    assert run["by default"].result["connection_method"] == "web_browser"
    assert len(run["by default"].result["awaiting"]) == 1
    assert run["told otherwise"].result["awaiting"] == []
    assert run["recorded"].result["connection_method"] == "web_browser"


def test_async_is_refused(fleet: Fleet) -> None:
    before = fleet.state()
    options = {"connection_method": "automatic"}
    run = fleet.play(task("later", "connection_method", options, **{"async": 30, "poll": 0}))
    assert run.code == 2
    assert "async" in run.last.message
    assert fleet.state() == before


def test_numbers_and_booleans_as_text(fleet: Fleet) -> None:
    """As they come from -e name=value, from a survey or out of a template."""
    told = {"quantity": "30", "pack": "4", "less": "200", "yes": "yes", "no": "false"}
    arguments = [word for name, value in told.items() for word in ("-e", f"{name}={value}")]
    as_text = purchase("select", quantity="{{ quantity }}", acknowledge_missing="{{ no }}")
    run = fleet.play(
        task("install", "key_pack", {"purchases": [as_text], "adopt": "{{ yes }}"}),
        task("the same in numbers", "key_pack", {"purchases": [purchase("select")], "adopt": True}),
        task("reduce", "key_pack", {"state": "reduced", "key_pack_id": "{{ pack }}", "quantity": "{{ less }}"}),
        task("version as a number", "key_pack", {"purchases": [purchase("select", product_version=5)]}),
        arguments=arguments,
    ).succeeded()
    assert [outcome.changed for outcome in run.outcomes] == [True, False, True, False]
    assert fleet.cals("rdls01") == [("enterprise", 200), ("retail", 50), ("select", 30)]


def test_a_failure_can_be_rescued_and_its_text_used(fleet: Fleet) -> None:
    bad = task("bad", "key_pack", {"state": "reduced", "key_pack_id": 77, "quantity": 1})
    say = task("say", "ansible.builtin.debug", {"msg": "{{ ansible_failed_result.msg }}"})
    run = fleet.play({"block": [bad], "rescue": [say]}).succeeded()
    assert run["say"].message.startswith("rdls01: there is no key pack 77")


def test_several_hosts_at_a_time(fleet: Fleet) -> None:
    play = {
        "hosts": "all",
        "gather_facts": False,
        "tasks": [
            task("method", "connection_method", {"connection_method": "automatic"}),
            task("read", "license_server_info"),
        ],
    }
    run = fleet.run([play], Settings(watch=False)).succeeded()
    shown = {host: run.of("read", host).result["license_server"]["product_id"] for host in ("rdls01", "rdls02")}
    assert shown == {host: fleet.server(host)["product_id"] for host in shown}
