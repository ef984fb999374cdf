# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Remove, reduce and convert key packs, once each, and keep the record in step."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.call_and_verify import (
    Verifier,
    ignored,
    kept_open,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.settlement import write_settled
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import (
    LicensingError,
    OutcomeUnknown,
    Refused,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack, by_key_pack_id
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    ANSWERED,
    DONE,
    INTENDED,
    NOT_DONE,
    Operation,
    RecordedTarget,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquired_packs import purchased
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.decided_operations import (
    DiscardValue,
    WriteOperation,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.key_pack_changes import (
    Convert,
    KeyPackAction,
    RecordGone,
    RecordOutcome,
    RemoveCals,
    effect_of,
    is_untouched,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Step
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.unfinished_operations import (
    how_to_decide,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanError


@dataclass
class KeyPackChanger:
    """Changes key packs of one server; C(packs) and C(recorded) are kept current.

    Attributes:
        operation_timeout: how long a call may run on the server, in seconds.
        did: is told of every step that was carried out.
        note_change: is called as soon as a call took effect or may have.
    """

    server: LicenseServer
    packs: tuple[KeyPack, ...]
    recorded: OperationRecord
    operation_timeout: float
    warn: Callable[[str], None] = ignored
    did: Callable[[str], None] = ignored
    sleep: Callable[[float], None] = time.sleep
    note_change: Callable[[], None] = ignored

    def apply(self, steps: Sequence[Step[KeyPackAction]]) -> bool:
        """Do the steps in their order; whether anything but the record of reported calls was changed."""
        changed = False
        for step in steps:
            self._carry_out(step)
            changed |= step.changes
            self.did(step.text)
        return changed

    def remove(self, action: RemoveCals, target: RecordedTarget | None = None) -> Operation:
        """Remove CALs from a pack. Raises as C(change).

        Args:
            target: the server that has taken them over, if any.
        """
        if action.closes:
            self._write(action.closes.finish(NOT_DONE, self.server.timestamp()))
        cals = action.cals
        operation = Operation(
            "remove" if action.whole else "reduce",
            INTENDED,
            self.server.timestamp(),
            key_pack_id=cals.key_pack_id,
            cals=cals.cals,
            target=target,
        )
        what = (
            f"removing {cals.title}" if action.whole else f"removing {cals.cals.title} from key pack {cals.key_pack_id}"
        )
        if action.whole:
            return self.change(operation, what, lambda: self.server.uninstall(cals.key_pack_id, what))
        return self.change(operation, what, lambda: self.server.remove_cals(cals, what))

    def change(self, operation: Operation, what: str, call: Callable[[], object]) -> Operation:
        """Make a call that changes one pack, and record what was seen of it.

        Raises:
            Refused: the pack is not as it was when the change was planned; nothing was changed.
            CallRefused: the server rejected the call; nothing was changed.
            OutcomeUnknown: no effect was seen, and there may be one yet; or another one than was asked for.
            WsmanError: nothing was sent.
        """
        operation = self._begin(operation)
        self._require_as_planned(operation)
        try:
            seen = self._call(operation, what, call)
        except OutcomeUnknown as unknown:
            raise self._keep_open(operation, unknown) from unknown
        except CallRefused as rejected:
            if not is_untouched(operation, self.packs):
                self.note_change()
                changed = OutcomeUnknown(f"{rejected} The key packs changed anyway")
                raise self._keep_open(operation, changed) from rejected
            self._write(operation.finish(NOT_DONE, self.server.timestamp()))
            raise
        except WsmanError:
            self._write(operation.finish(NOT_DONE, self.server.timestamp()))
            raise
        done = replace(seen.finish(DONE, self.server.timestamp()), before=())
        self._write(done)
        return done

    def record_outcome(self, operation: Operation) -> None:
        """Record what came of an earlier run's call."""
        if not operation.reported:
            self.note_change()
        self._write(replace(operation.finish(DONE, self.server.timestamp()), before=()))

    def _carry_out(self, step: Step[KeyPackAction]) -> None:
        match step.action:
            case RemoveCals() as removal:
                self.remove(removal)
            case Convert() as conversion:
                self._convert(conversion)
            case RecordGone() as gone:
                self._record_gone(gone)
            case RecordOutcome(operation):
                self.record_outcome(operation)
            case (WriteOperation() | DiscardValue()) as settled:
                self.recorded = write_settled(self.server, self.recorded, settled, self.note_change)

    def _convert(self, action: Convert) -> None:
        if action.closes:
            self._write(action.closes.finish(NOT_DONE, self.server.timestamp()))
        operation = Operation(
            "convert",
            INTENDED,
            self.server.timestamp(),
            key_pack_id=action.key_pack_id,
            cals=action.converted,
            change_id=action.change_id,
        )
        what = f"converting {action.converted.quantity} CALs of key pack {action.key_pack_id}"
        quantity = action.converted.quantity
        self.change(operation, what, lambda: self.server.convert(action.key_pack_id, quantity, what))

    def _record_gone(self, action: RecordGone) -> None:
        name = "remove" if action.whole else "reduce"
        operation = Operation(
            name, INTENDED, self.server.timestamp(), key_pack_id=action.cals.key_pack_id, cals=action.cals.cals
        )
        self.recorded = self.recorded.including(self.server.record.note(operation, self.recorded))

    def _begin(self, operation: Operation) -> Operation:
        before = purchased(self.packs)
        if operation.operation != "convert":
            before = tuple(pack for pack in before if pack.key_pack_id == operation.key_pack_id)
        operation = replace(operation, before=before, timeout=self.operation_timeout)
        operation = self.server.record.begin(operation, self.recorded)
        self.recorded = self.recorded.including(operation)
        return operation

    def _require_as_planned(self, operation: Operation) -> None:
        """Changes made in Licensing Manager have no intention in the record."""
        key_pack_id = operation.key_pack_id or 0
        try:
            now = purchased(self.server.key_packs_with_id(key_pack_id))
        except (LicensingError, WsmanError):
            self._withdraw(operation)
            raise
        planned = tuple(pack for pack in operation.before if pack.key_pack_id == key_pack_id)
        if now != planned:
            self._withdraw(operation)
            raise Refused(
                f"{self.server.name}: key pack {key_pack_id} was changed elsewhere in the meantime. This task changed "
                f"nothing. Run it again."
            )

    def _withdraw(self, operation: Operation) -> None:
        self.server.record.withdraw(operation)

    def _call(self, operation: Operation, what: str, call: Callable[[], object]) -> Operation:
        def look() -> Operation | None:
            # A migration reads its source as a whole when it has removed everything.
            one = self._read_one(operation.key_pack_id or 0) if operation.target else None
            self.packs = self.server.key_packs() if one is None else one
            return effect_of(operation, self.packs)

        return self.verifier.call(f"{self.server.name}: {what}", call, look)

    def _read_one(self, key_pack_id: int) -> tuple[KeyPack, ...] | None:
        """Read one key pack anew, with a second one as a witness: that nothing is shown at all proves nothing.

        Returns:
            All key packs; None where there is no witness.
        """
        witness = next((pack.key_pack_id for pack in self.packs if pack.key_pack_id != key_pack_id), None)
        found = self.server.key_packs_with_id(key_pack_id, witness) if witness is not None else ()
        if witness not in [pack.key_pack_id for pack in found]:
            return None
        ids = (key_pack_id, witness)
        return by_key_pack_id([*found, *(pack for pack in self.packs if pack.key_pack_id not in ids)])

    @property
    def verifier(self) -> Verifier:
        """How calls to the server are verified."""
        return Verifier(self.operation_timeout, self.warn, self.note_change, self.sleep)

    def _keep_open(self, operation: Operation, unknown: OutcomeUnknown) -> OutcomeUnknown:
        """The intention stays in the record. This task has reported that something may have changed."""
        kept = replace(operation, status=ANSWERED if unknown.succeeded else INTENDED, reported=True)
        try:
            self._write(kept)
        except (LicensingError, WsmanError):
            # What was written before the call says the same, except that the task has reported it.
            self.recorded = self.recorded.including(kept)
        return kept_open(unknown, operation, how_to_decide(operation))

    def _write(self, operation: Operation) -> None:
        self.server.record.write(operation)
        self.recorded = self.recorded.including(operation)
