# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a command on a terminal of its own, and type an answer at each prompt, as a user would.

python terminal.py '["first answer", "second answer"]' COMMAND...

When the answers run out, Enter alone is typed. What the terminal shows goes to standard output. Ansible asks nobody who
has no terminal.
"""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import termios
import time

PROMPT = b"or nothing to leave the request open:"
_LISTENS_WITHIN = 60.0
_BEFORE_TYPING = 0.2


def main(arguments: list[str]) -> int:
    """Entry point; gives the command's exit status."""
    typed = list(json.loads(arguments[0]))
    process, terminal = pty.fork()
    if process == 0:
        sys.exit(subprocess.run(arguments[1:], env={**os.environ, "ANSIBLE_NOCOLOR": "1"}, check=False).returncode)
    shown = b""
    while True:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:
            break
        if not chunk:
            break
        sys.stdout.buffer.write(chunk.replace(b"\r\n", b"\n"))
        sys.stdout.buffer.flush()
        shown += chunk
        if PROMPT in shown:
            shown = b""
            _wait_until_it_listens(terminal)
            os.write(terminal, (typed.pop(0) if typed else "").encode() + b"\r")
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def _wait_until_it_listens(terminal: int) -> None:
    """Ansible takes the terminal out of line mode after the prompt, and then drops what was typed until then."""
    deadline = time.monotonic() + _LISTENS_WITHIN
    while termios.tcgetattr(terminal)[3] & termios.ICANON and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(_BEFORE_TYPING)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
