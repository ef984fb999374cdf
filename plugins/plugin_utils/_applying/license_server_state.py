# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change in any release.
"""Change a license server: contact data, discovery scope, registration in Active Directory, activation."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import (
    DISCOVERY_SCOPES,
    REACTIVATION_REASONS,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import (
    LicensingError,
    OutcomeUnknown,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.ledger import Ledger
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import (
    CONTACT_PROPERTIES,
    LicenseServer,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    DONE,
    INTENDED,
    NOT_DONE,
    Operation,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import (
    CallRefused,
    asking,
    invoke,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.record import now
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_classes import TS_LICENSE_SERVER
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.license_server_state import (
    REGISTRATION_METHODS,
    ChangeActivation,
    SetContact,
    SetRegistration,
    SetScope,
    Wanted,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Step
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.codes import INVALID_PARAMETER_CODES
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanError

# The provider checks CountryRegion against a list in the server's display language, and says no more than this.
_ACTIVATION_WORDS: t.Final = {
    "activated": ("activate", "activating the license server", True),
    "deactivated": ("deactivate", "deactivating the license server", False),
    "reactivated": ("reactivate", "reactivating the license server", True),
}
_AD_ADVICE: t.Final = (
    "the group needs a Domain Admin and publishing an Enterprise Admin; over a connection that does not delegate "
    "credentials (NTLM, Kerberos without delegation) the server cannot reach a domain controller in that account's "
    "name, so use CredSSP or Kerberos delegation"
)
_CLEARINGHOUSE_ADVICE: t.Final = (
    "check that the license server reaches the Clearinghouse (outbound TCP 443), and its licensing event log"
)
_CODE_ADVICE: t.Final = "check the ID or code for typing errors, and that it was issued for this server"


@dataclass
class LicenseServerChanger:
    """Carries out the steps of a license server plan; C(did) hears of each."""

    server: LicenseServer
    wanted: Wanted
    ledger: Ledger
    connection_method: str
    did: Callable[[str], None]

    def apply(self, steps: Sequence[Step]) -> None:
        """Do the steps in their order; each is checked by reading."""
        for step in steps:
            action = step.action
            if isinstance(action, SetContact):
                self._set_contact(action)
            elif isinstance(action, SetScope):
                self._set_scope(action)
            elif isinstance(action, SetRegistration):
                self._set_registration(action)
            elif isinstance(action, ChangeActivation):
                self._change_activation(action)
            else:
                raise TypeError(f"not a change to a license server: {action!r}")
            self.did(step.text)

    def _set_contact(self, change: SetContact) -> None:
        """One property for each Put, from an instance just read: several at once can fail with 0x80041008."""
        what = f"setting {change.option}"
        name = CONTACT_PROPERTIES[change.option]
        try:
            with asking(self.server.name, what):
                instance = self.server.session.get(TS_LICENSE_SERVER)
                self.server.session.put(instance.with_values(**{name: change.value}))
        except CallRefused as refused:
            if change.option == "country_region" and refused.code in INVALID_PARAMETER_CODES:
                raise refused.with_text(
                    "The server takes a country or region only by its name in the server's own display language, as "
                    "the list in Licensing Manager (server properties) shows it."
                ) from refused
            raise
        self._expect(what, self.server.properties().contact[change.option], change.value)

    def _set_scope(self, change: SetScope) -> None:
        what = f"changing the discovery scope to {change.scope}"
        arguments = {"ServerRole": DISCOVERY_SCOPES[change.scope]}
        advice = "scope domain needs a Domain Admin, scope forest an Enterprise Admin"
        invoke(self.server.session, TS_LICENSE_SERVER, "ChangeRole", arguments, what=what, advice=advice)
        self._expect(what, self.server.properties().discovery_scope, change.scope)

    def _set_registration(self, change: SetRegistration) -> None:
        title, add, remove = REGISTRATION_METHODS[change.name]
        what = f"adding the server to {title}" if change.wanted else f"removing the server from {title}"
        invoke(self.server.session, TS_LICENSE_SERVER, add if change.wanted else remove, what=what, advice=_AD_ADVICE)
        self._expect(what, self.server.registrations([change.name])[change.name], change.wanted)

    def _change_activation(self, change: ChangeActivation) -> None:
        name, what, activated = _ACTIVATION_WORDS[change.state]
        operation = Operation(
            name,
            INTENDED,
            now(),
            connection_method=self.connection_method,
            change_id=self.wanted.change_id,
            reason=self.wanted.reason,
        )
        operation = self.server.record.begin(operation, self.ledger)
        try:
            self._call_activation(change, what)
        except (CallRefused, WsmanError) as error:
            if isinstance(error, CallRefused) and not error.outcome_unknown:
                self.server.record.write(operation.finish(NOT_DONE, now()))
            if not error.outcome_unknown or change.state == "reactivated":
                raise
            # Activation is a state that can be read, so an answer that got lost is no loss.
            if self.server.activation().activated != activated:
                raise
        self._verify_activation(what, activated)
        self.server.record.write(operation.finish(DONE, now()))

    def _call_activation(self, change: ChangeActivation, what: str) -> None:
        method, arguments = self._activation_call(change)
        advice = _CLEARINGHOUSE_ADVICE if change.automatic else _CODE_ADVICE
        invoke(self.server.session, TS_LICENSE_SERVER, method, arguments, what=what, advice=advice)

    def _activation_call(self, change: ChangeActivation) -> tuple[str, dict[str, t.Any]]:
        wanted = self.wanted
        if change.state == "activated":
            if change.automatic:
                return "ActivateServerAutomatic", {}
            return "ActivateServer", {"sLicenseServerId": wanted.license_server_id}
        if change.state == "deactivated":
            if change.automatic:
                return "DeactivateServerAutomatic", {}
            return "DeactivateServer", {"sConfirmCode": wanted.confirmation_code}
        if change.automatic:
            return "ReactivateServerAutomatic", {"Reason": REACTIVATION_REASONS[wanted.reason or ""]}
        return "ReactivateServer", {"sNewLicenseServerId": wanted.license_server_id}

    def _verify_activation(self, what: str, activated: bool) -> None:
        """A return value of 0 is not enough; the status decides."""
        status = self.server.activation()
        if status.activated != activated:
            raise OutcomeUnknown(
                f"{self.server.name}: {what} was answered with success, but the activation status is now "
                f"'{status.describe()['activation_status']}'. Look at the licensing event log, and run the task again."
            )

    def _expect(self, what: str, got: object, wanted: object) -> None:
        if got != wanted:
            raise LicensingError(
                f"{self.server.name}: {what} was answered with success, but reading it back shows something else."
            )
