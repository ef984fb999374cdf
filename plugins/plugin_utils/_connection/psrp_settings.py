# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of ansible.builtin.psrp (ansible-core plugins/connection/psrp.py).

Where pypsrp is installed, as that plugin needs it, its session and authentication are used: what works with the plugin
works here. Without it, or where it lacks the libraries for Kerberos and pywinrm has its own, pywinrm is used.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from typing import Any, Literal

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
    Ticket,
)

NAMES = SettingNames(
    operation_timeout="ansible_psrp_operation_timeout",
    read_timeout="ansible_psrp_read_timeout",
    connection_timeout="ansible_psrp_connection_timeout",
    authentication="ansible_psrp_auth",
    proxy="ansible_psrp_proxy",
    hostname_override="ansible_psrp_negotiate_hostname_override",
    delegation="ansible_psrp_negotiate_delegate",
    certificate="ansible_psrp_certificate_pem",
    certificate_key="ansible_psrp_certificate_key_pem",
    trust="ansible_psrp_ca_cert",
)
AUTH_METHODS = ("basic", "certificate", "negotiate", "kerberos", "ntlm", "credssp")
DEFAULT_CONFIGURATION = "Microsoft.PowerShell"


def psrp_settings(plugin: OptionSource) -> tuple[ConnectionSettings, list[str]]:
    r"""Settings of the host and warnings about those that do nothing. Raises UnsupportedConnection.

    With pywinrm ``negotiate`` means Kerberos, then NTLM. It is NTLM alone for a user with a NetBIOS domain, and without
    the Kerberos library.
    """
    protocol, port = _protocol_and_port(plugin)
    user = text_option(plugin, "remote_user")
    password = text_option(plugin, "remote_password")
    auth = _auth(plugin, protocol)
    library = _library(auth, user)
    methods = (auth,) if library == "pypsrp" else _pywinrm_methods(plugin, auth, user, password)
    operation = as_number(option(plugin, "operation_timeout", 20), NAMES.operation_timeout)
    read = as_number(option(plugin, "read_timeout", 30), NAMES.read_timeout)
    check_timeouts(operation, read, NAMES.operation_timeout, NAMES.read_timeout)
    settings = ConnectionSettings(
        endpoint=build_endpoint(
            protocol, str(option(plugin, "remote_addr", "")), port, str(option(plugin, "path", "")) or "wsman"
        ),
        auth_methods=methods,
        username=user,
        password=password,
        names=NAMES,
        operation_timeout=operation,
        read_timeout=read,
        connection_timeout=as_number(option(plugin, "connection_timeout", 30), NAMES.connection_timeout),
        max_envelope_size=as_whole_number(
            option(plugin, "max_envelope_size", 153600), "ansible_psrp_max_envelope_size"
        ),
        retries=as_whole_number(option(plugin, "reconnection_retries", 0), "ansible_psrp_reconnection_retries"),
        retry_pause=_pause(plugin),
        options=_pypsrp_options(plugin, auth, protocol, port) if library == "pypsrp" else _pywinrm_options(plugin),
        ticket=_ticket(plugin, methods, user, password, library),
        delegate=_flag(plugin, "negotiate_delegate", False),
        library=library,
    )
    return settings, _warnings(plugin)


def _library(auth: str, user: str | None) -> Literal["pywinrm", "pypsrp"]:
    if not _installed("pypsrp"):
        return "pywinrm"
    wants_kerberos = auth == "kerberos" or (auth == "negotiate" and "\\" not in (user or ""))
    if wants_kerberos and not (_installed("gssapi") and _installed("krb5")) and _pywinrm_has_kerberos():
        return "pywinrm"
    return "pypsrp"


