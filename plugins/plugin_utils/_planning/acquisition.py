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
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.ledger import Holding
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import Operation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals, Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.arrivals import arrival, pack_of
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Step
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.situation import (
    Situation,
    require_activated,
    require_fit,
    require_matching_method,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.tables import PackRow

# Outcomes. The first three need no Clearinghouse, the fourth is a person's turn.
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
        unfinished: an earlier run's operation that is continued.
        missing: a recorded operation whose pack is gone, as the user acknowledged.
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


class Desk:
    """Judges purchases one after the other; a key pack serves one purchase only.

    Nothing is read or written here.
    """

    def __init__(self, situation: Situation, *, adopt: bool) -> None:
        self.situation = situation
        self.adopt = adopt
        self._taken: set[int] = set(situation.ledger.claims)

    def known_of(self, purchases: Iterable[Purchase]) -> dict[str, Decision]:
        """What the record alone decides, by purchase.

        For all purchases before any other is looked for: a pack that an earlier run's call brought must not be adopted
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
        """The decision where the record alone gives it; None when the purchase is yet to be looked for.

        Raises:
            Refused: the record says the purchase is here, and its pack is gone.
        """
        ledger = self.situation.ledger
        holding = ledger.holding(purchase.sha256)
        if holding:
            pack = pack_of(holding, self.situation.packs)
            if pack:
                return Decision(purchase, RECORDED, pack, pack.cals)
            if not purchase.acknowledge_missing:
                raise Refused(self._drift(purchase, holding))
            return None
        unfinished = ledger.unfinished(purchase.sha256)
        if unfinished:
            pack = self._arrived(unfinished, purchase)
            if pack:
                self._taken.add(pack.key_pack_id)
                return Decision(purchase, CONFIRMED, pack, pack.cals, unfinished)
        return None

    def unfinished(self, purchase: Purchase) -> Operation | None:
        """An earlier run's operation on the purchase that has no outcome."""
        return self.situation.ledger.unfinished(purchase.sha256)

    def fitting(self, cals: Cals) -> KeyPack | None:
        """A pack of exactly these CALs that no purchase claims."""
        return next((pack for pack in self.unclaimed() if pack.holds(cals)), None)

    def unclaimed(self) -> list[KeyPack]:
        """Purchased packs that belong to no purchase so far."""
        return [pack for pack in self.situation.packs if pack.purchased and pack.key_pack_id not in self._taken]

    def take(self, purchase: Purchase, pack: KeyPack) -> Decision:
        """Adopt a pack for a purchase."""
        self._taken.add(pack.key_pack_id)
        return Decision(purchase, ADOPTED, pack, pack.cals)

    def acquire(self, purchase: Purchase, cals: Cals | None) -> Decision:
        """The purchase is to be acquired, or waits for the ID that a person fetches."""
        awaits = self.situation.offline and not purchase.license_key_pack_id
        holding = self.situation.ledger.holding(purchase.sha256)
        return Decision(
            purchase,
            AWAITING if awaits else ACQUIRE,
            cals=cals,
            unfinished=None if holding else self.unfinished(purchase),
            missing=holding.operation if holding else None,
        )

    def _arrived(self, unfinished: Operation, purchase: Purchase) -> KeyPack | None:
        return arrival(unfinished.before, self.situation.packs, unfinished.cals or purchase.cals, self._taken)

    def _drift(self, purchase: Purchase, holding: Holding) -> str:
        packs = ", ".join(str(key_pack_id) for key_pack_id in sorted(holding.key_pack_ids))
        return (
            f"{self.situation.server}: {purchase.title} is recorded as key pack {packs} since "
            f"{holding.operation.finished or holding.operation.started}, and that pack is gone. Find out who removed "
            f"or moved it; if the Clearinghouse is to be asked for these CALs again, set acknowledge_missing: true on "
            f"the purchase."
        )


def decide_installs(purchases: Sequence[Purchase], situation: Situation, *, adopt: bool) -> list[Decision]:
    """Decide for purchases that are to be on the server, whoever put them there.

    Raises:
        Refused: something would be done twice, or cannot be told.
    """
    desk = Desk(situation, adopt=adopt)
    known = desk.known_of(purchases)
    return [known.get(purchase.sha256) or _decide_install(desk, purchase) for purchase in purchases]


def _decide_install(desk: Desk, purchase: Purchase) -> Decision:
    if desk.adopt and not desk.unfinished(purchase):
        if purchase.cals:
            pack = desk.fitting(purchase.cals)
            if pack:
                return desk.take(purchase, pack)
        else:
            refuse_unknowable(desk, purchase)
    return desk.acquire(purchase, purchase.cals)


def refuse_unknowable(desk: Desk, purchase: Purchase) -> None:
    """A code that does not state its CALs may be any retail pack that belongs to no purchase.

    Raises:
        Refused: there is such a pack.
    """
    retail = [pack for pack in desk.unclaimed() if pack.key_pack_type == KEY_PACK_TYPE_RETAIL]
    if retail:
        packs = ", ".join(f"{pack.key_pack_id} ({pack.cals.title})" for pack in retail)
        raise Refused(
            f"{desk.situation.server}: whether {purchase.title} is already there as key pack {packs} cannot be told "
            f"from the code; state product_version, cal_type and quantity of the purchase, or set adopt: false if it "
            f"is not."
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


def steps_for(decisions: Iterable[Decision], *, verb: str, where: str = "") -> list[Step]:
    """The steps that make decisions true, in order; C(verb) such as C(Install), C(where) such as C(from rdls01)."""
    steps = []
    for decision in decisions:
        title = decision.purchase.title
        if decision.missing:
            steps.append(Step(f"Record that {title} is no longer on the server", Forget(decision.missing)))
        if decision.outcome == CONFIRMED and decision.pack:
            text = f"Record the outcome of an earlier run: {title} is key pack {decision.pack.key_pack_id}"
            steps.append(Step(text, Confirm(decision), changes=False))
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
