# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change in any release.
"""From the exceptions of pywinrm, requests, urllib3 and the authentication libraries to this layer's errors."""

from __future__ import annotations

import enum
import socket
import ssl
from collections.abc import Iterator
from http.client import responses

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.client import Effect
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanAuthenticationError,
    WsmanConnectionLost,
    WsmanError,
    WsmanProtocolError,
    WsmanTimeout,
    WsmanUnreachable,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.settings import ConnectionSettings


class Stage(enum.Enum):
    """Where in a connection's life something failed."""

    OPENING = "nothing of the message was sent yet"
    EXCHANGE = "the message may have been sent"
    STALE_ENCRYPTION = "the message was refused because it was encrypted for a connection that is gone"


# Named, not imported: most of these libraries are optional.
_AUTHENTICATION_PACKAGES = (
    "spnego",
    "requests_ntlm",
    "requests_credssp",
    "requests_kerberos",
    "winrm.vendor.requests_kerberos",
    "kerberos",
    "gssapi",
    "krb5",
)
_NOT_CONNECTED = frozenset(
    {
        "ConnectTimeout",
        "ConnectTimeoutError",
        "InvalidProxyURL",
        "InvalidSchema",
        "InvalidURL",
        "LocationParseError",
        "MissingSchema",
        "NameResolutionError",
        "NewConnectionError",
        "ProxyError",
        "ProxySchemeUnknown",
    }
)
_READ_TIMEOUTS = frozenset({"ReadTimeout", "ReadTimeoutError"})
_BROKEN = frozenset(
    {
        "ChunkedEncodingError",
        "ConnectionError",
        "ContentDecodingError",
        "IncompleteRead",
        "ProtocolError",
        "RemoteDisconnected",
    }
)
_STATUS_ADVICE = {
    400: "the listener did not accept the request: is this a WS-Man listener, and does it allow this kind of message"
    " encryption (http needs NTLM, Kerberos or CredSSP)?",
    403: "forbidden: the account may not use this listener",
    404: "there is no WS-Man listener at this address: check port and path",
    405: "there is no WS-Man listener at this address: check port and path",
    407: "the proxy wants a user and a password",
    411: "the listener or a proxy in between does not take the request: check scheme and port",
    413: "the request is larger than the listener allows",
    502: "a proxy could not reach the server",
    503: "the Windows Remote Management service is not running, or the server is too busy",
    504: "a proxy got no answer from the server",
}


def refusal_status(error: BaseException) -> int | None:
    """The HTTP status inside pywinrm's WinRMTransportError, None for any other exception."""
    if type(error).__name__ != "WinRMTransportError":
        return None
    status = getattr(error, "code", None)
    return status if isinstance(status, int) else None


def translate(error: Exception, settings: ConnectionSettings, stage: Stage, effect: Effect) -> WsmanError:
    """The error to raise for what a library raised. Never repeats a body or a header."""
    if isinstance(error, WsmanError):
        return error
    changing = effect is Effect.CHANGE and stage is Stage.EXCHANGE
    status = refusal_status(error)
    if status is not None:
        return _for_status(status, settings, stage, changing)
    chain = list(_chain(error))
    names = {type(link).__name__ for link in chain}
    if "InvalidCredentialsError" in names:
        return WsmanAuthenticationError(_credentials_text(error))
    if _before_sending(chain, names, changing):
        return WsmanUnreachable(_unreachable_text(chain, names, settings))
    if names & _READ_TIMEOUTS:
        return _timeout(settings, stage, changing)
    if any(_is_authentication(link) for link in chain):
        return WsmanAuthenticationError(f"authentication failed: {_text(chain[0])}", outcome_unknown=changing)
    if "TooManyRedirects" in names:
        return WsmanProtocolError(
            f"{settings.endpoint} answers with a redirection: it is no WS-Man listener, check port and path",
            outcome_unknown=False,
        )
    if names & _BROKEN or any(isinstance(link, (ConnectionError, socket.timeout, ssl.SSLError)) for link in chain):
        return _broken(chain, settings, stage, changing)
    return _unforeseen(error, settings, stage, changing)


