# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a migration does: which purchases are imported from the source, and what is then to be removed there.

Sources: "Migrate Remote Desktop Services CALs" and "Remove RDS CALs" (learn.microsoft.com).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.ledger import Ledger
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals, Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquisition import (
    ACQUIRE,
    AWAITING,
    CONFIRMED,
    Decision,
    Desk,
    check_acquisitions,
    rows_after,
    steps_for,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.arrivals import confirmed
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.coverage import Pool, list_packs
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.debts import Debt, Source, debts_of
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.left_behind import without
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Plan, Step, View
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.situation import Situation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.tables import (
    PackRow,
    pack_rows,
    pack_table,
)


@dataclass(frozen=True)
class SettleSource:
    """Remove from the source what migrations left there, and write down that nothing is left."""

    debt: Debt


@dataclass(frozen=True)
class MigrationPlan:
    """Decisions for the purchases, and the plan that makes them true."""

    decisions: tuple[Decision, ...]
    debts: tuple[Debt, ...]
    plan: Plan


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
    _require_two_servers(target, source)
    desk = Desk(target, adopt=adopt)
    known = desk.known_of(purchases)
    debts = debts_of(_as_confirmed(target.ledger, known.values()), source)
    pool = Pool(source.packs)
    for debt in debts:
        pool.remove(debt.removals)
    decisions = _decide(purchases, known, desk, pool, source)
    if require_full_coverage and pool.rest():
        raise Refused(_uncovered(source, pool.rest(), decisions))
    warnings = check_acquisitions(decisions, target)
    if any(decision.outcome in (ACQUIRE, AWAITING) for decision in decisions):
        _require_usable_source(source)
    plan = _plan(decisions, debts, target, source, remove_from_source=remove_from_source)
    return MigrationPlan(tuple(decisions), debts, Plan(plan.steps, plan.views, (*warnings, *plan.warnings)))


def _as_confirmed(ledger: Ledger, decisions: Iterable[Decision]) -> Ledger:
    """The record once the outcomes of earlier runs are written down."""
    for decision in decisions:
        if decision.outcome == CONFIRMED and decision.unfinished and decision.pack:
            ledger = ledger.including(confirmed(decision.unfinished, decision.pack, decision.unfinished.started))
    return ledger


def _decide(
    purchases: Sequence[Purchase], known: Mapping[str, Decision], desk: Desk, pool: Pool, source: Source
) -> list[Decision]:
    """Stated purchases first: what they leave on the source is what codes that state nothing can stand for.

    And of these first the ones that can only be on the source: what is theirs there is not what a purchase that seems
    to be on the target already has left behind.
    """
    decided = dict(known)
    stated = [each for each in purchases if each.sha256 not in decided and each.cals]
    for purchase in sorted(stated, key=lambda each: _candidate(each, desk) is not None):
        if purchase.cals:
            decided[purchase.sha256] = _decide_stated(purchase, purchase.cals, desk, pool, source)
    codes = [purchase for purchase in purchases if purchase.sha256 not in decided]
    decided.update({each.purchase.sha256: each for each in _decide_codes(codes, desk, pool, source)})
    return [decided[purchase.sha256] for purchase in purchases]


def _decide_stated(purchase: Purchase, cals: Cals, desk: Desk, pool: Pool, source: Source) -> Decision:
    target = desk.situation.server
    on_source = pool.quantity(cals)
    on_target = _candidate(purchase, desk)
    if on_target and on_source:
        raise Refused(
            f"{target} and {source.server} both hold CALs that may be {purchase.title}: {target} key pack "
            f"{on_target.key_pack_id}, of which no record tells the purchase, and {source.server} {on_source} CALs of "
            f"that version and type. If the key pack is this purchase, remove it from {source.server}; if it is "
            f"another one, set adopt: false."
        )
    if on_target:
        return desk.take(purchase, on_target)
    if on_source < cals.quantity and not purchase.acknowledge_missing:
        raise Refused(_not_on_source(purchase, cals, on_source, desk, source))
    pool.draw(cals)
    return desk.acquire(purchase, cals)


def _candidate(purchase: Purchase, desk: Desk) -> KeyPack | None:
    """A pack on the target that may be the purchase, installed by hand earlier."""
    if desk.unfinished(purchase) or not desk.adopt or not purchase.cals:
        return None
    return desk.fitting(purchase.cals)


def _not_on_source(purchase: Purchase, cals: Cals, on_source: int, desk: Desk, source: Source) -> str:
    target = desk.situation.server
    unfinished = desk.unfinished(purchase)
    if unfinished:
        return (
            f"the migration of {purchase.title} from {source.server} to {target}, begun {unfinished.started}, has no "
            f"outcome: {target} does not hold the CALs and {source.server} no longer does. Look at the licensing event "
            f"logs of both; if the Clearinghouse is to be asked again, set acknowledge_missing: true on the purchase."
        )
    if on_source:
        return (
            f"{source.server}: the purchase {purchase.title} is for {cals.quantity} CALs, and only {on_source} of that "
            f"version and type are there to migrate; correct quantity."
        )
    return (
        f"{source.server}: there are no CALs of the purchase {purchase.title} to migrate. To install CALs that are on "
        f"no server yet, use winfleet.rd_licensing.key_pack."
    )


def _decide_codes(codes: Sequence[Purchase], desk: Desk, pool: Pool, source: Source) -> list[Decision]:
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
    decisions = []
    for purchase, pack in zip(codes, packs, strict=True):
        decisions.append(desk.acquire(purchase, pack.cals))
        pool.draw(pack.cals)
    return decisions


def _uncovered(source: Source, packs: Sequence[KeyPack], decisions: Sequence[Decision]) -> str:
    named = f"the {len(decisions)} purchase(s) named do" if decisions else "no purchase is named, and they would"
    return (
        f"{source.server}: {named} not account for {list_packs(packs)}. Name the purchase(s) these CALs come from, or "
        f"allow packs to stay behind (require_full_coverage: false)."
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
            f"{source.server}: the source license server is not activated, and a migration needs it to be; activate "
            f"it again, or migrate from its papers: license_server_id and operating_system instead of host."
        )


def _plan(
    decisions: Sequence[Decision],
    debts: Sequence[Debt],
    target: Situation,
    source: Source,
    *,
    remove_from_source: bool,
) -> Plan:
    where = f" from {source.server}"
    if remove_from_source:
        where += ", and remove there what the license server leaves of them"
    steps = steps_for(decisions, verb="Migrate", where=where)
    steps += _settling_steps(debts, source, remove_from_source=remove_from_source)
    rows = pack_rows(target.packs, target.ledger)
    views = [View(f"{target.server}: RDS CALs", pack_table(rows), pack_table(rows_after(rows, decisions)))]
    warnings = _unclear_warnings(debts, target, source)
    if remove_from_source:
        views.append(_source_view(decisions, debts, source))
    elif any(debt.removals for debt in debts):
        owed = _owed_text(debts)
        warnings.append(f"{source.server} still holds CALs that were migrated to {target.server}: {owed}.")
    return Plan(tuple(steps), tuple(views), tuple(warnings))


def _unclear_warnings(debts: Sequence[Debt], target: Situation, source: Source) -> list[str]:
    return [
        f"{source.server} holds {debt.unclear.title}, and whether they are among those that were migrated to "
        f"{target.server} cannot be told. Compare with the papers of the purchases, and remove what was migrated with "
        f"winfleet.rd_licensing.key_pack."
        for debt in debts
        if debt.unclear
    ]


def _settling_steps(debts: Sequence[Debt], source: Source, *, remove_from_source: bool) -> list[Step]:
    steps = []
    for debt in debts:
        if debt.paid:
            text = f"Record that {source.server} no longer holds the CALs that were migrated"
            steps.append(Step(text, SettleSource(debt), changes=False))
        elif debt.removals and remove_from_source:
            text = f"Remove from {source.server} what was migrated: {_owed_text([debt])}"
            steps.append(Step(text, SettleSource(debt)))
    return steps


def _owed_text(debts: Sequence[Debt]) -> str:
    return ", ".join(removal.title for debt in debts for removal in debt.removals)


def _source_view(decisions: Sequence[Decision], debts: Sequence[Debt], source: Source) -> View:
    pool = Pool(source.packs)
    removals = [removal for debt in debts for removal in debt.removals]
    pool.remove(removals)
    for decision in decisions:
        if decision.outcome == ACQUIRE and decision.cals:
            removals += pool.draw(decision.cals)
    after = tuple(PackRow(key_pack_id, cals) for key_pack_id, cals in without(source.packs, removals))
    return View(f"{source.server}: RDS CALs", pack_table(pack_rows(source.packs)), pack_table(after))
