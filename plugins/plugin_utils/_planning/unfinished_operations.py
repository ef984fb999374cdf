# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an operation without an outcome allows: wait, go on, or have an administrator decide.

The server may be at work on a call long after the operation timeout, and nothing that can be read tells when it is not
any more. So outcome_wait says how long that is believed; ages are reckoned by the server's own clock.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import RETAIL
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    ACQUIRING,
    ANSWERED,
    Operation,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.pack_cals import PackCals
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquired_packs import acquired

DEFAULT_OUTCOME_WAIT = 3600


@dataclass(frozen=True)
class OutcomeRule:
    """How long an operation may be at work on the server.

    Attributes:
        now: this moment by the server's clock; None where no operation is unfinished, so that it was not read.
        wait: seconds, the option outcome_wait.
    """

    now: datetime.datetime | None = None
    wait: float = DEFAULT_OUTCOME_WAIT

    def seconds_left(self, operation: Operation) -> float:
        """How much longer the server may be at work on an operation; 0 when it cannot be any more."""
        begun = _moment(operation.started)
        if begun is None or self.now is None:
            # Changed by hand: when it was begun is not known, so it may be at work.
            return self.wait
        # A clock that was set back: the operation cannot be younger than new.
        age = max((self.now - begun).total_seconds(), 0.0)
        return max(self.wait - age, 0.0)

    def require_over(self, server: str, operation: Operation, what: str, seen: str = "") -> None:
        """The server can no longer be at work on an operation.

        Args:
            seen: what may be its outcome, if anything.

        Raises:
            Refused: it may be.
        """
        left = self.seconds_left(operation)
        if left > 0:
            raise Refused(
                f"{server}: {what} has no outcome yet: operation {operation.operation_id} was begun "
                f"{operation.started} and the server may still be working on it{seen and '; '}{seen}. Run the task "
                f"again in {_duration(left)} (outcome_wait: {self.wait:.0f}), or, if you know the outcome, set "
                f"{how_to_decide(operation)}."
            )

    def require_decision(self, server: str, operation: Operation, what: str, seen: str, *, came: bool = False) -> None:
        """Stop: what became of an operation reading does not show it.

        Args:
            came: C(seen) names what may be its outcome.

        Raises:
            Refused: always.
        """
        if operation.status != ANSWERED:
            self.require_over(server, operation, what, seen if came else "")
        answered = "; the server reported success" if operation.status == ANSWERED else ""
        raise Refused(
            f"{server}: {what}, operation {operation.operation_id} of {operation.started}, has no outcome{answered}: "
            f"{seen}. Check Licensing Manager and the TerminalServices-Licensing event log, then set "
            f"{how_to_decide(operation)}."
        )


def how_to_decide(operation: Operation) -> str:
    """The option that settles an operation, as a message names it."""
    brings = operation.operation in (*ACQUIRING, "convert")
    key_pack = " and the key_pack_id" if brings else ""
    return (
        f"resolve_operations: [{{operation: {operation.operation_id}, outcome: had_no_effect}}], or the same with "
        f"outcome: took_effect{key_pack}"
    )


def may_have_brought(operation: Operation, packs: Iterable[KeyPack], recorded: OperationRecord) -> tuple[PackCals, ...]:
    """What an operation without an outcome may have brought: nobody else gets it.

    A license key pack ID or a license code that belongs to another purchase brings other CALs than were asked for.
    """
    if operation.operation not in (*ACQUIRING, "convert") or operation.operation == "adopt":
        return ()
    came = acquired(operation.before, packs, recorded.accounted_for(operation))
    return tuple(each for each in came if alike(operation.cals, each.cals) or _by_mistake(operation, each))


def _by_mistake(operation: Operation, came: PackCals) -> bool:
    """Whether a new pack may be what a wrong ID or code brought, or fewer CALs than were asked for."""
    if operation.purchase is None or any(pack.key_pack_id == came.key_pack_id for pack in operation.before):
        return False
    if operation.license_key_pack_id or operation.purchase.license_program == RETAIL:
        return True
    return operation.cals is not None and operation.cals.kind == came.cals.kind


def claimant(recorded: OperationRecord, packs: Collection[KeyPack], key_pack_id: int) -> Operation | None:
    """The operation without an outcome that may have brought a pack, or may be changing it."""
    for operation in recorded.all_unfinished:
        if operation.key_pack_id == key_pack_id and operation.operation in ("remove", "reduce", "convert"):
            return operation
        if any(each.key_pack_id == key_pack_id for each in may_have_brought(operation, packs, recorded)):
            return operation
    return None


def alike(one: Cals | None, other: Cals | None) -> bool:
    """Whether two sets of CALs cannot be distinguished on a server. What is not known may be anything."""
    return one is None or other is None or (one.kind == other.kind and one.quantity == other.quantity)


def _moment(text: str) -> datetime.datetime | None:
    try:
        return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
    except ValueError:
        return None


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
