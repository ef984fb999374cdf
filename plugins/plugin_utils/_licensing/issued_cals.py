# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CALs in use on a license server (Win32_TSIssuedLicense), and the revocation of one.

Microsoft's page says that the class lists per device CALs only; scripts in the field find users in it too. So the key
pack decides what a row is, never the row itself.
Source: learn.microsoft.com/windows/win32/termserv/win32-tsissuedlicense and its method Revoke.
"""

from __future__ import annotations

import datetime
import typing as t
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.wql import select
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import asking, refusal
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_classes import TS_ISSUED_LICENSE
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_windows_classes import (
    WIN32_OPERATING_SYSTEM,
)

# They are not kept in memory, so a large server may have many more than an enumeration brings elsewhere.
_MOST_CALS: t.Final = 1_000_000
ACTIVE: t.Final = 2
REVOKED: t.Final = 4
STATUS_NAMES: t.Final[dict[int, str]] = {
    0: "unknown",
    1: "temporary",
    ACTIVE: "active",
    3: "upgrade",
    REVOKED: "revoked",
    5: "pending",
    6: "concurrent",
}


@dataclass(frozen=True)
class IssuedCal:
    """One CAL in use. C(status) is the provider's number, None if the server does not say; the dates are UTC."""

    license_id: int
    key_pack_id: int
    computer: str
    user: str
    status: int | None
    issued_on: datetime.datetime | None
    expires_on: datetime.datetime | None
    hardware_id: str

    @classmethod
    def from_values(cls, values: Mapping[str, t.Any]) -> IssuedCal:
        """A CAL from the typed properties of an instance.

        Raises:
            LicensingError: a key is missing, so the CAL could not be identified.
        """
        if values.get("LicenseId") is None or values.get("KeyPackId") is None:
            raise LicensingError("the server lists an issued CAL without LicenseId or KeyPackId")
        return cls(
            license_id=values["LicenseId"],
            key_pack_id=values["KeyPackId"],
            computer=values.get("sIssuedToComputer") or "",
            user=values.get("sIssuedToUser") or "",
            status=values.get("LicenseStatus"),
            issued_on=_date(values.get("IssueDate")),
            expires_on=_date(values.get("ExpirationDate")),
            hardware_id=values.get("sHardwareId") or "",
        )

    @property
    def status_name(self) -> str:
        """The status by name; a number that has no published name as text."""
        return "unknown" if self.status is None else STATUS_NAMES.get(self.status, str(self.status))

    @property
    def holder(self) -> str:
        """Who holds the CAL, for messages: the computer, else the user, else the number."""
        return self.computer or self.user or f"license {self.license_id}"

    @property
    def keys(self) -> dict[str, int]:
        """The key properties, which select the instance."""
        return {"LicenseId": self.license_id, "KeyPackId": self.key_pack_id}

    def describe(self) -> dict[str, t.Any]:
        """The CAL as results show it."""
        return {
            "license_id": self.license_id,
            "key_pack_id": self.key_pack_id,
            "computer": self.computer,
            "user": self.user,
            "hardware_id": self.hardware_id,
            "status": self.status_name,
            "issued": self.issued_on.isoformat() if self.issued_on else None,
            "expires": self.expires_on.isoformat() if self.expires_on else None,
        }


@dataclass(frozen=True)
class Revocation:
    """The provider's answer to a revocation.

    C(remaining) is how many CALs of the same type can still be revoked; C(next_allowed) is when, after the limit was
    reached.
    """

    return_value: int
    remaining: int | None
    next_allowed: datetime.datetime | None

    def limit_reached(self, now: datetime.datetime) -> bool:
        """Whether the limit is why the call failed; its return value for that is not published."""
        if not self.return_value:
            return False
        return self.remaining == 0 or bool(self.next_allowed and self.next_allowed > now)


def read_issued_cals(server: LicenseServer, key_pack_ids: Collection[int] | None = None) -> Iterator[IssuedCal]:
    """The issued CALs of the server, or of some key packs, as the server hands them out: nothing is kept in memory.

    Raises:
        CallRefused: the server answered with a fault, also when it restarts between two pages.
        LicensingError: a row cannot be identified.
    """
    if key_pack_ids is not None and not key_pack_ids:
        return
    query = select(
        TS_ISSUED_LICENSE, where=" OR ".join(f"KeyPackId = {number}" for number in sorted(key_pack_ids or ()))
    )
    with asking(server.name, "reading the issued CALs"):
        for instance in server.session.enumerate(TS_ISSUED_LICENSE, query, most=_MOST_CALS):
            try:
                yield IssuedCal.from_values(instance.values)
            except LicensingError as error:
                raise LicensingError(f"{server.name}: {error}.") from None


def read_issued_cal(server: LicenseServer, cal: IssuedCal) -> IssuedCal | None:
    """The CAL as the server has it now; None if it is gone. A query returns an empty result then."""
    query = select(TS_ISSUED_LICENSE, where=f"LicenseId = {cal.license_id} AND KeyPackId = {cal.key_pack_id}")
    with asking(server.name, f"reading the CAL of {cal.holder}"):
        found = [IssuedCal.from_values(each.values) for each in server.session.enumerate(TS_ISSUED_LICENSE, query)]
    return found[0] if found else None


def revoke(server: LicenseServer, cal: IssuedCal) -> Revocation:
    """Revoke one per device CAL.

    Raises:
        CallRefused: a fault. WsmanError: no response; C(outcome_unknown) tells whether the call may have taken effect.
    """
    with asking(server.name, f"revoking the CAL of {cal.holder}"):
        result = server.session.invoke(TS_ISSUED_LICENSE, "Revoke", None, cal.keys)
    return Revocation(
        result.return_value, result.number("RevokableCals"), _date(result.values.get("NextRevokeAllowedOn"))
    )


def rejection(server: LicenseServer, cal: IssuedCal, answer: Revocation) -> str:
    """The one line for a revocation that failed for another reason than the limit."""
    return refusal(server.name, f"revoking the CAL of {cal.holder} (Revoke)", answer.return_value)


def server_time(server: LicenseServer) -> datetime.datetime:
    """The server's clock, UTC: CALs expire by it, not by the controller's.

    Raises:
        LicensingError: the server does not tell.
    """
    with asking(server.name, "reading the server's clock"):
        query = select(WIN32_OPERATING_SYSTEM, ["LocalDateTime"])
        for instance in server.session.enumerate(WIN32_OPERATING_SYSTEM, query):
            moment = instance.moment("LocalDateTime")
            if moment is not None:
                return moment.astimezone(datetime.timezone.utc)
    raise LicensingError(f"{server.name}: the server does not report its time (Win32_OperatingSystem.LocalDateTime).")


def _date(value: object) -> datetime.datetime | None:
    return value.astimezone(datetime.timezone.utc) if isinstance(value, datetime.datetime) else None
