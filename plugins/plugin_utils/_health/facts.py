# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was read of a machine for its checks. A read that failed raises NotRead where a check asks for it."""

from __future__ import annotations

import datetime
import typing as t
from collections.abc import Mapping
from dataclasses import dataclass, field

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.connectivity import Connectivity
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.issued_cals import IssuedCal
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import ServerProperties
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.usage_reports import StoredReport

_T = t.TypeVar("_T")


class NotRead(Exception):
    """A fact that a check needs could not be read; the text says why."""


class NotAsked(Exception):
    """A fact that a check needs was not asked for: the check does not run."""


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


@dataclass
class Facts:
    """Reads by name: a value, or the reason why it could not be read. What is missing was not asked for."""

    host: str
    values: dict[str, t.Any] = field(default_factory=dict)
    troubles: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> t.Any:
        """The value of a read.

        Raises:
            NotRead: it failed. NotAsked: nobody asked for it.
        """
        if name in self.troubles:
            raise NotRead(self.troubles[name])
        if name not in self.values:
            raise NotAsked(name)
        return self.values[name]

    @property
    def windows(self) -> Windows:
        """The operating system."""
        return t.cast("Windows", self.get("windows"))

    @property
    def membership(self) -> Membership:
        """Domain or workgroup."""
        return t.cast("Membership", self.get("membership"))

    @property
    def services(self) -> Mapping[str, Service]:
        """The services TermServLicensing and TermService, as far as they exist."""
        return t.cast("Mapping[str, Service]", self.get("services"))

    @property
    def events(self) -> tuple[Event, ...]:
        """Licensing events of the last days, newest first."""
        return t.cast("tuple[Event, ...]", self.get("events"))


class ServerFacts(Facts):
    """Facts of a license server."""

    @property
    def role_installed(self) -> bool:
        """Whether the class of the license server exists."""
        return t.cast("bool", self.get("role_installed"))

    @property
    def feature_installed(self) -> bool:
        """Whether Windows lists the role service as installed."""
        return t.cast("bool", self.get("feature_installed"))

    @property
    def properties(self) -> ServerProperties:
        """Properties of the license server; empty for an account that is not an administrator."""
        return t.cast("ServerProperties", self.get("properties"))

    @property
    def activation_status(self) -> int:
        """0 activated, 1 not activated, 2 unknown."""
        return t.cast("int", self.get("activation_status"))

    @property
    def names(self) -> set[str]:
        """What session hosts may call the server, in lower case: inventory name, computer name, DNS name."""
        member: Membership | None = self.values.get("membership")
        return {self.host.lower()} | (
            {member.name.lower(), f"{member.name}.{member.domain}".lower()} if member is not None else set()
        )

    @property
    def packs(self) -> tuple[KeyPack, ...]:
        """All key packs."""
        return t.cast("tuple[KeyPack, ...]", self.get("packs"))

    @property
    def purchased(self) -> tuple[KeyPack, ...]:
        """The key packs that hold purchased CALs."""
        return tuple(pack for pack in self.packs if pack.purchased and pack.total)

    @property
    def registrations(self) -> Mapping[str, bool | None]:
        """Flags in Active Directory and policies, as far as they were asked for."""
        return t.cast("Mapping[str, bool | None]", self.get("registrations"))

    @property
    def workgroup_auth_off(self) -> int | None:
        """DisableWorkgroupAuthEnforcement; None where it is not set."""
        return t.cast("int | None", self.get("workgroup_auth_off"))

    @property
    def revision(self) -> int | None:
        """Number behind the build (UBR); None where Windows has none."""
        return t.cast("int | None", self.get("revision"))

    @property
    def record(self) -> RecordSummary:
        """The collection's own record."""
        return t.cast("RecordSummary", self.get("record"))

    @property
    def database_file(self) -> DataFile | None:
        """The licensing database; None when the file is not there."""
        return t.cast("DataFile | None", self.get("database_file"))

    @property
    def disk(self) -> Disk | None:
        """The disk with the licensing database."""
        return t.cast("Disk | None", self.get("disk"))

    @property
    def issued(self) -> tuple[IssuedCal, ...]:
        """The issued CALs."""
        return t.cast("tuple[IssuedCal, ...]", self.get("issued"))

    @property
    def reports(self) -> tuple[StoredReport, ...]:
        """The stored usage reports."""
        return t.cast("tuple[StoredReport, ...]", self.get("reports"))


@dataclass(frozen=True)
class HostLicensing:
    """Win32_TerminalServiceSetting: mode and who sets what. C(servers) are the names as they are, blanks included."""

    server_name: str
    terminal_server_mode: int | None
    licensing_type: int | None
    mode_by_policy: bool | None
    servers_by_policy: bool | None


class HostFacts(Facts):
    """Facts of a session host, and of the license servers of the inventory that it is checked against."""

    license_servers: tuple[ServerFacts, ...] = ()

    @property
    def licensing(self) -> HostLicensing:
        """Mode and sources of the settings."""
        return t.cast("HostLicensing", self.get("licensing"))

    @property
    def raw_names(self) -> tuple[str, ...]:
        """The license server list as it is, blanks included."""
        return t.cast("tuple[str, ...]", self.get("server_names"))

    @property
    def names(self) -> tuple[str, ...]:
        """The license servers, without blanks and empty entries."""
        return tuple(name.strip() for name in self.raw_names if name.strip())

    @property
    def grace_days(self) -> int | None:
        """Days left of the grace period; None when the server does not say."""
        return t.cast("int | None", self.get("grace_days"))

    @property
    def connectivity(self) -> tuple[Connectivity, ...]:
        """What the session host says of each license server."""
        return t.cast("tuple[Connectivity, ...]", self.get("connectivity"))

    @property
    def certificate_values(self) -> frozenset[str]:
        """Names of the values in the registry key RCM of the terminal server, in lower case."""
        return t.cast("frozenset[str]", self.get("certificate_values"))

    @property
    def grace_ended(self) -> bool:
        """Whether LicensingGracePeriodEnded is there: a permanent CAL ended the grace period."""
        return t.cast("bool", self.get("grace_ended"))

    @property
    def local_mode(self) -> int | None:
        """The host's own LicensingMode, beside the one of a policy."""
        return t.cast("int | None", self.get("local_mode"))

    @property
    def local_servers(self) -> tuple[str, ...]:
        """The host's own list of license servers, beside the one of a policy."""
        return t.cast("tuple[str, ...]", self.get("local_servers"))

    @property
    def usable(self) -> bool:
        """Whether the session host can get licenses from a server that it names."""
        return any(each.usable for each in self.connectivity)
