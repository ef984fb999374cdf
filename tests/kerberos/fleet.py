# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated fleet with real Kerberos; run with the realm's environment variables.

python -m tests.kerberos.fleet FLEET.yml --state-dir DIR --ready-file READY.json [--trace FILE]
    [--bindings ignore|check|demand] [--tls any|1.2|1.3|1.3-late] [--kerberos-only]

It adds to tests/simulator, without changing it:

* A Negotiate token that is Kerberos, bare or inside SPNEGO, is accepted with the keys of KRB5_KTNAME. The account is
  the one called user@realm in the fleet file, whose `domain.name` has to be the realm.
* Credentials that the client delegated are noticed, so that `double_hop_refused` means something.
* Extended protection: `check` refuses wrong channel bindings over HTTPS, `demand` absent ones as well.
* TLS of the HTTPS listeners: 1.2 only, 1.3 only, or 1.3 where client certificates are asked for after the handshake, as
  Windows Server 2022 and later do.
* FILE gets one JSON line for each finished handshake: mechanism, client, SPN, delegated, bound.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import hashlib
import json
import os
import ssl
import sys
import threading
from pathlib import Path
from typing import Any

import spnego
import spnego.channel_bindings

from tests.simulator import __main__ as entry
from tests.simulator import simulation
from tests.simulator.transport import authentication, certificates, connection
from tests.simulator.transport.sealing import Sealing
from tests.simulator.wire.execution import DropError

_KERBEROS_OID = bytes.fromhex("06092a864886f712010202")
_SPNEGO_OID = bytes.fromhex("06062b0601050502")
# GSS_C_CHANNEL_BOUND_FLAG of MIT Kerberos.
_CHANNEL_BOUND = 0x800
_LOCK = threading.Lock()

options = argparse.Namespace(bindings="ignore", trace=None, tls="any", kerberos_only=False)


def note(**facts: object) -> None:
    """One line of the trace."""
    if options.trace:
        with _LOCK, Path(options.trace).open("a", encoding="utf-8") as out:
            out.write(json.dumps(facts) + "\n")


def bindings_of(certificate: Path) -> spnego.channel_bindings.GssChannelBindings:
    """tls-server-end-point (RFC 5929) of the first certificate in a PEM file; the fleet's are signed with SHA-256."""
    text = certificate.read_text(encoding="ascii")
    first = text[text.index("-----BEGIN CERTIFICATE-----") : text.index("-----END CERTIFICATE-----") + 25]
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(first)).digest()
    return spnego.channel_bindings.GssChannelBindings(application_data=b"tls-server-end-point:" + digest)


class Session(authentication.Session):
    """Kerberos and channel bindings, beside what the simulator knows."""

    bindings: spnego.channel_bindings.GssChannelBindings | None = None

    def _new_context(self, kind: str, token: bytes) -> spnego.ContextProxy:
        protocol = kind
        if kind in ("negotiate", "ntlm", "kerberos"):
            if token.startswith(b"NTLMSSP\0"):
                protocol = "ntlm"
            else:
                bare = _KERBEROS_OID in token[:24] and _SPNEGO_OID not in token[:24]
                protocol = "kerberos" if bare else "negotiate"
        with authentication._ENVIRONMENT:
            os.environ["NTLM_USER_FILE"] = str(self._accounts.ntlm_file)
            return spnego.server(
                protocol=protocol,
                channel_bindings=self.bindings if kind != "credssp" else None,
                options=spnego.NegotiateOptions.none,
            )

    def _by_token(self, scheme: str, kind: str, token: bytes) -> authentication.Verdict:
        try:
            if self._context is None or self._context.complete:
                self._context = self._new_context(kind, token)
            with authentication._ENVIRONMENT:
                os.environ["NTLM_USER_FILE"] = str(self._accounts.ntlm_file)
                answer = self._context.step(token)
        except Exception as error:  # whatever is wrong with a token, the response is 401
            note(refused=f"{type(error).__name__}: {error}", scheme=scheme)
            return self._refuse()
        challenge = f"{scheme} {base64.b64encode(answer).decode()}" if answer else ""
        challenges = (challenge,) if challenge else ()
        if not self._context.complete:
            return authentication.Verdict(None, challenges)
        return self._judge(self._context, kind, challenges)

    def _judge(self, context: spnego.ContextProxy, kind: str, challenges: tuple[str, ...]) -> authentication.Verdict:
        facts = facts_of(context, kind)
        note(**facts)
        if options.bindings == "demand" and self.bindings and facts["bound"] is False:
            return self._refuse()
        found = self._accounts.find(context.client_principal or "", delegated=bool(facts["delegated"]))
        if found is None:
            note(refused=f"no account {context.client_principal}")
            return self._refuse()
        self._account = found
        self.sealing = Sealing(context, "credssp" if kind == "credssp" else "spnego")
        if kind == "kerberos":
            self.sealing._protocol = "application/HTTP-Kerberos-session-encrypted"
        return authentication.Verdict(found, challenges)


