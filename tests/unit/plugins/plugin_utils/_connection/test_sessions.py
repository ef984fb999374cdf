# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From Ansible's own connection plugins to settings, with the plugins of the installed ansible-core."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from ansible.playbook.play_context import PlayContext
from ansible.plugins.loader import connection_loader
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection import psrp_settings as subject
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.kerberos_ticket import (
    FoundTicket,
    ManagedTicket,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.psrp_settings import psrp_settings
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.sessions import (
    UnsupportedConnection,
    new_proof,
    open_session,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.winrm_settings import winrm_settings
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.settings import ConnectionSettings

PASSWORD = "correct horse battery"
NTLM = {"ansible_winrm_transport": "ntlm"}


def plugin(kind: str, **variables: Any) -> Any:
    """A connection plugin with options from variables, set as Ansible sets them."""
    made = connection_loader.get(kind, PlayContext())
    extras = {name: value for name, value in variables.items() if name.startswith(f"ansible_{kind}_x_")}
    known = {name: value for name, value in variables.items() if name not in extras}
    renamed = {name.replace("_x_", "_"): value for name, value in extras.items()}
    made.set_options(var_options={"inventory_hostname": "rdls01.contoso.example", **known, "_extras": renamed})
    return made


def winrm(**variables: Any) -> ConnectionSettings:
    return winrm_settings(plugin("winrm", **variables))[0]


def psrp(**variables: Any) -> ConnectionSettings:
    return psrp_settings(plugin("psrp", **variables))[0]


@pytest.mark.parametrize(
    ("variables", "endpoint"),
    [
        ({}, "https://rdls01.contoso.example:5986/wsman"),
        ({"ansible_port": 5985, **NTLM}, "http://rdls01.contoso.example:5985/wsman"),
        ({"ansible_winrm_port": "5985", **NTLM}, "http://rdls01.contoso.example:5985/wsman"),
        ({"ansible_port": 443}, "https://rdls01.contoso.example:443/wsman"),
        ({"ansible_winrm_scheme": "http", "ansible_port": 8080, **NTLM}, "http://rdls01.contoso.example:8080/wsman"),
        ({"ansible_host": "2001:db8::7"}, "https://[2001:db8::7]:5986/wsman"),
        ({"ansible_host": "192.0.2.7", "ansible_winrm_path": "/gate/wsman"}, "https://192.0.2.7:5986/gate/wsman"),
    ],
)
def test_winrm_endpoint(variables: dict[str, Any], endpoint: str) -> None:
    assert winrm(**variables).endpoint == endpoint


@pytest.mark.parametrize(
    ("variables", "methods"),
    [
        ({}, ("ssl",)),
        ({"ansible_port": 5985, "ansible_winrm_transport": "basic"}, ("basic",)),
        ({"ansible_port": 5985, "ansible_winrm_transport": "kerberos,plaintext"}, ("kerberos", "plaintext")),
        ({"ansible_user": "asa@CONTOSO.EXAMPLE"}, ("kerberos",)),
        ({"ansible_user": "CONTOSO\\asa"}, ("ssl",)),
        ({"ansible_winrm_transport": "ntlm"}, ("ntlm",)),
        ({"ansible_winrm_transport": ["kerberos", "ntlm"]}, ("kerberos", "ntlm")),
        ({"ansible_winrm_transport": "kerberos, ntlm"}, ("kerberos", "ntlm")),
        ({"ansible_winrm_transport": "certificate"}, ("certificate",)),
        ({"ansible_winrm_transport": "credssp"}, ("credssp",)),
    ],
)
def test_winrm_authentication(variables: dict[str, Any], methods: tuple[str, ...]) -> None:
    assert winrm(**variables).auth_methods == methods


def test_winrm_credentials() -> None:
    settings = winrm(ansible_user="asa", ansible_password=PASSWORD)
    assert (settings.username, settings.password) == ("asa", PASSWORD)
    assert PASSWORD not in repr(settings)


def test_winrm_timeouts_are_pywinrms_own_by_default() -> None:
    settings = winrm()
    assert (settings.operation_timeout, settings.read_timeout, settings.connection_timeout) == (20, 30, None)
    assert settings.names.operation_timeout == "ansible_winrm_operation_timeout_sec"
    assert settings.names.read_timeout == "ansible_winrm_read_timeout_sec"
    assert settings.options == {"service": "HTTP"}


def test_winrm_connection_timeout_sets_both_and_is_the_one_to_raise() -> None:
    settings = winrm(ansible_winrm_connection_timeout=90, ansible_winrm_x_read_timeout_sec=1)
    assert (settings.operation_timeout, settings.read_timeout) == (90, 100)
    names = settings.names
    assert {names.operation_timeout, names.read_timeout, names.connection_timeout} == {
        "ansible_winrm_connection_timeout"
    }


def test_winrm_extras_are_read_as_what_they_are_even_when_they_come_as_text() -> None:
    settings = winrm(
        ansible_winrm_x_operation_timeout_sec="120",
        ansible_winrm_x_read_timeout_sec="150",
        ansible_winrm_x_server_cert_validation="ignore",
        ansible_winrm_x_ca_trust_path="/pki/ca.pem",
        ansible_winrm_x_cert_pem="/pki/cert.pem",
        ansible_winrm_x_cert_key_pem="/pki/key.pem",
        ansible_winrm_x_message_encryption="always",
        ansible_winrm_x_kerberos_delegation="yes",
        ansible_winrm_x_kerberos_hostname_override="rdls01.contoso.example",
        ansible_winrm_x_credssp_disable_tlsv1_2="False",
        ansible_winrm_x_credssp_auth_mechanism="ntlm",
        ansible_winrm_x_credssp_minimum_version="5",
        ansible_winrm_x_send_cbt="no",
        ansible_winrm_x_service="WSMAN",
        ansible_winrm_x_realm="CONTOSO.EXAMPLE",
        ansible_winrm_x_proxy="http://proxy.contoso.example:3128",
    )
    assert (settings.operation_timeout, settings.read_timeout) == (120, 150)
    assert settings.options == {
        "server_cert_validation": "ignore",
        "ca_trust_path": "/pki/ca.pem",
        "cert_pem": "/pki/cert.pem",
        "cert_key_pem": "/pki/key.pem",
        "message_encryption": "always",
        "kerberos_delegation": True,
        "kerberos_hostname_override": "rdls01.contoso.example",
        "credssp_disable_tlsv1_2": False,
        "credssp_auth_mechanism": "ntlm",
        "credssp_minimum_version": 5,
        "send_cbt": False,
        "service": "WSMAN",
        "realm": "CONTOSO.EXAMPLE",
        "proxy": "http://proxy.contoso.example:3128",
    }


def test_every_winrm_option_is_one_of_pywinrms_transport() -> None:
    from inspect import signature

    transport = importlib.import_module("winrm.transport").Transport
    readers = importlib.import_module(winrm_settings.__module__)._EXTRAS
    assert readers.keys() - {"operation_timeout_sec"} <= signature(transport.__init__).parameters.keys()


def test_winrm_extras_that_do_nothing_are_warned_about() -> None:
    _unused, warnings = winrm_settings(
        plugin("winrm", ansible_winrm_x_verify="no", ansible_winrm_x_kinit_mode="manual")
    )
    assert warnings == ["ansible_winrm_verify is not supported by pywinrm and has no effect"]


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"ansible_winrm_transport": "telepathy"}, "ansible_winrm_transport must be one of basic, certificate"),
        ({"ansible_winrm_x_operation_timeout_sec": "long"}, "ansible_winrm_operation_timeout_sec must be a number"),
        ({"ansible_winrm_x_operation_timeout_sec": 0}, "ansible_winrm_operation_timeout_sec must be a number above"),
        (
            {"ansible_winrm_x_operation_timeout_sec": 30},
            r"ansible_winrm_read_timeout_sec \(30 s\) must be greater than",
        ),
        ({"ansible_winrm_x_server_cert_validation": "maybe"}, "must be one of validate, ignore, not 'maybe'"),
        ({"ansible_winrm_x_message_encryption": "sometimes"}, "must be one of auto, always, never"),
        ({"ansible_winrm_x_send_cbt": "perhaps"}, "ansible_winrm_send_cbt must be true or false"),
        ({"ansible_winrm_x_credssp_minimum_version": "two"}, "must be a whole number"),
        ({"ansible_winrm_kinit_mode": "managed", "ansible_winrm_transport": "kerberos"}, "ansible_user is needed"),
    ],
)
def test_winrm_settings_that_cannot_work(variables: dict[str, Any], message: str) -> None:
    with pytest.raises(UnsupportedConnection, match=message) as caught:
        winrm(**variables)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("variables", "managed"),
    [
        ({"ansible_password": PASSWORD}, True),
        ({}, False),
        ({"ansible_password": PASSWORD, "ansible_winrm_kinit_mode": "manual"}, False),
        ({"ansible_winrm_kinit_mode": "managed"}, True),
        ({"ansible_password": PASSWORD, "ansible_winrm_transport": "ntlm"}, False),
    ],
)
def test_winrm_manages_a_kerberos_ticket_when_the_plugin_would(variables: dict[str, Any], managed: bool) -> None:
    settings = winrm(ansible_user="asa@CONTOSO.EXAMPLE", **variables)
    assert isinstance(settings.ticket, ManagedTicket) is managed


