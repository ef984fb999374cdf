# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the tests, all parts or those named, and tell at the end what was run, how long it took and what failed.

usage: run_tests.py [unit] [simulator] [universe] [plan_apply] [integration] [fuzz] [molecule]

Every part is run even when an earlier one fails. A part without tests fails, and so does one that skips any: nothing is
passed over in silence. At the end, every form of a read that reached a simulated server in any part must be one that
the probe sends as well.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / ".build" / "results"
PYTEST_PARTS = {
    "unit": "tests/unit",
    "simulator": "tests/simulator_tests",
    "universe": "tests/universe",
    "plan_apply": "tests/plan_apply",
    "integration": "tests/integration",
    "fuzz": "tests/fuzz",
}
# Tests of one file are alike there, and many: they are spread over the workers.
SPREAD = ("universe", "plan_apply", "fuzz")
# These test the simulator itself, in each of its dialects, and what mutated responses do: no message of a module.
WITHOUT_FLEETS = ("simulator", "fuzz")
READ_FORMS = RESULTS / "read-forms"
SCENARIOS = ROOT / "extensions" / "molecule"
# As many pytest workers and Molecule scenarios at a time as there are cores, within reason.
WORKERS = max(1, min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2))


@dataclass(frozen=True)
class Result:
    """What became of one part: numbers of tests (or scenarios), seconds, and what else is wrong with it."""

    name: str
    passed: int
    failed: int
    seconds: float
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Whether the part has tests and all of them passed."""
        return not self.failed and not self.problem

    def __str__(self) -> str:
        """One line of the summary."""
        state = "ok    " if self.ok else "FAILED"
        numbers = f"{self.passed:5d} passed, {self.failed:3d} failed  {self.seconds:6.1f} s"
        return f"{state}  {self.name:<12}{numbers}  {self.problem}".rstrip()


def read_report(path: Path) -> tuple[int, int, int]:
    """Passed, failed and skipped tests in a JUnit report; a report that pytest did not get to write counts none."""
    if not path.is_file():
        return 0, 0, 0
    suites = list(ET.parse(path).getroot().iter("testsuite"))
    total, skipped = (sum(int(suite.get(key, 0)) for suite in suites) for key in ("tests", "skipped"))
    failed = sum(int(suite.get("failures", 0)) + int(suite.get("errors", 0)) for suite in suites)
    return total - failed - skipped, failed, skipped


def environment(name: str) -> dict[str, str]:
    """What a part is run with: where its fleets write the forms of reads, and the dialect they speak, if any."""
    if name not in WITHOUT_FLEETS:
        return {**os.environ, "SIMULATOR_READ_FORMS": str(READ_FORMS)}
    return {key: value for key, value in os.environ.items() if key != "SIMULATOR_PROBE_FILE"}


def run_pytest(name: str, directory: str) -> Result:
    """Run the tests of one directory, its output going straight to the terminal."""
    report = RESULTS / f"{name}.xml"
    report.unlink(missing_ok=True)
    started = time.monotonic()
    options = [
        "-q",
        f"--numprocesses={WORKERS}",
        f"--dist={'load' if name in SPREAD else 'loadfile'}",
        f"--junit-xml={report}",
    ]
    command = [sys.executable, "-m", "pytest", *options, directory]
    code = subprocess.call(command, cwd=ROOT, stdin=subprocess.DEVNULL, env=environment(name))
    passed, failed, skipped = read_report(report)
    problem = ""
    if skipped:
        problem = f"{skipped} skipped"
    elif not passed and not failed:
        problem = f"no test was run (pytest ended with {code})"
    elif code and not failed:
        problem = f"pytest ended with {code}"
    return Result(name, passed, failed, time.monotonic() - started, problem)


def run_scenario(name: str) -> tuple[str, bool, float, str]:
    """Run one Molecule scenario from start to end: its name, whether it passed, seconds, and all it printed."""
    started = time.monotonic()
    # --destroy always: a scenario that fails must not leave its fleet running.
    command = [sys.executable, "-m", "molecule", "test", "--scenario-name", name, "--destroy", "always"]
    log = RESULTS / f"molecule-{name}.log"
    with log.open("w", encoding="utf-8") as output:
        code = subprocess.call(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment("molecule"),
        )
    printed = log.read_text(encoding="utf-8")
    # Molecule passes over a playbook that is not there, verify.yml for one, with a warning.
    return name, code == 0 and "Missing playbook" not in printed, time.monotonic() - started, printed


def run_molecule() -> Result:
    """Run every scenario; each has its own fleet on its own ports, so that several run at a time."""
    scenarios = sorted(path.parent.name for path in SCENARIOS.glob("*/molecule.yml"))
    started = time.monotonic()
    passed = failed = 0
    with ThreadPoolExecutor(WORKERS) as pool:
        for name, ok, seconds, output in pool.map(run_scenario, scenarios):
            if not ok:
                print(output)
            print(f"{'ok    ' if ok else 'FAILED'}  scenario {name}  {seconds:.1f} s", flush=True)
            passed, failed = passed + ok, failed + (not ok)
    return Result("molecule", passed, failed, time.monotonic() - started, "" if scenarios else "no scenario was run")


def check_reads() -> Result:
    """Hold the reads of all parts against those that the probe sends: a form that it lacks is a failure."""
    started = time.monotonic()
    command = [sys.executable, "-m", "tests.integration.probe_fleet", str(READ_FORMS)]
    # Outside pytest nothing finds the collection for us.
    found = {**os.environ, "PYTHONPATH": str(ROOT / ".build" / "collections")}
    done = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, env=found
    )
    lines = done.stdout.splitlines()
    missing = [line for line in lines if line.startswith("missing: ")]
    print("\n".join([*missing, done.stderr]).strip())
    problem = "the probe does not send these reads" if missing else "" if done.returncode == 0 else "broken"
    return Result("reads", len(lines) - len(missing), len(missing), time.monotonic() - started, problem)


def main(arguments: list[str]) -> int:
    """Run the named parts, or all: 0 when every test of them passed."""
    known = [*PYTEST_PARTS, "molecule"]
    unknown = sorted(set(arguments) - set(known))
    if unknown:
        print(f"There is no part {', '.join(unknown)}: the parts are {', '.join(known)}.", file=sys.stderr)
        return 2
    shutil.rmtree(READ_FORMS, ignore_errors=True)
    READ_FORMS.mkdir(parents=True)
    results: list[Result] = []
    for name in arguments or known:
        print(f"\n=== {name} ===", flush=True)
        results.append(run_molecule() if name == "molecule" else run_pytest(name, PYTEST_PARTS[name]))
    print("\n=== reads ===", flush=True)
    results.append(check_reads())
    passed = sum(result.passed for result in results)
    # A part that has a problem other than a failed test counts as one.
    failed = sum(max(result.failed, not result.ok) for result in results)
    summary = "\n".join([*map(str, results), f"{passed} passed, {failed} failed"])
    (RESULTS / "summary.txt").write_text(summary + "\n", encoding="utf-8")
    print(f"\n=== summary ===\n{summary}")
    return 0 if all(result.ok for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
