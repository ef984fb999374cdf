# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Put a stand-in for get-pip where ansible-test keeps the one that it would download.

usage: get_pip_stub.py CACHE_DIRECTORY

ansible-test looks for get_pip_VERSION.py in its cache before it downloads, with the version of pip that its release
pins. The stand-in takes pip from Python's own ensurepip and then installs the pinned version from the package index
that pip is set up for.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

STUB = '''\
"""In place of get-pip: pip from ensurepip, then the pinned version of it from the package index."""

import subprocess
import sys

wanted = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
subprocess.run([sys.executable, "-m", "ensurepip", "--default-pip"], check=True, stdout=subprocess.DEVNULL)
sys.exit(subprocess.run([sys.executable, "-m", "pip", "install", "--upgrade", *wanted]).returncode)
'''


def pinned_pip_versions() -> set[str]:
    """The versions of pip that the installed ansible-test pins, as written in its own source."""
    spec = importlib.util.find_spec("ansible_test")
    if spec is None or not spec.submodule_search_locations:
        sys.exit("ansible_test is not installed in this environment: make venv")
    source = Path(spec.submodule_search_locations[0], "_internal", "python_requirements.py").read_text(encoding="utf-8")
    versions = set(re.findall(r"\bpip='([0-9.]+)'", source))
    if not versions:
        sys.exit("This ansible-test does not say which pip it pins where it used to: see python_requirements.py in it.")
    return versions


def main() -> None:
    """Write one stand-in for each pinned version."""
    cache = Path(sys.argv[1])
    for version in pinned_pip_versions():
        Path(cache, f"get_pip_{version.replace('.', '_')}.py").write_text(STUB, encoding="utf-8")


if __name__ == "__main__":
    main()
