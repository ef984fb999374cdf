# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A throw-away Kerberos realm on loopback: an MIT KDC, its users, and the keytab of the servers.

Nothing outside its folder is touched and no root is needed: the KDC listens on a port above 1024, and programs find the
realm through KRB5_CONFIG. Debian's packages: krb5-kdc, krb5-admin-server (kadmin.local), krb5-user (kinit).
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

REALM = "WINFLEET.TEST"
SERVICES = ("HTTP", "WSMAN", "host")
TOOLS = ("krb5kdc", "kdb5_util", "kadmin.local", "kinit")
_START_SECONDS = 10.0

_CLIENT = """\
[libdefaults]
 default_realm = {realm}
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
 udp_preference_limit = 1
 ticket_lifetime = 10h
[realms]
 {realm} = {{
  kdc = 127.0.0.1:{port}
 }}
[domain_realm]
 .{domain} = {realm}
 {domain} = {realm}
"""

_SERVER = """\
[kdcdefaults]
 kdc_listen = 127.0.0.1:{port}
 kdc_tcp_listen = 127.0.0.1:{port}
[realms]
 {realm} = {{
  database_name = {folder}/principal
  key_stash_file = {folder}/stash
  acl_file = {folder}/kadm5.acl
  max_life = 10h
  max_renewable_life = 7d
  supported_enctypes = aes256-cts:normal aes128-cts:normal
 }}
[logging]
 kdc = FILE:{folder}/kdc.log
"""


def tool(name: str) -> str:
    """The path of a program of MIT Kerberos; Debian keeps those of the KDC out of a user's PATH."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if found is None:
        raise RuntimeError(f"{name} is not installed (Debian: krb5-kdc krb5-admin-server krb5-user)")
    return found


class Realm:
    """One realm in one folder. ``users`` are passwords by name; ``expired`` are users who must change theirs."""

    def __init__(self, folder: Path, hosts: Sequence[str], users: Mapping[str, str], expired: Sequence[str]) -> None:
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(mode=0o700)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self._port = int(listener.getsockname()[1])
        words = {"realm": REALM, "domain": REALM.lower(), "folder": folder, "port": self._port}
        (folder / "krb5.conf").write_text(_CLIENT.format(**words), encoding="utf-8")
        (folder / "kdc.conf").write_text(_SERVER.format(**words), encoding="utf-8")
        (folder / "kadm5.acl").touch()
        self._call("kdb5_util", "create", "-s", "-W", "-r", REALM, "-P", secrets.token_hex(16))
        self._administer(
            *(f'addprinc {"+needchange " if user in expired else ""}-pw "{users[user]}" {user}' for user in users),
            *(f"ktadd -norandkey -k {folder}/{user}.keytab {user}" for user in users),
            *(
                query
                for host in hosts
                for service in SERVICES
                for query in (
                    f"addprinc -randkey {service}/{host}",
                    f"ktadd -k {folder}/servers.keytab {service}/{host}",
                )
            ),
        )

    @property
    def environment(self) -> dict[str, str]:
        """What a program needs to see this realm and no other."""
        return {
            "KRB5_CONFIG": str(self.folder / "krb5.conf"),
            "KRB5_KDC_PROFILE": str(self.folder / "kdc.conf"),
            "KRB5_KTNAME": f"FILE:{self.folder}/servers.keytab",
            "KRB5RCACHENAME": "none:",
        }

    def start(self) -> None:
        """Start the KDC and wait until it answers."""
        log = (self.folder / "kdc.out").open("ab")
        command = [tool("krb5kdc"), "-n", "-r", REALM]
        environment = {**os.environ, **self.environment}
        self._process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError(f"the KDC does not answer: {(self.folder / 'kdc.out').read_text(encoding='utf-8')}")

    def stop(self) -> None:
        """Stop the KDC; may be called more than once."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGTERM)
            process.wait(20)

    def ticket(self, user: str, password: str, *arguments: str) -> dict[str, str]:
        """A ticket cache that is there before a task runs, as the environment variable that names it."""
        cache = self.folder / f"cache-{secrets.token_hex(4)}"
        self._call("kinit", "-c", str(cache), *arguments, user, text=password + "\n")
        return {"KRB5CCNAME": f"FILE:{cache}"}

    def _call(self, name: str, *arguments: str, text: str | None = None) -> str:
        done = subprocess.run(
            [tool(name), *arguments],
            input=text,
            env={**os.environ, **self.environment},
            text=True,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{name}: {done.stdout}{done.stderr}")
        return done.stderr

    def _administer(self, *queries: str) -> None:
        """kadmin.local takes one query a line and goes on after a mistake, so what it says decides."""
        said = self._call("kadmin.local", "-r", REALM, text="\n".join(queries) + "\n")
        trouble = [line for line in said.splitlines() if line and not line.startswith(("No policy", "Authenticating"))]
        if trouble:
            raise RuntimeError("kadmin.local: " + "\n".join(trouble))
