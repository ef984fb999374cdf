# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The administrator between two runs of a playbook, as a program.

python -m tests.integration.answer_sheet DIRECTORY READY.json

Asks the simulated Clearinghouse for every answer that the request sheet in DIRECTORY says is wanted, on the web site or
by telephone as it says, with nothing but what it says, and writes the answers into the file beside it. READY.json is
the simulator's ready file. A request that is refused ends it with 1.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from tests.integration.matrix import administrator, sheet

_PLACE = re.compile(r"Enter it at (?P<place>\S+) of (?P<server>\S+?), and ")


def fetch(request: sheet.Request, ready: dict[str, str]) -> str:
    """The answer to one request; ends the program where it is refused."""
    if "Call the Clearinghouse" in request.prose:
        answer = administrator.ask(administrator.on_the_telephone, ready["telephone_url"], request)
    else:
        answer = administrator.ask(administrator.on_the_web_site, ready["website_url"], request)
    if answer.refusal or not answer.identifier:
        sys.exit(f"{request.server}, {request.wanted}: {answer.refusal or 'there was no answer'} (said: {answer.said})")
    return answer.identifier


def write_down(text: str, request: sheet.Request, answer: str) -> str:
    """The answer file with one more, between the empty quotes at the place that the sheet names."""
    named = _PLACE.search(request.prose)
    if named is None:
        sys.exit(f"{request.server}, {request.wanted}: the sheet does not say where the answer goes")
    lines, server = text.splitlines(), ""
    for index, line in enumerate(lines):
        if re.fullmatch(r" {2}\S+:", line):
            server = line.strip(" :\"'")
        elif server == named["server"] and re.fullmatch(rf' +"?{re.escape(named["place"])}"?: ""', line):
            lines[index] = line.removesuffix('""') + f'"{answer}"'
            return "\n".join(lines) + "\n"
    sys.exit(f"there is no empty place {named['place']} of {named['server']} in the answer file")


def main(directory: Path, ready_file: Path) -> int:
    """Answer everything on the sheet."""
    ready = json.loads(ready_file.read_text(encoding="utf-8"))
    path = directory / "clearinghouse-answers.yml"
    requests = sheet.read_requests(directory / "clearinghouse-requests.md")
    for request in requests:
        answer = fetch(request, ready)
        path.write_text(write_down(path.read_text(encoding="utf-8"), request, answer), encoding="utf-8")
    names = ", ".join(f"{request.wanted} for {request.server}" for request in requests)
    sys.stdout.write(f"{len(requests)} answers: {names}\n")
    return 0 if requests else 1


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
