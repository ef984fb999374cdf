# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Getting a Kerberos ticket with a stand-in for kinit that writes down how it was called."""

from __future__ import annotations

import json
import os
import stat
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from ansible import constants as C  # noqa: N812  # the name Ansible's own code uses
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection import kerberos_ticket as subject
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.kerberos_ticket import managed_ticket
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanAuthenticationError

PASSWORD = "correct horse"
KINIT = """#!{python}
import json, os, sys, time
said = sys.stdin.readline()
with open({log!r}, "a") as log:
    json.dump({{"argv": sys.argv[1:], "stdin": said, "env": dict(os.environ)}}, log)
    log.write("\\n")
{then}
"""


class Kinit:
    def __init__(self, folder: Path, then: str = "") -> None:
        self.log = folder / "kinit.log"
        self.path = folder / "kinit"
        self.path.write_text(KINIT.format(python=sys.executable, log=str(self.log), then=then), encoding="utf-8")
        self.path.chmod(stat.S_IRWXU)

    @property
    def calls(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]


def test_the_password_goes_in_by_stdin_and_the_ticket_into_a_cache_of_our_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KRB5CCNAME", "FILE:/of/somebody/else")
    monkeypatch.setenv("KRB5_CONFIG", "/pki/krb5.conf")
    monkeypatch.setenv("UNRELATED", "1")
    kinit = Kinit(tmp_path)
    ticket = managed_ticket(
        principal="asa@CONTOSO.EXAMPLE",
        password=PASSWORD,
        command=str(kinit.path),
        pass_environment=["KRB5_CONFIG", "NOT_SET", "KRB5CCNAME"],
    )
    with ticket.active():
        cache = os.environ["KRB5CCNAME"]
        assert Path(cache.removeprefix("FILE:")).exists()
        assert stat.S_IMODE(Path(cache.removeprefix("FILE:")).stat().st_mode) == 0o600
    assert os.environ["KRB5CCNAME"] == "FILE:/of/somebody/else"
    with ticket.active():
        assert os.environ["KRB5CCNAME"] == cache
    (call,) = kinit.calls
    assert call["argv"] == ["asa@CONTOSO.EXAMPLE"]
    assert call["stdin"] == PASSWORD + "\n"
    assert call["env"]["KRB5CCNAME"] == cache
    assert call["env"]["KRB5_CONFIG"] == "/pki/krb5.conf"
    assert "UNRELATED" not in call["env"]
    ticket.discard()
    ticket.discard()
    assert not Path(cache.removeprefix("FILE:")).exists()


@pytest.mark.parametrize(
    ("arguments", "forwardable", "argv"),
    [
        (None, False, ["p"]),
        (None, True, ["-f", "p"]),
        ("-l '1 h' -C", True, ["-l", "1 h", "-C", "p"]),
    ],
)
def test_arguments(tmp_path: Path, arguments: str | None, forwardable: bool, argv: list[str]) -> None:
    kinit = Kinit(tmp_path)
    ticket = managed_ticket(
        principal="p", password="", command=str(kinit.path), arguments=arguments, forwardable=forwardable
    )
    with ticket.active():
        assert kinit.calls[0]["argv"] == argv
    ticket.discard()


def test_the_environment_is_restored_when_there_was_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KRB5CCNAME", raising=False)
    ticket = managed_ticket(principal="p", password="", command=str(Kinit(tmp_path).path))
    with pytest.raises(KeyError), ticket.active():
        raise KeyError
    assert "KRB5CCNAME" not in os.environ
    ticket.discard()


@pytest.mark.parametrize(
    ("then", "message"),
    [
        (
            f"sys.stderr.write('kinit: wrong {PASSWORD}\\nwhile asking\\n'); sys.exit(1)",
            "no Kerberos ticket for p: kinit: wrong <redacted> while asking",
        ),
        ("time.sleep(30)", "no Kerberos ticket for p within 1 s"),
    ],
)
def test_a_failure_is_one_line_without_the_password_and_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, then: str, message: str
) -> None:
    monkeypatch.setattr(subject, "KINIT_TIMEOUT", 1)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(C, "DEFAULT_LOCAL_TMP", str(tmp_path))
    kinit = Kinit(tmp_path, then)
    ticket = managed_ticket(principal="p", password=PASSWORD, command=str(kinit.path))
    with pytest.raises(WsmanAuthenticationError) as caught, ticket.active():
        pytest.fail("there is no ticket")
    assert message in str(caught.value)
    assert PASSWORD not in str(caught.value)
    assert not list(tmp_path.glob("krb5cc_*"))


def test_a_command_that_is_not_there() -> None:
    ticket = managed_ticket(principal="p", password=PASSWORD, command="/no/such/kinit")
    with pytest.raises(WsmanAuthenticationError, match="install it, or set ansible_winrm_kinit_cmd"), ticket.active():
        pytest.fail("there is no ticket")


def test_the_cache_lies_in_the_folder_that_ansible_removes_after_a_run(tmp_path: Path) -> None:
    """Also after Ctrl-C, when the code here does not get to it."""
    ticket = managed_ticket(principal="p", password=PASSWORD, command=str(Kinit(tmp_path, "").path))
    with ticket.active():
        cache = Path(os.environ["KRB5CCNAME"].removeprefix("FILE:"))
        assert cache.parent == Path(vars(C)["DEFAULT_LOCAL_TMP"])
    ticket.discard()
    assert not cache.exists()


def test_what_kinit_says_on_stdout_is_told_too(tmp_path: Path) -> None:
    """MIT kinit reports an expired password there, and on stderr only that it cannot read one."""
    then = "print('Password expired.  You must change it now.'); sys.stderr.write('kinit: Cannot read'); sys.exit(1)"
    ticket = managed_ticket(principal="p", password=PASSWORD, command=str(Kinit(tmp_path, then).path))
    with (
        pytest.raises(WsmanAuthenticationError, match="Cannot read Password expired"),
        ticket.active(),
    ):
        pass
