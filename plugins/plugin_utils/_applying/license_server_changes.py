# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Change a license server: contact data, discovery scope, registration in Active Directory, activation."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.call_and_verify import Verifier
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.ledger import Ledger
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import (
    Activation,
    LicenseServer,
    ServerProperties,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    DONE,
    INTENDED,
    NOT_DONE,
    Operation,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.record import now
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.license_server_plan import (
    REGISTRATION_TITLES,
    ChangeActivation,
    Observed,
    SetContact,
    SetRegistration,
    SetScope,
    Wanted,
    same_contact,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Step

# State to (operation in the record, title for messages).
_ACTIVATION_WORDS: t.Final = {
    "activated": ("activate", "activating the license server"),
    "deactivated": ("deactivate", "deactivating the license server"),
    "reactivated": ("reactivate", "reactivating the license server"),
}


@dataclass
class _Attempt:
    """One call that changes the activation, and how its effect is recognized."""

    license_server_id: str | None
    state: str
    reported_success: bool = False

    def seen_in(self, read: Activation) -> Activation | None:
        """The activation, if it shows the effect.

        A server that is reactivated was activated before as well, so without a response only another license server ID
        proves it.
        """
        if read.activated != (self.state != "deactivated"):
            return None
        proven = self.state != "reactivated" or self.reported_success
        return read if proven or read.license_server_id not in (None, self.license_server_id) else None


@dataclass
class LicenseServerChanger:
    """Carries out the steps of a license server plan; C(did) hears of each.

    Attributes:
        properties, activation: as they were observed, and as they read after the steps that change them.
    """

    server: LicenseServer
    wanted: Wanted
    observed: Observed
    verifier: Verifier
    did: Callable[[str], None]
    properties: ServerProperties = field(init=False)
    activation: Activation = field(init=False)
    ledger: Ledger = field(init=False)

    def __post_init__(self) -> None:
        self.properties = self.observed.properties
        self.activation = self.observed.activation
        self.ledger = self.observed.ledger

    def apply(self, steps: Sequence[Step]) -> None:
        """Do the steps in their order; each is verified by reading.

        Raises:
            LicensingError, WsmanError: as C(Verifier.call) does.
        """
        executors: dict[type, Callable[[t.Any], None]] = {
            SetContact: self._set_contact,
            SetScope: self._set_scope,
            SetRegistration: self._set_registration,
            ChangeActivation: self._change_activation,
        }
        for step in steps:
            executors[type(step.action)](step.action)
            self.did(step.text)

    def _set_contact(self, change: SetContact) -> None:
        what = f"setting {change.option}"

        def look() -> ServerProperties | None:
            read = self.server.properties()
            return read if same_contact(read.contact[change.option], change.value) else None

        self.properties = self._verified(what, lambda: self.server.set_contact(change.option, change.value, what), look)

    def _set_scope(self, change: SetScope) -> None:
        what = f"changing the discovery scope to {change.scope}"

        def look() -> ServerProperties | None:
            read = self.server.properties()
            return read if read.discovery_scope == change.scope else None

        self.properties = self._verified(what, lambda: self.server.set_discovery_scope(change.scope, what), look)

    def _set_registration(self, change: SetRegistration) -> None:
        title = REGISTRATION_TITLES[change.name]
        what = f"adding the server to {title}" if change.wanted else f"removing the server from {title}"

        def look() -> bool | None:
            return (self.server.registrations([change.name])[change.name] is change.wanted) or None

        self._verified(what, lambda: self.server.set_registration(change.name, change.wanted, what), look)

    def _change_activation(self, change: ChangeActivation) -> None:
        name, what = _ACTIVATION_WORDS[change.state]
        operation = Operation(
            name,
            INTENDED,
            now(),
            connection_method=self.observed.connection_method,
            change_id=self.wanted.change_id,
            reason=self.wanted.reason,
        )
        operation = self.server.record.begin(operation, self.ledger)
        attempt = _Attempt(self.observed.activation.license_server_id, change.state)

        def call() -> None:
            self._call(change, what)
            attempt.reported_success = True

        try:
            self.activation = self._verified(what, call, lambda: attempt.seen_in(self.server.activation()))
        except CallRefused:
            self.server.record.write(operation.finish(NOT_DONE, now()))
            raise
        self.server.record.write(operation.finish(DONE, now()))

    def _call(self, change: ChangeActivation, what: str) -> None:
        wanted = self.wanted
        if change.state == "activated":
            self.server.activate(None if change.automatic else wanted.license_server_id, what)
        elif change.state == "deactivated":
            self.server.deactivate(None if change.automatic else wanted.confirmation_code, what)
        else:
            new_id = None if change.automatic else wanted.license_server_id
            self.server.reactivate(wanted.reason or "", new_id, what)

    def _verified(self, what: str, call: Callable[[], None], look: Callable[[], _Read | None]) -> _Read:
        return self.verifier.call(f"{self.server.name}: {what}", call, look)


_Read = t.TypeVar("_Read")