@pytest.mark.parametrize(
    ("variables", "endpoint"),
    [
        ({}, "https://rdls01.contoso.example:5986/wsman"),
        ({"ansible_port": 5985}, "http://rdls01.contoso.example:5985/wsman"),
        ({"ansible_psrp_protocol": "http"}, "http://rdls01.contoso.example:5985/wsman"),
        ({"ansible_psrp_protocol": "https"}, "https://rdls01.contoso.example:5986/wsman"),
        ({"ansible_psrp_port": 8443}, "https://rdls01.contoso.example:8443/wsman"),
        ({"ansible_psrp_port": 5985, "ansible_psrp_protocol": "https"}, "https://rdls01.contoso.example:5985/wsman"),
        ({"ansible_host": "::1", "ansible_psrp_path": "gate"}, "https://[::1]:5986/gate"),
    ],
)
def test_psrp_endpoint(variables: dict[str, Any], endpoint: str) -> None:
    assert psrp(**variables).endpoint == endpoint


@pytest.fixture
def without_pypsrp(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "_installed", lambda name: name != "pypsrp")


def libraries(monkeypatch: pytest.MonkeyPatch, *, gssapi: bool, pykerberos: bool) -> None:
    monkeypatch.setattr(importlib.import_module("winrm.transport"), "HAVE_KERBEROS", pykerberos)
    monkeypatch.setattr(subject, "_installed", lambda name: name == "pypsrp" or gssapi)


