# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every configuration that is tried, and what has to come of it."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from typing import Any

from tests.kerberos.lab import (
    EXPIRED,
    EXPIRED_PASSWORD,
    OTHER,
    OTHER_PASSWORD,
    PASSWORD,
    PLAIN,
    PLAIN_PASSWORD,
    STRANGER,
    STRANGER_PASSWORD,
    USER,
    Case,
    Lab,
)
from tests.kerberos.realm import REALM

METHOD, SERVER, MIGRATION, DISCOVERY = (
    f"winfleet.rd_licensing.{name}"
    for name in ("connection_method", "license_server", "cal_migration", "license_server_discovery")
)
MIGRATE = {
    "source": {"host": "rdls01"},
    "connection_method": "automatic",
    "reason": "source_is_being_replaced",
    "purchases": [
        {
            "license_program": "enterprise",
            "agreement_number": "1234567",
            "product_version": "windows_server_2022",
            "cal_type": "per_user",
            "quantity": 250,
        }
    ],
}
GROUP = {"active_directory": {"license_servers_group": True}}
NO_PASSWORD: dict[str, Any] = {"ansible_password": None}
KERBEROS, PSRP = "Kerberos, ansible.builtin.winrm", "Kerberos, ansible.builtin.psrp"
CREDSSP, BOUND = "CredSSP", "Extended protection over https"
FILES, PROXIES, OTHERS = "Certificates", "Proxies", "NTLM and Basic"


class Ways:
    """Connection variables for the servers of a running fleet."""

    def __init__(self, ready: dict[str, Any]) -> None:
        self.ready = ready

    def winrm(self, scheme: str = "http", server: str = "rdls01", **more: Any) -> dict[str, Any]:
        return _given(
            {
                "ansible_connection": "winrm",
                "ansible_host": "localhost",
                "ansible_port": self.ready["servers"][server]["listeners"][scheme]["port"],
                "ansible_winrm_scheme": scheme,
                "ansible_winrm_transport": "kerberos",
                "ansible_user": f"{USER}@{REALM}",
                "ansible_password": PASSWORD,
                "ansible_winrm_kinit_env_vars": ["KRB5_CONFIG"],
                "ansible_winrm_ca_trust_path": self.ready["ca"],
                **more,
            }
        )

    def psrp(self, scheme: str = "http", server: str = "rdls01", **more: Any) -> dict[str, Any]:
        return _given(
            {
                "ansible_connection": "psrp",
                "ansible_host": "localhost",
                "ansible_port": self.ready["servers"][server]["listeners"][scheme]["port"],
                "ansible_psrp_protocol": scheme,
                "ansible_psrp_auth": "kerberos",
                "ansible_user": f"{USER}@{REALM}",
                "ansible_password": PASSWORD,
                "ansible_psrp_ca_cert": self.ready["ca"],
                **more,
            }
        )


def _given(variables: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in variables.items() if value is not None}


def by_winrm(ready: dict[str, Any]) -> Iterator[Case]:
    """Kerberos the way pywinrm does it, with a password for kinit."""
    w = Ways(ready).winrm
    http_spn = {"mechanism": "kerberos", "spn": f"HTTP/localhost@{REALM}"}
    yield Case(KERBEROS, "user@REALM and password, http", "SUCCESS", w(), seen=http_spn)
    yield Case(KERBEROS, "https", "SUCCESS", w("https"), seen={"mechanism": "kerberos"})
    yield Case(KERBEROS, "transport not set", "SUCCESS", w(ansible_winrm_transport=None), seen=http_spn)
    always: dict[str, Any] = {"ansible_winrm_message_encryption": "always"}
    yield Case(KERBEROS, "https, message_encryption always", "SUCCESS", w("https", **always))
    never = w(ansible_winrm_message_encryption="never")
    yield Case(KERBEROS, "http, message_encryption never", "FAILED", never, "HTTP 500: the listener gave no reason")
    method = {"connection_method": "web_browser"}
    yield Case(KERBEROS, "a change", "CHANGED", w(), module=METHOD, options=method)
    two = w(ansible_user=f"{OTHER}@{REALM}", ansible_password=OTHER_PASSWORD)
    target = Ways(ready).winrm(server="rdls02")
    name = "two users in one task"
    yield Case(KERBEROS, name, "CHANGED", target, server="rdls02", module=MIGRATION, options=MIGRATE, source=two)
    both = {"license_servers": ["rdls01", "rdls02"]}
    name = "two users, hosts read in threads"
    all_read = r'"unreadable": \[\]'
    yield Case(
        KERBEROS, name, "SUCCESS", target, "", "rdls02", module=DISCOVERY, options=both, source=two, shows=all_read
    )


