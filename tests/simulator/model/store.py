# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state on disk: one JSON file per server and one for the fleet, each replaced atomically."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path
from typing import TypeVar

from tests.simulator.model.plain import from_plain, to_plain

T = TypeVar("T")
FLEET_FILE = "_fleet"


class Store:
    """Knows what it wrote last, so it can tell what changed since. Without a directory nothing outlives the process."""

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory
        self._written: dict[str, str] = {}
        # Copies of what was saved last: comparing with them costs little, so that a large fleet stays quick.
        self._saved: dict[str, bytes] = {}
        if directory:
            directory.mkdir(parents=True, exist_ok=True)

    def load(self, name: str, kind: type[T]) -> T | None:
        """The stored object, or None when there is none; raises PlainError when the file does not fit."""
        path = self._path(name)
        if path is None or not path.exists():
            return None
        text = path.read_text(encoding="utf-8")
        self._written[name] = text
        return from_plain(kind, json.loads(text), path.name)

    def save(self, name: str, value: object) -> bool:
        """Write `value` if it differs from what was written last; return whether it did."""
        copied = pickle.dumps(value)
        if self._saved.get(name) == copied:
            return False
        self._saved[name] = copied
        path = self._path(name)
        if path is None:
            return True
        text = json.dumps(to_plain(value), indent=1, ensure_ascii=False)
        if self._written.get(name) == text:
            return False
        temporary = path.with_suffix(".tmp")
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, path)
        self._written[name] = text
        return True

    def clear(self) -> None:
        for path in self._directory.glob("*.json") if self._directory else ():
            path.unlink()
        self._written.clear()
        self._saved.clear()

    def _path(self, name: str) -> Path | None:
        return self._directory / f"{name}.json" if self._directory else None
