# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which method of Win32_TSLicenseKeyPack serves a purchase, and with which arguments.

Every operation comes in three automatic shapes (retail, Open, agreement) and one that takes a license
key pack ID. Source: the method pages of Win32_TSLicenseKeyPack (learn.microsoft.com/windows/win32/termserv).
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import AGREEMENT_TYPES
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Purchase


@dataclass(frozen=True)
class OperationMethods:
    """The provider's methods for one operation."""

    agreement: str
    open: str
    retail: str
    offline: str


INSTALL: t.Final = OperationMethods(
    "InstallAgreementLicenseKeyPack",
    "InstallOpenLicenseKeyPack",
    "InstallRetailPurchaseLicenseKeyPack",
    "InstallLicenseKeyPack",
)
IMPORT: t.Final = OperationMethods(
    "ImportAgreementLicenseKeyPack",
    "ImportOpenPurchaseLicenseKeyPack",
    "ImportRetailPurchaseLicenseKeyPack",
    "ImportLicenseKeyPackOffline",
)
REINSTALL: t.Final = OperationMethods(
    "ReinstallAgreementLicenseKeyPack",
    "ReinstallOpenPurchaseLicenseKeyPack",
    "ReinstallRetailPurchaseLicenseKeyPack",
    "ReinstallLicenseKeyPackOffline",
)


def call_for(
    purchase: Purchase, methods: OperationMethods, source: tuple[str, str] | None = None
) -> tuple[str, dict[str, t.Any]]:
    """Method name and arguments that acquire a purchase.

    Args:
        purchase: the purchase; with a license key pack ID, the offline method is taken.
        methods: the operation.
        source: for an import, the source's name (FQDN or IP address) and its license server ID. The ID goes into
            sSourceLSProductId, which is documented as the 35-character license server ID despite its name.
    """
    name, arguments = _call(purchase, methods)
    if source:
        arguments.update({"sSourceLSName": source[0], "sSourceLSProductId": source[1]})
    return name, arguments


def _call(purchase: Purchase, methods: OperationMethods) -> tuple[str, dict[str, t.Any]]:
    if purchase.license_key_pack_id:
        return methods.offline, {"sLicenseKeyPackId": purchase.license_key_pack_id}
    if purchase.license_program == "retail":
        return methods.retail, {"sLicenseCode": purchase.credential[0]}
    cals = {
        "ProductVersion": purchase.product_version,
        "ProductType": purchase.cal_type,
        "LicenseCount": purchase.quantity,
    }
    if purchase.license_program == "open":
        license_number, authorization_number = purchase.credential
        return methods.open, {"sLicenseNumber": license_number, "sAuthorizationNumber": authorization_number, **cals}
    agreement = {
        "AgreementType": AGREEMENT_TYPES[purchase.license_program],
        "sAgreementNumber": purchase.credential[0],
    }
    return methods.agreement, {**agreement, **cals}