def by_tickets(lab: Lab, ready: dict[str, Any]) -> Iterator[Case]:
    """Tickets that are there before the task, or a keytab."""
    w = Ways(ready).winrm
    mine, other = lab.realm.ticket(USER, PASSWORD), lab.realm.ticket(PLAIN, PLAIN_PASSWORD)
    fixed = lab.realm.ticket(USER, PASSWORD, "-F")
    short = lab.realm.ticket(USER, PASSWORD, "-l", "1s")
    ticket = w(**NO_PASSWORD)
    yield Case(KERBEROS, "a ticket in the cache, user", "SUCCESS", ticket, environment=mine)
    no_user = w(**NO_PASSWORD, ansible_user=None)
    yield Case(KERBEROS, "a ticket in the cache, no user", "SUCCESS", no_user, environment=mine)
    manual = w(ansible_password="wrong", ansible_winrm_kinit_mode="manual")
    yield Case(KERBEROS, "kinit_mode manual, a ticket in the cache", "SUCCESS", manual, environment=mine)
    keytab: dict[str, Any] = {"ansible_winrm_kinit_args": f"-k -t {lab.realm.folder}/{USER}.keytab"}
    managed = w(**NO_PASSWORD, ansible_winrm_kinit_mode="managed", **keytab)
    yield Case(KERBEROS, "a keytab by kinit_args", "SUCCESS", managed)
    yield Case(KERBEROS, "another user's ticket", "UNREACHABLE", ticket, "get a ticket", environment=other)
    nothing = {"KRB5CCNAME": "FILE:/none"}
    yield Case(KERBEROS, "no ticket, no password", "UNREACHABLE", ticket, "get a ticket", environment=nothing)
    time.sleep(2)
    late = "get a new ticket with kinit"
    yield Case(KERBEROS, "ticket has expired", "UNREACHABLE", ticket, late, environment=short)
    cached = w(**NO_PASSWORD, ansible_winrm_kerberos_delegation=True)
    seen = {"delegated": False}
    warned = "ansible_winrm_kerberos_delegation has no effect: the Kerberos ticket cannot be forwarded"
    name = "delegation, ticket not forwardable"
    yield Case(KERBEROS, name, "SUCCESS", cached, warned, environment=fixed, seen=seen)
    managed = w(ansible_winrm_kerberos_delegation=True, ansible_winrm_kinit_args="-F")
    yield Case(KERBEROS, "delegation, kinit_args without -f", "SUCCESS", managed, warned, seen=seen)
    other = w(ansible_winrm_kerberos_delegation=True, ansible_winrm_transport="ntlm")
    no_effect = "ansible_winrm_kerberos_delegation has no effect with ntlm"
    yield Case(KERBEROS, "delegation, ntlm", "SUCCESS", other, no_effect)
    psrp = Ways(ready).psrp(**NO_PASSWORD, ansible_psrp_negotiate_delegate=True)
    warned = "ansible_psrp_negotiate_delegate has no effect: the Kerberos ticket cannot be forwarded"
    yield Case(PSRP, name, "SUCCESS", psrp, warned, environment=fixed, seen=seen)


