# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state on disk: one JSON file per server and one for the fleet, each replaced atomically."""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import TypeVar

from tests.simulator.model.plain import from_plain, to_plain

T = TypeVar("T")
FLEET_FILE = "_fleet"


class Store:
    """Knows what it wrote last, so it can tell what changed since."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._written: dict[str, str] = {}
        # Copies of what was saved last: comparing with them costs little, so that a large fleet stays quick.
        self._saved: dict[str, object] = {}
        directory.mkdir(parents=True, exist_ok=True)

    def load(self, name: str, kind: type[T]) -> T | None:
        """The stored object, or None when there is none; raises PlainError when the file does not fit."""
        path = self._path(name)
        if not path.exists():
            return None
        text = path.read_text(encoding="utf-8")
        self._written[name] = text
        return from_plain(kind, json.loads(text), path.name)

    def save(self, name: str, value: object) -> bool:
        """Write `value` if it differs from what was written last; return whether it did."""
        if self._saved.get(name) == value:
            return False
        self._saved[name] = copy.deepcopy(value)
        text = json.dumps(to_plain(value), indent=1, ensure_ascii=False)
        if self._written.get(name) == text:
            return False
        path = self._path(name)
        temporary = path.with_suffix(".tmp")
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, path)
        self._written[name] = text
        return True

    def clear(self) -> None:
        for path in self._directory.glob("*.json"):
            path.unlink()
        self._written.clear()
        self._saved.clear()

    def _path(self, name: str) -> Path:
        return self._directory / f"{name}.json"
