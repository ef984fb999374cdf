# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The result of every planner: ordered steps, and tables of the state before and after.

A plan is the same in check mode and in a real run; check mode only does not apply it. That makes the dry run exact.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

Action_co = t.TypeVar("Action_co", covariant=True)


@dataclass(frozen=True)
class Step(t.Generic[Action_co]):
    """One thing to do.

    Attributes:
        action: data with a type of its own. The types that a planner uses are a union beside it; what carries the plan
            out matches each of them, which the type checker verifies.
        changes: false for writing down the outcome of a call that an earlier run made.
    """

    text: str
    action: Action_co
    changes: bool = True


@dataclass(frozen=True)
class View:
    """One thing before and after, as readable text."""

    title: str
    before: str
    after: str

    def as_diff(self) -> dict[str, str]:
        """The view in the form Ansible prints with C(--diff)."""
        return {
            "before_header": self.title,
            "after_header": self.title,
            "before": self.before,
            "after": self.after,
        }


@dataclass(frozen=True)
class Plan(t.Generic[Action_co]):
    """Steps in their order, the views they change, and what the user should know."""

    steps: tuple[Step[Action_co], ...] = ()
    views: tuple[View, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether applying the plan changes a server."""
        return any(step.changes for step in self.steps)

    @property
    def diff(self) -> list[dict[str, str]]:
        """The views that differ, for Ansible's C(--diff)."""
        return [view.as_diff() for view in self.views if view.before != view.after]
