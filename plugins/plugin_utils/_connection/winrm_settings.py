# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of ansible.builtin.winrm, read as that plugin reads them (ansible-core plugins/connection/winrm.py)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.kerberos_ticket import (
    FoundTicket,
    managed_ticket,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.plugin_options import (
    OptionSource,
    UnsupportedConnection,
    as_boolean,
    as_choice,
    as_number,
    as_whole_number,
    build_endpoint,
    check_timeouts,
    option,
    text_option,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.settings import (
    ConnectionSettings,
    SettingNames,
)

PREFIX = "ansible_winrm_"
_NAMES = {
    "authentication": f"{PREFIX}transport",
    "proxy": f"{PREFIX}proxy",
    "hostname_override": f"{PREFIX}kerberos_hostname_override",
    "delegation": f"{PREFIX}kerberos_delegation",
    "certificate": f"{PREFIX}cert_pem",
    "certificate_key": f"{PREFIX}cert_key_pem",
    "trust": f"{PREFIX}ca_trust_path",
}
TRANSPORTS = ("basic", "certificate", "credssp", "kerberos", "ntlm", "plaintext", "ssl")
# pywinrm's defaults; the read timeout is to stay above the operation timeout.
DEFAULT_OPERATION_TIMEOUT = 20.0
DEFAULT_READ_TIMEOUT = 30.0
READ_MARGIN = 10.0
"""Seconds the plugin adds to ansible_winrm_connection_timeout for the read timeout."""

# An empty text means that it is not set, as from "{{ company_ca | default('') }}". An empty proxy means none, as for
# the plugin.
_MEANT_WHEN_EMPTY = frozenset({"proxy"})
# Names the plugin swallows without a word: it takes these from elsewhere.
_SWALLOWED = frozenset(
    {"self", "endpoint", "transport", "username", "password", "scheme", "path", "kinit_mode", "kinit_cmd"}
)


def _as_text(value: Any, name: str) -> Any:
    return None if value is None else str(value)


def _validation(value: Any, name: str) -> str:
    return as_choice(value, name, ("validate", "ignore"))


def _encryption(value: Any, name: str) -> str:
    return as_choice(value, name, ("auto", "always", "never"))


def _mechanism(value: Any, name: str) -> str:
    return as_choice(value, name, ("auto", "ntlm", "kerberos"))


# Extra variables that pywinrm takes, and how each is read.
_EXTRAS: Mapping[str, Callable[[Any, str], Any]] = {
    "ca_trust_path": _as_text,
    "cert_key_pem": _as_text,
    "cert_pem": _as_text,
    "credssp_auth_mechanism": _mechanism,
    "credssp_disable_tlsv1_2": as_boolean,
    "credssp_minimum_version": as_whole_number,
    "kerberos_delegation": as_boolean,
    "kerberos_hostname_override": _as_text,
    "keytab": _as_text,
    "message_encryption": _encryption,
    "operation_timeout_sec": as_number,
    "proxy": _as_text,
    "read_timeout_sec": as_number,
    "realm": _as_text,
    "send_cbt": as_boolean,
    "server_cert_validation": _validation,
    "service": _as_text,
}


def winrm_settings(plugin: OptionSource) -> tuple[ConnectionSettings, list[str]]:
    """Settings of the host and warnings about those that do nothing. Raises UnsupportedConnection."""
    extras, warnings = _extras(plugin)
    operation_timeout, read_timeout, names = _timeouts(plugin, extras)
    port = as_whole_number(option(plugin, "port", 5986), "ansible_port")
    scheme = str(option(plugin, "scheme", "http" if port == 5985 else "https"))
    user = text_option(plugin, "remote_user")
    password = text_option(plugin, "remote_password")
    certificate = bool(extras.get("cert_pem") or extras.get("cert_key_pem"))
    methods = _auth_methods(plugin, user, scheme, certificate)
    delegate = bool(extras.get("kerberos_delegation"))
    settings = ConnectionSettings(
        endpoint=build_endpoint(
            scheme, str(option(plugin, "remote_addr", "")), port, str(option(plugin, "path", "")) or "/wsman"
        ),
        auth_methods=methods,
        username=user,
        password=password,
        names=names,
        operation_timeout=operation_timeout,
        read_timeout=read_timeout,
        # The default service of pywinrm's Protocol class, which the plugin goes through.
        options={"service": "HTTP", **extras},
        ticket=_ticket(plugin, methods, user, password, delegate),
        delegate=delegate,
    )
    return settings, warnings


def _extras(plugin: OptionSource) -> tuple[dict[str, Any], list[str]]:
    values: dict[str, Any] = {}
    warnings: list[str] = []
    for variable, value in dict(option(plugin, "_extras", {})).items():
        name = str(variable).removeprefix(PREFIX)
        if name in _EXTRAS and name not in _MEANT_WHEN_EMPTY and value in (None, ""):
            # pywinrm takes an empty path for no checking at all.
            continue
        if name in _EXTRAS:
            values[name] = _EXTRAS[name](value, str(variable))
        elif name not in _SWALLOWED:
            warnings.append(f"{variable} is not supported by pywinrm and has no effect")
    return values, warnings


def _timeouts(plugin: OptionSource, extras: dict[str, Any]) -> tuple[float, float, SettingNames]:
    """Operation and read timeout. Takes their extras out: they are not for pywinrm's transport."""
    operation = extras.pop("operation_timeout_sec", DEFAULT_OPERATION_TIMEOUT)
    read = extras.pop("read_timeout_sec", DEFAULT_READ_TIMEOUT)
    both = option(plugin, "connection_timeout")
    if both:
        name = f"{PREFIX}connection_timeout"
        seconds = as_number(both, name)
        return seconds, seconds + READ_MARGIN, SettingNames(name, name, name, **_NAMES)
    names = SettingNames(
        operation_timeout=f"{PREFIX}operation_timeout_sec",
        read_timeout=f"{PREFIX}read_timeout_sec",
        # requests takes one number for connecting and for reading.
        connection_timeout=f"{PREFIX}read_timeout_sec",
        **_NAMES,
    )
    check_timeouts(operation, read, names.operation_timeout, names.read_timeout)
    return operation, read, names


def _auth_methods(plugin: OptionSource, user: str | None, scheme: str, certificate: bool) -> tuple[str, ...]:
    """The list the user gave, or the plugin's own rule: Kerberos for user@REALM, else Basic by its names for it.

    Basic sends the password in clear, so over http it has to be asked for by name: ``basic`` or ``plaintext``.
    """
    given = option(plugin, "transport", [])
    given = given.split(",") if isinstance(given, str) else given
    methods = tuple(str(each).strip() for each in given if each not in (None, ""))
    if not methods:
        if user and "@" in user:
            return ("kerberos",)
        methods = ("ssl",)
    for method in methods:
        as_choice(method, f"{PREFIX}transport", TRANSPORTS)
    if scheme != "https" and "certificate" in methods:
        raise UnsupportedConnection(f"{PREFIX}transport certificate requires https")
    if scheme != "https" and "ssl" in methods and not certificate:
        raise UnsupportedConnection(
            f"the password would be sent in clear over http: set {PREFIX}transport to kerberos, ntlm or credssp, or use"
            f" https ({PREFIX}scheme, ansible_port); basic sends it in clear on purpose"
        )
    return methods


def _ticket(
    plugin: OptionSource, methods: tuple[str, ...], user: str | None, password: str | None, delegate: bool
) -> Any:
    """The plugin manages the ticket when it is told to, or when it has a password for one."""
    mode = option(plugin, "kerberos_mode")
    if "kerberos" not in methods:
        return None
    if mode == "manual" or (mode is None and not password):
        return FoundTicket()
    if not user:
        raise UnsupportedConnection("ansible_user is needed to get a Kerberos ticket")
    return managed_ticket(
        principal=user,
        password=password or "",
        command=str(option(plugin, "kerberos_command", "kinit")),
        arguments=text_option(plugin, "kinit_args"),
        pass_environment=[str(name) for name in option(plugin, "kinit_env_vars", [])],
        forwardable=delegate,
    )
