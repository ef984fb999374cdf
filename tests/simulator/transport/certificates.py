# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates of the fleet's own authority, kept so that a restarted fleet is still trusted."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Mapping
from pathlib import Path

import trustme


class Certificates:
    """Files below `directory`: ca.pem for clients to trust, a key with chain per server and per user."""

    def __init__(self, directory: Path) -> None:
        self.ca_path = directory / "ca.pem"
        self.directory = directory / "tls"
        self.directory.mkdir(parents=True, exist_ok=True)
        self.directory.chmod(0o700)
        key_path = self.directory / "ca.key"
        if key_path.exists():
            self._ca = trustme.CA.from_pem(self.ca_path.read_bytes(), key_path.read_bytes())
        else:
            self._ca = trustme.CA(organization_name="Winfleet simulated fleet")
            self._ca.cert_pem.write_to_path(str(self.ca_path))
            self._ca.private_key_pem.write_to_path(str(key_path))

    def server_context(self, name: str, identities: Iterable[str], wants_client: bool) -> ssl.SSLContext:
        """A context with the server's certificate; with `wants_client` it asks clients for theirs."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._issue(name, *identities))
        if wants_client:
            context.verify_mode = ssl.CERT_OPTIONAL
            context.load_verify_locations(self.ca_path)
        return context

    def user_certificate(self, principal: str) -> Path:
        """A PEM file with key and certificate whose subject alternative name is `principal`, a name@domain."""
        return self._issue(f"user-{principal}", principal)

    def _issue(self, name: str, *identities: str) -> Path:
        path = self.directory / f"{name}.pem"
        if not path.exists():
            self._ca.issue_cert(*identities).private_key_and_cert_chain_pem.write_to_path(str(path))
        return path


def principal_of(certificate: Mapping[str, object] | None) -> str | None:
    """The name@domain in a verified client certificate."""
    names = (certificate or {}).get("subjectAltName", ())
    assert isinstance(names, tuple)
    return next((value for kind, value in names if kind == "email"), None)
