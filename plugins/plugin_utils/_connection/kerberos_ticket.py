# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kerberos tickets: one of our own, as the winrm connection plugin gets it with its managed mode, or one that is there.

The Kerberos library finds a ticket by an environment variable, which belongs to the whole process. Sessions in several
threads use it together while they mean the same cache, and wait for each other otherwise.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.run_directory import run_directory
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanAuthenticationError

CACHE_VARIABLE = "KRB5CCNAME"
KINIT_TIMEOUT = 120
"""Seconds kinit may take; it tries every KDC of the realm in turn."""
_KLIST_TIMEOUT = 10

# Waits for the end of its input, which comes when this process ends, and removes the folder until it stays away: kinit,
# a session of its own as well, may be about to write into it.
_GUARD = """trap '' HUP INT TERM
read -r _
for _ in 1 2 3 4 5; do rm -rf -- "$1"; [ -e "$1" ] || exit 0; sleep 1; done"""


class _CacheTurn:
    """Whose cache the environment names at the moment."""

    def __init__(self) -> None:
        self._free = threading.Condition()
        self._cache: str | None = None
        self._before: str | None = None
        self._users = 0

    @contextmanager
    def of(self, cache: str | None) -> Iterator[None]:
        """Have the environment name a cache, or with None what it named before, for the length of the block."""
        with self._free:
            self._free.wait_for(lambda: self._users == 0 or self._cache == cache)
            if self._users == 0:
                self._cache, self._before = cache, os.environ.get(CACHE_VARIABLE)
                if cache is not None:
                    os.environ[CACHE_VARIABLE] = cache
            self._users += 1
        try:
            yield
        finally:
            with self._free:
                self._users -= 1
                if self._users == 0:
                    self._restore()
                    self._free.notify_all()

    def _restore(self) -> None:
        if self._before is None:
            os.environ.pop(CACHE_VARIABLE, None)
        else:
            os.environ[CACHE_VARIABLE] = self._before


_TURN = _CacheTurn()


