# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks in a world of their own, run as ansible-playbook would: to make a plan, to apply it, to apply it again."""

from __future__ import annotations

import copy
import json
import re
import typing as t
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from ansible import constants as C  # noqa: N812  # the name Ansible's own code uses

from tests.integration.purchases import bare
from tests.universe import seams
from tests.universe.faults import Fault
from tests.universe.world import Run, World

FILE = "change-4711.json"
_DECISION: t.Final = re.compile(r"resolve_operations: \[\{operation: ([0-9a-f-]+), outcome: ")
OPERATIONS: t.Final = {"key_pack": "install", "cal_migration": "migrate", "database_rebuild": "reinstall"}
Task = dict[str, t.Any]


@dataclass(frozen=True)
class Scenario:
    """Tasks that change something, the fleet they meet, and what happened there before.

    Attributes:
        earlier: tasks that were run before the plan is made.
        arrange: what else happens before.
    """

    name: str
    fleet: dict[str, t.Any]
    tasks: tuple[Task, ...]
    earlier: tuple[Task, ...] = ()
    arrange: Callable[[World], None] = lambda _world: None

    def __str__(self) -> str:
        return self.name


@dataclass
class Stage:
    """One world with its plan file. Each C(play) is a run of ansible-playbook of its own."""

    scenario: Scenario
    directory: Path
    world: World = field(init=False)
    runs: int = 0

    def __post_init__(self) -> None:
        seams.install()
        self.world = World(copy.deepcopy(self.scenario.fleet), 4711)
        self._play(self.scenario.earlier, {}, check=False)
        with self.world.entered():
            self.scenario.arrange(self.world)

    @property
    def path(self) -> Path:
        """The plan file."""
        return self.directory / FILE

    def plan(self, **options: t.Any) -> dict[str, t.Any]:
        """Run with --check, and give the plan."""
        runs = self.check(**options)
        assert all(run.green for run in runs), [run.message for run in runs]
        return self.read()

    def check(self, **options: t.Any) -> list[Run]:
        """Run with --check."""
        return self._play(self.scenario.tasks, {"plan_file": str(self.path), **options}, check=True)

    def read(self) -> dict[str, t.Any]:
        """What the plan file says."""
        return t.cast("dict[str, t.Any]", json.loads(self.path.read_text(encoding="utf-8")))

    def apply(self, *, check: bool = False, faults: t.Sequence[Fault] = (), **options: t.Any) -> list[Run]:
        """Run with the approved plan."""
        return self._play(
            self.scenario.tasks,
            {"plan_file": str(self.path), "plan": "apply", **options},
            check=check,
            faults=faults,
        )

    def run(self, **options: t.Any) -> list[Run]:
        """Run without a plan."""
        return self._play(self.scenario.tasks, options, check=False)

    def answer(self, runs: t.Sequence[Run]) -> None:
        """An administrator gets the IDs that are missing."""
        with self.world.entered():
            for run in runs:
                for asked, result in zip(
                    run.task["options"].get("purchases", []), (run.result or {}).get("purchases", []), strict=True
                ):
                    if result["outcome"] == "awaiting":
                        operation = OPERATIONS[run.task["module"]]
                        claimed = {name: _as_in_the_books(name, value) for name, value in asked.items()}
                        issued = self.world.issue(run.task["host"], t.cast("t.Any", operation), claimed)
                        self.world.ids[result["request_id"]] = issued

    def decide(self, runs: t.Sequence[Run]) -> None:
        """An administrator decides what a message asks to be decided."""
        for number, run in enumerate(runs):
            task = copy.deepcopy(self.scenario.tasks[number])
            if not run.green and self._decided(task, run.message):
                tasks = [*self.scenario.tasks]
                tasks[number] = task
                self.scenario = replace(self.scenario, tasks=tuple(tasks))

    def _decided(self, task: Task, message: str) -> bool:
        asked = _DECISION.search(message)
        if asked is None:
            return False
        decision: dict[str, t.Any] = {"operation": asked[1], "outcome": "had_no_effect"}
        if asked[1] in self.world.outcomes:
            decision["outcome"] = "took_effect"
            if self.world.outcomes[asked[1]] is not None and "key_pack_id" in message:
                decision["key_pack_id"] = self.world.outcomes[asked[1]]
        task["options"].setdefault("resolve_operations", []).append(decision)
        return True

    def snapshot(self) -> tuple[t.Any, t.Any]:
        """All that a task may change."""
        return self.world.facts(), self.world.record()

    def _play(
        self, tasks: t.Sequence[Task], options: dict[str, t.Any], *, check: bool, faults: t.Sequence[Fault] = ()
    ) -> list[Run]:
        self.runs += 1
        directory = self.directory / f"run{self.runs}"
        directory.mkdir()
        before = vars(C)["DEFAULT_LOCAL_TMP"]
        vars(C)["DEFAULT_LOCAL_TMP"] = str(directory)
        try:
            runs: list[Run] = []
            for task in tasks:
                # As in a play, nothing comes after a task that failed.
                if all(run.green for run in runs):
                    runs.append(self._perform(task, options, check=check, faults=faults))
            return runs
        finally:
            vars(C)["DEFAULT_LOCAL_TMP"] = before

    def _perform(self, task: Task, options: dict[str, t.Any], *, check: bool, faults: t.Sequence[Fault]) -> Run:
        task = copy.deepcopy(task)
        task["options"].update(options)
        if self.world.ids and task["module"] in OPERATIONS:
            task["options"]["license_key_pack_ids"] = dict(self.world.ids)
        return self.world.perform(Run(task, faults=list(faults), check=check))


def _as_in_the_books(name: str, value: t.Any) -> t.Any:
    return bare(str(value)) if name.endswith(("_number", "_code")) else value
