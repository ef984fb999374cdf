# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates and keys that are not there, are something else, or do not fit, found before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest
import trustme
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.certificate_files import check_files
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.plugin_options import (
    UnsupportedConnection,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.settings import (
    ConnectionSettings,
    SettingNames,
)
from cryptography.hazmat.primitives import serialization

NAMES = SettingNames("", "", "", "", certificate="THE_CERT", certificate_key="THE_KEY", trust="THE_TRUST")


def settings(scheme: str = "https", method: str = "certificate", **options: Any) -> ConnectionSettings:
    return ConnectionSettings(f"{scheme}://rdls01:1/wsman", (method,), None, None, NAMES, options=options)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Paths by what is in them."""
    folder = tmp_path_factory.mktemp("pki")
    authority = trustme.CA()
    one, other = (authority.issue_cert(f"{name}.contoso.example") for name in ("one", "other"))
    key = serialization.load_pem_private_key(one.private_key_pem.bytes(), None)
    encrypted = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"of the key"),
    )
    contents = {
        "ca": authority.cert_pem.bytes(),
        "cert": one.cert_chain_pems[0].bytes(),
        "key": one.private_key_pem.bytes(),
        "other_key": other.private_key_pem.bytes(),
        "encrypted": encrypted,
        "text": b"no certificate",
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return {**{name: str(folder / name) for name in contents}, "folder": str(folder), "none": str(folder / "none")}


@pytest.mark.parametrize(
    ("trust", "message"),
    [("none", "THE_TRUST: .*none cannot be read .No such file"), ("text", "THE_TRUST: .* holds no certificate")],
)
@pytest.mark.parametrize("library", ["pywinrm", "pypsrp"])
def test_trust(files: dict[str, str], trust: str, message: str, library: str) -> None:
    option = "ca_trust_path" if library == "pywinrm" else "cert_validation"
    given: Any = {"method": "ntlm", option: files[trust]}
    for scheme, fails in (("http", False), ("https", True)):
        checked = settings(scheme, **given)
        object.__setattr__(checked, "library", library)
        if not fails:
            check_files(checked)
            continue
        with pytest.raises(UnsupportedConnection, match=message) as caught:
            check_files(checked)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("trust", ["ca", "folder", None])
def test_trust_that_fits(files: dict[str, str], trust: str | None) -> None:
    check_files(settings(method="ntlm", ca_trust_path=trust and files[trust]))
    check_files(settings(method="ntlm", ca_trust_path=files["none"], server_cert_validation="ignore"))
    check_files(settings(method="ntlm", ca_trust_path="legacy_requests"))


@pytest.mark.parametrize(
    ("certificate", "key", "message"),
    [
        (None, "key", "authentication by certificate needs THE_CERT"),
        ("cert", None, "authentication by certificate needs THE_KEY"),
        ("none", "key", "THE_CERT: .*none cannot be read"),
        ("cert", "none", "THE_KEY: .*none cannot be read"),
        ("text", "key", "THE_CERT: .*text holds no certificate"),
        ("cert", "text", "THE_KEY: .*text holds no private key"),
        ("cert", "other_key", "THE_KEY: the key in .*other_key does not belong to the certificate"),
        ("cert", "encrypted", "THE_KEY: the key in .* is encrypted"),
    ],
)
def test_client_certificates(files: dict[str, str], certificate: str | None, key: str | None, message: str) -> None:
    given = settings(cert_pem=certificate and files[certificate], cert_key_pem=key and files[key])
    with pytest.raises(UnsupportedConnection, match=message) as caught:
        check_files(given)
    assert "\n" not in str(caught.value)


def test_client_certificates_that_fit(files: dict[str, str]) -> None:
    check_files(settings(cert_pem=files["cert"], cert_key_pem=files["key"]))
    options = {"certificate_pem": files["cert"], "certificate_key_pem": files["encrypted"]}
    good = settings(**options, certificate_key_password="of the key")
    bad = settings(**options, certificate_key_password="wrong")
    for each in (good, bad):
        object.__setattr__(each, "library", "pypsrp")
    check_files(good)
    with pytest.raises(UnsupportedConnection, match="its password is wrong"):
        check_files(bad)
