# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How an unfinished rebuild is closed when an administrator decides about it with resolve_operations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    DONE,
    GIVEN_UP,
    Operation,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.recorded_rebuild import (
    RecordedPack,
    list_recorded,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.windows_service import (
    LICENSING_SERVICE,
    RUNNING,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Plan, Step
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.rebuild_deletion import StartService
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.resolutions import (
    HAD_NO_EFFECT,
    TOOK_EFFECT,
    how_to_resolve,
)


@dataclass(frozen=True)
class Evidence:
    """What can be read of the effect of an unfinished rebuild.

    Attributes:
        kept_exists: whether the database file was renamed.
        packs: the key packs of the server; None where they were not needed or cannot be read.
    """

    operation: Operation
    outcome: str
    kept_exists: bool = False
    packs: tuple[KeyPack, ...] | None = None


@dataclass(frozen=True)
class CloseOperation:
    """Write the outcome of a recorded operation; C(status) is C(done) or C(given_up)."""

    operation: Operation
    status: str


ResolutionAction = CloseOperation | StartService


def plan_rebuild_resolutions(server: str, evidence: Sequence[Evidence], service: str | None) -> Plan[ResolutionAction]:
    """Close what an administrator decided about, and start the service that a rebuild left stopped.

    Args:
        service: state of the licensing service; None where no rebuild stopped it.

    Raises:
        Refused: a decision contradicts what can be read.
    """
    steps = [_close(server, each) for each in evidence]
    if service not in (None, RUNNING):
        steps.append(Step(f"Start the service {LICENSING_SERVICE} on {server}", StartService()))
    return Plan(tuple(steps), (), tuple(warning for each in evidence for warning in _warnings(server, each)))


def _close(server: str, evidence: Evidence) -> Step[ResolutionAction]:
    operation = evidence.operation
    what = f"change {operation.change_id} (operation {operation.operation_id})"
    if evidence.outcome == TOOK_EFFECT:
        _require_deleted(server, evidence)
        text = f"Record on {server} that {what} has deleted the CALs"
        return Step(text, CloseOperation(operation, DONE), changes=False)
    if evidence.kept_exists:
        raise Refused(
            f"{server}: {what} has replaced the database: the old one is kept as {_kept_as(operation)}. So it took "
            f"effect; set {how_to_resolve(operation, TOOK_EFFECT)}, or continue with change_id: {operation.change_id}."
        )
    return Step(f"Record on {server} that {what} is given up", CloseOperation(operation, GIVEN_UP), changes=False)


def _require_deleted(server: str, evidence: Evidence) -> None:
    """A renamed database file proves it; else the key packs do."""
    operation = evidence.operation
    if evidence.kept_exists:
        return
    give_up = how_to_resolve(operation, HAD_NO_EFFECT)
    if evidence.packs is None:
        raise Refused(
            f"{server}: the key packs cannot be read, so it is unknown whether change {operation.change_id} has "
            f"deleted them. Run the task again once the license server responds, or set {give_up}."
        )
    left = left_of(operation, evidence.packs)
    if left:
        raise Refused(
            f"{server}: {list_recorded(left)} is still installed, so change {operation.change_id} has not deleted all "
            f"CALs. Continue with change_id: {operation.change_id}, or set {give_up}."
        )


def _warnings(server: str, evidence: Evidence) -> tuple[str, ...]:
    """What a rebuild that is given up has deleted already."""
    recorded = (evidence.operation.rebuild and evidence.operation.rebuild.packs) or ()
    if evidence.outcome != HAD_NO_EFFECT or evidence.packs is None:
        return ()
    left = left_of(evidence.operation, evidence.packs)
    gone = [each for each in recorded if each not in left]
    if not gone:
        return ()
    titles = list_recorded(gone)
    return (f"{server}: {titles} is gone. A rebuild with another change_id and waive_coverage: true can reinstall it.",)


def left_of(operation: Operation, packs: Sequence[KeyPack]) -> list[RecordedPack]:
    """Of the key packs that a rebuild deletes, those that are still installed."""
    recorded = (operation.rebuild and operation.rebuild.packs) or ()
    return [each for each in recorded if any(each.is_pack(pack) and pack.cals.quantity > 0 for pack in packs)]


def _kept_as(operation: Operation) -> str | None:
    return operation.rebuild.kept_as if operation.rebuild else None
