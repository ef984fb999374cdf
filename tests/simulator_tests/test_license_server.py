# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Win32_TSLicenseServer: contact data, activation, Active Directory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pypsrp.exceptions import WSManFaultError

from tests.simulator_tests.client import FAILED, LICENSE_SERVER, Client
from tests.simulator_tests.conftest import FleetUnderTest

Start = Callable[..., FleetUnderTest]
CONTACT = "contact: {FirstName: Rosa, LastName: Example, Company: Winfleet, CountryRegion: Germany}"


def _call(client: Client, method: str, **arguments: Any) -> dict[str, Any]:
    return client.invoke(LICENSE_SERVER, method, arguments)


def test_automatic_activation_needs_contact_data(start: Start) -> None:
    client = start("servers: {ls1: {}}").client("ls1")
    steps = {"FirstName": "Rosa", "LastName": "Example", "Company": "Winfleet", "CountryRegion": "Germany"}
    for name, value in steps.items():
        assert _call(client, "ActivateServerAutomatic")["ReturnValue"] == FAILED
        client.set(LICENSE_SERVER, **{name: value})
    assert _call(client, "ActivateServerAutomatic") == {"ActivationStatus": "0", "ReturnValue": 0}
    assert _call(client, "GetActivationStatus") == {"ActivationStatus": "0", "ReturnValue": 0}


def test_automatic_activation_needs_the_internet(start: Start) -> None:
    fleet = start(f"servers: {{ls1: {{internet: false, {CONTACT}}}}}")
    client = fleet.client("ls1")
    assert _call(client, "ActivateServerAutomatic")["ReturnValue"] == FAILED
    fleet.control("POST", "/network", {"server": "ls1", "internet": True})
    assert _call(client, "ActivateServerAutomatic")["ReturnValue"] == 0


def test_license_server_id_is_told_only_when_activated(start: Start) -> None:
    fleet = start("servers: {ls1: {}}")
    client = fleet.client("ls1")
    assert _call(client, "GetLicenseServerId") == {"sLicenseServerId": None, "ReturnValue": FAILED}
    identifier = fleet.state("ls1")["license_server_id"]
    assert len(identifier) == 35
    assert _call(client, "ActivateServer", sLicenseServerId="A" * 35)["ReturnValue"] == FAILED
    assert _call(client, "ActivateServer", sLicenseServerId=identifier[:34])["ReturnValue"] == 0x80041008
    assert _call(client, "GetActivationStatus")["ActivationStatus"] == "1"
    assert _call(client, "ActivateServer", sLicenseServerId=identifier)["ActivationStatus"] == "0"
    assert _call(client, "GetLicenseServerId")["sLicenseServerId"] == identifier


def test_deactivation(start: Start) -> None:
    fleet = start(f"servers: {{auto: {{activated: true, {CONTACT}}}, phone: {{activated: true}}}}")
    assert _call(fleet.client("auto"), "DeactivateServerAutomatic")["ActivationStatus"] == "1"
    client = fleet.client("phone")
    assert _call(client, "DeactivateServerAutomatic")["ReturnValue"] == FAILED
    assert _call(client, "DeactivateServer", sConfirmCode="wrong")["ReturnValue"] == FAILED
    assert _call(client, "GetActivationStatus")["ActivationStatus"] == "0"


def test_reactivation_gives_a_new_id_and_keeps_the_cals(start: Start) -> None:
    fleet = start(
        f"servers: {{ls1: {{activated: true, {CONTACT}, key_packs: [{{purchase: p, quantity: 5}}]}}}}\n"
        "clearinghouse: {purchases: {p: {program: select, agreement_number: '7654321', "
        "product_version: windows_server_2019, cal_type: per_user, quantity: 5}}}"
    )
    client = fleet.client("ls1")
    before = fleet.state("ls1")["license_server_id"]
    assert _call(client, "ReactivateServerAutomatic", Reason=5)["ReturnValue"] == 0x80041008
    assert _call(client, "ReactivateServerAutomatic", Reason=1) == {"ActivationStatus": "0", "ReturnValue": 0}
    assert fleet.state("ls1")["license_server_id"] != before
    assert fleet.packs("ls1") == [(6, 1, 5)]
    purchases = fleet.control("GET", "/state")["clearinghouse"]["purchases"]
    assert purchases["p"]["placed"] == {"ls1": 5}


