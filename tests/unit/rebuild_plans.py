# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Short ways to say what a rebuild is planned from, and what the plan says."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import Activation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import DONE, Operation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.recorded_rebuild import (
    RecordedPack,
    RecordedRebuild,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.rebuild_deletion import (
    RECREATE,
    UNINSTALL,
    DatabaseState,
    Observed,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.rebuild_plan import (
    RebuildPlan,
    plan_rebuild,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.situation import Situation

from tests.unit.builders import operation, situation
from tests.unit.rebuild_server import CHANGE, DATABASE, holding_two, wanted

UNREADABLE = "rdls02: reading the license server failed: 0x80041014."
THREE = "key pack 3 (250 Windows Server 2022 per user CALs)"
FOUR = "key pack 4 (50 Windows Server 2022 per device CALs)"
KEPT = "C:\\Windows\\system32\\lserver\\TLSLic-20260101T100000Z.edb"


def rebuild(
    *packs: KeyPack, status: str = DONE, method: str = UNINSTALL, change_id: str = CHANGE, **fields: t.Any
) -> Operation:
    """The entry of a rebuild that deletes, or has deleted, these packs, and has reported that."""
    recorded = RecordedRebuild(
        method,
        tuple(RecordedPack.of(each) for each in packs),
        DATABASE if method == RECREATE else None,
        KEPT if method == RECREATE else None,
    )
    fields.setdefault("reported", True)
    return operation("rebuild", status=status, change_id=change_id, rebuild=recorded, **fields)


def read(*packs: KeyPack, **options: t.Any) -> Observed:
    """A server that was read."""
    return Observed(situation(*(packs or holding_two()), **options))


def database(**fields: t.Any) -> DatabaseState:
    """A running service and its file."""
    return DatabaseState(**{"service": "running", "file": DATABASE, "file_exists": True, **fields})


def unreadable(**fields: t.Any) -> Observed:
    """A server whose provider does not answer."""
    blank: Situation = replace(situation(record=fields.pop("record", ())), activation=Activation(2, None))
    return Observed(blank, UNREADABLE, database(**fields))


def texts(plan: RebuildPlan) -> list[str]:
    return [step.text for step in plan.plan.steps]


def outcomes(plan: RebuildPlan) -> list[str]:
    return [decision.outcome for decision in plan.decisions]


def refusal(observed: Observed, **options: t.Any) -> str:
    with pytest.raises(Refused) as refused:
        plan_rebuild(wanted(**options), observed)
    message = str(refused.value)
    assert "\n" not in message
    return message
