# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is at the other end of a connection: Negotiate (NTLM), CredSSP, Basic or a client certificate."""

from __future__ import annotations

import base64
import binascii
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass

import spnego

from tests.simulator.model.fleet import Account
from tests.simulator.transport.accounts import Accounts
from tests.simulator.transport.certificates import principal_of
from tests.simulator.transport.sealing import Sealing

CERTIFICATE_SCHEME = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual"
_CHALLENGES = {"negotiate": "Negotiate", "ntlm": "NTLM", "credssp": "CredSSP", "basic": 'Basic realm="WSMAN"'}
# The library takes its users from the file that an environment variable names: one server at a time.
_ENVIRONMENT = threading.Lock()


@dataclass(frozen=True)
class Verdict:
    """The outcome of looking at a request's credentials; `challenges` go into WWW-Authenticate."""

    account: Account | None
    challenges: tuple[str, ...] = ()


class Session:
    """The authentication state of one connection. NTLM authenticates the connection, not the request."""

    def __init__(self, accounts: Accounts, offer: tuple[str, ...], certificate: Mapping[str, object] | None) -> None:
        self._accounts = accounts
        self._offer = offer
        self._certificate = certificate
        self._context: spnego.ContextProxy | None = None
        self._account: Account | None = None
        self.sealing: Sealing | None = None

    def authenticate(self, authorization: str) -> Verdict:
        """Judge the Authorization header of a request, empty if there was none."""
        scheme, _separator, parameter = authorization.partition(" ")
        kind = scheme.lower()
        if not kind:
            return Verdict(self._account) if self._account else self._refuse()
        if kind == CERTIFICATE_SCHEME and "certificate" in self._offer:
            return self._by_certificate()
        # Windows announces Negotiate only, and takes NTLM under that name.
        announced = "negotiate" if kind == "ntlm" and "ntlm" not in self._offer else kind
        if announced not in self._offer:
            return self._refuse()
        try:
            token = base64.b64decode(parameter, validate=True)
        except binascii.Error:
            return self._refuse()
        return self._by_basic(token) if kind == "basic" else self._by_token(scheme, kind, token)

    def _refuse(self) -> Verdict:
        self._context, self._account, self.sealing = None, None, None
        return Verdict(None, tuple(_CHALLENGES[name] for name in self._offer if name in _CHALLENGES))

    def _by_basic(self, token: bytes) -> Verdict:
        login, _separator, password = token.decode("utf-8", "replace").partition(":")
        account = self._accounts.check(login, password)
        return Verdict(account) if account else self._refuse()

    def _by_certificate(self) -> Verdict:
        login = principal_of(self._certificate)
        account = self._accounts.find(login) if login else None
        return Verdict(account) if account and account.rights.certificate else self._refuse()

    def _by_token(self, scheme: str, kind: str, token: bytes) -> Verdict:
        """One leg of the handshake."""
        try:
            if self._context is None or self._context.complete:
                self._context = self._new_context(kind, token)
            with _ENVIRONMENT:
                os.environ["NTLM_USER_FILE"] = str(self._accounts.ntlm_file)
                answer = self._context.step(token)
        except Exception:  # whatever is wrong with a token, the answer is 401
            return self._refuse()
        challenge = f"{scheme} {base64.b64encode(answer).decode()}" if answer else ""
        challenges = (challenge,) if challenge else ()
        if not self._context.complete:
            return Verdict(None, challenges)
        self._account = self._accounts.find(self._context.client_principal or "", delegated=kind == "credssp")
        if self._account is None:
            return self._refuse()
        self.sealing = Sealing(self._context, "credssp" if kind == "credssp" else "spnego")
        return Verdict(self._account, challenges)

    def _new_context(self, kind: str, token: bytes) -> spnego.ContextProxy:
        protocol = kind
        if kind in ("negotiate", "ntlm"):
            protocol = "ntlm" if token.startswith(b"NTLMSSP\0") else "negotiate"
        with _ENVIRONMENT:
            os.environ["NTLM_USER_FILE"] = str(self._accounts.ntlm_file)
            return spnego.server(protocol=protocol, options=spnego.NegotiateOptions.use_negotiate
                                 if protocol == "negotiate" else spnego.NegotiateOptions.none)  # fmt: skip
