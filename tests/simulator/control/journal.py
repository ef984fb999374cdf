# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journals: every WS-Management message and every HTTP request, as lines of JSON on disk and in memory."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

from tests.simulator.wire.values import Values

# Parameters that carry what only the buyer may know.
_SECRET = {
    "sLicenseCode",
    "sAgreementNumber",
    "sLicenseNumber",
    "sAuthorizationNumber",
    "sLicenseKeyPackId",
    "sConfirmCode",
}


class Journal:
    """Numbered entries, on disk where there is a path; safe to use from many threads."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._entries: list[dict[str, Any]] = []
        if path and path.exists():
            lines = path.read_text(encoding="utf-8").splitlines()
            self._entries = [json.loads(line) for line in lines]

    def write(self, entry: dict[str, Any]) -> None:
        with self._lock:
            numbered = {"seq": len(self._entries) + 1, **entry}
            self._entries.append(numbered)
            if self._path:
                with self._path.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(numbered, ensure_ascii=False, default=str) + "\n")

    def since(self, number: int) -> list[dict[str, Any]]:
        """The entries after the one numbered `number`."""
        with self._lock:
            return self._entries[number:]

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
            if self._path:
                self._path.write_text("", encoding="utf-8")


def masked(text: str) -> str:
    """All but the last four characters hidden."""
    return "*" * max(len(text) - 4, 0) + text[-4:]


def masked_arguments(arguments: Values) -> dict[str, Any]:
    return {
        name: masked(value) if name in _SECRET and isinstance(value, str) else value
        for name, value in arguments.items()
    }
