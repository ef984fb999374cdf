# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Print what each module costs: HTTP requests, bytes and milliseconds, against the simulated fleet.

usage: python -m tools.benchmark [--runs N] [--hosts N] [--report SERVERS --cals N]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration import fleet_read, growth, large_fleet, large_report
from tests.integration.fleet import USERS, Fleet
from tests.integration.playbook import Outcome, task
from tests.integration.purchases import CLEARINGHOUSE, purchase

FLEET = f"""{USERS}
servers:
  rdls01:
    windows_release: "2022"
    activated: true
    contact: {{FirstName: Rosa, LastName: Example, Company: Winfleet Example, CountryRegion: Germany}}
    key_packs:
      - {{purchase: enterprise, quantity: 250, issued: 231}}
      - {{purchase: retail, quantity: 50, issued: 12}}
  rdls02: {{windows_release: "2025", activated: true}}
  rdsh01: {{role_installed: false, session_host: {{licensing_type: "4", license_servers: [rdls01.winfleet.example]}}}}
{CLEARINGHOUSE}"""

EVERYTHING = [
    "server",
    "activation",
    "windows_release",
    "key_packs",
    "connection_method",
    "active_directory",
    "operations",
]
METHOD = {"connection_method": "automatic"}
INSTALL = {"purchases": [purchase("select")]}
MIGRATION = {
    "source": {"host": "rdls01"},
    "reason": "source_is_being_replaced",
    "purchases": [purchase("enterprise"), purchase("retail")],
    "remove_from_source": True,
}
REBUILD = {
    "change_id": "CHG-1",
    "reason": "Measuring it",
    "confirm_deletion": True,
    "purchases": [purchase("enterprise"), purchase("retail"), purchase("select", quantity=20)],
}
REPOINTED = {"license_servers": ["rdls02.winfleet.example"]}
# In this order, on rdls02 unless they say otherwise. The record there grows from task to task, as it does in life.
TASKS = [
    task("license_server_info", "license_server_info"),
    task("connection_method, set", "connection_method", METHOD),
    task("connection_method, unchanged", "connection_method", METHOD),
    task(
        "license_server, two contact fields set", "license_server", {"contact": {"city": "Ulm", "postal_code": "89073"}}
    ),
    task("license_server, unchanged", "license_server", {"contact": {"city": "Ulm", "postal_code": "89073"}}),
    task("key_pack, dry run", "key_pack", INSTALL, check_mode=True),
    task("key_pack, one purchase installed", "key_pack", INSTALL),
    task("key_pack, unchanged", "key_pack", INSTALL),
    task("cal_migration, dry run", "cal_migration", MIGRATION, check_mode=True),
    task("cal_migration, two purchases moved", "cal_migration", MIGRATION),
    task("cal_migration, unchanged", "cal_migration", MIGRATION),
    task("key_pack, reduced", "key_pack", {"state": "reduced", "key_pack_id": 4, "quantity": 20}),
    task("database_rebuild, three purchases", "database_rebuild", REBUILD),
    task("database_rebuild, unchanged", "database_rebuild", REBUILD),
    task("license_server_info, everything", "license_server_info", {"gather": EVERYTHING}),
    task("session_host_info", "session_host_info", delegate_to="rdsh01"),
    task("session_host, repointed", "session_host", REPOINTED, delegate_to="rdsh01"),
    task("session_host, unchanged", "session_host", REPOINTED, delegate_to="rdsh01"),
]
WAYS = {"https": "Basic over HTTPS", "http": "NTLM over HTTP, messages encrypted"}

HOW = """\
How this was measured: one playbook with these tasks in this order was run {runs} times against the simulated fleet, on
this machine over loopback, each time from the same beginning; the middle value of each number is shown. Requests and
bytes are what the simulated servers count as HTTP: headers and body, both servers of a migration together, without TLS
and TCP. "sent" is what the controller sends. Milliseconds are from the start of a task to its result, so that Ansible's
own work, such as starting a process for the task, is part of them, and so is the simulated server's; a real server and
a real network take their own time, and the simulated Clearinghouse answers at once.
"""


