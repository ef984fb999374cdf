# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a changing call once, then read whether it took effect: neither a return code nor a lost response decides that.

After an operation timeout the WS-Management service stops waiting, and the provider may go on ([MS-WSMV] 3.1.4.1).
"""

from __future__ import annotations

import time
import typing as t
from collections.abc import Callable
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.backoff import backoff_delays
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import OutcomeUnknown
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import Operation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanError

_Value = t.TypeVar("_Value")


def ignored(*_arguments: object) -> None:
    """Default for callbacks that are not needed."""


def kept_open(unknown: OutcomeUnknown, operation: Operation, decision: str) -> OutcomeUnknown:
    """The error of a call whose intention stays in the record. C(decision) is the option that settles it."""
    return OutcomeUnknown(
        f"{str(unknown).rstrip('.')}. Operation {operation.operation_id} stays open in the record: the next run looks "
        f"for its effect first. If you know the outcome, set {decision}.",
        succeeded=unknown.succeeded,
    )


@dataclass(frozen=True)
class Verifier:
    """How the calls of one task are verified.

    Attributes:
        operation_timeout: how long a call may run on the server, in seconds.
        warn: takes what the user should know of a call that took effect although the server did not say so.
        note_change: called as soon as a call took effect or may have, before anything is read.
    """

    operation_timeout: float
    warn: Callable[[str], None]
    note_change: Callable[[], None] = ignored
    sleep: Callable[[float], None] = time.sleep

    def call(self, what: str, call: Callable[[], object], look: Callable[[], _Value | None]) -> _Value:
        """Make a call and give what C(look) found.

        Args:
            what: server and call for messages, such as C(rdls02: setting company).
            look: reads the server; None while the effect is not there.

        Raises:
            CallRefused: the server rejected the call, and reading shows no effect.
            OutcomeUnknown: no effect is to be seen after a call without a response or one that reported success, or
                what became of a rejected call cannot be read.
            WsmanError: nothing was sent.
        """
        try:
            call()
        except (CallRefused, WsmanError) as error:
            if error.outcome_unknown:
                return self._after_no_response(what, error, look)
            if isinstance(error, CallRefused):
                return self._after_rejection(error, look)
            raise
        self.note_change()
        found, unread = self._look(look)
        if found is None:
            seen = f"failed: {str(unread).rstrip('.')}" if unread else "does not show the effect"
            raise OutcomeUnknown(f"{what}: the server reported success, but reading it back {seen}.", succeeded=True)
        return found

    def _after_rejection(self, rejected: CallRefused, look: Callable[[], _Value | None]) -> _Value:
        """A rejection does not count if reading shows the effect."""
        try:
            found = look()
        except (CallRefused, WsmanError) as error:
            self.note_change()
            raise OutcomeUnknown(f"{rejected} Whether it took effect is unknown: {error}") from rejected
        if found is None:
            raise rejected
        self.note_change()
        self.warn(f"{rejected} It took effect anyway.")
        return found

    def _after_no_response(
        self, what: str, error: CallRefused | WsmanError, look: Callable[[], _Value | None]
    ) -> _Value:
        self.note_change()
        found, _unread = self._look(look)
        if found is None:
            response = str(error) if isinstance(error, CallRefused) else f"{what}: there was no response: {error}"
            raise OutcomeUnknown(
                f"{response.rstrip('.')}. Its outcome is unknown. Run the task again: it reads the server first."
            ) from error
        self.warn(f"{what}: it took effect, although there was no regular response: {error}")
        return found

    def _look(self, look: Callable[[], _Value | None]) -> tuple[_Value | None, Exception | None]:
        """What was found, and why the last look saw nothing."""
        unread: Exception | None = None
        for delay in backoff_delays(self.operation_timeout):
            self.sleep(delay)
            try:
                found = look()
            except (CallRefused, WsmanError) as error:
                # Not reachable yet, or still busy with the call.
                unread = error
                continue
            unread = None
            if found is not None:
                return found, None
        return None, unread
