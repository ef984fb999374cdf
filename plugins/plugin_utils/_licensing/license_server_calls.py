# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The calls that change a license server itself: contact data, discovery scope, Active Directory, activation.

Each raises CallRefused or WsmanError, and none reads what became of it. Source: Win32_TSLicenseServer
(learn.microsoft.com/windows/win32/termserv/win32-tslicenseserver).
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.session import CimSession
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import (
    DISCOVERY_SCOPES,
    REACTIVATION_REASONS,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import (
    CallRefused,
    asking,
    invoke,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_classes import TS_LICENSE_SERVER
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.codes import (
    ACCESS_DENIED_CODES,
    INVALID_PARAMETER_CODES,
)

# Contact data: option name to WMI property, in the order of the Activate Server Wizard.
CONTACT_PROPERTIES: t.Final[dict[str, str]] = {
    "first_name": "FirstName",
    "last_name": "LastName",
    "company": "Company",
    "country_region": "CountryRegion",
    "email": "eMail",
    "organizational_unit": "OrgUnit",
    "address": "Address",
    "city": "City",
    "state_or_province": "State",
    "postal_code": "PostalCode",
}

# Option name to (method that registers the server, method that removes it).
REGISTRATION_METHODS: t.Final[dict[str, tuple[str, str]]] = {
    "license_servers_group": ("AddLStoTSLSGroup", "RemoveLSfromTSLSGroup"),
    "service_connection_point": ("RegisterLSToSCP", "UnRegisterLSFromSCP"),
    "published": ("PublishLS", "UnpublishLS"),
}

_COUNTRY_ADVICE: t.Final = (
    "The server accepts a country or region only by its name in its own display language, as listed in the server "
    "properties in Licensing Manager."
)
_SCOPE_ADVICE: t.Final = "scope domain needs a Domain Admin, scope forest an Enterprise Admin"
_AD_ADVICE: t.Final = (
    "the group needs a Domain Admin and publishing an Enterprise Admin; over a connection that does not delegate "
    "credentials (NTLM, Kerberos without delegation) the server cannot reach a domain controller in that account's "
    "name, so use CredSSP or Kerberos delegation"
)
_CLEARINGHOUSE_ADVICE: t.Final = (
    "check that the license server reaches the Clearinghouse (outbound TCP 443), and its licensing event log"
)
_CODE_ADVICE: t.Final = "check the ID or code for typing errors, and verify that it was issued for this server"


class LicenseServerCalls:
    """The calls of one license server."""

    session: CimSession

    def set_contact(self, option: str, value: str, what: str) -> None:
        """Write one contact property, in an instance just read: several at once can fail with 0x80041008."""
        try:
            with asking(self.session.server, what):
                instance = self.session.get(TS_LICENSE_SERVER)
                self.session.put(instance.with_values(**{CONTACT_PROPERTIES[option]: value}))
        except CallRefused as refused:
            if refused.code in INVALID_PARAMETER_CODES:
                # A value that the provider does not accept was not written.
                refused.outcome_unknown = False
                if option == "country_region":
                    raise refused.with_text(_COUNTRY_ADVICE) from refused
            raise

    def set_discovery_scope(self, scope: str, what: str) -> None:
        """Change the discovery scope, C(workgroup), C(domain) or C(forest)."""
        self._call("ChangeRole", {"ServerRole": DISCOVERY_SCOPES[scope]}, what, _SCOPE_ADVICE, rights=True)

    def set_registration(self, name: str, registered: bool, what: str) -> None:
        """Register the server in Active Directory, or remove it there."""
        register, remove = REGISTRATION_METHODS[name]
        self._call(register if registered else remove, {}, what, _AD_ADVICE, rights=True)

    def activate(self, license_server_id: str | None, what: str) -> None:
        """Activate the server with an ID, or with the Clearinghouse where there is none."""
        if license_server_id is None:
            self._call("ActivateServerAutomatic", {}, what, _CLEARINGHOUSE_ADVICE)
        else:
            self._call("ActivateServer", {"sLicenseServerId": license_server_id}, what, _CODE_ADVICE)

    def deactivate(self, confirmation_code: str | None, what: str) -> None:
        """Deactivate the server with a code, or with the Clearinghouse where there is none."""
        if confirmation_code is None:
            self._call("DeactivateServerAutomatic", {}, what, _CLEARINGHOUSE_ADVICE)
        else:
            self._call("DeactivateServer", {"sConfirmCode": confirmation_code}, what, _CODE_ADVICE)

    def reactivate(self, reason: str, license_server_id: str | None, what: str) -> None:
        """Reactivate the server with its new ID, or with the Clearinghouse where there is none."""
        if license_server_id is None:
            arguments = {"Reason": REACTIVATION_REASONS[reason]}
            self._call("ReactivateServerAutomatic", arguments, what, _CLEARINGHOUSE_ADVICE)
        else:
            self._call("ReactivateServer", {"sNewLicenseServerId": license_server_id}, what, _CODE_ADVICE)

    def _call(
        self, method: str, arguments: Mapping[str, t.Any], what: str, advice: str, *, rights: bool = False
    ) -> None:
        """Call a method. With C(rights) the advice is about rights in Active Directory, for a denied access."""
        hints = dict.fromkeys(ACCESS_DENIED_CODES, advice) if rights else None
        invoke(self.session, TS_LICENSE_SERVER, method, arguments, what=what, advice=advice, hints=hints)
