# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as users have it: built into an archive, installed by ansible-galaxy, read-only."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Installed:
    """An installed collection and every file that it consists of."""

    collections: Path
    files: frozenset[str]

    def unexpected(self) -> set[str]:
        """Files that somebody wrote into it since. Python's own caches do not count."""
        return set(_files(self.collections) - self.files)


def install(directory: Path) -> Installed:
    """Build this checkout, install it below the directory, and take away the right to write."""
    _galaxy(directory, "build", "--output-path", str(directory / "archive"), str(ROOT))
    (archive,) = (directory / "archive").glob("*.tar.gz")
    collections = directory / "collections"
    _galaxy(directory, "install", "--offline", "--collections-path", str(collections), str(archive))
    for path in [*collections.rglob("*"), collections]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    return Installed(collections, _files(collections))


def _files(directory: Path) -> frozenset[str]:
    found = (path.relative_to(directory) for path in directory.rglob("*"))
    return frozenset(str(path) for path in found if "__pycache__" not in path.parts)


def _galaxy(directory: Path, *arguments: str) -> None:
    """Run ansible-galaxy away from this checkout, whose own settings know the collection already."""
    command = [str(Path(sys.executable).parent / "ansible-galaxy"), "collection", *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    environment["ANSIBLE_HOME"] = str(directory / "ansible-home")
    done = subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
