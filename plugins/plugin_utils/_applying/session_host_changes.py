# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carry out a session host plan completely or not at all, and verify it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.call_and_verify import Verifier
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import (
    LicensingError,
    OutcomeUnknown,
    Refused,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.session_host import (
    SessionHost,
    SessionHostSettings,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Step
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.session_host_plan import (
    MODE,
    SERVERS,
    SetLicenseServers,
    SetLicensingMode,
    SettingAction,
    policy_refusal,
    same_servers,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.codes import WBEM_E_INVALID_OPERATION
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanError


@dataclass
class SessionHostChanger:
    """Carries out the steps of a plan on the session host it was made for.

    C(changed): whether anything stays changed, or may.
    """

    host: SessionHost
    observed: SessionHostSettings
    operation_timeout: float
    warn: Callable[[str], None]
    sleep: Callable[[float], None] = time.sleep
    changed: bool = False
    _settings: SessionHostSettings = field(init=False)

    def apply(self, steps: Sequence[Step[SettingAction]]) -> SessionHostSettings:
        """Do the steps in their order and give the settings as they read afterwards.

        Raises:
            Refused: Group Policy turned out to own a setting. Nothing stays changed.
            CallRefused: the server rejected a call for another reason. Nothing stays changed, unless the message says
                so.
            OutcomeUnknown: there was no response, and reading shows no effect.
            LicensingError: the server reported success, and reading shows something else.
        """
        self._settings = self.observed
        done: list[Step[SettingAction]] = []
        for step in steps:
            try:
                self._do(step, done)
            except WsmanError as error:
                if not done:
                    raise
                raise OutcomeUnknown(f"{error}.{_so_far(done)}") from error
            done.append(step)
        return self._settings

    def _do(self, step: Step[SettingAction], done: Sequence[Step[SettingAction]]) -> None:
        reported_success = False

        def call() -> None:
            nonlocal reported_success
            self._write(step.action)
            reported_success = True

        verifier = Verifier(self.operation_timeout, self.warn, self._note_change, self.sleep)
        try:
            verifier.call(f"{self.host.name}: {step.text}", call, lambda: self._look(step.action))
        except CallRefused as rejected:
            raise self._explained(rejected, step, self._undo(done)) from rejected
        except OutcomeUnknown as error:
            if isinstance(error.__cause__, CallRefused):
                raise self._explained(error.__cause__, step, self._undo(done)) from error
            if reported_success:
                raise LicensingError(f"{self._mismatch(step)}{_so_far(done)}") from error
            raise OutcomeUnknown(f"{error}{_so_far(done)}") from error

    def _note_change(self) -> None:
        self.changed = True

    def _look(self, action: SettingAction) -> SessionHostSettings | None:
        self._settings = self.host.settings()
        return self._settings if _holds(action, self._settings) else None

    def _mismatch(self, step: Step[SettingAction]) -> str:
        return (
            f"{self.host.name}: the server reported success for '{step.text}', but reading it back shows "
            f"{_reading(step.action, self._settings)}. Look for a policy, or for a deployment (RD Connection Broker), "
            f"that sets the licensing of this host."
        )

    def _write(self, action: SettingAction) -> None:
        match action:
            case SetLicenseServers(names):
                self.host.write_license_servers(names)
            case SetLicensingMode(mode):
                self.host.change_mode(mode)

    def _undo(self, done: Sequence[Step[SettingAction]]) -> str:
        """Put the license server list back; it is the only step that another can follow."""
        if not done:
            return "Nothing was changed."
        before = self.observed.license_servers
        try:
            self.host.write_license_servers(before)
            if same_servers(self.host.settings().license_servers, before):
                self.changed = False
                return "The license server list was restored, so nothing has changed."
            trouble = "reading it back shows something else"
        except (LicensingError, WsmanError) as error:
            trouble = str(error)
        return f"The license server list had been set before that and could not be restored: {trouble}"

    def _explained(self, refused: CallRefused, step: Step[SettingAction], undone: str) -> LicensingError:
        if refused.code == WBEM_E_INVALID_OPERATION:
            name = SERVERS if isinstance(step.action, SetLicenseServers) else MODE
            return Refused(policy_refusal(self.host.name, [name], undone))
        return refused.with_text(undone)


def _holds(action: SettingAction, settings: SessionHostSettings) -> bool:
    match action:
        case SetLicenseServers(names):
            return same_servers(settings.license_servers, names)
        case SetLicensingMode(mode):
            return settings.licensing_mode == mode


def _so_far(done: Sequence[Step[SettingAction]]) -> str:
    return f" Done before that: {'; '.join(step.text for step in done)}." if done else ""


def _reading(action: SettingAction, settings: SessionHostSettings) -> str:
    match action:
        case SetLicenseServers():
            return ", ".join(settings.license_servers) or "an empty list"
        case SetLicensingMode():
            return (settings.licensing_mode or "nothing").replace("_", " ")
