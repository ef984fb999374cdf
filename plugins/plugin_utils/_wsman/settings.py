# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything the transport has to know about one host, free of where it was configured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol


class Ticket(Protocol):
    """A Kerberos ticket that is there while its context is entered."""

    def active(self) -> AbstractContextManager[None]:
        """Make the ticket the one that the Kerberos library finds. Raises WsmanAuthenticationError."""

    def discard(self) -> None:
        """Throw the ticket away; may be called more than once."""


@dataclass(frozen=True)
class Authentication:
    """How a session was authenticated.

    ``skipped`` are methods that came first and were not used, with the reason. ``delegated`` is whether the server may
    go on in the account's name, None where the library does not say.
    """

    mechanism: str
    sealed: bool
    skipped: tuple[str, ...]
    proxy: str
    delegated: bool | None = None


@dataclass(frozen=True)
class SettingNames:
    """What the user calls the settings, for messages that say which one to change."""

    operation_timeout: str
    read_timeout: str
    connection_timeout: str
    authentication: str
    proxy: str = "the proxy setting"
    hostname_override: str = "the host name for Kerberos"
    delegation: str = "delegation"
    certificate: str = "the client certificate"
    certificate_key: str = "the key of the client certificate"
    trust: str = "the trusted certificates"


@dataclass(frozen=True)
class ConnectionSettings:
    """One endpoint. Timeouts in seconds.

    ``auth_methods`` are the library's names, tried in order while none has been accepted yet. ``options`` are further
    keyword arguments of ``winrm.transport.Transport``, or of ``pypsrp.wsman.WSMan`` where ``library`` is pypsrp.
    ``retries`` holds for opening a connection and for reads only, with a pause of ``retry_pause`` seconds that doubles
    each time. ``max_envelope_size`` is what Windows Server 2012 and later send at most; an older host stays below it.
    """

    endpoint: str
    auth_methods: tuple[str, ...]
    username: str | None
    password: str | None = field(repr=False)
    names: SettingNames
    operation_timeout: float = 20
    read_timeout: float = 30
    connection_timeout: float | None = None
    max_envelope_size: int = 512000
    retries: int = 0
    retry_pause: float = 2
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    ticket: Ticket | None = None
    delegate: bool = False
    library: Literal["pywinrm", "pypsrp"] = "pywinrm"
    on_authenticated: Callable[[Authentication], None] | None = field(default=None, repr=False)
