# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changing contact data, scope and registration of a license server: each change is read back."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.call_and_verify import Verifier
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.license_server_changes import (
    LicenseServerChanger,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import (
    LicensingError,
    OutcomeUnknown,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.license_server_plan import (
    Observed,
    Wanted,
    plan_license_server,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanConnectionLost,
    WsmanFault,
    WsmanUnreachable,
)

from tests.unit.license_server_changes import change, failing, new_server

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
    with pytest.raises(LicensingError, match="setting city"):
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
    assert ("only by its name in its own display language" in str(caught.value)) is hint


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
    with pytest.raises(LicensingError, match="changing the discovery scope to forest"):
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
    with pytest.raises(LicensingError, match=r"the AD|the published"):
        change(server, registrations={name: wanted})


@pytest.mark.parametrize("code", [5, 0x80070005, 0x80041003])
def test_a_refused_registration_names_rights_and_delegation(code: int) -> None:
    server = new_server()
    server.refusals["PublishLS"] = code
    with pytest.raises(CallRefused, match=r"publishing an Enterprise Admin; .* use CredSSP or Kerberos delegation"):
        change(server, registrations={"published": True})


def test_a_failure_in_the_middle_tells_what_was_done_before() -> None:
    server = new_server()
    server.refusals["ActivateServerAutomatic"] = 7
    done: list[str] = []
    wanted = Wanted(state="activated", contact={"city": "Oslo"})
    there = server.license_server
    observed = Observed("rdls02", there.properties(), there.activation(), {}, there.recorded_operations(), "automatic")
    changer = LicenseServerChanger(there, wanted, observed, Verifier(60, print), done.append)
    with pytest.raises(CallRefused):
        changer.apply(plan_license_server(wanted, observed).plan.steps)
    assert done == ["Set city of rdls02"]


# Failures after the call


@pytest.mark.parametrize(
    ("options", "call", "read"),
    [
        ({"contact": {"city": "Oslo"}}, "put City", "get Win32_TSLicenseServer"),
        ({"discovery_scope": "forest"}, "ChangeRole", "get Win32_TSLicenseServer"),
        ({"registrations": {"published": True}}, "PublishLS", "IsLSPublished"),
        ({"state": "activated"}, "ActivateServerAutomatic", "GetActivationStatus"),
    ],
)
def test_a_change_that_cannot_be_read_back_is_reported(options: dict[str, t.Any], call: str, read: str) -> None:
    server = new_server()

    def fail(name: str) -> None:
        if call in server.calls and name == read:
            raise WsmanUnreachable("connection refused")

    server.before = fail
    with pytest.raises(OutcomeUnknown):
        change(server, **options)
    assert server.noted_changes == 1


def test_a_lost_response_to_a_change_is_settled_by_reading() -> None:
    server = new_server()
    server.after = failing("put City", WsmanConnectionLost("the connection broke"))
    change(server, contact={"city": "Oslo"})
    assert server.contact["city"] == "Oslo"
    assert "the connection broke" in server.warnings[0]


@pytest.mark.parametrize("text", ["1 Main Street\r\nBuilding 2", "1 Main Street\rBuilding 2"])
def test_line_breaks_in_contact_data_settle(text: str) -> None:
    """XML knows one kind of line break, and brings back that one."""
    server = new_server()
    server.after = lambda name: server.contact.update(address="1 Main Street\nBuilding 2") if "put" in name else None
    change(server, contact={"address": text})
    assert change(server, contact={"address": text}) == []
