# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates and keys on the controller, looked at before anything is sent: the libraries find out much later."""

from __future__ import annotations

import ssl
from functools import lru_cache
from pathlib import Path

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.plugin_options import (
    UnsupportedConnection,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.settings import ConnectionSettings


def check_files(settings: ConnectionSettings) -> None:
    """Raise UnsupportedConnection with one line unless the files that the settings name can be used."""
    options, names = settings.options, settings.names
    pypsrp = settings.library == "pypsrp"
    trust = options.get("cert_validation") if pypsrp else options.get("ca_trust_path")
    checked = pypsrp or options.get("server_cert_validation") != "ignore"
    if settings.endpoint.startswith("https:") and checked and isinstance(trust, str) and trust != "legacy_requests":
        check_trust(trust, names.trust)
    prefix = "certificate" if pypsrp else "cert"
    certificate, key = options.get(f"{prefix}_pem"), options.get(f"{prefix}_key_pem")
    if "certificate" in settings.auth_methods or ("ssl" in settings.auth_methods and (certificate or key)):
        password = options.get("certificate_key_password")
        check_client_certificate(certificate, key, (names.certificate, names.certificate_key), password)


class _KeyIsEncrypted(Exception):
    """OpenSSL asks for a password that was not given; it would ask on the terminal."""


def check_trust(path: str, name: str) -> None:
    """Raise UnsupportedConnection unless the path holds certificates: a PEM file, or a folder made for OpenSSL."""
    if Path(path).is_dir():
        return
    _readable(path, name)
    about = Path(path).stat()
    if not _holds_certificates(path, about.st_mtime_ns, about.st_size):
        raise UnsupportedConnection(f"{name}: {path} holds no certificate in PEM format")


@lru_cache(maxsize=64)
def _holds_certificates(path: str, _changed: int, _size: int) -> bool:
    """Whether a file holds certificates. All hosts of a task have mostly one such file, with a hundred of them."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except ssl.SSLError:
        return False
    return True


def check_client_certificate(
    certificate: str | None, key: str | None, names: tuple[str, str], password: str | None = None
) -> None:
    """Raise UnsupportedConnection unless both files are there and fit together. ``names`` are the two settings."""
    for path, name in zip((certificate, key), names, strict=True):
        if not path:
            raise UnsupportedConnection(f"authentication by certificate needs {name}")
        _readable(path, name)

    def ask() -> str:
        if password is None:
            raise _KeyIsEncrypted
        return password

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(str(certificate), key, password=ask)
    except _KeyIsEncrypted:
        raise UnsupportedConnection(
            f"{names[1]}: the key in {key} is encrypted. Decrypt it (openssl pkey) into a file that only the"
            " controller's user can read"
        ) from None
    except ssl.SSLError as error:
        raise UnsupportedConnection(f"{_why(error, str(certificate), str(key), names, password)}") from None


def _readable(path: str, name: str) -> None:
    try:
        with Path(path).open("rb"):
            return
    except OSError as error:
        raise UnsupportedConnection(f"{name}: {path} cannot be read ({error.strerror})") from None


def _why(error: ssl.SSLError, certificate: str, key: str, names: tuple[str, str], password: str | None) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return f"{names[1]}: the key in {key} does not belong to the certificate in {certificate} ({names[0]})"
    if b"BEGIN CERTIFICATE" not in Path(certificate).read_bytes():
        return f"{names[0]}: {certificate} holds no certificate in PEM format"
    if b"PRIVATE KEY" not in Path(key).read_bytes():
        return f"{names[1]}: {key} holds no private key in PEM format"
    wrong = " or its password is wrong" if password is not None else ""
    return f"{names[0]} and {names[1]}: {certificate} or {key} is damaged{wrong} (OpenSSL: {error.reason or error})"
