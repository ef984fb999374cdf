# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Call the simulated Clearinghouse: what to say comes from standard input, one "Field: value" to a line.

usage: python -m tests.simulator.call READY_FILE < WHAT_TO_SAY
"""

from __future__ import annotations

import json
import pathlib
import sys
import urllib.error
import urllib.request


def main(arguments: list[str]) -> int:
    """Entry point; gives the exit status, 1 if the representative rejects the request."""
    ready = json.loads(pathlib.Path(arguments[0]).read_text(encoding="utf-8"))
    call = urllib.request.Request(ready["telephone_url"], sys.stdin.read().encode("utf-8"))  # noqa: S310  # the fleet's own
    try:
        with urllib.request.urlopen(call, timeout=30) as response:  # noqa: S310  # as above
            print(response.read().decode("utf-8").strip())
    except urllib.error.HTTPError as error:
        print(error.read().decode("utf-8").strip())
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
