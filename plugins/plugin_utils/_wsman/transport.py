# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP(S) with authentication and message encryption, through pywinrm's public ``winrm.transport.Transport``.

What resends, and what does not (read in pywinrm 0.4.3 and 0.5.0, requests 2.32, urllib3 2, requests-ntlm 1.3,
requests-credssp 2.0 and the Kerberos module that pywinrm carries):

* requests mounts its adapters with ``Retry(0, read=False)``: neither requests nor urllib3 repeats a request.
* Authentication handlers do repeat a request, but only one that the server answered with 401, that is one it refused
  to look at. NTLM and Kerberos over HTTPS send the body with each step of the handshake; the server processes it
  once, with the step that completes it. With message encryption pywinrm opens with an empty POST instead, so a
  failure in there means that nothing was sent.
* A kept-alive connection that the server has closed meanwhile is opened anew by urllib3 before a request is written.
  With message encryption the message is then sealed for the old connection and the server refuses it with HTTP 400
  after a new handshake: it was not processed.

Bodies hold credentials: nothing in here logs one.
"""

from __future__ import annotations

import importlib
import time
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.bounded_http import (
    ResponseLimits,
    open_bounded,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.client import Effect
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanAuthenticationError,
    WsmanConnectionLost,
    WsmanError,
    WsmanUnreachable,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.limits import response_seconds
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.responses import Response
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.settings import ConnectionSettings
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.transport_errors import (
    Stage,
    refusal,
    refusal_status,
    translate,
)

_LIBRARIES = {
    "kerberos": ("HAVE_KERBEROS", "pykerberos (pip install pywinrm[kerberos])"),
    "ntlm": ("HAVE_NTLM", "requests-ntlm (pip install requests-ntlm)"),
    "credssp": ("HAVE_CREDSSP", "requests-credssp (pip install pywinrm[credssp])"),
}


class WinrmTransport:
    """A MessageTransport over one kept-alive HTTP connection, opened with the first message."""

    def __init__(self, settings: ConnectionSettings) -> None:
        self._settings = settings
        self._methods = list(settings.auth_methods)
        self._refusals: list[str] = []
        self._connection: Any = None
        self._answered = 0

    def close(self) -> None:
        """Close the connection and throw a Kerberos ticket away."""
        self._drop()
        if self._settings.ticket is not None:
            self._settings.ticket.discard()

    def send(self, message: bytes, effect: Effect) -> Response:
        """Send one message. A message that changes something goes out once at most."""
        attempt = 0
        while True:
            kept_alive = self._connection is not None and self._answered > 0
            try:
                return self._send_once(message, effect)
            except WsmanAuthenticationError as error:
                self._drop()
                self._next_method(error)
            except WsmanError as error:
                self._drop()
                attempt += 1
                if attempt > self._attempts_left(error, effect, kept_alive):
                    raise
                if not (attempt == 1 and kept_alive):
                    time.sleep(self._settings.retry_pause * 2 ** (attempt - 1))

    def _attempts_left(self, error: WsmanError, effect: Effect, kept_alive: bool) -> int:
        """How many times a message may be repeated after this error."""
        if isinstance(error, WsmanUnreachable):
            return self._settings.retries
        if isinstance(error, WsmanConnectionLost) and effect is Effect.READ:
            # Servers close idle connections: once is normal even if the user asked for no retries.
            return max(self._settings.retries, 1 if kept_alive else 0)
        return 0

    def _next_method(self, error: WsmanAuthenticationError) -> None:
        """Fall back on the next authentication method, or raise with what became of each."""
        if self._answered or error.outcome_unknown:
            raise error
        self._refusals.append(f"{self._methods.pop(0)}: {error.message}")
        if not self._methods:
            text = "; ".join(self._refusals)
            # A later message of this session shall meet the same refusal, not an empty list.
            self._methods, self._refusals = list(self._settings.auth_methods), []
            raise WsmanAuthenticationError(
                f"authentication failed ({text}); check user, password and {self._settings.names.authentication}"
            ) from error

    def _send_once(self, message: bytes, effect: Effect) -> Response:
        method = self._methods[0]
        with self._ticket(method):
            connection = self._connection or self._open(method)
            try:
                document = connection.send_message(message)
            except Exception as error:  # each library on the way raises its own
                answer = _fault_answer(error)
                if answer is None:
                    raise translate(error, self._settings, self._stage(connection, error), effect) from error
                self._answered += 1
                return answer
        self._answered += 1
        return Response(document)

    def _stage(self, connection: Any, error: Exception) -> Stage:
        if refusal_status(error) == 400 and self._answered and connection.encryption is not None:
            return Stage.STALE_ENCRYPTION
        return Stage.EXCHANGE

    def _open(self, method: str) -> Any:
        pywinrm = importlib.import_module("winrm.transport")
        flag, library = _LIBRARIES.get(method, ("", ""))
        if flag and not getattr(pywinrm, flag):
            raise WsmanAuthenticationError(f"the Python library {library} is not installed on the controller")
        try:
            connection = pywinrm.Transport(**self._arguments(method))
            open_bounded(connection, self._limits())
        except Exception as error:  # with message encryption this is a whole handshake
            raise translate(error, self._settings, Stage.OPENING, Effect.READ) from error
        self._connection = connection
        return connection

    def _limits(self) -> ResponseLimits:
        return ResponseLimits(response_seconds(self._settings.read_timeout), self._settings.names.read_timeout)

    def _arguments(self, method: str) -> dict[str, Any]:
        settings = self._settings
        connect = settings.connection_timeout
        return {
            **settings.options,
            "endpoint": settings.endpoint,
            "auth_method": method,
            "username": settings.username,
            "password": settings.password,
            # pywinrm hands this to requests as it is, and requests takes a pair for connecting and reading.
            "read_timeout_sec": settings.read_timeout if connect is None else (connect, settings.read_timeout),
        }

    def _ticket(self, method: str) -> AbstractContextManager[None]:
        if method == "kerberos" and self._settings.ticket is not None:
            return self._settings.ticket.active()
        return nullcontext()

    def _drop(self) -> None:
        """Forget the connection. A half-used one must not be used again: its encryption state is unknown."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close_session()


def _fault_answer(error: Exception) -> Response | None:
    """The SOAP fault inside pywinrm's error for an HTTP status, None when there is none."""
    found = refusal(error)
    if found is None:
        return None
    status, body = found
    data = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    # UTF-16 has a zero beside each of these letters.
    if b"Envelope" not in data.replace(b"\0", b""):
        return None
    return Response(body if b"\0" not in data else data, status)
