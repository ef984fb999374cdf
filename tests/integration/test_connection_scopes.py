# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every host is reached with what Ansible would use if it were a host of the play, whatever scope says so.

The two servers have accounts of their own, and everything about a connection is a template that depends on
``inventory_hostname``. Evaluated for the wrong host, each of them leads to the other machine.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.integration.fleet import Fleet
from tests.integration.playbook import Run, Settings, play, task
from tests.integration.purchases import CLEARINGHOUSE, purchase
from tests.integration.wiretap import Wiretap

FLEET = (
    """
servers:
  rdls01:
    windows_release: "2025"
    activated: true
    users: {one: {password: Simulated-One-1}, everywhere: {password: Simulated-Same-1}}
    key_packs: [{purchase: enterprise, quantity: 250}, {purchase: retail, quantity: 50}]
  rdls02:
    windows_release: "2025"
    activated: true
    users: {two: {password: Simulated-Two-1}, everywhere: {password: Simulated-Same-1}}
"""
    + CLEARINGHOUSE
)
ACCOUNTS = {"rdls01": ("one", "Simulated-One-1"), "rdls02": ("two", "Simulated-Two-1")}
USER = "{{ fleet[inventory_hostname].user }}"
PASSWORD = "{{ fleet[inventory_hostname].password }}"
CREDENTIALS = {"ansible_user": USER, "ansible_password": PASSWORD}
AUTHENTICATION = {"winrm": {"ansible_winrm_transport": "ntlm"}, "psrp": {"ansible_psrp_auth": "ntlm"}}
SCHEME = {"winrm": {"ansible_winrm_scheme": "http"}, "psrp": {"ansible_psrp_protocol": "http"}}
MIGRATION = {
    "source": {"host": "rdls01"},
    "reason": "source_is_being_replaced",
    "purchases": [purchase("enterprise")],
    "connection_method": "automatic",
}


def steps(name: str, **keywords: Any) -> list[dict[str, Any]]:
    """From rdls02: look at rdls01 by delegation, and at both by a migration that is not carried out."""
    return [
        task(f"{name}: delegated", "license_server_info", delegate_to="rdls01", **keywords),
        task(f"{name}: in a loop", "license_server_info", delegate_to="{{ item }}", loop=list(ACCOUNTS), **keywords),
        task(f"{name}: source", "cal_migration", MIGRATION, check_mode=True, **keywords),
    ]


def scoped(name: str, tasks: list[dict[str, Any]], hosts: str = "rdls02", **keywords: Any) -> dict[str, Any]:
    return {"name": name, "hosts": hosts, "gather_facts": False, "tasks": tasks, **keywords}


def by_role(directory: Path, variables: Mapping[str, Any]) -> dict[str, Any]:
    role = directory / "roles" / "scoped"
    for folder, content in (("vars", variables), ("tasks", steps("role vars"))):
        (role / folder).mkdir(parents=True)
        (role / folder / "main.yml").write_text(json.dumps(content), encoding="utf-8")
    return scoped("role vars", [], roles=[str(role)])


