# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The licensing side of a Remote Desktop Session Host: what can be read of it, and the calls that change it.

Source: Win32_TerminalServiceSetting (learn.microsoft.com/windows/win32/termserv/win32-terminalservicesetting). Its
namespace asks DCOM callers for packet privacy; over WS-Management there is nothing to do for that.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.instances import CimInstance
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.session import CimSession
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.connectivity import Connectivity
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import (
    CallRefused,
    asking,
    invoke,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_windows_classes import (
    TERMINAL_SERVICE_SETTING,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanTimeout

# What ChangeMode takes.
LICENSING_MODES: t.Final[dict[str, int]] = {"per_device": 2, "per_user": 4}
# What LicensingType reads. Its page counts Per User as 3; ChangeMode, PossibleLicensingTypes and
# Win32_TSDeploymentLicensing say 4, and 5 for "not configured". Both 3 and 4 can only mean Per User.
LICENSING_MODE_NAMES: t.Final[dict[int, str]] = {
    0: "personal",
    1: "remote_administration",
    2: "per_device",
    3: "per_user",
    4: "per_user",
    5: "not_configured",
}

SERVER: t.Final = "server"
GROUP_POLICY: t.Final = "group_policy"
# PolicySource*: any other number, and NULL as old releases give it, is unknown.
_SOURCES: t.Final[dict[int | None, str]] = {0: SERVER, 1: GROUP_POLICY}

_REMOTE_ADMINISTRATION: t.Final = 0
_NO_ROLE: t.Final = (
    "the Remote Desktop Session Host role service is not installed there; install RDS-RD-Server and restart the server"
)
_NO_SERVICE: t.Final = "check that the service TermService (Remote Desktop Services) runs, and the System event log"
_HINTS: t.Final[dict[int, str]] = {
    0x80041010: _NO_ROLE,
    0x8004100E: _NO_ROLE,
    0x80041004: _NO_SERVICE,
    0x80041014: _NO_SERVICE,
    0x8004102E: "license server lists require Windows Server 2008 R2 or later",
    0x80041055: "license server lists require Windows Server 2008 R2 or later",
}


# Any other number, and NULL, means that the host cannot tell.
_YES_OR_NO: t.Final[dict[int | None, bool]] = {0: False, 1: True}


@dataclass(frozen=True)
class FoundLicenseServer:
    """A license server that a session host finds: whether it can be reached, and may issue CALs to the host."""

    name: str
    available: bool | None
    issuing: bool | None


@dataclass(frozen=True)
class SessionHostSettings:
    """Licensing of a session host as it was read. A source is C(server), C(group_policy), or None where unknown."""

    server_name: str
    licensing_type: int | None
    licensing_mode_source: str | None
    license_servers: tuple[str, ...]
    license_servers_source: str | None
    direct_connect_license_servers: str | None = None
    direct_connect_license_servers_source: str | None = None

    @property
    def licensing_mode(self) -> str | None:
        """Name of the licensing type; an unknown number as text."""
        if self.licensing_type is None:
            return None
        return LICENSING_MODE_NAMES.get(self.licensing_type, str(self.licensing_type))

    def describe(self) -> dict[str, t.Any]:
        """The settings as results show them, without the direct-connect list of Windows Server 2008."""
        return {
            "server_name": self.server_name,
            "licensing_mode": self.licensing_mode,
            "licensing_type": self.licensing_type,
            "licensing_mode_source": self.licensing_mode_source,
            "license_servers": list(self.license_servers),
            "license_servers_source": self.license_servers_source,
        }


class SessionHost:
    """The licensing settings of the server at the other end of a session."""

    def __init__(self, session: CimSession, server_name: str = "") -> None:
        """C(server_name) is the key of its instance, where it is known; else it is read."""
        self.session = session
        self._selectors: dict[str, str] = {"ServerName": server_name} if server_name else {}

    @property
    def name(self) -> str:
        """What to call the server in messages."""
        return self.session.server

    def settings(self) -> SessionHostSettings:
        """Licensing mode and license servers. Also the check that this is a session host and answers this account.

        Raises:
            LicensingError: the role service is not installed, or the account is not an administrator.
        """
        instance = self._instance()
        values = self._call("GetSpecifiedLicenseServerList", what="reading the license server list")
        names = t.cast("Sequence[str | None]", values.get("SpecifiedLSList") or ())
        return SessionHostSettings(
            server_name=instance.text("ServerName") or "",
            licensing_type=instance.number("LicensingType"),
            licensing_mode_source=_SOURCES.get(instance.number("PolicySourceLicensingType")),
            # No list at all and a list of one blank are both what an emptied registry value can read as.
            license_servers=tuple(name.strip() for name in names if name and name.strip()),
            license_servers_source=_SOURCES.get(instance.number("PolicySourceConfiguredLicenseServers")),
            direct_connect_license_servers=instance.text("DirectConnectLicenseServers") or None,
            direct_connect_license_servers_source=_SOURCES.get(
                instance.number("PolicySourceDirectConnectLicenseServers")
            ),
        )

    def grace_period_days(self) -> int | None:
        """Days left of the grace period; None if the server does not report it."""
        try:
            values = self._call("GetGracePeriodDays", what="reading the grace period")
        except CallRefused:
            # Its page does not say what a host without a grace period answers.
            return None
        return t.cast("int | None", values.get("DaysLeft"))

    def connectivity(self, license_servers: Iterable[str]) -> tuple[Connectivity, ...]:
        """What the session host says about each license server. It asks them over the network, which takes time."""
        return tuple(self._connectivity_of(name) for name in license_servers)

    def registered_license_servers(self) -> list[str]:
        """License servers with a service connection point in Active Directory; none where the host cannot say."""
        try:
            values = self._call("GetRegisteredLicenseServerList", what="reading the registered license servers")
        except CallRefused:
            return []
        return [str(name) for name in values.get("RegisteredLSList") or () if name]

    def find_license_servers(self) -> tuple[FoundLicenseServer, ...]:
        """The license servers that the host finds, and whether each of them answers and issues CALs to it.

        It asks them over the network, which takes time for each that is off.

        Raises:
            CallRefused: the host cannot say. WsmanTimeout: it cannot in time.
        """
        values = self._call("FindLicenseServers", what="finding license servers")
        return tuple(
            FoundLicenseServer(
                each.text("LicenseServer") or "",
                _YES_OR_NO.get(each.number("IsLSAvailable")),
                _YES_OR_NO.get(each.number("IssuingCALs")),
            )
            for each in values.get("LicenseServersList") or ()
            if isinstance(each, CimInstance)
        )

    def change_mode(self, mode: str) -> None:
        """Set the licensing mode, C(per_device) or C(per_user)."""
        what = f"setting the licensing mode to {mode.replace('_', ' ')}"
        self._call("ChangeMode", {"LicensingType": LICENSING_MODES[mode]}, what=what)

    def write_license_servers(self, names: Sequence[str]) -> None:
        """Replace the list of license servers; an empty list has a method of its own."""
        if names:
            arguments = {"SpecifiedLSList": list(names)}
            self._call("SetSpecifiedLicenseServerList", arguments, what="setting the license server list")
        else:
            self._call("EmptySpecifiedLicenseServerList", what="emptying the license server list")

    def _connectivity_of(self, name: str) -> Connectivity:
        what = f"asking for the connectivity to {name}"
        try:
            values = self._call("GetTStoLSConnectivityStatus", {"ServerName": name}, what=what)
        except CallRefused as refused:
            return Connectivity(name, None, str(refused))
        except WsmanTimeout as timeout:
            # A license server that is off can take longer than the timeout. Nothing is in doubt: this only reads.
            return Connectivity(name, None, str(timeout))
        return Connectivity(name, t.cast("int | None", values.get("TStoLSConnectivityStatus")))

    def _instance(self) -> CimInstance:
        """The one instance of the class. Its key is the computer's own name, so it is found by enumerating."""
        with asking(self.name, "reading the session host", _HINTS):
            instances = list(self.session.enumerate(TERMINAL_SERVICE_SETTING))
        if not instances or not instances[0].text("ServerName"):
            raise LicensingError(
                f"{self.name}: the server shows no settings of a session host, as it does for an account that is not a "
                f"local Administrator; connect with one that is (for a local account also check the UAC remote "
                f"restrictions)."
            )
        instance = instances[0]
        # The class is on servers without the role service too, where it tells this mode.
        if instance.number("TerminalServerMode") == _REMOTE_ADMINISTRATION:
            raise LicensingError(f"{self.name}: Windows runs in remote administration mode: {_NO_ROLE}.")
        self._selectors = {"ServerName": instance.text("ServerName") or ""}
        return instance

    def _call(self, method: str, arguments: Mapping[str, t.Any] | None = None, *, what: str) -> Mapping[str, t.Any]:
        if not self._selectors:
            self._instance()
        return invoke(
            self.session,
            TERMINAL_SERVICE_SETTING,
            method,
            arguments,
            what=what,
            hints=_HINTS,
            selectors=self._selectors,
        )