def by_names(ready: dict[str, Any]) -> Iterator[Case]:
    """Service principal names, and the second hop."""
    w = Ways(ready).winrm
    service = {"spn": f"WSMAN/localhost@{REALM}"}
    yield Case(KERBEROS, "service WSMAN", "SUCCESS", w(ansible_winrm_service="WSMAN"), seen=service)
    spn = "no such service principal name: set ansible_host or ansible_winrm_kerberos_hostname_override"
    yield Case(KERBEROS, "an IP address", "UNREACHABLE", w(ansible_host="127.0.0.1"), spn)
    override = w(ansible_host="127.0.0.1", ansible_winrm_kerberos_hostname_override="localhost")
    yield Case(KERBEROS, "an IP address, hostname_override", "SUCCESS", override)
    advice, seen = "use CredSSP or Kerberos delegation", {"delegated": False}
    yield Case(KERBEROS, "a second hop", "FAILED", w(), advice, module=SERVER, options=GROUP, seen=seen)
    delegate, seen = w(ansible_winrm_kerberos_delegation=True), {"delegated": True}
    yield Case(KERBEROS, "a second hop, delegation", "CHANGED", delegate, module=SERVER, options=GROUP, seen=seen)


def by_accounts(ready: dict[str, Any]) -> Iterator[Case]:
    """Users, passwords, realms, and kinit."""
    w = Ways(ready).winrm
    yield Case(KERBEROS, "wrong password", "UNREACHABLE", w(ansible_password="wrong"), "check user, password")
    expired = w(ansible_user=f"{EXPIRED}@{REALM}", ansible_password=EXPIRED_PASSWORD)
    yield Case(KERBEROS, "expired password", "UNREACHABLE", expired, "the password has expired or must be changed")
    yield Case(KERBEROS, "unknown user", "UNREACHABLE", w(ansible_user=f"nobody@{REALM}"), "check the user")
    small = w(ansible_user=f"{USER}@{REALM.lower()}")
    yield Case(KERBEROS, "realm in small letters", "UNREACHABLE", small, "in capital letters")
    letters = w(ansible_user=f"{OTHER}@{REALM}", ansible_password=OTHER_PASSWORD)
    yield Case(KERBEROS, "password with letters outside Latin-1", "SUCCESS", letters)
    plain = w(ansible_user=f"{PLAIN}@{REALM}", ansible_password=PLAIN_PASSWORD)
    yield Case(KERBEROS, "not an administrator", "FAILED", plain, "local Administrator")
    stranger = w(ansible_user=f"{STRANGER}@{REALM}", ansible_password=STRANGER_PASSWORD)
    yield Case(KERBEROS, "no account on the server", "UNREACHABLE", stranger, "rejected by the server")
    no_kinit: dict[str, Any] = {"ansible_winrm_kinit_cmd": "/none/kinit"}
    yield Case(KERBEROS, "no kinit", "UNREACHABLE", w(**no_kinit), "cannot be run.*install it")
    downgrade = w(**no_kinit, ansible_winrm_transport="kerberos,ntlm")
    skipped = "ntlm authentication was used; skipped: kerberos: the Kerberos command"
    yield Case(KERBEROS, "kerberos,ntlm without kinit", "SUCCESS", downgrade, skipped, seen={"mechanism": "ntlm"})


