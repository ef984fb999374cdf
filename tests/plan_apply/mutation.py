# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fact of a plan, changed one at a time: generated from the facts, so that none is forgotten."""

from __future__ import annotations

import copy
import typing as t
from collections.abc import Iterator
from dataclasses import dataclass, replace
from unittest.mock import patch

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible import plan_gate
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._plan_file.approval import (
    ApprovedHost,
    require_approved,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._plan_file.document import PlannedTask
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._plan_file.facts import READ, SERVER

from tests.plan_apply.stage import Stage


@dataclass(frozen=True)
class Admission:
    """A task at the gate, with what is approved for its host."""

    approved: ApprovedHost
    task: PlannedTask


def admissions(stage: Stage) -> list[Admission]:
    """What comes to the gate when the plan is applied in check mode, so that nothing changes."""
    found: list[Admission] = []

    def admit(approved: ApprovedHost, task: PlannedTask) -> None:
        found.append(Admission(approved, task))
        require_approved(approved, task)

    with patch.object(plan_gate, "require_approved", admit):
        runs = stage.apply(check=True)
    assert all(run.green for run in runs), [run.message for run in runs]
    return found


@dataclass(frozen=True)
class Mutation:
    """One fact that is another one than when the plan was made."""

    server: str
    subject: str
    name: str
    admission: Admission

    def __str__(self) -> str:
        return f"{self.server} {self.subject} {self.name}"

    def refusal(self) -> str:
        """What the gate says; empty if it lets the task pass."""
        try:
            require_approved(self.admission.approved, self.admission.task)
        except Refused as refused:
            return str(refused)
        return ""

    def names_it(self, message: str) -> bool:
        """Whether a message names the fact."""
        where = self.server if self.subject == SERVER else f"{self.server} {self.subject.replace('_', ' ')}"
        # The number of CALs is what a key pack is about.
        words = "" if self.name in ("", "total") else self.name.replace("_", " ").replace(".", " ")
        return message.startswith(where) and words in message and "\n" not in message


def mutations(admission: Admission) -> Iterator[Mutation]:
    """For each fact that the plan and this run have in common: another value, none, and one more."""
    for server, now in admission.task.facts.items():
        for subject in list(now):
            if subject == READ:
                continue
            for name in now[subject]:
                facts = copy.deepcopy(now)
                facts[subject][name] = another(facts[subject][name])
                yield Mutation(server, subject, name, _with(admission, server, facts))
            if subject.startswith(("key pack ", "operation ")):
                gone = {key: value for key, value in now.items() if key != subject}
                yield Mutation(server, subject, "", _with(admission, server, gone))
                kind = subject.rpartition(" ")[0]
                more = f"{kind} {'99' if kind == 'key pack' else '000099-0badcafe'}"
                extra = {**now[subject], **(_OF_SOMEBODY_ELSE if kind == "operation" else {})}
                yield Mutation(server, more, "", _with(admission, server, {**now, more: extra}))


_OF_SOMEBODY_ELSE: t.Final = {"purchase": "0" * 32, "target": "0" * 16, "change": "0" * 32, "key_pack_id": 77}


def _with(admission: Admission, server: str, facts: t.Any) -> Admission:
    return replace(admission, task=replace(admission.task, facts={**admission.task.facts, server: facts}))


def another(value: t.Any) -> t.Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if value is None or isinstance(value, (int, float)):
        return (value or 0) + 1
    if isinstance(value, list):
        return [*value, "one more"]
    if isinstance(value, dict):
        return {**value, "one more": 1}
    return f"{value}x"
