# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An unfinished rebuild is closed as an administrator decides, unless what can be read contradicts it."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import DONE, GIVEN_UP, INTENDED
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Plan
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.rebuild_deletion import (
    RECREATE,
    UNINSTALL,
    StartService,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.rebuild_resolution import (
    CloseOperation,
    Evidence,
    ResolutionAction,
    plan_rebuild_resolutions,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.resolutions import (
    HAD_NO_EFFECT,
    TOOK_EFFECT,
)

from tests.unit.builders import pack
from tests.unit.rebuild_plans import KEPT, rebuild
from tests.unit.rebuild_server import holding_two

ALL = tuple(holding_two())
NONE = (ALL[0], ALL[3])


def plan(
    outcome: str, method: str = UNINSTALL, service: str | None = None, **evidence: t.Any
) -> Plan[ResolutionAction]:
    operation = rebuild(*holding_two()[1:3], status=INTENDED, method=method)
    return plan_rebuild_resolutions("rdls02", [Evidence(operation, outcome, **evidence)], service)


def closed_as(found: Plan[ResolutionAction]) -> list[str]:
    return [step.action.status for step in found.steps if isinstance(step.action, CloseOperation)]


@pytest.mark.parametrize(
    "evidence", [{"kept_exists": True}, {"packs": NONE}, {"packs": (*NONE, pack(3, 9, cal_type=0))}]
)
def test_it_took_effect(evidence: dict[str, t.Any]) -> None:
    found = plan(TOOK_EFFECT, RECREATE, **evidence)
    assert closed_as(found) == [DONE]
    assert not found.changed


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        ({"packs": ALL}, "key pack 3 (250 Windows Server 2022 per user CALs), key pack 4"),
        ({"packs": (*NONE, ALL[2])}, "key pack 4"),
        ({"packs": None}, "cannot be read"),
    ],
)
def test_it_did_not_take_effect(evidence: dict[str, t.Any], words: str) -> None:
    with pytest.raises(Refused) as refused:
        plan(TOOK_EFFECT, **evidence)
    assert words in str(refused.value)
    assert "outcome: had_no_effect" in str(refused.value)


@pytest.mark.parametrize("packs", [None, ALL, NONE])
def test_it_is_given_up_whatever_is_left(packs: t.Any) -> None:
    found = plan(HAD_NO_EFFECT, packs=packs)
    assert closed_as(found) == [GIVEN_UP]
    assert bool(found.warnings) == (packs == NONE)


def test_what_a_given_up_rebuild_has_deleted_is_named() -> None:
    (warning,) = plan(HAD_NO_EFFECT, packs=(*NONE, ALL[2])).warnings
    assert "key pack 3 (250 Windows Server 2022 per user CALs)" in warning
    assert "key pack 4" not in warning
    assert "waive_coverage: true" in warning


def test_a_renamed_database_cannot_be_given_up() -> None:
    with pytest.raises(Refused) as refused:
        plan(HAD_NO_EFFECT, RECREATE, kept_exists=True)
    assert KEPT in str(refused.value)
    assert "outcome: took_effect" in str(refused.value)


@pytest.mark.parametrize(("state", "starts"), [("running", False), ("stopped", True), ("paused", True), (None, False)])
def test_a_service_that_the_rebuild_stopped_is_started_afterwards(state: str | None, starts: bool) -> None:
    found = plan(HAD_NO_EFFECT, RECREATE, service=state)
    assert any(isinstance(step.action, StartService) for step in found.steps) is starts
    assert isinstance(found.steps[0].action, CloseOperation)
    assert found.changed is starts
