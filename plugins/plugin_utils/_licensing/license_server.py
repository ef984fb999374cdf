# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Remote Desktop license server: what can be read of it, and its record.

Sources: Win32_TSLicenseServer, Win32_TSLicenseKeyPack (learn.microsoft.com/windows/win32/termserv) and
Win32_OperatingSystem (learn.microsoft.com/windows/win32/cimwin32prov).
"""

from __future__ import annotations

import datetime
import time
import typing as t
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.session import CimSession
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.wql import select
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing import identifiers
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import (
    ACTIVATION_STATUS_NAMES,
    DISCOVERY_SCOPE_NAMES,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack_calls import KeyPackCalls
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server_calls import (
    CONTACT_PROPERTIES,
    LicenseServerCalls,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import Operation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import asking, invoke
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.record import Record
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.registry import Registry
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.windows_release import (
    WindowsRelease,
    release_of,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_classes import TS_LICENSE_SERVER
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_windows_classes import (
    WIN32_OPERATING_SYSTEM,
)

ACTIVATED: t.Final = 0
NOT_ACTIVATED: t.Final = 1

# ActivateServerAutomatic fails without these (its documentation page).
REQUIRED_CONTACT: t.Final = ("first_name", "last_name", "company", "country_region")

# Not every server says which class it is that it does not have.
_NOT_INSTALLED: t.Final = "check that the Remote Desktop Licensing role service is installed there"

# A third of the whole instance. The serial number tells, with the computer name, which machine it is.
_SYSTEM_QUERY: t.Final = select(
    WIN32_OPERATING_SYSTEM, ("Caption", "Version", "BuildNumber", "CSName", "SerialNumber", "LocalDateTime")
)

# Flags of the server in Active Directory: result name to (method, out parameter).
_REGISTRATIONS: t.Final[dict[str, tuple[str, str]]] = {
    "license_servers_group": ("IsLSinTSLSGroup", "IsMember"),
    "service_connection_point": ("IsLSRegisteredToSCP", "Registered"),
    "published": ("IsLSPublished", "Published"),
    "on_domain_controller": ("IsLSonDC", "OnDC"),
    "security_group_policy": ("IsLSSecGrpGPEnabled", "Enabled"),
    "prevent_upgrade_policy": ("IsLSPreventUpgradeGPEnabled", "Enabled"),
}


@dataclass(frozen=True)
class ServerProperties:
    """The properties of Win32_TSLicenseServer. C(contact) has all of C(CONTACT_PROPERTIES), blanks as empty text."""

    contact: dict[str, str]
    server_role: int | None
    database_path: str
    product_id: str
    version: str
    version_number: str

    @property
    def discovery_scope(self) -> str | None:
        """C(workgroup), C(domain) or C(forest)."""
        return DISCOVERY_SCOPE_NAMES.get(-1 if self.server_role is None else self.server_role)


@dataclass(frozen=True)
class Activation:
    """Whether the server is activated, and its license server ID (35 characters, no hyphens) once it is."""

    status: int
    license_server_id: str | None

    @property
    def activated(self) -> bool:
        """Whether GetActivationStatus says so."""
        return self.status == ACTIVATED

    def describe(self) -> dict[str, t.Any]:
        """The activation as results show it; the ID in groups of five, as in Licensing Manager."""
        return {
            "activated": self.activated,
            "activation_status": ACTIVATION_STATUS_NAMES.get(self.status, str(self.status)),
            "license_server_id": self.license_server_id and identifiers.in_groups(self.license_server_id),
        }


def properties_of(values: t.Mapping[str, t.Any]) -> ServerProperties:
    """The properties of an instance of Win32_TSLicenseServer."""
    return ServerProperties(
        contact={option: str(values.get(name) or "") for option, name in CONTACT_PROPERTIES.items()},
        server_role=t.cast("int | None", values.get("ServerRole")),
        database_path=str(values.get("DatabasePath") or ""),
        product_id=str(values.get("ProductId") or ""),
        version=str(values.get("Version") or ""),
        version_number=str(values.get("VersionNumber") or ""),
    )


class LicenseServer(KeyPackCalls, LicenseServerCalls):
    """A license server over one session: what can be read of it, and the calls of its provider."""

    def __init__(self, session: CimSession) -> None:
        self.session = session
        self._read_system: tuple[t.Mapping[str, t.Any], float] | None = None

    @cached_property
    def record(self) -> Record:
        """The collection's record on this server."""
        return Record(Registry(self.session), self.name)

    def properties(self) -> ServerProperties:
        """The server's properties. Also the check that there is a license server and that it answers this account.

        Raises:
            LicensingError: the role service is not installed, or the account is not an administrator.
        """
        with asking(self.name, "reading the license server", advice=_NOT_INSTALLED):
            values = self.session.get(TS_LICENSE_SERVER).values
        read = properties_of(values)
        # The provider answers an account that is not an administrator with empty properties and no error.
        if not (read.database_path or read.product_id or read.version or read.version_number):
            raise LicensingError(
                f"{self.name}: the license server returned empty properties, as it does for an account that is not "
                f"a local Administrator; connect with one that is (for a local account also check the UAC remote "
                f"restrictions)."
            )
        return read

    def activation(self) -> Activation:
        """Activation status and license server ID (the ID can be read only once the server is activated)."""
        values = invoke(self.session, TS_LICENSE_SERVER, "GetActivationStatus", what="reading the activation status")
        # NULL is not documented; it says no more than 2 (unknown) does.
        status = 2 if values.get("ActivationStatus") is None else values["ActivationStatus"]
        if status != ACTIVATED:
            return Activation(status, None)
        answer = invoke(self.session, TS_LICENSE_SERVER, "GetLicenseServerId", what="reading the license server ID")
        # In groups or not, and whatever stands around it.
        license_server_id = "".join(str(answer.get("sLicenseServerId") or "").replace("-", "").split()).upper()
        return Activation(status, license_server_id or None)

    def windows_release(self) -> WindowsRelease:
        """The Windows release the server runs."""
        values, _read_at = self._operating_system()
        version = str(values.get("Version") or "")
        return WindowsRelease(
            caption=str(values.get("Caption") or "").strip(),
            version=version,
            build=str(values.get("BuildNumber") or ""),
            release=release_of(version),
            computer_name=str(values.get("CSName") or ""),
        )

    def now(self) -> datetime.datetime:
        """This moment by the server's own clock, UTC: controllers' clocks may differ. Read once, then counted on."""
        values, read_at = self._operating_system()
        local = values.get("LocalDateTime")
        if not isinstance(local, datetime.datetime):
            raise LicensingError(f"{self.name}: the server does not report its time (Win32_OperatingSystem).")
        passed = datetime.timedelta(seconds=time.monotonic() - read_at)
        return local.astimezone(datetime.timezone.utc) + passed

    def timestamp(self) -> str:
        """The same for the record: ISO 8601, to the second."""
        return self.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def _operating_system(self) -> tuple[t.Mapping[str, t.Any], float]:
        """What was read of it, and when. Not a cached_property: Python 3.11 holds a lock for all servers meanwhile."""
        if self._read_system is None:
            with asking(self.name, "reading the operating system"):
                found = list(self.session.enumerate(WIN32_OPERATING_SYSTEM, _SYSTEM_QUERY))
            if len(found) != 1:
                raise LicensingError(f"{self.name}: the server does not describe its operating system.")
            self._read_system = found[0].values, time.monotonic()
        return self._read_system

    def registrations(self, names: t.Collection[str] = tuple(_REGISTRATIONS)) -> dict[str, bool | None]:
        """Flags of the server in Active Directory, and of the policies on it; one request each. None: not answered."""
        flags: dict[str, bool | None] = {}
        for name in names:
            method, parameter = _REGISTRATIONS[name]
            # "" asks for the server's own domain.
            arguments = {"Domain": ""} if name == "license_servers_group" else None
            flags[name] = self._flag(method, parameter, arguments, f"reading {name.replace('_', ' ')}")
        return flags

    def in_group_of(self, domain: str) -> bool | None:
        """Whether it is in the group Terminal Server License Servers of a domain; None: it does not answer."""
        return self._flag("IsLSinTSLSGroup", "IsMember", {"Domain": domain}, f"reading the group of {domain}")

    def is_access_allowed(self, session_host: str) -> bool | None:
        """Whether the policy License server security group lets a session host get CALs; None: it does not answer."""
        arguments = {"tsname": session_host}
        return self._flag("IsSecureAccessAllowed", "Allowed", arguments, f"reading whether {session_host} is allowed")

    def _flag(self, method: str, parameter: str, arguments: t.Mapping[str, str] | None, what: str) -> bool | None:
        with asking(self.name, what):
            result = self.session.invoke(TS_LICENSE_SERVER, method, arguments)
        flag = result.values.get(parameter)
        # A server outside a domain refuses some of them: that is an answer of its own, not a reason to fail.
        return flag if result.return_value == 0 and isinstance(flag, bool) else None

    def recorded_operations(
        self, details: Callable[[Operation], bool] = lambda _operation: False, discarded: t.Collection[str] = ()
    ) -> OperationRecord:
        """The operations recorded on the server; the arguments as for C(Record.recorded_operations)."""
        return self.record.recorded_operations(details, discarded)
