# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Acquire purchases exactly once: write the intention, call, read the key packs, write the outcome.

A call to the Clearinghouse costs money or rights and can end with an unknown outcome. It is never made twice in the
hope that it is harmless: what is known is read from the server, before as after.
"""

from __future__ import annotations

import time
import typing as t
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.patience import pauses, seconds_since
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import (
    LicensingError,
    OutcomeUnknown,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.identifiers import fingerprint, mask
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.ledger import Ledger
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    DONE,
    INTENDED,
    NOT_DONE,
    Operation,
    RecordedPurchase,
    RecordedSource,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused, invoke
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals, Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase_calls import (
    OperationMethods,
    call_for,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.record import now
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_classes import TS_LICENSE_KEY_PACK
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquisition import (
    Acquire,
    Adopt,
    Confirm,
    Decision,
    Forget,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.arrivals import arrival, confirmed, totals
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Step
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.situation import Situation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanError

_REFUSAL_ADVICE: t.Final = (
    "check the credential and the quantity against the purchase's papers, and that the license server reaches the "
    "Clearinghouse (outbound TCP 443); the TerminalServices-Licensing event log on the server may say more"
)


@dataclass(frozen=True)
class Request:
    """How purchases are acquired in one task.

    Attributes:
        operation: the word for the record, such as C(install).
        title: the word for messages, such as C(installing).
        methods: the provider's methods.
        source: for a migration, what is recorded of the source; its name and ID are arguments of the call.
    """

    operation: str
    title: str
    methods: OperationMethods
    source: RecordedSource | None = None
    change_id: str | None = None
    reason: str | None = None


def _unheard(_step: str) -> None:
    """Where nobody needs to know how far a run got."""


@dataclass
class Acquirer:
    """Acquires purchases on one license server; C(packs) and C(ledger) are kept current.

    C(patience) is how long, in seconds, a call without an answer may still be at work on the server: the operation
    timeout of the connection. C(did) hears of every step that was carried out.
    """

    server: LicenseServer
    situation: Situation
    patience: float
    warn: Callable[[str], None]
    did: Callable[[str], None] = _unheard
    sleep: Callable[[float], None] = time.sleep
    packs: tuple[KeyPack, ...] = field(init=False)
    ledger: Ledger = field(init=False)

    def __post_init__(self) -> None:
        self.packs = self.situation.packs
        self.ledger = self.situation.ledger

    def apply(self, steps: Iterable[Step], request: Request) -> bool:
        """Do the steps in their order; gives whether anything but the record of earlier calls was changed."""
        changed = False
        for step in steps:
            changed |= self.carry_out(step, request)
            self.did(step.text)
        return changed

    def carry_out(self, step: Step, request: Request) -> bool:
        """Do one step about a purchase; gives whether anything but the record of earlier calls was changed."""
        action = step.action
        if isinstance(action, Acquire):
            return self.acquire(action.decision, request)[1]
        if isinstance(action, Adopt):
            self.adopt(action.decision)
        elif isinstance(action, Forget):
            self.forget(action.operation)
        elif isinstance(action, Confirm):
            self.confirm(action.decision)
        else:
            raise TypeError(f"not a step about a purchase: {action!r}")
        return step.changes

    def acquire(self, decision: Decision, request: Request) -> tuple[Operation, bool]:
        """Bring the CALs of a purchase to the server.

        Returns:
            The operation with its outcome, and whether a call was made (not when an earlier run's turned out to have
            arrived meanwhile).

        Raises:
            CallRefused: the server or the Clearinghouse said no; nothing was acquired.
            OutcomeUnknown: it cannot be told yet; a later run finds out.
            WsmanError: the server could not be reached; nothing was asked.
        """
        if decision.unfinished:
            found = self._await_earlier(decision.unfinished, decision.purchase)
            if found:
                return found, False
        purchase = decision.purchase
        operation = self._begin(purchase, request)
        source = (request.source.name, request.source.license_server_id) if request.source else None
        method, arguments = call_for(purchase, request.methods, source)
        what = f"{request.title} {purchase.title}"
        try:
            answer = invoke(
                self.server.session, TS_LICENSE_KEY_PACK, method, arguments, what=what, advice=_REFUSAL_ADVICE
            )
        except CallRefused as refused:
            if refused.outcome_unknown:
                return self._settle_unanswered(operation, purchase, what, refused), True
            return self._settle_refused(operation, purchase, refused), True
        except WsmanError as error:
            return self._settle_unanswered(operation, purchase, what, error), True
        return self._settle_answered(operation, purchase, what, answer), True

    def adopt(self, decision: Decision) -> None:
        """Record that a pack which is there belongs to a purchase."""
        pack = _required(decision.pack)
        operation = self._operation("adopt", decision.purchase)
        self._note(replace(operation, cals=pack.cals, key_pack_id=pack.key_pack_id))

    def confirm(self, decision: Decision) -> Operation:
        """Record the outcome of an earlier run's call."""
        if decision.unfinished is None:
            raise ValueError("nothing to confirm")
        operation = confirmed(decision.unfinished, _required(decision.pack), now())
        self._write(operation)
        return operation

    def forget(self, operation: Operation) -> None:
        """Record that a purchase is no longer on the server, as a person acknowledged."""
        missing = Operation(
            "missing",
            INTENDED,
            now(),
            purchase=operation.purchase,
            cals=operation.cals,
            key_pack_id=operation.key_pack_id,
        )
        self._note(missing)

    def write(self, operation: Operation) -> None:
        """Write an operation again, with more known about it."""
        self._write(operation)

    def _begin(self, purchase: Purchase, request: Request) -> Operation:
        operation = replace(
            self._operation(request.operation, purchase),
            source=request.source,
            change_id=request.change_id,
            reason=request.reason,
        )
        begun = self.server.record.begin(operation, self.ledger)
        self.ledger = self.ledger.including(begun)
        return begun

    def _operation(self, name: str, purchase: Purchase) -> Operation:
        key_pack = purchase.license_key_pack_id
        return Operation(
            name,
            INTENDED,
            now(),
            connection_method=self.situation.connection_method,
            purchase=RecordedPurchase.of(purchase),
            cals=purchase.cals,
            license_key_pack_id=f"{fingerprint(key_pack)} {mask(key_pack)}" if key_pack else None,
            before=totals(self.packs),
        )

    def _note(self, operation: Operation) -> None:
        self.ledger = self.ledger.including(self.server.record.note(operation, self.ledger))

    def _write(self, operation: Operation) -> None:
        self.server.record.write(operation)
        self.ledger = self.ledger.including(operation)

    def _await_earlier(self, unfinished: Operation, purchase: Purchase) -> Operation | None:
        """Give an earlier call its time, look once more, and close it when nothing came of it."""
        waiting = self.patience - seconds_since(unfinished.started)
        if waiting > 0:
            self.warn(
                f"{self.server.name}: waited {waiting:.0f} s because an earlier run's request for {purchase.title} may "
                f"still have been at work on the server."
            )
            self.sleep(waiting)
            self.packs = self.server.key_packs()
            pack = arrival(unfinished.before, self.packs, unfinished.cals, self._taken)
            if pack:
                operation = confirmed(unfinished, pack, now())
                self._write(operation)
                return operation
        self._write(unfinished.finish(NOT_DONE, now()))
        return None

    @property
    def _taken(self) -> set[int]:
        return set(self.ledger.claims)

    def _settle_answered(
        self, operation: Operation, purchase: Purchase, what: str, answer: Mapping[str, t.Any]
    ) -> Operation:
        """The server said yes. That alone is no proof: the pack has to be there."""
        self.packs = self.server.key_packs()
        pack = self._named(answer.get("KeyPackId"), operation) or self._find(operation, purchase.cals)
        if pack is None:
            raise OutcomeUnknown(
                f"{self.server.name}: {what} was answered with success, but no new key pack shows the CALs. Look at "
                f"Licensing Manager, and run the task again: it looks before it asks."
            )
        done = self._done(operation, pack)
        if purchase.cals and not _brings(pack, purchase.cals, operation):
            raise LicensingError(
                f"{self.server.name}: {what} brought {pack.cals.title} as key pack {pack.key_pack_id} instead; it is "
                f"recorded as such. Check the purchase with the Clearinghouse."
            )
        return done

    def _settle_refused(self, operation: Operation, purchase: Purchase, refused: CallRefused) -> Operation:
        """The server said no. If the pack is there all the same, the pack is right."""
        self.packs = self.server.key_packs()
        pack = self._find(operation, purchase.cals)
        if pack is None:
            self._write(operation.finish(NOT_DONE, now()))
            raise refused
        self.warn(f"{refused} The CALs arrived all the same, as key pack {pack.key_pack_id}.")
        return self._done(operation, pack)

    def _settle_unanswered(
        self, operation: Operation, purchase: Purchase, what: str, error: WsmanError | CallRefused
    ) -> Operation:
        """No answer that settles it: look for the pack for as long as the server may be at work."""
        if not error.outcome_unknown:
            raise error
        for pause in pauses(self.patience):
            self.sleep(pause)
            try:
                self.packs = self.server.key_packs()
            except (WsmanError, CallRefused):
                # Not reachable yet, or busy with the call: the next look may be luckier.
                continue
            pack = self._find(operation, purchase.cals)
            if pack:
                self.warn(f"{self.server.name}: {what} went unanswered ({error}) and arrived all the same.")
                return self._done(operation, pack)
        raise OutcomeUnknown(
            f"{self.server.name}: {what} went unanswered, and its outcome is unknown: {str(error).rstrip('.')}. The "
            f"intention is in the record on the server; run the task again: it looks first, and asks again only if the "
            f"CALs are not there."
        ) from error

    def _done(self, operation: Operation, pack: KeyPack) -> Operation:
        done = operation.finish(DONE, now(), key_pack_id=pack.key_pack_id, cals=operation.cals or pack.cals)
        self._write(done)
        return done

    def _find(self, operation: Operation, cals: Cals | None) -> KeyPack | None:
        return arrival(operation.before, self.packs, cals, self._taken)

    def _named(self, key_pack_id: object, operation: Operation) -> KeyPack | None:
        """The pack that the answer names, if it is one that was not there before."""
        before = dict(operation.before)
        for pack in self.packs:
            if pack.key_pack_id == key_pack_id and pack.purchased and pack.key_pack_id not in before:
                return pack
        return None


def _brings(pack: KeyPack, cals: Cals, operation: Operation) -> bool:
    grown = pack.cals.quantity - dict(operation.before).get(pack.key_pack_id, 0)
    return pack.cals.kind == cals.kind and grown == cals.quantity


def _required(pack: KeyPack | None) -> KeyPack:
    if pack is None:
        raise ValueError("the decision has no key pack")
    return pack
