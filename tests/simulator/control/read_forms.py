# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The distinct forms of the reads that arrive: operation, class, method, selectors, arguments, shape of the query.

With SIMULATOR_READ_FORMS=DIRECTORY every process that runs an engine adds the forms it sees to a file of its own there,
each once. What an independent client such as pypsrp sends is left out: its messages have a session ID.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.simulator.wire.request import Request
from tests.simulator.wire.target import Target

VARIABLE = "SIMULATOR_READ_FORMS"
_LITERAL = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|(?<![\w.])\d+\b")
_NUMBERED_KEY = re.compile(r"\\\d+$")
_PART = r"\\0"
_REPEATED = re.compile(r"(\w+ = \?)(?: OR \1)+")


def read_form(target: Target, arguments: Mapping[str, Any]) -> str:
    """A read without what differs from server to server. A Pull or Release looks the same for every class."""
    if target.kind in ("pull", "release"):
        return target.kind
    if target.query_text:
        return "enumerate " + _REPEATED.sub(r"\1 OR ...", _LITERAL.sub("?", target.query_text))
    form = f"{target.kind} {target.class_name}" + (f".{target.method}" if target.method else "")
    if target.kind == "invoke":
        form += f"({', '.join(_argument(target, name, value) for name, value in arguments.items())})"
    keys = ", ".join(sorted(name for name, _value in target.resource.keys))
    return form + (f" of {keys}" if keys else "")


def _argument(target: Target, name: str, value: Any) -> str:
    if value is None:
        return f"{name}=null"
    # Which key is read matters: rights and existence differ from key to key, but not among those with a number.
    return (
        f"{name}={_NUMBERED_KEY.sub(_PART, str(value))}"
        if target.class_name == "StdRegProv" and name == "sSubKeyName"
        else name
    )


class ReadForms:
    """The forms that an engine has seen, in memory and in the directory if there is one."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.directory = os.environ.get(VARIABLE)

    def note(self, request: Request, target: Target, arguments: Mapping[str, Any]) -> None:
        """Keep the form of a read."""
        if request.session_id is not None:
            return
        form = read_form(target, arguments)
        if form not in self.seen:
            self.seen.add(form)
            if self.directory and form not in _WRITTEN:
                _WRITTEN.add(form)
                with Path(self.directory, f"{os.getpid()}.txt").open("a", encoding="utf-8") as stream:
                    stream.write(form + "\n")


# By all engines of this process, of which the universes make thousands.
_WRITTEN: set[str] = set()


def collected(directory: Path) -> set[str]:
    """All forms in the files of a directory."""
    return {line for path in directory.glob("*.txt") for line in path.read_text(encoding="utf-8").splitlines()}
