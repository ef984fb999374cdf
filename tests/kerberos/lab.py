# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A realm, a fleet and a place for tasks: runs one case after the other and says what is wrong with it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trustme

from tests.kerberos.realm import REALM, Realm

USER, PASSWORD = "rdls-admin", "Simulated-Only-1"
OTHER, OTHER_PASSWORD = "second", "Pässwörd-€-1"
PLAIN, PLAIN_PASSWORD = "plain", "Simulated-Only-2"
STRANGER, STRANGER_PASSWORD = "stranger", "Simulated-Only-3"
EXPIRED, EXPIRED_PASSWORD = "expired", "Simulated-Only-4"
PASSWORDS = {
    USER: PASSWORD,
    OTHER: OTHER_PASSWORD,
    PLAIN: PLAIN_PASSWORD,
    STRANGER: STRANGER_PASSWORD,
    EXPIRED: EXPIRED_PASSWORD,
}
_OFFER = "{http: {offer: [negotiate, credssp]}, https: {offer: [negotiate, credssp, basic, certificate]}}"
FLEET = f"""
domain: {{name: {REALM.lower()}, netbios: WINFLEET}}
users:
  {USER}: {{password: {PASSWORD}, administrator: true, domain: true, domain_admin: true, certificate: true}}
  {OTHER}: {{password: "{OTHER_PASSWORD}", administrator: true, domain: true}}
  {PLAIN}: {{password: {PLAIN_PASSWORD}, administrator: false, domain: true}}
servers:
  rdls01:
    activated: true
    behaviour: {{double_hop_refused: true}}
    listeners: {_OFFER}
    key_packs: [{{purchase: headquarters, quantity: 250}}]
  rdls02: {{activated: true, listeners: {_OFFER}}}
  no-role: {{role_installed: false, listeners: {_OFFER}}}
  corrupt: {{activated: true, corrupt_database: true, listeners: {_OFFER}}}
clearinghouse:
  purchases:
    headquarters:
      {{program: enterprise, agreement_number: "1234567", product_version: windows_server_2022, cal_type: per_user,
        quantity: 250}}
"""
INFO = "winfleet.rd_licensing.license_server_info"
_START_SECONDS = 90.0
# A worker of ansible-playbook is a session of its own: where nothing tells it to end, it ends with its task.
_REMOVAL_SECONDS = 30.0


@dataclass(frozen=True)
class Case:
    """One task with one way of connecting.

    Attributes:
        group: heading of the table that it belongs to.
        expected: SUCCESS, CHANGED, FAILED or UNREACHABLE, as Ansible prints it.
        says: regular expression that the message, or a warning, has to match.
        shows: regular expression that the whole output has to match.
        seen: facts of the last handshake that the fleet noted (fleet.py).
        source: connection variables of rdls01, where the task migrates from it to another server.
    """

    group: str
    name: str
    expected: str
    settings: Mapping[str, Any]
    says: str = ""
    server: str = "rdls01"
    module: str = INFO
    options: Mapping[str, Any] = field(default_factory=lambda: {"gather": ["server"]})
    environment: Mapping[str, str] = field(default_factory=dict)
    source: Mapping[str, Any] | None = None
    seen: Mapping[str, Any] = field(default_factory=dict)
    shows: str = ""


@dataclass(frozen=True)
class Outcome:
    """What came of a case. `wrong` is empty if it is as expected."""

    case: Case
    result: str
    message: str
    handshake: str
    wrong: str


