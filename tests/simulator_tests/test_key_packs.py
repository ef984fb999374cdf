# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Win32_TSLicenseKeyPack and the Clearinghouse: install, migrate, reinstall, remove, convert."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.simulator_tests.client import FAILED, KEY_PACK, Client
from tests.simulator_tests.conftest import FleetUnderTest

Start = Callable[..., FleetUnderTest]
MALFORMED = 0x80041008
RETAIL = "ABCDE12345FGHJK67890KMNPQ"
FLEET = f"""
servers:
  old: {{activated: true, windows_release: "2022", address: 127.0.0.1, key_packs: [{{purchase: users, quantity: 100}}]}}
  new: {{activated: true, windows_release: "2025"}}
  small: {{activated: true, windows_release: "2016"}}
  fresh: {{}}
clearinghouse:
  purchases:
    users: {{program: enterprise, agreement_number: "1234567", product_version: windows_server_2022,
             cal_type: per_user, quantity: 150}}
    devices: {{program: open, license_number: "12345678", authorization_number: ABCDE12345FGHJK,
               product_version: windows_server_2016, cal_type: per_device, quantity: 20}}
    box: {{program: retail, license_code: {RETAIL}, product_version: windows_server_2019,
           cal_type: per_device, quantity: 5}}
"""
USERS = {"AgreementType": 1, "sAgreementNumber": "1234567", "ProductVersion": 7, "ProductType": 1}
DEVICES = {
    "sLicenseNumber": "12345678",
    "sAuthorizationNumber": "ABCDE12345FGHJK",
    "ProductVersion": 5,
    "ProductType": 0,
}


@pytest.fixture
def fleet(start: Start) -> FleetUnderTest:
    return start(FLEET)


def _call(client: Client, method: str, *parts: dict[str, Any], **arguments: Any) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for piece in (*parts, arguments):
        merged.update(piece)
    return client.invoke(KEY_PACK, method, merged)


def _source(fleet: FleetUnderTest, name: str = "old.winfleet.example") -> dict[str, str]:
    return {"sSourceLSName": name, "sSourceLSProductId": fleet.state("old")["license_server_id"]}


def _install(fleet: FleetUnderTest, server: str = "new", count: int = 50, **changes: Any) -> dict[str, Any]:
    return _call(fleet.client(server), "InstallAgreementLicenseKeyPack", USERS, {"LicenseCount": count, **changes})


def test_install_shows_the_pack(fleet: FleetUnderTest) -> None:
    answer = _install(fleet)
    assert answer["ReturnValue"] == 0
    pack = fleet.client("new").packs()[int(answer["KeyPackId"])]
    assert pack == {
        "KeyPackId": answer["KeyPackId"],
        "Description": "C50-10.02-S",
        "KeyPackType": "2",
        "ProductType": "1",
        "ProductVersion": "Windows Server 2022",
        "ProductVersionID": "7",
        "TotalLicenses": "50",
        "IssuedLicenses": "0",
        "AvailableLicenses": "50",
        "ExpirationDate": "2038-01-01T00:00:00Z",
        "AccessRights": "7",
        "TypeAndModel": "RDS Per User CAL",
    }


def test_other_programs(fleet: FleetUnderTest) -> None:
    client = fleet.client("new")
    opened = _call(client, "InstallOpenLicenseKeyPack", DEVICES, LicenseCount=20)
    boxed = _call(client, "InstallRetailPurchaseLicenseKeyPack", sLicenseCode=RETAIL)
    packs = client.packs()
    assert packs[int(opened["KeyPackId"])]["KeyPackType"] == "5"
    assert packs[int(boxed["KeyPackId"])]["KeyPackType"] == "1"
    assert packs[int(boxed["KeyPackId"])]["TotalLicenses"] == "5"
    again = _call(client, "InstallRetailPurchaseLicenseKeyPack", sLicenseCode=RETAIL)
    assert again == {"KeyPackId": None, "ReturnValue": FAILED}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"sAgreementNumber": "7654321"}, FAILED),
        ({"sAgreementNumber": "123456"}, MALFORMED),
        ({"sAgreementNumber": "123-4567"}, MALFORMED),
        ({"AgreementType": 0}, FAILED),
        ({"AgreementType": 6}, MALFORMED),
        ({"ProductVersion": 6}, FAILED),
        ({"ProductVersion": 1}, MALFORMED),
        ({"ProductVersion": 99}, MALFORMED),
        ({"ProductType": 0}, FAILED),
        ({"ProductType": 3}, MALFORMED),
        ({"LicenseCount": 51}, FAILED),
        ({"LicenseCount": 0}, MALFORMED),
        ({"LicenseCount": None}, MALFORMED),
    ],
)
def test_refused_installations_change_nothing(fleet: FleetUnderTest, changes: dict[str, Any], expected: int) -> None:
    before = fleet.control("GET", "/state")
    answer = _install(fleet, **changes)
    assert answer == {"KeyPackId": None, "ReturnValue": expected}
    after = fleet.control("GET", "/state")
    assert after == before
    assert fleet.journal()[-1]["changed"] is False


