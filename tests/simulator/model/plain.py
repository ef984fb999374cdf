# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain data (what YAML and JSON hold) to dataclasses and back, strictly.

An unknown key, a missing key or a value of the wrong type is an error that names the place, so that a
misspelt key of a fleet description cannot be silently ignored.
"""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from typing import Any, TypeVar

T = TypeVar("T")


class PlainError(ValueError):
    """The data does not fit; the message starts with the path of the offending place."""


def to_plain(value: Any) -> Any:
    """Turn dataclasses into dictionaries, all the way down."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {key: to_plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [to_plain(item) for item in value]
    return value


def from_plain(kind: type[T], data: Any, where: str) -> T:
    """Build an instance of the dataclass `kind` out of `data`; raises PlainError."""
    return typing.cast(T, _convert(kind, data, where))


def _convert(kind: Any, data: Any, where: str) -> Any:
    if kind is Any:
        return data
    converters = {
        typing.Union: _convert_optional,
        types.UnionType: _convert_optional,
        typing.Literal: _convert_literal,
        list: _convert_list,
        dict: _convert_dict,
    }
    simple = _convert_dataclass if dataclasses.is_dataclass(kind) else _convert_scalar
    return converters.get(typing.get_origin(kind), simple)(kind, data, where)


def _convert_optional(kind: Any, data: Any, where: str) -> Any:
    choices = typing.get_args(kind)
    if data is None and type(None) in choices:
        return None
    (other,) = (choice for choice in choices if choice is not type(None))
    return _convert(other, data, where)


def _convert_literal(kind: Any, data: Any, where: str) -> Any:
    choices = typing.get_args(kind)
    # YAML reads 2022 as a number where a release is meant.
    text = str(data) if isinstance(data, int) and not isinstance(data, bool) else data
    if text not in choices:
        raise PlainError(f"{where}: {data!r} is none of {', '.join(map(str, choices))}")
    return text


def _convert_list(kind: Any, data: Any, where: str) -> Any:
    if not isinstance(data, list):
        raise PlainError(f"{where}: expected a list, got {data!r}")
    (item_kind,) = typing.get_args(kind)
    return [_convert(item_kind, item, f"{where}[{index}]") for index, item in enumerate(data)]


def _convert_dict(kind: Any, data: Any, where: str) -> Any:
    if not isinstance(data, dict):
        raise PlainError(f"{where}: expected a mapping, got {data!r}")
    _unused, value_kind = typing.get_args(kind)
    return {str(key): _convert(value_kind, value, f"{where}.{key}") for key, value in data.items()}


def _convert_dataclass(kind: Any, data: Any, where: str) -> Any:
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise PlainError(f"{where}: expected a mapping, got {data!r}")
    hints = _hints(kind)
    fields = {field.name: field for field in dataclasses.fields(kind)}
    unknown = sorted(str(key) for key in data if key not in fields)
    if unknown:
        raise PlainError(f"{where}: unknown key {', '.join(unknown)}; known are {', '.join(sorted(fields))}")
    missing = [name for name, field in fields.items() if name not in data and _is_required(field)]
    if missing:
        raise PlainError(f"{where}: {', '.join(missing)} is missing")
    return kind(**{key: _convert(hints[key], value, f"{where}.{key}") for key, value in data.items()})


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _is_required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _convert_scalar(kind: Any, data: Any, where: str) -> Any:
    if kind is float and isinstance(data, int) and not isinstance(data, bool):
        return float(data)
    if kind is str and isinstance(data, int) and not isinstance(data, bool):
        raise PlainError(f"{where}: put {data!r} in quotes, it is text")
    if not isinstance(data, kind) or (kind is int and isinstance(data, bool)):
        raise PlainError(f"{where}: expected {kind.__name__}, got {data!r}")
    return data
