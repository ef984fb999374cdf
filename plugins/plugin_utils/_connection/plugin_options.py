# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading of a connection plugin's public options, with one clear line for what cannot be used."""

from __future__ import annotations

import contextlib
import ipaddress
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit

from ansible.module_utils.parsing.convert_bool import boolean


class UnsupportedConnection(Exception):
    """The host's connection, or a setting of it, is not one this collection can work with."""


class UnknownHost(UnsupportedConnection):
    """The inventory has no host of that name."""


def not_wsman(server: str, kind: str) -> str:
    """The message for a connection of any other kind."""
    return (
        f"{server} uses the connection '{kind or 'unknown'}', but license servers are reached over WS-Management:"
        " set ansible_connection to winrm (or psrp) for it"
    )


class OptionSource(Protocol):
    """The part of a connection plugin that is used: nothing connects, nothing private is touched."""

    def get_option(self, option: str) -> Any:
        """Value of a documented option; raises KeyError for one the plugin does not have."""


def option(plugin: OptionSource, name: str, default: Any = None) -> Any:
    """An option's value, or the default when it is not set or the plugin's release does not have it."""
    try:
        value = plugin.get_option(name)
    except KeyError:
        return default
    return default if value is None else value


def text_option(plugin: OptionSource, name: str, default: str | None = None) -> str | None:
    """An option as plain text."""
    value = option(plugin, name, default)
    return None if value is None else str(value)


def as_number(value: Any, name: str) -> float:
    """A number of seconds or bytes above zero; variables often arrive as text."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = 0
    if not 0 < number < 10**9:
        raise UnsupportedConnection(f"{name} must be a number above zero, not '{value}'")
    return number


def as_whole_number(value: Any, name: str) -> int:
    """A whole number of zero or more."""
    try:
        number = int(value)
    except (TypeError, ValueError):
        number = -1
    if number < 0:
        raise UnsupportedConnection(f"{name} must be a whole number, not '{value}'")
    return number


def as_boolean(value: Any, name: str) -> bool:
    """A truth value in any of Ansible's spellings."""
    try:
        return bool(boolean(value))
    except TypeError:
        raise UnsupportedConnection(f"{name} must be true or false, not '{value}'") from None


def as_choice(value: Any, name: str, choices: tuple[str, ...]) -> str:
    """One of a few words."""
    if str(value) not in choices:
        raise UnsupportedConnection(f"{name} must be one of {', '.join(choices)}, not '{value}'")
    return str(value)


def check_timeouts(operation: float, read: float, operation_name: str, read_name: str) -> None:
    """The server must be able to report a timeout before the client stops waiting."""
    if read <= operation:
        raise UnsupportedConnection(
            f"{read_name} ({read:g} s) must be greater than {operation_name} ({operation:g} s):"
            " otherwise an operation's outcome could be missed"
        )


def build_endpoint(scheme: str, host: str, port: int, path: str) -> str:
    """The URL of the WS-Man listener; an IPv6 address gets its brackets."""
    with contextlib.suppress(ValueError):
        host = f"[{ipaddress.IPv6Address(host)}]"
    return urlunsplit((scheme, f"{host}:{port}", path if path.startswith("/") else f"/{path}", "", ""))


def secrets_in(password: str | None, options: Mapping[str, Any]) -> tuple[str, ...]:
    """Texts that must never be shown: the password, and one inside the proxy's URL."""
    found = [password or ""]
    proxy = options.get("proxy")
    if isinstance(proxy, str):
        try:
            found.append(urlsplit(proxy).password or "")
        except ValueError:
            found.append(proxy)
    return tuple(dict.fromkeys(text for text in found if text))
