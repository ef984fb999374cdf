# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Installing purchases, and removing, reducing or converting a key pack that is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import cal_type_title
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.ledger import Ledger
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    DONE,
    INTENDED,
    NOT_DONE,
    Operation,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals, Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquisition import (
    Decision,
    check_acquisitions,
    decide_installs,
    rows_after,
    steps_for,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.arrivals import arrival
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.left_behind import Removal
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Plan, Step, View
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.situation import Situation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.tables import (
    PackRow,
    pack_rows,
    pack_table,
)


@dataclass(frozen=True)
class Inventory:
    """The key packs of a server and its record: all that removing, reducing and converting look at."""

    server: str
    packs: tuple[KeyPack, ...]
    ledger: Ledger


@dataclass(frozen=True)
class TakeAway:
    """Remove CALs from a pack, and write it down."""

    removal: Removal


@dataclass(frozen=True)
class RecordGone:
    """Write down that a recorded pack is gone."""

    key_pack_id: int


@dataclass(frozen=True)
class Convert:
    """Convert CALs of a pack to another type. C(unfinished) is an earlier run's attempt that came to nothing."""

    key_pack_id: int
    converted: Cals
    change_id: str
    unfinished: Operation | None = None


@dataclass(frozen=True)
class ConfirmConversion:
    """Write down the outcome of an earlier run's conversion."""

    operation: Operation
    result_key_pack_id: int


def plan_installs(
    purchases: Sequence[Purchase], situation: Situation, *, adopt: bool
) -> tuple[tuple[Decision, ...], Plan]:
    """Decide what to install. Raises Refused."""
    decisions = decide_installs(purchases, situation, adopt=adopt)
    warnings = check_acquisitions(decisions, situation)
    rows = pack_rows(situation.packs, situation.ledger)
    view = View(f"{situation.server}: RDS CALs", pack_table(rows), pack_table(rows_after(rows, decisions)))
    return tuple(decisions), Plan(tuple(steps_for(decisions, verb="Install")), (view,), tuple(warnings))


def plan_removal(key_pack_id: int, inventory: Inventory) -> Plan:
    """A pack is not to be there. Raises Refused when it is not a purchased one."""
    pack = _find(key_pack_id, inventory)
    if pack is None:
        if key_pack_id in inventory.ledger.claims:
            step = Step(
                f"Record that key pack {key_pack_id} is no longer on {inventory.server}", RecordGone(key_pack_id)
            )
            return Plan((step,))
        return Plan()
    return _taking(Removal(key_pack_id, pack.cals, whole=True), inventory)


def plan_reduction(key_pack_id: int, quantity: int, inventory: Inventory) -> Plan:
    """A pack is to hold so many CALs and no more.

    Raises:
        Refused: the pack is not there, is not a purchased one, or holds fewer already.
    """
    pack = _require(key_pack_id, inventory)
    cals = pack.cals
    if quantity < 1:
        raise Refused(f"{inventory.server}: a key pack cannot be reduced to {quantity} CALs; use state: absent.")
    if quantity > cals.quantity:
        raise Refused(
            f"{inventory.server}: key pack {key_pack_id} holds {cals.title}, fewer than the {quantity} it is to be "
            f"reduced to; CALs are added with state: present and a purchase."
        )
    if quantity == cals.quantity:
        return Plan()
    taken = Cals(cals.product_version, cals.cal_type, cals.quantity - quantity)
    return _taking(Removal(key_pack_id, taken, whole=False), inventory)


def plan_conversion(
    key_pack_id: int, cal_type: int, quantity: int | None, change_id: str, inventory: Inventory
) -> Plan:
    """CALs of a pack are to be of another type; once for each change ID.

    Raises:
        Refused: the pack is not there, is not a purchased one or holds fewer CALs; or an earlier attempt under the same
            change ID left things in a state that cannot be told apart.
    """
    earlier = inventory.ledger.by_change("convert", change_id)
    if earlier and earlier.status != NOT_DONE and earlier.key_pack_id != key_pack_id:
        raise Refused(
            f"{inventory.server}: change {change_id} already stands for a conversion of key pack "
            f"{earlier.key_pack_id}; give the conversion of key pack {key_pack_id} a change_id of its own."
        )
    if earlier and earlier.status == DONE:
        return Plan()
    if earlier and earlier.status == INTENDED:
        result = conversion_result(earlier, inventory)
        if result is not None:
            text = f"Record the outcome of an earlier run: change {change_id} converted key pack {earlier.key_pack_id}"
            return Plan((Step(text, ConfirmConversion(earlier, result), changes=False),))
    pack = _require(key_pack_id, inventory)
    if pack.cals.cal_type == cal_type:
        return Plan()
    wanted = pack.cals.quantity if quantity is None else quantity
    if not 1 <= wanted <= pack.cals.quantity:
        raise Refused(
            f"{inventory.server}: {wanted} CALs of key pack {key_pack_id} cannot be converted; it holds "
            f"{pack.cals.title}."
        )
    converted = Cals(pack.cals.product_version, cal_type, wanted)
    unfinished = earlier if earlier and earlier.status == INTENDED else None
    before = Cals(pack.cals.product_version, pack.cals.cal_type, wanted)
    text = f"Convert {before.title} (key pack {key_pack_id}) to {cal_type_title(cal_type)}, for change {change_id}"
    step = Step(text, Convert(key_pack_id, converted, change_id, unfinished))
    return Plan((step,), (_view(inventory, Removal(key_pack_id, before, wanted == pack.cals.quantity), converted),))


def conversion_result(earlier: Operation, inventory: Inventory) -> int | None:
    """The pack that a conversion made, whatever it was answered with; None when it provably made none.

    Raises:
        Refused: the packs do not tell.
    """
    if earlier.cals is None or earlier.key_pack_id is None:
        return None
    made = arrival(earlier.before, inventory.packs, earlier.cals, ())
    before = dict(earlier.before).get(earlier.key_pack_id, 0)
    now = sum(
        pack.cals.quantity for pack in inventory.packs if pack.purchased and pack.key_pack_id == earlier.key_pack_id
    )
    changed_type = any(
        pack.purchased and pack.key_pack_id == earlier.key_pack_id and pack.cals.cal_type == earlier.cals.cal_type
        for pack in inventory.packs
    )
    if changed_type:
        return earlier.key_pack_id
    if made and now == before - earlier.cals.quantity:
        return made.key_pack_id
    if not made and now == before:
        return None
    raise Refused(
        f"{inventory.server}: change {earlier.change_id} began to convert key pack {earlier.key_pack_id} on "
        f"{earlier.started} and has no outcome, and the packs do not tell ({before} CALs before, {now} now). Compare "
        f"with Licensing Manager, and convert what is left under a new change_id."
    )


def _find(key_pack_id: int, inventory: Inventory) -> KeyPack | None:
    for pack in inventory.packs:
        if pack.key_pack_id == key_pack_id:
            if not pack.purchased:
                kind = (
                    "built into Windows" if pack.built_in else "temporary" if pack.temporary else "of an unknown kind"
                )
                raise Refused(
                    f"{inventory.server}: key pack {key_pack_id} ({pack.type_and_model or pack.description}) is "
                    f"{kind}; only purchased packs are touched."
                )
            return pack
    return None


def _require(key_pack_id: int, inventory: Inventory) -> KeyPack:
    pack = _find(key_pack_id, inventory)
    if pack is None:
        there = ", ".join(str(each.key_pack_id) for each in inventory.packs if each.purchased) or "none"
        raise Refused(f"{inventory.server}: there is no key pack {key_pack_id}; purchased packs: {there}.")
    return pack


def _taking(removal: Removal, inventory: Inventory) -> Plan:
    step = Step(f"Remove {removal.title} from {inventory.server}", TakeAway(removal))
    return Plan((step,), (_view(inventory, removal, None),))


def _view(inventory: Inventory, removal: Removal, converted: Cals | None) -> View:
    rows = pack_rows(inventory.packs, inventory.ledger)
    after = []
    label = ""
    for row in rows:
        if row.key_pack_id != removal.key_pack_id or row.cals is None:
            after.append(row)
            continue
        label = row.purchase
        if not removal.whole:
            after.append(replace(row, cals=replace(row.cals, quantity=row.cals.quantity - removal.cals.quantity)))
    if converted:
        after.append(PackRow(None, converted, label))
    return View(f"{inventory.server}: RDS CALs", pack_table(rows), pack_table(after))
