# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A license server and a session host in memory, probed; and the forms of reads that the probe sends to them.

usage: python -m tests.integration.probe_fleet DIRECTORY

prints each form of a read that the tests have written to the directory, and fails where the probe lacks one.
"""

from __future__ import annotations

import copy
import datetime
import sys
from pathlib import Path
from typing import Any

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.assumption import Evidence
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.judgement import judge
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.reads import HOST, SERVER, make_reads
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.recorder import (
    Exchange,
    RecordingTransport,
)

from tests.integration.test_health_catalogue import license_server, session_host
from tests.simulator.control.read_forms import collected
from tests.unit.engine_session import EngineFleet

Row = dict[str, Any]
SUBJECTS = {"ls": (SERVER,), "host": (HOST,)}


def fleet_with(server: Row | None = None, host: Row | None = None) -> dict[str, Row]:
    """A healthy pair, with something changed."""
    ls = license_server()
    ls["reports"] = ["Report"]
    ls["registered_to_scp"] = True
    servers = {"ls": ls, "host": session_host()}
    for name, change in (("ls", server), ("host", host)):
        for key, value in copy.deepcopy(change or {}).items():
            if isinstance(value, dict) and isinstance(servers[name].get(key), dict):
                servers[name][key].update(value)
            else:
                servers[name][key] = value
    return servers


class ProbedServer:
    """One server of a fleet in memory, and what a probe of it gives."""

    def __init__(self, fleet: EngineFleet, name: str) -> None:
        recorders: list[RecordingTransport] = []

        def record(inner: Any) -> RecordingTransport:
            recorders.append(RecordingTransport(inner))
            return recorders[0]

        self.session = fleet.session(name, wrap=record)
        self.recorder = recorders[0]
        self.subjects = SUBJECTS[name]
        self.results = make_reads(self.session, self.recorder, self.subjects)

    @property
    def exchanges(self) -> list[Exchange]:
        """Its messages."""
        return self.recorder.exchanges

    def rows(self) -> list[Row]:
        """What is judged of it."""
        now = datetime.datetime.now(datetime.timezone.utc)
        return judge(Evidence(self.results, self.exchanges, now), self.subjects)


def probed(servers: dict[str, Row], name: str) -> tuple[list[Row], list[Exchange]]:
    """The rows of a probe of one server in memory, and its messages."""
    server = ProbedServer(EngineFleet(servers), name)
    return server.rows(), server.exchanges


def differing(rows: list[Row]) -> set[str]:
    """IDs of the assumptions that do not hold."""
    return {row["id"] for row in rows if row["state"] == "differs"}


def probed_forms() -> set[str]:
    """The forms of reads that the probe sends to a license server and to a session host."""
    # More issued CALs than the probe reads, so that it gives up the rest.
    issued = [{"key_pack_id": 5, "computer": "PC", "hardware_id": "h", "count": 3000}]
    fleet = EngineFleet(fleet_with(server={"issued_licenses": issued}))
    for name in SUBJECTS:
        ProbedServer(fleet, name)
    return fleet.engine.read_forms.seen


def main(directory: Path) -> int:
    """Print each form; 1 if one is missing."""
    seen, sent = collected(directory), probed_forms()
    sys.stdout.writelines(f"{form}\n" if form in sent else f"missing: {form}\n" for form in sorted(seen))
    return 1 if seen - sent else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
