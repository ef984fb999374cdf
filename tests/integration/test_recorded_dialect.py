# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated server answers in the way that a probe file records, and everything works on it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.probe_file import probe_file
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.redaction import Redactor

from tests.integration.probe_fleet import differing, fleet_with, probed
from tests.integration.test_probe import DIFFERENCES
from tests.simulator.model.loading import PROBE_FILE
from tests.simulator.model.plain import PlainError
from tests.simulator.recorded_dialect import load_recorded

# What the messages themselves show; the rest is what a server holds.
WAYS = {title: change for title, (_id, change) in DIFFERENCES.items() if set(change) & {"dialect", "behaviour"}}
SHOWN = {title: change for title, change in WAYS.items() if "issued_licenses" not in change}
TOGETHER: dict[str, dict[str, Any]] = {
    "dialect": {
        "filled_context_at_end": True,
        "uppercase_booleans": True,
        "plain_datetime": True,
        "datetime_offset_minutes": -570,
        "dmtf_class_namespace": True,
        "answer_as_subclass": True,
        "activity_id": False,
        "nested_wmi_code": "extended_status",
        "class_declarations": False,
    },
    "behaviour": {"unset_contact": "empty", "report_end": "4001"},
}


def saved(change: dict[str, Any], path: Path) -> Path:
    """The file of a probe of such a server."""
    _rows, exchanges = probed(fleet_with(server=change), "ls")
    path.write_text(probe_file(exchanges, Redactor(["ls"]), {}), encoding="utf-8")
    return path


@pytest.mark.parametrize("title", SHOWN)
def test_the_simulator_answers_in_the_recorded_way(title: str, tmp_path: Path) -> None:
    change = SHOWN[title]
    recorded = load_recorded(saved(change, tmp_path / "probe.json"))
    again, _exchanges = probed(fleet_with(server=recorded), "ls")
    first, _exchanges = probed(fleet_with(server=change), "ls")
    assert differing(again) == differing(first)


def test_all_that_differs_is_taken_over_together(tmp_path: Path) -> None:
    recorded = load_recorded(saved(TOGETHER, tmp_path / "probe.json"))
    for part, values in TOGETHER.items():
        assert {name: recorded[part].get(name) for name in values} == values


@pytest.mark.parametrize("name", ["ls", "host"])
def test_every_fleet_speaks_the_dialect_of_the_file(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PROBE_FILE, str(saved(TOGETHER, tmp_path / "probe.json")))
    rows, _exchanges = probed(fleet_with(), name)
    assert {"booleans", "datetimes", "class_namespace", "activity_id", "fault_codes"} <= differing(rows)
    # What the fleet file itself says goes first.
    rows, _exchanges = probed(fleet_with(**{"server" if name == "ls" else "host": _plain("uppercase_booleans")}), name)
    assert "booleans" not in differing(rows)
    assert "class_namespace" in differing(rows)


def _plain(switch: str) -> dict[str, Any]:
    return {"dialect": {switch: False}}


def test_another_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "other.json"
    path.write_text(json.dumps({"no": "messages"}), encoding="utf-8")
    monkeypatch.setenv(PROBE_FILE, str(path))
    with pytest.raises(PlainError, match="no file that the probe saved"):
        probed(fleet_with(), "ls")
