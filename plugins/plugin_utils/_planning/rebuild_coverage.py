# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which purchases are reinstalled after a rebuild, and whether they account for the CALs that it deletes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    ACQUIRING,
    DONE,
    Operation,
    short_sha256,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals, Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.recorded_rebuild import RecordedPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquisition import (
    ACQUIRE,
    AWAITING,
    RECORDED,
    Decision,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.key_pack_changes import (
    decide_installs,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.situation import Situation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.unassigned_cals import (
    CalPool,
    list_packs,
    only_kind,
)


@dataclass(frozen=True)
class Accounted:
    """The decisions, with the CALs of license codes that do not state theirs; and what nothing accounts for."""

    decisions: tuple[Decision, ...]
    rest: tuple[KeyPack, ...] = ()


def decide_reinstalls(
    purchases: Sequence[Purchase], after: Situation, rebuild: Operation, *, adopt: bool
) -> tuple[Decision, ...]:
    """Decide for purchases once the CALs are deleted.

    Args:
        after: the server as it is, or will be, after the deletion.
        rebuild: the deletion.

    Raises:
        Refused: something would be done twice, or its outcome is unknown.
    """
    pending = [purchase for purchase in purchases if not _served(purchase, after, rebuild)]
    decided = {each.purchase.sha256: each for each in decide_installs(pending, after, adopt=adopt, reinstalls=True)}
    return tuple(decided.get(purchase.sha256) or Decision(purchase, RECORDED) for purchase in purchases)


def _served(purchase: Purchase, after: Situation, rebuild: Operation) -> bool:
    """Whether the record shows that a purchase was reinstalled after this rebuild and removed since."""
    if purchase.acknowledge_missing or after.recorded.holding(purchase.sha256):
        return False
    return any(
        operation.operation in ACQUIRING
        and operation.status == DONE
        # Other CALs than those of the purchase are not the purchase.
        and not operation.misfit
        and operation.sequence > rebuild.sequence
        and operation.purchase is not None
        and short_sha256(operation.purchase.sha256) == short_sha256(purchase.sha256)
        for operation in after.recorded.operations
    )


def is_open(decision: Decision) -> bool:
    """Whether the Clearinghouse still has to be contacted."""
    return decision.outcome in (ACQUIRE, AWAITING)


def account_for(
    decisions: Iterable[Decision], packs: Sequence[RecordedPack], server: str, *, waived: bool, deleted: bool
) -> Accounted:
    """Match the purchases with the key packs that the rebuild deletes.

    Args:
        packs: the packs before the deletion.
        waived: the user answers for purchases and packs that do not match.
        deleted: they are deleted already, so that a code's CALs need no longer be known.

    Raises:
        Refused: the server did not hold the CALs of a purchase, or a code does not tell which are its own.
    """
    pool = CalPool(pack.as_key_pack() for pack in packs)
    decisions = tuple(decisions)
    for decision in decisions:
        if decision.purchase.cals:
            if is_open(decision) and not waived:
                _require_held(decision.purchase, decision.purchase.cals, pool, server)
            pool.draw(decision.purchase.cals)
    codes = [decision for decision in decisions if not decision.purchase.cals]
    candidates = pool.for_codes(len(codes)) if codes else ()
    if codes and not candidates and not waived and not deleted:
        raise Refused(_unstated(codes, pool, server))
    known = dict(zip((decision.purchase.sha256 for decision in codes), candidates, strict=False))
    for pack in known.values():
        pool.draw(pack.cals)
    kind = only_kind(candidates)
    filled = tuple(_with_cals(decision, known.get(decision.purchase.sha256), kind) for decision in decisions)
    return Accounted(filled, pool.rest())


def _require_held(purchase: Purchase, cals: Cals, pool: CalPool, server: str) -> None:
    there = pool.quantity(cals)
    if there >= cals.quantity or purchase.acknowledge_missing:
        return
    if there:
        raise Refused(
            f"{server}: the purchase {purchase.title} is for {cals.quantity} CALs, and the server holds only {there} "
            f"of that version and type for it; correct quantity, or set waive_coverage: true if that is right."
        )
    raise Refused(
        f"{server}: the server holds no CALs of the purchase {purchase.title}, so there are none to reinstall. Remove "
        f"it, or set waive_coverage: true to let the Clearinghouse decide; to install CALs that are on no server yet, "
        f"use winfleet.rd_licensing.key_pack."
    )


def _unstated(codes: Sequence[Decision], pool: CalPool, server: str) -> str:
    labels = ", ".join(decision.purchase.label for decision in codes)
    return (
        f"{server}: {len(codes)} license code(s) do not state their CALs, and what the other purchases leave on the "
        f"server is {list_packs(pool.rest()) or 'nothing'}; state product_version, cal_type and quantity of {labels}."
    )


def _with_cals(decision: Decision, pack: KeyPack | None, kind: tuple[int, int] | None) -> Decision:
    return replace(decision, cals=pack.cals, kind=kind) if pack and decision.cals is None else decision
