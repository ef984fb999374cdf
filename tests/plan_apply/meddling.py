# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that a simulated server holds, changed one value at a time: found by walking its state, not listed."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Callable, Iterator, MutableMapping, MutableSequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from operator import setitem
from unittest.mock import patch

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible import plan_gate
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._plan_file.approval import (
    ApprovedHost,
    require_approved,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._plan_file.document import PlannedTask

from tests.plan_apply.mutation import another
from tests.plan_apply.stage import Stage

_DEEPEST: t.Final = 6


@dataclass(frozen=True)
class Value:
    """One value of the state of a server, and how to set it."""

    path: str
    value: t.Any
    put: Callable[[t.Any], object]


@dataclass(frozen=True)
class Reading:
    """What a task read, and what it is about to do."""

    module: str
    steps: list[str]
    facts: dict[str, t.Any]


@dataclass
class Meddled:
    """What came of the values that were changed.

    Attributes:
        refused: the plan is not applied, for the fact that moved.
        elsewhere: the module itself refuses, or the server no longer responds.
        unread: the value is nothing that the task reads, or no fact: the plan holds.
    """

    refused: int = 0
    elsewhere: int = 0
    unread: int = 0

    @property
    def all(self) -> int:
        """How many values there were."""
        return self.refused + self.elsewhere + self.unread


def values(server: t.Any, path: str = "", depth: int = 0) -> Iterator[Value]:
    """Every number, text and truth value in the state of a server, however deep."""
    if depth > _DEEPEST:
        return
    for name, value, put in _parts(server):
        here = f"{path}.{name}"
        if value is None or isinstance(value, (bool, int, str)):
            yield Value(here, value, put)
        elif isinstance(value, (MutableMapping, MutableSequence)) or dataclasses.is_dataclass(value):
            yield from values(value, here, depth + 1)


def _parts(value: t.Any) -> Iterator[tuple[str, t.Any, Callable[[t.Any], object]]]:
    if isinstance(value, MutableMapping):
        for key in list(value):
            yield str(key), value[key], partial(setitem, value, key)
    elif isinstance(value, MutableSequence):
        for index in range(len(value)):
            yield str(index), value[index], partial(setitem, value, index)
    elif dataclasses.is_dataclass(value):
        for each in dataclasses.fields(value):
            yield each.name, getattr(value, each.name), partial(setattr, value, each.name)


def refuses_what_moved_on_servers(stage: Stage) -> Meddled:
    """Whatever changes on a server: the plan is refused, or nothing that the plan rests on is another one."""
    stage.plan()
    stage.answer(stage.apply(check=True))
    with _facts_read() as read:
        stage.apply(check=True)
    expected = list(read)
    found = Meddled()
    for name, server in stage.world.fleet.servers.items():
        for value in values(server.state):
            try:
                value.put(another(value.value))
            except (TypeError, AttributeError):
                continue
            try:
                _judge(stage, f"{name}{value.path}", expected, found)
            finally:
                value.put(value.value)
    return found


def _judge(stage: Stage, what: str, expected: list[Reading], found: Meddled) -> None:
    with _facts_read() as read:
        try:
            runs = stage.apply(check=True)
        except Exception:  # what the simulator makes of a value that cannot be
            found.elsewhere += 1
            return
    stopped = [run for run in runs if not run.green]
    if stopped and "when planned" in stopped[0].message:
        assert "\n" not in stopped[0].message
        found.refused += 1
    elif stopped:
        found.elsewhere += 1
    else:
        # A value may also be as an approved step leaves it, so that this step is not due any more.
        steps = {each.module: each.steps for each in expected}
        changed = [each for each in read if each not in expected and each.steps == steps[each.module]]
        assert not changed, f"{what}: let through, although a fact is another one"
        found.unread += 1


@contextmanager
def _facts_read() -> Iterator[list[Reading]]:
    """The facts that come to the gate with steps to do."""
    found: list[Reading] = []

    def admit(approved: ApprovedHost, task: PlannedTask) -> None:
        if task.plan.steps:
            found.append(Reading(task.module, [step.text for step in task.plan.steps], dict(task.facts)))
        require_approved(approved, task)

    with patch.object(plan_gate, "require_approved", admit):
        yield found
