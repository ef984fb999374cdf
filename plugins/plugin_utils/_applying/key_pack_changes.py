# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Remove, reduce and convert key packs, and keep the record in step."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.patience import seconds_since
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.removal import remove
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import OutcomeUnknown
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.ledger import Ledger
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    DONE,
    INTENDED,
    NOT_DONE,
    Operation,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused, invoke
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.record import now
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_classes import TS_LICENSE_KEY_PACK
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.arrivals import totals
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.key_pack_changes import (
    ConfirmConversion,
    Convert,
    Inventory,
    RecordGone,
    TakeAway,
    conversion_result,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.left_behind import Removal
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Step


@dataclass
class PackChanger:
    """Carries out changes to key packs of one server.

    C(patience) is how long, in seconds, a call without an answer may still be at work on the server.
    """

    server: LicenseServer
    packs: tuple[KeyPack, ...]
    ledger: Ledger
    patience: float
    sleep: Callable[[float], None] = time.sleep

    def apply(self, steps: Sequence[Step]) -> bool:
        """Do the steps in their order; gives whether anything but the record of earlier calls was changed."""
        changed = False
        for step in steps:
            action = step.action
            called = True
            if isinstance(action, TakeAway):
                self._take_away(action.removal)
            elif isinstance(action, RecordGone):
                self._record(Operation("remove", INTENDED, now(), key_pack_id=action.key_pack_id))
            elif isinstance(action, Convert):
                called = self._convert(action)
            elif isinstance(action, ConfirmConversion):
                self._write(action.operation.finish(DONE, now(), result_key_pack_id=action.result_key_pack_id))
            else:
                raise TypeError(f"not a change to a key pack: {action!r}")
            changed |= step.changes and called
        return changed

    def _take_away(self, removal: Removal) -> None:
        remove(self.server, [removal], patience=self.patience, sleep=self.sleep)
        name = "remove" if removal.whole else "reduce"
        self._record(Operation(name, INTENDED, now(), key_pack_id=removal.key_pack_id, cals=removal.cals))

    def _convert(self, change: Convert) -> bool:
        """Convert; gives whether a call was made (not when an earlier run's turned out to have got through)."""
        if change.unfinished and self._await_earlier(change.unfinished):
            return False
        operation = Operation(
            "convert",
            INTENDED,
            now(),
            key_pack_id=change.key_pack_id,
            cals=change.converted,
            change_id=change.change_id,
            before=totals(self.packs),
        )
        operation = self.server.record.begin(operation, self.ledger)
        self.ledger = self.ledger.including(operation)
        what = f"converting {change.converted.quantity} CALs of key pack {change.key_pack_id}"
        try:
            invoke(
                self.server.session,
                TS_LICENSE_KEY_PACK,
                "ConvertLicenses",
                {"Count": change.converted.quantity},
                selectors={"KeyPackId": change.key_pack_id},
                what=what,
            )
        except CallRefused as refused:
            if not refused.outcome_unknown:
                self._write(operation.finish(NOT_DONE, now()))
            raise
        result = self._result(operation)
        if result is None:
            raise OutcomeUnknown(
                f"{self.server.name}: converting key pack {change.key_pack_id} was answered with success, but no key "
                f"pack shows the converted CALs. Look at Licensing Manager, and run the task again: it looks before "
                f"it asks."
            )
        self._write(operation.finish(DONE, now(), result_key_pack_id=result))
        return True

    def _await_earlier(self, unfinished: Operation) -> bool:
        """Give an earlier run's conversion its time, and close it; gives whether it happened after all."""
        result = None
        waiting = self.patience - seconds_since(unfinished.started)
        if waiting > 0:
            self.sleep(waiting)
            result = self._result(unfinished)
        status = NOT_DONE if result is None else DONE
        self._write(unfinished.finish(status, now(), result_key_pack_id=result))
        return result is not None

    def _result(self, operation: Operation) -> int | None:
        """What a conversion made. An answer alone is no proof: the packs have to show it."""
        self.packs = self.server.key_packs()
        return conversion_result(operation, Inventory(self.server.name, self.packs, self.ledger))

    def _record(self, operation: Operation) -> None:
        self.ledger = self.ledger.including(self.server.record.note(operation, self.ledger))

    def _write(self, operation: Operation) -> None:
        self.server.record.write(operation)
        self.ledger = self.ledger.including(operation)
