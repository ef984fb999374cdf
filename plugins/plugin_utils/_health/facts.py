# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was read of a machine for its checks. A read that failed raises NotRead where a check asks for it."""

from __future__ import annotations

import datetime
import typing as t
from collections.abc import Mapping
from dataclasses import dataclass, field

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.fact_values import (
    DataFile,
    DeploymentLicensing,
    Disk,
    Event,
    EventLogs,
    HostLicensing,
    Membership,
    RecordSummary,
    Service,
    Windows,
    WinrmLimits,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.connectivity import Connectivity
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.issued_cals import IssuedCal
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import ServerProperties
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.session_host import FoundLicenseServer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.usage_reports import StoredReport
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.windows_release import NEWEST_CAL

_T = t.TypeVar("_T")


class NotRead(Exception):
    """A fact that a check needs could not be read; the text says why."""


class NotAsked(Exception):
    """A fact that a check needs was not asked for: the check does not run."""


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

    def require(self, value: _T | None, what: str) -> _T:
        """A part of a read that the machine may leave open.

        Raises:
            NotRead: it does; C(what) names the part.
        """
        if value is None:
            raise NotRead(f"the server does not report {what}")
        return value

    @property
    def now(self) -> datetime.datetime:
        """The computer's clock. Raises NotRead where it does not report its time."""
        return self.require(self.windows.now, "its time")

    @property
    def level(self) -> int:
        """The Windows release as a number among CAL versions. Raises NotRead for an unknown one."""
        known = NEWEST_CAL.get(self.windows.release or "")
        return self.require(known, f"a known Windows release ({self.windows.version})")

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

    @property
    def event_logs(self) -> EventLogs:
        """The logs that can be read."""
        return t.cast("EventLogs", self.get("event_logs"))

    @property
    def winrm(self) -> WinrmLimits:
        """Limits of WinRM."""
        return t.cast("WinrmLimits", self.get("winrm"))

    @property
    def names(self) -> set[str]:
        """What others may call the machine, in small letters: inventory name, DNS name, computer name."""
        member: Membership | None = self.values.get("membership")
        return {self.host.lower()} | {name.lower() for name in (member.names if member is not None else ())}


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
    def complete_properties(self) -> ServerProperties:
        """The properties. Raises NotRead where they are empty because the account is not an administrator."""
        properties = self.properties
        if not (properties.product_id or properties.database_path):
            raise NotRead("the properties are empty, as they are for an account that is not a local Administrator")
        return properties

    @property
    def activation_status(self) -> int:
        """0 activated, 1 not activated, 2 unknown."""
        return t.cast("int", self.get("activation_status"))

    @property
    def packs(self) -> tuple[KeyPack, ...]:
        """All key packs."""
        return t.cast("tuple[KeyPack, ...]", self.get("packs"))

    @property
    def purchased(self) -> tuple[KeyPack, ...]:
        """The key packs that hold purchased CALs; none without the role service."""
        if self.values.get("role_installed") is False:
            return ()
        return tuple(pack for pack in self.packs if pack.purchased and pack.total)

    @property
    def registrations(self) -> Mapping[str, bool | None]:
        """Flags in Active Directory and policies, as far as they were asked for."""
        return t.cast("Mapping[str, bool | None]", self.get("registrations"))

    def flag(self, name: str) -> bool:
        """A flag of C(registrations). Raises NotRead where the server does not answer, NotAsked outside a domain."""
        if name not in self.registrations:
            raise NotAsked(name)
        return self.require(self.registrations[name], name.replace("_", " "))

    @property
    def user_domains(self) -> Mapping[str, bool | None]:
        """Whether it is in the group Terminal Server License Servers of other domains, by domain."""
        return t.cast("Mapping[str, bool | None]", self.get("user_domains"))

    @property
    def host_allowed(self) -> bool | None:
        """Whether the policy License server security group lets the session host of the pair get CALs."""
        return t.cast("bool | None", self.get("host_allowed"))

    @property
    def certificate_keys(self) -> frozenset[str]:
        """Names of the registry keys below those of the service, in small letters."""
        return t.cast("frozenset[str]", self.get("certificate_keys"))

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


class HostFacts(Facts):
    """Facts of a session host, and of the license servers that it is checked against.

    Attributes:
        license_servers: those of them that it names.
        known_names: what all of them are called, in small letters.
        unread_servers: those that could not be read.
    """

    license_servers: tuple[ServerFacts, ...] = ()
    known_names: frozenset[str] = frozenset()
    unread_servers: tuple[str, ...] = ()

    @property
    def licensing(self) -> HostLicensing:
        """Mode and sources of the settings."""
        return t.cast("HostLicensing", self.get("licensing"))

    @property
    def raw_names(self) -> tuple[str, ...]:
        """The license server list as it is, blanks included."""
        return t.cast("tuple[str, ...]", self.get("server_names"))

    @property
    def named_servers(self) -> tuple[str, ...]:
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
    def found_servers(self) -> tuple[FoundLicenseServer, ...]:
        """The license servers that the session host finds."""
        return t.cast("tuple[FoundLicenseServer, ...]", self.get("found_servers"))

    @property
    def deployment(self) -> DeploymentLicensing:
        """What the connection broker sets."""
        return t.cast("DeploymentLicensing", self.get("deployment"))

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
