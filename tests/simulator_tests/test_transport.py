# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP: who gets in, what has to be encrypted, what is counted."""

from __future__ import annotations

import ssl
from collections.abc import Callable

import pytest
import requests
from pypsrp.exceptions import AuthenticationError, WinRMTransportError
from pypsrp.wsman import WSMan

from tests.simulator_tests.client import LICENSE_SERVER, Client, envelope, uri
from tests.simulator_tests.conftest import FleetUnderTest

Start = Callable[..., FleetUnderTest]
GET = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get"


@pytest.mark.parametrize(
    ("scheme", "auth"),
    [("http", "ntlm"), ("http", "negotiate"), ("https", "basic"), ("https", "ntlm"), ("https", "negotiate")],
)
def test_ways_in(single: FleetUnderTest, scheme: str, auth: str) -> None:
    client = single.client("ls1", scheme=scheme, auth=auth)
    assert client.values(LICENSE_SERVER)["ProductId"]


def test_credssp_delegates(start: Start) -> None:
    fleet = start(
        "servers: {ls1: {listeners: {https: {offer: [credssp]}, http: {offer: [negotiate, credssp]}}, "
        "behaviour: {double_hop_refused: true}}}"
    )
    assert fleet.client("ls1", "domadmin").invoke(LICENSE_SERVER, "AddLStoTSLSGroup")["ReturnValue"] != 0
    for scheme in ("http", "https"):
        client = fleet.client("ls1", "domadmin", scheme=scheme, auth="credssp")
        assert client.invoke(LICENSE_SERVER, "AddLStoTSLSGroup")["ReturnValue"] == 0


def test_certificate_of_a_user(single: FleetUnderTest) -> None:
    entry = single.ready["servers"]["ls1"]
    certificate = entry["users"]["admin"]["certificate"]
    wsman = WSMan(
        entry["address"],
        port=entry["listeners"]["https"]["port"],
        auth="certificate",
        certificate_pem=certificate,
        certificate_key_pem=certificate,
        cert_validation=single.ready["ca"],
        no_proxy=True,
    )
    with wsman:
        assert Client(wsman).values(LICENSE_SERVER)["ProductId"]


@pytest.mark.parametrize("login", ["admin", "ADMIN", "LS1\\admin", "admin@ls1.winfleet.example"])
def test_names_of_a_local_account(single: FleetUnderTest, login: str) -> None:
    for scheme in ("http", "https"):
        client = single.client("ls1", scheme=scheme, username=login)
        assert client.values(LICENSE_SERVER)["ProductId"]


@pytest.mark.parametrize("login", ["WINFLEET\\domadmin", "domadmin@winfleet.example"])
def test_names_of_a_domain_account(single: FleetUnderTest, login: str) -> None:
    assert single.client("ls1", "domadmin", username=login).values(LICENSE_SERVER)["ProductId"]


@pytest.mark.parametrize(("scheme", "auth"), [("http", "ntlm"), ("https", "basic"), ("https", "negotiate")])
@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"username": "nobody"}])
def test_wrong_credentials(single: FleetUnderTest, scheme: str, auth: str, wrong: dict[str, str]) -> None:
    with pytest.raises(AuthenticationError):
        single.client("ls1", scheme=scheme, auth=auth, **wrong).get(LICENSE_SERVER)
    assert single.journal() == []


def test_same_name_with_another_password_on_another_server(start: Start) -> None:
    fleet = start("servers: {a: {users: {admin: {password: Own-Secret-1}}}, b: {}}")
    assert fleet.client("a").values(LICENSE_SERVER)["ProductId"]
    with pytest.raises(AuthenticationError):
        fleet.client("b", password="Own-Secret-1").get(LICENSE_SERVER)


def test_http_insists_on_encryption(start: Start) -> None:
    fleet = start(
        "servers: {strict: {}, lax: {listeners: {http: {allow_unencrypted: true, offer: [negotiate, basic]}}}}"
    )
    with pytest.raises(WinRMTransportError) as error:
        fleet.client("strict", encryption="never").get(LICENSE_SERVER)
    assert error.value.code == 500
    assert fleet.client("lax", encryption="never").values(LICENSE_SERVER)["ProductId"]
    assert fleet.client("lax", auth="basic", encryption="never").values(LICENSE_SERVER)["ProductId"]


