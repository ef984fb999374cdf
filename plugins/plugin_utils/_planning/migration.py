# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change in any release.
"""What a migration does: which purchases are imported from the source, and what is then to be removed there.

Sources: "Migrate Remote Desktop Services CALs" and "Remove RDS CALs" (learn.microsoft.com).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.ledger import Ledger
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import Activation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    DONE,
    Operation,
    RecordedSource,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals, Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.windows_release import WindowsRelease
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquisition import (
    ACQUIRE,
    AWAITING,
    CONFIRMED,
    Decision,
    Desk,
    check_acquisitions,
    confirmed,
    rows_after,
    steps_for,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.coverage import Pool, list_packs
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.left_behind import (
    Removal,
    left_behind,
    take,
    without,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Plan, Step, View
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.situation import (
    Situation,
    require_matching_method,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.tables import (
    PackRow,
    pack_rows,
    pack_table,
)


@dataclass(frozen=True)
class Source:
    """The source of a migration as it was read.

    Attributes:
        server: what to call it in messages (inventory name).
        name: what the target calls it on the network: FQDN or IP address.
        license_server_id: 35 characters; None when it is not activated, and so does not tell.
    """

    server: str
    name: str
    license_server_id: str | None
    activation: Activation
    release: WindowsRelease
    packs: tuple[KeyPack, ...]

    @property
    def operating_system(self) -> str:
        """The Windows release, as the Manage RDS CALs Wizard asks for it."""
        return self.release.title

    def is_recorded_as(self, recorded: RecordedSource) -> bool:
        """Whether a record means this server. One that is no longer activated does not tell its license server ID."""
        if self.license_server_id:
            return recorded.license_server_id == self.license_server_id
        return recorded.name.lower() == self.name.lower()


@dataclass(frozen=True)
class Debt:
    """CALs of one kind that were migrated and may still be on the source, with the operations that moved them."""

    operations: tuple[Operation, ...]
    removals: tuple[Removal, ...]


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


def debts_of(ledger: Ledger, source: Source) -> tuple[Debt, ...]:
    """What the migrations recorded on a target still owe to their source.

    CALs of a kind are interchangeable, so the migrations of a kind are reckoned together, from the first one whose
    removal is pending: what the source held before it, less all that moved since, is what it should hold now.
    """
    pending: dict[tuple[int, int], list[Operation]] = {}
    for operation in ledger.pending_removals:
        if operation.cals and operation.source and source.is_recorded_as(operation.source):
            pending.setdefault(operation.cals.kind, []).append(operation)
    debts = []
    for operations in pending.values():
        first = operations[0]
        since = [each for each in ledger.operations if _moved_since(each, first)]
        debts.append(Debt(tuple(operations), _owed(operations, since, source.packs)))
    return tuple(debts)


def _moved_since(operation: Operation, first: Operation) -> bool:
    return (
        operation.status == DONE
        and operation.sequence >= first.sequence
        and operation.source is not None
        and first.source is not None
        and operation.source.license_server_id == first.source.license_server_id
        and operation.cals is not None
        and first.cals is not None
        and operation.cals.kind == first.cals.kind
    )


def _owed(pending: Sequence[Operation], since: Sequence[Operation], packs: Sequence[KeyPack]) -> tuple[Removal, ...]:
    cals, source = pending[0].cals, pending[0].source
    if cals is None or source is None:
        return ()
    moved = Cals(cals.product_version, cals.cal_type, sum(each.cals.quantity for each in since if each.cals))
    if source.before is None:
        # The source could not be read when the CALs were moved, so nothing can have been removed there since.
        return take([pack for pack in packs if pack.purchased and pack.cals.kind == cals.kind], moved.quantity)
    return left_behind(source.before, packs, moved)


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
    desk = Desk(target, adopt=adopt)
    known = _known(purchases, desk)
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


def _known(purchases: Sequence[Purchase], desk: Desk) -> dict[str, Decision]:
    """What the record alone decides, by purchase."""
    found = {}
    for purchase in purchases:
        require_matching_method(desk.situation, purchase)
        decision = desk.known(purchase)
        if decision:
            found[purchase.sha256] = decision
    return found


def _as_confirmed(ledger: Ledger, decisions: Iterable[Decision]) -> Ledger:
    """The record once the outcomes of earlier runs are written down."""
    for decision in decisions:
        if decision.outcome == CONFIRMED and decision.unfinished and decision.pack:
            ledger = ledger.including(confirmed(decision.unfinished, decision.pack, decision.unfinished.started))
    return ledger


def _decide(
    purchases: Sequence[Purchase], known: Mapping[str, Decision], desk: Desk, pool: Pool, source: Source
) -> list[Decision]:
    """Stated purchases first: what they leave on the source is what codes that state nothing can stand for."""
    decided = dict(known)
    for purchase in purchases:
        if purchase.sha256 not in decided and purchase.cals:
            decided[purchase.sha256] = _decide_stated(purchase, purchase.cals, desk, pool, source)
    codes = [purchase for purchase in purchases if purchase.sha256 not in decided]
    decided.update({each.purchase.sha256: each for each in _decide_codes(codes, desk, pool, source)})
    return [decided[purchase.sha256] for purchase in purchases]


def _decide_stated(purchase: Purchase, cals: Cals, desk: Desk, pool: Pool, source: Source) -> Decision:
    target = desk.situation.server
    on_source = pool.quantity(cals)
    on_target = None if desk.unfinished(purchase) or not desk.adopt else desk.fitting(cals)
    if on_target and on_source >= cals.quantity:
        raise Refused(
            f"{target} and {source.server} both hold {cals.title} (on {target} as key pack {on_target.key_pack_id}, of "
            f"which no record tells the purchase). If it is {purchase.label}, remove it from {source.server}; if it is "
            f"another purchase, set adopt: false."
        )
    if on_target and not on_source:
        return desk.take(purchase, on_target)
    if on_source < cals.quantity and not purchase.acknowledge_missing:
        raise Refused(_not_on_source(purchase, cals, on_source, desk, source))
    pool.draw(cals)
    return desk.acquire(purchase, cals)


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


def _require_usable_source(source: Source) -> None:
    if not source.activation.activated or not source.license_server_id:
        raise Refused(
            f"{source.server}: the source license server is not activated, and a migration needs its license server "
            f"ID; reactivate it, or migrate with reason: source_is_not_functioning."
        )


def _plan(
    decisions: Sequence[Decision],
    debts: Sequence[Debt],
    target: Situation,
    source: Source,
    *,
    remove_from_source: bool,
) -> Plan:
    steps = steps_for(decisions, verb="Migrate", where=f" from {source.server}")
    steps += _settling_steps(debts, source, remove_from_source=remove_from_source)
    rows = pack_rows(target.packs, target.ledger)
    views = [View(f"{target.server}: RDS CALs", pack_table(rows), pack_table(rows_after(rows, decisions)))]
    warnings: tuple[str, ...] = ()
    if remove_from_source:
        views.append(_source_view(decisions, debts, source))
    elif any(debt.removals for debt in debts):
        warnings = (f"{source.server} still holds CALs that were migrated to {target.server}: {_owed_text(debts)}.",)
    return Plan(tuple(steps), tuple(views), warnings)


def _settling_steps(debts: Sequence[Debt], source: Source, *, remove_from_source: bool) -> list[Step]:
    steps = []
    for debt in debts:
        if not debt.removals:
            text = f"Record that {source.server} no longer holds the CALs that were migrated"
            steps.append(Step(text, SettleSource(debt), changes=False))
        elif remove_from_source:
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
