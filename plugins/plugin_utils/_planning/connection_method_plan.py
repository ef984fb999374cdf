# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether another connection method is to be recorded."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Plan, Step, View
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.tables import settings


@dataclass(frozen=True)
class RecordMethod:
    """Write the connection method into the record on the server."""

    connection_method: str


@dataclass(frozen=True)
class ConnectionMethodPlan:
    """The plan, and the method that is recorded once it is done (None: still none)."""

    plan: Plan[RecordMethod]
    wanted: str | None


def plan_connection_method(server: str, recorded: str | None, wanted: str | None) -> ConnectionMethodPlan:
    """C(wanted) None only reads."""
    if wanted is None or wanted == recorded:
        return ConnectionMethodPlan(Plan(), recorded)
    view = View(
        f"{server}: connection method",
        settings({"connection_method": recorded}),
        settings({"connection_method": wanted}),
    )
    step = Step(f"Record {wanted} as the connection method of {server}", RecordMethod(wanted))
    return ConnectionMethodPlan(Plan((step,), (view,)), wanted)
