# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls to the licensing provider, with every refusal turned into one line that says what to do.

Known causes are named; any other code is reported raw. The return values of the licensing methods are documented
only as 0 for success, so nothing is concluded from a particular other value.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.schema import CimClass
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.session import CimSession
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.codes import (
    ACCESS_DENIED_CODES,
    ERROR_ACCESS_DENIED,
    WBEM_E_INVALID_CLASS,
    WBEM_E_PROVIDER_FAILURE,
    describe_code,
    describe_return_code,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanFault,
    WsmanTimeout,
    one_line,
)

_LICENSING_CLASSES: t.Final = "Win32_TS"

# What to do about a code, whatever was asked. Codes: WMI error constants, RDS WMI provider error codes, Win32.
_ACCOUNT: t.Final = "connect with an account that is a local Administrator of the server"
_ENVELOPE: t.Final = "raise MaxEnvelopeSizekb on the server (winrm get winrm/config)"
_QUOTA: t.Final = (
    "the server has reached a limit of its WinRM service (winrm get winrm/config/service); wait and run the task again"
)
_SERVICE: t.Final = "check that the service TermServLicensing runs, and the TerminalServices-Licensing event log"
_HINTS: t.Final[dict[int, str]] = {
    # 5 is a code only in a fault; what it means as the return code of a method is not documented.
    **dict.fromkeys(ACCESS_DENIED_CODES - {ERROR_ACCESS_DENIED}, _ACCOUNT),
    0x80041010: "the Remote Desktop Licensing role service is not installed there, or Windows has not registered its "
    "WMI classes yet (restart the server after installing RDS-Licensing)",
    0x8004100E: "this Windows release does not have the WMI namespace asked for",
    WBEM_E_PROVIDER_FAILURE: _SERVICE,
    0x80041014: _SERVICE,
    0x80041016: "Group Policy controls this setting; change the policy instead",
    0x8004100C: "this Windows release no longer supports the call",
}


class CallRefused(LicensingError):
    """The server rejected the call.

    C(code) is the return value or the fault's code, where it gave one. C(outcome_unknown) is true for a fault that may
    come from the middle of a method: the provider may have got through, or may still be at work.
    """

    def __init__(
        self,
        message: str,
        code: int | None = None,
        *,
        outcome_unknown: bool = False,
        fault: WsmanFault | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.outcome_unknown = outcome_unknown
        self.fault = fault

    @property
    def not_found(self) -> bool:
        """Whether the server says that what was asked for (instance, class, namespace) is not there."""
        return self.fault is not None and self.fault.not_found

    @property
    def role_service_missing(self) -> bool:
        """Whether it is the class of a role service that is not there."""
        return self.fault is not None and self.fault.not_found and _concerns_role(self.fault)

    @property
    def access_denied(self) -> bool:
        """Whether the account lacks a right."""
        return self.code in ACCESS_DENIED_CODES or (self.fault is not None and self.fault.access_denied)

    @property
    def quota_exceeded(self) -> bool:
        """Whether a limit of the WinRM service stopped the request or its response."""
        return self.fault is not None and (self.fault.quota_exceeded or self.fault.too_large)

    def with_text(self, text: str) -> CallRefused:
        """The same error with more text."""
        return CallRefused(f"{self} {text}", self.code, outcome_unknown=self.outcome_unknown, fault=self.fault)


@contextmanager
def asking(server: str, what: str, hints: Mapping[int, str] | None = None, advice: str = "") -> Iterator[None]:
    """Turn faults into one line: what was asked, of which server, what it answered, what to do.

    Args:
        hints: what to do about a code, where another provider than the licensing one gives it.
        advice: what to do when the code suggests nothing.

    Raises:
        CallRefused: the server answered with a fault other than a timeout.
    """
    try:
        yield
    except WsmanTimeout:
        # A timeout says nothing about the outcome; who called decides what that means.
        raise
    except WsmanFault as fault:
        code = fault.wmi_code if fault.wmi_code is not None else fault.code
        said = f"a fault without a code ({fault.subcode})" if code is None and fault.subcode else ""
        message = refusal(server, what, code, fault.reason, _fault_advice(fault, hints) or advice, hints, said=said)
        raise CallRefused(message, code, outcome_unknown=fault.outcome_unknown, fault=fault) from fault


def _concerns_role(fault: WsmanFault) -> bool:
    """Whether a class of a role service was asked for, as far as the fault says what was asked."""
    return not fault.asked or any(name in fault.asked for name in (_LICENSING_CLASSES, "Win32_TerminalServiceSetting"))


def _fault_advice(fault: WsmanFault, hints: Mapping[int, str] | None) -> str:
    """What to do about a fault whose code says nothing: its subcode, or the outer code, may."""
    if fault.access_denied:
        return (hints or {}).get(ERROR_ACCESS_DENIED, _ACCOUNT)
    if fault.too_large:
        return _ENVELOPE
    if fault.quota_exceeded:
        return _QUOTA
    if fault.not_found:
        known = (hints or {}).get(WBEM_E_INVALID_CLASS)
        return known or (_HINTS[WBEM_E_INVALID_CLASS] if _concerns_role(fault) else "")
    if fault.code is None and fault.subcode == "InternalError" and _LICENSING_CLASSES in fault.asked:
        # A provider that fails, as the licensing one does while its service is stopped.
        return _HINTS[WBEM_E_PROVIDER_FAILURE]
    return ""


def refusal(
    server: str,
    what: str,
    code: int | None,
    reason: str = "",
    advice: str = "",
    hints: Mapping[int, str] | None = None,
    *,
    said: str = "",
) -> str:
    """One line for a call that was rejected.

    Args:
        advice: what to do when the code itself suggests nothing.
        said: how to name the code, if not as an error code of Windows.
    """
    said = said or (describe_code(code) if code is not None else "a fault without a code")
    text = f"{server}: {what} failed: {said}"
    if reason:
        text += f", '{one_line(reason)}'"
    hint = (hints or {}).get(code or 0) or _HINTS.get(code or 0) or advice
    return text + (f"; {hint}." if hint else ".")


def invoke(
    session: CimSession,
    cim_class: CimClass,
    method: str,
    arguments: Mapping[str, t.Any] | None = None,
    *,
    what: str,
    advice: str = "",
    hints: Mapping[int, str] | None = None,
    selectors: Mapping[str, t.Any] | None = None,
) -> Mapping[str, t.Any]:
    """Call a method that must return 0, and give its out parameters.

    Args:
        what: what the call does, for messages, such as C(reading the activation status).
        advice: what to do when it fails and the code suggests nothing.
        hints: as for C(asking).

    Raises:
        CallRefused: a fault, or a return value other than 0.
        WsmanError: there was no answer; C(outcome_unknown) tells whether the call may have taken effect.
    """
    with asking(session.server, what, hints, advice):
        result = session.invoke(cim_class, method, arguments, selectors)
    if result.return_value != 0:
        code = result.return_value
        said = describe_return_code(code) if cim_class.name.startswith(_LICENSING_CLASSES) else ""
        message = refusal(session.server, f"{what} ({method})", code, advice=advice, hints=hints, said=said)
        raise CallRefused(message, code)
    return result.values
