# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What rebuilding a licensing database does: delete every installed CAL, then reinstall the named purchases.

Source: "Rebuild the RD Licensing database" (by the telephone, using a Web browser), Microsoft. The provider has no
method for it: the wizard's two halves are uninstalling and the Reinstall* methods.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import (
    ACTIVATED,
    NOT_ACTIVATED,
    Activation,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    ACQUIRING,
    DONE,
    HAND_OVER,
    INTENDED,
    REBUILD,
    Operation,
    fingerprint_of,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.recorded_rebuild import (
    RecordedPack,
    list_recorded,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.windows_service import (
    LICENSING_SERVICE,
    STOPPED,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquisition import (
    AWAITING,
    RECORDED,
    Decision,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquisition_steps import (
    PurchaseAction,
    check_acquisitions,
    rows_after,
    steps_for,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.decided_operations import (
    RecordAction,
    settle_operations,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Plan, Step, View
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.rebuild_coverage import (
    Accounted,
    account_for,
    decide_reinstalls,
    is_open,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.rebuild_deletion import (
    UNINSTALL,
    Deletion,
    DeletionAction,
    Observed,
    ReportDeletion,
    installed,
    plan_deletion,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.resolutions import (
    HAD_NO_EFFECT,
    Resolution,
    how_to_resolve,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.situation import Situation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.tables import (
    PackRow,
    pack_rows,
    pack_table,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.unassigned_cals import list_packs

_NOT_READABLE = "cannot be read\n"
_MOVING_CALS = (*ACQUIRING, "remove", "reduce", "convert", HAND_OVER)


@dataclass(frozen=True)
class Wanted:
    """Options of the task."""

    purchases: tuple[Purchase, ...]
    change_id: str
    reason: str
    method: str = UNINSTALL
    confirm_deletion: bool = False
    waive_coverage: bool = False
    adopt: bool = True
    resolutions: tuple[Resolution, ...] = ()


RebuildAction = DeletionAction | ReportDeletion | PurchaseAction


@dataclass(frozen=True)
class RebuildPlan:
    """What is decided.

    Attributes:
        decisions: for the purchases.
        plan: the steps.
        packs: what the change deletes or has deleted; None when it could not be read.
        record: the record as it is, or will be, once the CALs are deleted.
    """

    decisions: tuple[Decision, ...]
    plan: Plan[RebuildAction]
    packs: tuple[RecordedPack, ...] | None
    recorded: OperationRecord


def earlier_rebuild(change_id: str, recorded: OperationRecord) -> Operation | None:
    """The rebuild that an earlier run of a change began; None if there is none, or it had no effect."""
    change = fingerprint_of(change_id)
    found = [operation for operation in recorded.rebuilds if operation.change_fingerprint == change]
    return found[-1] if found else None


def has_work_left(wanted: Wanted, observed: Observed) -> bool:
    """Whether a rebuild whose CALs are deleted needs more than its record and the key packs to be planned."""
    try:
        plan = plan_rebuild(wanted, observed)
    except Refused:
        return True
    return bool(plan.plan.steps) or any(each.outcome == AWAITING for each in plan.decisions)


def plan_rebuild(wanted: Wanted, observed: Observed) -> RebuildPlan:
    """Decide what to delete and what to reinstall. The deletion happens once for each change ID.

    Raises:
        Refused: the deletion is not confirmed, the purchases do not account for what it deletes, or the Clearinghouse
            would have to refuse; nothing was changed.
    """
    _require_confirmation(wanted, observed)
    recorded, settled = settle_for(wanted, observed)
    observed = replace(observed, situation=replace(observed.situation, recorded=recorded))
    plan = _plan(wanted, observed)
    return replace(plan, plan=replace(plan.plan, steps=(*settled, *plan.plan.steps)))


def settle_for(wanted: Wanted, observed: Observed) -> tuple[OperationRecord, list[Step[RecordAction]]]:
    """The record with the outcomes of earlier operations, and the steps that write them; raises Refused."""
    read = observed.situation
    return settle_operations(wanted.resolutions, read.recorded, read.packs, read.server, wanted.purchases)


def _plan(wanted: Wanted, observed: Observed) -> RebuildPlan:
    earlier = earlier_rebuild(wanted.change_id, observed.situation.recorded)
    if earlier and earlier.status == DONE:
        if observed.unreadable:
            raise Refused(
                f"{observed.unreadable} Change {wanted.change_id} has already deleted the CALs. To recreate the "
                f"database once more, use a new change_id."
            )
        return _plan_rest(wanted, observed.situation, earlier)
    _require_no_other(wanted, observed.situation)
    if earlier is None:
        _require_settled(observed.situation)
    deletion = plan_deletion(wanted.method, wanted.change_id, observed, earlier)
    after = _after(wanted, observed, deletion, earlier)
    decisions = decide_reinstalls(wanted.purchases, after, after.recorded.rebuilds[-1], adopt=wanted.adopt)
    accounted, warnings = _account(wanted, observed, deletion, decisions)
    warnings += _check(wanted, observed, earlier, accounted.decisions)
    rows = pack_rows(observed.situation.packs, observed.situation.recorded)
    before = _NOT_READABLE if observed.unreadable else pack_table(rows)
    steps = (*deletion.steps, *steps_for(accounted.decisions, verb="Reinstall"))
    plan = Plan(steps, (_view(after, before, accounted.decisions),), (*deletion.warnings, *warnings))
    return RebuildPlan(accounted.decisions, plan, deletion.rebuild.packs, after.recorded)


def _plan_rest(wanted: Wanted, situation: Situation, earlier: Operation) -> RebuildPlan:
    """The deletion is done: reinstall what is not there yet, or do nothing."""
    packs = earlier.rebuild.packs if earlier.rebuild else None
    decisions = decide_reinstalls(wanted.purchases, situation, earlier, adopt=wanted.adopt)
    _require_newest(situation, earlier, decisions)
    warnings: list[str] = []
    if packs is not None:
        waived = wanted.waive_coverage
        accounted = account_for(decisions, packs, situation.server, waived=waived, deleted=True)
        decisions = accounted.decisions
        if accounted.rest and not waived:
            warnings.append(
                f"{situation.server}: change {wanted.change_id} has deleted {list_packs(accounted.rest)}, and no "
                f"purchase accounts for it."
            )
    warnings += _check(wanted, Observed(situation), earlier, decisions)
    before = pack_table(pack_rows(situation.packs, situation.recorded))
    views = (_view(situation, before, decisions),)
    steps: list[Step[RebuildAction]] = [*steps_for(decisions, verb="Reinstall")]
    if not earlier.reported:
        text = f"Report that change {wanted.change_id} has deleted the CALs, which its run could not report"
        steps.insert(0, Step(text, ReportDeletion()))
    return RebuildPlan(decisions, Plan(tuple(steps), views, tuple(warnings)), packs, situation.recorded)


def _require_confirmation(wanted: Wanted, observed: Observed) -> None:
    if wanted.confirm_deletion:
        return
    held = list_recorded(installed(observed.situation)) or "none at the moment"
    if observed.unreadable:
        held = "unknown, because they cannot be read"
    raise Refused(
        f"{observed.situation.server}: rebuilding the licensing database deletes every RDS CAL that is installed on "
        f"the license server ({held}). Set confirm_deletion: true to confirm that; nothing was changed."
    )


def _require_no_other(wanted: Wanted, situation: Situation) -> None:
    """Two unfinished rebuilds could not tell which of them has deleted what."""
    for operation in situation.recorded.rebuilds:
        if operation.status == INTENDED and operation.change_id != wanted.change_id:
            raise Refused(
                f"{situation.server}: change {operation.change_id} began to rebuild the licensing database on "
                f"{operation.started} and has not finished deleting. {continue_or_give_up(operation)}."
            )


def _require_settled(situation: Situation) -> None:
    """Refuse while an earlier call may still change CALs: the deletion could miss them."""
    for operation in situation.recorded.all_unfinished:
        if operation.operation in _MOVING_CALS:
            cals = f" of {operation.cals.title}" if operation.cals else ""
            situation.outcome.require_over(situation.server, operation, f"the {operation.operation}{cals}")


def continue_or_give_up(operation: Operation) -> str:
    """What to do about an unfinished rebuild."""
    resolve = how_to_resolve(operation, HAD_NO_EFFECT)
    return f"Continue it with change_id: {operation.change_id}, or give it up with {resolve}"


def _require_newest(situation: Situation, earlier: Operation, decisions: tuple[Decision, ...]) -> None:
    newest = situation.recorded.rebuilds[-1]
    if newest.sequence > earlier.sequence and any(each.outcome != RECORDED for each in decisions):
        raise Refused(
            f"{situation.server}: change {earlier.change_id} was followed by another rebuild (operation "
            f"{newest.operation_id}). Continue that one with its change_id."
        )


def _after(wanted: Wanted, observed: Observed, deletion: Deletion, earlier: Operation | None) -> Situation:
    """The server and its record as they will be once the CALs are deleted."""
    situation = observed.situation
    begun = earlier or Operation(
        REBUILD, INTENDED, "", situation.recorded.next_sequence, "planned", change_id=wanted.change_id
    )
    done = begun.finish(DONE, begun.started, rebuild=deletion.rebuild)
    return replace(situation, packs=deletion.remaining, recorded=situation.recorded.including(done))


def _account(
    wanted: Wanted, observed: Observed, deletion: Deletion, decisions: tuple[Decision, ...]
) -> tuple[Accounted, list[str]]:
    server = observed.situation.server
    packs = deletion.rebuild.packs
    if packs is None:
        if not wanted.waive_coverage:
            raise Refused(_unknown(observed))
        return Accounted(decisions), []
    accounted = account_for(decisions, packs, server, waived=wanted.waive_coverage, deleted=False)
    if not accounted.rest:
        return accounted, []
    rest = list_packs(accounted.rest)
    if not wanted.waive_coverage:
        named = f"the {len(decisions)} purchase(s) named do" if decisions else "an empty list of purchases does"
        raise Refused(
            f"{server}: {named} not account for {rest}, which the rebuild deletes. Name the purchase(s) these CALs "
            f"come from, or set waive_coverage: true to lose them."
        )
    return accounted, [f"{server}: no purchase accounts for {rest}; the rebuild deletes it permanently."]


def _unknown(observed: Observed) -> str:
    stopped = ""
    if observed.database and observed.database.service == STOPPED and not observed.database.kept_exists:
        stopped = f" The service {LICENSING_SERVICE} is stopped: start it and run the task again, if it starts."
    return (
        f"{observed.unreadable} So it is unknown whether the purchases account for what the rebuild deletes."
        f"{stopped} Set waive_coverage: true to continue with these purchases only."
    )


def _check(wanted: Wanted, observed: Observed, earlier: Operation | None, decisions: tuple[Decision, ...]) -> list[str]:
    """Check the conditions for contacting the Clearinghouse. Returns warnings."""
    situation = observed.situation
    if observed.unreadable and situation.activation.status not in (ACTIVATED, NOT_ACTIVATED):
        # Whether the server is activated is read once its provider answers again, before anything is reinstalled.
        situation = replace(situation, activation=Activation(ACTIVATED, None))
    elif earlier and not situation.activation.activated and any(is_open(each) for each in decisions):
        raise Refused(activation_lost(situation.server, wanted.change_id))
    return check_acquisitions(decisions, situation)


def activation_lost(server: str, change_id: str) -> str:
    """What to do when a server is not activated once its CALs are deleted."""
    return (
        f"{server}: the license server is not activated, so nothing can be reinstalled; activate it with "
        f"winfleet.rd_licensing.license_server and state: activated, then run this task again with change_id: "
        f"{change_id}."
    )


def _view(after: Situation, before: str, decisions: tuple[Decision, ...]) -> View:
    rows: tuple[PackRow, ...] = rows_after(pack_rows(after.packs, after.recorded), decisions)
    return View(f"{after.server}: RDS CALs", before, pack_table(rows))
