# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection settings of any host, as Ansible would evaluate them if the running task ran on that host.

Ansible hands an action plugin the connection of the task's own host only. For ``delegate_to`` it evaluates templates
with the ``inventory_hostname`` of the host that delegates, so a group variable such as
``ansible_host: "{{ inventory_hostname }}.example.com"`` leads to the wrong machine. This module therefore asks
Ansible's variable manager for the host's variables, with all scopes of the play and the task, and sets the options of
its connection plugin the way the task executor does (ansible-core executor/task_executor.py, 2.16 to 2.22).
"""

from __future__ import annotations

import importlib
import multiprocessing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ansible import constants as C  # noqa: N812  # the name Ansible's own code uses
from ansible.errors import AnsibleError
from ansible.inventory.host import Host
from ansible.plugins.loader import connection_loader
from ansible.template import Templar
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.plugin_options import (
    OptionSource,
    UnknownHost,
    UnsupportedConnection,
    not_wsman,
)

KINDS: Final = ("winrm", "psrp")

# Variables that exist for one loop item or one moment of the play, and that the variable manager does not know.
_OF_THE_MOMENT: Final = ("ansible_loop", "ansible_loop_var", "ansible_index_var", "ansible_failed_hosts")
_OMITTED: Final = object()
# Older releases of ansible-core define it there, newer ones only pass it on.
_UNSET: Final = importlib.import_module("ansible.utils.sentinel").Sentinel


@dataclass(frozen=True)
class RunningTask:
    """What Ansible gave the action plugin: the task, the variables of its own host, and the play context."""

    task: Any
    variables: Mapping[str, Any]
    play_context: Any

    @property
    def play(self) -> Any:
        """The play of the task, None for a task outside of any play."""
        return self.task.get_play() if getattr(self.task, "_parent", None) else None


def connection_plugin_of(name: str, running: RunningTask, *, by_address: bool = False) -> tuple[str, OptionSource]:
    """A host's name in the inventory, and its connection plugin with the options set, not connected.

    Raises UnsupportedConnection, one line.

    Args:
        by_address: whether the name may be the address of a host, as in ``delegate_to``.
    """
    try:
        host = _host(name, running, by_address)
        variables = _variables(host, running)
        templar = Templar(loader=_hostvars(running)._loader, variables=variables)
        return host.name, _plugin(host.name, running, variables, templar)
    except AnsibleError as error:
        raise UnsupportedConnection(f"{name}: its connection variables cannot be read: {error}") from None


def _hostvars(running: RunningTask) -> Any:
    hostvars = running.variables.get("hostvars")
    if not hasattr(hostvars, "_variable_manager"):
        raise UnsupportedConnection(
            "this release of ansible-core does not give action plugins the variables of other hosts; use a release that"
            " the collection supports"
        )
    return hostvars


def _host(name: str, running: RunningTask, by_address: bool) -> Any:
    inventory = _hostvars(running)._inventory
    host = inventory.get_host(name)
    if host is not None:
        return host
    found: list[Any] = []
    if by_address:
        found = [
            each for each in inventory.get_hosts(ignore_limits=True, ignore_restrictions=True) if each.address == name
        ]
    if len(found) > 1:
        names = ", ".join(sorted(each.name for each in found))
        raise UnsupportedConnection(f"{name} is the address of several inventory hosts ({names}): name one of them")
    if not (found or by_address):
        raise UnknownHost(_no_host(name))
    # Ansible delegates to any name; such a host has the variables of the group all and of the play.
    return found[0] if found else Host(name)


def _no_host(name: str) -> str:
    return f"the inventory has no host '{name}'"


def _variables(host: Any, running: RunningTask) -> dict[str, Any]:
    """The host's variables in every scope: inventory, play, role, task, set_fact, include_vars, command line."""
    manager = _hostvars(running)._variable_manager
    variables: dict[str, Any] = manager.get_vars(play=running.play, host=host, task=running.task)
    of_loop = [str(running.variables.get(name)) for name in ("ansible_loop_var", "ansible_index_var")]
    for each in (*_OF_THE_MOMENT, *of_loop):
        if each in running.variables:
            variables[each] = running.variables[each]
    return variables


