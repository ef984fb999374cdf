# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Acquire purchases exactly once: write the intention, call, read the key packs, write what was seen.

A call to the Clearinghouse costs money or rights and can end with an unknown outcome. It is never made twice in the
hope that it is harmless: state is always read from the server, before and after.
"""

from __future__ import annotations

import time
import typing as t
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.call_and_verify import (
    Verifier,
    ignored,
    kept_open,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.settlement import write_settled
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import (
    LicensingError,
    OutcomeUnknown,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.identifiers import fingerprint, mask
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    ANSWERED,
    INTENDED,
    NOT_DONE,
    Operation,
    RecordedPurchase,
    RecordedSource,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.pack_cals import (
    PackCals,
    titles,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquired_packs import (
    acquired,
    find_acquired_pack,
    purchased,
    seen_as,
    whose,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquisition import (
    Decision,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquisition_steps import (
    Acquire,
    Adopt,
    Forget,
    PurchaseAction,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.decided_operations import (
    DiscardValue,
    WriteOperation,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Step
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.situation import Situation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.unfinished_operations import (
    how_to_decide,
    may_have_brought,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanError

# Tries to write that nothing was sent: without it, the next run has to take the call for made.
_TRIES: t.Final = 3


@dataclass(frozen=True)
class Request:
    """How purchases are acquired in one task.

    Attributes:
        operation: the word for the record: C(install), C(migrate) or C(reinstall).
        title: the word for messages, such as C(installing).
        purchases: all purchases of the task, among which a wrong license key pack ID may find its own.
        source: for a migration, what is recorded of the source; its name and ID are arguments of the call.
    """

    operation: str
    title: str
    purchases: tuple[Purchase, ...] = ()
    source: RecordedSource | None = None
    change_id: str | None = None
    reason: str | None = None


@dataclass
class Acquirer:
    """Acquires purchases on one license server; C(packs) and C(recorded) are kept current.

    Attributes:
        operation_timeout: how long a call may run on the server, in seconds.
        did: is told of every step that was carried out.
        note_change: is called as soon as a call took effect or may have.
    """

    server: LicenseServer
    situation: Situation
    operation_timeout: float
    warn: Callable[[str], None]
    did: Callable[[str], None] = ignored
    sleep: Callable[[float], None] = time.sleep
    note_change: Callable[[], None] = ignored
    packs: tuple[KeyPack, ...] = field(init=False)
    recorded: OperationRecord = field(init=False)

    def __post_init__(self) -> None:
        self.packs = self.situation.packs
        self.recorded = self.situation.recorded
        self.verifier = Verifier(self.operation_timeout, self.warn, self.note_change, self.sleep)

    def apply(self, steps: Iterable[Step[PurchaseAction]], request: Request) -> bool:
        """Do the steps in their order; whether anything but the record of reported calls was changed."""
        changed = False
        for step in steps:
            self.carry_out(step.action, request)
            changed |= step.changes
            self.did(step.text)
        return changed

    def carry_out(self, action: PurchaseAction, request: Request) -> None:
        """Do what one step is about."""
        match action:
            case Acquire(decision):
                self.acquire(decision, request)
            case Adopt(decision):
                self.adopt(decision)
            case Forget(operation):
                self.forget(operation)
            case WriteOperation() | DiscardValue():
                self.recorded = write_settled(self.server, self.recorded, action, self.note_change)

    def acquire(self, decision: Decision, request: Request) -> Operation:
        """Acquire the CALs of a purchase.

        Returns:
            The operation with its outcome.

        Raises:
            CallRefused: the server or the Clearinghouse rejected the call; nothing was acquired.
            OutcomeUnknown: no effect was seen, and there may be one yet.
            LicensingError: other CALs arrived than those of the purchase; they are recorded as they are.
            WsmanError: the server could not be reached; nothing was asked.
        """
        if decision.unfinished:
            self.write(decision.unfinished.finish(NOT_DONE, self.server.timestamp()))
        operation = self._begin(decision.purchase, request)
        what = f"{request.title} {decision.purchase.title}"
        try:
            came = self._call(operation, decision.purchase, request, what)
        except OutcomeUnknown as unknown:
            self._record_other_cals(operation, decision, request, unknown)
            raise self._keep_open(operation, unknown) from unknown
        except CallRefused as rejected:
            self._record_other_cals(operation, decision, request, rejected)
            self.write(operation.finish(NOT_DONE, self.server.timestamp()))
            raise
        except WsmanError as error:
            self._record_nothing_sent(operation, error)
            raise
        return self._record_seen(operation, decision, request, came)

    def adopt(self, decision: Decision) -> None:
        """Record that an installed key pack belongs to a purchase."""
        pack = _required(decision.pack)
        self.server.record.require_no_other()
        operation = self._operation("adopt", decision.purchase)
        self._note(replace(operation, cals=decision.cals, key_pack_id=pack.key_pack_id, before=()))

    def forget(self, operation: Operation) -> None:
        """Record that a purchase is no longer on the server, as the user acknowledged."""
        missing = Operation(
            "missing",
            INTENDED,
            self.server.timestamp(),
            purchase=operation.purchase,
            cals=operation.cals,
            key_pack_id=operation.key_pack_id,
        )
        self._note(missing)

    def write(self, operation: Operation) -> None:
        """Write an operation again, with more known about it."""
        self.server.record.write(operation)
        self.recorded = self.recorded.including(operation)

    def settle(self, operations: Sequence[Operation]) -> None:
        """Write what became of the CALs that migrations left on one source."""
        written = self.server.record.settle(operations, self.recorded, self.server.timestamp())
        self.recorded = self.recorded.including(*operations, *written)

    def _begin(self, purchase: Purchase, request: Request) -> Operation:
        operation = replace(
            self._operation(request.operation, purchase),
            source=request.source,
            change_id=request.change_id,
            reason=request.reason,
            timeout=self.operation_timeout,
        )
        begun = self.server.record.begin(operation, self.recorded)
        self.recorded = self.recorded.including(begun)
        return begun

    def _operation(self, name: str, purchase: Purchase) -> Operation:
        key_pack = purchase.license_key_pack_id
        return Operation(
            name,
            INTENDED,
            self.server.timestamp(),
            connection_method=self.situation.connection_method,
            purchase=RecordedPurchase.of(purchase),
            cals=purchase.cals,
            license_key_pack_id=f"{fingerprint(key_pack)} {mask(key_pack)}" if key_pack else None,
            before=purchased(self.packs),
        )

    def _note(self, operation: Operation) -> None:
        self.recorded = self.recorded.including(self.server.record.note(operation, self.recorded))

    def _call(self, operation: Operation, purchase: Purchase, request: Request, what: str) -> PackCals:
        """Make the call and return the CALs that were installed, even if they are not those of the purchase."""
        named: list[int] = []

        def call() -> None:
            key_pack_id = self._provider_call(purchase, request, what)
            named.extend([key_pack_id] if key_pack_id is not None else [])

        def look() -> PackCals | None:
            self._read(named)
            return self._seen(operation, purchase, named)

        return self.verifier.call(f"{self.server.name}: {what}", call, look)

    def _provider_call(self, purchase: Purchase, request: Request, what: str) -> int | None:
        if request.operation == "migrate" and request.source:
            return self.server.import_cals(purchase, request.source.name, request.source.license_server_id, what)
        if request.operation == "reinstall":
            return self.server.reinstall(purchase, what)
        return self.server.install(purchase, what)

    def _read(self, named: list[int]) -> None:
        """Read the key pack that the response names, or all of them if it names none that exists."""
        if named:
            found = self.server.key_packs_with_id(*named)
            if found:
                others = (pack for pack in self.packs if pack.key_pack_id not in named)
                self.packs = tuple(sorted((*others, *found), key=lambda pack: pack.key_pack_id))
                return
        self.packs = self.server.key_packs()

    def _seen(self, operation: Operation, purchase: Purchase, named: list[int]) -> PackCals | None:
        """The result of the call: the new key pack that the response names; else exactly the CALs of the purchase."""
        taken = set(self.recorded.claims)
        came = acquired(operation.before, self.packs, taken)
        for pack in came:
            if pack.key_pack_id in named:
                return pack
        fitting = find_acquired_pack(operation.before, self.packs, purchase.cals, taken, code=operation.used_code)
        if fitting is None:
            return None
        return next(pack for pack in came if pack.key_pack_id == fitting.key_pack_id)

    def _record_other_cals(
        self, operation: Operation, decision: Decision, request: Request, trouble: LicensingError
    ) -> None:
        """A lost response or a rejection proves nothing while other CALs than those of the purchase came.

        Raises:
            LicensingError: they came; they are recorded as they are.
            OutcomeUnknown: several key packs came, and which of them is unknown.
        """
        came = may_have_brought(operation, self.packs, self.recorded)
        if not came:
            return
        self.note_change()
        unrecognized = operation.used_code and operation.cals is None
        if (
            len(came) == 1
            and not unrecognized
            and not any(self._may_bring(other, came[0], operation) for other in self.recorded.all_unfinished)
        ):
            self._record_seen(operation, decision, request, came[0], f" ({str(trouble).rstrip('.')})")
        unknown = OutcomeUnknown(f"{str(trouble).rstrip('.')}. {titles(came)} appeared in the meantime")
        raise self._keep_open(operation, unknown) from trouble

    def _may_bring(self, other: Operation, came: PackCals, operation: Operation) -> bool:
        return other.operation_id != operation.operation_id and came in may_have_brought(
            other, self.packs, self.recorded
        )

    def _record_seen(
        self, operation: Operation, decision: Decision, request: Request, came: PackCals, response: str = ""
    ) -> Operation:
        done = seen_as(operation, came, self.server.timestamp())
        if decision.kind and decision.kind != came.cals.kind:
            done = replace(done, wanted=decision.cals)
        self.write(done)
        if done.misfit:
            raise LicensingError(self._wrong_cals(done, decision.purchase, request, came, response))
        return done

    def _wrong_cals(self, done: Operation, purchase: Purchase, request: Request, came: PackCals, response: str) -> str:
        text = f"{self.server.name}: {request.title} {purchase.title} resulted in {came.title} instead{response}"
        advice = (
            f"Check the purchase with the Clearinghouse. If these are the CALs that were bought, correct the purchase "
            f"and set key_pack_id: {came.key_pack_id} on it."
        )
        if purchase.license_key_pack_id:
            others = [each.title for each in whose(came.cals, request.purchases, purchase.sha256)]
            to = f"to {' or '.join(others)}" if others else "to another purchase"
            advice = (
                f"The license key pack ID entered for it probably belongs {to}. Set key_pack_id: "
                f"{came.key_pack_id} on the purchase that these CALs belong to, or enter its ID for it; enter the "
                f"right ID for this one, and run the task again."
            )
        return f"{text}. They are recorded as operation {done.operation_id}. {advice}"

    def _keep_open(self, operation: Operation, unknown: OutcomeUnknown) -> OutcomeUnknown:
        """The intention stays in the record. This task has reported that something may have changed."""
        status = ANSWERED if unknown.succeeded else INTENDED
        kept = replace(operation, status=status, reported=True)
        try:
            self.write(kept)
        except (LicensingError, WsmanError):
            # What was written before the call says the same, except that the task has reported it.
            self.recorded = self.recorded.including(kept)
        return kept_open(unknown, operation, how_to_decide(operation))

    def _record_nothing_sent(self, operation: Operation, error: WsmanError) -> None:
        """Withdraw the intention, because nothing was sent. Otherwise the next run would wait for an effect."""
        for attempt in range(_TRIES):
            self.sleep(float(attempt))
            try:
                self.write(operation.finish(NOT_DONE, self.server.timestamp()))
            except (LicensingError, WsmanError):
                continue
            return
        self.warn(
            f"{self.server.name}: nothing was sent ({error}), but that could not be recorded. If the next run waits "
            f"for an outcome, set resolve_operations: "
            f"[{{operation: {operation.operation_id}, outcome: had_no_effect}}]."
        )


def _required(pack: KeyPack | None) -> KeyPack:
    if pack is None:
        raise ValueError("the decision has no key pack")
    return pack