def _for_status(status: int, settings: ConnectionSettings, stage: Stage, changing: bool) -> WsmanError:
    if stage is Stage.STALE_ENCRYPTION:
        return WsmanConnectionLost(
            f"{settings.endpoint} had closed the connection that the message was encrypted for", outcome_unknown=False
        )
    advice = _STATUS_ADVICE.get(status, responses.get(status, "unknown status"))
    # A 4xx refuses the request; behind a 5xx of a proxy the server may have worked on it.
    return WsmanProtocolError(
        f"{settings.endpoint} answered with HTTP {status}: {advice}", outcome_unknown=changing and status >= 500
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and all that lie behind it: causes, contexts, urllib3's ``reason`` and wrapped arguments."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        link = waiting.pop(0)
        if not isinstance(link, BaseException) or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        waiting += [link.__cause__, link.__context__, getattr(link, "reason", None), *link.args]


def _before_sending(chain: list[BaseException], names: set[str], changing: bool) -> bool:
    if names & _NOT_CONNECTED or any(isinstance(link, (ConnectionRefusedError, socket.gaierror)) for link in chain):
        return True
    if not any(isinstance(link, ssl.SSLError) for link in chain):
        return False
    if any(isinstance(link, ssl.SSLCertVerificationError) or _in_handshake(link) for link in chain):
        return True
    # TLS 1.3 reports a refused client certificate with the first read; for a read that makes no difference.
    return not changing


def _in_handshake(error: BaseException) -> bool:
    traceback = error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code.co_name == "do_handshake":
            return True
        traceback = traceback.tb_next
    return False


def _unreachable_text(chain: list[BaseException], names: set[str], settings: ConnectionSettings) -> str:
    start = f"cannot connect to {settings.endpoint}"
    if names & {"ConnectTimeout", "ConnectTimeoutError"} and "NewConnectionError" not in names:
        seconds = settings.connection_timeout or settings.read_timeout
        return f"{start} within {seconds:g} s; check the address, or raise {settings.names.connection_timeout}"
    for link in chain:
        if isinstance(link, ssl.SSLCertVerificationError):
            return f"{start}: the server's certificate is not trusted ({link.verify_message or 'verification failed'})"
        if isinstance(link, ssl.SSLError):
            return f"{start}: TLS failed ({link.reason or 'no reason given'}); is this port https?"
        if isinstance(link, socket.gaierror):
            return f"{start}: the name cannot be resolved"
        if isinstance(link, OSError) and link.errno is not None:
            return f"{start}: {link.strerror or type(link).__name__}"
    return f"{start}: {_text(chain[-1])}"


def _timeout(settings: ConnectionSettings, stage: Stage, changing: bool) -> WsmanError:
    text = f"no answer from {settings.endpoint} within {settings.read_timeout:g} s; raise {settings.names.read_timeout}"
    if stage is Stage.OPENING:
        return WsmanUnreachable(f"{text} (the authentication was not finished)")
    return WsmanTimeout(text, outcome_unknown=changing)


def _broken(chain: list[BaseException], settings: ConnectionSettings, stage: Stage, changing: bool) -> WsmanError:
    text = f"the connection to {settings.endpoint} broke before the answer was complete"
    if stage is Stage.OPENING:
        return WsmanUnreachable(f"{text} (the authentication was not finished)")
    return WsmanConnectionLost(text, outcome_unknown=changing)


def _unforeseen(error: Exception, settings: ConnectionSettings, stage: Stage, changing: bool) -> WsmanError:
    if stage is Stage.OPENING:
        return WsmanAuthenticationError(f"cannot open a session with {settings.endpoint}: {_text(error)}")
    return WsmanProtocolError(
        f"the answer of {settings.endpoint} cannot be read: {_text(error)}", outcome_unknown=changing
    )


def _is_authentication(error: BaseException) -> bool:
    module = type(error).__module__
    return isinstance(error, PermissionError) or any(
        module == package or module.startswith(package + ".") for package in _AUTHENTICATION_PACKAGES
    )


def _credentials_text(error: Exception) -> str:
    return str(error) or "the specified credentials were rejected by the server"


def _text(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