def test_more_than_bought_is_refused_over_all_servers(fleet: FleetUnderTest) -> None:
    assert _install(fleet, count=50)["ReturnValue"] == 0
    assert _install(fleet, "old", count=1)["ReturnValue"] == FAILED


def test_server_must_be_activated_and_new_enough_and_online(fleet: FleetUnderTest) -> None:
    assert _install(fleet, "fresh")["ReturnValue"] == FAILED
    assert _install(fleet, "small")["ReturnValue"] == FAILED
    assert (
        _call(fleet.client("small"), "InstallRetailPurchaseLicenseKeyPack", sLicenseCode=RETAIL)["ReturnValue"]
        == FAILED
    )
    fleet.control("POST", "/network", {"server": "new", "internet": False})
    assert _install(fleet)["ReturnValue"] == FAILED
    assert fleet.packs("new") == []


@pytest.mark.parametrize(
    ("release", "highest"),
    [("2008_r2", 3), ("2012", 4), ("2012_r2", 4), ("2016", 5), ("2019", 6), ("2022", 7), ("2025", 8)],
)
def test_highest_cal_of_each_release(start: Start, release: str, highest: int) -> None:
    names = ["2008", "2012", "2016", "2019", "2022", "2025"]
    purchases = ", ".join(
        f"p{name}: {{program: campus, agreement_number: '1111111', product_version: windows_server_{name}, "
        "cal_type: per_user, quantity: 1}"
        for name in names
    )
    fleet = start(
        f"servers: {{ls1: {{activated: true, windows_release: '{release}'}}}}\n"
        f"clearinghouse: {{purchases: {{{purchases}}}}}"
    )
    client = fleet.client("ls1")
    arguments = {"AgreementType": 2, "sAgreementNumber": "1111111", "ProductType": 1, "LicenseCount": 1}
    accepted = [
        version
        for version in (2, 4, 5, 6, 7, 8)
        if _call(client, "InstallAgreementLicenseKeyPack", arguments, ProductVersion=version)["ReturnValue"] == 0
    ]
    assert accepted == [version for version in (2, 4, 5, 6, 7, 8) if version <= highest]


@pytest.mark.parametrize("name", ["old.winfleet.example", "OLD", "127.0.0.1"])
def test_migration_with_the_source_on_the_network_removes_there(fleet: FleetUnderTest, name: str) -> None:
    before = fleet.state("old")
    answer = _call(fleet.client("new"), "ImportAgreementLicenseKeyPack", USERS, _source(fleet, name), LicenseCount=100)
    assert answer["ReturnValue"] == 0
    assert fleet.packs("old") == []
    assert fleet.packs("new") == [(7, 1, 100)]
    after = fleet.state("old")
    assert {key for key in after if after[key] != before[key]} == {"key_packs"}
    assert fleet.control("GET", "/state")["clearinghouse"]["purchases"]["users"]["placed"] == {"new": 100}


def test_migration_of_a_part(fleet: FleetUnderTest) -> None:
    client = fleet.client("new")
    for count in (30, 70):
        answer = _call(client, "ImportAgreementLicenseKeyPack", USERS, _source(fleet), LicenseCount=count)
        assert answer["ReturnValue"] == 0
        assert sum(pack[2] for pack in fleet.packs("old")) == 100 - sum(pack[2] for pack in fleet.packs("new"))
    assert fleet.packs("new") == [(7, 1, 30), (7, 1, 70)]
    again = _call(client, "ImportAgreementLicenseKeyPack", USERS, _source(fleet), LicenseCount=1)
    assert again["ReturnValue"] == FAILED


@pytest.mark.parametrize("way", ["network", "stopped", "deactivated"])
def test_migration_without_contact_leaves_the_source_alone(fleet: FleetUnderTest, way: str) -> None:
    source = _source(fleet)
    if way == "network":
        fleet.control("POST", "/network", {"a": "old", "b": "new", "connected": False})
    elif way == "stopped":
        fleet.control("POST", "/servers/old/stop")
    else:
        fleet.simulation.fleet.servers["old"].state.activated = False
    answer = _call(fleet.client("new"), "ImportAgreementLicenseKeyPack", USERS, source, LicenseCount=100)
    assert answer["ReturnValue"] == 0
    assert fleet.packs("old") == fleet.packs("new") == [(7, 1, 100)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"sSourceLSProductId": "A" * 35},
        {"sSourceLSProductId": "short"},
        {"sSourceLSProductId": None},
        {"sSourceLSName": None},
    ],
)
def test_migration_checks_the_source(fleet: FleetUnderTest, wrong: dict[str, Any]) -> None:
    answer = _call(
        fleet.client("new"), "ImportAgreementLicenseKeyPack", USERS, _source(fleet), {"LicenseCount": 100}, wrong
    )
    assert answer["ReturnValue"] != 0
    assert fleet.packs("old") == [(7, 1, 100)]
    assert fleet.packs("new") == []


