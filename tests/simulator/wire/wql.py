# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""WQL, the part that data queries need: select, projection, where with and / or / not, comparisons, like."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone

from tests.simulator.wire.values import Value, Values

Condition = Callable[[Values], bool]
_TOKEN = re.compile(
    r"""\s*(?:(?P<string>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")|(?P<number>-?\d+)|(?P<word>[A-Za-z_]\w*)"""
    r"""|(?P<sign><=|>=|<>|!=|[=<>(),*]))"""
)
_DMTF = re.compile(r"(\d{14})\.(\d{6})([+-]\d{3})")
_COMPARISONS: dict[str, Callable[[object, object], bool]] = {
    "=": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<>": lambda left, right: left != right,
    "<": lambda left, right: _ordered(left, right, -1),
    ">": lambda left, right: _ordered(left, right, 1),
    "<=": lambda left, right: left == right or _ordered(left, right, -1),
    ">=": lambda left, right: left == right or _ordered(left, right, 1),
}


class QueryError(ValueError):
    """The text is no WQL query that can be answered."""


@dataclass(frozen=True)
class Query:
    """`columns` empty means all; `names` are the properties the condition asks for."""

    columns: tuple[str, ...]
    class_name: str
    condition: Condition
    names: tuple[str, ...]


def parse_query(text: str) -> Query:
    """Parse a WQL data query; raises QueryError."""
    return _Parser(text).query()


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = list(_tokenize(text))
        self._position = 0
        self._names: list[str] = []

    def query(self) -> Query:
        self._expect("select")
        columns: list[str] = []
        if not self._accept("*"):
            columns.append(self._word())
            while self._accept(","):
                columns.append(self._word())
        self._expect("from")
        class_name = self._word()
        condition: Condition = self._either() if self._accept("where") else lambda _: True
        if self._position != len(self._tokens):
            raise QueryError("text after the query")
        return Query(tuple(columns), class_name, condition, tuple(self._names))

    def _either(self) -> Condition:
        conditions = [self._both()]
        while self._accept("or"):
            conditions.append(self._both())
        return lambda values: any(condition(values) for condition in conditions)

    def _both(self) -> Condition:
        conditions = [self._single()]
        while self._accept("and"):
            conditions.append(self._single())
        return lambda values: all(condition(values) for condition in conditions)

    def _single(self) -> Condition:
        if self._accept("not"):
            inner = self._single()
            return lambda values: not inner(values)
        if self._accept("("):
            inner = self._either()
            self._expect(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Condition:
        name = self._word()
        self._names.append(name)
        if self._accept("is"):
            negated = self._accept("not")
            self._expect("null")
            return lambda values: (_get(values, name) is None) != negated
        if self._accept("like"):
            pattern = _like(str(self._literal()))
            return lambda values: bool(pattern.fullmatch(str(_get(values, name))))
        kind, sign = self._next()
        if kind != "sign" or sign not in _COMPARISONS:
            raise QueryError(f"no comparison: {sign}")
        compare = _COMPARISONS[sign]
        literal = self._literal()
        return lambda values: compare(*_comparable(_get(values, name), literal))

    def _literal(self) -> Value:
        kind, text = self._next()
        if kind == "string":
            return re.sub(r"\\(.)", r"\1", text[1:-1])
        if kind == "number":
            return int(text)
        if kind == "word" and text.lower() in ("true", "false"):
            return text.lower() == "true"
        raise QueryError(f"no value: {text}")

    def _word(self) -> str:
        kind, text = self._next()
        if kind != "word":
            raise QueryError(f"no name: {text}")
        return text

    def _next(self) -> tuple[str, str]:
        if self._position == len(self._tokens):
            raise QueryError("the query ends too early")
        self._position += 1
        return self._tokens[self._position - 1]

    def _accept(self, text: str) -> bool:
        if self._position < len(self._tokens):
            kind, found = self._tokens[self._position]
            if kind in ("word", "sign") and found.lower() == text:
                self._position += 1
                return True
        return False

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            raise QueryError(f"expected {text}")


def _tokenize(text: str) -> list[tuple[str, str]]:
    tokens = []
    position = 0
    text = text.strip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise QueryError(f"unreadable at {position}")
        tokens.append((str(match.lastgroup), match.group(str(match.lastgroup))))
        position = match.end()
    return tokens


def _get(values: Values, name: str) -> Value:
    return next((value for key, value in values.items() if key.lower() == name.lower()), None)


def _comparable(value: Value, literal: Value) -> tuple[object, object]:
    """WMI compares text without case, and numbers with the text of a number too."""
    if isinstance(value, int) and isinstance(literal, str) and re.fullmatch(r"-?\d+", literal):
        return value, int(literal)
    if isinstance(value, datetime) and isinstance(literal, str):
        return value.timestamp(), _dmtf(literal)
    if isinstance(value, str) and isinstance(literal, str):
        return value.lower(), literal.lower()
    return value, literal


def _dmtf(text: str) -> float:
    """A DMTF date (yyyymmddHHMMSS.ffffff+ooo, the offset in minutes) in seconds since the epoch."""
    match = _DMTF.fullmatch(text)
    if match is None:
        raise QueryError(f"no date: {text}")
    moment = datetime.strptime(match.group(1), "%Y%m%d%H%M%S").replace(tzinfo=timezone.utc)
    return moment.timestamp() + int(match.group(2)) / 1_000_000 - int(match.group(3)) * 60


def _ordered(left: object, right: object, sign: int) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left != right and (left > right) == (sign > 0)
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return left != right and (left > right) == (sign > 0)
    return False


def _like(pattern: str) -> re.Pattern[str]:
    pieces = {"%": ".*", "_": "."}
    return re.compile("".join(pieces.get(char, re.escape(char)) for char in pattern), re.IGNORECASE | re.DOTALL)
