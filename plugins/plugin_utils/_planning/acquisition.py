# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has already been done about a purchase, according to the record and the key packs."""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import (
    KEY_PACK_TYPE_RETAIL,
    RETAIL,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.identifiers import fingerprint
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    ACQUIRING,
    ANSWERED,
    DONE,
    Operation,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import Holding
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.pack_cals import (
    PackCals,
    titles,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals, Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquired_packs import (
    cals_in,
    misfit,
    not_as_recorded,
    pack_of,
    whose,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.situation import (
    Situation,
    require_matching_method,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.unfinished_operations import (
    alike,
    claimant,
    may_have_brought,
)

# Outcomes. The first two need no Clearinghouse, the third waits for an ID that an administrator fetches.
RECORDED: t.Final = "recorded"
ADOPTED: t.Final = "adopted"
AWAITING: t.Final = "awaiting"
ACQUIRE: t.Final = "acquire"


@dataclass(frozen=True)
class Decision:
    """What is to be done about one purchase.

    Attributes:
        outcome: one of the module's constants.
        pack: the key pack that is there (recorded, adopted).
        cals: version, type and quantity where they are known.
        unfinished: an earlier run's operation that provably did nothing.
        missing: a recorded operation whose CALs are gone, as the user acknowledged.
        kind: version and type of the only CALs that a code which does not state its own can bring.
    """

    purchase: Purchase
    outcome: str
    pack: KeyPack | None = None
    cals: Cals | None = None
    unfinished: Operation | None = None
    missing: Operation | None = None
    kind: tuple[int, int] | None = None

    def describe(self, acquired: str) -> dict[str, t.Any]:
        """The decision as results show it; C(acquired) is the word for C(acquire), such as C(installed)."""
        outcome = acquired if self.outcome == ACQUIRE else self.outcome
        return {
            **self.purchase.describe(),
            "outcome": outcome,
            "key_pack_id": self.pack.key_pack_id if self.pack else None,
        }


class PurchaseMatcher:
    """Matches purchases with what is recorded and with the key packs, one after the other; a pack serves one purchase.

    Nothing is read or written here. Every outcome that is decided or seen is in the record already.
    C(reinstalls): the task brings back what a rebuild has deleted.
    """

    def __init__(self, situation: Situation, *, adopt: bool, reinstalls: bool = False) -> None:
        self.situation = situation
        self.adopt = adopt
        self.reinstalls = reinstalls
        self._taken: set[int] = set(situation.recorded.claims)
        self._purchases: tuple[Purchase, ...] = ()

    def known_of(self, purchases: Iterable[Purchase]) -> dict[str, Decision]:
        """What the record, or the user, alone decides, by purchase; for all of them before any other is matched.

        A purchase that gets another key pack gives up the one it has, so that two can be exchanged.

        Raises:
            Refused: as for C(known), or a purchase does not fit the connection method.
        """
        self._purchases = tuple(purchases)
        for purchase in self._purchases:
            holding = self.situation.recorded.holding(purchase.sha256)
            if holding and purchase.key_pack_id not in (None, *holding.key_pack_ids):
                self._taken -= holding.key_pack_ids
        found = {}
        for purchase in self._purchases:
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
        if holding and pack and purchase.key_pack_id in (None, pack.key_pack_id):
            self._require_as_stated(purchase, holding.operation)
            return Decision(purchase, RECORDED, pack, cals_in(pack))
        if purchase.key_pack_id is not None:
            return self._assigned(purchase, purchase.key_pack_id)
        if holding and (purchase.acknowledge_missing != holding.operation.operation_id or self._would_double(holding)):
            raise Refused(self._drift(purchase, holding))
        own = None if holding else self._brought_by_its_id(purchase)
        return self.take(purchase, own) if own else None

    def unfinished(self, purchase: Purchase) -> Operation | None:
        """An earlier run's operation on the purchase that has no outcome."""
        return self.situation.recorded.unfinished(purchase.sha256)

    def fitting(self, purchase: Purchase, cals: Cals) -> KeyPack | None:
        """A pack of exactly these CALs that no purchase claims.

        Raises:
            Refused: the only such pack may be what another operation brought.
        """
        fitting = [pack for pack in self.unclaimed() if pack.holds(cals)]
        recorded, packs = self.situation.recorded, self.situation.packs
        claimed = [(pack, claimant(recorded, packs, pack.key_pack_id)) for pack in fitting]
        free = [pack for pack, other in claimed if other is None]
        if fitting and not free:
            self._require_outcome(purchase, *claimed[0])
        return free[0] if free else None

    def _require_outcome(self, purchase: Purchase, pack: KeyPack, other: Operation | None) -> None:
        if other:
            title = next((each.title for each in self._purchases if other.is_of(each)), other.title)
            what = f"acquiring {title}" if other.operation in ACQUIRING else f"operation {other.operation}"
            seen = f"key pack {pack.key_pack_id} may be its result, or {purchase.title}"
            self.situation.outcome.require_decision(self.situation.server, other, what, seen, came=True)

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
        self.require_no_misfit(purchase)
        self._require_unused_id(purchase)
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
        last = holding.operation if holding else recorded.astray(purchase.sha256)
        return last is not None and purchase.acknowledge_missing == last.operation_id

    def _brought_by_its_id(self, purchase: Purchase) -> KeyPack | None:
        """What its license key pack ID brought while it was entered for another purchase, if that is nobody's."""
        for key_pack_id, operation in self.situation.recorded.strays.items():
            pack = next((each for each in self.unclaimed() if each.key_pack_id == key_pack_id), None)
            if pack and _has_id(purchase, operation) and not misfit(purchase.cals, pack.cals):
                return pack
        return None

    def _require_unused_id(self, purchase: Purchase) -> None:
        for other in self.situation.recorded.operations:
            if other.status == DONE and not other.is_of(purchase) and _has_id(purchase, other):
                raise Refused(
                    f"{self.situation.server}: the license key pack ID of {purchase.title} has brought {other.title} "
                    f"already (operation {other.operation_id}, key pack {other.key_pack_id}). Set key_pack_id: "
                    f"{other.key_pack_id} on the purchase that these CALs belong to, or correct the ID."
                )

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
                f"{server}: key pack {key_pack_id} holds {cals.title}, which does not match {purchase.title}; correct "
                f"the purchase or its key_pack_id."
            )
        owner = self.situation.recorded.claims.get(key_pack_id)
        # What a license code brought was compared with nothing when it was recorded.
        unproven = owner and owner.purchase and owner.purchase.license_program == RETAIL
        if key_pack_id in self._taken and (owner is None or not (unproven or owner.is_of(purchase))):
            whose = f"recorded as another purchase (operation {owner.operation_id})" if owner else "another purchase"
            raise Refused(f"{server}: key pack {key_pack_id} is {whose}; correct key_pack_id of {purchase.title}.")
        return self.take(purchase, pack)

    def _require_no_effect(self, purchase: Purchase, unfinished: Operation, *, nothing_happened: bool) -> None:
        outcome, server, what = self.situation.outcome, self.situation.server, f"acquiring {purchase.title}"
        came = may_have_brought(unfinished, self.situation.packs, self.situation.recorded)
        if came:
            outcome.require_decision(server, unfinished, what, self._may_be_its(unfinished, came), came=True)
        if nothing_happened and unfinished.status != ANSWERED:
            outcome.require_over(server, unfinished, what)
            return
        outcome.require_decision(server, unfinished, what, "no new key pack holds exactly these CALs")

    def _may_be_its(self, unfinished: Operation, came: Sequence[PackCals]) -> str:
        """Other CALs than those of the purchase came since, perhaps with an ID that belongs to another request."""
        seen = f"{titles(came)} appeared since and may be its result"
        besides = unfinished.purchase.sha256 if unfinished.purchase else ""
        owners = whose(came[0].cals, self._purchases, besides) if len(came) == 1 else []
        if not unfinished.license_key_pack_id or not owners:
            return seen
        return f"{seen}; then the license key pack ID entered for it belongs to {_any_of(owners)}"

    def require_no_misfit(self, purchase: Purchase) -> None:
        """What was asked for the purchase last is its own. Asking again takes another license key pack ID, or an order.

        Raises:
            Refused: other CALs came for it, or what came is recorded as another purchase.
        """
        wrong = self.situation.recorded.astray(purchase.sha256)
        if wrong is None or purchase.acknowledge_missing == wrong.operation_id or _another_id(purchase, wrong):
            return
        came = wrong.cals.title if wrong.cals else "other CALs"
        owners = whose(wrong.cals, self._purchases, purchase.sha256) if wrong.cals else []
        whose_they_are = _any_of(owners) if owners else "the purchase that these CALs belong to"
        raise Refused(
            f"{self.situation.server}: operation {wrong.operation_id} was to acquire {purchase.title} but "
            f"returned {came} (key pack {wrong.key_pack_id}). Choose one: if the license key pack ID was wrong, "
            f"set key_pack_id: {wrong.key_pack_id} on {whose_they_are} or enter its own ID for it, then enter the "
            f"correct ID for this purchase; if {came} is what was bought, correct the purchase and set key_pack_id: "
            f"{wrong.key_pack_id} on it; if the CALs of the purchase are already on the server, set key_pack_id to "
            f"their key pack; to ask the Clearinghouse again, set acknowledge_missing: {wrong.operation_id} on "
            f"the purchase."
        )

    def _require_distinct(self, purchase: Purchase, cals: Cals | None) -> None:
        """Refuse while a call for the same kind of CALs has no outcome: a new key pack could belong to either call.

        A license key pack ID is not used again either if it is unknown whether it was used.
        """
        for other in self.situation.recorded.all_unfinished:
            if other.operation not in ACQUIRING or other.is_of(purchase):
                continue
            if _has_id(purchase, other):
                why = f"for which the license key pack ID of {purchase.title} was used"
            elif alike(other.cals, cals):
                why = f"which look like those of {purchase.title}"
            else:
                continue
            self.situation.outcome.require_decision(
                self.situation.server,
                other,
                f"acquiring {other.title}, {why}",
                "it would be unknown which purchase a new key pack belongs to",
            )

    def _require_as_stated(self, purchase: Purchase, recorded: Operation) -> None:
        """A license code is the same purchase whether it states its CALs or not, so they may not be those that came."""
        if misfit(purchase.cals, recorded.cals):
            raise Refused(
                f"{self.situation.server}: {purchase.title} is recorded as key pack {recorded.key_pack_id} (operation "
                f"{recorded.operation_id}), which brought {recorded.title}. Correct product_version, cal_type and "
                f"quantity, or, if these CALs belong to another purchase, set key_pack_id: {recorded.key_pack_id} on "
                f"that one."
            )

    def _would_double(self, holding: Holding) -> bool:
        """Whether a part of a purchase is still there, and a reinstallation would bring all of it once more."""
        there = {pack.key_pack_id: cals_in(pack) for pack in self.situation.packs}
        left = [(pack.cals, there.get(pack.key_pack_id)) for pack in holding.packs]
        return self.reinstalls and any(now and now.product_version == cals.product_version for cals, now in left)

    def _drift(self, purchase: Purchase, holding: Holding) -> str:
        gone = titles(not_as_recorded(holding, self.situation.packs))
        rest = "delete what is left of it with winfleet.rd_licensing.key_pack and state: absent, and "
        first = rest if self._would_double(holding) else ""
        return (
            f"{self.situation.server}: {purchase.title} is recorded (operation {holding.operation.operation_id}), and "
            f"the server does not hold {gone} as recorded. Find out who removed, moved or reduced that key pack. If it "
            f"was reduced on purpose, record that with winfleet.rd_licensing.key_pack and state: reduced; to ask the "
            f"Clearinghouse for these CALs again, {first}set acknowledge_missing: {holding.operation.operation_id} on "
            f"the purchase."
        )


def _any_of(purchases: Iterable[Purchase]) -> str:
    return " or ".join(purchase.title for purchase in purchases)


def _another_id(purchase: Purchase, wrong: Operation) -> bool:
    """Whether the license key pack ID is another one than that which brought the wrong CALs."""
    given = purchase.license_key_pack_id and wrong.license_key_pack_id
    return bool(given) and not _has_id(purchase, wrong)


def _has_id(purchase: Purchase, operation: Operation) -> bool:
    """Whether an operation used the license key pack ID of a purchase."""
    if not purchase.license_key_pack_id or not operation.license_key_pack_id:
        return False
    return operation.license_key_pack_id.split()[0] == fingerprint(purchase.license_key_pack_id)


def refuse_unknowable(matcher: PurchaseMatcher, purchase: Purchase) -> None:
    """A code that does not state its CALs may be any retail pack that belongs to no purchase.

    Raises:
        Refused: there is such a pack.
    """
    retail = [pack for pack in matcher.unclaimed() if pack.key_pack_type == KEY_PACK_TYPE_RETAIL]
    if retail:
        packs = ", ".join(f"{pack.key_pack_id} ({pack.cals.title})" for pack in retail)
        raise Refused(
            f"{matcher.situation.server}: {purchase.title} may already be installed as key pack {packs}; its license "
            f"code does not show which CALs it stands for. Set product_version, cal_type and quantity of the purchase, "
            f"set key_pack_id on it, or set adopt: false if it is not installed."
        )
