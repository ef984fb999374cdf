# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read of a license server, message by message."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import (
    Activation,
    LicenseServer,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused

from tests.unit.builders import TARGET_ID, built_in_pack, pack, temporary_pack
from tests.unit.conversations import (
    LICENSE_SERVER,
    call,
    get,
    reads_activation,
    reads_key_packs,
    reads_server,
    reads_windows,
    server_properties,
)
from tests.unit.wsman_script import Exchange, WsmanScript, envelope, fixture

GROUPED = "T4RG3-TT4RG-3TT4R-G3TT4-RG3TT-4RG3T-T4RG3"


def test_properties() -> None:
    with WsmanScript(*reads_server()) as script:
        read = LicenseServer(script.session()).properties()
    assert read.contact == {
        "first_name": "Ada",
        "last_name": "Byron",
        "company": "Contoso",
        "country_region": "Sweden",
        "email": "",
        "organizational_unit": "",
        "address": "",
        "city": "",
        "state_or_province": "",
        "postal_code": "",
    }
    assert (read.product_id, read.version, read.version_number) == (
        "00454-10000-00001-AA123",
        "Windows Server 2022",
        "10.0",
    )
    assert read.database_path == "C:\\Windows\\system32\\lserver"
    assert read.discovery_scope == "domain"


@pytest.mark.parametrize(("role", "scope"), [(0, "workgroup"), (1, "domain"), (2, "forest"), (3, None), (None, None)])
def test_discovery_scope(role: int | None, scope: str | None) -> None:
    with WsmanScript(*reads_server(ServerRole=role)) as script:
        assert LicenseServer(script.session()).properties().discovery_scope == scope


def test_empty_properties_mean_an_account_without_rights() -> None:
    """The provider gives such an account no error, only nothing."""
    with WsmanScript(get(LICENSE_SERVER, dict.fromkeys(server_properties()))) as script:
        server = LicenseServer(script.session())
        with pytest.raises(LicensingError, match=r"^rdls01: .* empty properties, .* not a local Administrator"):
            server.properties()


def test_a_server_without_contact_data_is_no_reason_to_complain() -> None:
    blank = dict.fromkeys(("Company", "CountryRegion", "FirstName", "LastName"))
    with WsmanScript(*reads_server(**blank)) as script:
        assert set(LicenseServer(script.session()).properties().contact.values()) == {""}


def test_a_server_without_the_role_service() -> None:
    with WsmanScript(Exchange("Get").returns(fixture("fault_invalid_class"))) as script:
        server = LicenseServer(script.session())
        with pytest.raises(CallRefused, match="role service is not installed there"):
            server.properties()


def test_an_activated_server_tells_its_id() -> None:
    with WsmanScript(*reads_activation()) as script:
        read = LicenseServer(script.session()).activation()
    assert read == Activation(0, TARGET_ID)
    assert read.describe() == {
        "activated": True,
        "activation_status": "activated",
        "license_server_id": GROUPED,
    }


def test_an_id_with_hyphens_in_small_letters_is_the_same_id() -> None:
    with WsmanScript(*reads_activation(GROUPED.lower())) as script:
        assert LicenseServer(script.session()).activation().license_server_id == TARGET_ID


@pytest.mark.parametrize(("status", "word"), [(1, "not_activated"), (2, "unknown"), (9, "9")])
def test_any_other_server_is_not_asked_for_its_id(status: int, word: str) -> None:
    with WsmanScript(*reads_activation(status=status)) as script:
        read = LicenseServer(script.session()).activation()
    assert read.describe() == {"activated": False, "activation_status": word, "license_server_id": None}


def test_a_status_that_is_not_answered_is_unknown() -> None:
    with WsmanScript(call(LICENSE_SERVER, "GetActivationStatus", ActivationStatus=None)) as script:
        assert LicenseServer(script.session()).activation().status == 2


