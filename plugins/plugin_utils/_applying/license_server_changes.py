# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Change a license server: contact data, discovery scope, registration in Active Directory, activation."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.call_and_verify import Verifier, kept_open
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import (
    LicensingError,
    OutcomeUnknown,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import (
    Activation,
    LicenseServer,
    ServerProperties,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    ANSWERED,
    DONE,
    INTENDED,
    NOT_DONE,
    Operation,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.activation_outcomes import (
    ACTIVATION_OPERATIONS,
    took_effect,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.decided_operations import (
    DiscardValue,
    WriteOperation,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.license_server_plan import (
    REGISTRATION_TITLES,
    ChangeActivation,
    LicenseServerAction,
    Observed,
    SetContact,
    SetRegistration,
    SetScope,
    Wanted,
    same_contact,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Step
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.resolutions import (
    HAD_NO_EFFECT,
    how_to_resolve,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanError

# State to the operation in the record.
_OPERATIONS: t.Final = {"activated": "activate", "deactivated": "deactivate", "reactivated": "reactivate"}


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
    recorded: OperationRecord = field(init=False)
    _open_operation: Operation = field(init=False)

    def __post_init__(self) -> None:
        self.properties = self.observed.properties
        self.activation = self.observed.activation
        self.recorded = self.observed.recorded

    def apply(self, steps: Sequence[Step[LicenseServerAction]]) -> None:
        """Do the steps in their order; each is verified by reading.

        Raises:
            LicensingError, WsmanError: as C(Verifier.call) does.
        """
        for step in steps:
            self._carry_out(step.action)
            if step.changes:
                self.did(step.text)

    def _carry_out(self, action: LicenseServerAction) -> None:
        match action:
            case SetContact() as change:
                self._set_contact(change)
            case SetScope() as change:
                self._set_scope(change)
            case SetRegistration() as change:
                self._set_registration(change)
            case ChangeActivation() as change:
                self._change_activation(change)
            case WriteOperation(operation):
                self._write(replace(operation, finished=self.server.timestamp()))
            case DiscardValue(value_name):
                self.server.record.discard(value_name)

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
        self._open_operation = operation = self._begin(change)
        what = ACTIVATION_OPERATIONS[operation.operation]

        def call() -> None:
            self._call(change, what)
            # Before anything else can fail: nothing that can be read may tell later that the server reported success.
            self._try_to_write(replace(operation, status=ANSWERED))

        def look() -> Activation | None:
            read = self.server.activation()
            return read if took_effect(self._open_operation, read) else None

        try:
            self.activation = self._verified(what, call, look)
        except OutcomeUnknown as unknown:
            raise self._keep_open(unknown) from unknown
        except (CallRefused, WsmanError) as error:
            if not self._try_to_write(operation.finish(NOT_DONE, self.server.timestamp())):
                raise LicensingError(
                    f"{str(error).rstrip('.')}. The call had no effect, but the record could not be updated. Set "
                    f"{how_to_resolve(operation, HAD_NO_EFFECT)} in the next run."
                ) from error
            raise
        self._write(self._open_operation.finish(DONE, self.server.timestamp()))

    def _begin(self, change: ChangeActivation) -> Operation:
        operation = Operation(
            _OPERATIONS[change.state],
            INTENDED,
            self.server.timestamp(),
            connection_method=self.observed.connection_method,
            change_id=self.wanted.change_id,
            reason=self.wanted.reason,
            license_server_id=self.observed.activation.license_server_id,
            timeout=self.verifier.operation_timeout,
        )
        return self.server.record.begin(operation, self.recorded)

    def _keep_open(self, unknown: OutcomeUnknown) -> OutcomeUnknown:
        """The intention stays in the record. This task has reported that something may have changed."""
        operation = replace(self._open_operation, reported=True)
        self._try_to_write(operation)
        return kept_open(unknown, operation, how_to_resolve(operation))

    def _try_to_write(self, operation: Operation) -> bool:
        self._open_operation = operation
        try:
            self._write(operation)
        except (LicensingError, WsmanError):
            return False
        return True

    def _write(self, operation: Operation) -> None:
        self.server.record.write(operation)
        self.recorded = self.recorded.including(operation)

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
