# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What -vvvv shows of a connection: endpoint, authentication, proxy, and one line for each message; never a value."""

from __future__ import annotations

import re
import time
from typing import Final

from ansible.utils.display import Display
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.kerberos_ticket import (
    ticket_is_forwardable,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.client import Effect, MessageTransport
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.responses import Response
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.settings import (
    Authentication,
    ConnectionSettings,
)

VERBOSITY: Final = 4

_ACTION = re.compile(rb"<\w+:Action[^>]*>([^<]+)<")
_RESOURCE = re.compile(rb"<\w+:ResourceURI[^>]*>([^<]+)<")
_QUERIED = re.compile(rb"\bFROM (\w+)")
_RETURN_CODE = re.compile(rb"ReturnValue>(-?\d{1,10})<")
_FAULT_CODE = re.compile(rb'WSManFault[^>]* Code="(\d{1,10})"')


class ConnectionLog:
    """The log of one session."""

    def __init__(self, server: str, settings: ConnectionSettings) -> None:
        self.warnings: list[str] = []
        self._server = server
        self._settings = settings
        self._display = Display()

    @property
    def wanted(self) -> bool:
        """Whether each message is to be shown."""
        return bool(self._display.verbosity >= VERBOSITY)

    def authenticated(self, used: Authentication) -> None:
        """Show how the session came about; a method that was passed over is a warning where the user asked for it."""
        sealed = "messages encrypted" if used.sealed else "messages not encrypted beyond the transport"
        self.show(
            f"WS-Man endpoint {self._settings.endpoint}, authentication {used.mechanism} through"
            f" {self._settings.library}, {sealed}, proxy: {used.proxy or 'none'}"
        )
        for skipped in used.skipped:
            text = f"{used.mechanism} authentication was used; skipped: {skipped}"
            # A local account cannot use Kerberos, so nobody waits for it.
            if len(self._settings.auth_methods) > 1 or "@" in (self._settings.username or ""):
                self.warnings.append(text)
            else:
                self.show(text)
        if self._settings.delegate:
            self._check_delegation(used)

    def _check_delegation(self, used: Authentication) -> None:
        """Warn before the second hop fails. CredSSP and Basic give the server the password itself."""
        delegation = self._settings.names.delegation
        if used.mechanism == "ntlm":
            self.warnings.append(f"{delegation} has no effect with ntlm authentication; use Kerberos or CredSSP")
        elif used.mechanism == "kerberos" and self._forwarded(used) is False:
            self.warnings.append(
                f"{delegation} has no effect: the Kerberos ticket cannot be forwarded. Get a forwardable one (kinit -f)"
                " for an account that Active Directory allows to be delegated"
            )

    def _forwarded(self, used: Authentication) -> bool | None:
        if used.delegated is not None or self._settings.ticket is None:
            return used.delegated
        with self._settings.ticket.active():
            return ticket_is_forwardable()

    def show(self, text: str) -> None:
        """One line at -vvvv."""
        self._display.vvvv(text, host=self._server)


class LoggedTransport:
    """A MessageTransport that shows each message's kind, duration, size and outcome."""

    def __init__(self, transport: MessageTransport, log: ConnectionLog) -> None:
        self._transport = transport
        self._log = log

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()

    def send(self, message: bytes, effect: Effect) -> Response:
        """Send a message as the transport does."""
        started = time.monotonic()
        try:
            response = self._transport.send(message, effect)
        except WsmanError as error:
            self._show(message, started, type(error).__name__)
            raise
        document = response.document
        data = (document.encode("utf-8", "surrogatepass") if isinstance(document, str) else document).replace(
            b"\0", b""
        )
        self._show(message, started, f"received {len(data)} bytes{_outcome(data, response.status)}")
        return response

    def _show(self, message: bytes, started: float, outcome: str) -> None:
        milliseconds = (time.monotonic() - started) * 1000
        self._log.show(f"WS-Man {_kind(message)}: {milliseconds:.0f} ms, sent {len(message)} bytes, {outcome}")


def _kind(message: bytes) -> str:
    """``Get Win32_OperatingSystem``, ``Invoke Win32_TSLicenseServer.GetActivationStatus``."""
    action, resource = _found(_ACTION, message), _found(_RESOURCE, message)
    wmi_class = _found(_QUERIED, message) or resource.rpartition("/")[2]
    if action.startswith(resource + "/"):
        return f"Invoke {wmi_class}.{action.rpartition('/')[2]}"
    return f"{action.rpartition('/')[2]} {wmi_class}"


def _outcome(data: bytes, status: int) -> str:
    if status >= 400:
        code = _found(_FAULT_CODE, data)
        return f", fault 0x{int(code):08X}" if code else f", fault, HTTP {status}"
    code = _found(_RETURN_CODE, data)
    return f", return code {code}" if code else ""


def _found(pattern: re.Pattern[bytes], data: bytes) -> str:
    match = pattern.search(data)
    return match.group(1).decode("ascii", "replace") if match else ""
