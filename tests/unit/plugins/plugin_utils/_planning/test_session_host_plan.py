# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a session host would be changed to. Pure: nothing is read or sent."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.session_host import (
    SessionHostSettings,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.session_host_plan import (
    SessionHostPlan,
    SetLicenseServers,
    SetLicensingMode,
    Wanted,
    plan_session_host,
    same_servers,
)
from hypothesis import given
from hypothesis import strategies as st

NAMES = st.lists(st.sampled_from(["a", "A", "b", "B", "c", "d", "D", "e"]), max_size=6).map(tuple)

OBSERVED = SessionHostSettings("RDSH01", 4, "server", ("rdls01", "rdls02"), "server")
EMPTY = replace(OBSERVED, licensing_type=5, license_servers=())
POLICY = replace(OBSERVED, licensing_mode_source="group_policy", license_servers_source="group_policy")
LIST_POLICY = "'Use the specified Remote Desktop license servers'"
MODE_POLICY = "'Set the Remote Desktop licensing mode'"


def plan(wanted: Wanted, observed: SessionHostSettings = OBSERVED) -> SessionHostPlan:
    return plan_session_host("rdsh01", wanted, observed)


def actions(wanted: Wanted, observed: SessionHostSettings = OBSERVED) -> list[object]:
    return [step.action for step in plan(wanted, observed).plan.steps]


def test_both_settings_the_list_first() -> None:
    wanted = Wanted("per_user", ("rdls02", "rdls01"))
    made = plan(wanted, EMPTY)
    assert [step.action for step in made.plan.steps] == [
        SetLicenseServers(("rdls02", "rdls01")),
        SetLicensingMode("per_user"),
    ]
    assert [step.text for step in made.plan.steps] == [
        "Set the license servers of rdsh01 to rdls02, rdls01",
        "Set the licensing mode of rdsh01 to per user",
    ]
    assert (made.after.licensing_mode, made.after.license_servers) == ("per_user", ("rdls02", "rdls01"))
    assert actions(wanted, made.after) == []


def test_the_diff_shows_what_the_task_names() -> None:
    (view,) = plan(Wanted("per_device", ("rdls03",))).plan.diff
    assert view["before_header"] == "rdsh01: session host"
    assert view["before"] == "licensing_mode:  per user\nlicense_servers: rdls01, rdls02\n"
    assert view["after"] == "licensing_mode:  per device\nlicense_servers: rdls03\n"
    (view,) = plan(Wanted(license_servers=())).plan.diff
    assert view["before"] == "license_servers: rdls01, rdls02\n"
    assert view["after"] == "license_servers: (not set)\n"


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(),
        Wanted("per_user"),
        Wanted(license_servers=("rdls01", "rdls02")),
        Wanted(license_servers=("RDLS01", "Rdls02", "rdls01")),
        Wanted(license_servers_to_add=("RDLS02",)),
        Wanted(license_servers_to_remove=("rdls03",)),
        Wanted(license_servers_to_add=("rdls01",), license_servers_to_remove=("rdls03",)),
    ],
)
def test_what_is_there_already_needs_no_step(wanted: Wanted) -> None:
    made = plan(wanted)
    assert not made.plan.changed
    assert made.plan.diff == []
    assert made.plan.warnings == ()
    assert made.after == OBSERVED


def test_both_numbers_for_per_user_are_per_user() -> None:
    assert actions(Wanted("per_user"), replace(OBSERVED, licensing_type=3)) == []
    assert actions(Wanted("per_device"), replace(OBSERVED, licensing_type=3)) == [SetLicensingMode("per_device")]


@pytest.mark.parametrize("number", [None, 0, 1, 5, 7])
def test_any_other_mode_is_changed(number: int | None) -> None:
    assert actions(Wanted("per_user"), replace(OBSERVED, licensing_type=number)) == [SetLicensingMode("per_user")]


def test_a_repeated_name_on_the_host_is_no_difference() -> None:
    twice = replace(OBSERVED, license_servers=("rdls01", "RDLS01", "rdls02"))
    assert actions(Wanted(license_servers=("rdls01", "rdls02")), twice) == []
    assert actions(Wanted(license_servers_to_add=("rdls02",)), twice) == []


def test_another_order_is_a_difference() -> None:
    assert actions(Wanted(license_servers=("rdls02", "rdls01"))) == [SetLicenseServers(("rdls02", "rdls01"))]


def test_short_name_and_fqdn_are_two_names() -> None:
    wanted = ("rdls01.contoso.example", "rdls02")
    assert actions(Wanted(license_servers=wanted)) == [SetLicenseServers(wanted)]


