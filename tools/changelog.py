# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write CHANGELOG.md: what was released, and what the fragments announce, under the heading "Unreleased".

Without arguments it writes; with --check it only says whether the file is out of date, and exits with 1 if it is.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Newer than every release; stands for the one to come.
NEXT = "9999.0.0"


def main(arguments: list[str]) -> int:
    """Entry point; gives the exit status."""
    path = ROOT / "CHANGELOG.md"
    wanted = text()
    if path.exists() and path.read_text(encoding="utf-8") == wanted:
        return 0
    if "--check" in arguments:
        print("CHANGELOG.md: out of date, run tools/changelog.py")
        return 1
    path.write_text(wanted, encoding="utf-8")
    print("CHANGELOG.md: written")
    return 0


def text() -> str:
    """What antsibull-changelog makes of the releases and of the fragments, without touching this checkout."""
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder)
        shutil.copy(ROOT / "galaxy.yml", copy)
        for name in ("changelogs", "plugins", "roles", "playbooks", "meta"):
            left_out = shutil.ignore_patterns("__pycache__", ".plugin-cache.yaml")
            shutil.copytree(ROOT / name, copy / name, ignore=left_out)
        # Right after a release there are none, and its changes stand in changelog.yaml.
        fragments = any((copy / "changelogs" / "fragments").glob("*.y*ml"))
        _run(copy, ["release", "--version", NEXT, "--date", "2000-01-01"] if fragments else ["generate"])
        made = (copy / "CHANGELOG.md").read_text(encoding="utf-8")
    dashed, escaped = NEXT.replace(".", "-"), NEXT.replace(".", "\\.")
    return made.replace(f"v{dashed}", "unreleased").replace(f"v{escaped}", "Unreleased")


def _run(folder: pathlib.Path, arguments: list[str]) -> None:
    # It asks ansible-doc for the plugins: the one of this environment.
    path = f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    program = shutil.which("antsibull-changelog", path=path)
    if program is None:
        raise SystemExit("antsibull-changelog is missing: make venv")
    done = subprocess.run(
        [program, *arguments], cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"antsibull-changelog {arguments[0]}: {done.stdout}{done.stderr}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
