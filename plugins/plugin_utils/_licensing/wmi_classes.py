# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The WMI classes of a Remote Desktop license server, as data.

Source: learn.microsoft.com/windows/win32/termserv, one page a class. Names are Microsoft's. What all of Windows has is
in ``wmi_windows_classes`` and can be imported from here too.
"""

from __future__ import annotations

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.signatures import define_class
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_report_classes import (
    TS_LICENSE_REPORT,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_windows_classes import (
    CIM_DATA_FILE,
    STD_REG_PROV,
    TERMINAL_SERVICE_SETTING,
    WIN32_OPERATING_SYSTEM,
    WIN32_SERVICE,
)

__all__ = [
    "CIM_DATA_FILE",
    "STD_REG_PROV",
    "TERMINAL_SERVICE_SETTING",
    "TS_ISSUED_LICENSE",
    "TS_LICENSE_KEY_PACK",
    "TS_LICENSE_REPORT",
    "TS_LICENSE_SERVER",
    "WIN32_OPERATING_SYSTEM",
    "WIN32_SERVICE",
]

CIMV2 = "root/cimv2"

TS_LICENSE_SERVER = define_class(
    "Win32_TSLicenseServer",
    CIMV2,
    singleton=True,
    properties="""
        rw string FirstName
        rw string LastName
        rw string Company
        rw string CountryRegion
        rw string eMail
        rw string OrgUnit
        rw string Address
        rw string City
        rw string State
        rw string PostalCode
        uint32 ServerRole
        string DatabasePath
        string ProductId
        string Version
        string VersionNumber
    """,
    methods="""
        ActivateServer(in string sLicenseServerId, out uint32 ActivationStatus)
        ActivateServerAutomatic(out uint32 ActivationStatus)
        AddLStoTSLSGroup()
        ChangeRole(in uint32 ServerRole)
        DeactivateServer(in string sConfirmCode, out uint32 ActivationStatus)
        DeactivateServerAutomatic(out uint32 ActivationStatus)
        reads GetActivationStatus(out uint32 ActivationStatus)
        reads GetLicenseServerId(out string sLicenseServerId)
        reads IsLSPreventUpgradeGPEnabled(out boolean Enabled)
        reads IsLSPublished(out boolean Published)
        reads IsLSRegisteredToSCP(out boolean Registered)
        reads IsLSSecGrpGPEnabled(out boolean Enabled)
        reads IsSecureAccessAllowed(in string tsname, out boolean Allowed)
        reads IsLSinTSLSGroup(in string Domain, out boolean IsMember)
        reads IsLSonDC(out boolean OnDC)
        PublishLS()
        ReactivateServer(in string sNewLicenseServerId, out uint32 ActivationStatus)
        ReactivateServerAutomatic(in uint32 Reason, out uint32 ActivationStatus)
        RegisterLSToSCP()
        RemoveLSfromTSLSGroup()
        UnRegisterLSFromSCP()
        UnpublishLS()
    """,
)

TS_LICENSE_KEY_PACK = define_class(
    "Win32_TSLicenseKeyPack",
    CIMV2,
    properties="""
        key uint32 KeyPackId
        string Description
        uint32 KeyPackType
        uint32 ProductType
        string ProductVersion
        uint32 ProductVersionID
        uint32 TotalLicenses
        uint32 IssuedLicenses
        uint32 AvailableLicenses
        datetime ExpirationDate
        uint32 AccessRights
        string TypeAndModel
    """,
    methods="""
        instance ConvertLicenses(in uint32 Count, out uint32 KeypackID)
        ImportAgreementLicenseKeyPack(
            in uint32 AgreementType, in string sAgreementNumber, in uint32 ProductVersion, in uint32 ProductType,
            in uint32 LicenseCount, in string sSourceLSName, in string sSourceLSProductId, out uint32 KeyPackId)
        ImportLicenseKeyPackOffline(
            in string sLicenseKeyPackId, in string sSourceLSName, in string sSourceLSProductId, out uint32 KeyPackId)
        ImportOpenPurchaseLicenseKeyPack(
            in string sLicenseNumber, in string sAuthorizationNumber, in uint32 ProductVersion, in uint32 ProductType,
            in uint32 LicenseCount, in string sSourceLSName, in string sSourceLSProductId, out uint32 KeyPackId)
        ImportRetailPurchaseLicenseKeyPack(
            in string sLicenseCode, in string sSourceLSName, in string sSourceLSProductId, out uint32 KeyPackId)
        InstallAgreementLicenseKeyPack(
            in uint32 AgreementType, in string sAgreementNumber, in uint32 ProductVersion, in uint32 ProductType,
            in uint32 LicenseCount, out uint32 KeyPackId)
        InstallLicenseKeyPack(in string sLicenseKeyPackId, out uint32 KeyPackId)
        InstallOpenLicenseKeyPack(
            in string sLicenseNumber, in string sAuthorizationNumber, in uint32 ProductVersion, in uint32 ProductType,
            in uint32 LicenseCount, out uint32 KeyPackId)
        InstallRetailPurchaseLicenseKeyPack(in string sLicenseCode, out uint32 KeyPackId)
        ReinstallAgreementLicenseKeyPack(
            in uint32 AgreementType, in string sAgreementNumber, in uint32 ProductVersion, in uint32 ProductType,
            in uint32 LicenseCount, out uint32 KeyPackId)
        ReinstallLicenseKeyPackOffline(in string sLicenseKeyPackId, out uint32 KeyPackId)
        ReinstallOpenPurchaseLicenseKeyPack(
            in string sLicenseNumber, in string sAuthorizationNumber, in uint32 ProductVersion, in uint32 ProductType,
            in uint32 LicenseCount, out uint32 KeyPackId)
        ReinstallRetailPurchaseLicenseKeyPack(in string sLicenseCode, out uint32 KeyPackId)
        RemoveLicensesWithIdCount(in uint32 KeyPackId, in uint32 LicenseCount)
        UninstallLicenseKeyPackWithId(in uint32 KeyPackId)
    """,
)

TS_ISSUED_LICENSE = define_class(
    "Win32_TSIssuedLicense",
    CIMV2,
    properties="""
        key uint32 LicenseId
        key uint32 KeyPackId
        string sIssuedToUser
        string sIssuedToComputer
        uint32 LicenseStatus
        datetime IssueDate
        datetime ExpirationDate
        string sHardwareId
    """,
    methods="instance Revoke(out uint32 RevokableCals, out datetime NextRevokeAllowedOn)",
)
