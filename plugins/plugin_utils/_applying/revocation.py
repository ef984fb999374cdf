# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Revoke per device CALs one by one, and see that each is revoked."""

from __future__ import annotations

import datetime
import time
import typing as t
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.backoff import backoff_delays
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import (
    LicensingError,
    OutcomeUnknown,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.issued_cals import (
    REVOKED,
    IssuedCal,
    read_issued_cal,
    rejection,
    revoke,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanError


@dataclass
class Revoker:
    """Revokes CALs on one license server.

    C(revoked) and C(beyond_limit) hold what became of them. Revoking is a state that can be read, so a call that may
    have taken effect is settled by reading the CAL, and never repeated here.
    """

    server: LicenseServer
    now: datetime.datetime
    operation_timeout: float
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
            OutcomeUnknown: there was no response, and the CAL is not revoked so far.
            LicensingError: the server reported success, and the CAL is not revoked.
        """
        for cal in cals:
            if version_of(cal) in self._full or not self._revoke(cal):
                self._full.add(version_of(cal))
                self.beyond_limit.append(cal)
            else:
                self.revoked.append(cal)
                self.did(cal)

    def _revoke(self, cal: IssuedCal) -> bool:
        """Whether the CAL is revoked (or gone) afterwards; false when the limit is reached."""
        try:
            answer = revoke(self.server, cal)
        except (CallRefused, WsmanError) as error:
            if not error.outcome_unknown:
                raise
            return self._settle(cal, error)
        if not answer.return_value:
            self.note_change()
        if self._is_revoked(cal):
            return True
        if answer.limit_reached(self.now):
            self.next_allowed = answer.next_allowed
            return False
        if answer.return_value:
            raise CallRefused(rejection(self.server, cal, answer), answer.return_value)
        raise LicensingError(
            f"{self.server.name}: the provider reported success for revoking the CAL of {cal.holder}, but the CAL is "
            f"not revoked. Look at it in Licensing Manager."
        )

    def _settle(self, cal: IssuedCal, error: CallRefused | WsmanError) -> bool:
        for pause in backoff_delays(self.operation_timeout):
            self.sleep(pause)
            try:
                if self._is_revoked(cal):
                    return True
            except (CallRefused, WsmanError):
                # Not reachable yet, or busy with the call: the next look may succeed.
                continue
        self.note_change()
        raise OutcomeUnknown(
            f"{self.server.name}: there was no response to revoking the CAL of {cal.holder}, and its outcome is "
            f"unknown: {str(error).rstrip('.')}. Run the task again: it reads the state of the CAL first."
        ) from error

    def _is_revoked(self, cal: IssuedCal) -> bool:
        now = read_issued_cal(self.server, cal)
        return now is None or now.status == REVOKED
