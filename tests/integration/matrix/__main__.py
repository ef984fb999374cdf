# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Walk the matrix, print the overview and write docs/coverage.md (python -m tests.integration.matrix)."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.integration.matrix.page import PAGE, overview, render
from tests.integration.matrix.walk import walk


def main() -> int:
    """Entry point; gives the exit status."""
    with tempfile.TemporaryDirectory(prefix="rd-licensing-matrix-") as directory:
        evidence = walk(Path(directory))
        page = render(evidence)
        sys.stdout.write(overview(evidence))
    PAGE.write_text(page, encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(PAGE.parents[1])}: written\n")
    return 1 if "**no**" in page else 0


if __name__ == "__main__":
    sys.exit(main())
