# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changing the activation of a license server exactly once, whatever the server answers."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import (
    OutcomeUnknown,
    Refused,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    ANSWERED,
    DONE,
    INTENDED,
    NOT_DONE,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanError,
    WsmanUnreachable,
)

from tests.unit.builders import SOURCE_ID, TARGET_ID
from tests.unit.license_server_changes import NO_ANSWER, REACTIVATION, change, entries, failing, new_server


@pytest.mark.parametrize(
    ("status", "method", "options", "call", "arguments"),
    [
        (1, "automatic", {"state": "activated"}, "ActivateServerAutomatic", {}),
        (
            1,
            "telephone",
            {"state": "activated", "license_server_id": SOURCE_ID},
            "ActivateServer",
            {"sLicenseServerId": SOURCE_ID},
        ),
        (0, "automatic", {"state": "deactivated"}, "DeactivateServerAutomatic", {}),
        (
            0,
            "telephone",
            {"state": "deactivated", "confirmation_code": "C0NF1RM"},
            "DeactivateServer",
            {"sConfirmCode": "C0NF1RM"},
        ),
        (0, "automatic", REACTIVATION, "ReactivateServerAutomatic", {"Reason": 4}),
        (
            0,
            "web_browser",
            {**REACTIVATION, "license_server_id": SOURCE_ID},
            "ReactivateServer",
            {"sNewLicenseServerId": SOURCE_ID},
        ),
    ],
)
def test_every_way_to_change_the_activation(
    status: int, method: str, options: dict[str, t.Any], call: str, arguments: dict[str, t.Any]
) -> None:
    server = new_server(status)
    assert len(change(server, method, **options)) == 1
    assert (call, arguments) in server.sent
    assert "SetStringValue" in server.calls[: server.calls.index(call)]
    assert "SetStringValue" in server.calls[server.calls.index(call) :]
    assert "GetActivationStatus" in server.calls[server.calls.index(call) :]
    assert entries(server) == [(options["state"].removesuffix("d"), DONE)]


@pytest.mark.parametrize(
    ("reason", "number"),
    [
        ("server_redeployed", 0),
        ("certificate_corrupt", 1),
        ("private_key_compromised", 2),
        ("activation_key_expired", 3),
        ("server_upgraded", 4),
    ],
)
def test_reasons_of_a_reactivation(reason: str, number: int) -> None:
    server = new_server(0)
    change(server, **{**REACTIVATION, "reason": reason})
    assert ("ReactivateServerAutomatic", {"Reason": number}) in server.sent
    (entry,) = server.recorded.operations
    assert (entry.change_id, entry.reason, entry.connection_method) == ("CHG1", reason, "automatic")


def test_no_code_is_in_the_record() -> None:
    server = new_server(0)
    change(server, "telephone", state="deactivated", confirmation_code="C0NF1RM")
    assert "C0NF1RM" not in str(server.registry)


def test_a_refused_activation_is_recorded_as_not_done() -> None:
    server = new_server()
    server.refusals["ActivateServerAutomatic"] = 7
    with pytest.raises(CallRefused, match="outbound TCP 443"):
        change(server, state="activated")
    assert entries(server) == [("activate", NOT_DONE)]


def test_a_refused_code_is_to_be_checked() -> None:
    server = new_server()
    server.refusals["ActivateServer"] = 7
    with pytest.raises(CallRefused, match="check the ID or code for typing errors"):
        change(server, "telephone", state="activated", license_server_id=TARGET_ID)


@pytest.mark.parametrize(("status", "state"), [(1, "activated"), (0, "deactivated")])
def test_success_with_the_status_as_it_was_is_no_success(status: int, state: str) -> None:
    server = new_server(status)
    server.silent = {"ActivateServerAutomatic", "DeactivateServerAutomatic"}
    with pytest.raises(OutcomeUnknown, match="activating the license server"):
        change(server, state=state)
    assert entries(server)[0][1] == ANSWERED


@pytest.mark.parametrize("error", NO_ANSWER, ids=lambda each: type(each).__name__)
def test_an_answer_that_got_lost_is_no_loss_where_the_status_tells(error: WsmanError) -> None:
    server = new_server()
    server.after = failing("ActivateServerAutomatic", error)
    change(server, state="activated")
    assert entries(server) == [("activate", DONE)]
    assert server.calls.count("ActivateServerAutomatic") == 1


@pytest.mark.parametrize("error", NO_ANSWER, ids=lambda each: type(each).__name__)
def test_a_call_that_got_lost_stays_an_intention(error: WsmanError) -> None:
    server = new_server()
    server.before = failing("ActivateServerAutomatic", error)
    with pytest.raises(OutcomeUnknown):
        change(server, state="activated")
    assert entries(server) == [("activate", INTENDED)]
    assert server.calls.count("ActivateServerAutomatic") == 1
    server.before = lambda name: None
    with pytest.raises(Refused, match="may still be working on it"):
        change(server, state="activated")
    assert change(server, state="activated", outcome_wait=0) == ["Activate rdls02 by the automatic method"]
    assert entries(server) == [("activate", NOT_DONE), ("activate", DONE)]
    assert server.status == 0


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("error", NO_ANSWER, ids=lambda each: type(each).__name__)
def test_a_reactivation_that_cannot_be_seen_is_for_an_administrator(error: WsmanError, moment: str) -> None:
    """The license server ID is still the same."""
    server = new_server(0)
    setattr(server, moment, failing("ReactivateServerAutomatic", error))
    with pytest.raises(OutcomeUnknown):
        change(server, **REACTIVATION)
    assert entries(server) == [("reactivate", INTENDED)]
    setattr(server, moment, lambda name: None)
    for wait in (3600, 0):
        with pytest.raises(Refused) as refused:
            change(server, outcome_wait=wait, **REACTIVATION)
        assert "resolve_operations" in str(refused.value)
    assert server.calls.count("ReactivateServerAutomatic") == 0


def test_the_same_change_again_does_nothing() -> None:
    server = new_server(0)
    change(server, **REACTIVATION)
    assert change(server, **REACTIVATION) == []
    assert server.changing == []


def test_a_server_out_of_reach_was_not_asked() -> None:
    server = new_server()
    server.before = failing("ActivateServerAutomatic", WsmanUnreachable("refused"))
    with pytest.raises(WsmanUnreachable):
        change(server, state="activated")
    assert server.status == 1
