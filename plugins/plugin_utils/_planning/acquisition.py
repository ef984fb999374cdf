# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is already done about a purchase, judged by the record and by the key packs that are there."""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import KEY_PACK_TYPE_RETAIL
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.identifiers import fingerprint
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    ACQUIRING,
    ANSWERED,
    Operation,
    short_sha256,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import Holding
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.pack_cals import titles
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals, Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquired_packs import (
    cals_in,
    find_acquired_pack,
    misfit,
    not_as_recorded,
    pack_of,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.decided_operations import RecordAction
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Step
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.situation import (
    Situation,
    require_activated,
    require_fit,
    require_matching_method,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.tables import PackRow
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.unfinished_operations import (
    alike,
    claimant,
)

# Outcomes. The first three need no Clearinghouse, the fourth waits for an ID that an administrator fetches.
RECORDED: t.Final = "recorded"
CONFIRMED: t.Final = "confirmed"
ADOPTED: t.Final = "adopted"
AWAITING: t.Final = "awaiting"
ACQUIRE: t.Final = "acquire"


@dataclass(frozen=True)
class Decision:
    """What is to be done about one purchase.

    Attributes:
        outcome: one of the module's constants.
        pack: the key pack that is there (recorded, confirmed, adopted).
        cals: version, type and quantity where they are known.
        unfinished: an earlier run's operation that is confirmed, or that provably did nothing.
        missing: a recorded operation whose CALs are gone, as the user acknowledged.
    """

    purchase: Purchase
    outcome: str
    pack: KeyPack | None = None
    cals: Cals | None = None
    unfinished: Operation | None = None
    missing: Operation | None = None

    def describe(self, acquired: str) -> dict[str, t.Any]:
        """The decision as results show it; C(acquired) is the word for C(acquire), such as C(installed)."""
        outcome = {ACQUIRE: acquired, CONFIRMED: RECORDED}.get(self.outcome, self.outcome)
        return {
            **self.purchase.describe(),
            "outcome": outcome,
            "key_pack_id": self.pack.key_pack_id if self.pack else None,
        }


class PurchaseMatcher:
    """Matches purchases with what is recorded and with the key packs, one after the other; a pack serves one purchase.

    Nothing is read or written here. C(reinstalls): the task brings back what a rebuild has deleted.
    """

    def __init__(self, situation: Situation, *, adopt: bool, reinstalls: bool = False) -> None:
        self.situation = situation
        self.adopt = adopt
        self.reinstalls = reinstalls
        self._taken: set[int] = set(situation.recorded.claims)
        self._settled: set[str] = set()

    def known_of(self, purchases: Iterable[Purchase]) -> dict[str, Decision]:
        """What the record, or the user, alone decides, by purchase.

        For all purchases before any other is matched: a pack that an earlier run's call brought must not be adopted
        for another purchase.

        Raises:
            Refused: as for C(known), or a purchase does not fit the connection method.
        """
        found = {}
        for purchase in purchases:
            require_matching_method(self.situation, purchase)
            decision = self.known(purchase)
            if decision:
                found[purchase.sha256] = decision
        return found

    def known(self, purchase: Purchase) -> Decision | None:
        """The decision where the record or the user gives it; None when the purchase is yet to be matched.

        Raises:
            Refused: the purchase is recorded here and its CALs are not, or its key_pack_id does not fit.
        """
        holding = self.situation.recorded.holding(purchase.sha256)
        pack = pack_of(holding, self.situation.packs) if holding else None
        if pack and purchase.key_pack_id in (None, pack.key_pack_id):
            return Decision(purchase, RECORDED, pack, cals_in(pack))
        if purchase.key_pack_id is not None:
            return self._assigned(purchase, purchase.key_pack_id)
        if holding:
            if purchase.acknowledge_missing != holding.operation.operation_id:
                raise Refused(self._drift(purchase, holding))
            return None
        unfinished = self.unfinished(purchase)
        return self._confirmed(purchase, unfinished) if unfinished else None

    def unfinished(self, purchase: Purchase) -> Operation | None:
        """An earlier run's operation on the purchase that has no outcome."""
        return self.situation.recorded.unfinished(purchase.sha256)

    def fitting(self, purchase: Purchase, cals: Cals) -> KeyPack | None:
        """A pack of exactly these CALs that no purchase claims.

        Raises:
            Refused: the only such pack may be what another operation brought.
        """
        fitting = [pack for pack in self.unclaimed() if pack.holds(cals)]
        free = [pack for pack in fitting if not self._claimant(pack)]
        if fitting and not free:
            claimed_by = self._claimant(fitting[0])
            raise Refused(
                f"{self.situation.server}: key pack {fitting[0].key_pack_id} may be {purchase.title}, or what "
                f"operation {claimed_by.operation_id if claimed_by else ''} brought, the outcome of which is unknown. "
                f"Run the task for that purchase first, or set key_pack_id: {fitting[0].key_pack_id} on the purchase "
                f"it belongs to."
            )
        return free[0] if free else None

    def unclaimed(self) -> list[KeyPack]:
        """Purchased packs that belong to no purchase so far."""
        return [pack for pack in self.situation.packs if pack.purchased and pack.key_pack_id not in self._taken]

    def take(self, purchase: Purchase, pack: KeyPack) -> Decision:
        """Adopt a pack for a purchase."""
        self._taken.add(pack.key_pack_id)
        return Decision(purchase, ADOPTED, pack, cals_in(pack))

    def acquire(self, purchase: Purchase, cals: Cals | None, *, nothing_happened: bool = False) -> Decision:
        """The purchase is to be acquired, or waits for its license key pack ID.

        Args:
            nothing_happened: an earlier call for the purchase provably had no effect once the server is not at work on
                it any more, as the source of a migration shows.

        Raises:
            Refused: an earlier call for it, or for a purchase that looks the same, may still take effect.
        """
        recorded = self.situation.recorded
        holding = recorded.holding(purchase.sha256)
        missing = holding.operation if holding else self._deleted(purchase)
        unfinished = None if holding else self.unfinished(purchase)
        if unfinished:
            self._require_no_effect(purchase, unfinished, nothing_happened=nothing_happened)
        if self.situation.offline and not purchase.license_key_pack_id:
            return Decision(purchase, AWAITING, cals=cals, missing=missing)
        self._require_no_misfit(purchase)
        self._require_distinct(purchase, cals)
        return Decision(purchase, ACQUIRE, cals=cals, unfinished=unfinished, missing=missing)

    def require_not_handed_over(self, purchase: Purchase) -> None:
        """What was migrated to another server is there, and to install it here would be to get it twice.

        Raises:
            Refused: the purchase was migrated away, and the user does not say that it is to come back.
        """
        gone = self.situation.recorded.handed_over(purchase.sha256)
        if gone is None or purchase.acknowledge_missing == gone.operation_id:
            return
        to = f"to {gone.target.name}" if gone.target and gone.target.name else "to another license server"
        raise Refused(
            f"{self.situation.server}: {purchase.title} is recorded as migrated {to} (operation {gone.operation_id}). "
            f"Remove the purchase from this task, or migrate it back with winfleet.rd_licensing.cal_migration; to ask "
            f"the Clearinghouse for these CALs again, set acknowledge_missing: {gone.operation_id} on the purchase."
        )

    def _deleted(self, purchase: Purchase) -> Operation | None:
        """What a rebuild has deleted is to be reinstalled: installing or migrating it would be to get it twice.

        Raises:
            Refused: the task does not reinstall, and the user does not say that the purchase is to be acquired again.
        """
        deleted = None if self.reinstalls else self.situation.recorded.deleted(purchase.sha256)
        if deleted is None or purchase.acknowledge_missing == deleted.acquired.operation_id:
            return deleted.acquired if deleted else None
        raise Refused(
            f"{self.situation.server}: a rebuild (operation {deleted.rebuild.operation_id}) has deleted the CALs of "
            f"{purchase.title}, and they are not reinstalled yet. Run winfleet.rd_licensing.database_rebuild again "
            f"with the change_id of that rebuild; to ask the Clearinghouse for these CALs as for a new purchase, set "
            f"acknowledge_missing: {deleted.acquired.operation_id} on the purchase."
        )

    def acknowledges(self, purchase: Purchase) -> bool:
        """Whether acknowledge_missing names what is recorded of the purchase last."""
        recorded = self.situation.recorded
        holding = recorded.holding(purchase.sha256)
        last = holding.operation if holding else recorded.last_misfit(purchase.sha256)
        return last is not None and purchase.acknowledge_missing == last.operation_id

    def _claimant(self, pack: KeyPack) -> Operation | None:
        return claimant(self.situation.recorded, self.situation.packs, pack.key_pack_id)

    def _assigned(self, purchase: Purchase, key_pack_id: int) -> Decision:
        """The user says which pack holds the purchase."""
        server = self.situation.server
        pack = next((each for each in self.situation.packs if each.key_pack_id == key_pack_id), None)
        cals = cals_in(pack) if pack else None
        if pack is None or cals is None:
            raise Refused(
                f"{server}: there is no purchased key pack {key_pack_id}; correct key_pack_id of {purchase.title}."
            )
        if misfit(purchase.cals, cals):
            raise Refused(
                f"{server}: key pack {key_pack_id} holds {cals.title}, which are not {purchase.title}; correct the "
                f"purchase or its key_pack_id."
            )
        owner = self.situation.recorded.claims.get(key_pack_id)
        if key_pack_id in self._taken and (owner is None or not _is_of(owner, purchase)):
            whose = f"recorded as another purchase (operation {owner.operation_id})" if owner else "another purchase"
            raise Refused(f"{server}: key pack {key_pack_id} is {whose}; correct key_pack_id of {purchase.title}.")
        return self.take(purchase, pack)

    def _confirmed(self, purchase: Purchase, unfinished: Operation) -> Decision | None:
        """The outcome of an earlier run's call, if its pack is there and cannot be another's."""
        pack = find_acquired_pack(
            unfinished.before, self.situation.packs, unfinished.cals or purchase.cals, self._taken
        )
        if pack is None:
            return None
        rival = claimant(self.situation.recorded, self.situation.packs, pack.key_pack_id, ignoring=unfinished)
        if rival:
            self.situation.outcome.require_decision(
                self.situation.server,
                unfinished,
                f"acquiring {purchase.title}",
                f"key pack {pack.key_pack_id} may also be what operation {rival.operation_id} brought",
            )
        self._taken.add(pack.key_pack_id)
        self._settled.add(unfinished.operation_id)
        return Decision(purchase, CONFIRMED, pack, pack.cals, unfinished)

    def _require_no_effect(self, purchase: Purchase, unfinished: Operation, *, nothing_happened: bool) -> None:
        outcome, server, what = self.situation.outcome, self.situation.server, f"acquiring {purchase.title}"
        if nothing_happened and unfinished.status != ANSWERED:
            outcome.require_over(server, unfinished, what)
            return
        outcome.require_decision(server, unfinished, what, "no new key pack holds exactly these CALs")

    def _require_no_misfit(self, purchase: Purchase) -> None:
        """Other CALs came for the purchase. Asking again for it needs another license key pack ID, or an order."""
        wrong = self.situation.recorded.last_misfit(purchase.sha256)
        if wrong is None or purchase.acknowledge_missing == wrong.operation_id or _another_id(purchase, wrong):
            return
        came = wrong.cals.title if wrong.cals else "other CALs"
        raise Refused(
            f"{self.situation.server}: operation {wrong.operation_id} was to bring {purchase.title} and brought {came} "
            f"(key pack {wrong.key_pack_id}). If that is what was bought, correct the purchase and set key_pack_id: "
            f"{wrong.key_pack_id} on it; if the license key pack ID was wrong, enter the right one; to ask the "
            f"Clearinghouse again, set acknowledge_missing: {wrong.operation_id} on the purchase."
        )

    def _require_distinct(self, purchase: Purchase, cals: Cals | None) -> None:
        """While a call for CALs that look the same has no outcome, it would be unknown which call brings which pack."""
        for other in self.situation.recorded.all_unfinished:
            if other.operation not in ACQUIRING or other.operation_id in self._settled or _is_of(other, purchase):
                continue
            if alike(other.cals, cals):
                self.situation.outcome.require_decision(
                    self.situation.server,
                    other,
                    f"acquiring {other.cals.title if other.cals else 'the CALs of a license code'}, which look like "
                    f"those of {purchase.title}",
                    "it would be unknown which purchase a new key pack belongs to",
                )

    def _drift(self, purchase: Purchase, holding: Holding) -> str:
        gone = titles(not_as_recorded(holding, self.situation.packs))
        return (
            f"{self.situation.server}: {purchase.title} is recorded (operation {holding.operation.operation_id}), and "
            f"the server does not hold {gone} as recorded. Find out who removed, moved or reduced that key pack. If it "
            f"was reduced on purpose, record that with winfleet.rd_licensing.key_pack and state: reduced; to ask the "
            f"Clearinghouse for these CALs again, set acknowledge_missing: {holding.operation.operation_id} on the "
            f"purchase."
        )


def _is_of(operation: Operation, purchase: Purchase) -> bool:
    return operation.purchase is not None and short_sha256(operation.purchase.sha256) == short_sha256(purchase.sha256)


def _another_id(purchase: Purchase, wrong: Operation) -> bool:
    """Whether the license key pack ID is another one than that which brought the wrong CALs."""
    if not purchase.license_key_pack_id or not wrong.license_key_pack_id:
        return False
    return wrong.license_key_pack_id.split()[0] != fingerprint(purchase.license_key_pack_id)


def decide_installs(
    purchases: Sequence[Purchase], situation: Situation, *, adopt: bool, reinstalls: bool = False
) -> list[Decision]:
    """Decide for purchases that are to be on the server, however they got there.

    Args:
        reinstalls: the task brings back what a rebuild has deleted.

    Raises:
        Refused: something would be done twice, or what is there is unclear.
    """
    matcher = PurchaseMatcher(situation, adopt=adopt, reinstalls=reinstalls)
    known = matcher.known_of(purchases)
    return [known.get(purchase.sha256) or _decide_install(matcher, purchase) for purchase in purchases]


def _decide_install(matcher: PurchaseMatcher, purchase: Purchase) -> Decision:
    matcher.require_not_handed_over(purchase)
    if matcher.adopt and not matcher.unfinished(purchase):
        if purchase.cals:
            pack = matcher.fitting(purchase, purchase.cals)
            if pack:
                return matcher.take(purchase, pack)
        else:
            refuse_unknowable(matcher, purchase)
    return matcher.acquire(purchase, purchase.cals)


def refuse_unknowable(matcher: PurchaseMatcher, purchase: Purchase) -> None:
    """A code that does not state its CALs may be any retail pack that belongs to no purchase.

    Raises:
        Refused: there is such a pack.
    """
    retail = [pack for pack in matcher.unclaimed() if pack.key_pack_type == KEY_PACK_TYPE_RETAIL]
    if retail:
        packs = ", ".join(f"{pack.key_pack_id} ({pack.cals.title})" for pack in retail)
        raise Refused(
            f"{matcher.situation.server}: {purchase.title} may already be installed as key pack {packs}; the code does "
            f"not tell. State product_version, cal_type and quantity of the purchase, set key_pack_id on it, or set "
            f"adopt: false if it is not installed."
        )


def check_acquisitions(decisions: Iterable[Decision], situation: Situation) -> list[str]:
    """What must be true before the first call. Gives warnings.

    Raises:
        Refused: the server is not activated, or CALs are too new for it.
    """
    warnings: list[str | None] = []
    for decision in decisions:
        if decision.outcome in (ACQUIRE, AWAITING):
            require_activated(situation)
            warnings.append(require_fit(situation, decision.cals) if decision.cals else None)
            warnings.append(decision.purchase.doubt)
    return [warning for warning in warnings if warning]


def steps_for(decisions: Iterable[Decision], *, verb: str, where: str = "") -> list[Step[PurchaseAction]]:
    """The steps that make decisions true, in order; C(verb) such as C(Install), C(where) such as C(from rdls01)."""
    steps: list[Step[PurchaseAction]] = []
    for decision in decisions:
        title = decision.purchase.title
        if decision.missing:
            steps.append(Step(f"Record that {title} is no longer on the server", Forget(decision.missing)))
        if decision.outcome == CONFIRMED and decision.pack and decision.unfinished:
            text = f"Record the outcome of an earlier run: {title} is key pack {decision.pack.key_pack_id}"
            steps.append(Step(text, Confirm(decision), changes=not decision.unfinished.reported))
        elif decision.outcome == ADOPTED and decision.pack:
            steps.append(Step(f"Adopt key pack {decision.pack.key_pack_id} as {title}", Adopt(decision)))
        elif decision.outcome == ACQUIRE:
            steps.append(Step(f"{verb} {title}{where}", Acquire(decision)))
    return steps


def rows_after(rows: Sequence[PackRow], decisions: Iterable[Decision]) -> tuple[PackRow, ...]:
    """The table of the server's packs once the steps are done."""
    changed = {
        decision.pack.key_pack_id: decision.purchase.label
        for decision in decisions
        if decision.outcome == ADOPTED and decision.pack
    }
    kept = tuple(replace(row, purchase=changed.get(row.key_pack_id or 0, row.purchase)) for row in rows)
    coming = tuple(PackRow.coming(each.purchase, each.cals) for each in decisions if each.outcome == ACQUIRE)
    return kept + coming


@dataclass(frozen=True)
class Acquire:
    """Ask the Clearinghouse (or present the license key pack ID)."""

    decision: Decision


@dataclass(frozen=True)
class Adopt:
    """Record that a pack belongs to a purchase."""

    decision: Decision


@dataclass(frozen=True)
class Confirm:
    """Record the outcome of an earlier run's call."""

    decision: Decision


@dataclass(frozen=True)
class Forget:
    """Record that a purchase is no longer on the server."""

    operation: Operation


PurchaseAction = Acquire | Adopt | Confirm | Forget | RecordAction