@pytest.mark.parametrize(
    ("language", "country", "accepted"),
    [
        ("en-US", "Germany", True),
        ("en-US", "Deutschland", False),
        ("de-DE", "Deutschland", True),
        ("de-DE", "Germany", False),
        ("ru-RU", "Belarus", False),
        ("zh-CN", "China", False),
        ("zh-CN", "中国", True),
        ("pt-BR", "Brazil", True),
    ],
)
def test_country_has_to_be_in_the_display_language(start: Start, language: str, country: str, accepted: bool) -> None:
    client = start(f"servers: {{ls1: {{ui_language: {language}}}}}").client("ls1")
    if accepted:
        assert client.set(LICENSE_SERVER, CountryRegion=country)["CountryRegion"] == country
        return
    with pytest.raises(WSManFaultError) as error:
        client.set(LICENSE_SERVER, CountryRegion=country)
    assert error.value.code == 2150859038


def test_discovery_scope_needs_rights_in_the_directory(start: Start) -> None:
    fleet = start("servers: {ls1: {discovery_scope: workgroup}}")
    expected = {"admin": [0], "domadmin": [0, 1], "entadmin": [0, 1, 2], "reader": []}
    for user, roles in expected.items():
        client = fleet.client("ls1", user)
        accepted = [role for role in range(4) if _call(client, "ChangeRole", ServerRole=role)["ReturnValue"] == 0]
        assert accepted == roles
    assert fleet.state("ls1")["server_role"] == 2


def test_group_membership_needs_a_domain_admin(start: Start) -> None:
    fleet = start("servers: {ls1: {}}")
    assert _call(fleet.client("ls1"), "AddLStoTSLSGroup")["ReturnValue"] == FAILED
    client = fleet.client("ls1", "domadmin")
    assert _call(client, "IsLSinTSLSGroup", Domain="")["IsMember"] == "false"
    assert _call(client, "AddLStoTSLSGroup")["ReturnValue"] == 0
    assert _call(client, "IsLSinTSLSGroup", Domain="winfleet.example")["IsMember"] == "true"
    assert _call(client, "IsLSinTSLSGroup", Domain="other.example")["IsMember"] == "false"
    assert _call(client, "RemoveLSfromTSLSGroup")["ReturnValue"] == 0
    assert fleet.state("ls1")["directory"]["in_license_servers_group"] is False


def test_publishing_needs_an_enterprise_admin_and_the_connection_point_an_administrator(start: Start) -> None:
    fleet = start("servers: {ls1: {}}")
    assert _call(fleet.client("ls1", "domadmin"), "PublishLS")["ReturnValue"] == FAILED
    assert _call(fleet.client("ls1", "entadmin"), "PublishLS")["ReturnValue"] == 0
    client = fleet.client("ls1")
    assert _call(client, "IsLSPublished")["Published"] == "true"
    assert _call(client, "RegisterLSToSCP")["ReturnValue"] == 0
    assert _call(client, "IsLSRegisteredToSCP")["Registered"] == "true"
    assert _call(client, "UnRegisterLSFromSCP")["ReturnValue"] == 0


def test_double_hop_is_refused_without_delegation(start: Start) -> None:
    fleet = start("servers: {ls1: {behaviour: {double_hop_refused: true}}}")
    assert _call(fleet.client("ls1", "domadmin"), "AddLStoTSLSGroup")["ReturnValue"] == FAILED
    assert _call(fleet.client("ls1", "domadmin", scheme="https"), "AddLStoTSLSGroup")["ReturnValue"] == 0


def test_policies_and_controllers_are_readable(start: Start) -> None:
    fleet = start(
        "servers: {ls1: {on_domain_controller: true, security_group_policy: true, prevent_upgrade_policy: true}}"
    )
    client = fleet.client("ls1")
    assert _call(client, "IsLSonDC")["OnDC"] == "true"
    assert _call(client, "IsLSSecGrpGPEnabled")["Enabled"] == "true"
    assert _call(client, "IsLSPreventUpgradeGPEnabled")["Enabled"] == "true"
    assert _call(client, "IsSecureAccessAllowed", tsname="rdsh01")["Allowed"] == "false"
    assert _call(client, "IsTSinTSCGroup", tsname="rdsh01")["IsMember"] == "false"
    assert client.values("Win32_OperatingSystem")["ProductType"] == "2"


@pytest.mark.parametrize("method", ["CreateTSCGroup", "RemoveTSCGroup", "IsTSCGroupPresent"])
def test_old_group_methods_are_not_supported(single: FleetUnderTest, method: str) -> None:
    assert _call(single.client("ls1"), method)["ReturnValue"] == 0x8004100C


def test_refusals_are_what_the_fleet_file_says(start: Start) -> None:
    fleet = start("servers: {ls1: {refusals: {contact_missing: 0x80070057, default: 0x80041001}}}")
    assert _call(fleet.client("ls1"), "ActivateServerAutomatic")["ReturnValue"] == 0x80070057
