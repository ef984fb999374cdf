# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write what became of operations that had no outcome."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import DONE
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.decided_operations import (
    DiscardValue,
    RecordAction,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Step


class Told(t.Protocol):
    """A task as it is told of a step that was carried out, and of a change as soon as it is known."""

    def may_record(self) -> bool:
        """Whether outcomes may be recorded although the task is refused."""

    def did(self, step: str) -> None:
        """Note a step that was carried out."""

    def note_change(self) -> None:
        """Note that a call took effect."""


def write_settled(
    server: LicenseServer, recorded: OperationRecord, action: RecordAction, note_change: Callable[[], None]
) -> OperationRecord:
    """Do one step; gives the record as it is then.

    Once the record says it, no later run reports the change of a run that could not, so it is noted before.
    """
    if isinstance(action, DiscardValue):
        server.record.discard(action.value_name)
        return recorded
    if action.operation.status == DONE and not action.operation.reported:
        note_change()
    operation = replace(action.operation, finished=server.timestamp())
    server.record.write(operation)
    return recorded.including(operation)


@contextmanager
def settled_despite_refusal(server: LicenseServer, steps: Sequence[Step[RecordAction]], task: Told) -> Iterator[None]:
    """Plan what comes after settling. If that is refused, what became of earlier operations is written all the same.

    CALs that came are on the server whatever a task asks for, and what they replace on a source is to be removed there.
    """
    try:
        yield
    except Refused:
        for step in steps if steps and task.may_record() else ():
            write_settled(server, OperationRecord(), step.action, task.note_change)
            task.did(step.text)
        raise
