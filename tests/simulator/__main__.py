# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start a fleet: python -m tests.simulator FLEET.yml --state-dir DIR [--ready-file FILE]."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from tests.simulator.doors import Doors
from tests.simulator.model.loading import load_fleet
from tests.simulator.model.plain import PlainError
from tests.simulator.simulation import Simulation


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulator", description="A simulated fleet")
    parser.add_argument("fleet", type=Path, metavar="FLEET.yml")
    parser.add_argument("--state-dir", type=Path, required=True, help="state, journals, certificates")
    parser.add_argument("--ready-file", type=Path, help="written when all listeners are up")
    parser.add_argument(
        "--processes", type=int, default=1, metavar="N", help="for the listeners; the engine has its own"
    )
    arguments = parser.parse_args()
    try:
        simulation = Simulation(load_fleet(arguments.fleet), arguments.state_dir.resolve(), arguments.processes)
        simulation.start()
        doors = Doors(simulation)
    except (PlainError, OSError) as error:
        print(f"simulator: {error}", file=sys.stderr)
        return 1
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    if arguments.ready_file is not None:
        simulation.write_ready(arguments.ready_file, doors.urls)
    print(f"simulator: {len(simulation.fleet.servers)} servers, control at {doors.urls['control_url']}", flush=True)
    stopping.wait()
    doors.close()
    simulation.stop()
    if arguments.ready_file is not None:
        arguments.ready_file.unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