def more_plays(directory: Path, variables: Mapping[str, Any], half: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Scopes that are made while the play runs, or that belong to what the tasks are part of."""
    role = directory / "roles" / "asked"
    for folder, content in (("defaults", variables), ("tasks", steps("role defaults"))):
        (role / folder).mkdir(parents=True)
        (role / folder / "main.yml").write_text(json.dumps(content), encoding="utf-8")
    yield scoped("role defaults", [], roles=[str(role)])
    bare = directory / "roles" / "bare" / "tasks"
    bare.mkdir(parents=True)
    (bare / "main.yml").write_text(json.dumps(steps("role parameters")), encoding="utf-8")
    (bare / "include_role.yml").write_text(json.dumps(steps("include_role")), encoding="utf-8")
    included = directory / "included.yml"
    # The variable of the loop around the included file decides.
    included.write_text(json.dumps(steps("include_tasks", vars={"ansible_user": "{{ of_loop }}"})), encoding="utf-8")
    yield scoped("role parameters", [], roles=[{"role": str(bare.parent), **variables}])
    include: dict[str, Any] = {"name": str(bare.parent), "tasks_from": "include_role"}
    keywords = {"vars": variables}
    yield scoped("include_role", [task("by name", "ansible.builtin.include_role", include, **keywords)])
    looped = {"loop": ["everywhere"], "loop_control": {"loop_var": "of_loop"}}
    include = {"file": str(included)}
    same = {**half, "ansible_password": "Simulated-Same-1"}
    yield scoped("include_tasks", [task("by file", "ansible.builtin.include_tasks", include, **looped)], vars=same)
    notify = task("notify", "ansible.builtin.debug", {"msg": "change"}, changed_when=True, notify="wanted")
    handlers = [{**each, "listen": "wanted"} for each in steps("handlers", remote_user=USER)]
    yield scoped("handlers", [notify], vars=half, handlers=handlers)
    prompt = {"name": "ansible_user", "default": "everywhere", "private": False}
    yield scoped("vars_prompt", steps("vars_prompt"), vars=same, vars_prompt=[prompt])
    # Another host delegates: Ansible evaluates the templates for that one.
    migration = {"delegate_to": "rdls02", **steps("localhost")[2]}
    tasks = [*steps("localhost", delegate_facts=True)[:2], migration]
    yield scoped("localhost", tasks, "localhost", vars=variables)
    aliases = {"ansible_winrm_user": USER, "ansible_winrm_pass": PASSWORD, "ansible_psrp_user": USER}
    names = {name: value for name, value in variables.items() if name not in CREDENTIALS}
    yield scoped("aliases", steps("aliases"), vars={**names, **aliases, "ansible_psrp_password": PASSWORD})


def plays(directory: Path, variables: dict[str, Any]) -> list[dict[str, Any]]:
    """One play for each scope that can say how a host is reached."""
    file = directory / "variables.yml"
    file.write_text(json.dumps(variables), encoding="utf-8")
    half = {name: value for name, value in variables.items() if name != "ansible_user"}
    forget = dict.fromkeys(variables, "{{ omit }}")
    return [
        scoped("play vars", steps("play vars"), vars=variables),
        scoped("vars_files", steps("vars_files"), vars_files=[str(file)]),
        by_role(directory, variables),
        scoped("task vars", steps("task vars", vars=variables)),
        scoped("block vars", [{"vars": variables, "block": steps("block vars")}]),
        scoped("remote_user", steps("remote_user"), vars=half, remote_user=USER),
        scoped("task keyword", steps("task keyword", remote_user=USER), vars=half),
        *more_plays(directory, variables, half),
        # These stay with the host, so they come last.
        scoped("include", [task("include", "ansible.builtin.include_vars", {"file": str(file)})], hosts="all"),
        scoped("include_vars", steps("include_vars")),
        scoped("set", [task("set", "ansible.builtin.set_fact", {**forget, **variables})], hosts="all"),
        scoped("set_fact", steps("set_fact")),
    ]


def inventory(fleet: Fleet, kind: str, more: Mapping[str, Any]) -> dict[str, Any]:
    """Hosts without any variable; the group has all, as templates."""
    known = {
        name: {
            "address": fleet.ready["servers"][name]["address"],
            "port": fleet.ready["servers"][name]["listeners"]["http"]["port"],
            "user": user,
            "password": password,
        }
        for name, (user, password) in ACCOUNTS.items()
    }
    nowhere = {"address": "127.0.0.9", "port": 9, "user": "nobody", "password": "Simulated-Nobody-1"}
    address = {
        "ansible_connection": "{{ kinds[inventory_hostname] }}",
        "ansible_host": "{{ fleet[inventory_hostname].address }}",
        "ansible_port": "{{ fleet[inventory_hostname].port }}",
        "kinds": dict.fromkeys([*ACCOUNTS, "localhost"], kind),
    }
    variables = {**address, **SCHEME[kind], "fleet": {**known, "localhost": nowhere}, **more}
    return {"all": {"vars": variables, "hosts": {name: {} for name in ACCOUNTS}}}


def run(fleet: Fleet, directory: Path, hosts: dict[str, Any], playbook: list[dict[str, Any]], *arguments: str) -> Run:
    settings = Settings(watch=False, arguments=arguments)
    return play(playbook, hosts, settings, directory / "run", fleet.ready["control_url"]).succeeded()


def check(fleet: Fleet, outcome: Run, scopes: list[str]) -> None:
    """Each step must have talked to the servers it names."""
    ids = {name: fleet.server(name)["product_id"] for name in ACCOUNTS}
    for scope in scopes:
        assert outcome[f"{scope}: delegated"].result["license_server"]["product_id"] == ids["rdls01"], scope
        looped = outcome[f"{scope}: in a loop"].result["results"]
        assert [each["license_server"]["product_id"] for each in looped] == list(ids.values()), scope
        assert outcome[f"{scope}: source"].changed, scope
    users = {(message["server"].lower(), message["user"].rpartition("\\")[2]) for message in fleet.journal()}
    assert {user for server, user in users if server == "rdls01"} <= {"one", "everywhere"}
    assert {user for server, user in users if server == "rdls02"} <= {"two", "everywhere"}


@pytest.mark.parametrize("kind", ["winrm", "psrp"])
def test_scopes_of_plays_roles_tasks_and_hosts(fleet: Fleet, tmp_path: Path, kind: str) -> None:
    playbook = plays(tmp_path, {**CREDENTIALS, **AUTHENTICATION[kind]})
    outcome = run(fleet, tmp_path, inventory(fleet, kind, {}), playbook)
    check(fleet, outcome, [each["name"] for each in playbook if each["name"] not in ("include", "set")])


@pytest.mark.parametrize("kind", ["winrm", "psrp"])
def test_inventory_and_extra_variables(fleet: Fleet, tmp_path: Path, kind: str) -> None:
    hosts = inventory(fleet, kind, {"ansible_password": PASSWORD})
    extra = json.dumps({"ansible_user": USER, **AUTHENTICATION[kind]})
    check(fleet, run(fleet, tmp_path, hosts, [scoped("extra", steps("extra"))], "-e", extra), ["extra"])


@pytest.mark.parametrize("kind", ["winrm", "psrp"])
def test_a_host_that_the_play_adds(fleet: Fleet, tmp_path: Path, kind: str) -> None:
    """It has no variables in any file, and its address comes from a variable of its own."""
    hosts = inventory(fleet, kind, {**CREDENTIALS, **AUTHENTICATION[kind]})
    variables = hosts["all"]["vars"]
    for part in ("fleet", "kinds"):
        variables[part]["added"] = variables[part]["rdls01"]
    variables["ansible_host"] = (
        "{{ hostvars[inventory_hostname].address | default(fleet[inventory_hostname].address) }}"
    )
    address = variables["fleet"]["rdls01"]["address"]
    add = task("add", "ansible.builtin.add_host", {"name": "added", "address": address})
    migration = {**MIGRATION, "source": {"host": "added"}}
    tasks = [
        add,
        task("delegated", "license_server_info", delegate_to="added"),
        task("source", "cal_migration", migration, check_mode=True),
    ]
    outcome = run(fleet, tmp_path, hosts, [scoped("added", tasks)])
    assert outcome["delegated"].result["license_server"]["product_id"] == fleet.server("rdls01")["product_id"]
    assert outcome["source"].changed


@pytest.mark.parametrize("kind", ["winrm", "psrp"])
def test_the_command_line(fleet: Fleet, tmp_path: Path, kind: str) -> None:
    """-u, --connection and the password of the command line, beside a target with a password of its own."""
    hosts = inventory(fleet, kind, AUTHENTICATION[kind])
    del hosts["all"]["vars"]["ansible_connection"]
    hosts["all"]["hosts"]["rdls02"] = CREDENTIALS
    file = tmp_path / "password"
    file.write_text("Simulated-Same-1\n", encoding="utf-8")
    arguments = ("-u", "everywhere", "--connection", kind, "--connection-password-file", str(file))
    check(fleet, run(fleet, tmp_path, hosts, [scoped("cli", steps("cli"))], *arguments), ["cli"])


def test_a_change_by_delegation_is_made_on_the_server_that_the_step_names(fleet: Fleet, tmp_path: Path) -> None:
    """Ansible evaluates these templates for the host that delegates; the change then hit the new server."""
    hosts = inventory(fleet, "winrm", {**CREDENTIALS, **AUTHENTICATION["winrm"]})
    change = task("change", "connection_method", {"connection_method": "telephone"}, delegate_to="rdls01")
    assert run(fleet, tmp_path, hosts, [scoped("change", [change])])["change"].changed
    record = "SOFTWARE\\WinFleet\\RDLicensing"
    assert fleet.server("rdls01")["registry"][record] == {"ConnectionMethod": "telephone"}
    assert record not in fleet.server("rdls02")["registry"]


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_wrong_address_stops_before_the_first_change(fleet: Fleet, tmp_path: Path, check_mode: bool) -> None:
    """The source's address is the target's: a check tells the same as a real run."""
    hosts = inventory(fleet, "winrm", AUTHENTICATION["winrm"])
    hosts["all"]["vars"]["fleet"]["rdls01"] = hosts["all"]["vars"]["fleet"]["rdls02"]
    hosts["all"]["hosts"] = dict.fromkeys(ACCOUNTS, CREDENTIALS)
    read = task("read", "license_server_info", {"gather": ["windows_release"]})
    change = task("change", "connection_method", {"connection_method": "telephone"}, delegate_to="rdls01")
    playbook = [scoped("wrong address", [read, {**change, "check_mode": check_mode}])]
    before = fleet.state()
    settings = Settings(watch=False)
    outcome = play(playbook, hosts, settings, tmp_path / "run", fleet.ready["control_url"])
    assert outcome["change"].status == "failed"
    assert "rdls01 and rdls02 lead to the same machine" in outcome["change"].message
    assert fleet.state() == before


BASIC = {"winrm": {"ansible_winrm_transport": "basic"}, "psrp": {"ansible_psrp_auth": "basic"}}


@pytest.mark.parametrize(
    ("kind", "given", "shown"),
    [
        ("winrm", AUTHENTICATION["winrm"], False),
        ("winrm", {}, False),
        ("winrm", {"ansible_winrm_transport": "ssl"}, False),
        ("winrm", {"ansible_winrm_transport": "kerberos,ntlm"}, False),
        ("winrm", BASIC["winrm"], True),
        ("psrp", AUTHENTICATION["psrp"], False),
        ("psrp", {}, False),
        ("psrp", BASIC["psrp"], True),
    ],
)
def test_no_password_on_the_wire(fleet: Fleet, tmp_path: Path, kind: str, given: dict[str, str], shown: bool) -> None:
    """Over http the source's password is sent in clear only if the settings in force for it ask for Basic by name."""
    hosts = inventory(fleet, kind, {})
    port = fleet.ready["servers"]["rdls01"]["listeners"]["http"]["port"]
    settings = Settings(watch=False)
    with Wiretap(fleet.ready["servers"]["rdls01"]["address"], port) as tap:
        hosts["all"]["vars"]["fleet"]["rdls01"]["port"] = tap.port
        hosts["all"]["hosts"]["rdls02"] = AUTHENTICATION[kind]
        only = {
            name: f"{{{{ '{value}' if inventory_hostname == 'rdls01' else 'ntlm' }}}}" for name, value in given.items()
        }
        playbook = [scoped("wire", steps("wire")[2:], vars={**CREDENTIALS, **only})]
        outcome = play(playbook, hosts, settings, tmp_path / "run", fleet.ready["control_url"])
    assert tap.carries("Simulated-One-1") is shown, outcome.output
    if not tap.connections:
        assert "would be sent in clear" in outcome.last.message
