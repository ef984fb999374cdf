# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read what a planner needs to know. Reads only."""

from __future__ import annotations

import contextlib
import ipaddress
import typing as t
from collections.abc import Callable, Collection
from dataclasses import replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing import identifiers
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import InvalidOption
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    HAND_OVER,
    REMOVAL_PENDING,
    Operation,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.registry import Registry
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.migration_source import Source
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.not_observed import NOT_READ
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.situation import Situation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.unfinished_operations import (
    DEFAULT_OUTCOME_WAIT,
    OutcomeRule,
)

# What Windows answers to when nothing was recorded and nothing is said: the default of Licensing Manager.
DEFAULT_CONNECTION_METHOD: t.Final = "automatic"

_NETBIOS_LENGTH: t.Final = 15
_TCPIP_KEY: t.Final = "SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters"


def observe(
    server: LicenseServer,
    connection_method: str | None,
    *,
    outcome_wait: float = DEFAULT_OUTCOME_WAIT,
    discarded: Collection[str] = (),
) -> Situation:
    """Read what shows whether purchases are on a license server; the connection method is read unless given.

    The record comes before the key packs: what a run beside this one finishes in between is then seen in the packs at
    least, and does not look like CALs that are gone.

    Args:
        outcome_wait: seconds that the server may be at work on a call.
        discarded: values in the record that cannot be read and are to be left out.
    """
    recorded = server.recorded_operations(_needed, discarded)
    packs = server.key_packs()
    situation = Situation(
        server=server.name,
        properties=NOT_READ,
        activation=NOT_READ,
        release=NOT_READ,
        packs=packs,
        recorded=recorded,
        connection_method=effective_method(server, connection_method),
        outcome=outcome_rule(server, recorded, outcome_wait),
    )
    # The provider returns nothing at all to an account that is not an administrator.
    return situation if packs else observe_rest(server, situation)


def observe_rest(server: LicenseServer, situation: Situation) -> Situation:
    """Read what is needed only to acquire CALs: properties, activation and Windows release."""
    return replace(
        situation,
        properties=server.properties(),
        activation=server.activation(),
        release=server.windows_release(),
    )


def outcome_rule(server: LicenseServer, recorded: OperationRecord, wait: float) -> OutcomeRule:
    """How long operations may be at work; the server's clock is read only where one is unfinished."""
    return OutcomeRule(server.now() if recorded.all_unfinished else None, wait)


def _needed(operation: Operation) -> bool:
    """Which finished operations are read completely; for the others, the name of the value is enough."""
    pending = operation.source is not None and operation.source.removal == REMOVAL_PENDING
    return operation.misfit or pending


def effective_method(server: LicenseServer, connection_method: str | None) -> str:
    """The connection method in force: what the task says, else what is recorded, else automatic."""
    return connection_method or server.record.connection_method() or DEFAULT_CONNECTION_METHOD


def observe_source(
    server: LicenseServer,
    *,
    name: str | None,
    license_server_id: str | None,
) -> Source:
    """The source of a migration: which server it is, and what it holds.

    Args:
        server: the source, over a session of its own.
        name: what the target is to call it, if the user says.
        license_server_id: what the user says it is; checked against what it says itself.

    Raises:
        InvalidOption: the license server ID that was given is another one's.
    """
    activation = server.activation()
    known = activation.license_server_id
    if known and license_server_id and known != license_server_id:
        raise InvalidOption(
            f"source.license_server_id: {server.name} reports the license server ID {identifiers.in_groups(known)}; "
            f"correct the ID or the host."
        )
    return Source(
        server=server.name,
        name=name or NOT_READ,
        license_server_id=known or license_server_id,
        activation=activation,
        release=NOT_READ,
        packs=server.key_packs(),
        recorded=NOT_READ,
        outcome=NOT_READ,
    )


def observe_rest_of_source(
    server: LicenseServer,
    source: Source,
    remote_addr: str,
    *,
    forwarded: bool = False,
    outcome_wait: float = DEFAULT_OUTCOME_WAIT,
    discarded: Collection[str] = (),
    warn: Callable[[str], None] = lambda _text: None,
) -> Source:
    """What matters only if CALs are moved, or were and may still be there: its record, its name, its release.

    The key packs are read again, for the record comes before them.

    Args:
        remote_addr: where the controller finds it.
        forwarded: as for C(network_name).
        outcome_wait, discarded: as for C(observe).
        warn: is told when the source does not get the name that the controller reaches it by.
    """
    server.properties()
    release = server.windows_release()
    recorded = server.recorded_operations(lambda operation: operation.operation == HAND_OVER, discarded)
    named = source.name is not NOT_READ
    called = source.name if named else network_name(server, remote_addr, release.computer_name, forwarded=forwarded)
    if not named and _is_name_of_another(remote_addr, release.computer_name, forwarded):
        warn(
            f"{server.name}: it is reached as {remote_addr}, but its computer name is {release.computer_name}. The"
            f" Clearinghouse is told {called}; set source.name if that is wrong."
        )
    return replace(
        source,
        name=called,
        release=release,
        packs=server.key_packs(),
        recorded=recorded,
        outcome=outcome_rule(server, recorded, outcome_wait),
    )


def network_name(server: LicenseServer, remote_addr: str, computer_name: str, *, forwarded: bool = False) -> str:
    """What another Windows server can call this one: the methods want an FQDN or an IP address.

    The controller's own address for it serves when it is one of these. A single label may be an alias of the inventory,
    a loopback or link-local address means nothing to others, and a name that begins otherwise than the computer's is
    that of a bastion or an alias, so the server is then asked for its name and its DNS domain.

    Args:
        forwarded: whether the port is one of a forwarder, whose IP address is then not the server's.
    """
    if _is_name_of_another(remote_addr, computer_name, forwarded):
        own = dns_name(server, computer_name)
        return own if "." in own else remote_addr
    try:
        address = ipaddress.ip_address(remote_addr)
    except ValueError:
        if "." in remote_addr:
            return remote_addr
    else:
        if not (address.is_loopback or address.is_link_local):
            return remote_addr
    return dns_name(server, computer_name) or remote_addr


def _is_name_of_another(remote_addr: str, computer_name: str, forwarded: bool) -> bool:
    """Whether an FQDN does not begin with the computer name, or an IP address is that of a forwarder.

    Windows shows the first 15 characters of the computer name.
    """
    with contextlib.suppress(ValueError):
        return not ipaddress.ip_address(remote_addr).is_loopback and forwarded
    label, dot, _domain = remote_addr.partition(".")
    if not (dot and computer_name):
        return False
    return label[:_NETBIOS_LENGTH].upper() != computer_name[:_NETBIOS_LENGTH].upper()


def dns_name(server: LicenseServer, computer_name: str) -> str:
    """What a server calls itself: its computer name with its DNS domain, or alone where it has none."""
    domain = Registry(server.session).read_string(_TCPIP_KEY, "Domain")
    return f"{computer_name}.{domain}" if domain and computer_name else computer_name