def with_auth(auth: str | None, user: str | None) -> dict[str, Any]:
    given = {"ansible_psrp_auth": auth, "ansible_user": user, "ansible_password": PASSWORD}
    return {name: value for name, value in given.items() if value}


@pytest.mark.usefixtures("without_pypsrp")
@pytest.mark.parametrize(
    ("auth", "user", "kerberos", "methods"),
    [
        ("basic", "asa", False, ("basic",)),
        ("certificate", "asa", False, ("certificate",)),
        ("ntlm", "asa", True, ("ntlm",)),
        ("kerberos", "asa", False, ("kerberos",)),
        ("credssp", "asa", True, ("credssp",)),
        (None, "CONTOSO\\asa", True, ("ntlm",)),
        (None, "asa", True, ("kerberos", "ntlm")),
        (None, "asa@CONTOSO.EXAMPLE", True, ("kerberos", "ntlm")),
        (None, "asa@CONTOSO.EXAMPLE", False, ("ntlm",)),
    ],
)
def test_psrp_authentication_by_pywinrm(
    monkeypatch: pytest.MonkeyPatch, auth: str | None, user: str | None, kerberos: bool, methods: tuple[str, ...]
) -> None:
    monkeypatch.setattr(importlib.import_module("winrm.transport"), "HAVE_KERBEROS", kerberos)
    settings = psrp(**with_auth(auth, user))
    assert (settings.library, settings.auth_methods) == ("pywinrm", methods)


