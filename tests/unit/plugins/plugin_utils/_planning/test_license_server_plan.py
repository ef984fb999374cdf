# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What brings a license server to wanted contact data, scope, registration and activation, and in which order."""

from __future__ import annotations

import datetime
import typing as t
from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import Activation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    ANSWERED,
    DONE,
    GIVEN_UP,
    INTENDED,
    NOT_DONE,
    Operation,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.decided_operations import WriteOperation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.license_server_plan import (
    ChangeActivation,
    LicenseServerPlan,
    Observed,
    Wanted,
    plan_license_server,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.resolutions import Resolution
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.unfinished_operations import OutcomeRule

from tests.unit.builders import SOURCE_ID, TARGET_ID, operation, properties

ACTIVATED = Activation(0, TARGET_ID)
NOT_ACTIVATED = Activation(1, None)
UNKNOWN = Activation(2, None)


def observed(
    activation: Activation = NOT_ACTIVATED,
    *,
    method: str = "automatic",
    registrations: Mapping[str, bool | None] | None = None,
    record: Iterable[Operation] = (),
    contact: Mapping[str, str] | None = None,
) -> Observed:
    """The server rdls02 with complete contact data, except for what is said of it."""
    has = properties(**(contact or {}))
    return Observed("rdls02", has, activation, registrations or {}, OperationRecord(record), method)


def plan(server: Observed, **wanted: t.Any) -> LicenseServerPlan:
    """The plan for the options of a task."""
    return plan_license_server(Wanted(**wanted), server)


def texts(server: Observed, **wanted: t.Any) -> list[str]:
    """The steps in words."""
    return [step.text for step in plan(server, **wanted).plan.steps]


def refusal(server: Observed, **wanted: t.Any) -> str:
    """Why nothing is planned."""
    with pytest.raises(Refused) as caught:
        plan(server, **wanted)
    return str(caught.value)


def begun(status: str, change_id: str = "CHG1") -> Operation:
    """A reactivation under a change ID."""
    return operation("reactivate", status=status, change_id=change_id)


def test_a_task_that_wants_nothing_changes_nothing() -> None:
    made = plan(observed())
    assert made.plan.steps == ()
    assert made.plan.diff == []
    assert made.awaiting is None


# Contact data


def test_only_contact_data_that_differs_is_written() -> None:
    wanted = {"company": "Contoso", "first_name": "Grace", "email": "ada@contoso.example"}
    assert texts(observed(), contact=wanted) == ["Set first_name of rdls02", "Set email of rdls02"]


def test_contact_data_may_be_cleared() -> None:
    assert texts(observed(contact={"city": "Oslo"}), contact={"city": ""}) == ["Clear city of rdls02"]
    assert texts(observed(), contact={"city": ""}) == []


def test_the_diff_shows_what_was_asked_for_and_nothing_else() -> None:
    made = plan(observed(), contact={"company": "Fabrikam", "city": ""})
    assert made.plan.diff[0]["before"] == "company: Contoso\ncity:    (not set)\n"
    assert made.plan.diff[0]["after"] == "company: Fabrikam\ncity:    (not set)\n"


# Scope and registrations


def test_another_discovery_scope() -> None:
    assert texts(observed(), discovery_scope="forest") == ["Change the discovery scope of rdls02 to forest"]
    assert texts(observed(), discovery_scope="domain") == []


@pytest.mark.parametrize(
    ("now", "wanted", "wording"),
    [
        (False, True, "Add rdls02 to the published license servers of the forest"),
        (None, True, "Add rdls02 to the published license servers of the forest"),
        (True, False, "Remove rdls02 from the published license servers of the forest"),
        (None, False, "Remove rdls02 from the published license servers of the forest"),
        (True, True, None),
        (False, False, None),
    ],
)
def test_registration_in_active_directory(now: bool | None, wanted: bool, wording: str | None) -> None:
    server = observed(registrations={"published": now})
    assert texts(server, registrations={"published": wanted}) == ([wording] if wording else [])


# Activation


def test_a_server_is_activated() -> None:
    made = plan(observed(), state="activated")
    assert [step.text for step in made.plan.steps] == ["Activate rdls02 by the automatic method"]
    assert made.plan.diff[0]["before"] == "activation: not activated\n"
    assert made.plan.diff[0]["after"] == "activation: activated\n"


def test_an_activated_server_stays_as_it_is() -> None:
    made = plan(observed(ACTIVATED), state="activated")
    assert not made.plan.steps
    assert not made.plan.diff


def test_a_server_is_deactivated() -> None:
    assert texts(observed(ACTIVATED), state="deactivated") == ["Deactivate rdls02 by the automatic method"]
    assert texts(observed(), state="deactivated") == []


@pytest.mark.parametrize("state", ["activated", "deactivated"])
def test_an_unknown_status_is_for_an_administrator(state: str) -> None:
    message = refusal(observed(UNKNOWN), state=state)
    assert "the activation status is 'unknown'" in message
    assert "state: reactivated" in message


def test_the_server_with_another_id_is_activated_already() -> None:
    server = observed(ACTIVATED, method="web_browser")
    assert texts(server, state="activated", license_server_id=TARGET_ID) == []
    message = refusal(server, state="activated", license_server_id=SOURCE_ID)
    assert "already activated with the license server ID T4RG3-TT4RG-" in message
    assert "state: reactivated" in message


@pytest.mark.parametrize(
    ("state", "activation", "needed"),
    [
        ("activated", NOT_ACTIVATED, ["first_name", "last_name", "company", "country_region"]),
        ("deactivated", ACTIVATED, ["first_name", "last_name"]),
        ("reactivated", ACTIVATED, ["first_name", "last_name"]),
    ],
)
def test_contact_data_that_the_automatic_method_needs(state: str, activation: Activation, needed: list[str]) -> None:
    blank = dict.fromkeys(("first_name", "last_name", "company", "country_region"), "")
    options: dict[str, t.Any] = {"state": state, "reason": "server_redeployed", "change_id": "CHG1"}
    message = refusal(observed(activation, contact=blank), **options)
    assert message == (
        f"rdls02: the automatic method requires {', '.join(needed)}, which the server does not have. Set it in contact."
    )
    assert (
        len(texts(observed(activation, contact=blank), **options, contact=dict.fromkeys(needed, "x")))
        == len(needed) + 1
    )


def test_contact_data_may_not_be_cleared_in_the_same_task() -> None:
    assert "requires company" in refusal(observed(), state="activated", contact={"company": ""})


@pytest.mark.parametrize("method", ["web_browser", "telephone"])
@pytest.mark.parametrize(
    ("state", "activation", "code"),
    [
        ("activated", NOT_ACTIVATED, "license_server_id"),
        ("deactivated", ACTIVATED, "confirmation_code"),
        ("reactivated", ACTIVATED, "license_server_id"),
    ],
)
def test_what_an_administrator_has_to_fetch(method: str, state: str, activation: Activation, code: str) -> None:
    server = observed(activation, method=method)
    made = plan(server, state=state, change_id="CHG1", reason="server_redeployed")
    assert made.awaiting == code
    assert not made.plan.steps
    assert not made.plan.diff
    given = plan(server, state=state, change_id="CHG1", reason="server_redeployed", **{code: SOURCE_ID})
    assert given.awaiting is None
    assert len(given.plan.steps) == 1
    assert given.plan.steps[0].action == ChangeActivation(state, automatic=False)


@pytest.mark.parametrize(
    ("state", "activation", "code"),
    [("activated", NOT_ACTIVATED, "license_server_id"), ("deactivated", ACTIVATED, "confirmation_code")],
)
def test_a_code_has_no_place_in_the_automatic_method(state: str, activation: Activation, code: str) -> None:
    message = refusal(observed(activation), state=state, **{code: SOURCE_ID})
    assert message.startswith(f"rdls02: {code} requires the connection method web_browser or telephone")
    assert SOURCE_ID not in message


def test_contact_data_waits_for_nobody() -> None:
    server = observed(method="telephone")
    assert texts(server, state="activated", contact={"city": "Oslo"}) == ["Set city of rdls02"]


# Reactivation happens once for each change ID


@pytest.mark.parametrize("activation", [ACTIVATED, NOT_ACTIVATED, UNKNOWN])
def test_a_server_is_reactivated_whatever_its_status(activation: Activation) -> None:
    made = plan(observed(activation), state="reactivated", reason="certificate_corrupt", change_id="CHG1")
    assert [step.text for step in made.plan.steps] == ["Reactivate rdls02 by the automatic method, for change CHG1"]
    assert made.plan.diff[0]["after"] == "activation: activated (reactivated for change CHG1)\n"


@pytest.mark.parametrize(
    ("record", "steps"),
    [
        ([begun(DONE)], 0),
        ([begun(NOT_DONE)], 1),
        ([begun(DONE, "CHG0")], 1),
        ([operation("convert", change_id="CHG1")], 1),
    ],
)
def test_once_for_each_change(record: list[Operation], steps: int) -> None:
    options = {"state": "reactivated", "reason": "server_upgraded", "change_id": "CHG1"}
    assert len(texts(observed(ACTIVATED, record=record), **options)) == steps


CHANGE = {"state": "reactivated", "reason": "server_upgraded", "change_id": "CHG1"}
OVER = OutcomeRule(datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc))