def facts_of(context: spnego.ContextProxy, kind: str) -> dict[str, object]:
    """What the acceptor knows of a client."""
    facts: dict[str, object] = {
        "kind": kind,
        "mechanism": context.negotiated_protocol,
        "client": context.client_principal,
        "delegated": kind == "credssp",
        "bound": None,
    }
    inner: Any = getattr(context, "_context", None)
    # Inside SPNEGO lies the context of the mechanism.
    inner = getattr(inner, "_context", None) or inner
    flags = getattr(inner, "actual_flags", None)
    if flags is not None:
        facts["delegated"] = getattr(inner, "delegated_creds", None) is not None
        facts["bound"] = bool(int(flags) & _CHANNEL_BOUND)
        facts["spn"] = str(inner.target_name).rstrip("\0")
    return facts


class Connection(connection.Connection):
    """A connection whose session is the one above, and that may ask for a certificate late."""

    def setup(self) -> None:
        super().setup()
        offer = ("kerberos",) if options.kerberos_only else self.service.offer
        ours = Session(self.service.accounts, offer, self.session._certificate)
        if self.service.scheme == "https" and options.bindings != "ignore":
            ours.bindings = bindings_of(Path(os.environ["FLEET_STATE"]) / "tls" / f"{self.service.server}.pem")
        self.session = ours

    def _read_body(self) -> bytes | None:
        body = super()._read_body()
        wants = options.tls == "1.3-late" and self.headers.get("Authorization", "").startswith(
            "http://schemas.dmtf.org"
        )
        if wants and isinstance(self.connection, ssl.SSLSocket) and not self.connection.getpeercert():
            self._ask_for_certificate(self.connection)
        return body

    def _ask_for_certificate(self, tls: ssl.SSLSocket) -> None:
        """As http.sys does over TLS 1.3: the certificate is asked for once a request is there."""
        try:
            tls.verify_client_post_handshake()
        except ssl.SSLError as error:  # the client did not offer the extension; Windows resets the connection
            note(refused=f"post-handshake: {error.reason}")
            self.close_connection = True
            raise DropError from error
        tls.do_handshake()
        timeout = tls.gettimeout()
        tls.settimeout(0.4)
        # The request is read already: nothing comes but the certificate.
        with contextlib.suppress(TimeoutError):
            tls.recv(1)
        tls.settimeout(timeout)
        self.session._certificate = tls.getpeercert()


class Certificates(certificates.Certificates):
    """TLS of one version."""

    def server_context(self, *arguments: Any, **keywords: Any) -> ssl.SSLContext:
        context = super().server_context(*arguments, **keywords)
        if options.tls == "1.2":
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        elif options.tls.startswith("1.3"):
            context.minimum_version = ssl.TLSVersion.TLSv1_3
        if options.tls == "1.3-late":
            context.post_handshake_auth = True
        return context


def main() -> int:
    mine = argparse.ArgumentParser(add_help=False)
    mine.add_argument("--tls", choices=("any", "1.2", "1.3", "1.3-late"), default="any")
    mine.add_argument("--bindings", choices=("ignore", "check", "demand"), default="ignore")
    mine.add_argument("--trace")
    mine.add_argument("--kerberos-only", action="store_true", help="Auth/Kerberos true and Auth/Negotiate false")
    _known, rest = mine.parse_known_args(namespace=options)
    os.environ["FLEET_STATE"] = rest[rest.index("--state-dir") + 1]
    authentication._CHALLENGES["kerberos"] = "Kerberos"
    for name, replacement in (("Connection", Connection), ("Certificates", Certificates)):
        setattr(simulation, name, replacement)
    sys.argv[1:] = rest
    return entry.main()


if __name__ == "__main__":
    sys.exit(main())