@pytest.mark.usefixtures("without_pypsrp")
def test_psrp_negotiate_with_nothing_but_a_ticket_by_pywinrm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.import_module("winrm.transport"), "HAVE_KERBEROS", True)
    settings = psrp(ansible_psrp_auth="negotiate")
    assert settings.auth_methods == ("kerberos",)
    assert isinstance(settings.ticket, FoundTicket)


@pytest.mark.parametrize(
    ("auth", "user", "gssapi", "pykerberos", "library"),
    [
        ("negotiate", "asa@CONTOSO.EXAMPLE", True, True, "pypsrp"),
        ("negotiate", None, True, False, "pypsrp"),
        ("negotiate", "asa@CONTOSO.EXAMPLE", False, False, "pypsrp"),
        ("negotiate", "asa@CONTOSO.EXAMPLE", False, True, "pywinrm"),
        ("kerberos", "asa@CONTOSO.EXAMPLE", False, True, "pywinrm"),
        ("kerberos", "asa@CONTOSO.EXAMPLE", True, True, "pypsrp"),
        ("negotiate", "CONTOSO\\asa", False, True, "pypsrp"),
        ("ntlm", "asa", False, True, "pypsrp"),
        ("basic", "asa", False, False, "pypsrp"),
        ("credssp", "asa", False, False, "pypsrp"),
    ],
)
def test_psrp_takes_pypsrp_unless_only_pywinrm_can_speak_kerberos(
    monkeypatch: pytest.MonkeyPatch, auth: str, user: str | None, gssapi: bool, pykerberos: bool, library: str
) -> None:
    libraries(monkeypatch, gssapi=gssapi, pykerberos=pykerberos)
    settings = psrp(**with_auth(auth, user))
    assert settings.library == library
    assert library == "pywinrm" or settings.auth_methods == (auth,)
    assert library == "pywinrm" or not isinstance(settings.ticket, ManagedTicket)


PSRP_OPTIONS: dict[str, Any] = {
    "ansible_user": "asa@CONTOSO.EXAMPLE",
    "ansible_password": PASSWORD,
    "ansible_psrp_auth": "kerberos",
    "ansible_psrp_cert_validation": "validate",
    "ansible_psrp_ca_cert": "/pki/ca.pem",
    "ansible_psrp_connection_timeout": "7",
    "ansible_psrp_read_timeout": 95,
    "ansible_psrp_operation_timeout": 90,
    "ansible_psrp_message_encryption": "always",
    "ansible_psrp_max_envelope_size": 512000,
    "ansible_psrp_reconnection_retries": 3,
    "ansible_psrp_reconnection_backoff": 5,
    "ansible_psrp_certificate_pem": "/pki/cert.pem",
    "ansible_psrp_certificate_key_pem": "/pki/key.pem",
    "ansible_psrp_credssp_auth_mechanism": "kerberos",
    "ansible_psrp_credssp_disable_tlsv1_2": True,
    "ansible_psrp_credssp_minimum_version": 5,
    "ansible_psrp_negotiate_delegate": True,
    "ansible_psrp_negotiate_hostname_override": "rdls01.contoso.example",
    "ansible_psrp_negotiate_send_cbt": False,
    "ansible_psrp_negotiate_service": "HTTP",
    "ansible_psrp_ignore_proxy": True,
}


@pytest.mark.usefixtures("without_pypsrp")
def test_psrp_options_for_pywinrm() -> None:
    settings = psrp(**PSRP_OPTIONS)
    assert (settings.connection_timeout, settings.read_timeout, settings.operation_timeout) == (7, 95, 90)
    assert settings.max_envelope_size == 512000
    assert (settings.retries, settings.retry_pause) == (3, 5)
    assert isinstance(settings.ticket, ManagedTicket)
    assert settings.options == {
        "server_cert_validation": "validate",
        "ca_trust_path": "/pki/ca.pem",
        "message_encryption": "always",
        "cert_pem": "/pki/cert.pem",
        "cert_key_pem": "/pki/key.pem",
        "credssp_auth_mechanism": "kerberos",
        "credssp_disable_tlsv1_2": True,
        "credssp_minimum_version": 5,
        "kerberos_delegation": True,
        "kerberos_hostname_override": "rdls01.contoso.example",
        "send_cbt": False,
        "service": "HTTP",
        "proxy": None,
    }


