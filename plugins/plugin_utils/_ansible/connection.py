# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change in any release.
"""From a host's Ansible connection to a CIM session, without connecting the plugin: no remote shell is opened."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible import constants as C  # noqa: N812  # the name Ansible's own code uses
from ansible.errors import AnsibleError
from ansible.plugins.loader import connection_loader
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.connection_options import (
    OptionSource,
    UnsupportedConnection,
    secrets_in,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.connection_psrp import psrp_settings
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.connection_winrm import winrm_settings
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.session import CimSession
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.client import WsmanClient
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.envelope import HeaderSettings
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.settings import ConnectionSettings
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.transport import WinrmTransport

__all__ = ["OpenedSession", "UnsupportedConnection", "open_session", "open_session_for_host"]

_READERS = {"winrm": winrm_settings, "psrp": psrp_settings}


@dataclass(frozen=True)
class OpenedSession:
    """A session that connects with its first request.

    ``secrets`` are texts the caller must keep out of results, ``warnings`` are to be shown, ``remote_addr`` is the
    address from the inventory, ``operation_timeout`` the seconds the server gets for one operation.
    """

    session: CimSession
    secrets: tuple[str, ...] = field(repr=False)
    warnings: tuple[str, ...]
    remote_addr: str
    operation_timeout: float


def open_session(connection: OptionSource, server: str) -> OpenedSession:
    """A session with the host of a connection plugin, ``winrm`` or ``psrp``.

    Reads the plugin's public options and does not connect it. ``server`` is what messages call the host. Raises
    UnsupportedConnection, one line, for any other plugin and for settings that cannot work. Returns OpenedSession.
    """
    kind = _kind(connection)
    if kind not in _READERS:
        raise UnsupportedConnection(
            f"{server} uses the connection '{kind or 'unknown'}', but license servers are reached over WS-Management:"
            " set ansible_connection to winrm (or psrp) for it"
        )
    _require_pywinrm()
    try:
        settings, warnings = _READERS[kind](connection)
    except UnsupportedConnection as error:
        raise UnsupportedConnection(f"{server}: {error}") from None
    return OpenedSession(
        session=CimSession(_client(settings), server),
        secrets=secrets_in(settings.password, settings.options),
        warnings=tuple(f"{server}: {warning}" for warning in warnings),
        remote_addr=str(connection.get_option("remote_addr")),
        operation_timeout=settings.operation_timeout,
    )


def open_session_for_host(host_name: str, task_vars: Mapping[str, Any], play_context: Any) -> OpenedSession:
    """A session with another host of the inventory, by that host's own variables.

    The connection type is its ``ansible_connection``, or the one of the running task where it has none. Password and
    user come from its variables alone: what the task's own host uses is never tried on it. Raises UnsupportedConnection
    like open_session, also when the inventory has no such host or a variable of it cannot be read.
    """
    hostvars = task_vars.get("hostvars") or {}
    if host_name not in hostvars:
        raise UnsupportedConnection(f"there is no host '{host_name}' in the inventory")
    try:
        return open_session(_plugin_of(host_name, hostvars[host_name], play_context), server=host_name)
    except AnsibleError as error:
        raise UnsupportedConnection(f"{host_name}: its connection variables cannot be read: {error}") from None


def _plugin_of(host_name: str, variables: Mapping[str, Any], play_context: Any) -> OptionSource:
    """The host's connection plugin with its options set as Ansible's task executor sets them, but not connected."""
    name = str(variables.get("ansible_connection") or play_context.connection)
    kind = _short_name(name)
    plugin = connection_loader.get(kind, play_context) if kind in _READERS else None
    if plugin is None:
        raise UnsupportedConnection(
            f"{host_name} uses the connection '{name}', but license servers are reached over WS-Management:"
            " set ansible_connection to winrm (or psrp) for it"
        )
    prefix = f"ansible_{kind}_"
    known = set(C.config.get_plugin_vars("connection", plugin._load_name))
    wanted = [str(variable) for variable in variables if variable in known or str(variable).startswith(prefix)]
    options: dict[str, Any] = {variable: variables[variable] for variable in wanted if variable in known}
    options.setdefault("inventory_hostname", host_name)
    options["_extras"] = {variable: variables[variable] for variable in wanted if variable not in known}
    plugin.set_options(var_options=options)
    # The loader gives no type; what came is one of the two plugins above.
    source: OptionSource = plugin
    return source


def _kind(connection: Any) -> str:
    """``winrm`` or ``psrp``, with or without their collection; any other name in full."""
    for name in (getattr(connection, "_load_name", None), getattr(connection, "transport", None)):
        if isinstance(name, str) and name:
            return _short_name(name)
    return ""


# How a name spelled in full begins: as the inventory has it, and as Ansible's loader keeps it for a loaded plugin.
_OWN_NAMES = ("ansible_collections.ansible.builtin.plugins.connection.", "ansible.builtin.", "ansible.legacy.")


def _short_name(name: str) -> str:
    for beginning in _OWN_NAMES:
        name = name.removeprefix(beginning)
    return name


def _require_pywinrm() -> None:
    try:
        importlib.import_module("winrm.transport")
    except ImportError:
        raise UnsupportedConnection(
            "the Python library pywinrm is not installed on the controller: pip install pywinrm"
        ) from None


def _client(settings: ConnectionSettings) -> WsmanClient:
    headers = HeaderSettings(
        to=settings.endpoint,
        operation_timeout=settings.operation_timeout,
        max_envelope_size=settings.max_envelope_size,
    )
    return WsmanClient(WinrmTransport(settings), headers, settings.names.operation_timeout)