@dataclass(frozen=True)
class Cost:
    """What one run of one task cost."""

    requests: float
    sent: float
    received: float
    milliseconds: float

    @classmethod
    def of(cls, outcome: Outcome) -> Cost:
        """What a task cost according to the servers' own count."""
        return cls(
            len(outcome.requests),
            sum(request["received"] for request in outcome.requests),
            sum(request["sent"] for request in outcome.requests),
            outcome.seconds * 1000,
        )


def middle(costs: Sequence[Cost]) -> Cost:
    """The middle of several runs, each number by itself."""
    return Cost(
        statistics.median(cost.requests for cost in costs),
        statistics.median(cost.sent for cost in costs),
        statistics.median(cost.received for cost in costs),
        statistics.median(cost.milliseconds for cost in costs),
    )


def measure(fleet: Fleet, scheme: str, runs: int) -> dict[str, Cost]:
    """The costs of every task over one kind of connection."""
    costs: dict[str, list[Cost]] = {}
    for _round in range(runs):
        fleet.reset()
        run = fleet.play(*TASKS, hosts="rdls02", scheme=scheme).succeeded()
        for outcome in run.outcomes:
            costs.setdefault(outcome.task, []).append(Cost.of(outcome))
    return {name: middle(found) for name, found in costs.items()}


def table(costs: dict[str, Cost]) -> str:
    """Lines of a table."""
    width = max(len(name) for name in costs)
    header = ["task".ljust(width), "requests", "bytes sent", "bytes received", "milliseconds"]
    lines = ["  ".join(header)]
    for name, cost in costs.items():
        numbers: Iterable[Any] = (cost.requests, cost.sent, cost.received, cost.milliseconds)
        cells = [f"{number:{len(title)}.0f}" for number, title in zip(numbers, header[1:], strict=True)]
        lines.append("  ".join([name.ljust(width), *cells]))
    return "\n".join(lines)


def large(hosts: int, directory: Path) -> str:
    """What the packaged playbook costs over a large inventory before it has spoken to a server."""
    checks = large_fleet.measure_checks(hosts, directory)
    return large_fleet.describe(hosts, checks, large_fleet.measure_first_contact(hosts, directory))


def with_fleet(text: str, directory: Path, describe: Callable[[Fleet], str]) -> str:
    """A description of what was measured against a fleet of its own."""
    fleet = Fleet(text, directory)
    fleet.start()
    try:
        return describe(fleet)
    finally:
        fleet.stop()


def main() -> int:
    """Entry point; gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.benchmark", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=5, help="how often each playbook is run (default: 5)")
    parser.add_argument("--hosts", type=int, default=5000, help="size of the large inventory (default: 5000)")
    parser.add_argument(
        "--report", type=int, metavar="SERVERS", help="measure only a fleet_report on that many servers"
    )
    parser.add_argument("--cals", type=int, default=10_000, help="issued CALs of each of them (default: 10000)")
    parser.add_argument(
        "--read", type=int, default=200, help="servers that are read one by one and at once (default: 200)"
    )
    arguments = parser.parse_args()
    if arguments.report:
        with tempfile.TemporaryDirectory(prefix="rd-licensing-benchmark-") as directory:
            print(large_report.describe(large_report.measure(arguments.report, arguments.cals, Path(directory))))
        return 0
    runs = max(1, arguments.runs)
    with tempfile.TemporaryDirectory(prefix="rd-licensing-benchmark-") as directory:
        there = Path(directory)

        def of_modules(fleet: Fleet) -> str:
            return "\n".join(f"\n{title}\n\n{table(measure(fleet, scheme, runs))}" for scheme, title in WAYS.items())

        def of_reading(fleet: Fleet) -> str:
            return fleet_read.describe(fleet, arguments.read, there)

        print(with_fleet(FLEET, there / "modules", of_modules), flush=True)
        print(f"\nWhat grows\n\n{with_fleet(growth.FLEET, there / 'growth', growth.describe)}", flush=True)
        print(
            f"\nSecond run of a role\n\n{with_fleet(growth.ROLES, there / 'roles', growth.describe_roles)}", flush=True
        )
        print(f"\n{arguments.read} servers\n\n{with_fleet(fleet_read.FLEET, there / 'read', of_reading)}", flush=True)
        print(
            f"\nreplace_source_server over a large inventory\n\n{large(arguments.hosts, Path(directory))}", flush=True
        )
    print(f"\n{HOW.format(runs=runs)}", end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
