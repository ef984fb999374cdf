# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Ansible would use for another host, with Ansible's own inventory, play and variable manager."""

from __future__ import annotations

import multiprocessing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.playbook.play_context import PlayContext
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.play_hosts import (
    RunningTask,
    connection_plugin_of,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.plugin_options import (
    OptionSource,
    UnsupportedConnection,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.sessions import (
    new_proof,
    open_session_for_host,
)

from tests.unit.inventories import hostvars_of, task_of_play, trusted

GROUP: dict[str, Any] = {
    "ansible_connection": "winrm",
    "ansible_host": "{{ inventory_hostname }}.contoso.example",
    "ansible_port": "{{ ports[inventory_hostname] | default(5986) }}",
    "ansible_winrm_transport": "ntlm",
    "ports": {"rdls01": 5986, "rdls02": 15986},
}
HOSTS: dict[str, Any] = {
    "rdls01": {"ansible_password": "of rdls01", "ansible_winrm_nonsense": 1},
    "rdls02": {"ansible_password": "of rdls02", "untouched": "{{ lookup('ansible.builtin.env', no_such) }}"},
    "rdls03": {"ansible_connection": "ansible.builtin.psrp", "ansible_psrp_auth": "basic"},
    "rdls04": {"ansible_port": "{{ nowhere_defined }}"},
    "web01": {"ansible_connection": "ssh"},
    "left-out": {"ansible_user": "{{ nobody | default(omit) }}"},
}
PLAY: dict[str, Any] = {
    "hosts": "rdls02",
    "gather_facts": False,
    "tasks": [{"name": "any", "debug": {"msg": "hello"}}],
}


class Sight:
    """The task of a play on rdls02, and what another host's plugin gets from there."""

    def __init__(self, directory: Path, play: dict[str, Any], groups: dict[str, Any] | None = None) -> None:
        self.hostvars = hostvars_of({"all": {"vars": {**GROUP, **(groups or {})}, "hosts": HOSTS}}, directory)
        self.task = task_of_play({**PLAY, **play}, self.hostvars, directory)
        context = PlayContext()
        context.password = "of the task's own host"
        manager = self.hostvars._variable_manager
        host = self.hostvars._inventory.get_host("rdls02")
        own = manager.get_vars(play=self.task.get_play(), host=host, task=self.task)
        self.running = RunningTask(self.task, own, context)

    def plugin(self, name: str, by_address: bool = False) -> OptionSource:
        return connection_plugin_of(name, self.running, by_address=by_address)[1]


def test_templates_are_evaluated_for_the_host_itself(tmp_path: Path) -> None:
    plugin = Sight(tmp_path, {}).plugin("rdls01")
    assert plugin.get_option("remote_addr") == "rdls01.contoso.example"
    assert int(plugin.get_option("port")) == 5986
    assert plugin.get_option("remote_password") == "of rdls01"
    assert plugin.get_option("_extras") == {"ansible_winrm_nonsense": 1}


def test_a_delegated_task_gets_the_same(tmp_path: Path) -> None:
    """Ansible itself evaluates them with the inventory_hostname of the host that delegates."""
    sight = Sight(tmp_path, {})
    sight.task.delegate_to = "rdls01"
    assert sight.plugin("rdls01", by_address=True).get_option("remote_addr") == "rdls01.contoso.example"


@pytest.mark.parametrize(
    "play",
    [
        {"vars": {"ansible_user": "{{ inventory_hostname }}-admin"}},
        {"remote_user": "{{ inventory_hostname }}-admin"},
        {"tasks": [{**PLAY["tasks"][0], "vars": {"ansible_user": "{{ inventory_hostname }}-admin"}}]},
        {"tasks": [{**PLAY["tasks"][0], "remote_user": "{{ inventory_hostname }}-admin"}]},
        {"tasks": [{"block": [PLAY["tasks"][0]], "remote_user": "{{ inventory_hostname }}-admin"}]},
        {"tasks": [{"block": [PLAY["tasks"][0]], "vars": {"ansible_user": "{{ inventory_hostname }}-admin"}}]},
    ],
    ids=["play vars", "play keyword", "task vars", "task keyword", "block keyword", "block vars"],
)
def test_scopes_of_the_play(tmp_path: Path, play: dict[str, Any]) -> None:
    sight = Sight(tmp_path, play)
    # As the task executor does before it runs the action: keywords then hold the value for the task's own host.
    if "remote_user" in sight.task.get_ds():
        sight.task.remote_user = "rdls02-admin"
    assert sight.plugin("rdls01").get_option("remote_user") == "rdls01-admin"


def test_scopes_of_the_host(tmp_path: Path) -> None:
    sight = Sight(tmp_path, {})
    sight.hostvars._variable_manager.set_nonpersistent_facts("rdls01", {"ansible_user": "by set_fact"})
    sight.hostvars._variable_manager.set_host_variable("rdls03", "ansible_user", "by include_vars")
    users = [sight.plugin(name).get_option("remote_user") for name in ("rdls01", "rdls03")]
    assert users == ["by set_fact", "by include_vars"]


def test_extra_variables_win(tmp_path: Path) -> None:
    sight = Sight(tmp_path, {"vars": {"ansible_user": "of the play"}})
    sight.hostvars._variable_manager._extra_vars = {"ansible_user": trusted("{{ inventory_hostname }}-extra")}
    assert sight.plugin("rdls01").get_option("remote_user") == "rdls01-extra"


def test_a_loop_variable_of_the_task(tmp_path: Path) -> None:
    sight = Sight(tmp_path, {"vars": {"ansible_user": "{{ each }}-{{ inventory_hostname }}"}})
    of_loop = {"each": "admin", "ansible_loop_var": "each"}
    running = RunningTask(sight.task, {**sight.running.variables, **of_loop}, sight.running.play_context)
    assert connection_plugin_of("rdls01", running)[1].get_option("remote_user") == "admin-rdls01"


def test_connection_keyword_and_another_kind_of_connection(tmp_path: Path) -> None:
    sight = Sight(tmp_path, {"connection": "psrp"}, {"ansible_connection": "{{ nothing | default(omit) }}"})
    assert type(sight.plugin("rdls01")).__module__.endswith(".psrp")
    assert sight.plugin("rdls03").get_option("auth") == "basic"


def test_what_is_omitted_is_not_set(tmp_path: Path) -> None:
    sight = Sight(tmp_path, {"remote_user": "asa"})
    assert sight.plugin("left-out").get_option("remote_user") == "asa"


@pytest.mark.parametrize("name", ["rdls03", "left-out"])
def test_the_password_of_the_command_line_and_never_the_one_of_the_own_host(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    sight = Sight(tmp_path, {})
    assert sight.plugin(name).get_option("remote_password") is None
    worker = SimpleNamespace(_play_context=SimpleNamespace(password="by -k"))
    monkeypatch.setattr(multiprocessing, "current_process", lambda: worker)
    assert sight.plugin(name).get_option("remote_password") == "by -k"
    assert sight.plugin("rdls01").get_option("remote_password") == "of rdls01"


def test_a_session_with_what_was_found(tmp_path: Path) -> None:
    opened = open_session_for_host("rdls01", Sight(tmp_path, {}).running, new_proof())
    assert opened.session.server == "rdls01"
    assert opened.remote_addr == "rdls01.contoso.example"
    assert opened.secrets == ("of rdls01",)
    assert opened.warnings == ("rdls01: ansible_winrm_nonsense is not supported by pywinrm and has no effect",)
    assert (
        open_session_for_host("rdls03", Sight(tmp_path, {}).running, new_proof()).remote_addr
        == "rdls03.contoso.example"
    )


def test_a_host_named_by_its_address(tmp_path: Path) -> None:
    sight = Sight(tmp_path, {})
    inventory = sight.hostvars._inventory
    inventory.get_host("rdls01").address = "192.0.2.1"
    for name in ("rdls02", "rdls03"):
        inventory.get_host(name).address = "192.0.2.2"
    assert sight.plugin("192.0.2.1", by_address=True).get_option("remote_password") == "of rdls01"
    with pytest.raises(UnsupportedConnection, match=r"address of several inventory hosts \(rdls02, rdls03\)"):
        sight.plugin("192.0.2.2", by_address=True)
    assert sight.plugin("rdls99", by_address=True).get_option("remote_addr") == "rdls99.contoso.example"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nobody", "the inventory has no host 'nobody'"),
        ("web01", "web01 uses the connection 'ssh'"),
        ("rdls04", "rdls04: its connection variables cannot be read"),
    ],
)
def test_a_host_that_cannot_be_reached(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(UnsupportedConnection, match=message) as caught:
        Sight(tmp_path, {}).plugin(name)
    assert "\n" not in str(caught.value)


def test_an_ansible_that_keeps_the_variables_to_itself(tmp_path: Path) -> None:
    running = RunningTask(Sight(tmp_path, {}).task, {"hostvars": {}}, PlayContext())
    with pytest.raises(UnsupportedConnection, match="release of ansible-core"):
        connection_plugin_of("rdls01", running)
