# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A row for each server of a play, from what the tasks of a role registered."""

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.winfleet.rd_licensing.plugins.filter.fleet_rows import FilterModule, fleet_rows

CALS = [{"product_version_id": 7, "product_type": 1, "total": 250, "purchased": True}]


def row(alive: bool = True, planned: bool = False, **registered: t.Any) -> dict[str, t.Any]:
    """The row of rdls02, where tasks of the role registered this."""
    hostvars = {"rdls02": {f"__a_role_{name}": value for name, value in registered.items()} | {"ansible_host": "x"}}
    (found,) = fleet_rows(hostvars, ["rdls02"], "a_role", ["rdls02"] if alive else [], planned)
    return found


def test_a_server_that_changed() -> None:
    result = {"changed": True, "awaiting": [], "obligations": [{}, {}]}
    key_packs = {"key_packs_before": [], "key_packs_after": CALS}
    assert row(result={**result, "target": key_packs}) == {
        "server": "rdls02",
        "before": "no purchased RDS CALs",
        "after": "250 Windows Server 2022 per user",
        "waiting": 0,
        "pending_removals": 2,
        "outcome": "changed",
        "reason": "",
    }


def test_a_rebuild_says_what_was_deleted() -> None:
    deleted = [{"product_version": "windows_server_2022", "cal_type": "per_user", "quantity": 250}]
    found = row(result={"deleted_key_packs": deleted, "key_packs": CALS, "license_server": {"activation_status": "x"}})
    assert (found["before"], found["after"]) == ("250 Windows Server 2022 per user",) * 2
    assert row(result={"deleted_key_packs": None})["before"] == ""


def test_a_server_without_cals_to_tell_says_whether_it_is_activated() -> None:
    assert row(result={"license_server": {"activation_status": "not_activated"}})["after"] == "not activated"


@pytest.mark.parametrize(
    ("registered", "alive", "planned", "outcome"),
    [
        ({"result": {"changed": False}}, True, False, "unchanged"),
        ({"result": {"changed": False}, "method": {"changed": True}}, True, False, "changed"),
        ({"result": {"changed": True}}, True, True, "planned"),
        ({"result": {"changed": True, "awaiting": [{}]}}, True, False, "waiting"),
        ({"deactivation": {"awaiting": [{}]}}, True, False, "waiting"),
        ({"result": {"changed": False}}, False, False, "failed"),
        ({"before": {"unreachable": True, "msg": "no"}}, False, False, "unreachable"),
        ({}, False, False, "not started"),
        # Registered by a task whose failure did not count.
        ({"result": {"failed": False, "role_service_missing": True}}, True, False, "unchanged"),
    ],
)
def test_outcomes(registered: dict[str, t.Any], alive: bool, planned: bool, outcome: str) -> None:
    assert row(alive, planned, **registered)["outcome"] == outcome


def test_the_reason_is_the_message_of_the_task_or_of_its_first_failed_item() -> None:
    assert row(alive=False, result={"failed": True, "msg": "It\nfailed"})["reason"] == "It failed"
    items = [{"failed": False, "msg": "good"}, {"failed": True, "msg": "bad"}, {"unreachable": True, "msg": "worse"}]
    assert row(alive=False, repointed={"failed": True, "msg": "One or more", "results": items})["reason"] == "bad"
    assert row(alive=False, result={"changed": False})["reason"] == "see the messages above"


def test_refuses_what_is_not_hostvars() -> None:
    with pytest.raises(AnsibleFilterError, match="fleet_rows: the input is not the magic variable hostvars"):
        fleet_rows(["rdls02"], ["rdls02"], "a_role")


def test_is_a_filter() -> None:
    assert FilterModule().filters() == {"fleet_rows": fleet_rows}
