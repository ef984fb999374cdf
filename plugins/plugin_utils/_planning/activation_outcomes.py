# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of earlier calls that change the activation, and whether another one may be made.

Activation and deactivation are states that can be read. A reactivation leaves a server activated as it was: another
license server ID proves it, and the same one proves nothing.
"""

from __future__ import annotations

import typing as t
from collections.abc import Collection

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import (
    ACTIVATED,
    NOT_ACTIVATED,
    Activation,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    ANSWERED,
    DONE,
    GIVEN_UP,
    NOT_DONE,
    Operation,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.decided_operations import (
    RecordAction,
    WriteOperation,
    discard_steps,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Step
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.resolutions import (
    HAD_NO_EFFECT,
    Resolution,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.unfinished_operations import OutcomeRule

# Recorded operation to its title in messages.
ACTIVATION_OPERATIONS: t.Final[dict[str, str]] = {
    "activate": "activating the license server",
    "deactivate": "deactivating the license server",
    "reactivate": "reactivating the license server",
}
_STATUS_AFTER: t.Final = {"activate": ACTIVATED, "deactivate": NOT_ACTIVATED, "reactivate": ACTIVATED}


def settle_earlier_calls(
    server: str,
    activation: Activation,
    recorded: OperationRecord,
    resolutions: Collection[Resolution],
    new_id: str | None = None,
) -> tuple[OperationRecord, list[Step[RecordAction]]]:
    """The record once every outcome that can be read, or was decided, is written; and the steps that write them.

    Args:
        new_id: the license server ID that the task gives for a reactivation, if it does.

    Raises:
        Refused: a decision contradicts the activation status.
    """
    outcomes = {each.operation: each.outcome for each in resolutions}
    steps = discard_steps(resolutions, recorded, server)
    for operation in _unfinished(recorded):
        outcome = outcomes.get(operation.operation_id)
        if took_effect(operation, activation) or _has_new_id(operation, activation, new_id):
            closed = operation.finish(DONE, operation.started)
            text = f"Record that operation {operation.operation_id} ({operation.operation}) of {server} took effect"
            steps.append(Step(text, WriteOperation(closed), changes=not operation.reported))
        elif outcome is not None:
            closed = _decided(server, operation, activation, outcome)
            text = f"Record the outcome {outcome} of operation {operation.operation_id} ({operation.operation})"
            steps.append(Step(f"{text} of {server}, as decided", WriteOperation(closed), changes=False))
        else:
            continue
        recorded = recorded.including(closed)
    return recorded, steps


def took_effect(operation: Operation, activation: Activation) -> bool:
    """Whether the activation shows the effect of an operation without an outcome."""
    if activation.status != _STATUS_AFTER[operation.operation]:
        return False
    if operation.operation != "reactivate" or operation.status == ANSWERED:
        return True
    before, after = operation.license_server_id, activation.license_server_id
    return None not in (before, after) and before != after


def _has_new_id(operation: Operation, activation: Activation, new_id: str | None) -> bool:
    return operation.operation == "reactivate" and new_id is not None and activation.license_server_id == new_id


def require_no_open_call(
    server: str, recorded: OperationRecord, rule: OutcomeRule, new_id: str | None = None
) -> list[Step[RecordAction]]:
    """No earlier call may still be at work, or have an unknown outcome. Gives the steps that close earlier calls.

    Args:
        new_id: as for C(settle_earlier_calls). A reactivation with an ID that the server does not have yet had no
            effect.

    Raises:
        Refused: one may.
    """
    steps: list[Step[RecordAction]] = []
    for operation in _unfinished(recorded):
        what = ACTIVATION_OPERATIONS[operation.operation]
        if operation.operation == "reactivate" and new_id is None:
            change = f"{what} for change {operation.change_id}"
            rule.require_decision(server, operation, change, "the license server ID is still the same")
        rule.require_over(server, operation, what)
        text = f"Record that operation {operation.operation_id} ({operation.operation}) of {server} had no effect"
        steps.append(Step(text, WriteOperation(operation.finish(NOT_DONE, operation.started)), changes=False))
    return steps


def _unfinished(recorded: OperationRecord) -> list[Operation]:
    return [each for each in recorded.all_unfinished if each.operation in ACTIVATION_OPERATIONS]


def _decided(server: str, operation: Operation, activation: Activation, outcome: str) -> Operation:
    if outcome == HAD_NO_EFFECT:
        return operation.finish(GIVEN_UP, operation.started)
    if activation.status != _STATUS_AFTER[operation.operation]:
        status = activation.describe()["activation_status"].replace("_", " ")
        raise Refused(
            f"{server}: resolve_operations says that operation {operation.operation_id} ({operation.operation}) took "
            f"effect, but the activation status is '{status}'. Set outcome: had_no_effect."
        )
    return operation.finish(DONE, operation.started)
