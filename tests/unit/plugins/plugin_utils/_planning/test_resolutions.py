# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decisions of an administrator about operations whose outcome is unknown."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import InvalidOption
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import DONE, INTENDED
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.resolutions import (
    HAD_NO_EFFECT,
    TOOK_EFFECT,
    how_to_resolve,
    parse_resolutions,
    resolved,
)

from tests.unit.builders import operation

OPEN = operation("reactivate", status=INTENDED, sequence=3)


def given(operation_id: str = OPEN.operation_id, outcome: str = TOOK_EFFECT) -> dict[str, t.Any]:
    return {"operation": operation_id, "outcome": outcome}


def test_a_decision_names_one_operation_by_its_id() -> None:
    (decided,) = resolved(
        OperationRecord([OPEN]), parse_resolutions([given(f" {OPEN.operation_id.upper()} ")]), "reactivate"
    )
    assert decided == (OPEN, TOOK_EFFECT)


@pytest.mark.parametrize(
    ("record", "kind"),
    [
        ([operation("reactivate", status=DONE, sequence=3)], "reactivate"),
        ([operation("reactivate", status=INTENDED, sequence=4)], "reactivate"),
        ([OPEN], "rebuild"),
    ],
)
def test_a_decision_does_nothing_to_other_operations(record: list[t.Any], kind: str) -> None:
    assert resolved(OperationRecord(record), parse_resolutions([given()]), kind) == ()


@pytest.mark.parametrize("entry", ["12", "000012-rebuild-3f9a2c1d", "000012-3f9a2c1d.", "", "000012-zzzzzzzz"])
def test_what_is_no_operation_id_is_refused(entry: str) -> None:
    with pytest.raises(InvalidOption, match="resolve_operations: entry 2"):
        parse_resolutions([given(), given(entry)])


def test_two_decisions_about_one_operation_are_refused() -> None:
    with pytest.raises(InvalidOption, match="named twice"):
        parse_resolutions([given(), given(outcome=HAD_NO_EFFECT)])


def test_no_decisions() -> None:
    assert parse_resolutions(None) == ()


def test_messages_show_the_option() -> None:
    assert how_to_resolve(OPEN, TOOK_EFFECT) == (
        f"resolve_operations: [{{operation: {OPEN.operation_id}, outcome: took_effect}}]"
    )
    assert "outcome: took_effect or had_no_effect" in how_to_resolve(OPEN)
