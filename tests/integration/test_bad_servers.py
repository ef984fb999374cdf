# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that cannot be reached, do not let us in, or are not as they should be: one clear line, nothing changed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.fleet import Fleet
from tests.integration.playbook import Outcome, task
from tests.integration.purchases import CLEARINGHOUSE, purchase

FLEET = """
servers:
  rdls01: {windows_release: "2025", activated: true, key_packs: [{purchase: campus, quantity: 25}]}
  norole: {role_installed: false}
  stopped: {service: stopped}
  corrupt: {corrupt_database: true}
  asleep: {key_packs: [{purchase: select, quantity: 30}]}
  german: {ui_language: de-DE, role_installed: false}
""" + CLEARINGHOUSE  # fmt: skip

# One task of each module; none of them needs more than a server that lets it in.
TASKS = [
    task("info", "license_server_info"),
    task("server", "license_server", {"contact": {"city": "Ulm"}}),
    task("method", "connection_method", {"connection_method": "automatic"}),
    task("pack", "key_pack", {"purchases": [purchase("enterprise")]}),
    task("migration", "cal_migration", {
        "source": {"host": "rdls01"}, "reason": "source_is_being_replaced", "purchases": [purchase("campus")],
    }),
]  # fmt: skip


def outcomes(fleet: Fleet, host: str, **settings: Any) -> list[Outcome]:
    """The result of each module on a host; nothing may be changed anywhere."""
    before = fleet.state()
    tasks = [{**each, "ignore_errors": True, "ignore_unreachable": True} for each in TASKS]
    run = fleet.play(*tasks, hosts=host, **settings)
    assert fleet.state() == before
    assert [message for message in fleet.journal() if message["changed"]] == []
    return run.outcomes


def test_license_servers_that_do_not_work(fleet: Fleet) -> None:
    missing = "'; the Remote Desktop Licensing role service is not installed"
    # By the address of the class, and by a query.
    no_class = (
        "0x80338000 (ERROR_WSMAN_RESOURCE_NOT_FOUND), '",
        "0x8033801A (ERROR_WSMAN_ENUMERATE_CANNOT_PROCESS_FILTER), '",
    )
    told: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
        "norole": (no_class, (f"resource URI and selectors.{missing}", f"it might be invalid.{missing}")),
        "german": (no_class, (f"wurde nicht gefunden.{missing}", f"nicht verarbeitet werden.{missing}")),
        "stopped": (("0x80041004 (WBEM_E_PROVIDER_FAILURE), ",), ("check that the service TermServLicensing",)),
        "corrupt": (("0x80041014 (WBEM_E_INITIALIZATION_FAILURE)",), ("",)),
    }
    found = outcomes(fleet, ":".join(told))
    assert len(found) == len(told) * len(TASKS)
    for outcome in found:
        assert outcome.status == "failed"
        assert outcome.message.startswith(f"{outcome.host}: ")
        codes, texts = told[outcome.host]
        assert any(code in outcome.message for code in codes), outcome.message
        assert any(text in outcome.message for text in texts), outcome.message


def test_an_account_that_is_no_administrator(fleet: Fleet) -> None:
    for outcome in outcomes(fleet, "rdls01", user="labreader"):
        assert outcome.status == "failed"
        assert "returned empty properties, as it does for an account that is not a local Administrator" in (
            outcome.message
        )


def test_a_server_that_is_not_activated(fleet: Fleet) -> None:
    """It can be read and told about itself, but not given CALs; and nothing can be migrated from it."""
    before = fleet.state()
    from_it = {"source": {"host": "asleep"}, "reason": "source_is_being_replaced", "purchases": [purchase("select")]}
    install = fleet.play(task("install", "key_pack", {"purchases": [purchase("enterprise")]}), hosts="asleep")
    migrate = fleet.play(task("migrate", "cal_migration", from_it), hosts="rdls01")
    assert "activate it first with winfleet.rd_licensing.license_server" in install.last.message
    assert "the source license server is not activated" in migrate.last.message
    assert (install.code, migrate.code) == (2, 2)
    assert fleet.state() == before
    read = fleet.play(task("read", "license_server_info"), hosts="asleep").succeeded()
    assert read.last.result["license_server"]["activated"] is False
    assert read.last.result["license_server"]["license_server_id"] is None


UNREACHABLE: dict[str, dict[str, Any]] = {
    "nobody listens": {"ansible_port": 9},
    "no such name": {"ansible_host": "rdls01.invalid"},
    "a certificate nobody vouches for": {"ansible_winrm_ca_trust_path": "legacy_requests", "ansible_psrp_ca_cert": ""},
    "a wrong password": {"ansible_password": "Simulated-Wrong-9"},
    "an unknown user": {"ansible_user": "nobody"},
}


