# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change in any release.
"""Remove, reduce and convert key packs, and keep the record in step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.arrivals import arrival, totals
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.key_pack_changes import (
    ConfirmConversion,
    Convert,
    RecordGone,
    TakeAway,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.left_behind import Removal
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Step


@dataclass
class PackChanger:
    """Carries out changes to key packs of one server."""

    server: LicenseServer
    packs: tuple[KeyPack, ...]
    ledger: Ledger

    def apply(self, steps: Sequence[Step]) -> None:
        """Do the steps in their order."""
        for step in steps:
            action = step.action
            if isinstance(action, TakeAway):
                self._take_away(action.removal)
            elif isinstance(action, RecordGone):
                self._record(Operation("remove", INTENDED, now(), key_pack_id=action.key_pack_id))
            elif isinstance(action, Convert):
                self._convert(action)
            elif isinstance(action, ConfirmConversion):
                self._write(action.operation.finish(DONE, now(), result_key_pack_id=action.result_key_pack_id))
            else:
                raise TypeError(f"not a change to a key pack: {action!r}")

    def _take_away(self, removal: Removal) -> None:
        remove(self.server, [removal])
        name = "remove" if removal.whole else "reduce"
        self._record(Operation(name, INTENDED, now(), key_pack_id=removal.key_pack_id, cals=removal.cals))

    def _convert(self, change: Convert) -> None:
        if change.unfinished:
            self._write(change.unfinished.finish(NOT_DONE, now()))
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
        what = f"converting {change.converted.quantity} CALs of key pack {change.key_pack_id}"
        try:
            answer = invoke(
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
        self.packs = self.server.key_packs()
        result = self._converted(change, operation, answer.get("KeypackID"))
        self._write(operation.finish(DONE, now(), result_key_pack_id=result))

    def _converted(self, change: Convert, operation: Operation, named: object) -> int:
        for pack in self.packs:
            if pack.purchased and pack.key_pack_id == named and pack.cals.kind == change.converted.kind:
                return pack.key_pack_id
        made = arrival(operation.before, self.packs, change.converted, ())
        if made is None:
            raise OutcomeUnknown(
                f"{self.server.name}: converting key pack {change.key_pack_id} was answered with success, but no key "
                f"pack shows the converted CALs. Look at Licensing Manager, and run the task again: it looks before "
                f"it asks."
            )
        return made.key_pack_id

    def _record(self, operation: Operation) -> None:
        self.ledger = self.ledger.including(self.server.record.note(operation, self.ledger))

    def _write(self, operation: Operation) -> None:
        self.server.record.write(operation)
        self.ledger = self.ledger.including(operation)