class Lab:
    """All that a run needs, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self._trace = folder / "trace.jsonl"
        (folder / "fleet.yml").write_text(FLEET, encoding="utf-8")
        self.realm = Realm(folder / "realm", ["localhost"], PASSWORDS, [EXPIRED])
        self.realm.start()

    @contextmanager
    def fleet(self, *options: str) -> Iterator[dict[str, Any]]:
        """The running fleet; gives what its ready file says."""
        ready = self.folder / "ready.json"
        command = [sys.executable, "-m", "tests.kerberos.fleet", str(self.folder / "fleet.yml")]
        command += ["--state-dir", str(self.folder / "state"), "--ready-file", str(ready), "--trace", str(self._trace)]
        environment = {**os.environ, **self.realm.environment}
        process = subprocess.Popen([*command, *options], env=environment, stdout=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + _START_SECONDS
            while not ready.exists():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("the simulated fleet did not start")
                time.sleep(0.05)
            yield json.loads(ready.read_text(encoding="utf-8"))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)

    def run(self, case: Case) -> Outcome:
        """Run one task by `ansible`, and compare."""
        hosts = {case.server: case.settings, **({"rdls01": case.source} if case.source else {})}
        inventory = self.folder / "inventory.json"
        inventory.write_text(json.dumps({"all": {"hosts": hosts}}), encoding="utf-8")
        self._trace.write_text("", encoding="utf-8")
        command = [str(Path(sys.executable).parent / "ansible"), case.server, "-i", str(inventory)]
        done = subprocess.run(
            [*command, "-m", case.module, "-a", json.dumps(case.options)],
            env=self._environment(case),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        notes = [json.loads(line) for line in self._trace.read_text(encoding="utf-8").splitlines()]
        result, message = _result(case, done.stdout, done.stderr)
        wrong = [*_differences(case, result, message, done.stdout + done.stderr, notes), *self._remaining_files()]
        return Outcome(case, result, self._stable(message), _handshake(notes), "; ".join(wrong))

    def interrupt(self, case: Case, ready: Mapping[str, Any], stop: signal.Signals) -> Outcome:
        """A signal while the task holds a ticket and waits for the server: the ticket must not stay."""
        delay = json.dumps({"what": "delay", "server": case.server, "seconds": 8}).encode()
        request = urllib.request.Request(f"{ready['control_url']}/misbehave", method="POST", data=delay)  # noqa: S310
        urllib.request.urlopen(request, timeout=10).close()  # noqa: S310  # the fleet's own door
        inventory = self.folder / "inventory.json"
        inventory.write_text(json.dumps({"all": {"hosts": {case.server: case.settings}}}), encoding="utf-8")
        command = [str(Path(sys.executable).parent / "ansible"), case.server, "-i", str(inventory), "-m", case.module]
        process = subprocess.Popen(
            command,
            env=self._environment(case),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + _START_SECONDS
        while not any(cache.stat().st_size for cache in self._caches()):
            if time.monotonic() > deadline:
                raise RuntimeError("the task got no ticket")
            time.sleep(0.1)
        os.killpg(process.pid, stop)
        process.wait(_START_SECONDS)
        deadline = time.monotonic() + _REMOVAL_SECONDS
        while (left := self._caches()) and time.monotonic() < deadline:
            time.sleep(0.05)
        # Ansible's own temporary folder, empty of tickets, stays where nothing of Ansible gets to run.
        self._remaining_files()
        return Outcome(case, "INTERRUPTED", "", "", f"not removed: {left}" if left else "")

    def _caches(self) -> list[Path]:
        """The ticket caches that tasks hold, or have left."""
        return [
            path for folder in self.folder.rglob("krb5cc_*") for path in (folder, *folder.rglob("*")) if path.is_file()
        ]

    def foreign_certificate(self) -> str:
        """A client certificate with its key, of a CA that no server knows."""
        path = self.folder / "foreign.pem"
        issued = trustme.CA().issue_cert(f"{USER}@{REALM.lower()}")
        path.write_bytes(issued.private_key_and_cert_chain_pem.bytes())
        return str(path)

    def _environment(self, case: Case) -> dict[str, str]:
        """Nothing of the caller's own settings for Ansible, Kerberos and proxies."""
        foreign = ("ANSIBLE_", "KRB5", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
        kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(foreign)}
        own = {
            "ANSIBLE_COLLECTIONS_PATH": os.environ.get("ANSIBLE_COLLECTIONS_PATH", ""),
            "ANSIBLE_HOME": str(self.folder / "ansible-home"),
            "HOME": str(self.folder),
            "KRB5_CONFIG": self.realm.environment["KRB5_CONFIG"],
            "TMPDIR": str(self.temporary),
            "no_proxy": "*",
            "NO_PROXY": "*",
        }
        return {**kept, **own, **case.environment}

    def _remaining_files(self) -> list[str]:
        """Files that a task left, tickets above all; removed for the next case."""
        places = [self.temporary, self.folder / "ansible-home" / "tmp"]
        left = [path for place in places if place.exists() for path in place.iterdir()]
        for path in left:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        return [f"not removed: {', '.join(path.name for path in left)}"] if left else []

    def _stable(self, message: str) -> str:
        """The message without what is another one in each run."""
        text = message.replace(str(self.folder), "FOLDER")
        return re.sub(r"(localhost|127\.0\.0\.1):\d+", r"\1:PORT", text)


def _result(case: Case, shown: str, warned: str) -> tuple[str, str]:
    """Ansible's word for what happened, and the message or else the warnings."""
    state = re.search(rf"^{case.server} \| (\w+)", shown, re.MULTILINE)
    message = re.search(r'"msg": "((?:[^"\\]|\\.)*)"', shown)
    if message:
        return (state.group(1) if state else "?"), json.loads(f'"{message.group(1)}"')
    joined = " ".join(warned.split())
    warnings = re.findall(r"\[WARNING\]: (.*?)(?=\[WARNING\]|$)", joined)
    own = [each.strip() for each in warnings if each.startswith((*PASSWORDS, "rdls0"))]
    return (state.group(1) if state else "?"), " ".join(own)


def _differences(case: Case, result: str, message: str, output: str, notes: list[dict[str, Any]]) -> list[str]:
    wrong = [] if result in case.expected.split("|") else [f"{result} instead of {case.expected}"]
    if case.says and not re.search(case.says, message):
        wrong.append("the message does not match")
    if case.shows and not re.search(case.shows, output):
        wrong.append("the output does not match")
    if "\n" in message:
        wrong.append("a message of several lines")
    if any(password in output for password in PASSWORDS.values()):
        wrong.append("THE PASSWORD IS SHOWN")
    last = notes[-1] if notes else {}
    wrong += [f"{name} was {last.get(name)}" for name, value in case.seen.items() if last.get(name) != value]
    return wrong


def _handshake(notes: list[dict[str, Any]]) -> str:
    """What the server knew of its client: mechanism, service principal, delegation, channel binding."""
    last = next((each for each in reversed(notes) if "mechanism" in each), None)
    if last is None:
        return ""
    kind, mechanism = last["kind"], str(last["mechanism"])
    words = [f"credssp ({mechanism})" if kind == "credssp" else mechanism]
    if last.get("spn"):
        words.append(str(last["spn"]).partition("@")[0])
    words += [word for word, name in (("delegated", "delegated"), ("bound to the channel", "bound")) if last.get(name)]
    return ", ".join(words)