def test_psrp_options_for_pypsrp(monkeypatch: pytest.MonkeyPatch) -> None:
    libraries(monkeypatch, gssapi=True, pykerberos=True)
    settings = psrp(**PSRP_OPTIONS)
    assert (settings.connection_timeout, settings.read_timeout, settings.operation_timeout) == (7, 95, 90)
    assert (settings.retries, settings.retry_pause) == (3, 5)
    assert settings.options == {
        "server": "rdls01.contoso.example",
        "port": 5986,
        "ssl": True,
        "path": "wsman",
        "cert_validation": "/pki/ca.pem",
        "encryption": "always",
        "certificate_pem": "/pki/cert.pem",
        "certificate_key_pem": "/pki/key.pem",
        "credssp_auth_mechanism": "kerberos",
        "credssp_disable_tlsv1_2": True,
        "credssp_minimum_version": 5,
        "negotiate_delegate": True,
        "negotiate_hostname_override": "rdls01.contoso.example",
        "negotiate_send_cbt": False,
        "negotiate_service": "HTTP",
        "proxy": None,
        "no_proxy": True,
    }


def test_every_pypsrp_option_is_one_of_its_client() -> None:
    from inspect import signature

    wsman = importlib.import_module("pypsrp.wsman")
    known = {
        *signature(wsman.WSMan.__init__).parameters,
        *(name for names in wsman.AUTH_KWARGS.values() for name in names),
    }
    assert psrp(ansible_psrp_auth="basic").options.keys() <= known


def test_psrp_defaults() -> None:
    settings = psrp(ansible_psrp_proxy="http://u:p4ss@proxy:3128", ansible_psrp_ignore_proxy=True)
    assert (settings.connection_timeout, settings.read_timeout, settings.operation_timeout) == (30, 30, 20)
    assert settings.max_envelope_size == 153600  # the default of the connection plugin
    assert settings.retries == 0
    # "host" since ansible-core 2.21.
    assert settings.options["negotiate_service"] in ("WSMAN", "host")
    assert settings.options["cert_validation"] is True
    assert settings.options["proxy"] == "http://u:p4ss@proxy:3128"


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"ansible_psrp_auth": "certificate", "ansible_psrp_protocol": "http"}, "certificate requires"),
        ({"ansible_psrp_operation_timeout": 30}, r"ansible_psrp_read_timeout \(30 s\) must be greater"),
        ({"ansible_psrp_connection_timeout": 0}, "ansible_psrp_connection_timeout must be a number above zero"),
    ],
)
def test_psrp_settings_that_cannot_work(variables: dict[str, Any], message: str) -> None:
    with pytest.raises(UnsupportedConnection, match=message):
        psrp(**variables)


class Newer:
    """The option is there since ansible-core 2.21."""

    def get_option(self, option: str) -> Any:
        return {"auth": "certificate", "certificate_key_password": PASSWORD, "protocol": "https"}.get(option)


@pytest.mark.usefixtures("without_pypsrp")
def test_psrp_a_key_with_a_password_would_be_asked_for_on_the_terminal() -> None:
    with pytest.raises(UnsupportedConnection, match="certificate_key_password requires pypsrp") as caught:
        psrp_settings(Newer())
    assert PASSWORD not in str(caught.value)


def test_psrp_a_key_with_a_password_for_pypsrp() -> None:
    assert psrp_settings(Newer())[0].options["certificate_key_password"] == PASSWORD


@pytest.mark.parametrize("name", sorted(importlib.import_module(winrm_settings.__module__)._EXTRAS))
def test_an_empty_text_means_not_set(name: str) -> None:
    """As from a template with default(''). pywinrm takes an empty trust path for no checking at all."""
    settings = winrm(**{f"ansible_winrm_x_{name}": ""})
    # An empty proxy is one more way to say that there is none, as for the plugin.
    assert settings.options == {"service": "HTTP", **({"proxy": ""} if name == "proxy" else {})}
    assert (settings.operation_timeout, settings.read_timeout) == (20, 30)