def by_psrp(lab: Lab, ready: dict[str, Any]) -> Iterator[Case]:
    """Kerberos the way pypsrp does it, in this process: the environment counts."""
    p = Ways(ready).psrp
    kerberos = {"mechanism": "kerberos"}
    negotiate: dict[str, Any] = {"ansible_psrp_auth": "negotiate"}
    mine = lab.realm.ticket(USER, PASSWORD)
    yield Case(PSRP, "auth kerberos, http", "SUCCESS", p(), seen=kerberos)
    yield Case(PSRP, "auth kerberos, https", "SUCCESS", p("https"), seen=kerberos)
    yield Case(PSRP, "auth negotiate", "SUCCESS", p(**negotiate), seen=kerberos)
    cached = p(**negotiate, **NO_PASSWORD, ansible_user=None)
    yield Case(PSRP, "auth negotiate, only a ticket in the cache", "SUCCESS", cached, environment=mine, seen=kerberos)
    yield Case(PSRP, "auth negotiate, user without realm", "SUCCESS", p(**negotiate, ansible_user=USER), seen=kerberos)
    elsewhere = p(**negotiate, ansible_host="127.0.0.1")
    skipped = "ntlm authentication was used; skipped: Kerberos was not used"
    yield Case(PSRP, "auth negotiate, an IP address", "SUCCESS", elsewhere, skipped, seen={"mechanism": "ntlm"})
    override: dict[str, Any] = {
        "ansible_psrp_negotiate_service": "HTTP",
        "ansible_psrp_negotiate_hostname_override": "localhost",
    }
    spn = {"spn": f"HTTP/localhost@{REALM}"}
    yield Case(PSRP, "service and hostname_override", "SUCCESS", p(ansible_host="127.0.0.1", **override), seen=spn)
    yield Case(PSRP, "wrong password", "UNREACHABLE", p(ansible_password="wrong"), "check user, password")
    spn_advice = "no such service principal name: set ansible_host or ansible_psrp_negotiate_hostname_override"
    yield Case(PSRP, "an IP address", "UNREACHABLE", p(ansible_host="127.0.0.1"), spn_advice)
    delegate, seen = p(ansible_psrp_negotiate_delegate=True), {"delegated": True}
    either = "SUCCESS|CHANGED"
    yield Case(PSRP, "a second hop, delegation", either, delegate, module=SERVER, options=GROUP, seen=seen)


def kerberos_only(ready: dict[str, Any]) -> Iterator[Case]:
    """A listener with Auth/Kerberos true and Auth/Negotiate false."""
    ways = Ways(ready)
    kerberos = {"mechanism": "kerberos"}
    yield Case(PSRP, "the listener offers only Kerberos", "SUCCESS", ways.psrp(), seen=kerberos)
    yield Case(PSRP, "the listener offers only Kerberos, https", "SUCCESS", ways.psrp("https"), seen=kerberos)
    ntlm = ways.psrp(ansible_psrp_auth="ntlm")
    yield Case(PSRP, "the listener offers only Kerberos, auth ntlm", "UNREACHABLE", ntlm, "incompatible")


def credssp(ready: dict[str, Any]) -> Iterator[Case]:
    """Over https every fault to the first message used to read like a failed authentication."""
    for kind in ("winrm", "psrp"):
        for scheme in ("http", "https"):
            yield from _credssp_over(Ways(ready), kind, scheme)


def _credssp_over(ways: Ways, kind: str, scheme: str) -> Iterator[Case]:
    method = {"winrm": "ansible_winrm_transport", "psrp": "ansible_psrp_auth"}[kind]
    mechanism = {"winrm": "ansible_winrm_credssp_auth_mechanism", "psrp": "ansible_psrp_credssp_auth_mechanism"}[kind]

    def way(server: str = "rdls01", **more: Any) -> dict[str, Any]:
        variables: dict[str, Any] = getattr(ways, kind)(scheme, server, **{method: "credssp", **more})
        return variables

    where = f"{kind}, {scheme}"
    seen = {"kind": "credssp", "delegated": True}
    yield Case(CREDSSP, where, "SUCCESS", way(), seen=seen)
    yield Case(CREDSSP, f"{where}, mechanism kerberos", "SUCCESS", way(**{mechanism: "kerberos"}), seen=seen)
    yield Case(CREDSSP, f"{where}, a second hop", "SUCCESS|CHANGED", way(), module=SERVER, options=GROUP)
    absent = "Remote Desktop Licensing role service"
    yield Case(CREDSSP, f"{where}, role service absent", "FAILED", way("no-role"), absent, server="no-role")
    yield Case(CREDSSP, f"{where}, corrupt database", "FAILED", way("corrupt"), "0x80041014", server="corrupt")
    wrong = way(ansible_password="wrong")
    yield Case(CREDSSP, f"{where}, wrong password", "UNREACHABLE", wrong, "check user, password")


