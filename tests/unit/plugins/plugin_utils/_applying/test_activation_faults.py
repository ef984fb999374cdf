# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A change of the activation that breaks off at any message takes effect once, and its record can always be closed."""

from __future__ import annotations

import typing as t
from collections.abc import Callable

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.call_and_verify import Verifier
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.license_server_changes import (
    LicenseServerChanger,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError, Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import DONE, GIVEN_UP, NOT_DONE
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.license_server_plan import (
    Observed,
    Wanted,
    plan_license_server,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.resolutions import (
    HAD_NO_EFFECT,
    TOOK_EFFECT,
    Resolution,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.unfinished_operations import OutcomeRule
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanConnectionLost,
    WsmanError,
    WsmanTimeout,
    WsmanUnreachable,
)

from tests.unit.simulated_server import SimulatedServer

CONTACT = {"FirstName": "Rosa", "LastName": "Example", "Company": "Winfleet Example", "CountryRegion": "Germany"}
STATES: t.Final[dict[str, dict[str, t.Any]]] = {
    "activated": {},
    "deactivated": {},
    "reactivated": {"reason": "certificate_corrupt", "change_id": "CHG1"},
}
CALLS: t.Final = {
    "activated": "ActivateServerAutomatic",
    "deactivated": "DeactivateServerAutomatic",
    "reactivated": "ReactivateServerAutomatic",
}


class Killed(BaseException):
    """The controller's process ends."""


ERRORS: t.Final[dict[str, Callable[[], BaseException]]] = {
    "killed": Killed,
    "lost": lambda: WsmanConnectionLost("the connection broke"),
    "late": lambda: WsmanTimeout("no response"),
    "refused": lambda: WsmanUnreachable("connection refused"),
}


def simulated(state: str) -> SimulatedServer:
    return SimulatedServer({"activated": state != "activated", "contact": CONTACT})


def run(server: SimulatedServer, state: str, resolutions: tuple[Resolution, ...] = ()) -> list[str]:
    """One run, long after the one before it; gives the steps that count as changes."""
    there = server.license_server
    wanted = Wanted(state=state, resolutions=resolutions, **STATES[state])
    recorded = there.recorded_operations()
    rule = OutcomeRule(there.now(), 0)
    observed = Observed("rdls02", there.properties(), there.activation(), {}, recorded, "automatic", rule)
    done: list[str] = []
    verifier = Verifier(60, lambda _warning: None, sleep=lambda _seconds: None)
    LicenseServerChanger(there, wanted, observed, verifier, done.append).apply(
        plan_license_server(wanted, observed).plan.steps
    )
    return done


def attempt(server: SimulatedServer, state: str) -> bool:
    try:
        run(server, state)
    except (LicensingError, WsmanError, Killed):
        return False
    return True


def messages_of(state: str) -> int:
    server = simulated(state)
    run(server, state)
    return server.messages


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(
    ("error", "after"),
    [(error, after) for error in ERRORS for after in (False, True) if (error, after) != ("refused", True)],
)
def test_it_takes_effect_once_and_can_be_closed(state: str, error: str, after: bool) -> None:
    for at in range(1, messages_of(state) + 1):
        server = simulated(state)
        server.break_off(at, ERRORS[error], after=after)
        attempt(server, state)
        server.break_off(0, ERRORS[error], after=after)
        label = f"message {at}"
        if not attempt(server, state):
            # Only what cannot be read is left to an administrator, who looks at the event log.
            assert state == "reactivated", label
            (unfinished,) = server.license_server.recorded_operations().all_unfinished
            outcome = TOOK_EFFECT if server.called(CALLS[state]) else HAD_NO_EFFECT
            run(server, state, (Resolution(unfinished.operation_id, outcome),))
        assert server.called(CALLS[state]) == [CALLS[state]], label
        assert server.license_server.recorded_operations().all_unfinished == (), label
        assert run(server, state) == [], label
        assert server.called(CALLS[state]) == [CALLS[state]], label


@pytest.mark.parametrize("error", ["lost", "late"])
def test_an_effect_without_a_response_is_seen_at_once(error: str) -> None:
    for state, method in CALLS.items():
        server = simulated(state)

        def fail(_number: int, server: SimulatedServer = server, method: str = method) -> None:
            if server.journal.since(0)[-1]["method"] == method:
                raise ERRORS[error]()  # noqa: RSE102  # calls the maker

        server.after = fail
        run(server, state)
        assert [each.status for each in server.license_server.recorded_operations().operations] == [DONE]


def test_a_call_that_was_not_sent_is_recorded_as_not_done() -> None:
    server = simulated("reactivated")

    def fail(_number: int) -> None:
        written = [each for each in server.journal.since(0) if each["method"] == "SetStringValue"]
        if written and server.journal.since(0)[-1]["method"] == "EnumValues":
            server.before = lambda _number: None
            raise WsmanUnreachable("connection refused")

    server.before = fail
    with pytest.raises(WsmanUnreachable):
        run(server, "reactivated")
    assert [each.status for each in server.license_server.recorded_operations().operations] == [NOT_DONE]
    run(server, "reactivated")
    assert server.called(CALLS["reactivated"]) == [CALLS["reactivated"]]


def test_a_reactivation_that_is_given_up_is_made_again() -> None:
    server = simulated("reactivated")
    rule = {"match": {"method": CALLS["reactivated"]}, "what": "timeout", "takes_effect": False}
    server.misbehaviour.add(rule)
    assert not attempt(server, "reactivated")
    with pytest.raises(Refused) as refused:
        run(server, "reactivated")
    (unfinished,) = server.license_server.recorded_operations().all_unfinished
    assert unfinished.operation_id in str(refused.value)
    run(server, "reactivated", (Resolution(unfinished.operation_id, HAD_NO_EFFECT),))
    assert [each.status for each in server.license_server.recorded_operations().operations] == [GIVEN_UP, DONE]
