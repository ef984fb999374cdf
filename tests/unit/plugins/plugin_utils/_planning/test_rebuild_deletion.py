# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a rebuild puts a database aside, and goes on where an interrupted one stood. Pure: nothing is read or sent."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import INTENDED
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.rebuild_deletion import (
    RECREATE,
    UNINSTALL,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.rebuild_plan import plan_rebuild

from tests.unit.builders import pack
from tests.unit.rebuild_plans import UNREADABLE, database, read, rebuild, refusal, texts, unreadable
from tests.unit.rebuild_server import DATABASE, PER_USER, holding_two, wanted


def test_steps() -> None:
    plan = plan_rebuild(wanted(method=RECREATE), replace(read(), database=database()))
    assert texts(plan)[1:4] == [
        "Stop the service TermServLicensing on rdls02",
        f"Rename the database file {DATABASE} to a dated name beside it",
        "Start the service TermServLicensing on rdls02",
    ]
    assert [text.split()[0] for text in texts(plan)] == [
        "Record",
        "Stop",
        "Rename",
        "Start",
        "Wait",
        "Reinstall",
        "Reinstall",
    ]


def test_what_cannot_be_read_needs_the_waiver() -> None:
    message = refusal(unreadable(), method=RECREATE)
    assert message.startswith(UNREADABLE)
    assert "waive_coverage: true" in message
    assert "The service TermServLicensing is stopped: start it" in refusal(
        unreadable(service="stopped"), method=RECREATE
    )
    plan = plan_rebuild(wanted(method=RECREATE, waive_coverage=True), unreadable())
    assert texts(plan)[0] == "Record on rdls02, for change CHG1, that its CALs cannot be read"
    assert plan.packs is None
    assert plan.plan.diff[0]["before"] == "cannot be read\n"


def test_without_its_file_nothing_is_stopped() -> None:
    message = refusal(replace(read(), database=database(file_exists=False, service="stopped")), method=RECREATE)
    assert f"there is no database file {DATABASE}" in message
    assert message.endswith("The service TermServLicensing is stopped.")


@pytest.mark.parametrize(
    ("service", "kept", "steps"),
    [
        ("running", False, ["Stop", "Rename", "Start", "Wait"]),
        ("stop pending", False, ["Stop", "Rename", "Start", "Wait"]),
        ("stopped", False, ["Rename", "Start", "Wait"]),
        ("stopped", True, ["Start", "Wait"]),
        ("start pending", True, ["Start", "Wait"]),
        ("running", True, ["Wait"]),
    ],
)
def test_an_interrupted_recreation_goes_on_where_it_stood(service: str, kept: bool, steps: list[str]) -> None:
    record = [rebuild(*holding_two()[1:3], status=INTENDED, method=RECREATE)]
    plan = plan_rebuild(wanted(method=RECREATE), unreadable(service=service, kept_exists=kept, record=record))
    assert [text.split()[0] for text in texts(plan)] == [*steps, "Reinstall", "Reinstall"]
    assert [each.key_pack_id for each in plan.packs or ()] == [3, 4]


def test_what_came_before_the_renaming_is_recorded_and_to_be_covered_too() -> None:
    record = [rebuild(pack(3, 250), status=INTENDED, method=RECREATE)]
    observed = replace(read(pack(3, 250), pack(4, 50, cal_type=0), record=record), database=database())
    assert "do not account for key pack 4" in refusal(observed, method=RECREATE, purchases=(PER_USER,))
    plan = plan_rebuild(wanted(method=RECREATE), observed)
    assert texts(plan)[0].startswith("Record on rdls02, for change CHG1, its CALs (key pack 3")
    assert [each.key_pack_id for each in plan.packs or ()] == [3, 4]


def test_what_is_in_the_new_database_is_not_deleted() -> None:
    record = [rebuild(*holding_two()[1:3], status=INTENDED, method=RECREATE)]
    observed = replace(read(pack(3, 250), record=record), database=database(kept_exists=True))
    plan = plan_rebuild(wanted(method=UNINSTALL), observed)
    assert [text.split()[0] for text in texts(plan)] == ["Wait", "Adopt", "Reinstall"]


def test_a_finished_change_does_not_recreate_once_more() -> None:
    record = [rebuild(*holding_two()[1:3], method=RECREATE)]
    assert "use a new change_id" in refusal(unreadable(record=record), method=RECREATE)
