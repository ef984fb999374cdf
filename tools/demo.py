# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replace a license server of a simulated fleet, and show every step of it to the user."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parent.parent
FLEETS = ROOT / "tests" / "simulator" / "fleets"
PLAYBOOK = "winfleet.rd_licensing.replace_source_server"
START_SECONDS = 15


class DemoError(Exception):
    """Something did not go as shown; one line."""


def main() -> int:
    """Entry point; gives the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connection", choices=["winrm", "psrp"], default="winrm", help="connection plugin to use")
    arguments = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="rd-licensing-demo-") as place:
            demonstrate(pathlib.Path(place), arguments.connection)
    except DemoError as error:
        print(f"\nThe demonstration failed: {error}", file=sys.stderr)
        return 1
    return 0


def demonstrate(place: pathlib.Path, connection: str) -> None:
    """The whole story, in a directory that is thrown away afterwards."""
    say(
        "A small fleet, simulated",
        "rdls01 is an old Remote Desktop license server: it holds 250 per user CALs of an enterprise agreement and a",
        "retail pack of 50 per device CALs. rdls02 is new and empty. Both are simulated Windows servers on this",
        "machine, reached over real HTTP with NTLM and encrypted messages, with the settings of Ansible's connection",
        f"plugin {connection}.",
    )
    with simulated_fleet(place) as ready:
        inventory = place / "inventory.yml"
        inventory.write_text(module("inventory", str(ready), "--connection", connection), encoding="utf-8")
        journal = place / "state" / "journal.jsonl"
        show_cals("The CALs before, read by another WS-Man client (pypsrp)", ready)

        changing, recap = play("1. Dry run: what would happen?", inventory, journal, "--check", "--diff")
        print(f"\nOf all messages the two servers received, {changing} changed anything.")
        expect(changing == 0, "the dry run changed something")

        changing, recap = play("2. Real run: the same differences, and now they happen", inventory, journal, "--diff")
        expect(changing > 0 and "failed=0" in recap, "the real run did not go through")

        changing, recap = play("3. Second run: nothing is left to do", inventory, journal, "--diff")
        expect(changing == 0 and "changed=0" in recap, "the second run changed something")

        show_cals("The CALs after, read by the same other client", ready)
    say(
        "That was it",
        "Every CAL is on exactly one server, and the record on rdls02 knows which purchase each key pack came from.",
        "The simulated servers are stopped and their files removed. README.md shows how to do this to real ones.",
    )


@contextlib.contextmanager
def simulated_fleet(place: pathlib.Path) -> Iterator[pathlib.Path]:
    """The running fleet's ready file; the fleet is stopped whatever happens."""
    ready, log = place / "ready.json", place / "simulator.log"
    command = [sys.executable, "-m", "tests.simulator", str(FLEETS / "replace.yml")]
    command += ["--state-dir", str(place / "state"), "--ready-file", str(ready)]
    with log.open("w") as output, subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output) as process:
        try:
            deadline = time.monotonic() + START_SECONDS
            while not ready.exists():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise DemoError(f"the simulated fleet did not start: {log.read_text()[-500:]}")
                time.sleep(0.05)
            yield ready
        finally:
            process.terminate()


def play(title: str, inventory: pathlib.Path, journal: pathlib.Path, *options: str) -> tuple[int, str]:
    """Run the playbook in front of the reader; gives the number of changing messages and the recap line."""
    variables = [ROOT / "tests" / "demo" / "purchases.yml", FLEETS / "replace-purchases.yml"]
    files = [word for path in variables for word in ("-e", f"@{path.relative_to(ROOT)}")]
    say(title, f"$ ansible-playbook {PLAYBOOK} -i inventory.yml {' '.join([*files, *options])}")
    before = journal.stat().st_size
    environment = {
        **os.environ,
        "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
        "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false",
        "ANSIBLE_NOCOWS": "true",
    }
    if sys.stdout.isatty():
        environment["ANSIBLE_FORCE_COLOR"] = "true"
    command = [str(pathlib.Path(sys.executable).parent / "ansible-playbook"), PLAYBOOK]
    recap = ""
    with subprocess.Popen(
        [*command, "-i", str(inventory), *files, *options],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            recap = line if "unreachable=" in line else recap
    expect(process.returncode == 0, f"ansible-playbook ended with {process.returncode}")
    return changing_messages(journal, before), recap


def changing_messages(journal: pathlib.Path, start: int) -> int:
    """How many messages since a position of the simulator's journal changed something."""
    with journal.open(encoding="utf-8") as lines:
        lines.seek(start)
        return sum(1 for line in lines if json.loads(line)["changed"])


def show_cals(title: str, ready: pathlib.Path) -> None:
    """The CAL tables of both servers, as the independent reader prints them."""
    say(title)
    print(module("reader", str(ready)), end="")


def module(name: str, *arguments: str) -> str:
    """What a program of the simulator prints."""
    command = [sys.executable, "-m", f"tests.simulator.{name}", *arguments]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    expect(done.returncode == 0, f"tests.simulator.{name}: {done.stderr.strip()[-500:]}")
    return done.stdout


def expect(true: bool, otherwise: str) -> None:
    """Raises DemoError with the text unless it is true."""
    if not true:
        raise DemoError(otherwise)


def say(title: str, *lines: str) -> None:
    """A heading and what it is about."""
    bold, plain = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")
    print(f"\n{bold}{title}{plain}\n{'=' * len(title)}")
    for line in lines:
        print(line)
    print(flush=True)


if __name__ == "__main__":
    sys.exit(main())
