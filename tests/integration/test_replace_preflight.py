# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job stops before the first change when something does not fit, and says what."""

from __future__ import annotations

from typing import Any

from tests.integration import main_job
from tests.integration.fleet import Fleet
from tests.integration.main_job import PLAYBOOK, ROLE, failure, replace, variables
from tests.integration.playbook import Settings
from tests.integration.purchases import purchase

FLEET = main_job.FLEET
REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "a pack is not covered": (
        {"purchases": [purchase("enterprise")]},
        "do not account for key pack 5 (50 Windows Server 2022 per device CALs)",
    ),
    "CALs newer than the target": ({"target_host": "rdls03"}, "are newer than the server"),
    "a target that is not activated": ({"target_host": "rdls04"}, "activate it first"),
    "a target without the role service": ({"target_host": "rdls05"}, "role service is not installed"),
    "a source without the role service": ({"source_host": "rdls05"}, "role service is not installed"),
    "both hold the CALs": ({"target_host": "rdls06"}, "rdls06 and rdls01 both hold"),
    "a misspelt option of a purchase": ({"purchases": [purchase("enterprise", qantity=1)]}, "qantity"),
    "the wrong credential": (
        {"purchases": [{"license_program": "retail", "agreement_number": "7200002"}]},
        "license_code",
    ),
}


def test_stops_before_the_first_change(fleet: Fleet) -> None:
    before = fleet.state()
    plays = []
    for name, (changes, _text) in REFUSALS.items():
        chosen = variables(**changes)
        attempt = {
            "block": [{"ansible.builtin.include_role": {"name": PLAYBOOK}, "vars": chosen}],
            "rescue": [{"name": name, "ansible.builtin.debug": {"msg": "{{ ansible_failed_result.msg }}"}}],
        }
        plays.append({"hosts": chosen[f"{ROLE}_target_host"], "gather_facts": False, "tasks": [attempt]})
    run = fleet.run(plays, Settings()).succeeded()
    for name, (_changes, text) in REFUSALS.items():
        assert text in run[name].message
    assert [message for message in fleet.journal() if message["writes"]] == []
    assert fleet.state() == before


def test_stops_before_the_first_change_when_the_source_is_off(fleet: Fleet) -> None:
    fleet.switch_off("rdls01")
    before = fleet.state()
    run = replace(fleet)
    # Another host than the play's own: a failure, not an unreachable target.
    assert run.code == 2, run.output
    assert failure(run).status == "failed"
    assert fleet.state() == before


def test_stops_at_drift(fleet: Fleet) -> None:
    replace(fleet).succeeded()
    fleet.remove_by_hand("rdls02", 4)
    before = fleet.state()
    run = replace(fleet)
    assert run.code == 2
    assert "acknowledge_missing: " in failure(run).message
    assert fleet.state() == before


def test_nothing_is_done_to_a_target_that_somebody_else_administers(fleet: Fleet) -> None:
    """The account is an administrator of neither server: the provider answers with empty properties."""
    run = fleet.run(PLAYBOOK, Settings(user="labreader", variables=variables()))
    assert run.code == 2
    assert "is not a local Administrator; connect with one that is" in failure(run).message
