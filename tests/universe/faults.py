# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong with one message, as plain data that a universe is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

KINDS = {
    "refused": "no connection; nothing is sent",
    "lost_before": "the connection breaks before the server has the message",
    "lost_after": "the connection breaks; the message is carried out after `seconds`",
    "timeout": "no response until the read timeout; the message is carried out after `seconds`, or never",
    "timed_out": "the server says TimedOut; the message is carried out after `seconds`, or never",
    "http_401": "HTTP 401; nothing is carried out",
    "http_500": "HTTP 500 without a SOAP body; carried out if `effect`",
    "truncated": "carried out; the response breaks off in its middle",
    "foreign": "carried out; the response belongs to another message",
    "fault": "a SOAP fault with `code` and `wmi_code`; carried out if `effect`",
    "return_code": "the method returns `code`; carried out if `effect`",
    "restart": "carried out if `effect`; the connection breaks and the server is away for `seconds`",
    "killed_before": "the controller ends before it sends",
    "killed_after": "the controller ends once it has sent; the message is carried out after `seconds`",
}
CHANGING_ONLY = ("return_code",)

# Outer code, subcode and role, and the WMI code inside: forms that were recorded of Windows.
FAULT_FORMS: tuple[dict[str, Any], ...] = (
    {"code": 0x80338000, "subcode": "a:DestinationUnreachable", "role": "s:Sender", "wmi_code": 0x80041002},
    {"code": 0x80338000, "subcode": "a:DestinationUnreachable", "role": "s:Sender", "wmi_code": 0x80041010},
    {"code": 0x80041001, "subcode": "w:InternalError", "role": "s:Receiver", "wmi_code": 0x80041001},
    {"code": 0x80041004, "subcode": "w:InternalError", "role": "s:Receiver", "wmi_code": 0x80041004},
    {"code": 0x80338104, "subcode": "w:AccessDenied", "role": "s:Receiver", "wmi_code": 0x80041003},
    {"code": 0x80338105, "subcode": "w:InternalError", "role": "s:Receiver", "wmi_code": 0x80041024},
    {"code": 0x80338102, "subcode": "w:InvalidParameter", "role": "s:Receiver", "wmi_code": 0x80041008},
    {"code": 5, "subcode": "w:AccessDenied", "role": "s:Sender", "wmi_code": None},
    {"code": 2150858843, "subcode": "w:InternalError", "role": "s:Receiver", "wmi_code": None},
    {"code": 0x803380E4, "subcode": "w:QuotaLimit", "role": "s:Receiver", "wmi_code": None},
    {"code": 0x803381A5, "subcode": "w:QuotaLimit", "role": "s:Sender", "wmi_code": None},
    {"code": 0x80070005, "subcode": "w:InternalError", "role": "s:Receiver", "wmi_code": None},
    {"code": 0x80070002, "subcode": "w:InternalError", "role": "s:Receiver", "wmi_code": None},
    {"code": 0x800700CE, "subcode": "w:InternalError", "role": "s:Receiver", "wmi_code": None},
    {"code": 0x8033801A, "subcode": "w:CannotProcessFilter", "role": "s:Sender", "wmi_code": None},
    {"code": 0x8033805B, "subcode": "w:InvalidSelectors", "role": "s:Sender", "wmi_code": None},
    {"code": 1726, "subcode": "w:InternalError", "role": "s:Receiver", "wmi_code": None},
)
# What a service says that has not run anything.
NOT_RUN = ("w:CannotProcessFilter", "w:InvalidSelectors")
RETURN_CODES = (0x80041001, 0x80041002, 0x80041008, 0x8004100C, 0x800706BA, 5, 1)


@dataclass
class Fault:
    """What happens to the message number `at` of those that `of` counts: any, change (also of the record), call."""

    kind: str
    at: int
    of: str = "any"
    seconds: float | None = 0.0
    effect: bool = False
    code: int = 0
    wmi_code: int | None = None
    subcode: str = "w:InternalError"
    role: str = "s:Receiver"
    away: float = 0.0

    def rule(self) -> dict[str, Any]:
        """The misbehaviour of the simulator's control door that comes closest."""
        if self.kind in ("timed_out", "timeout") and self.seconds is not None:
            return {"what": "delay", "seconds": max(self.seconds, 25.0)}
        if self.kind in ("timed_out", "timeout"):
            return {"what": "timeout", "takes_effect": False}
        if self.kind in ("lost_after", "killed_after", "truncated", "foreign"):
            return {"what": "drop_after"}
        if self.kind in ("lost_before", "killed_before", "refused"):
            return {"what": "drop_before"}
        if self.kind == "restart":
            return {"what": "drop_after" if self.effect else "drop_before"}
        if self.kind in ("fault", "return_code"):
            return self.told()
        return {"what": "http", "status": 401 if self.kind == "http_401" else 500, "takes_effect": self.effect}

    def told(self) -> dict[str, Any]:
        """What the engine is told to answer."""
        if self.kind == "return_code":
            return {"what": "return_value", "return_value": self.code, "takes_effect": self.effect}
        return {"what": "fault", "takes_effect": self.effect, **self.fault_form()}

    def fault_form(self) -> dict[str, Any]:
        """Code, subcode, role and the WMI code inside."""
        return {"code": self.code, "subcode": self.subcode, "role": self.role, "wmi_code": self.wmi_code}
