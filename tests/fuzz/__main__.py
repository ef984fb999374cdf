# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fuzz the reading of responses: python -m tests.fuzz [--seconds N] [--seed N] [--mutator].

With atheris where it is installed (coverage-guided), else with the seeded mutator. What breaks something is written to
.build/fuzz.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import subprocess
import sys
import time
from pathlib import Path

from tests.fuzz import coverage_guided
from tests.fuzz.mutation import Mutator
from tests.fuzz.targets import READINGS, corpus, read

FINDINGS = Path(__file__).resolve().parents[2] / ".build" / "fuzz"


def mutate(seconds: float, seed: int) -> int:
    """Read mutated documents for some seconds; the number of different findings."""
    mutator, names = Mutator(list(corpus()), seed), list(READINGS)
    started, executions, slowest = time.monotonic(), 0, 0.0
    findings: dict[str, bytes] = {}
    while time.monotonic() - started < seconds:
        name, document = mutator.choose(names), mutator.document()
        began = time.perf_counter()
        try:
            read(name, document)
        except Exception as error:
            findings.setdefault(f"{name}: {type(error).__name__}: {str(error)[:200]}", document)
        slowest = max(slowest, time.perf_counter() - began)
        executions += 1
    for text, document in findings.items():
        path = FINDINGS / f"{hashlib.sha256(document).hexdigest()[:16]}.xml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(document)
        print(f"{text}\n  {path}")
    print(f"seed {seed}: {executions} executions, slowest {slowest * 1000:.0f} ms, {len(findings)} findings")
    return len(findings)


def main() -> int:
    """Fuzz; 1 when something was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzz the reading of responses")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mutator", action="store_true", help="the seeded mutator, even if atheris is installed")
    arguments = parser.parse_args()
    if arguments.mutator or importlib.util.find_spec("atheris") is None:
        return 1 if mutate(arguments.seconds, arguments.seed) else 0
    FINDINGS.mkdir(parents=True, exist_ok=True)
    places = coverage_guided.prepare(FINDINGS)
    # A process of its own: atheris ends the one it runs in.
    command = [sys.executable, "-m", "tests.fuzz.coverage_guided", *map(str, places)]
    options = [
        f"-max_total_time={arguments.seconds:g}",
        f"-seed={arguments.seed}",
        "-max_len=20000",
        "-rss_limit_mb=1024",
    ]
    return subprocess.call([*command, *options, f"-artifact_prefix={FINDINGS}/"])  # noqa: S603  # our own interpreter


if __name__ == "__main__":
    sys.exit(main())
