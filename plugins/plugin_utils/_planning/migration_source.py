# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The source of a migration as it was read: its key packs, their purchases, and the targets that take them over."""

from __future__ import annotations

from dataclasses import dataclass, field

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import Activation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    Operation,
    RecordedSource,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_name import is_of_server
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.windows_release import WindowsRelease
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.unfinished_operations import OutcomeRule


@dataclass(frozen=True)
class Source:
    """The source of a migration as it was read.

    Attributes:
        server: what to call it in messages (inventory name).
        name: what the target calls it on the network: FQDN or IP address.
        license_server_id: 35 characters; None when it is not activated, and so does not tell.
        record: the source's own record, which tells whose a key pack is.
    """

    server: str
    name: str
    license_server_id: str | None
    activation: Activation
    release: WindowsRelease
    packs: tuple[KeyPack, ...]
    recorded: OperationRecord = field(default_factory=OperationRecord)
    outcome: OutcomeRule = field(default_factory=OutcomeRule)

    @property
    def operating_system_title(self) -> str:
        """The Windows release, as the Manage RDS CALs Wizard asks for it."""
        return self.release.title

    def is_recorded_as(self, recorded: RecordedSource) -> bool:
        """Whether a record means this server. One that is no longer activated does not tell its license server ID."""
        if self.license_server_id:
            return is_of_server(recorded.license_server_id, self.license_server_id)
        return recorded.name.lower() == self.name.lower()

    def hand_over_to(self, target_id: str) -> Operation | None:
        """What a target began to take over from this server and has not settled."""
        found = [each for each in self.recorded.hand_overs if each.unfinished and _is_for(each, target_id)]
        return found[-1] if found else None

    def other_hand_overs(self, target_id: str) -> tuple[Operation, ...]:
        """What other targets began to take over from this server and have not settled."""
        return tuple(each for each in self.recorded.hand_overs if each.unfinished and not _is_for(each, target_id))

    def removed_unreported(self, target_id: str) -> bool:
        """Whether a run that removed CALs for a target ended before it could say so."""
        return any(not each.reported for each in self.removals_at_work(target_id))

    def removals_at_work(self, target_id: str) -> tuple[Operation, ...]:
        """What runs of this collection removed for a target, or may have, without recording the outcome."""
        return tuple(
            each
            for each in self.recorded.all_unfinished
            if each.operation in ("remove", "reduce") and _is_for(each, target_id)
        )

    def require_no_other_at_work(self, target_id: str) -> None:
        """What another target moves at this moment cannot be distinguished from what this one moves.

        Raises:
            Refused: another target may be at work on this server.
        """
        for other in self.other_hand_overs(target_id):
            if not other.reported:
                name = other.target.name if other.target else "another server"
                self.outcome.require_over(self.server, other, f"a migration from {self.server} to {name}")


def _is_for(operation: Operation, target_id: str) -> bool:
    return operation.target is not None and is_of_server(operation.target.license_server_id, target_id)