def test_migration_onto_itself_is_refused(fleet: FleetUnderTest) -> None:
    answer = _call(fleet.client("old"), "ImportAgreementLicenseKeyPack", USERS, _source(fleet), LicenseCount=100)
    assert answer["ReturnValue"] == FAILED


def test_empty_source_fields(start: Start) -> None:
    fleet = start(FLEET)
    source = _source(fleet)
    client = fleet.client("new")
    arguments = {**USERS, "LicenseCount": 10}
    named = _call(
        client, "ImportAgreementLicenseKeyPack", arguments, source, sSourceLSProductId="", sSourceLSName="old"
    )
    dead = _call(client, "ImportAgreementLicenseKeyPack", arguments, source, sSourceLSName="")
    neither = _call(client, "ImportAgreementLicenseKeyPack", arguments, sSourceLSName="", sSourceLSProductId="")
    assert [answer["ReturnValue"] for answer in (named, dead, neither)] == [0, 0, FAILED]
    assert fleet.packs("old") == [(7, 1, 90)]


def test_identifier_that_an_import_wants_can_be_chosen(start: Start) -> None:
    fleet = start(
        FLEET.replace('windows_release: "2025"', 'windows_release: "2025", behaviour: {import_wants: product_id}')
    )
    client = fleet.client("new")
    source = _source(fleet)
    arguments = {**USERS, "LicenseCount": 10}
    assert _call(client, "ImportAgreementLicenseKeyPack", arguments, source)["ReturnValue"] == MALFORMED
    source["sSourceLSProductId"] = fleet.state("old")["product_id"]
    assert _call(client, "ImportAgreementLicenseKeyPack", arguments, source)["ReturnValue"] == 0


def test_migration_takes_hand_installed_packs_after_its_own(start: Start) -> None:
    fleet = start(
        "servers:\n"
        "  old: {activated: true, key_packs: [{product_version: windows_server_2022, cal_type: per_user, quantity: 40},"
        " {purchase: users, quantity: 60}, {purchase: other, quantity: 7}]}\n"
        "  new: {activated: true}\n"
        "clearinghouse: {purchases: {users: {program: enterprise, agreement_number: '1234567', "
        "product_version: windows_server_2022, cal_type: per_user, quantity: 100, placed: {old: 40}}, "
        "other: {program: school, agreement_number: '1234567', product_version: windows_server_2022, "
        "cal_type: per_user, quantity: 7}}}"
    )
    answer = _call(fleet.client("new"), "ImportAgreementLicenseKeyPack", USERS, _source(fleet), LicenseCount=90)
    assert answer["ReturnValue"] == 0
    assert fleet.packs("old") == [(7, 1, 10), (7, 1, 7)]


def test_reinstallation_needs_cals_that_belong_here(fleet: FleetUnderTest) -> None:
    client = fleet.client("old")
    (identifier,) = client.packs()
    assert _call(client, "UninstallLicenseKeyPackWithId", KeyPackId=identifier)["ReturnValue"] == 0
    assert client.packs() == {}
    assert _install(fleet, "old", count=100)["ReturnValue"] == FAILED
    arguments = {**USERS, "LicenseCount": 100}
    assert _call(client, "ReinstallAgreementLicenseKeyPack", arguments, LicenseCount=101)["ReturnValue"] == FAILED
    answer = _call(client, "ReinstallAgreementLicenseKeyPack", arguments)
    assert answer["ReturnValue"] == 0
    assert int(answer["KeyPackId"]) > identifier
    assert _call(fleet.client("new"), "ReinstallAgreementLicenseKeyPack", arguments)["ReturnValue"] == FAILED


def test_removal(fleet: FleetUnderTest) -> None:
    client = fleet.client("old")
    (identifier,) = client.packs()
    assert (
        _call(client, "RemoveLicensesWithIdCount", KeyPackId=identifier, LicenseCount=101)["ReturnValue"] == MALFORMED
    )
    assert _call(client, "RemoveLicensesWithIdCount", KeyPackId=identifier, LicenseCount=40)["ReturnValue"] == 0
    assert fleet.packs("old") == [(7, 1, 60)]
    assert (
        _call(client, "UninstallLicenseKeyPack", ProductVersion=7, ProductType=1, LicenseCount=10)["ReturnValue"] == 0
    )
    assert fleet.packs("old") == [(7, 1, 50)]
    assert _call(client, "RemoveLicensesWithIdCount", KeyPackId=identifier, LicenseCount=50)["ReturnValue"] == 0
    assert fleet.packs("old") == []
    assert _call(client, "UninstallLicenseKeyPackWithId", KeyPackId=identifier)["ReturnValue"] == 0x80041002


