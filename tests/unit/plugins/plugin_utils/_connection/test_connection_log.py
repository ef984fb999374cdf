# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lines of -vvvv, and the warning about a method that was passed over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from ansible.utils.display import Display
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.session import CimSession
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.wql import literal, select
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection import connection_log
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.connection_log import (
    ConnectionLog,
    LoggedTransport,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_classes import (
    TS_LICENSE_KEY_PACK,
    TS_LICENSE_SERVER,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.client import WsmanClient
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.envelope import HeaderSettings
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanConnectionLost,
    WsmanError,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.settings import (
    Authentication,
    ConnectionSettings,
    SettingNames,
)

from tests.unit.wsman_script import ENDPOINT, Exchange, WsmanScript, envelope, fixture

SECRET = "A1B2C3D4E5F6G7H8I9J0K1L2M3N4O5P6Q7R"
LICENSING = 'xmlns:x="http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/Win32_TSLicenseServer"'


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    shown: list[str] = []
    monkeypatch.setattr(Display, "vvvv", lambda _display, text, host: shown.append(f"<{host}> {text}"))
    return shown


def log(*methods: str, user: str | None = "asa") -> ConnectionLog:
    settings = ConnectionSettings(ENDPOINT, methods or ("ntlm",), user, "p4ss", SettingNames("", "", "", ""))
    return ConnectionLog("rdls01", settings)


def test_one_line_for_each_message_without_a_value(lines: list[str]) -> None:
    output = f"<x:DeactivateServerAutomatic_OUTPUT {LICENSING}><x:ReturnValue>7</x:ReturnValue>"
    returned = envelope(f"{output}</x:DeactivateServerAutomatic_OUTPUT>")
    script = WsmanScript(
        Exchange("Get").returns(fixture("fault_invalid_class")),
        Exchange("Invoke", "DeactivateServerAutomatic").returns(returned),
        Exchange("Enumerate").fails_with(WsmanConnectionLost(SECRET)),
    )
    with script:
        headers = HeaderSettings(to=ENDPOINT, operation_timeout=20, max_envelope_size=153600)
        session = CimSession(WsmanClient(LoggedTransport(script, log()), headers), "rdls01")
        with pytest.raises(WsmanError):
            session.get(TS_LICENSE_SERVER)
        session.invoke(TS_LICENSE_SERVER, "DeactivateServerAutomatic", {})
        with pytest.raises(WsmanError):
            list(
                session.enumerate(
                    TS_LICENSE_KEY_PACK, select(TS_LICENSE_KEY_PACK, where=f"Description = {literal(SECRET)}")
                )
            )
    numbers = r": \d+ ms, sent \d+ bytes"
    expected = [
        rf"<rdls01> WS-Man Get Win32_TSLicenseServer{numbers}, received \d+ bytes, fault 0x8033[0-9A-F]{{4}}",
        rf"<rdls01> WS-Man Invoke \w+.DeactivateServerAutomatic{numbers}, received \d+ bytes, return code 7",
        rf"<rdls01> WS-Man Enumerate Win32_TSLicenseKeyPack{numbers}, WsmanConnectionLost",
    ]
    for line, pattern in zip(lines, expected, strict=True):
        assert re.fullmatch(pattern, line), line


def test_how_the_session_came_about(lines: list[str]) -> None:
    log().authenticated(Authentication("ntlm", True, (), "http://proxy:3128 (from the environment)"))
    (line,) = lines
    assert line.startswith(
        f"<rdls01> WS-Man endpoint {ENDPOINT}, authentication ntlm through pywinrm, messages encrypted"
    )
    assert line.endswith("proxy: http://proxy:3128 (from the environment)")


@pytest.mark.parametrize(
    ("methods", "user", "warned"),
    [
        (("kerberos", "ntlm"), "asa", True),
        (("negotiate",), "asa@CONTOSO.EXAMPLE", True),
        (("negotiate",), "asa", False),
    ],
)
def test_a_method_that_was_passed_over(lines: list[str], methods: tuple[str, ...], user: str, warned: bool) -> None:
    made = log(*methods, user=user)
    made.authenticated(Authentication("ntlm", True, ("kerberos: no ticket",), ""))
    text = "ntlm authentication was used; skipped: kerberos: no ticket"
    assert (made.warnings == [text]) is warned
    assert any(text in line for line in lines) is not warned


class Ticket:
    """One that is there, with or without the flag to be forwarded."""

    @contextmanager
    def active(self) -> Iterator[None]:
        yield

    def discard(self) -> None: ...


@pytest.mark.parametrize(
    ("mechanism", "delegated", "klist", "warning"),
    [
        ("kerberos", True, None, None),
        ("kerberos", False, None, "cannot be forwarded"),
        ("kerberos", None, True, None),
        ("kerberos", None, False, "cannot be forwarded"),
        ("kerberos", None, None, None),
        ("ntlm", None, None, "has no effect with ntlm"),
        ("credssp", None, None, None),
        ("basic", None, None, None),
    ],
)
@pytest.mark.usefixtures("lines")
def test_delegation_that_cannot_be_is_told_before_the_second_hop(
    monkeypatch: pytest.MonkeyPatch, mechanism: str, delegated: bool | None, klist: bool | None, warning: str | None
) -> None:
    monkeypatch.setattr(connection_log, "ticket_is_forwardable", lambda: klist)
    names = SettingNames("", "", "", "", delegation="ansible_winrm_kerberos_delegation")
    settings = ConnectionSettings(ENDPOINT, (mechanism,), "asa", "p4ss", names, ticket=Ticket(), delegate=True)
    subject = ConnectionLog("rdls01", settings)
    subject.authenticated(Authentication(mechanism, True, (), "", delegated))
    assert [text.startswith("ansible_winrm_kerberos_delegation has no effect") for text in subject.warnings] == (
        [True] if warning else []
    )
    assert warning is None or warning in subject.warnings[0]


@pytest.mark.usefixtures("lines")
def test_a_ticket_is_looked_at_only_where_it_is_to_be_delegated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_log, "ticket_is_forwardable", lambda: pytest.fail("nothing is delegated"))
    subject = log("kerberos")
    subject.authenticated(Authentication("kerberos", True, (), ""))
    assert not subject.warnings
