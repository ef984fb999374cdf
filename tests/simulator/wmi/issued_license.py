# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Win32_TSIssuedLicense: CALs in use, and the revocation of per device ones.

At most 20 % of the installed per device CALs of a version, or one, may be in the revoked state; a revoked row counts
until it expires.
"""

from __future__ import annotations

from datetime import datetime, timezone

from tests.simulator import surroundings
from tests.simulator.clearinghouse.refusal import RefusalError
from tests.simulator.model import catalog
from tests.simulator.model.state import IssuedLicenseState
from tests.simulator.wire.values import Values
from tests.simulator.wmi.licensing import LicensingProvider, moment, number_argument
from tests.simulator.wmi.provider import Call, Outcome

_ACTIVE, _REVOKED = 2, 4
_REVOCABLE_PERCENT = 20


class IssuedLicenseProvider(LicensingProvider):
    def instances(self, call: Call) -> list[Values]:
        self.check(call)
        if not call.account.is_administrator:
            return []
        return [_row(issued) for issued in call.server.database.issued]

    def invoke(self, call: Call, method: str, arguments: Values, instance: Values | None) -> Outcome:
        self.check(call)
        return self.run(call, {"Revoke": _revoke}, method, instance or {})


def _row(issued: IssuedLicenseState) -> Values:
    return {
        "LicenseId": issued.license_id,
        "KeyPackId": issued.key_pack_id,
        "sIssuedToUser": issued.user,
        "sIssuedToComputer": issued.computer,
        "LicenseStatus": issued.status,
        "IssueDate": moment(issued.issued_on),
        "ExpirationDate": moment(issued.expires_on),
        "sHardwareId": issued.hardware_id,
    }


def _revoke(call: Call, instance: Values) -> Outcome:
    database = call.server.database
    license_id = number_argument(instance, "LicenseId")
    issued = next(entry for entry in database.issued if entry.license_id == license_id)
    pack = database.find(issued.key_pack_id)
    if pack is None or pack.product_type != catalog.PER_DEVICE or issued.status != _ACTIVE:
        raise RefusalError("malformed", "not an active per device CAL")
    same = [
        entry
        for entry in database.packs
        if (entry.product_version_id, entry.product_type) == (pack.product_version_id, catalog.PER_DEVICE)
        and not entry.is_protected
    ]
    identifiers = {entry.key_pack_id for entry in same}
    now = surroundings.utc_now()
    revoked = [
        entry
        for entry in database.issued
        if entry.status == _REVOKED and entry.key_pack_id in identifiers and moment(entry.expires_on) > now
    ]
    installed = sum(entry.total for entry in same)
    left = max(installed * _REVOCABLE_PERCENT // 100, 1) - len(revoked)
    if left < 1:
        when = min(moment(entry.expires_on) for entry in revoked) if revoked else None
        return Outcome(call.server.info.refusals.default, {"RevokableCals": 0, "NextRevokeAllowedOn": when})
    issued.status = _REVOKED
    pack.issued = max(pack.issued - 1, 0)
    unset = datetime(1601, 1, 1, tzinfo=timezone.utc)
    after = unset if call.server.info.behaviour.revoke_success_date == "unset" else None
    return Outcome(values={"RevokableCals": left - 1, "NextRevokeAllowedOn": after})
