# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do about an authentication that failed, by the words of the libraries; and which proxy is named."""

from __future__ import annotations

import ssl
from typing import Any

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.authentication_advice import (
    authentication_advice,
    check_characters,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.client import Effect
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanAuthenticationError,
    WsmanUnreachable,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.http_connections import HttpRefusal
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.proxies import proxy_in_use
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.settings import (
    ConnectionSettings,
    SettingNames,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.transport_errors import Stage, translate

NAMES = SettingNames(
    "", "", "", "THE_TRANSPORT", proxy="THE_PROXY", hostname_override="THE_OVERRIDE", certificate="THE_CERTIFICATE"
)


def settings(endpoint: str = "https://rdls01:5986/wsman", *methods: str, **changes: Any) -> ConnectionSettings:
    return ConnectionSettings(
        endpoint, methods or ("ntlm",), **{"username": "asa", "password": "hunter2", "names": NAMES, **changes}
    )


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("authGSSClientStep: Server HTTP/10.0.0.1@CONTOSO not found in Kerberos database", "THE_OVERRIDE"),
        ("Server not found in Kerberos database", "THE_OVERRIDE"),
        ("kinit: Client 'nobody@CONTOSO' not found in Kerberos database", "check the user"),
        ("Clock skew too great", "clocks"),
        ("Cannot contact any KDC for realm 'CONTOSO'", "port 88"),
        ("Cannot find KDC for realm 'contoso'", "capital letters"),
        ("Ticket expired", "kinit"),
        ("Password has expired", "must be changed"),
        ("Cannot read password Password expired. You must change it now.", "must be changed"),
        ("Client's credentials have been revoked", "Active Directory"),
        ("Can't find client principal asa@CONTOSO in cache collection", "get a ticket"),
        ("the Python library pykerberos is not installed on the controller", "install it"),
        ("the specified credentials were rejected by the server", "check user, password and THE_TRANSPORT"),
    ],
)
def test_advice(said: str, advice: str) -> None:
    assert advice in authentication_advice(said, settings())


def test_advice_for_a_certificate() -> None:
    assert "THE_CERTIFICATE" in authentication_advice("rejected", settings("https://rdls01/wsman", "certificate"))


@pytest.mark.parametrize("method", ["basic", "plaintext", "ssl"])
@pytest.mark.parametrize("which", ["username", "password"])
def test_basic_cannot_carry_every_character(method: str, which: str) -> None:
    with pytest.raises(WsmanAuthenticationError, match="nothing was sent") as caught:
        check_characters(settings(**{which: "p€ss"}), method)
    assert "€" not in str(caught.value)
    check_characters(settings(password="pässword"), method)
    check_characters(settings(password="p€ss"), "ntlm")


def test_gss_errors_are_told_by_their_words() -> None:
    kind: type[Exception] = type(
        "KerberosExchangeError", (Exception,), {"__module__": "winrm.vendor.requests_kerberos.x"}
    )
    raw = (
        "authGSSClientInit() failed: (('Unspecified GSS failure.  Minor code', 851968), ('No key table entry', -1765))"
    )
    error = translate(kind(raw), settings(), Stage.OPENING, Effect.READ)
    assert "authGSSClientInit" in str(error)
    assert "No key table entry" in str(error)
    assert "851968" not in str(error)
    assert "Unspecified" not in str(error)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (
            ssl.SSLError(1, "[SSL: TLSV1_ALERT_UNKNOWN_CA] unknown ca (_ssl.c:2580)"),
            "rejected THE_CERTIFICATE",
        ),
        (
            ssl.SSLError(8, "EOF occurred in violation of protocol (_ssl.c:2427)"),
            "may have rejected THE_CERTIFICATE: check that",
        ),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)"), "is this port https?"),
        (
            ssl.SSLError(1, "[SSL: UNSUPPORTED_PROTOCOL] unsupported protocol"),
            "TLS failed .UNSUPPORTED_PROTOCOL.;",
        ),
    ],
)
def test_tls(raw: ssl.SSLError, said: str) -> None:
    error = translate(raw, settings("https://rdls01:5986/wsman", "certificate"), Stage.EXCHANGE, Effect.READ)
    assert isinstance(error, WsmanUnreachable)
    assert __import__("re").search(said, str(error)), str(error)


def test_a_connection_that_ends_without_a_certificate_of_the_client() -> None:
    raw = ssl.SSLError(8, "EOF occurred in violation of protocol (_ssl.c:2427)")
    error = translate(raw, settings("https://rdls01:5986/wsman", "ntlm"), Stage.EXCHANGE, Effect.READ)
    assert "check the TLS versions" in str(error)


@pytest.mark.parametrize("library", ["pywinrm", "pypsrp"])
@pytest.mark.parametrize(
    ("option", "environment", "expected"),
    [
        ("http://u:p4ss@proxy:3128", "", "http://proxy:3128 (THE_PROXY)"),
        ("socks5://proxy:1080", "", "socks5://proxy:1080 (THE_PROXY)"),
        (..., "http://u:p4ss@env:3128", "http://env:3128 (from the environment)"),
        (..., "", ""),
        (None, "http://env:3128", ""),
        ("http://[:3128", "", "a proxy whose URL cannot be read (THE_PROXY)"),
    ],
)
def test_the_proxy_in_use(
    monkeypatch: pytest.MonkeyPatch, library: str, option: Any, environment: str, expected: str
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        for spelled in (name, name.upper()):
            monkeypatch.delenv(spelled, raising=False)
    monkeypatch.setenv("https_proxy", environment)
    options = {} if option is ... else {"proxy": option}
    if library == "pypsrp" and option is None:
        options = {"proxy": None, "no_proxy": True}
    assert proxy_in_use(settings(options=options, library=library)) == expected


def test_a_status_that_comes_through_a_proxy_may_be_the_proxys() -> None:
    behind = settings("http://rdls01:5985/wsman", options={"proxy": "http://proxy:3128"})
    error = translate(HttpRefusal(503, b"<html/>"), behind, Stage.EXCHANGE, Effect.READ)
    assert "the proxy http://proxy:3128 (THE_PROXY), or http://rdls01:5985/wsman behind it, returned" in str(error)
    direct = translate(HttpRefusal(503, b""), settings(options={"proxy": None}), Stage.EXCHANGE, Effect.READ)
    assert "proxy" not in str(direct)
