# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The accounts of a server, by every name they can log on with, and the file the NTLM library reads them from."""

from __future__ import annotations

import hmac
from pathlib import Path

from tests.simulator.model.description import User
from tests.simulator.model.fleet import Account, Fleet, Server


class Accounts:
    r"""Log-on names are compared without case: name and COMPUTER\name, or NETBIOS\name and name@domain."""

    def __init__(self, fleet: Fleet, server: Server, directory: Path) -> None:
        self._by_login: dict[str, tuple[str, User]] = {}
        lines = []
        for name, user in fleet.accounts(server).items():
            for login in _logins(name, user, fleet, server):
                self._by_login[login.lower()] = (name, user)
                prefix, _separator, rest = login.rpartition("\\")
                lines.append(f"{prefix}:{rest}:{user.password}")
        self.ntlm_file = directory / f"{server.name}.users"
        self.ntlm_file.touch(mode=0o600)
        self.ntlm_file.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def find(self, login: str, delegated: bool = False) -> Account | None:
        """The account that `login` names, with its password proven elsewhere."""
        found = self._by_login.get(login.lower())
        return Account(found[0], found[1], delegated) if found else None

    def check(self, login: str, password: str) -> Account | None:
        """The account if the password is right. Basic gives the server the password, so it can go on with it."""
        found = self._by_login.get(login.lower())
        if found is None or not hmac.compare_digest(found[1].password.encode(), password.encode()):
            return None
        return Account(found[0], found[1], delegated=True)


def principal(name: str, user: User, fleet: Fleet, server: Server) -> str:
    """The name@domain that stands in an account's certificate."""
    return f"{name}@{fleet.info.domain.name if user.domain else server.fqdn}"


def _logins(name: str, user: User, fleet: Fleet, server: Server) -> list[str]:
    if user.domain:
        return [f"{fleet.info.domain.netbios}\\{name}", f"{name}@{fleet.info.domain.name}"]
    return [name, f"{server.name}\\{name}", f".\\{name}", f"{name}@{server.fqdn}"]
