# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run all cases and print each; with --write, put the table into docs/connections-tested.md."""

from __future__ import annotations

import argparse
import http.server
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.kerberos import cases
from tests.kerberos.lab import Case, Lab, Outcome

PAGE = Path(__file__).resolve().parents[2] / "docs" / "connections-tested.md"
HEADER = """\
<!--
Copyright (c) 2026, Winfleet contributors
SPDX-License-Identifier: GPL-3.0-or-later
Written by "make kerberos-page". Changes by hand are lost.
-->

# Connections that are tested

Each row is one task against the simulated fleet, whose listeners use real peers: an MIT KDC, GSSAPI with a keytab,
CredSSP and NTLM of pyspnego, TLS of OpenSSL. No Windows takes part. `make test-kerberos` runs them all and fails if a
result, a handshake or a message is another one than expected. *Handshake* is what the server saw.

`SUCCESS` and `CHANGED` mean that the task did its work, `UNREACHABLE` that the host cannot be reached or does not
accept the credentials, `FAILED` everything else.
"""


@contextmanager
def refusing_proxy() -> Iterator[int]:
    """The port of a proxy that allows nothing."""

    class Refusing(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            self.send_response(403)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_CONNECT(self) -> None:
            self.send_error(403)

        def log_message(self, format: str, *args: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def all_outcomes(lab: Lab, only: str) -> Iterator[Outcome]:
    """Runs the cases whose group or name holds the text."""

    def run(wanted: Iterable[Case]) -> Iterator[Outcome]:
        for case in wanted:
            if only in f"{case.group}: {case.name}":
                yield lab.run(case)

    with lab.fleet() as ready, refusing_proxy() as proxy:
        yield from run(cases.by_winrm(ready))
        yield from run(cases.by_tickets(lab, ready))
        yield from run(cases.by_names(ready))
        yield from run(cases.by_accounts(ready))
        yield from run(cases.by_psrp(lab, ready))
        yield from run(cases.credssp(ready))
        yield from run(cases.others(ready))
        yield from run(cases.files(lab, ready))
        yield from run(cases.proxies(ready, proxy))
        for name, stop in cases.STOPS.items():
            case = replace(cases.interrupted(ready), name=f"{name}: the ticket is removed")
            if only in f"{case.group}: {case.name}":
                yield lab.interrupt(case, ready, stop)
    with lab.fleet("--kerberos-only") as ready:
        yield from run(cases.kerberos_only(ready))
    with lab.fleet("--bindings", "demand") as ready:
        yield from run(cases.bound(ready))
    lab.realm.stop()
    with lab.fleet() as ready:
        yield from run(cases.without_kdc(ready))


def page(outcomes: list[Outcome]) -> str:
    """The page with one table for each group."""
    lines = [HEADER]
    for group in dict.fromkeys(outcome.case.group for outcome in outcomes):
        lines += [f"## {group}", "", "| configuration | result | handshake | message |", "|---|---|---|---|"]
        for each in (outcome for outcome in outcomes if outcome.case.group == group):
            message = each.message.replace("|", "\\|").replace("<", "&lt;")
            lines.append(f"| {each.case.name} | {each.result} | {each.handshake} | {message} |")
        lines.append("")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.kerberos", description=__doc__)
    parser.add_argument("--only", default="", help="cases with this text in their group or name")
    parser.add_argument("--keep", action="store_true", help="keep the folder")
    parser.add_argument("--write", action="store_true", help="write docs/connections-tested.md")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="kerberos-"))
    lab = Lab(folder)
    outcomes = []
    try:
        for outcome in all_outcomes(lab, arguments.only):
            outcomes.append(outcome)
            print(f"{'WRONG' if outcome.wrong else 'ok':6} {outcome.case.group}: {outcome.case.name}", flush=True)
            if outcome.wrong:
                print(f"       {outcome.wrong}\n       message: {outcome.message}", flush=True)
    finally:
        lab.realm.stop()
        if not arguments.keep:
            shutil.rmtree(folder, ignore_errors=True)
    wrong = sum(bool(outcome.wrong) for outcome in outcomes)
    print(f"Kerberos: {len(outcomes)} connections, {wrong} wrong")
    if arguments.write and not wrong and not arguments.only:
        PAGE.write_text(page(outcomes), encoding="utf-8")
    return 1 if wrong or not outcomes else 0


if __name__ == "__main__":
    sys.exit(main())