def test_basic_is_not_offered_over_http(single: FleetUnderTest) -> None:
    url = single.ready["servers"]["ls1"]["listeners"]["http"]["url"]
    answer = requests.post(url, auth=("admin", "Admin-Secret-1"), data=b"x", timeout=10)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Negotiate"
    over_tls = requests.post(
        single.ready["servers"]["ls1"]["listeners"]["https"]["url"], verify=single.ready["ca"], timeout=10
    )
    assert over_tls.headers["WWW-Authenticate"] == 'Negotiate, Basic realm="WSMAN"'


@pytest.mark.parametrize("token", ["", "!!", "TlRMTVNTUAAB", "YIIB"])
def test_broken_tokens_get_401(single: FleetUnderTest, token: str) -> None:
    url = single.ready["servers"]["ls1"]["listeners"]["http"]["url"]
    answer = requests.post(url, headers={"Authorization": f"Negotiate {token}"}, timeout=10)
    assert answer.status_code == 401


def test_broken_sealed_message_gets_400(single: FleetUnderTest) -> None:
    answer = single.raw("ls1").post(b"--Encrypted Boundary", "multipart/encrypted")
    assert answer.status_code == 400


def test_certificate_of_the_fleet_is_what_protects(single: FleetUnderTest) -> None:
    url = single.ready["servers"]["ls1"]["listeners"]["https"]["url"]
    with pytest.raises(requests.exceptions.SSLError):
        requests.post(url, timeout=10)
    context = ssl.create_default_context(cafile=single.ready["ca"])
    assert context.cert_store_stats()["x509_ca"] == 1


def test_other_paths_and_identify(single: FleetUnderTest) -> None:
    raw = single.raw("ls1")
    base = raw.url.removesuffix("/wsman")
    assert raw.session.post(f"{base}/other", timeout=10).status_code == 404
    answer = requests.post(
        raw.url, headers={"WSMANIDENTIFY": "unauthenticated"}, data=b"<x/>", verify=single.ready["ca"], timeout=10
    )
    assert answer.status_code == 200
    assert "Microsoft Corporation" in answer.text


def test_requests_are_counted_by_connection(single: FleetUnderTest) -> None:
    raw = single.raw("ls1")
    message = envelope(GET, uri(LICENSE_SERVER))
    for _round in range(3):
        raw.post(message)
    entries = single.control("GET", "/http")
    assert len(entries) == 3
    assert len({entry["connection"] for entry in entries}) == 1
    assert {entry["status"] for entry in entries} == {200}
    for entry in entries:
        assert len(message) < entry["received"] < len(message) + 600
        assert entry["sent"] > 1500
    single.client("ls1").get(LICENSE_SERVER)
    handshake = single.control("GET", "/http?since=3")
    assert [entry["status"] for entry in handshake] == [401, 401, 200, 200]
    assert len({entry["connection"] for entry in handshake}) == 1


IDENTIFY = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:i="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd">'
    "<s:Header/><s:Body><i:Identify/></s:Body></s:Envelope>"
)


def test_identify_after_authentication_tells_the_version_of_windows(single: FleetUnderTest) -> None:
    answer = single.raw("ls1").post(IDENTIFY)
    assert answer.status_code == 200
    assert "OS: 10.0.20348 SP: 0.0 Stack: 3.0" in answer.text


def test_a_server_on_the_loopback_address_of_ip_version_6(start: Start) -> None:
    fleet = start("servers: {ls1: {address: '::1'}}")
    for scheme in ("http", "https"):
        listener = fleet.ready["servers"]["ls1"]["listeners"][scheme]
        assert listener["url"] == f"{scheme}://[::1]:{listener['port']}/wsman"
        assert fleet.client("ls1", scheme=scheme).values(LICENSE_SERVER)["ProductId"]
    fleet.control("POST", "/servers/ls1/stop")
    fleet.control("POST", "/servers/ls1/start")
    assert fleet.client("ls1").values(LICENSE_SERVER)["ProductId"]
