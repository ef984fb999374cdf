# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plan a migration: which purchases are imported from the source, and which CALs are removed there.

Sources: "Migrate Remote Desktop Services CALs" and "Remove RDS CALs" (learn.microsoft.com).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import Operation, Planned
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.pack_cals import PackCals, titles
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals, Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquired_packs import purchased
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquisition import (
    ACQUIRE,
    AWAITING,
    Decision,
    PurchaseMatcher,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquisition_steps import (
    PurchaseAction,
    check_acquisitions,
    rows_after,
    steps_for,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.key_pack_changes import (
    Inventory,
    effect_of,
    settle_earlier,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.migration_source import Source
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Plan, Step, View
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.situation import Situation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.source_removals import (
    PendingRemoval,
    base_of,
    decreases_of,
    left_in_exchange,
    moved_with,
    pending_removals_of,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.tables import (
    PackRow,
    pack_rows,
    pack_table,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.unassigned_cals import (
    CalPool,
    list_packs,
    only_kind,
    without,
)


@dataclass(frozen=True)
class SettleSource:
    """Remove from the source what migrations left there, and write down that nothing is left."""


MigrationAction = PurchaseAction | SettleSource


@dataclass(frozen=True)
class MigrationPlan:
    """Decisions for the purchases, and the plan that makes them true.

    C(planned) is what leaves the source, by purchase and key pack.
    """

    decisions: tuple[Decision, ...]
    pending: tuple[PendingRemoval, ...]
    plan: Plan[MigrationAction]
    planned: tuple[Planned, ...] = field(default=())


def plan_migration(
    purchases: Sequence[Purchase],
    target: Situation,
    source: Source,
    *,
    adopt: bool,
    require_full_coverage: bool,
    remove_from_source: bool,
) -> MigrationPlan:
    """Decide what to import from a source that can be read, and what to remove there.

    Raises:
        Refused: going on would use CALs twice, lose some, or ask the Clearinghouse for what it must refuse.
    """
    matcher = PurchaseMatcher(target, adopt=adopt)
    known = matcher.known_of(purchases)
    pending_here = [
        each for each in target.recorded.pending_removals if each.source and source.is_recorded_as(each.source)
    ]
    # An empty source leaves nothing uncovered.
    covered = not require_full_coverage or not any(pack.purchased and pack.cals.quantity for pack in source.packs)
    if all(each.sha256 in known for each in purchases) and covered and not pending_here:
        return _nothing_to_move([known[each.sha256] for each in purchases], target, source)
    _require_two_servers(target, source)
    target_id = target.activation.license_server_id or ""
    pending = pending_removals_of(target.recorded, source, target_id)
    pool = _pool(target, source, pending)
    decisions, planned = _decide(purchases, known, matcher, pool, source)
    if require_full_coverage and pool.rest():
        raise Refused(_uncovered(source, pool.rest(), decisions))
    warnings = check_acquisitions(decisions, target)
    if any(decision.outcome in (ACQUIRE, AWAITING) for decision in decisions):
        _require_usable_source(source)
    if planned or (remove_from_source and any(each.removals for each in pending)):
        source.require_no_other_at_work(target_id)
        _require_settled(source, [pack for each in pending for pack in each.removals], planned)
    plan = _plan(decisions, pending, planned, target, source, remove_from_source=remove_from_source)
    return MigrationPlan(tuple(decisions), pending, Plan(plan.steps, plan.views, (*warnings, *plan.warnings)), planned)


def _nothing_to_move(decisions: Sequence[Decision], target: Situation, source: Source) -> MigrationPlan:
    """Everything is on the target, and nothing is left to remove: no more has to be known of the source."""
    steps = steps_for(decisions, verb="Migrate", where=f" from {source.server}")
    rows = pack_rows(target.packs, target.recorded)
    view = View(f"{target.server}: RDS CALs", pack_table(rows), pack_table(rows_after(rows, decisions)))
    return MigrationPlan(tuple(decisions), (), Plan(tuple(steps), (view,)))


def _pool(target: Situation, source: Source, pending: Sequence[PendingRemoval]) -> CalPool:
    """The CALs that the source can give: without those to be removed and those that other targets take over."""
    pool = CalPool(source.packs, source.recorded, left_in_exchange(target.recorded, source, pending))
    for each in pending:
        pool.remove(each.removals)
    for other in source.other_hand_overs(target.activation.license_server_id or ""):
        for planned in other.planned:
            pool.remove(planned.packs)
    return pool


def _decide(
    purchases: Sequence[Purchase],
    known: Mapping[str, Decision],
    matcher: PurchaseMatcher,
    pool: CalPool,
    source: Source,
) -> tuple[list[Decision], tuple[Planned, ...]]:
    """Match purchases that state their CALs first: retail codes that do not get what remains on the source.

    Of these, the ones that can only be on the source come first, so that their CALs are not taken for those of a
    purchase that may already be on the target.
    """
    decided = dict(known)
    planned: list[Planned] = []
    stated = [each for each in purchases if each.sha256 not in decided and each.cals]
    for purchase in sorted(stated, key=lambda each: _candidate(each, matcher) is not None):
        if purchase.cals:
            decided[purchase.sha256], packs = _decide_stated(purchase, purchase.cals, matcher, pool, source)
            planned.append(Planned(purchase.sha256, packs))
    codes = [purchase for purchase in purchases if purchase.sha256 not in decided]
    for decision, packs in _decide_codes(codes, matcher, pool, source):
        decided[decision.purchase.sha256] = decision
        planned.append(Planned(decision.purchase.sha256, packs))
    acquired = {sha256 for sha256, decision in decided.items() if decision.outcome == ACQUIRE}
    return [decided[purchase.sha256] for purchase in purchases], tuple(
        each for each in planned if each.sha256 in acquired
    )


def _decide_stated(
    purchase: Purchase, cals: Cals, matcher: PurchaseMatcher, pool: CalPool, source: Source
) -> tuple[Decision, tuple[PackCals, ...]]:
    target = matcher.situation.server
    on_source = pool.quantity(cals, purchase.sha256)
    on_target = _candidate(purchase, matcher)
    if on_target and on_source:
        raise Refused(
            f"{target} and {source.server} both hold CALs that may be {purchase.title}: {target} key pack "
            f"{on_target.key_pack_id}, which is not recorded as a purchase, and {source.server} {on_source} CALs of "
            f"that version and type. If the key pack is this purchase, set key_pack_id: {on_target.key_pack_id} on it "
            f"and remove its CALs from {source.server}; if it is another one, set adopt: false."
        )
    if on_target:
        return matcher.take(purchase, on_target), ()
    if on_source < cals.quantity and not matcher.acknowledges(purchase):
        matcher.require_no_misfit(purchase)
        raise Refused(_not_on_source(purchase, cals, on_source, matcher, source))
    decision = matcher.acquire(
        purchase, cals, nothing_happened=_untouched(matcher.unfinished(purchase), matcher.situation, source)
    )
    return decision, pool.draw(cals, purchase.sha256)


def _candidate(purchase: Purchase, matcher: PurchaseMatcher) -> KeyPack | None:
    """A pack on the target that may be the purchase, installed manually earlier."""
    if matcher.unfinished(purchase) or not matcher.adopt or not purchase.cals:
        return None
    return matcher.fitting(purchase, purchase.cals)


def _untouched(unfinished: Operation | None, target: Situation, source: Source) -> bool:
    """Whether the source shows that an earlier import did not take place.

    It still holds all it held before, or all but what other migrations of the same run moved.
    """
    if unfinished is None or unfinished.source is None:
        return False
    before = base_of(unfinished, source)
    if before is None:
        return False
    kind = unfinished.cals.kind if unfinished.cals else None
    gone = sum(pack.quantity for pack in decreases_of(before, source) if kind in (None, pack.cals.kind))
    return gone in (0, moved_with(unfinished, target.recorded, source))


def _not_on_source(purchase: Purchase, cals: Cals, on_source: int, matcher: PurchaseMatcher, source: Source) -> str:
    unfinished = matcher.unfinished(purchase)
    if unfinished:
        outcome = matcher.situation.outcome
        seen = f"{source.server} no longer holds the CALs, and {matcher.situation.server} does not hold them either"
        outcome.require_decision(matcher.situation.server, unfinished, f"migrating {purchase.title}", seen)
    if on_source:
        return (
            f"{source.server}: the purchase {purchase.title} is for {cals.quantity} CALs, but the source has only "
            f"{on_source} of that version and type that belong to no other recorded purchase; correct quantity."
        )
    return (
        f"{source.server}: there are no CALs of the purchase {purchase.title} to migrate. To install CALs that are on "
        f"no server yet, use winfleet.rd_licensing.key_pack."
    )


def _decide_codes(
    codes: Sequence[Purchase], matcher: PurchaseMatcher, pool: CalPool, source: Source
) -> list[tuple[Decision, tuple[PackCals, ...]]]:
    """Retail codes that do not say which CALs they stand for."""
    if not codes:
        return []
    packs = pool.for_codes(len(codes))
    if not packs and len(pool.rest()) != len(codes):
        rest = list_packs(pool.rest()) or "nothing"
        raise Refused(
            f"{source.server}: {len(codes)} license code(s) do not state their CALs, and what the other purchases "
            f"leave on the server is {rest}; state product_version, cal_type and quantity of "
            f"{', '.join(c.label for c in codes)}."
        )
    decisions: list[tuple[Decision, tuple[PackCals, ...]]] = []
    kind = only_kind(packs)
    for purchase, pack in zip(codes, packs, strict=True):
        decision = matcher.acquire(
            purchase, pack.cals, nothing_happened=_untouched(matcher.unfinished(purchase), matcher.situation, source)
        )
        pool.remove([pack.pack_cals])
        decisions.append((replace(decision, kind=kind), (pack.pack_cals,)))
    return decisions


def _uncovered(source: Source, packs: Sequence[KeyPack], decisions: Sequence[Decision]) -> str:
    named = f"the {len(decisions)} purchase(s) named do" if decisions else "an empty list of purchases does"
    return (
        f"{source.server}: {named} not account for {list_packs(packs)}. Name the purchase(s) these CALs come from, or "
        f"set require_full_coverage: false to leave them there."
    )


def _require_two_servers(target: Situation, source: Source) -> None:
    if source.license_server_id and source.license_server_id == target.activation.license_server_id:
        raise Refused(
            f"{target.server} and {source.server} are the same license server (they have the same license server ID); "
            f"name another one as the source."
        )


def _require_usable_source(source: Source) -> None:
    if not source.activation.activated or not source.license_server_id:
        raise Refused(
            f"{source.server}: the source license server is not activated, which a migration requires; activate "
            f"it again, or migrate as from an unreachable source: set license_server_id and operating_system instead "
            f"of host."
        )


def _require_settled(source: Source, removals: Sequence[PackCals], planned: Sequence[Planned]) -> None:
    """No earlier change to the packs concerned may be at work on the source."""
    inventory = Inventory(source.server, source.packs, source.recorded, source.outcome)
    concerned = {pack.key_pack_id for pack in removals}
    concerned |= {pack.key_pack_id for each in planned for pack in each.packs}
    for key_pack_id in sorted(concerned):
        settle_earlier(key_pack_id, inventory)


def _plan(
    decisions: Sequence[Decision],
    pending: Sequence[PendingRemoval],
    planned: Sequence[Planned],
    target: Situation,
    source: Source,
    *,
    remove_from_source: bool,
) -> Plan[MigrationAction]:
    target_id = target.activation.license_server_id or ""
    steps = (
        *steps_for(decisions, verb="Migrate", where=f" from {source.server}"),
        *_settling_steps(pending, planned, source, target_id, remove_from_source=remove_from_source),
    )
    rows = pack_rows(target.packs, target.recorded)
    views = [View(f"{target.server}: RDS CALs", pack_table(rows), pack_table(rows_after(rows, decisions)))]
    warnings = _unclear_warnings(pending, target, source)
    if remove_from_source:
        views.append(_source_view(pending, planned, source))
    elif any(each.removals for each in pending):
        left = titles(pack for each in pending for pack in each.removals)
        warnings.append(f"{source.server} still holds CALs that were migrated to {target.server}: {left}.")
    return Plan(steps, tuple(views), tuple(warnings))


def _unclear_warnings(pending: Sequence[PendingRemoval], target: Situation, source: Source) -> list[str]:
    return [
        f"{source.server} holds {each.unclear.title}; it is unknown whether they are among those that were migrated to "
        f"{target.server}. Compare them with the purchase documents, and remove what was migrated with "
        f"winfleet.rd_licensing.key_pack."
        for each in pending
        if each.unclear
    ]


def _settling_steps(
    pending: Sequence[PendingRemoval],
    planned: Sequence[Planned],
    source: Source,
    target_id: str,
    *,
    remove_from_source: bool,
) -> list[Step[SettleSource]]:
    """What happens on the source once everything is imported."""
    if remove_from_source:
        left = titles(pack for each in pending for pack in each.removals)
        coming = titles(pack for each in planned for pack in each.packs)
        if coming:
            more = f"; {left}" if left else ""
            text = f"Remove from {source.server} any CALs that remain there: {coming}{more}"
            return [Step(text, SettleSource())]
        if left:
            return [Step(f"Remove from {source.server} the CALs that were migrated: {left}", SettleSource())]
    if any(each.settled for each in pending) and not planned:
        text = f"Record that {source.server} no longer holds the CALs that were migrated"
        return [Step(text, SettleSource(), changes=source.removed_unreported(target_id))]
    seen = [each for each in source.removals_at_work(target_id) if effect_of(each, source.packs)]
    if seen:
        text = f"Record what an earlier run removed from {source.server}: {', '.join(each.title for each in seen)}"
        return [Step(text, SettleSource(), changes=source.removed_unreported(target_id))]
    return []


def _source_view(pending: Sequence[PendingRemoval], planned: Sequence[Planned], source: Source) -> View:
    removed = [pack for each in pending for pack in each.removals]
    removed += [pack for each in planned for pack in each.packs]
    rows = pack_rows(source.packs, source.recorded)
    after = {pack.key_pack_id: pack for pack in without(purchased(source.packs), removed)}
    left = tuple(
        PackRow(row.key_pack_id, after[row.key_pack_id].cals, row.purchase)
        for row in rows
        if row.key_pack_id is not None and row.key_pack_id in after
    )
    return View(f"{source.server}: RDS CALs", pack_table(rows), pack_table(left))
