# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Words that must not come back: one word stands for one thing, in names, messages and documentation alike."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT: t.Final = Path(__file__).resolve().parents[2]
# What to write instead. A word counts inside names too: PurchaseDesk, open_debts.
WORDS: t.Final = {
    "arrival": "found key pack, acquired",
    "arrivals": "found key packs, acquired",
    "blind": "unreachable",
    "debt": "pending removal",
    "debts": "pending removals",
    "desk": "matcher, service",
    "duty": "pending removal",
    "foresee": "plan",
    "foretold": "planned",
    "ledger": "operation record",
    "ledgers": "operation records",
    "owed": "pending",
    "papers": "purchase documents",
    "patience": "operation timeout, backoff",
    "person": "administrator",
    "persons": "administrators",
    "unanswered": "outcome unknown",
    "unheard": "outcome unknown",
    "whoever": "any controller, the administrator",
}
PHRASES: t.Final = {
    "cannot be told": "it is unknown whether ...",
    "have a meaning only": "require ...",
    "has a meaning only": "requires ...",
    "left behind": "remaining, pending removal",
    "look alike": "are identical except for their credentials",
    "nobody knows": "unknown",
    "of which no record": "is not recorded",
    "stayed behind": "remained, pending removal",
}
_SUFFIXES: t.Final = {".cfg", ".css", ".j2", ".json", ".md", ".py", ".rst", ".sh", ".toml", ".txt", ".yaml", ".yml", ""}
_HIDDEN: t.Final = {".ci", ".github"}
_FILES_LEFT_OUT: t.Final = {"constraints.txt", "changelog.yaml", "CHANGELOG.md", "test_words.py"}
_PART_OF_A_NAME: t.Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def files() -> Iterator[Path]:
    """Every text file of the repository."""
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        if any(part.startswith(".") and part not in _HIDDEN for part in parts[:-1]) or "LICENSES" in parts:
            continue
        if path.suffix in _SUFFIXES and path.name not in _FILES_LEFT_OUT and path.is_file():
            yield path


def found(text: str) -> list[str]:
    """What is wrong with a text: the line, the word and what to write instead."""
    wrong = []
    for number, line in enumerate(text.splitlines(), 1):
        words = {part.lower() for part in _PART_OF_A_NAME.findall(line)} & WORDS.keys()
        wrong += [f"line {number}: {word} (write: {WORDS[word]})" for word in sorted(words)]
    flat = " ".join(text.split()).lower()
    return wrong + [f"'{phrase}' (write: {better})" for phrase, better in PHRASES.items() if phrase in flat]


def test_words_stay_out() -> None:
    wrong = []
    for path in files():
        name = path.relative_to(ROOT).as_posix()
        text = path.read_text(encoding="utf-8", errors="replace")
        wrong += [f"{name}: {problem}" for problem in [*found(name), *found(text)]]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("text", ["PurchaseDesk", "open_debts", "see the papers", "It cannot\n  be told."])
def test_words_are_found_in_names_and_across_lines(text: str) -> None:
    assert found(text)


@pytest.mark.parametrize("text", ["Remote Desktop", "allowed", "personal", "blinding", "newspapers"])
def test_other_words_are_not_found(text: str) -> None:
    assert not found(text)
