# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP(S) with authentication and message encryption, through pywinrm or pypsrp (``http_connections``).

What resends, and what does not (read in pywinrm 0.4.3 and 0.5.0, pypsrp 0.9.1, requests 2.32, urllib3 2,
requests-ntlm 1.3, requests-credssp 2.0 and the Kerberos module that pywinrm carries):

* requests mounts its adapters with ``Retry(0, read=False)``: neither requests nor urllib3 repeats a request.
* Authentication handlers do repeat a request, but only one that the server answered with 401, that is one it refused
  to look at. NTLM and Kerberos over HTTPS send the body with each step of the handshake; the server processes it
  once, with the step that completes it. With message encryption, and always with CredSSP, the session is opened with
  an empty POST instead, so a failure in there means that nothing was sent.
* A kept-alive connection that the server has closed meanwhile is opened anew by urllib3 before a request is written.
  With message encryption the message is then sealed for the old connection and the server refuses it with HTTP 400
  after a new handshake: it was not processed. requests-credssp hides that status and reports a missing token.

Bodies hold credentials: nothing in here logs one.
"""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, nullcontext

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.authentication_advice import (
    authentication_advice,
    check_characters,
    lost_credssp_session,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.client import Effect
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanAuthenticationError,
    WsmanConnectionLost,
    WsmanError,
    WsmanUnreachable,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.http_connections import (
    HttpConnection,
    new_connection,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.proxies import proxy_in_use
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.responses import Response
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.settings import (
    Authentication,
    ConnectionSettings,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.transport_errors import (
    Stage,
    refusal,
    refusal_status,
    translate,
)


class WinrmTransport:
    """A MessageTransport over one kept-alive HTTP connection, opened with the first message."""

    def __init__(self, settings: ConnectionSettings) -> None:
        self._settings = settings
        self._methods = list(settings.auth_methods)
        self._refusals: list[str] = []
        self._connection: HttpConnection | None = None
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
                f"authentication failed ({text}); {authentication_advice(text, self._settings)}"
            ) from error

    def _send_once(self, message: bytes, effect: Effect) -> Response:
        method = self._methods[0]
        # A missing library shows before kinit sends a password to the KDC.
        connection = self._connection or new_connection(self._settings, method)
        with self._ticket(method):
            if self._connection is None:
                self._open(connection, method)
            try:
                document = connection.send(message)
            except Exception as error:  # each library on the way raises its own
                answer = _fault_answer(error)
                if answer is None:
                    raise translate(error, self._settings, self._stage(connection, error), effect) from error
                self._note_answer(connection)
                return answer
        self._note_answer(connection)
        return Response(document)

    def _note_answer(self, connection: HttpConnection) -> None:
        self._answered += 1
        if self._answered == 1 and self._settings.on_authenticated is not None:
            skipped = [*self._refusals, *([connection.skipped] if connection.skipped else [])]
            self._settings.on_authenticated(
                Authentication(
                    mechanism=connection.mechanism,
                    sealed=connection.sealed,
                    skipped=tuple(skipped),
                    proxy=proxy_in_use(self._settings),
                    delegated=connection.delegated,
                )
            )

    def _stage(self, connection: HttpConnection, error: Exception) -> Stage:
        refused = refusal_status(error) == 400 or lost_credssp_session(error)
        return Stage.STALE_ENCRYPTION if refused and self._answered and connection.sealed else Stage.EXCHANGE

    def _open(self, connection: HttpConnection, method: str) -> None:
        check_characters(self._settings, method)
        try:
            connection.open()
        except Exception as error:  # with message encryption this is a whole handshake
            connection.close()
            raise translate(error, self._settings, Stage.OPENING, Effect.READ) from error
        self._connection = connection

    def _ticket(self, method: str) -> AbstractContextManager[None]:
        if method in ("kerberos", "negotiate") and self._settings.ticket is not None:
            return self._settings.ticket.active()
        return nullcontext()

    def _drop(self) -> None:
        """Forget the connection. A half-used one must not be used again: its encryption state is unknown."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


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
