# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the exceptions of pywinrm, requests, urllib3 and the authentication libraries to this layer's errors."""

from __future__ import annotations

import enum
import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
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
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.http_connections import HttpRefusal
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.limits import LimitExceeded
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.proxies import proxy_in_use
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.settings import ConnectionSettings


class Stage(enum.Enum):
    """Where in a connection's life something failed."""

    OPENING = "nothing of the message was sent yet"
    EXCHANGE = "the message may have been sent"
    STALE_ENCRYPTION = "the message was rejected because it was encrypted for a connection that is gone"


# Named, not imported: most of these libraries are optional.
_AUTHENTICATION_PACKAGES = (
    "spnego",
    "pypsrp",
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
    407: "the proxy requires a user and a password",
    411: "the listener or a proxy in between does not accept the request: check scheme and port",
    413: "the request is larger than the listener allows",
    502: "a proxy could not reach the server",
    503: "the Windows Remote Management service is not running, or the server is too busy",
    504: "a proxy got no response from the server",
}
_MISSING_CA = "suitable TLS CA certificate bundle"
"""What requests says of a missing file or folder before it connects."""
_TLS_REASON = re.compile(r"\[SSL: (\w+)\]")
_NOT_TLS = frozenset(
    {"WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "UNEXPECTED_EOF_WHILE_READING"}
)
_GSS_PART = re.compile(r"""\((?:'([^']*)'|"([^"]*)"), -?\d+\)""")
_EMPTY_500 = (
    "the listener gave no reason, as one that insists on encryption does for a message that is not encrypted: use ntlm,"
    " kerberos or credssp over http, or use https"
)


def refusal(error: BaseException) -> tuple[int, bytes | str] | None:
    """HTTP status and body inside HttpRefusal and pywinrm's WinRMTransportError, None for any other exception.

    pywinrm 0.5.0 decodes the body of an answer that is no success as UTF-8 before it makes that exception. A fault in
    UTF-16, or the page of a proxy that speaks Latin-1, ends there: the status is in the error behind it.
    """
    if isinstance(error, HttpRefusal):
        return error.status, error.body
    if isinstance(error, UnicodeDecodeError):
        status = getattr(getattr(error.__context__, "response", None), "status_code", None)
        return (status, error.object) if isinstance(status, int) else None
    if type(error).__name__ != "WinRMTransportError":
        return None
    status = getattr(error, "code", None)
    return (status, getattr(error, "response_text", "")) if isinstance(status, int) else None


def refusal_status(error: BaseException) -> int | None:
    """The HTTP status of such an answer alone."""
    found = refusal(error)
    return found[0] if found else None


@dataclass(frozen=True)
class _Failure:
    """An exception with all that lies behind it, and when it happened."""

    error: Exception
    chain: tuple[BaseException, ...]
    settings: ConnectionSettings
    stage: Stage
    changing: bool

    @property
    def names(self) -> frozenset[str]:
        """Class names of the whole chain."""
        return frozenset(type(link).__name__ for link in self.chain)

    def holds(self, *kinds: type[BaseException]) -> bool:
        """Whether the chain has an exception of one of these kinds."""
        return any(isinstance(link, kinds) for link in self.chain)


def translate(error: Exception, settings: ConnectionSettings, stage: Stage, effect: Effect) -> WsmanError:
    """The error to raise for what a library raised. Never repeats a body or a header."""
    if isinstance(error, WsmanError):
        return error
    if stage is Stage.STALE_ENCRYPTION:
        return WsmanConnectionLost(
            f"{settings.endpoint} closed the connection for which the message was encrypted", outcome_unknown=False
        )
    changing = effect is Effect.CHANGE and stage is Stage.EXCHANGE
    if isinstance(error, LimitExceeded):
        kind = WsmanTimeout if error.too_slow else WsmanProtocolError
        return kind(f"{settings.endpoint}: {error}", outcome_unknown=changing)
    refused = refusal(error)
    if refused is not None:
        return _for_status(refused, settings, stage, changing)
    failure = _Failure(error, tuple(_chain(error)), settings, stage, changing)
    for rule in (_rejected, _not_connected, _timed_out, _not_authenticated, _redirected, _broken):
        found = rule(failure)
        if found is not None:
            return found
    return _unforeseen(failure)


def _for_status(
    refused: tuple[int, bytes | str], settings: ConnectionSettings, stage: Stage, changing: bool
) -> WsmanError:
    status, body = refused
    advice = _STATUS_ADVICE.get(status, responses.get(status, "unknown status"))
    if status == HTTPStatus.INTERNAL_SERVER_ERROR and not body.strip():
        advice = _EMPTY_500
    who, proxy = settings.endpoint, proxy_in_use(settings)
    # Over https a proxy passes on what it cannot read.
    if proxy and settings.endpoint.startswith("http:"):
        who = f"the proxy {proxy}, or {settings.endpoint} behind it,"
        advice += "; check whether the proxy allows this connection, or exclude the server from it"
    # A 4xx refuses the request; behind a 5xx of a proxy the server may have worked on it.
    return WsmanProtocolError(f"{who} returned HTTP {status}: {advice}", outcome_unknown=changing and status >= 500)


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


def _rejected(failure: _Failure) -> WsmanError | None:
    if not failure.names & {"InvalidCredentialsError", "CredentialsRejected"}:
        return None
    return WsmanAuthenticationError(str(failure.error) or "the credentials were rejected by the server")


def _not_connected(failure: _Failure) -> WsmanError | None:
    if not _before_sending(failure):
        return None
    settings, why = failure.settings, _why_not_connected(failure)
    proxy = proxy_in_use(settings)
    if not proxy:
        return WsmanUnreachable(f"cannot connect to {settings.endpoint}{why}")
    tunnel = next((str(link) for link in failure.chain if str(link).startswith("Tunnel connection failed")), "")
    if tunnel or "ProxyError" in failure.names or settings.endpoint.startswith("http:"):
        why = f": {tunnel}" if tunnel else why.replace("that WinRM listens there", "that the proxy runs")
        return WsmanUnreachable(
            f"cannot connect to {settings.endpoint} by way of the proxy {proxy}{why}; correct"
            f" {settings.names.proxy}, or exclude the server from the proxy"
        )
    return WsmanUnreachable(f"cannot connect to {settings.endpoint} by way of the proxy {proxy}{why}")


def _before_sending(failure: _Failure) -> bool:
    if any(_MISSING_CA in str(link) for link in failure.chain):
        return True
    if failure.names & _NOT_CONNECTED or failure.holds(ConnectionRefusedError, socket.gaierror):
        return True
    if not failure.holds(ssl.SSLError):
        return False
    if failure.holds(ssl.SSLCertVerificationError) or any(_in_handshake(link) for link in failure.chain):
        return True
    # TLS 1.3 reports a refused client certificate with the first read; for a read that makes no difference.
    return not failure.changing


def _in_handshake(error: BaseException) -> bool:
    traceback = error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code.co_name == "do_handshake":
            return True
        traceback = traceback.tb_next
    return False


def _why_not_connected(failure: _Failure) -> str:
    if failure.names & {"ConnectTimeout", "ConnectTimeoutError"} and "NewConnectionError" not in failure.names:
        seconds = failure.settings.connection_timeout or failure.settings.read_timeout
        return f" within {seconds:g} s; check the address, or raise {failure.settings.names.connection_timeout}"
    # The root of the matter is the last link.
    for link in reversed(failure.chain):
        reason = _tls_reason(link, failure.settings) or _system_reason(link)
        if reason:
            return f": {reason}"
    return f": {_text(failure.chain[-1])}"


def _tls_reason(link: BaseException, settings: ConnectionSettings) -> str:
    if isinstance(link, ssl.SSLCertVerificationError):
        why = getattr(link, "verify_message", "verification failed")
        return f"the server's certificate is not trusted ({why}); check the name, and the CA that this host is to trust"
    if not isinstance(link, ssl.SSLError):
        return ""
    # The attribute is empty for an alert that comes with the first read, the text is not.
    found = _TLS_REASON.search(str(link))
    why = (
        getattr(link, "reason", None)
        or (found.group(1) if found else "")
        or " ".join(str(link).split())
        or "no reason given"
    )
    if "ALERT" in why.upper() and "certificate" in settings.auth_methods:
        return (
            f"the server rejected {settings.names.certificate} (TLS {why}); check that the certificate is valid and "
            f"that the server trusts its CA"
        )
    if "EOF" in why.upper() and "certificate" in settings.auth_methods:
        # With TLS 1.3 a client has written its request before it learns that its certificate was refused, and a server
        # that has gone by then takes the alert with it.
        return (
            f"TLS failed ({why}); the server may have rejected {settings.names.certificate}: check that the "
            f"certificate is valid and that the server trusts its CA"
        )
    if why in _NOT_TLS:
        return f"TLS failed ({why}); is this port https?"
    return f"TLS failed ({why}); check the TLS versions and certificates of both sides"


def _system_reason(link: BaseException) -> str:
    if isinstance(link, socket.gaierror):
        return "the name cannot be resolved; check ansible_host"
    if isinstance(link, OSError) and link.errno is not None:
        why = link.strerror or type(link).__name__
        return f"{why}; check address and port, the firewall, and that WinRM listens there"
    return ""


def _timed_out(failure: _Failure) -> WsmanError | None:
    if not failure.names & _READ_TIMEOUTS:
        return None
    settings = failure.settings
    text = (
        f"no response from {settings.endpoint} within {settings.read_timeout:g} s; raise {settings.names.read_timeout}"
    )
    if failure.stage is Stage.OPENING:
        return WsmanUnreachable(f"{text} (the authentication was not finished)")
    return WsmanTimeout(text, outcome_unknown=failure.changing)


def _not_authenticated(failure: _Failure) -> WsmanError | None:
    if not any(_is_authentication(link) for link in failure.chain):
        return None
    return WsmanAuthenticationError(
        f"the authentication library reports {_text(failure.error)}", outcome_unknown=failure.changing
    )


def _is_authentication(error: BaseException) -> bool:
    module = type(error).__module__
    return isinstance(error, PermissionError) or any(
        module == package or module.startswith(package + ".") for package in _AUTHENTICATION_PACKAGES
    )


def _redirected(failure: _Failure) -> WsmanError | None:
    if "TooManyRedirects" not in failure.names:
        return None
    return WsmanProtocolError(
        f"{failure.settings.endpoint} responded with a redirection: it is not a WS-Man listener, check port and path",
        outcome_unknown=False,
    )


def _broken(failure: _Failure) -> WsmanError | None:
    if not (failure.names & _BROKEN or failure.holds(ConnectionError, TimeoutError, ssl.SSLError)):
        return None
    text = f"the connection to {failure.settings.endpoint} broke before the response was complete"
    if failure.stage is Stage.OPENING:
        return WsmanUnreachable(f"{text} (the authentication was not finished)")
    return WsmanConnectionLost(text, outcome_unknown=failure.changing)


def _unforeseen(failure: _Failure) -> WsmanError:
    endpoint = failure.settings.endpoint
    if failure.stage is Stage.OPENING:
        return WsmanAuthenticationError(f"cannot open a session with {endpoint}: {_text(failure.error)}")
    return WsmanProtocolError(
        f"the response of {endpoint} cannot be read: {_text(failure.error)}", outcome_unknown=failure.changing
    )


def _text(error: BaseException) -> str:
    return f"{type(error).__name__}: {_without_codes(str(error))}" if str(error) else type(error).__name__


def _without_codes(text: str) -> str:
    """GSS errors come as nested tuples of a text and a number: their texts, except the one that says nothing."""
    found = [one or other for one, other in _GSS_PART.findall(text)]
    if not found:
        return text
    told = [each for each in found if not each.startswith("Unspecified GSS failure") and each != "Success"]
    return ": ".join([part for part in (text[: text.find("(")].strip(" :"), *(told or found)) if part])