@pytest.mark.parametrize("change_id", ["CHG1", "CHG2"])
def test_a_reactivation_whose_outcome_cannot_be_read_is_for_an_administrator(change_id: str) -> None:
    for rule, words in ((OutcomeRule(), "may still be working"), (OVER, "license server ID is still the same")):
        server = replace(observed(ACTIVATED, record=[begun(INTENDED)]), outcome=rule)
        message = refusal(server, **{**CHANGE, "change_id": change_id})
        assert "CHG1" in message
        assert words in message
        assert f"operation: {begun(INTENDED).operation_id}, outcome: had_no_effect" in message


@pytest.mark.parametrize(("status", "before"), [(INTENDED, SOURCE_ID), (ANSWERED, TARGET_ID), (ANSWERED, None)])
def test_another_id_or_a_reported_success_is_an_outcome(status: str, before: str | None) -> None:
    earlier = replace(begun(status), license_server_id=before)
    (step,) = plan(observed(ACTIVATED, record=[earlier]), **CHANGE).plan.steps
    assert isinstance(step.action, WriteOperation)
    assert step.action.operation.status == DONE
    assert step.changes
    reported = replace(earlier, reported=True)
    assert not plan(observed(ACTIVATED, record=[reported]), **CHANGE).plan.changed


@pytest.mark.parametrize(("outcome", "status", "steps"), [("took_effect", DONE, 1), ("had_no_effect", GIVEN_UP, 2)])
def test_an_administrator_decides(outcome: str, status: str, steps: int) -> None:
    earlier = replace(begun(INTENDED), license_server_id=TARGET_ID)
    decided = (Resolution(earlier.operation_id, outcome),)
    made = plan(observed(ACTIVATED, record=[earlier]), resolutions=decided, **CHANGE).plan.steps
    assert len(made) == steps
    assert isinstance(made[0].action, WriteOperation)
    assert made[0].action.operation.status == status
    # Left in the playbook, it does nothing more.
    after = observed(ACTIVATED, record=[earlier.finish(status, earlier.started)])
    assert len(texts(after, resolutions=decided, **CHANGE)) == steps - 1


