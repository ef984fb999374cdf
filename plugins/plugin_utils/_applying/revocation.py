# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Revoke per device CALs one by one, and verify each."""

from __future__ import annotations

import datetime
import time
import typing as t
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.call_and_verify import Verifier
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.issued_cals import (
    REVOKED,
    IssuedCal,
    Revocation,
    read_issued_cal,
    rejection,
    revoke,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused


@dataclass
class Revoker:
    """Revokes CALs on one license server.

    C(revoked) and C(beyond_limit) hold what became of them. Revoking is a state that can be read, so a call that may
    have taken effect is settled by reading the CAL, and never repeated here.
    """

    server: LicenseServer
    now: datetime.datetime
    operation_timeout: float
    warn: Callable[[str], None]
    note_change: Callable[[], None]
    did: Callable[[IssuedCal], None]
    sleep: Callable[[float], None] = time.sleep
    revoked: list[IssuedCal] = field(default_factory=list)
    beyond_limit: list[IssuedCal] = field(default_factory=list)
    next_allowed: datetime.datetime | None = None
    _full: set[t.Any] = field(default_factory=set)

    def apply(self, cals: Iterable[IssuedCal], version_of: Callable[[IssuedCal], t.Any]) -> None:
        """Revoke CALs in their order.

        After the server reports that the limit of a version is reached, the rest of that version is left.

        Raises:
            CallRefused: the server rejected a call for another reason.
            OutcomeUnknown: the CAL is not revoked after a call without a response or one that reported success.
        """
        for cal in cals:
            if version_of(cal) in self._full or not self._revoke(cal):
                self._full.add(version_of(cal))
                self.beyond_limit.append(cal)
            else:
                self.revoked.append(cal)
                self.did(cal)

    def _revoke(self, cal: IssuedCal) -> bool:
        """Whether the CAL is revoked (or gone) afterward; false when the limit is reached."""
        answer: Revocation | None = None

        def call() -> None:
            nonlocal answer
            answer = revoke(self.server, cal)
            if answer.return_value:
                raise CallRefused(rejection(self.server, cal, answer), answer.return_value)

        def look() -> bool | None:
            return self._is_revoked(cal) or None

        verifier = Verifier(self.operation_timeout, self.warn, self.note_change, self.sleep)
        try:
            return verifier.call(f"{self.server.name}: revoking the CAL of {cal.holder}", call, look)
        except CallRefused:
            if answer is None or not answer.limit_reached(self.now):
                raise
            self.next_allowed = answer.next_allowed
            return False

    def _is_revoked(self, cal: IssuedCal) -> bool:
        now = read_issued_cal(self.server, cal)
        return now is None or now.status == REVOKED
