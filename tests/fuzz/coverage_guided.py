# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same with atheris, which learns from coverage. The first byte of an input says which reading gets the rest."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path


def prepare(directory: Path) -> tuple[Path, Path]:
    """Two directories of inputs: what atheris finds on its way, and the corpus for each of the readings."""
    from tests.fuzz.targets import READINGS, corpus

    found, given = directory / "inputs", directory / "corpus"
    for each in (found, given):
        each.mkdir(parents=True, exist_ok=True)
    for index, document in enumerate(corpus()):
        for reading in range(len(READINGS)):
            (given / f"{index:03d}-{reading:02d}").write_bytes(bytes([reading]) + document)
    return found, given


def main() -> None:
    """Give atheris the command line, and run until it is at an end."""
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["ansible_collections.winfleet"]):
        from tests.fuzz.targets import READINGS, read
    names = list(READINGS)

    def one_input(data: bytes) -> None:
        if data:
            read(names[data[0] % len(names)], data[1:])

    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
