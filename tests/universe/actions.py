# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugins as Ansible makes them: a real task, a real connection plugin with its options, not connected."""

from __future__ import annotations

import functools
import importlib
import tempfile
import typing as t
from pathlib import Path
from types import SimpleNamespace

from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins.loader import connection_loader
from ansible.template import Templar

from tests.unit.inventories import hostvars_of
from tests.universe import seams

PASSWORD = "Pl4nted-Passw0rd-0f-The-H0st"
DOMAIN = "universe.example"
HOSTS = ("rdls01", "rdls02", "rdls03", "rdls04")


def make_action(task: dict[str, t.Any], *, check: bool, timeout: float) -> tuple[t.Any, dict[str, t.Any]]:
    """The action plugin of a task, and the variables that it runs with."""
    seams.install()
    real = Task()
    real.action = f"winfleet.rd_licensing.{task['module']}"
    real.args = task["options"]
    real.check_mode, real.diff = check, True
    real.async_val = 0
    module = importlib.import_module(f"{seams.COLLECTION}.plugins.action.{task['module']}")
    action = module.ActionModule(
        task=real,
        connection=_connection(task["host"], timeout),
        play_context=_play_context(),
        loader=_loader(),
        templar=_templar(),
        shared_loader_obj=SimpleNamespace(),
    )
    return action, {"inventory_hostname": task["host"], "hostvars": _hostvars()}


@functools.cache
def _hostvars() -> t.Any:
    """The inventory of every world; a world has the first few of its hosts."""
    inventory = {"all": {"hosts": {host: _variables(host) for host in HOSTS}}}
    with tempfile.TemporaryDirectory() as directory:
        hostvars = hostvars_of(inventory, Path(directory))
    # What Ansible works out of the inventory is the same for every task: once is enough.
    manager = hostvars._variable_manager
    variables = {host: manager.get_vars(host=hostvars._inventory.get_host(host)) for host in HOSTS}
    vars(manager)["get_vars"] = lambda host, **_others: dict(variables[host.name])
    return hostvars


@functools.cache
def _variables(host: str) -> dict[str, t.Any]:
    return {
        "inventory_hostname": host,
        "ansible_connection": "winrm",
        "ansible_host": f"{host}.{DOMAIN}",
        "ansible_port": 5986,
        "ansible_user": "labadmin",
        "ansible_password": PASSWORD,
        "ansible_winrm_transport": "basic",
    }


@functools.cache
def _connection(host: str, timeout: float) -> t.Any:
    plugin = connection_loader.get("winrm", _play_context())
    extras = {"ansible_winrm_operation_timeout_sec": timeout, "ansible_winrm_read_timeout_sec": timeout + 10}
    plugin.set_options(var_options={**_variables(host), "_extras": extras})
    return plugin


@functools.cache
def _play_context() -> PlayContext:
    play_context = PlayContext()
    play_context.connection = "winrm"
    return play_context


@functools.cache
def _loader() -> DataLoader:
    return DataLoader()


@functools.cache
def _templar() -> Templar:
    return Templar(loader=_loader())
