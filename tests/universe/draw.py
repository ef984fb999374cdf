# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A universe out of a seed: a fleet, tasks, administrators at the console, faults. Plain data, that can be shrunk.

``{"seed", "fleet", "events"}``. An event is ``{"do": "task", "task", "faults", "skew", "check", "console"}``,
``{"do": "role", "steps": [...]}`` with such tasks, ``{"do": "together", "runs": [...], "schedule"}``,
``{"do": "clearinghouse", "swap"}``, ``{"do": "pause", "seconds"}``, or something that an administrator does:
``network``, ``remove``, ``reduce``, ``install``. With ``at``, in ``console``, it happens in the middle of the task.
"""

from __future__ import annotations

import typing as t

from tests.universe.faults import FAULT_FORMS, NOT_RUN, RETURN_CODES
from tests.universe.themes import Themes

_KINDS: t.Final = (
    ("refused", 6), ("lost_before", 8), ("lost_after", 14), ("timeout", 8), ("timed_out", 14), ("http_401", 2),
    ("http_500", 5), ("truncated", 5), ("foreign", 3), ("fault", 12), ("return_code", 10), ("restart", 5),
    ("killed_before", 6), ("killed_after", 14),
)  # fmt: skip

_LATE: t.Final = (0.0, 0.0, 0.0, 5.0, 15.0, 25.0, 45.0, 70.0, 300.0)
_LATE_MODULES: t.Final = ("key_pack", "cal_migration", "database_rebuild", "issued_cal")


class Draw(Themes):
    """Draws one universe."""

    def universe(self) -> dict[str, t.Any]:
        """The whole of it."""
        chance = self._random
        for number in range(1, chance.choice((2, 2, 3)) + 1):
            self.servers[f"rdls{number:02d}"] = self._server()
        theme = chance.choices(
            (
                *("install", "migrate", "replace", "two_targets", "unreachable"),
                *("changes", "rebuild", "server_theme", "hosts", "usage"),
            ),
            (24, 22, 9, 8, 10, 12, 9, 3, 1.5, 1.5),
        )[0]
        events = getattr(self, f"_{theme}")()
        events = self._interrupted(events)
        fleet = {
            "users": {"labadmin": {"password": "Unused-Here-1"}},
            "servers": self.servers,
            "clearinghouse": {"purchases": self.purchases},
        }
        return {"seed": self.seed, "theme": theme, "fleet": fleet, "events": events}

    # What goes wrong.

    def _interrupted(self, events: list[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
        """The events with faults, runs again, other controllers and pauses."""
        chance = self._random
        result: list[dict[str, t.Any]] = []
        for event in events:
            if event["do"] == "role":
                result += self._role(event)
                continue
            if event["do"] != "task" or event.get("calm"):
                result.append(event)
                continue
            if chance.random() < 0.06:
                result.append({**event, "check": True})
            if chance.random() < 0.12:
                result.append(self._together(event))
                continue
            for attempt in range(chance.choice((1, 1, 1, 1, 2, 2, 3))):
                result.append(self._disturbed(event, calm=attempt > 0 and chance.random() < 0.5))
                if chance.random() < 0.4:
                    result.append({"do": "pause", "seconds": chance.choice((5.0, 30.0, 90.0, 4000.0))})
        return result

    def _disturbed(self, event: dict[str, t.Any], calm: bool) -> dict[str, t.Any]:
        """One run of a task, with what goes wrong in it."""
        chance = self._random
        run = {**event, "skew": chance.choice((0.0, 0.0, 0.0, -300.0, 300.0, 7200.0, -7200.0))}
        if not calm:
            run["faults"] = self._faults(event["task"]["module"])
        if chance.random() < 0.15:
            run["timeout"] = chance.choice((3.0, 60.0))
        if chance.random() < 0.12:
            run["console"] = [self._at_the_console(event["task"])]
        return run

    def _role(self, event: dict[str, t.Any]) -> list[dict[str, t.Any]]:
        """A role that is run once or twice, with faults in some of its steps."""
        chance = self._random
        result: list[dict[str, t.Any]] = []
        for _attempt in range(chance.choice((1, 1, 2))):
            steps = []
            for step in event["steps"]:
                quiet = step.get("check") or chance.random() < 0.5
                steps.append(step if quiet else self._disturbed(step, calm=False))
            result.append({"do": "role", "steps": steps})
            if chance.random() < 0.4:
                result.append({"do": "pause", "seconds": chance.choice((30.0, 4000.0))})
        return result

    def _at_the_console(self, task: dict[str, t.Any]) -> dict[str, t.Any]:
        """What an administrator does in Licensing Manager, or with the network, between two messages of a task."""
        chance = self._random
        at = chance.randrange(4, 30)
        source = task["options"].get("source", {}).get("host")
        server = source if source and chance.random() < 0.6 else task["host"]
        kinds = ("install", *(("remove", "reduce") if self.purchases else ()), *(("network",) if source else ()))
        kind = chance.choice(kinds)
        if kind == "network":
            return {"do": kind, "at": at, "a": source, "b": task["host"], "connected": chance.random() < 0.3}
        if kind == "install":
            # Not of the task: of identical purchases that come by hand and by a task either may be taken. One that a
            # rebuild adopted would be missing in the end, so there it is of other CALs as well.
            name = self._purchase()
            quantity = self.wanted[name] + (task["module"] == "database_rebuild")
            return {"do": kind, "at": at, "server": server, "purchase": name, "quantity": quantity}
        name = chance.choice(list(self.purchases))
        return {"do": kind, "at": at, "server": server, "purchase": name, "quantity": self.wanted[name] // 2 or 1}

    def _together(self, event: dict[str, t.Any]) -> dict[str, t.Any]:
        """The same task by two controllers at once; each choice is how likely it is that the other one goes on."""
        runs = [{"task": event["task"], "skew": self._random.choice((0.0, 300.0, -300.0))} for _number in range(2)]
        schedule = [int(self._random.random() < 0.25) for _number in range(120)]
        return {"do": "together", "runs": runs, "schedule": schedule}

    def _faults(self, module: str) -> list[dict[str, t.Any]]:
        return [self._fault(module) for _number in range(self._random.choice((1, 1, 1, 2)))]

    def _fault(self, module: str) -> dict[str, t.Any]:
        chance = self._random
        kind = chance.choices([each[0] for each in _KINDS], [each[1] for each in _KINDS])[0]
        of = chance.choices(("call", "change", "any"), (50, 25, 25))[0]
        most = {"call": 3, "change": 8, "any": 30}[of]
        fault: dict[str, t.Any] = {"kind": kind, "at": chance.randrange(most), "of": of}
        if kind in ("timeout", "timed_out", "lost_after", "killed_after"):
            # A registry write or a service that starts minutes later is nothing that Windows does.
            fault["seconds"] = chance.choice(_LATE) if of == "call" and module in _LATE_MODULES else 0.0
            if kind in ("timeout", "timed_out") and chance.random() < 0.3:
                fault["seconds"] = None
        if kind in ("http_500", "restart"):
            fault["effect"] = chance.random() < 0.5
        if kind == "restart":
            fault["seconds"] = chance.choice((0.0, 20.0))
        if kind == "fault":
            fault.update(chance.choice(FAULT_FORMS))
            fault["effect"] = chance.random() < 0.3 and fault["subcode"] not in NOT_RUN
        if kind == "return_code":
            fault.update(code=chance.choice(RETURN_CODES), effect=chance.random() < 0.4)
        if (
            kind in ("lost_before", "lost_after", "timed_out", "timeout", "http_500", "fault")
            and chance.random() < 0.25
        ):
            fault["away"] = chance.choice((3.0, 30.0, 200.0))
        return fault