class PrivateFolder:
    """A folder that is gone when this process ends, however it ends: also by SIGKILL, or Ctrl-C."""

    def __init__(self) -> None:
        # Ansible removes the folder around it at the end of a run; nothing does when the whole run is killed.
        self.path = Path(tempfile.mkdtemp(prefix="krb5cc_", dir=run_directory()))
        # S603: the folder is our own, and it is an argument.
        self._guard = subprocess.Popen(  # noqa: S603
            ["/bin/sh", "-c", _GUARD, "sh", str(self.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            # Out of reach of signals to the process group of ansible-playbook.
            start_new_session=True,
        )

    def remove(self) -> None:
        """Remove the folder with all that is in it."""
        self._guard.communicate()


@dataclass(frozen=True)
class _Kinit:
    """How a ticket is got. Sessions that get it in the same way share it."""

    principal: str
    password: str = field(repr=False)
    command: tuple[str, ...]
    pass_environment: tuple[str, ...]

    def run(self, cache: str) -> None:
        """Get a ticket into a cache. Raises WsmanAuthenticationError."""
        environment = {name: os.environ[name] for name in self.pass_environment if name in os.environ}
        environment.update(PATH=os.environ.get("PATH", os.defpath))
        environment[CACHE_VARIABLE] = cache
        try:
            # S603: the command is the user's own setting, and no shell reads it.
            done = subprocess.run(  # noqa: S603
                [*self.command, self.principal],
                input=self.password + "\n",
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                env=environment,
                timeout=KINIT_TIMEOUT,
                check=False,
                # kinit reads a password from the terminal if it has one; a new session takes it away.
                start_new_session=True,
            )
        except subprocess.TimeoutExpired:
            raise WsmanAuthenticationError(
                f"{self.command[0]} got no Kerberos ticket for {self.principal} within {KINIT_TIMEOUT} s"
            ) from None
        except OSError as error:
            raise WsmanAuthenticationError(
                f"the Kerberos command {self.command[0]} cannot be run ({error.strerror}); install it, or set"
                " ansible_winrm_kinit_cmd on a winrm host"
            ) from None
        if done.returncode:
            # Why it failed may stand in either: an expired password is reported on stdout.
            said = " ".join(f"{done.stderr} {done.stdout}".replace(self.password or "\0", "<redacted>").split())
            raise WsmanAuthenticationError(f"no Kerberos ticket for {self.principal}: {said}")


class _SharedTicket:
    """The ticket of all sessions of this process that get it in the same way."""

    def __init__(self, kinit: _Kinit) -> None:
        self.sessions = 0
        self._kinit = kinit
        self._lock = threading.Lock()
        self._folder: PrivateFolder | None = None
        self._refusal: WsmanAuthenticationError | None = None

    def cache(self) -> str:
        """The name of its cache. Raises WsmanAuthenticationError.

        A refusal counts for every session: a wrong password that is tried for each host of a fleet locks the account.
        """
        with self._lock:
            if self._refusal is not None:
                raise WsmanAuthenticationError(self._refusal.message)
            if self._folder is None:
                self._folder = self._new_folder()
            return _cache_in(self._folder)

    def discard(self) -> None:
        """Remove the cache."""
        with self._lock:
            folder, self._folder = self._folder, None
        if folder is not None:
            folder.remove()

    def _new_folder(self) -> PrivateFolder:
        folder = PrivateFolder()
        try:
            self._kinit.run(_cache_in(folder))
        except BaseException as error:
            folder.remove()
            if isinstance(error, WsmanAuthenticationError):
                self._refusal = error
            raise
        return folder


def _cache_in(folder: PrivateFolder) -> str:
    return f"FILE:{folder.path / 'cache'}"


class ManagedTicket:
    """One session's hold on a ticket that kinit gets when it is first needed."""

    _shared: dict[_Kinit, _SharedTicket] = {}  # noqa: RUF012  # of the process, as its environment is
    _lock = threading.Lock()

    def __init__(self, kinit: _Kinit) -> None:
        self._kinit = kinit
        self._held: _SharedTicket | None = None

    @contextmanager
    def active(self) -> Iterator[None]:
        """Let the Kerberos library of this process find the ticket, for the length of the block.

        Raises WsmanAuthenticationError when kinit fails.
        """
        with self._lock:
            if self._held is None:
                self._held = self._shared.setdefault(self._kinit, _SharedTicket(self._kinit))
                self._held.sessions += 1
        with _TURN.of(self._held.cache()):
            yield

    def discard(self) -> None:
        """Let go of the ticket; the last session removes its cache."""
        with self._lock:
            held, self._held = self._held, None
            if held is None:
                return
            held.sessions -= 1
            if held.sessions:
                return
            del self._shared[self._kinit]
        held.discard()


class FoundTicket:
    """A ticket of the user's own, in the cache that the environment names."""

    @contextmanager
    def active(self) -> Iterator[None]:
        """Keep the tickets of other sessions away for the length of the block."""
        with _TURN.of(None):
            yield

    def discard(self) -> None:
        """Leave it alone."""


def managed_ticket(
    *,
    principal: str,
    password: str,
    command: str = "kinit",
    arguments: str | None = None,
    pass_environment: Sequence[str] = (),
    forwardable: bool = False,
) -> ManagedTicket:
    """A ticket by the plugin's rules: ``arguments`` replace the default, which is ``-f`` for a forwardable ticket."""
    extra = [part for part in shlex.split(arguments) if part.strip()] if arguments else []
    if not arguments and forwardable:
        extra = ["-f"]
    return ManagedTicket(_Kinit(principal, password, (command, *extra), tuple(pass_environment)))


# The flags of a ticket-granting ticket as klist -f shows them: MIT behind it, Heimdal before it.
_FLAGS = (re.compile(r"krbtgt/[^\n]*\n[^\n]*Flags: (\w+)"), re.compile(r"\s([A-Za-z]+)\s+krbtgt/"))


def ticket_is_forwardable() -> bool | None:
    """Whether the ticket that the environment names can be forwarded; None if klist does not tell."""
    shown = ""
    with suppress(OSError, subprocess.TimeoutExpired):
        shown = subprocess.run(
            ["klist", "-f"],  # noqa: S607  # where it is differs, as for kinit
            env={**os.environ, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_KLIST_TIMEOUT,
            check=False,
        ).stdout
    found = next((flags for each in _FLAGS if (flags := each.findall(shown))), None)
    return any("F" in flags for flags in found) if found else None
