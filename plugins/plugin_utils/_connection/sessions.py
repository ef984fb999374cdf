# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a host's Ansible connection to a CIM session, without connecting the plugin: no remote shell is opened."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.session import CimSession
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.certificate_files import check_files
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.connection_log import (
    ConnectionLog,
    LoggedTransport,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.play_hosts import (
    RunningTask,
    connection_plugin_of,
    short_name,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.plugin_options import (
    OptionSource,
    UnsupportedConnection,
    not_wsman,
    secrets_in,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.psrp_settings import psrp_settings
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.run_directory import run_directory
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.server_identity import (
    IdentityProof,
    ProvenSession,
    RunRegister,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.winrm_settings import winrm_settings
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.client import MessageTransport, WsmanClient
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.envelope import HeaderSettings
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.settings import ConnectionSettings
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.transport import WinrmTransport

__all__ = ["OpenedSession", "UnsupportedConnection", "open_session", "open_session_for_host"]

# Of today, and of the compatibility listeners.
_USUAL_PORTS = frozenset({5985, 5986, 80, 443})
_READERS = {"winrm": winrm_settings, "psrp": psrp_settings}


@dataclass(frozen=True)
class OpenedSession:
    """A session that connects with its first request.

    ``secrets`` are texts the caller must keep out of results, ``warnings`` are to be shown, ``remote_addr`` is the
    address from the inventory, ``operation_timeout`` the seconds the server gets for one operation, ``late_warnings``
    fills when the session connects. ``forwarded`` is whether the port is one that WinRM does not listen on by itself,
    as behind NAT.
    """

    session: CimSession
    secrets: tuple[str, ...] = field(repr=False)
    warnings: tuple[str, ...]
    remote_addr: str
    operation_timeout: float
    late_warnings: list[str] = field(default_factory=list)
    forwarded: bool = False


def new_proof() -> IdentityProof:
    """For one task: what its servers are is compared with what other tasks of this run of ansible-playbook saw."""
    return IdentityProof(RunRegister(run_directory()))


Wrap = Callable[[MessageTransport], MessageTransport]


def _bare(transport: MessageTransport) -> MessageTransport:
    return transport


def open_session(connection: OptionSource, server: str, proof: IdentityProof, wrap: Wrap = _bare) -> OpenedSession:
    """A session with the host of a connection plugin, ``winrm`` or ``psrp``.

    Reads the plugin's public options and does not connect it. ``server`` is what messages call the host. Raises
    UnsupportedConnection, one line, for any other plugin and for settings that cannot work. Returns OpenedSession.
    ``wrap`` puts something around the transport.
    """
    kind = _kind(connection)
    if kind not in _READERS:
        raise UnsupportedConnection(not_wsman(server, kind))
    _require_pywinrm()
    try:
        settings, warnings = _READERS[kind](connection)
        check_files(settings)
    except UnsupportedConnection as error:
        raise UnsupportedConnection(f"{server}: {error}") from None
    log = ConnectionLog(server, settings)
    return OpenedSession(
        session=ProvenSession(_client(replace(settings, on_authenticated=log.authenticated), log, wrap), server, proof),
        secrets=secrets_in(settings.password, settings.options),
        warnings=tuple(f"{server}: {warning}" for warning in warnings),
        remote_addr=str(connection.get_option("remote_addr")),
        operation_timeout=settings.operation_timeout,
        late_warnings=log.warnings,
        forwarded=urlsplit(settings.endpoint).port not in _USUAL_PORTS,
    )


def open_session_for_host(
    name: str, running: RunningTask, proof: IdentityProof, *, by_address: bool = False, wrap: Wrap = _bare
) -> OpenedSession:
    """A session with any host of the inventory, with what Ansible would use if the task ran on that host.

    Raises UnsupportedConnection like open_session, also when the inventory has no such host or a variable of it cannot
    be read.
    """
    host, plugin = connection_plugin_of(name, running, by_address=by_address)
    return open_session(plugin, host, proof, wrap)


def _kind(connection: Any) -> str:
    """``winrm`` or ``psrp``, with or without their collection; any other name in full."""
    for name in (getattr(connection, "_load_name", None), getattr(connection, "transport", None)):
        if isinstance(name, str) and name:
            return short_name(name)
    return ""


def _require_pywinrm() -> None:
    try:
        importlib.import_module("winrm.transport")
    except ImportError:
        raise UnsupportedConnection(
            "the Python library pywinrm is not installed on the controller: pip install pywinrm"
        ) from None


def _client(settings: ConnectionSettings, log: ConnectionLog, wrap: Wrap) -> WsmanClient:
    headers = HeaderSettings(
        to=settings.endpoint,
        operation_timeout=settings.operation_timeout,
        max_envelope_size=settings.max_envelope_size,
    )
    transport: MessageTransport = WinrmTransport(settings)
    if log.wanted:
        transport = LoggedTransport(transport, log)
    return WsmanClient(wrap(transport), headers, settings.names.operation_timeout)