def _installed(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def _pywinrm_has_kerberos() -> bool:
    return bool(importlib.import_module("winrm.transport").HAVE_KERBEROS)


def _protocol_and_port(plugin: OptionSource) -> tuple[str, int]:
    """The plugin's rule: 5985 means http and the other way round; https on 5986 when neither is given."""
    protocol, port = text_option(plugin, "protocol"), option(plugin, "port")
    if port is None:
        port = 5985 if protocol == "http" else 5986
    number = as_whole_number(port, "ansible_port")
    return protocol or ("http" if number == 5985 else "https"), number


def _auth(plugin: OptionSource, protocol: str) -> str:
    auth = as_choice(option(plugin, "auth", "negotiate"), NAMES.authentication, AUTH_METHODS)
    if auth == "certificate" and protocol != "https":
        raise UnsupportedConnection("ansible_psrp_auth certificate requires ansible_psrp_protocol https")
    return auth


def _pywinrm_methods(plugin: OptionSource, auth: str, user: str | None, password: str | None) -> tuple[str, ...]:
    if auth == "certificate" and option(plugin, "certificate_key_password"):
        # requests cannot pass one on, and OpenSSL would ask for it on the terminal.
        raise UnsupportedConnection(
            "ansible_psrp_certificate_key_password requires pypsrp: pip install pypsrp, or use a key without a password"
        )
    if auth != "negotiate":
        return (auth,)
    if "\\" in (user or "") or not _pywinrm_has_kerberos():
        return ("ntlm",)
    return ("kerberos", "ntlm") if password else ("kerberos",)


def _pause(plugin: OptionSource) -> float:
    value = option(plugin, "reconnection_backoff", 2)
    try:
        return max(float(value), 0.0)
    except (TypeError, ValueError):
        raise UnsupportedConnection(f"ansible_psrp_reconnection_backoff must be a number, not '{value}'") from None


def _validation(plugin: OptionSource) -> str:
    given = option(plugin, "cert_validation", "validate")
    return as_choice(given, "ansible_psrp_cert_validation", ("validate", "ignore"))


def _encryption(plugin: OptionSource) -> str:
    given = option(plugin, "message_encryption", "auto")
    return as_choice(given, "ansible_psrp_message_encryption", ("auto", "always", "never"))


def _pypsrp_options(plugin: OptionSource, auth: str, protocol: str, port: int) -> dict[str, Any]:
    """Keyword arguments of pypsrp.wsman.WSMan. Retries and timeouts are the transport's own business."""
    encryption = _encryption(plugin)
    if auth in ("basic", "certificate") and encryption == "auto":
        # pypsrp refuses these over http, where the plugin's own users have to set it.
        encryption = "never"
    options: dict[str, Any] = {
        "server": str(option(plugin, "remote_addr", "")),
        "port": port,
        "ssl": protocol == "https",
        "path": (str(option(plugin, "path", "")) or "wsman").lstrip("/"),
        "cert_validation": _validation(plugin) == "validate" and (_file(plugin, "ca_cert") or True),
        "encryption": encryption,
        "proxy": text_option(plugin, "proxy") or None,
        "no_proxy": _flag(plugin, "ignore_proxy", False),
        "certificate_pem": _file(plugin, "certificate_pem"),
        "certificate_key_pem": _file(plugin, "certificate_key_pem"),
        **_credssp_options(plugin),
        "negotiate_delegate": _flag(plugin, "negotiate_delegate", False),
        "negotiate_hostname_override": text_option(plugin, "negotiate_hostname_override") or None,
        "negotiate_send_cbt": _flag(plugin, "negotiate_send_cbt", True),
        "negotiate_service": str(option(plugin, "negotiate_service", "")) or "WSMAN",
    }
    password = text_option(plugin, "certificate_key_password")
    return {**options, "certificate_key_password": password} if password else options


def _credssp_options(plugin: OptionSource) -> dict[str, Any]:
    return {
        "credssp_auth_mechanism": str(option(plugin, "credssp_auth_mechanism", "auto")),
        "credssp_disable_tlsv1_2": _flag(plugin, "credssp_disable_tlsv1_2", False),
        "credssp_minimum_version": as_whole_number(
            option(plugin, "credssp_minimum_version", 2), "ansible_psrp_credssp_minimum_version"
        ),
    }


def _pywinrm_options(plugin: OptionSource) -> dict[str, Any]:
    options: dict[str, Any] = {
        "server_cert_validation": _validation(plugin),
        "message_encryption": _encryption(plugin),
        "cert_pem": _file(plugin, "certificate_pem"),
        "cert_key_pem": _file(plugin, "certificate_key_pem"),
        **_credssp_options(plugin),
        "kerberos_delegation": _flag(plugin, "negotiate_delegate", False),
        "kerberos_hostname_override": text_option(plugin, "negotiate_hostname_override") or None,
        "send_cbt": _flag(plugin, "negotiate_send_cbt", True),
        "service": str(option(plugin, "negotiate_service", "")) or "WSMAN",
    }
    trust = _file(plugin, "ca_cert")
    if trust:
        options["ca_trust_path"] = trust
    proxy = text_option(plugin, "proxy")
    if proxy:
        options["proxy"] = proxy
    elif _flag(plugin, "ignore_proxy", False):
        options["proxy"] = None
    return options


def _file(plugin: OptionSource, name: str) -> str | None:
    """The path of a file. Ansible makes the current directory of an empty text, which means that it is not set."""
    given = text_option(plugin, name)
    return None if not given or given == os.getcwd() else given


def _flag(plugin: OptionSource, name: str, default: bool) -> bool:
    return as_boolean(option(plugin, name, default), f"ansible_psrp_{name}")


def _ticket(
    plugin: OptionSource, methods: tuple[str, ...], user: str | None, password: str | None, library: str
) -> Ticket | None:
    """pypsrp gets a ticket by itself when it has a password; with none it takes the one that is there."""
    if not {"kerberos", "negotiate"} & set(methods):
        return None
    if library == "pypsrp" or not user or not password:
        return FoundTicket()
    return managed_ticket(
        principal=user,
        password=password,
        # pypsrp gets its ticket in this process, which sees all of them.
        pass_environment=[name for name in os.environ if name.startswith("KRB5")],
        forwardable=_flag(plugin, "negotiate_delegate", False),
    )


def _warnings(plugin: OptionSource) -> list[str]:
    warnings = [
        f"{variable} is not known to this collection and has no effect"
        for variable in sorted(map(str, option(plugin, "_extras", {})))
    ]
    configuration = text_option(plugin, "configuration_name", DEFAULT_CONFIGURATION)
    if configuration != DEFAULT_CONFIGURATION:
        warnings.append(
            f"ansible_psrp_configuration_name {configuration} has no effect: licensing is reached through WMI, not"
            " through a PowerShell endpoint, and needs an administrator"
        )
    return warnings
