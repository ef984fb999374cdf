# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ladder that every changing task climbs: dry run, real run, once more; read from outside after each step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.integration.fleet import Fleet, cals
from tests.integration.playbook import Outcome, Run, task


@dataclass(frozen=True)
class Ladder:
    """What became of each step, and the fleet before all and after the real run."""

    before: dict[str, Any]
    dry: Outcome
    real: Outcome
    again: Outcome

    @property
    def after(self) -> dict[str, Any]:
        return self.real.state or {}

    def server(self, name: str) -> dict[str, Any]:
        """A server after the real run."""
        server: dict[str, Any] = self.after["servers"][name]
        return server

    def cals(self, name: str) -> list[tuple[str | None, int]]:
        """Purchases and CALs of a server after the real run."""
        return cals(self.after, name)

    def methods(self) -> list[str]:
        """What the real run asked of the licensing provider and what changed something, in its order."""
        return [
            message["method"] or message["action"]
            for message in self.real.writes
            if message["class"].startswith("Win32_TS") and message["changed"]
        ]


def climb(fleet: Fleet, module: str, options: Mapping[str, Any], hosts: str = "rdls01", **settings: Any) -> Ladder:
    """Climb the ladder with a task, and check what holds for every module.

    The dry run says "changed", sends no changing message and leaves the fleet as it was; the real run does the same
    steps and shows the same difference; the third run finds nothing to do.
    """
    return climb_each(fleet, module, {"the task": options}, hosts, **settings)["the task"]


def climb_each(
    fleet: Fleet, module: str, options: Mapping[str, Mapping[str, Any]], hosts: str = "rdls01", **settings: Any
) -> dict[str, Ladder]:
    """Climb the ladder with several tasks of a module, one after the other; their results by the names given."""
    before = fleet.state()
    tasks = []
    for name, each in options.items():
        tasks.append(task(f"{name}: dry run", module, each, check_mode=True, diff=True))
        tasks.append(task(f"{name}: real run", module, each, diff=True))
        tasks.append(task(f"{name}: once more", module, each, diff=True))
    run = fleet.play(*tasks, hosts=hosts, **settings).succeeded()
    ladders = {}
    for name in options:
        ladders[name] = _checked(name, run, before)
        before = ladders[name].after
    return ladders


def _checked(name: str, run: Run, before: dict[str, Any]) -> Ladder:
    dry, real, again = (run[f"{name}: {step}"] for step in ("dry run", "real run", "once more"))

    assert dry.changed, run.output
    assert dry.writes == []
    assert dry.state == before

    assert real.changed, run.output
    assert real.state != before
    assert real.result["steps"] == dry.result["steps"] != []
    assert real.result["diff"] == dry.result["diff"] != []

    assert not again.changed, run.output
    assert again.writes == []
    assert again.state == real.state
    for view in again.result.get("diff", []):
        assert view["before"] == view["after"]
    return Ladder(before, dry, real, again)
