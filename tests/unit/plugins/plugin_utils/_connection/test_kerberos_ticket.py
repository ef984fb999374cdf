# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Getting a Kerberos ticket with a stand-in for kinit that writes down how it was called."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from ansible import constants as C  # noqa: N812  # the name Ansible's own code uses
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection import kerberos_ticket as subject
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.kerberos_ticket import (
    FoundTicket,
    ManagedTicket,
    managed_ticket,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanAuthenticationError

PASSWORD = "correct horse"
KINIT = """#!{python}
import json, os, sys, time
said = sys.stdin.readline()
with open({log!r}, "a") as log:
    json.dump({{"argv": sys.argv[1:], "stdin": said, "env": dict(os.environ)}}, log)
    log.write("\\n")
{then}
open(os.environ["KRB5CCNAME"].partition(":")[2], "w").close()
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
        assert stat.S_IMODE(Path(cache.removeprefix("FILE:")).parent.stat().st_mode) == 0o700
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
        assert cache.parent.parent == Path(vars(C)["DEFAULT_LOCAL_TMP"])
    ticket.discard()
    assert not cache.parent.exists()


HOLDER = """
import sys, time
from ansible import constants as C
vars(C)["DEFAULT_LOCAL_TMP"] = sys.argv[1]
from {module} import managed_ticket
with managed_ticket(principal="p", password="", command=sys.argv[2]).active():
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_no_ticket_stays_when_the_process_group_is_killed(tmp_path: Path, stop: signal.Signals) -> None:
    folder = tmp_path / "tmp"
    folder.mkdir()
    with subprocess.Popen(  # noqa: S603  # all of it is written here
        [sys.executable, "-c", HOLDER.format(module=subject.__name__), str(folder), str(Kinit(tmp_path).path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"ready\n"
        assert list(folder.rglob("cache"))
        os.killpg(holder.pid, stop)
    deadline = time.monotonic() + 20
    while list(folder.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not list(folder.iterdir())


def test_a_kinit_that_outlives_the_run_leaves_no_ticket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(C, "DEFAULT_LOCAL_TMP", str(tmp_path))
    folder = subject.PrivateFolder()
    folder.remove()
    with pytest.raises(FileNotFoundError):
        (folder.path / "cache").touch()


def test_sessions_with_the_same_settings_share_one_ticket(tmp_path: Path) -> None:
    kinit = Kinit(tmp_path)
    first, second = (managed_ticket(principal="p", password=PASSWORD, command=str(kinit.path)) for _each in range(2))
    with first.active(), second.active():
        cache = Path(os.environ["KRB5CCNAME"].removeprefix("FILE:"))
    first.discard()
    assert cache.exists()
    second.discard()
    assert not cache.exists()
    assert len(kinit.calls) == 1


def test_a_rejected_password_is_tried_once_for_all_sessions(tmp_path: Path) -> None:
    """For each host of a fleet it would lock the account."""
    kinit = Kinit(tmp_path, "sys.exit(1)")
    tickets = [managed_ticket(principal="p", password=PASSWORD, command=str(kinit.path)) for _each in range(3)]
    for ticket in tickets:
        with pytest.raises(WsmanAuthenticationError, match="no Kerberos ticket for p"), ticket.active():
            pytest.fail("there is no ticket")
    for ticket in tickets:
        ticket.discard()
    assert len(kinit.calls) == 1


def test_each_thread_finds_its_own_ticket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment belongs to the process: a session of another user must not be opened meanwhile."""
    monkeypatch.setenv("KRB5CCNAME", "FILE:/mine")
    kinit = str(Kinit(tmp_path).path)
    tickets: list[ManagedTicket | FoundTicket] = [
        *(managed_ticket(principal=name, password="", command=kinit) for name in ("a", "b")),
        FoundTicket(),
    ]
    seen: list[set[str]] = [set(), set(), set()]

    def use(number: int) -> None:
        for _turn in range(50):
            with tickets[number % 3].active():
                seen[number % 3].add(os.environ["KRB5CCNAME"])
                time.sleep(0)
                seen[number % 3].add(os.environ["KRB5CCNAME"])

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(use, range(6)))
    assert [len(caches) for caches in seen] == [1, 1, 1]
    assert len(set.union(*seen)) == 3
    assert seen[2] == {"FILE:/mine"}
    assert os.environ["KRB5CCNAME"] == "FILE:/mine"
    for ticket in tickets:
        ticket.discard()


KLIST = """#!/bin/sh
[ "$1" = -f ] && [ "$LC_ALL" = C ] || exit 1
cat <<END
{text}
END
"""
MIT = """Ticket cache: FILE:/tmp/krb5cc_0
Default principal: asa@CONTOSO.EXAMPLE

Valid starting     Expires            Service principal
11/27/26 16:00:00  11/28/26 02:00:00  krbtgt/CONTOSO.EXAMPLE@CONTOSO.EXAMPLE
\trenew until 12/04/26 16:00:00, Flags: {flags}
11/27/26 16:00:01  11/28/26 02:00:00  HTTP/rdls01.contoso.example@CONTOSO.EXAMPLE
\tFlags: FAT"""
HEIMDAL = """Credentials cache: API:1
        Principal: asa@CONTOSO.EXAMPLE

  Issued                Expires               Flags    Principal
Nov 27 16:00:00 2026  Nov 28 02:00:00 2026  {flags}  krbtgt/CONTOSO.EXAMPLE@CONTOSO.EXAMPLE"""


@pytest.mark.parametrize("form", [MIT, HEIMDAL])
@pytest.mark.parametrize(("flags", "forwardable"), [("FRIA", True), ("RIA", False), ("fRIA", False)])
def test_whether_a_ticket_can_be_forwarded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, flags: str, forwardable: bool
) -> None:
    klist = tmp_path / "klist"
    klist.write_text(KLIST.format(text=form.format(flags=flags)), encoding="utf-8")
    klist.chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert subject.ticket_is_forwardable() is forwardable


@pytest.mark.parametrize("text", ["klist: No credentials cache found", "krbtgt", ""])
def test_a_klist_that_shows_no_ticket_tells_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    klist = tmp_path / "klist"
    klist.write_text(KLIST.format(text=text), encoding="utf-8")
    klist.chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert subject.ticket_is_forwardable() is None
    klist.unlink()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert subject.ticket_is_forwardable() is None


def test_what_kinit_says_on_stdout_is_told_too(tmp_path: Path) -> None:
    """MIT kinit reports an expired password there, and on stderr only that it cannot read one."""
    then = "print('Password expired.  You must change it now.'); sys.stderr.write('kinit: Cannot read'); sys.exit(1)"
    ticket = managed_ticket(principal="p", password=PASSWORD, command=str(Kinit(tmp_path, then).path))
    with (
        pytest.raises(WsmanAuthenticationError, match="Cannot read Password expired"),
        ticket.active(),
    ):
        pass
