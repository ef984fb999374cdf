# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An authenticated HTTP connection through pywinrm, or through pypsrp as ``ansible.builtin.psrp`` uses it.

Both raise what the libraries below them raise; ``transport_errors`` makes sense of it.
"""

from __future__ import annotations

import importlib
import logging
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.bounded_http import (
    ResponseLimits,
    bound_session,
    open_bounded,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanAuthenticationError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.limits import response_seconds
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.settings import ConnectionSettings

_LIBRARIES = {
    "kerberos": ("HAVE_KERBEROS", "pykerberos (pip install pywinrm[kerberos])"),
    "ntlm": ("HAVE_NTLM", "requests-ntlm (pip install requests-ntlm)"),
    "credssp": ("HAVE_CREDSSP", "requests-credssp (pip install pywinrm[credssp])"),
}


class HttpRefusal(Exception):
    """An HTTP status that is not success, with the body as it came."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status = status
        self.body = body
        super().__init__(f"HTTP status {status}")


class CredentialsRejected(Exception):
    """HTTP 401 after all that the method had to say."""


class HttpConnection(Protocol):
    """One HTTP session that is opened once and carries one message after the other."""

    @property
    def sealed(self) -> bool:
        """Whether messages are encrypted for this very connection."""

    @property
    def mechanism(self) -> str:
        """What authenticated the session, as far as the library says."""

    @property
    def skipped(self) -> str:
        """A mechanism that came first but was not used, and why; empty if there is none."""

    @property
    def delegated(self) -> bool | None:
        """Whether the server got a ticket to go on with; None where the library does not say."""

    def open(self) -> None:
        """Get ready; with a sealed session, and with CredSSP, this is the whole authentication."""

    def send(self, message: bytes) -> bytes:
        """Send one message and return the response's body."""

    def close(self) -> None:
        """Close the session; may be called more than once."""


def new_connection(settings: ConnectionSettings, method: str) -> HttpConnection:
    """A connection that is not open yet. Raises WsmanAuthenticationError where a library is missing."""
    if settings.library == "pypsrp":
        return PypsrpConnection(settings, method)
    flag, library = _LIBRARIES.get(method, ("", ""))
    if flag and not getattr(importlib.import_module("winrm.transport"), flag):
        raise WsmanAuthenticationError(f"the Python library {library} is not installed on the controller")
    return PywinrmConnection(settings, method)


class PywinrmConnection:
    """Through pywinrm's public ``winrm.transport.Transport``."""

    skipped = ""
    delegated = None

    def __init__(self, settings: ConnectionSettings, method: str) -> None:
        self.mechanism = method
        self._settings = settings
        self._transport: Any = None

    @property
    def sealed(self) -> bool:
        """Whether messages are encrypted for this very connection."""
        return self._transport is not None and self._transport.encryption is not None

    def open(self) -> None:
        """As HttpConnection says; pywinrm itself opens a sealed session with an empty POST."""
        self._transport = importlib.import_module("winrm.transport").Transport(**self._arguments())
        open_bounded(self._transport, _limits(self._settings))
        session = self._transport.session
        _no_netrc(session)
        if self.mechanism == "credssp" and not self.sealed:
            _empty_post(session, self._settings)

    def send(self, message: bytes) -> bytes:
        """Send one message and return the response's body."""
        body: bytes = self._transport.send_message(message)
        return body

    def close(self) -> None:
        """Close the session."""
        if self._transport is not None:
            self._transport.close_session()

    def _arguments(self) -> dict[str, Any]:
        settings = self._settings
        return {
            **settings.options,
            "endpoint": settings.endpoint,
            "auth_method": self.mechanism,
            "username": settings.username,
            "password": settings.password,
            # pywinrm hands this to requests as it is, and requests takes a pair for connecting and reading.
            "read_timeout_sec": _timeouts(settings),
        }


