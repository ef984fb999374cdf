# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changing contact data, scope and registration of a license server: each change is read back."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.license_server_state import (
    LicenseServerChanger,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import (
    LicensingError,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.license_server_state import (
    Observed,
    Wanted,
    plan_license_server,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Step
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanFault,
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