def test_windows_release() -> None:
    with WsmanScript(*reads_windows("10.0.26100")) as script:
        read = LicenseServer(script.session()).windows_release()
    assert (read.release, read.version, read.build) == ("windows_server_2025", "10.0.26100", "26100")
    assert (read.caption, read.computer_name) == ("Microsoft Windows Server Standard", "RDLS02")


def test_every_key_pack_is_read_and_they_are_in_order() -> None:
    with WsmanScript(*reads_key_packs(temporary_pack(13), pack(3, 250), built_in_pack(2))) as script:
        packs = LicenseServer(script.session()).key_packs()
    assert [(each.key_pack_id, each.total, each.purchased) for each in packs] == [
        (2, None, False),
        (3, 250, True),
        (13, None, False),
    ]


@pytest.mark.parametrize("count", [0, 1])
def test_few_key_packs_need_no_pull(count: int) -> None:
    with WsmanScript(*reads_key_packs(*[pack(3)] * count)) as script:
        assert len(LicenseServer(script.session()).key_packs()) == count


def test_registrations_in_active_directory() -> None:
    with WsmanScript(
        call(LICENSE_SERVER, "IsLSinTSLSGroup", {"Domain": ""}, IsMember=True),
        call(LICENSE_SERVER, "IsLSRegisteredToSCP", Registered=False),
        call(LICENSE_SERVER, "IsLSPublished", Published=None, returns=0x80041001),
        call(LICENSE_SERVER, "IsLSonDC", OnDC=False),
        call(LICENSE_SERVER, "IsLSSecGrpGPEnabled", Enabled=True),
        call(LICENSE_SERVER, "IsLSPreventUpgradeGPEnabled", Enabled=None),
    ) as script:
        flags = LicenseServer(script.session()).registrations()
    assert flags == {
        "license_servers_group": True,
        "service_connection_point": False,
        "published": None,
        "on_domain_controller": False,
        "security_group_policy": True,
        "prevent_upgrade_policy": None,
    }


def test_only_the_registrations_asked_for_are_read() -> None:
    with WsmanScript(call(LICENSE_SERVER, "IsLSPublished", Published=True)) as script:
        assert LicenseServer(script.session()).registrations(["published"]) == {"published": True}


def test_a_key_pack_without_an_id_is_one_line() -> None:
    answer = (
        "<n:EnumerateResponse><w:Items><Win32_TSLicenseKeyPack><KeyPackType>2</KeyPackType></Win32_TSLicenseKeyPack>"
        "</w:Items><w:EndOfSequence/></n:EnumerateResponse>"
    )
    with WsmanScript(Exchange("Enumerate").returns(envelope(answer))) as script:
        server = LicenseServer(script.session())
        with pytest.raises(LicensingError) as caught:
            server.key_packs()
    assert str(caught.value) == "rdls01: the server shows a key pack without a key pack ID."


NOT_INSTALLED = (
    "the Remote Desktop Licensing role service is not installed there, or Windows has not registered its WMI classes "
    "yet (restart the server after installing RDS-Licensing)"
)


@pytest.mark.parametrize(
    ("subcode", "advice"),
    [
        ("w:DestinationUnreachable", NOT_INSTALLED),
        ("w:AccessDenied", "connect with an account that is a local Administrator of the server"),
    ],
)
def test_a_fault_without_any_detail_still_says_what_to_do(subcode: str, advice: str) -> None:
    code = f"<s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>{subcode}</s:Value></s:Subcode></s:Code>"
    fault = envelope(f"<s:Fault>{code}<s:Reason><s:Text/></s:Reason></s:Fault>", related=False)
    with WsmanScript(Exchange("Get").returns(fault)) as script:
        server = LicenseServer(script.session())
        with pytest.raises(CallRefused) as caught:
            server.properties()
    assert str(caught.value) == (
        f"rdls01: reading the license server failed: a fault without a code ({subcode[2:]}); {advice}."
    )
