# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can go wrong between this controller and a WS-Management server. The text of each error is one line."""

from __future__ import annotations

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.codes import (
    ACCESS_DENIED_CODES,
    ERROR_WSMAN_CANNOT_PROCESS_FILTER,
    NOT_FOUND_CODES,
    QUOTA_CODES,
    TOO_LARGE_CODES,
    describe_code,
)

MAX_LINE = 600
"""Characters kept of a message: a server may send a whole page."""


def printable(text: str) -> str:
    """The text on one line; control and bidirectional characters, which a terminal obeys, are shown by their codes."""
    line = " ".join(text.split())
    return (
        line if line.isprintable() else "".join(each if each.isprintable() else f"<U+{ord(each):04X}>" for each in line)
    )


def one_line(text: str) -> str:
    """The text on one line, printable, cut to a readable length."""
    line = printable(text)
    return line if len(line) <= MAX_LINE else line[: MAX_LINE - 3] + "..."


class WsmanError(Exception):
    """Base of all errors of this layer.

    ``outcome_unknown`` is true when a request that changes something was sent and may have taken effect.
    ``asked`` and ``server`` are set by the layer that knows them: what was asked, and of which server.
    """

    outcome_unknown: bool = False

    def __init__(self, message: str, *, outcome_unknown: bool | None = None) -> None:
        self.message = one_line(message)
        self.asked = ""
        self.server = ""
        if outcome_unknown is not None:
            self.outcome_unknown = outcome_unknown
        super().__init__(self.message)

    def __str__(self) -> str:
        return one_line(f"{self.asked}: {self.message}") if self.asked else self.message


class WsmanRequestError(WsmanError):
    """The request cannot be expressed (for example a character that XML cannot carry): nothing was sent."""


class WsmanUnreachable(WsmanError):
    """Name not found, connection refused, TLS failure, connection timeout: nothing was sent."""


class WsmanAuthenticationError(WsmanError):
    """The server (HTTP 401) or the authentication library refused the credentials."""


class WsmanTimeout(WsmanError):
    """No response in time, or the server's own operation timeout; ``fault`` is set when the server said so itself."""

    outcome_unknown = True
    fault: WsmanFault | None = None


class WsmanConnectionLost(WsmanError):
    """The connection broke after the request was sent and before its response was complete."""

    outcome_unknown = True


class WsmanProtocolError(WsmanError):
    """The response is not what WS-Management allows."""

    outcome_unknown = True


class WsmanFault(WsmanError):
    """A SOAP fault.

    ``code`` is the outermost WSManFault code and ``codes`` all of them from the outside in (unsigned 32 bit),
    ``subcode`` the local name of the SOAP subcode, ``reason`` the innermost useful message, ``wmi_code`` the innermost
    code of WMI's own facility (0x8004xxxx), ``http_status`` the HTTP status it came with.
    """

    def __init__(
        self,
        reason: str = "",
        *,
        code: int | None = None,
        subcode: str = "",
        wmi_code: int | None = None,
        http_status: int = 500,
        codes: tuple[int, ...] = (),
        outcome_unknown: bool | None = None,
    ) -> None:
        self.code = code
        self.subcode = subcode
        self.reason = reason.strip()
        self.wmi_code = wmi_code
        self.http_status = http_status
        self.codes = codes or tuple(number for number in (code, wmi_code) if number is not None)
        super().__init__(self._describe(), outcome_unknown=outcome_unknown)

    @property
    def not_found(self) -> bool:
        """Whether what was asked for is not there: an instance, its class, or the WMI namespace.

        Recorded servers put this as DestinationUnreachable, or CannotProcessFilter for a class in WQL, with the same
        code inside and outside. A WMI code inside is more precise and decides if there is one.
        """
        if self.wmi_code is not None:
            return self.wmi_code in NOT_FOUND_CODES
        if not NOT_FOUND_CODES.isdisjoint(self.codes) or self.subcode == "DestinationUnreachable":
            return True
        # The queries are ours and well-formed, so the server lacks the class that is named.
        return self.subcode == "CannotProcessFilter" or ERROR_WSMAN_CANNOT_PROCESS_FILTER in self.codes

    @property
    def access_denied(self) -> bool:
        """Whether the account lacks a right."""
        return self.subcode == "AccessDenied" or not ACCESS_DENIED_CODES.isdisjoint(self.codes[-1:])

    @property
    def too_large(self) -> bool:
        """Whether the response does not fit into the envelope that request and server allow; the work may be done."""
        return self.subcode == "EncodingLimit" or not TOO_LARGE_CODES.isdisjoint(self.codes)

    @property
    def quota_exceeded(self) -> bool:
        """Whether a limit of the WinRM service stopped the request."""
        return self.subcode == "QuotaLimit" or not QUOTA_CODES.isdisjoint(self.codes)

    def _describe(self) -> str:
        """``0x80041010 (WBEM_E_INVALID_CLASS), 0x80338000 (...), w:DestinationUnreachable: the reason``."""
        parts = [describe_code(code) for code in dict.fromkeys(reversed(self.codes))]
        if self.subcode:
            parts.append(self.subcode)
        what = "the server returned the fault " + ", ".join(parts) if parts else "the server returned a fault"
        return f"{what}: {self.reason}" if self.reason else what