@pytest.mark.parametrize("name", ["transport", "path"])
def test_an_empty_winrm_option_means_not_set(name: str) -> None:
    assert winrm(**{f"ansible_winrm_{name}": ""}) == winrm()


PSRP_TEXTS = ["path", "ca_cert", "certificate_pem", "certificate_key_pem", "negotiate_service", "proxy"]


@pytest.mark.parametrize("name", [*PSRP_TEXTS, "negotiate_hostname_override"])
@pytest.mark.parametrize("library", ["pywinrm", "pypsrp"])
def test_an_empty_psrp_option_means_not_set(monkeypatch: pytest.MonkeyPatch, library: str, name: str) -> None:
    """Ansible turns an empty path into the current directory."""
    libraries(monkeypatch, gssapi=library == "pypsrp", pykerberos=True)
    given = {"ansible_user": "asa@CONTOSO.EXAMPLE"}
    empty = psrp(**given, **{f"ansible_psrp_{name}": ""})
    assert empty.library == library
    # Its default differs between releases of the plugin.
    service = {"ansible_psrp_negotiate_service": "WSMAN"} if name == "negotiate_service" else {}
    unset = psrp(**given, **service)
    assert (empty.endpoint, empty.options) == (unset.endpoint, unset.options)


def test_psrp_options_that_do_nothing_are_warned_about() -> None:
    variables = {"ansible_psrp_configuration_name": "Helpdesk"}
    _unused, (warning,) = psrp_settings(plugin("psrp", **variables))
    assert "ansible_psrp_configuration_name Helpdesk has no effect" in warning
    assert psrp_settings(plugin("psrp"))[1] == []


def test_open_session_connects_nothing_and_tells_the_secrets() -> None:
    connection = plugin(
        "winrm",
        ansible_host="192.0.2.7",
        ansible_password=PASSWORD,
        ansible_winrm_connection_timeout=60,
        ansible_winrm_x_proxy="http://asa:p4ss@proxy:3128",
        ansible_winrm_x_verify="no",
    )
    opened = open_session(connection, "rdls01", new_proof())
    assert not connection.connected
    assert opened.session.server == "rdls01"
    assert opened.secrets == (PASSWORD, "p4ss")
    assert opened.warnings == ("rdls01: ansible_winrm_verify is not supported by pywinrm and has no effect",)
    assert opened.remote_addr == "192.0.2.7"
    assert opened.operation_timeout == 60
    assert PASSWORD not in repr(opened)
    opened.session.close()


@pytest.mark.parametrize(
    "name",
    [
        "winrm",
        "ansible.legacy.winrm",
        "psrp",
        "ansible.builtin.psrp",
        # What Ansible's loader calls a plugin whose collection the inventory spells out.
        "ansible_collections.ansible.builtin.plugins.connection.winrm",
        "ansible_collections.ansible.builtin.plugins.connection.psrp",
    ],
)
def test_open_session_knows_the_plugin_with_and_without_its_collection(name: str) -> None:
    connection = plugin(name.rpartition(".")[2])
    connection._load_name = name
    assert open_session(connection, "rdls01", new_proof()).remote_addr == "rdls01.contoso.example"


@pytest.mark.parametrize("name", ["ssh", "local", "ansible.netcommon.netconf", "community.example.winrm"])
def test_any_other_connection_gets_one_line_that_says_what_to_set(name: str) -> None:
    class Other:
        _load_name = name

        def get_option(self, option: str) -> Any:
            raise KeyError(option)

    with pytest.raises(UnsupportedConnection) as caught:
        open_session(Other(), "rdls01", new_proof())
    assert str(caught.value) == (
        f"rdls01 uses the connection '{name}', but license servers are reached over WS-Management:"
        " set ansible_connection to winrm (or psrp) for it"
    )


def test_a_controller_without_pywinrm(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(UnsupportedConnection, match="pip install pywinrm"):
        open_session(plugin("winrm"), "rdls01", new_proof())


def test_a_setting_that_cannot_work_names_the_server() -> None:
    with pytest.raises(UnsupportedConnection, match=r"^rdls01: ansible_winrm_transport must be one of"):
        open_session(plugin("winrm", ansible_winrm_transport="smoke"), "rdls01", new_proof())
