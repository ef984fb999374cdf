# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parts of results that several modules share."""

from __future__ import annotations

import typing as t
from types import SimpleNamespace

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.action import ModuleContext
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.results import planned, purchase_results
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquisition import Decision
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Plan, Step, View

from tests.unit.builders import operation, pack, purchase

PLAN = Plan((Step("Install", None),), (View("rdls02", "a\n", "b\n"), View("rdls01", "c\n", "c\n")), ("mind this",))


def result_of(
    plan: Plan[None], *, diff: bool = True, changed: bool | None = None
) -> tuple[dict[str, t.Any], list[str]]:
    """Result and warnings."""
    warnings: list[str] = []
    context = t.cast(ModuleContext, SimpleNamespace(warn=warnings.append, diff_mode=diff))
    return planned(context, plan, changed), warnings


def test_a_plan_as_a_result() -> None:
    result, warnings = result_of(PLAN)
    assert (result["changed"], result["steps"]) == (True, ["Install"])
    assert [view["before_header"] for view in result["diff"]] == ["rdls02"]
    assert warnings == ["mind this"]


def test_what_applying_it_found_goes_before_what_was_planned() -> None:
    assert result_of(PLAN, changed=False)[0]["changed"] is False


def test_no_diff_unless_it_is_wanted_and_there_is_one() -> None:
    assert "diff" not in result_of(PLAN, diff=False)[0]
    assert result_of(Plan())[0] == {"changed": False, "steps": []}


def shown(decision: Decision, *record: t.Any, operation_name: str = "install") -> dict[str, t.Any]:
    """The entry for one purchase."""
    (entry,) = purchase_results([decision], OperationRecord(record), operation_name)
    return entry


@pytest.mark.parametrize(
    ("name", "outcome"), [("install", "installed"), ("migrate", "migrated"), ("reinstall", "reinstalled")]
)
def test_what_was_acquired_has_the_word_of_its_module(name: str, outcome: str) -> None:
    entry = shown(Decision(purchase(), "acquire"), operation(of=purchase(), key_pack_id=7), operation_name=name)
    assert (entry["outcome"], entry["key_pack_id"], entry["credential"]) == (outcome, 7, "****4567")


def test_in_check_mode_the_pack_is_yet_to_come() -> None:
    assert shown(Decision(purchase(), "acquire"))["key_pack_id"] is None


def test_what_is_there_has_its_pack() -> None:
    assert shown(Decision(purchase(), "adopted", pack(5)))["key_pack_id"] == 5


def test_a_purchase_that_got_lost_has_its_new_pack_once_it_is_there() -> None:
    lost = operation(of=purchase(), key_pack_id=3)
    decision = Decision(purchase(), "acquire", missing=lost)
    assert shown(decision, lost)["key_pack_id"] is None
    again = operation(of=purchase(), key_pack_id=8, sequence=3)
    assert shown(decision, lost, operation("missing", of=purchase(), sequence=2), again)["key_pack_id"] == 8