def others(ready: dict[str, Any]) -> Iterator[Case]:
    """Methods without Kerberos, and what must never happen with them."""
    w = Ways(ready).winrm
    ntlm: dict[str, Any] = {"ansible_winrm_transport": "ntlm", "ansible_user": f"WINFLEET\\{USER}"}
    yield Case(OTHERS, "ntlm, http", "SUCCESS", w(**ntlm), seen={"mechanism": "ntlm"})
    yield Case(OTHERS, "ntlm, https", "SUCCESS", w("https", **ntlm), seen={"mechanism": "ntlm"})
    unset = w(ansible_winrm_transport=None, ansible_user=USER)
    yield Case(OTHERS, "http, transport not set", "FAILED", unset, "the password would be sent in clear")
    basic: dict[str, Any] = {"ansible_winrm_transport": "basic", "ansible_user": f"{USER}@{REALM}"}
    yield Case(OTHERS, "basic, https", "SUCCESS", w("https", **basic))
    latin = w("https", **basic, ansible_password=OTHER_PASSWORD)
    yield Case(OTHERS, "basic, password outside Latin-1", "UNREACHABLE", latin, "nothing was sent")


def files(lab: Lab, ready: dict[str, Any]) -> Iterator[Case]:
    """Certificates that are right, and files that are missing or something else."""
    ways = Ways(ready)
    pem = ready["servers"]["rdls01"]["users"][USER]["certificate"]
    text = lab.folder / "no-certificate.pem"
    text.write_text("no certificate\n", encoding="utf-8")
    winrm: dict[str, Any] = {"ansible_winrm_transport": "certificate", "ansible_user": None, **NO_PASSWORD}
    files: dict[str, Any] = {"ansible_winrm_cert_pem": pem, "ansible_winrm_cert_key_pem": pem}
    psrp: dict[str, Any] = {"ansible_psrp_auth": "certificate", "ansible_user": None, **NO_PASSWORD}
    psrp_files: dict[str, Any] = {"ansible_psrp_certificate_pem": pem, "ansible_psrp_certificate_key_pem": pem}
    yield Case(FILES, "winrm", "SUCCESS", ways.winrm("https", **winrm, **files))
    yield Case(FILES, "psrp", "SUCCESS", ways.psrp("https", **psrp, **psrp_files))
    none: dict[str, Any] = {**files, "ansible_winrm_cert_pem": "/none/cert.pem"}
    yield Case(FILES, "no such file", "FAILED", ways.winrm("https", **winrm, **none), "ansible_winrm_cert_pem: .*none")
    other: dict[str, Any] = {**files, "ansible_winrm_cert_key_pem": str(text)}
    says = "ansible_winrm_cert_key_pem: .*no private key"
    yield Case(FILES, "not a key", "FAILED", ways.winrm("https", **winrm, **other), says)
    missing = ways.winrm("https", ansible_winrm_ca_trust_path="/none/ca.pem")
    yield Case(
        FILES, "trusted certificates missing", "FAILED", missing, "ansible_winrm_ca_trust_path: .*cannot be read"
    )
    fake = ways.psrp("https", ansible_psrp_ca_cert=str(text))
    yield Case(FILES, "trusted certificates are none", "FAILED", fake, "ansible_psrp_ca_cert: .*no certificate")
    empty = ways.winrm("https", ansible_winrm_ca_trust_path="")
    yield Case(FILES, "ca_trust_path empty", "UNREACHABLE", empty, "certificate is not trusted")
    foreign = lab.foreign_certificate()
    unknown: dict[str, Any] = {"ansible_winrm_cert_pem": foreign, "ansible_winrm_cert_key_pem": foreign}
    way = ways.winrm("https", **winrm, **unknown)
    # The alert is lost when the server has closed before the client reads it (TLS 1.3).
    refused = (
        "the server rejected ansible_winrm_cert_pem .*UNKNOWN_CA|the server may have rejected ansible_winrm_cert_pem"
    )
    yield Case(FILES, "client certificate of an unknown CA", "UNREACHABLE", way, refused)