def _plugin(name: str, running: RunningTask, variables: Mapping[str, Any], templar: Any) -> OptionSource:
    kind = _templated(variables.get("ansible_connection", _OMITTED), templar)
    if kind in (_OMITTED, None):
        kind = _keyword("connection", running, templar)
    short = short_name(str(kind))
    plugin = connection_loader.get(short, running.play_context) if short in KINDS else None
    if plugin is None:
        known = _hostvars(running)._inventory.get_host(name) is not None
        raise UnsupportedConnection(not_wsman(name, str(kind)) if known else _no_host(name))
    plugin.set_options(
        task_keys=_task_keys(running, variables, templar),
        var_options=_variable_options(plugin._load_name, f"ansible_{short}_", variables, templar),
    )
    # The loader gives no type; what came is one of the two plugins above.
    source: OptionSource = plugin
    return source


def _variable_options(plugin: str, prefix: str, variables: Mapping[str, Any], templar: Any) -> dict[str, Any]:
    """What the variables say of the plugin's options, and in ``_extras`` those that only start like one."""
    known = set(C.config.get_plugin_vars("connection", plugin))
    options: dict[str, Any] = {}
    extras: dict[str, Any] = {}
    for variable in variables:
        if variable in known or str(variable).startswith(prefix):
            value = _templated(variables[variable], templar)
            if value is not _OMITTED:
                (options if variable in known else extras)[variable] = value
    return {**options, "_extras": extras}


def _task_keys(running: RunningTask, variables: Mapping[str, Any], templar: Any) -> dict[str, Any]:
    """The keywords that options of the two plugins are read from. A password that nobody gave is left out."""
    keys: dict[str, Any] = {name: _keyword(name, running, templar) for name in ("remote_user", "port")}
    password = _password(variables, templar)
    if password:
        keys["password"] = password
    return keys


def _keyword(name: str, running: RunningTask, templar: Any) -> Any:
    """A keyword of the task or of what it is part of, ending with the command line (-u, --connection)."""
    for written in _written(name, running):
        value = _templated(written, templar)
        if value is not _OMITTED:
            return value
    return None


def _written(name: str, running: RunningTask) -> Iterator[Any]:
    """A keyword as it was written, from the inside out, for in the task Ansible has replaced templates by values.

    The parents are asked with the method that inheritance goes by: Ansible has closed them for a plain look.
    """
    task = running.task
    source = task.get_ds()
    if isinstance(source, Mapping) and name in source:
        yield source[name]
    parent = getattr(task, "_parent", None)
    if parent is None:
        yield getattr(task, name)
        return
    inherited = parent._get_parent_attribute(name)
    if inherited is not _UNSET:
        yield inherited
    yield getattr(running.play, name)


def _password(variables: Mapping[str, Any], templar: Any) -> str | None:
    """The password by Ansible's general variables, else the one given for all hosts (-k, --connection-password-file).

    The play context of the action plugin is of no use: it holds the password of the task's own host. The worker
    process keeps the one it was started with.
    """
    for variable in C.MAGIC_VARIABLE_MAPPING["password"]:
        value = _templated(variables.get(variable, _OMITTED), templar)
        if value not in (_OMITTED, None):
            return str(value)
    given = getattr(getattr(multiprocessing.current_process(), "_play_context", None), "password", None)
    return str(given) if given else None


def _templated(value: Any, templar: Any) -> Any:
    """The value of a template for the host; what it leaves out with C(omit) is C(_OMITTED)."""
    if value is _OMITTED:
        return value
    try:
        result = templar.template(value)
    except AnsibleError as error:
        # ansible-core 2.19 and later; earlier ones put a text in its place.
        if type(error).__name__ == "AnsibleValueOmittedError":
            return _OMITTED
        raise
    omit = templar.available_variables.get("omit")
    return _OMITTED if isinstance(omit, str) and result == omit else result


# How a name spelled in full begins: as the inventory has it, and as Ansible's loader keeps it for a loaded plugin.
_OWN_NAMES: Final = ("ansible_collections.ansible.builtin.plugins.connection.", "ansible.builtin.", "ansible.legacy.")


def short_name(name: str) -> str:
    """``winrm`` or ``psrp``, with or without their collection; any other name in full."""
    for beginning in _OWN_NAMES:
        name = name.removeprefix(beginning)
    return name