def test_an_empty_list_empties_once() -> None:
    made = plan(Wanted(license_servers=()))
    assert [step.action for step in made.plan.steps] == [SetLicenseServers(())]
    assert made.plan.steps[0].text == "Empty the license server list of rdsh01"
    assert actions(Wanted(license_servers=()), EMPTY) == []


def test_added_servers_come_last_and_removed_ones_leave_the_others_in_place() -> None:
    wanted = Wanted(
        license_servers_to_add=("rdls04", "rdls02", "RDLS04", "rdls03"), license_servers_to_remove=("RDLS01",)
    )
    assert actions(wanted) == [SetLicenseServers(("rdls02", "rdls04", "rdls03"))]
    assert actions(wanted, plan(wanted).after) == []


def test_removing_the_last_one_empties_the_list() -> None:
    wanted = Wanted(license_servers_to_remove=("rdls02", "rdls01"))
    assert actions(wanted) == [SetLicenseServers(())]


def test_a_policy_that_gives_what_is_wanted_is_told_and_nothing_else() -> None:
    made = plan(Wanted("per_user", ("RDLS01", "rdls02")), POLICY)
    assert made.plan.steps == ()
    list_warning, mode_warning = made.plan.warnings
    assert LIST_POLICY in list_warning
    assert MODE_POLICY in mode_warning


def test_a_policy_the_task_does_not_touch_is_not_told() -> None:
    observed = replace(OBSERVED, license_servers_source="group_policy")
    made = plan(Wanted("per_device"), observed)
    assert [step.action for step in made.plan.steps] == [SetLicensingMode("per_device")]
    assert made.plan.warnings == ()


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(license_servers=("rdls03",)),
        Wanted(license_servers=()),
        Wanted(license_servers_to_add=("rdls03",)),
        Wanted(license_servers_to_remove=("rdls01",)),
    ],
)
def test_a_policy_on_the_list_refuses(wanted: Wanted) -> None:
    with pytest.raises(Refused) as caught:
        plan(wanted, replace(OBSERVED, license_servers_source="group_policy"))
    assert str(caught.value) == (
        "rdsh01: Group Policy controls the license server list of this session host; change the policy "
        f"{LIST_POLICY} instead, or exclude the server from it. Nothing was changed."
    )


def test_a_policy_on_one_setting_keeps_the_other_from_being_changed() -> None:
    observed = replace(OBSERVED, licensing_mode_source="group_policy")
    with pytest.raises(Refused) as caught:
        plan(Wanted("per_device", ("rdls03",)), observed)
    assert "controls the licensing mode of" in str(caught.value)
    assert MODE_POLICY in str(caught.value)
    assert LIST_POLICY not in str(caught.value)


def test_policies_on_both_settings_are_named_in_one_line() -> None:
    with pytest.raises(Refused) as caught:
        plan(Wanted("per_device", ("rdls03",)), POLICY)
    assert f"{LIST_POLICY} and {MODE_POLICY}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_source_is_left_to_the_server() -> None:
    observed = replace(OBSERVED, licensing_mode_source=None, license_servers_source=None)
    made = plan(Wanted("per_device", ("rdls03",)), observed)
    assert len(made.plan.steps) == 2
    assert made.plan.warnings == ()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ([], [], True),
        (["a"], ["A"], True),
        (["a", "A", "b"], ["A", "b"], True),
        (["a", "b"], ["b", "a"], False),
        (["a"], [], False),
    ],
)
def test_same_servers(one: list[str], other: list[str], same: bool) -> None:
    for pair in ((one, other), (other, one)):
        assert same_servers(*pair) is same


@given(present=NAMES, to_add=NAMES, to_remove=NAMES)
def test_adding_and_removing_gets_there_in_one_go(
    present: tuple[str, ...], to_add: tuple[str, ...], to_remove: tuple[str, ...]
) -> None:
    removed = {name.lower() for name in to_remove}
    to_add = tuple(name for name in to_add if name.lower() not in removed)
    wanted = Wanted(license_servers_to_add=to_add, license_servers_to_remove=to_remove)
    made = plan(wanted, replace(OBSERVED, license_servers=present))
    after = [name.lower() for name in made.after.license_servers]
    assert {name.lower() for name in to_add} <= set(after)
    assert removed.isdisjoint(after)
    kept = [name for name in dict.fromkeys(name.lower() for name in present) if name not in removed]
    assert list(dict.fromkeys(after))[: len(kept)] == kept
    assert actions(wanted, made.after) == []


@given(present=NAMES, wanted=NAMES)
def test_replacing_gets_there_in_one_go(present: tuple[str, ...], wanted: tuple[str, ...]) -> None:
    made = plan(Wanted(license_servers=wanted), replace(OBSERVED, license_servers=present))
    assert same_servers(made.after.license_servers, wanted)
    assert made.plan.changed is not same_servers(present, wanted)