def test_emptied_packs_may_stay_as_type_7(start: Start) -> None:
    fleet = start(
        "servers: {ls1: {behaviour: {emptied_packs_stay_as_type_7: true}, key_packs: "
        "[{product_version: windows_server_2012, cal_type: per_user, quantity: 3}]}}"
    )
    client = fleet.client("ls1")
    (identifier,) = client.packs()
    _call(client, "UninstallLicenseKeyPackWithId", KeyPackId=identifier)
    row = next(item for item in client.items(KEY_PACK) if item["KeyPackId"] == str(identifier))
    assert (row["KeyPackType"], row["TotalLicenses"], row["ExpirationDate"]) == ("7", "0", "2038-01-19T03:14:07Z")


def test_built_in_and_temporary_packs_stay(fleet: FleetUnderTest) -> None:
    client = fleet.client("new")
    rows = client.items(KEY_PACK)
    assert [(row["KeyPackType"], row["TotalLicenses"]) for row in rows] == [("6", "4294967295"), ("4", "4294967295")]
    for row in rows:
        assert _call(client, "UninstallLicenseKeyPackWithId", KeyPackId=row["KeyPackId"])["ReturnValue"] == FAILED
    assert client.items(KEY_PACK) == rows


def test_conversion(fleet: FleetUnderTest) -> None:
    client = fleet.client("old")
    (identifier,) = client.packs()
    keys = {"KeyPackId": str(identifier)}
    answer = client.invoke(KEY_PACK, "ConvertLicenses", {"Count": 30}, keys)
    assert answer["ReturnValue"] == 0
    converted = client.packs()[int(answer["KeypackID"])]
    assert (converted["ProductType"], converted["TotalLicenses"]) == ("0", "30")
    assert converted["Description"] == "A02-10.02-S"
    assert fleet.packs("old") == [(7, 1, 70), (7, 0, 30)]
    assert client.invoke(KEY_PACK, "ConvertLicenses", {"Count": 71}, keys)["ReturnValue"] == MALFORMED


def test_offline_without_a_valid_id(fleet: FleetUnderTest) -> None:
    client = fleet.client("new")
    for text, expected in (("A" * 35, FAILED), ("A" * 34, MALFORMED), ("A-" * 17 + "A", MALFORMED)):
        assert _call(client, "InstallLicenseKeyPack", sLicenseKeyPackId=text)["ReturnValue"] == expected
        assert _call(client, "ReinstallLicenseKeyPackOffline", sLicenseKeyPackId=text)["ReturnValue"] == expected
        answer = _call(client, "ImportLicenseKeyPackOffline", _source(fleet), sLicenseKeyPackId=text)
        assert answer["ReturnValue"] == expected


def test_clearinghouse_can_be_exhausted_and_filled(fleet: FleetUnderTest) -> None:
    fleet.control("POST", "/clearinghouse", {"exhaust": "users"})
    assert _install(fleet, count=1)["ReturnValue"] == FAILED
    more = {
        "program": "enterprise",
        "agreement_number": "1234567",
        "product_version": "windows_server_2022",
        "cal_type": "per_user",
        "quantity": 10,
    }
    fleet.control("POST", "/clearinghouse", {"purchases": {"more": more}})
    assert _install(fleet, count=10)["ReturnValue"] == 0


def test_issued_licenses_and_their_revocation(start: Start) -> None:
    issued = ", ".join(f"{{key_pack_id: 4, computer: PC{number}}}" for number in range(4))
    fleet = start(
        "servers: {ls1: {activated: true, key_packs: [{product_version: windows_server_2019, cal_type: per_device, "
        f"quantity: 10, issued: 4}}], issued_licenses: [{issued}]}}}}"
    )
    client = fleet.client("ls1")
    rows = client.items("Win32_TSIssuedLicense")
    assert [row["sIssuedToComputer"] for row in rows] == ["PC0", "PC1", "PC2", "PC3"]
    answers = [
        client.invoke("Win32_TSIssuedLicense", "Revoke", keys={"LicenseId": str(row["LicenseId"]), "KeyPackId": "4"})
        for row in rows[:3]
    ]
    assert [answer["ReturnValue"] for answer in answers] == [0, 0, FAILED]
    assert [answer["RevokableCals"] for answer in answers] == ["1", "0", "0"]
    assert answers[2]["NextRevokeAllowedOn"]
    assert fleet.state("ls1")["key_packs"][-1]["issued"] == 2
