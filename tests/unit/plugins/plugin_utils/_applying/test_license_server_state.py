# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changing a license server: one property at a time, each change read back, activation exactly once."""

from __future__ import annotations

import typing as t
from collections.abc import Callable

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.license_server_state import (
    LicenseServerChanger,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import (
    LicensingError,
    OutcomeUnknown,
    Refused,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import DONE, INTENDED, NOT_DONE
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.license_server_state import (
    Observed,
    Wanted,
    plan_license_server,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Step
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanConnectionLost,
    WsmanError,
    WsmanFault,
    WsmanTimeout,
    WsmanUnreachable,
)

from tests.unit.builders import SOURCE_ID, TARGET_ID
from tests.unit.fake_license_server import OPERATIONS_KEY, FakeLicenseServer

REACTIVATION: dict[str, t.Any] = {"state": "reactivated", "reason": "server_upgraded", "change_id": "CHG1"}
NO_ANSWER = [WsmanTimeout("too slow"), WsmanConnectionLost("gone"), WsmanFault("half way", outcome_unknown=True)]


def new_server(status: int = 1) -> FakeLicenseServer:
    """A server that is not activated yet, unless told otherwise."""
    return FakeLicenseServer(status=status, registry={OPERATIONS_KEY: {}})


def change(server: FakeLicenseServer, method: str = "automatic", **options: t.Any) -> list[str]:
    """Observe, plan, apply; gives the steps that were done."""
    wanted = Wanted(**options)
    there = server.license_server
    registrations = there.registrations(list(wanted.registrations))
    observed = Observed("rdls02", there.properties(), there.activation(), registrations, there.ledger(), method)
    server.calls.clear()
    done: list[str] = []
    changer = LicenseServerChanger(there, wanted, observed.ledger, method, done.append)
    changer.apply(plan_license_server(wanted, observed).plan.steps)
    return done


def entries(server: FakeLicenseServer) -> list[tuple[str, str]]:
    """Operations of the record and their status."""
    return [(each.operation, each.status) for each in server.ledger.operations]


def failing(name: str, error: WsmanError) -> Callable[[str], None]:
    """Raise an error around one kind of request."""

    def fail(request: str) -> None:
        if request == name:
            raise error

    return fail


# Contact data


def test_one_property_for_each_put_from_an_instance_just_read() -> None:
    server = new_server()
    assert change(server, contact={"city": "Oslo", "email": "ada@contoso.example"}) == [
        "Set city of rdls02",
        "Set email of rdls02",
    ]
    read = "get Win32_TSLicenseServer"
    assert server.calls == [read, "put City", read, read, "put eMail", read]
    assert (server.contact["city"], server.contact["email"]) == ("Oslo", "ada@contoso.example")


def test_a_put_that_did_nothing_is_no_success() -> None:
    server = new_server()
    server.silent.add("put")
    with pytest.raises(LicensingError, match="setting city was answered with success, but reading it back shows some"):
        change(server, contact={"city": "Oslo"})


@pytest.mark.parametrize(
    ("option", "name", "hint"), [("country_region", "CountryRegion", True), ("city", "City", False)]
)
def test_a_country_that_the_server_does_not_know_by_that_name(option: str, name: str, hint: bool) -> None:
    server = new_server()
    fault = WsmanFault("", wmi_code=0x80041008, outcome_unknown=True)
    server.before = failing(f"put {name}", fault)
    with pytest.raises(CallRefused) as caught:
        change(server, contact={option: "Schweden"})
    assert caught.value.code == 0x80041008
    assert ("only by its name in the server's own display language" in str(caught.value)) is hint


# Scope and registration


def test_discovery_scope() -> None:
    server = new_server()
    change(server, discovery_scope="forest")
    assert server.role == 2
    assert server.calls == ["ChangeRole", "get Win32_TSLicenseServer"]


def test_a_refused_scope_says_whose_right_it_is() -> None:
    server = new_server()
    server.refusals["ChangeRole"] = 1
    with pytest.raises(CallRefused, match="scope domain needs a Domain Admin, scope forest an Enterprise Admin"):
        change(server, discovery_scope="forest")


def test_a_scope_that_stays_as_it_was_is_no_success() -> None:
    server = new_server()
    server.silent.add("ChangeRole")
    with pytest.raises(LicensingError, match="changing the discovery scope to forest was answered with success, but"):
        change(server, discovery_scope="forest")


METHODS = [
    ("license_servers_group", True, "AddLStoTSLSGroup", "IsLSinTSLSGroup"),
    ("license_servers_group", False, "RemoveLSfromTSLSGroup", "IsLSinTSLSGroup"),
    ("service_connection_point", True, "RegisterLSToSCP", "IsLSRegisteredToSCP"),
    ("service_connection_point", False, "UnRegisterLSFromSCP", "IsLSRegisteredToSCP"),
    ("published", True, "PublishLS", "IsLSPublished"),
    ("published", False, "UnpublishLS", "IsLSPublished"),
]


@pytest.mark.parametrize(("name", "wanted", "method", "flag"), METHODS)
def test_registration_is_changed_and_read_back(name: str, wanted: bool, method: str, flag: str) -> None:
    server = new_server()
    server.flags[flag] = not wanted
    change(server, registrations={name: wanted})
    assert server.calls == [method, flag]
    assert server.flags[flag] is wanted


@pytest.mark.parametrize(("name", "wanted", "method", "flag"), METHODS)
def test_a_registration_that_stays_as_it_was_is_no_success(name: str, wanted: bool, method: str, flag: str) -> None:
    server = new_server()
    server.flags[flag] = not wanted
    server.silent.add(method)
    with pytest.raises(LicensingError, match="was answered with success, but reading it back shows something else"):
        change(server, registrations={name: wanted})


def test_a_refused_registration_names_rights_and_delegation() -> None:
    server = new_server()
    server.refusals["PublishLS"] = 5
    with pytest.raises(CallRefused, match=r"publishing an Enterprise Admin; .* use CredSSP or Kerberos delegation"):
        change(server, registrations={"published": True})


# Activation


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
    assert server.calls[:2] == ["SetStringValue", call]
    assert server.calls[2] == "GetActivationStatus"
    assert server.calls[-1] == "SetStringValue"
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
    (entry,) = server.ledger.operations
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
    with pytest.raises(OutcomeUnknown, match="was answered with success, but the activation status is now"):
        change(server, state=state)
    assert entries(server)[0][1] == INTENDED


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
    with pytest.raises((WsmanError, CallRefused)):
        change(server, state="activated")
    assert entries(server) == [("activate", INTENDED)]
    assert server.calls.count("ActivateServerAutomatic") == 1
    server.before = lambda name: None
    assert change(server, state="activated") == ["Activate rdls02 by the automatic method"]
    assert server.status == 0


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("error", NO_ANSWER, ids=lambda each: type(each).__name__)
def test_a_reactivation_without_an_answer_is_for_a_person(error: WsmanError, moment: str) -> None:
    """Nothing that can be read tells whether it happened."""
    server = new_server(0)
    setattr(server, moment, failing("ReactivateServerAutomatic", error))
    with pytest.raises((WsmanError, CallRefused)):
        change(server, **REACTIVATION)
    assert entries(server) == [("reactivate", INTENDED)]
    setattr(server, moment, lambda name: None)
    with pytest.raises(Refused, match="use a new change_id"):
        change(server, **REACTIVATION)
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


def test_a_failure_in_the_middle_tells_what_was_done_before() -> None:
    server = new_server()
    server.refusals["ActivateServerAutomatic"] = 7
    done: list[str] = []
    wanted = Wanted(state="activated", contact={"city": "Oslo"})
    there = server.license_server
    observed = Observed("rdls02", there.properties(), there.activation(), {}, there.ledger(), "automatic")
    changer = LicenseServerChanger(there, wanted, observed.ledger, "automatic", done.append)
    with pytest.raises(CallRefused):
        changer.apply(plan_license_server(wanted, observed).plan.steps)
    assert done == ["Set city of rdls02"]


def test_a_step_of_another_kind_is_a_mistake() -> None:
    server = new_server()
    changer = LicenseServerChanger(server.license_server, Wanted(), server.ledger, "automatic", print)
    with pytest.raises(TypeError, match="not a change to a license server"):
        changer.apply([Step("Dance", "waltz")])