def test_a_decision_that_contradicts_the_status_is_refused() -> None:
    earlier = operation("activate", status=INTENDED)
    decided = (Resolution(earlier.operation_id, "took_effect"),)
    assert "outcome: had_no_effect" in refusal(observed(record=[earlier]), state="activated", resolutions=decided)


@pytest.mark.parametrize(("kind", "state"), [("activate", "activated"), ("deactivate", "deactivated")])
def test_an_activation_without_outcome_is_made_again_once_the_server_cannot_be_at_work(kind: str, state: str) -> None:
    there = NOT_ACTIVATED if kind == "activate" else ACTIVATED
    server = observed(there, record=[operation(kind, status=INTENDED)])
    assert "may still be working on it" in refusal(server, state=state)
    first, second = plan(replace(server, outcome=OVER), state=state).plan.steps
    assert isinstance(first.action, WriteOperation)
    assert first.action.operation.status == NOT_DONE
    assert second.action == ChangeActivation(state, automatic=True)


@pytest.mark.parametrize(("now", "kinds"), [(TARGET_ID, ["had", "Reactivate"]), (SOURCE_ID, ["took"])])
def test_an_id_that_was_given_tells_whether_it_happened(now: str, kinds: list[str]) -> None:
    server = observed(Activation(0, now), method="web_browser", record=[begun(INTENDED)])
    options = {**CHANGE, "license_server_id": SOURCE_ID}
    found = texts(replace(server, outcome=OVER), **options)
    assert len(found) == len(kinds)
    assert all(kind in text for kind, text in zip(kinds, found, strict=True))


# Order


def test_contact_data_before_activation_and_active_directory_after_it() -> None:
    server = observed(registrations={"published": False})
    steps = texts(
        server,
        state="activated",
        contact={"city": "Oslo"},
        discovery_scope="forest",
        registrations={"published": True},
    )
    assert [step.split()[0] for step in steps] == ["Set", "Activate", "Change", "Add"]


def test_a_server_leaves_active_directory_before_it_is_deactivated() -> None:
    server = observed(ACTIVATED, registrations={"published": True})
    steps = texts(server, state="deactivated", registrations={"published": False}, contact={"city": "Oslo"})
    assert [step.split()[0] for step in steps] == ["Set", "Remove", "Deactivate"]


def test_a_server_that_waits_for_its_code_stays_in_active_directory() -> None:
    server = observed(ACTIVATED, registrations={"published": True}, method="telephone")
    wanted = {"state": "deactivated", "registrations": {"published": False}, "discovery_scope": "workgroup"}
    made = plan(server, **wanted)
    assert (made.awaiting, made.plan.steps, made.plan.diff) == ("confirmation_code", (), [])
    assert [step.split()[0] for step in texts(server, **wanted, confirmation_code="C0NF1RM")] == [
        "Change",
        "Remove",
        "Deactivate",
    ]


def test_secrets_are_not_shown_when_options_are() -> None:
    wanted = Wanted(license_server_id=TARGET_ID, confirmation_code="C0NF1RM")
    assert TARGET_ID not in repr(wanted)
    assert "C0NF1RM" not in repr(wanted)
