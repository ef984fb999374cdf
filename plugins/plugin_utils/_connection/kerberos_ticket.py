# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Kerberos ticket of our own for one session, as the winrm connection plugin gets one with its managed mode."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ansible import constants as C  # noqa: N812  # the name Ansible's own code uses
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanAuthenticationError

CACHE_VARIABLE = "KRB5CCNAME"
KINIT_TIMEOUT = 120
"""Seconds kinit may take; it tries every KDC of the realm in turn."""


class ManagedTicket:
    """Runs kinit when the ticket is first needed, into a cache file that no other session sees."""

    def __init__(self, principal: str, password: str, command: Sequence[str], pass_environment: Sequence[str]) -> None:
        self._principal = principal
        self._password = password
        self._command = list(command)
        self._pass_environment = pass_environment
        self._cache: str | None = None

    @contextmanager
    def active(self) -> Iterator[None]:
        """Let the Kerberos library of this process find the ticket, for the length of the block.

        The library reads an environment variable, so the block restores it: another session of this process may be
        using another ticket. Raises WsmanAuthenticationError when kinit fails.
        """
        if self._cache is None:
            self._cache = self._new_cache()
        before = os.environ.get(CACHE_VARIABLE)
        os.environ[CACHE_VARIABLE] = f"FILE:{self._cache}"
        try:
            yield
        finally:
            if before is None:
                del os.environ[CACHE_VARIABLE]
            else:
                os.environ[CACHE_VARIABLE] = before

    def discard(self) -> None:
        """Remove the cache file."""
        cache, self._cache = self._cache, None
        if cache is not None and os.path.exists(cache):
            os.unlink(cache)

    def _new_cache(self) -> str:
        # Ansible removes this folder at the end of a run, also after Ctrl-C, when nothing here is run any more.
        handle, path = tempfile.mkstemp(prefix="krb5cc_", dir=vars(C)["DEFAULT_LOCAL_TMP"])
        os.close(handle)
        try:
            self._kinit(path)
        except BaseException:
            os.unlink(path)
            raise
        return path

    def _kinit(self, cache: str) -> None:
        environment = {name: os.environ[name] for name in self._pass_environment if name in os.environ}
        environment.update(PATH=os.environ.get("PATH", os.defpath))
        environment[CACHE_VARIABLE] = f"FILE:{cache}"
        try:
            # S603: the command is the user's own setting, and no shell reads it.
            done = subprocess.run(  # noqa: S603
                [*self._command, self._principal],
                input=self._password + "\n",
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
                f"{self._command[0]} got no Kerberos ticket for {self._principal} within {KINIT_TIMEOUT} s"
            ) from None
        except OSError as error:
            raise WsmanAuthenticationError(
                f"the Kerberos command {self._command[0]} cannot be run ({error.strerror}); install it, or set"
                " ansible_winrm_kinit_cmd on a winrm host"
            ) from None
        if done.returncode:
            # Why it failed may stand in either: an expired password is reported on stdout.
            said = " ".join(f"{done.stderr} {done.stdout}".replace(self._password or "\0", "<redacted>").split())
            raise WsmanAuthenticationError(f"no Kerberos ticket for {self._principal}: {said}")


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
    return ManagedTicket(principal, password, [command, *extra], pass_environment)
