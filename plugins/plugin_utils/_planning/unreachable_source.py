# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a migration does when its source cannot be read: it is broken, or not on the network.

The migration then does not remove the CALs from the source. The wizard asks for a confirmation that an administrator
will; here it is an option, and the record keeps the removal as pending until it is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing import identifiers
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import release_title
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import Operation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquisition import (
    ACQUIRE,
    AWAITING,
    Decision,
    PurchaseMatcher,
    refuse_unknowable,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquisition_steps import (
    PurchaseAction,
    check_acquisitions,
    rows_after,
    steps_for,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Plan, Step, View
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.situation import Situation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.tables import pack_rows, pack_table


@dataclass(frozen=True)
class UnreadableSource:
    """A source that cannot be queried: license server ID (35 characters), and a name if it has one."""

    name: str
    license_server_id: str
    operating_system: str

    @property
    def operating_system_title(self) -> str:
        """The Windows release, as people write it."""
        return release_title(self.operating_system)

    @property
    def where(self) -> str:
        """What steps say of it: nobody but an administrator clears it."""
        return f" from {self.title}, which has to be cleared manually"

    @property
    def title(self) -> str:
        """What to call it in messages."""
        return self.name or f"license server {identifiers.in_groups(self.license_server_id)}"


@dataclass(frozen=True)
class RecordFulfilled:
    """Write down that the CALs of migrations are gone from their source."""

    operations: tuple[Operation, ...]


UnreachableAction = PurchaseAction | RecordFulfilled


def plan_unreachable_source(
    purchases: Sequence[Purchase],
    target: Situation,
    source: UnreadableSource,
    *,
    adopt: bool,
    acknowledge_manual_removal: bool,
    acknowledge_removed: bool = False,
) -> tuple[tuple[Decision, ...], Plan[UnreachableAction]]:
    """Decide what to import from a source that nobody can read.

    Raises:
        Refused: something would be done twice, or no one promised to remove the CALs from the source.
    """
    matcher = PurchaseMatcher(target, adopt=adopt)
    if source.license_server_id and source.license_server_id == target.activation.license_server_id:
        raise Refused(f"{source.title} is {target.server} itself; name another license server as the source.")
    known = matcher.known_of(purchases)
    decisions = [known.get(purchase.sha256) or _decide(matcher, purchase, source) for purchase in purchases]
    if not acknowledge_manual_removal and any(each.outcome in (ACQUIRE, AWAITING) for each in decisions):
        raise Refused(
            f"{source.title} cannot be reached, so its CALs are not removed there by the migration, and using the "
            f"same CALs on both servers violates the license terms. Set acknowledge_manual_removal: true to confirm "
            f"that they will be removed; the record on {target.server} keeps that as a pending removal."
        )
    warnings = check_acquisitions(decisions, target)
    rows = pack_rows(target.packs, target.recorded)
    view = View(f"{target.server}: RDS CALs", pack_table(rows), pack_table(rows_after(rows, decisions)))
    steps = steps_for(decisions, verb="Migrate", where=source.where)
    fulfilled = _fulfilled_steps(target, source) if acknowledge_removed else []
    return tuple(decisions), Plan((*steps, *fulfilled), (view,), tuple(warnings))


def _fulfilled_steps(target: Situation, source: UnreadableSource) -> list[Step[RecordFulfilled]]:
    """What the administrator says is gone from the source: it was wiped, or cleared by hand."""
    pending = tuple(
        operation
        for operation in target.recorded.pending_removals
        if operation.source and operation.source.license_server_id == source.license_server_id
    )
    if not pending:
        return []
    titles = ", ".join(operation.cals.title if operation.cals else "CALs of a license code" for operation in pending)
    return [Step(f"Record that {titles} are gone from {source.title}, as stated", RecordFulfilled(pending))]


def _decide(matcher: PurchaseMatcher, purchase: Purchase, source: UnreadableSource) -> Decision:
    if matcher.adopt and not matcher.unfinished(purchase):
        if not purchase.cals:
            refuse_unknowable(matcher, purchase)
        pack = matcher.fitting(purchase, purchase.cals) if purchase.cals else None
        if pack:
            raise Refused(
                f"{matcher.situation.server} holds key pack {pack.key_pack_id}, which may be {purchase.title}, but it "
                f"is not recorded and {source.title} cannot be queried. If it is, set key_pack_id: {pack.key_pack_id} "
                f"on the purchase; if it is another purchase, set adopt: false."
            )
    return matcher.acquire(purchase, purchase.cals)
