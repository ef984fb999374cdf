# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The values that facts consist of."""

from __future__ import annotations

import datetime
import typing as t
from dataclasses import dataclass


@dataclass(frozen=True)
class Windows:
    """Win32_OperatingSystem, and the computer's clock against the controller's (seconds ahead)."""

    release: str | None
    title: str
    version: str
    build: int | None
    domain_controller: bool
    now: datetime.datetime | None
    ahead: float | None


@dataclass(frozen=True)
class Membership:
    """Whether the computer is in a domain, and in which domain or workgroup."""

    name: str
    part_of_domain: bool
    domain: str

    @property
    def names(self) -> tuple[str, ...]:
        """What the computer is called: its DNS name in a domain, and its computer name."""
        return (f"{self.name}.{self.domain}", self.name) if self.part_of_domain else (self.name,)


@dataclass(frozen=True)
class WinrmLimits:
    """Limits in the configuration of WinRM; None where it does not show them."""

    max_envelope_size_kb: int | None
    max_timeout_ms: int | None
    max_operations_per_user: int | None


@dataclass(frozen=True)
class EventLogs:
    """Names of the logs that can be read, in small letters, and whether the System log goes back far enough."""

    names: frozenset[str]
    covers: bool


@dataclass(frozen=True)
class DeploymentLicensing:
    """What a connection broker sets for its whole deployment; C(central) is false where it sets nothing."""

    broker: str
    central: bool
    licensing_type: int | None
    license_servers: tuple[str, ...]


@dataclass(frozen=True)
class Service:
    """State and start mode of a service, as Win32_Service has them (C(Running), C(Auto))."""

    state: str
    start_mode: str


@dataclass(frozen=True)
class Event:
    """An event of a classic log. C(strings) are its facts, which are not localized."""

    log: str
    source: str
    code: int
    when: datetime.datetime
    strings: tuple[str, ...]

    def describe(self) -> dict[str, t.Any]:
        """The event as evidence."""
        return {"event": self.code, "source": self.source, "time": self.when.isoformat(), "strings": list(self.strings)}


@dataclass(frozen=True)
class DataFile:
    """Size in bytes and time of the last change of a file."""

    name: str
    size: int | None
    modified: datetime.datetime | None


@dataclass(frozen=True)
class Disk:
    """Bytes of the disk that holds the licensing database."""

    device: str
    free: int | None
    size: int | None


@dataclass(frozen=True)
class RecordSummary:
    """What the collection's record on a license server says: method, unfinished operations, pending removals."""

    connection_method: str | None
    unfinished: tuple[str, ...]
    pending_removals: tuple[str, ...]


@dataclass(frozen=True)
class HostLicensing:
    """Win32_TerminalServiceSetting: mode and who sets what. C(servers) are the names as they are, blanks included."""

    server_name: str
    terminal_server_mode: int | None
    licensing_type: int | None
    mode_by_policy: bool | None
    servers_by_policy: bool | None