def proxies(ready: dict[str, Any], refusing: int) -> Iterator[Case]:
    """A proxy's trouble is called the proxy's. `refusing` is the port of one that answers 403 to everything."""
    w = Ways(ready).winrm
    nobody = "http://user:Simulated-Only-1@127.0.0.1:9"
    through = {"no_proxy": "", "NO_PROXY": "", "http_proxy": nobody, "https_proxy": nobody}
    named = r"by way of the proxy http://127\.0\.0\.1:\w+ \(from the environment\)"
    yield Case(PROXIES, "nobody at the environment's proxy, http", "UNREACHABLE", w(), named, environment=through)
    yield Case(
        PROXIES, "nobody at the environment's proxy, https", "UNREACHABLE", w("https"), named, environment=through
    )
    given: dict[str, Any] = {"ansible_winrm_proxy": f"http://127.0.0.1:{refusing}"}
    behind = r"the proxy http://127\.0\.0\.1:\w+ \(ansible_winrm_proxy\), or http"
    yield Case(PROXIES, "a proxy that refuses, http", "FAILED", w(**given), behind)
    tunnel = r"proxy http://127\.0\.0\.1:\w+ \(ansible_winrm_proxy\): Tunnel connection failed: 403"
    yield Case(PROXIES, "a proxy that refuses, https", "UNREACHABLE", w("https", **given), tunnel)
    psrp = Ways(ready).psrp("https", ansible_psrp_proxy=f"http://127.0.0.1:{refusing}")
    yield Case(PROXIES, "psrp, a proxy that refuses", "UNREACHABLE", psrp, r"\(ansible_psrp_proxy\): Tunnel")


def bound(ready: dict[str, Any]) -> Iterator[Case]:
    """A client that does not bind itself to the TLS channel is refused."""
    w, p = Ways(ready).winrm, Ways(ready).psrp
    no_binding: dict[str, Any] = {"ansible_winrm_send_cbt": False}
    yield Case(BOUND, "kerberos", "SUCCESS", w("https"), seen={"bound": True})
    yield Case(BOUND, "kerberos, send_cbt false", "UNREACHABLE", w("https", **no_binding), "rejected")
    ntlm: dict[str, Any] = {"ansible_winrm_transport": "ntlm"}
    yield Case(BOUND, "ntlm", "SUCCESS", w("https", **ntlm), seen={"mechanism": "ntlm"})
    yield Case(BOUND, "ntlm, send_cbt false", "UNREACHABLE", w("https", **ntlm, **no_binding), "rejected")
    yield Case(BOUND, "psrp, kerberos", "SUCCESS", p("https"), seen={"bound": True})


def interrupted(ready: dict[str, Any]) -> Case:
    """However a run is stopped, no ticket of the administrator stays on the controller."""
    return Case(KERBEROS, "", "INTERRUPTED", Ways(ready).winrm())


STOPS = {
    "Ctrl-C": signal.SIGINT,
    "SIGTERM to the process group": signal.SIGTERM,
    "SIGHUP to the process group": signal.SIGHUP,
    "SIGKILL to the process group": signal.SIGKILL,
}


def without_kdc(ready: dict[str, Any]) -> Iterator[Case]:
    """The KDC is gone."""
    ways = Ways(ready)
    advice = "check that this controller reaches a domain controller on port 88"
    yield Case(KERBEROS, "the KDC is down", "UNREACHABLE", ways.winrm(), advice)
    yield Case(PSRP, "the KDC is down", "UNREACHABLE", ways.psrp(), advice)