class PypsrpConnection:
    """With the session and the authentication of pypsrp, so that whatever works with ansible.builtin.psrp works here.

    Sending is done here, because pypsrp turns bodies into text and follows redirections.
    """

    def __init__(self, settings: ConnectionSettings, method: str) -> None:
        self.skipped = ""
        self._settings = settings
        self._method = method
        self._session: Any = None
        self._encryption: Any = None

    @property
    def sealed(self) -> bool:
        """Whether messages are encrypted for this very connection."""
        return self._encryption is not None

    @property
    def mechanism(self) -> str:
        """``negotiate`` says which mechanism it agreed on."""
        context = self._context()
        return str(getattr(context, "negotiated_protocol", None) or self._method)

    @property
    def delegated(self) -> bool | None:
        """Whether the server got a ticket to go on with."""
        attributes = getattr(self._context(), "context_attr", None)
        return None if attributes is None else bool(attributes & importlib.import_module("spnego").ContextReq.delegate)

    def open(self) -> None:
        """As HttpConnection says."""
        settings = self._settings
        wsman = importlib.import_module("pypsrp.wsman").WSMan(
            **settings.options, username=settings.username, password=settings.password, auth=self._method
        )
        transport = wsman.transport
        # Every release of pypsrp has it, and nothing else gives the session before the first message.
        self._session = transport._build_session()
        bound_session(self._session, _limits(settings), settings.options.get("certificate_key_password"))
        _no_netrc(self._session)
        with self._skipping():
            if transport.wrap_required:
                _empty_post(self._session, self._settings)
                self._encryption = self._new_encryption()
            elif self._method == "credssp":
                _empty_post(self._session, self._settings)

    def send(self, message: bytes) -> bytes:
        """Send one message and return the response's body."""
        content_type, payload = "application/soap+xml;charset=UTF-8", message
        if self._encryption is not None:
            kind, payload = self._encryption.wrap_message(message)
            content_type = f'{kind};protocol="{self._encryption.protocol}";boundary="Encrypted Boundary"'
        with self._skipping():
            response = _post(self._session, self._settings, payload, {"Content-Type": content_type})
        return self._body(response)

    def close(self) -> None:
        """Close the session."""
        if self._session is not None:
            self._session.close()

    def _body(self, response: Any) -> bytes:
        content: bytes = response.content
        kind = response.headers.get("Content-Type", "")
        if self._encryption is not None and kind.startswith("multipart/"):
            boundary = re.search(r"boundary=[\"']?([^\"';]+)", kind)
            content = self._encryption.unwrap_message(content, boundary.group(1) if boundary else "Encrypted Boundary")
        if response.status_code >= 400:
            raise HttpRefusal(response.status_code, content)
        return content

    def _context(self) -> Any:
        """The security context; there is one, as a session talks to one server."""
        return next(iter(getattr(getattr(self._session, "auth", None), "contexts", {}).values()), None)

    def _new_encryption(self) -> Any:
        library = importlib.import_module("pypsrp.encryption").WinRMEncryption
        context = self._context()
        protocol = library.CREDSSP if self._method == "credssp" else library.SPNEGO
        # Kerberos without Negotiate around it has a name of its own.
        if getattr(context, "response_auth_header", "") == "kerberos":
            protocol = library.KERBEROS
        return library(context, protocol)

    @contextmanager
    def _skipping(self) -> Iterator[None]:
        """Find out why ``negotiate`` did not take Kerberos: pyspnego says so in its log alone."""
        if self._method != "negotiate" or self._context() is not None:
            yield
            return
        with _SPNEGO_LOG.of_this_thread() as lines:
            yield
        if self._context() is not None and self.mechanism == "ntlm":
            self.skipped = f"Kerberos was not used ({_why_no_kerberos(lines)}), NTLM was"


def _why_no_kerberos(lines: list[str]) -> str:
    reasons = [line.partition("kerberos: ")[2] for line in lines if "protocol kerberos: " in line]
    if reasons:
        return " ".join(reasons[-1].split()).rstrip(".")
    try:
        importlib.import_module("gssapi")
        importlib.import_module("krb5")
    except ImportError:
        return "the Python libraries gssapi and krb5 are not installed: pip install pyspnego[kerberos]"
    return "the server did not accept it"


class _SpnegoLog(logging.Handler):
    """What pyspnego logs about mechanisms that failed; its other lines hold tokens and are not kept.

    One for the whole process, as the logger is: sessions of other threads may be opened meanwhile.
    """

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self._logger = logging.getLogger("spnego._negotiate")
        self._before = (self._logger.level, self._logger.propagate)
        self._lines: dict[int, list[str]] = {}
        self._turn = threading.Lock()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the line for the thread that it is about."""
        lines = self._lines.get(threading.get_ident())
        if lines is not None and str(record.msg).startswith("Failed to create"):
            lines.append(record.getMessage())

    @contextmanager
    def of_this_thread(self) -> Iterator[list[str]]:
        """The lines of the block."""
        lines: list[str] = []
        with self._turn:
            if not self._lines:
                self._before = (self._logger.level, self._logger.propagate)
                self._logger.addHandler(self)
                self._logger.setLevel(logging.DEBUG)
                self._logger.propagate = False
            self._lines[threading.get_ident()] = lines
        try:
            yield lines
        finally:
            with self._turn:
                del self._lines[threading.get_ident()]
                if not self._lines:
                    self._logger.removeHandler(self)
                    level, self._logger.propagate = self._before
                    self._logger.setLevel(level)


_SPNEGO_LOG = _SpnegoLog()


def _limits(settings: ConnectionSettings) -> ResponseLimits:
    return ResponseLimits(response_seconds(settings.read_timeout), settings.names.read_timeout)


def _no_netrc(session: Any) -> None:
    """Keep requests from sending a login of ``~/.netrc`` where there is no password, as with client certificates."""
    if session.auth is None:
        session.auth = _no_login


def _no_login(request: Any) -> Any:
    return request


def _empty_post(session: Any, settings: ConnectionSettings) -> None:
    """Authenticate with a message that does nothing: a fault to the first real one would be taken for a rejection."""
    response = _post(session, settings, b"", {})
    if response.status_code >= 400:
        raise HttpRefusal(response.status_code, response.content)


def _post(session: Any, settings: ConnectionSettings, payload: bytes, headers: Mapping[str, str]) -> Any:
    requests = importlib.import_module("requests")
    request = requests.Request("POST", settings.endpoint, data=payload or None, headers=dict(headers))
    try:
        response = session.send(session.prepare_request(request), timeout=_timeouts(settings))
    except ValueError as error:
        # pypsrp: the listener offers Kerberos alone where NTLM was asked for, or the other way round.
        if "incompatible with" in str(error):
            raise WsmanAuthenticationError(str(error)) from error
        raise
    if response.status_code == 401:
        raise CredentialsRejected("the specified credentials were rejected by the server")
    return response


def _timeouts(settings: ConnectionSettings) -> float | tuple[float, float]:
    connect = settings.connection_timeout
    return settings.read_timeout if connect is None else (connect, settings.read_timeout)
