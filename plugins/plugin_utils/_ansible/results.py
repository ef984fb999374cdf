# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parts of results that several modules share."""

from __future__ import annotations

import typing as t
from collections.abc import Iterable
from dataclasses import replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.action import ModuleContext
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.clearinghouse_request import (
    license_key_pack_request,
    request_id,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquisition import (
    ACQUIRE,
    AWAITING,
    Decision,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquisition_steps import (
    steps_for,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Plan, Step

_ACQUIRED: t.Final = {"install": "installed", "migrate": "migrated", "reinstall": "reinstalled"}


def planned(context: ModuleContext, plan: Plan[object], changed: bool | None = None) -> dict[str, t.Any]:
    """What every module that follows a plan returns: C(changed), the steps, and the diff where it is wanted.

    Args:
        changed: what applying the plan found to be changed; None when it was not applied.
    """
    for warning in plan.warnings:
        context.warn(warning)
    result: dict[str, t.Any] = {
        "changed": plan.changed if changed is None else changed,
        "steps": [step.text for step in plan.steps],
    }
    if context.diff_mode and plan.diff:
        result["diff"] = plan.diff
    return result


def purchase_results(
    decisions: Iterable[Decision], recorded: OperationRecord, operation: str, change_id: str | None = None
) -> list[dict[str, t.Any]]:
    """One entry for each purchase; C(key_pack_id) is null for what is yet to come, as in check mode.

    Args:
        record: the record after the steps.
        operation: what was done to acquire CALs in this run, C(install), C(migrate) or C(reinstall).
        change_id: the change that it belongs to, if any.
    """
    results = []
    for decision in decisions:
        described = decision.describe(_ACQUIRED[operation])
        described["request_id"] = request_id(decision.purchase, operation, change_id)
        holding = recorded.holding(decision.purchase.sha256)
        # A plan that was not applied still has the pack in its record that is gone.
        gone = decision.missing is not None and holding is not None and holding.operation == decision.missing
        if described["key_pack_id"] is None and holding and not gone:
            described["key_pack_id"] = min(holding.key_pack_ids)
        results.append(described)
    return results


def awaited_acquisitions(
    decisions: Iterable[Decision], connection_method: str, verb: str, where: str = "", *more: Step[object]
) -> dict[str, t.Any]:
    """What follows once the missing license key pack IDs are there, as C(ModuleContext.may_apply) takes it.

    Args:
        more: steps that come after those of the purchases.
    """
    awaited = [replace(each, outcome=ACQUIRE) for each in decisions if each.outcome == AWAITING]
    steps = steps_for(awaited, verb=verb, where=where)
    return {
        "awaited": (*steps, *more) if awaited else (),
        "asks": tuple(
            {"title": f"License key pack ID for {each.purchase.title}", "connection_method": connection_method}
            for each in awaited
        ),
    }


def missing_ids(decisions: Iterable[Decision], **asked: t.Any) -> list[dict[str, t.Any]]:
    """C(awaiting): the Clearinghouse request of every purchase that waits for its license key pack ID.

    Args:
        asked: what is the same for all of them, as C(license_key_pack_request) takes it.
    """
    # pylint: disable-next=missing-kwoa
    return [license_key_pack_request(each.purchase, **asked) for each in decisions if each.outcome == AWAITING]
