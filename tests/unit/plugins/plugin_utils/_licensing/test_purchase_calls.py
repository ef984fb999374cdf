# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which method of the provider serves which purchase, and with which arguments."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import AGREEMENT_TYPES
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase_calls import (
    IMPORT,
    INSTALL,
    REINSTALL,
    OperationMethods,
    call_for,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_classes import TS_LICENSE_KEY_PACK

from tests.unit.builders import KEY_PACK_CODE, LICENSE_CODE, SOURCE_ID, code, purchase

OPEN = Purchase("open", ("12345678", "12345ABCDE67890"), 7, 1, 250)
AGREEMENTS = [purchase(250, program=program) for program in AGREEMENT_TYPES]
EVERY_PROGRAM = [code(), OPEN, *AGREEMENTS]
CALS = {"ProductVersion": 7, "ProductType": 1, "LicenseCount": 250}
SOURCE = ("rdls01.contoso.example", SOURCE_ID)
SOURCE_ARGUMENTS = {"sSourceLSName": "rdls01.contoso.example", "sSourceLSProductId": SOURCE_ID}

# Operation, purchase and the provider's method, as on Microsoft's pages.
METHODS = [
    (INSTALL, code(), "InstallRetailPurchaseLicenseKeyPack"),
    (INSTALL, OPEN, "InstallOpenLicenseKeyPack"),
    *((INSTALL, each, "InstallAgreementLicenseKeyPack") for each in AGREEMENTS),
    (IMPORT, code(), "ImportRetailPurchaseLicenseKeyPack"),
    (IMPORT, OPEN, "ImportOpenPurchaseLicenseKeyPack"),
    *((IMPORT, each, "ImportAgreementLicenseKeyPack") for each in AGREEMENTS),
    (REINSTALL, code(), "ReinstallRetailPurchaseLicenseKeyPack"),
    (REINSTALL, OPEN, "ReinstallOpenPurchaseLicenseKeyPack"),
    *((REINSTALL, each, "ReinstallAgreementLicenseKeyPack") for each in AGREEMENTS),
]
OFFLINE_METHODS = [
    (INSTALL, "InstallLicenseKeyPack"),
    (IMPORT, "ImportLicenseKeyPackOffline"),
    (REINSTALL, "ReinstallLicenseKeyPackOffline"),
]


def source_for(operation: OperationMethods) -> tuple[str, str] | None:
    """Only an import names a source."""
    return SOURCE if operation is IMPORT else None


def arguments_of(wanted: Purchase) -> dict[str, t.Any]:
    """What the method pages want for a purchase."""
    if wanted.license_program == "retail":
        return {"sLicenseCode": LICENSE_CODE}
    if wanted.license_program == "open":
        return {"sLicenseNumber": "12345678", "sAuthorizationNumber": "12345ABCDE67890", **CALS}
    number = {"select": 0, "enterprise": 1, "campus": 2, "school": 3, "service_provider": 4, "other_agreement": 5}
    return {"AgreementType": number[wanted.license_program], "sAgreementNumber": "1234567", **CALS}


@pytest.mark.parametrize(("operation", "wanted", "method"), METHODS)
def test_automatic_method(operation: OperationMethods, wanted: Purchase, method: str) -> None:
    source = source_for(operation)
    expected = arguments_of(wanted) | (SOURCE_ARGUMENTS if source else {})
    assert call_for(wanted, operation, source) == (method, expected)


@pytest.mark.parametrize(("operation", "method"), OFFLINE_METHODS)
@pytest.mark.parametrize("wanted", EVERY_PROGRAM, ids=lambda each: each.license_program)
def test_a_license_key_pack_id_stands_for_everything_else(
    operation: OperationMethods, method: str, wanted: Purchase
) -> None:
    source = source_for(operation)
    expected = {"sLicenseKeyPackId": KEY_PACK_CODE} | (SOURCE_ARGUMENTS if source else {})
    assert call_for(replace(wanted, license_key_pack_id=KEY_PACK_CODE), operation, source) == (method, expected)


@pytest.mark.parametrize("operation", [INSTALL, IMPORT, REINSTALL])
@pytest.mark.parametrize("wanted", EVERY_PROGRAM, ids=lambda each: each.license_program)
@pytest.mark.parametrize("license_key_pack_id", [None, KEY_PACK_CODE])
def test_the_schema_knows_each_method_and_every_argument_of_it(
    operation: OperationMethods, wanted: Purchase, license_key_pack_id: str | None
) -> None:
    source = source_for(operation)
    method, arguments = call_for(replace(wanted, license_key_pack_id=license_key_pack_id), operation, source)
    parameters = TS_LICENSE_KEY_PACK.methods[method].parameters
    assert set(arguments) == {parameter.name for parameter in parameters if parameter.goes_in}


def test_what_a_code_states_is_not_sent() -> None:
    stated = replace(code(), product_version=7, cal_type=1, quantity=20)
    assert call_for(stated, INSTALL) == ("InstallRetailPurchaseLicenseKeyPack", {"sLicenseCode": LICENSE_CODE})