@pytest.mark.parametrize(
    ("connection", "scheme", "setting"),
    [
        ("winrm", "https", "ansible_winrm_transport"),
        ("winrm", "http", "ansible_winrm_transport"),
        ("psrp", "https", "ansible_psrp_auth"),
    ],
)
def test_a_server_that_cannot_be_reached_is_unreachable(
    fleet: Fleet, connection: str, scheme: str, setting: str
) -> None:
    before = fleet.state()
    hostvars: dict[str, dict[str, Any]] = {}
    reach = fleet.inventory_of("rdls01", connection, scheme)
    for number, changes in enumerate(UNREACHABLE.values()):
        hostvars[f"host{number}"] = {**reach, **changes}
    if scheme == "http":
        del hostvars["host2"]
    run = fleet.play(
        task("read", "license_server_info"),
        task("change", "connection_method", {"connection_method": "automatic"}),
        hosts="host*",
        hostvars=hostvars,
        connection=connection,
        scheme=scheme,
    )
    assert run.code == 4, run.output
    assert {(outcome.task, outcome.status) for outcome in run.outcomes} == {("read", "unreachable")}
    assert len(run.outcomes) == len(hostvars)
    for outcome in run.outcomes:
        assert f" on {outcome.host}: " in outcome.message
    assert "cannot be resolved" in run.of("read", "host1").message
    for host in ("host3", "host4"):
        assert "authentication failed" in run.of("read", host).message
        assert f"check user, password and {setting}" in run.of("read", host).message
    assert "Simulated-Wrong-9" not in run.output
    assert fleet.state() == before


def test_a_source_that_cannot_be_reached_is_a_failure_of_the_target(fleet: Fleet) -> None:
    """The target is well: its rescue runs, and later plays do not skip it."""
    fleet.switch_off("rdls01")
    before = fleet.state()
    say = task("say", "ansible.builtin.debug", {"msg": "{{ ansible_failed_result.msg }}"})
    delegated = task("delegated", "license_server_info", delegate_to="rdls01")
    run = fleet.play(
        {"block": [TASKS[-1]], "rescue": [say]},
        {"block": [delegated], "rescue": [{**say, "name": "again"}]},
        hosts="asleep",
    )
    assert run.code == 0, run.output
    assert "rdls01" in run["say"].message
    assert "rdls01" in run["again"].message
    assert fleet.state() == before


@pytest.mark.parametrize("until", [{}, {"until": "answer is success", "retries": 1, "delay": 0}])
def test_unreachable_is_ignored_on_request_in_a_loop_with_until_too(fleet: Fleet, until: dict[str, Any]) -> None:
    fleet.switch_off("rdls01")
    read = task("read", "license_server_info", ignore_unreachable=True, register="answer", **until)
    say = task("say", "ansible.builtin.debug", {"msg": "{{ answer.unreachable }}"})
    run = fleet.play(read, say, hosts="rdls01")
    assert (run.code, run["read"].status, run["say"].result["msg"]) == (0, "unreachable", True), run.output


def test_connections_that_are_not_ws_management(fleet: Fleet) -> None:
    hosts = {"rdls01": "ssh", "asleep": "local"}
    hostvars = {host: {"ansible_connection": connection} for host, connection in hosts.items()}
    for outcome in outcomes(fleet, ":".join(hosts), hostvars=hostvars):
        assert outcome.status == "failed"
        assert f"{outcome.host} uses the connection '{hosts[outcome.host]}'" in outcome.message
        assert "set ansible_connection to winrm (or psrp)" in outcome.message


def test_a_source_with_a_connection_that_is_not_ws_management(fleet: Fleet) -> None:
    run = fleet.play(TASKS[-1], hosts="asleep", hostvars={"rdls01": {"ansible_connection": "ssh"}})
    assert run.code == 2
    assert "rdls01 uses the connection 'ssh'" in run.last.message


def test_a_timeout_names_the_setting(fleet: Fleet) -> None:
    fleet.misbehave("delay", "rdls01", match={"class": "Win32_TSLicenseServer"}, seconds=1.5, times=-1)
    little = {"ansible_winrm_operation_timeout_sec": 1, "ansible_winrm_read_timeout_sec": 30}
    run = fleet.play(task("read", "license_server_info"), hostvars={"rdls01": little})
    assert run.code == 2
    assert "ansible_winrm_operation_timeout_sec" in run.last.message


def test_a_proxy_in_the_way_answers_no_ws_management(fleet: Fleet) -> None:
    fleet.misbehave("http", "rdls01", status=200, text="<html>Sign in to the guest network</html>", times=-1)
    run = fleet.play(task("read", "license_server_info"))
    assert run.code == 2
    assert run.last.status == "failed"
    assert "rdls01" in run.last.message
