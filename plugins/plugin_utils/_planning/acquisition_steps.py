# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps that make decisions about purchases true, and what they require."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import Operation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquisition import (
    ACQUIRE,
    ADOPTED,
    AWAITING,
    Decision,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.decided_operations import RecordAction
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Step
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.situation import (
    Situation,
    require_activated,
    require_fit,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.tables import PackRow


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
        if decision.outcome == ADOPTED and decision.pack:
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
class Forget:
    """Record that a purchase is no longer on the server."""

    operation: Operation


PurchaseAction = Acquire | Adopt | Forget | RecordAction
