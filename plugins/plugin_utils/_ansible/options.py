# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validate a task's options as Ansible does for modules, with messages for users."""

from __future__ import annotations

import datetime
import typing as t
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import UnsupportedError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.option_types import (
    WrongType,
    checked_options,
    item_label,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import (
    parse_product_version,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import InvalidOption
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.identifiers import visible


@dataclass(frozen=True)
class ArgumentSpec:
    """Options of a module, in the terms of Ansible's argument specs.

    Attributes:
        requires: an option that does nothing without another one, which is named after it; the values that follow are
            those that it works with. A nested option is written C(source.host).
        excludes: an option that does nothing beside another one.
    """

    options: dict[str, dict[str, t.Any]]
    mutually_exclusive: tuple[tuple[str, ...], ...] = ()
    required_together: tuple[tuple[str, ...], ...] = ()
    required_one_of: tuple[tuple[str, ...], ...] = ()
    required_if: tuple[tuple[t.Any, ...], ...] = ()
    required_by: dict[str, tuple[str, ...]] = field(default_factory=dict)
    requires: Mapping[str, tuple[t.Any, ...]] = field(default_factory=dict)
    excludes: Mapping[str, str] = field(default_factory=dict)


class OptionsError(Exception):
    """The options of a task do not fit. One line; a wrong value may be in it, so it is scrubbed like any result."""


def validated(spec: ArgumentSpec, arguments: Mapping[str, t.Any], action: str) -> dict[str, t.Any]:
    """The options with their defaults, in their types.

    Args:
        action: what the task calls the module, for messages.

    Raises:
        OptionsError: an option is unknown, missing or of a wrong type, or options do not go together.
    """
    try:
        given = checked_options(spec.options, arguments)
    except WrongType as error:
        raise OptionsError(f"{action}: {error}") from None
    problems = _item_problems(spec.options, given) or _problems(spec, given)
    if problems:
        raise OptionsError(f"{action}: {' '.join(problems)}")
    params = t.cast("dict[str, t.Any]", _validator(spec).validate(given).validated_parameters)
    idle = _idle_option(spec, params)
    if idle:
        raise OptionsError(f"{action}: {idle}")
    return params


def _idle_option(spec: ArgumentSpec, params: Mapping[str, t.Any]) -> str | None:
    """The error for an option that would have no effect."""
    for option, (other, *values) in spec.requires.items():
        found = _value(params, other)
        if _is_set(_value(params, option)) and (found not in values if values else not _is_set(found)):
            wanted = f"{other}: {' or '.join(str(value).lower() for value in values)}" if values else other
            return f"{option} requires {wanted}. Set {other} or remove {option}."
    for option, other in spec.excludes.items():
        if _is_set(_value(params, option)) and _is_set(_value(params, other)):
            return f"{option} cannot be used with {other}. Remove one of them."
    return None


def _value(params: Mapping[str, t.Any], path: str) -> t.Any:
    found: t.Any = params
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _is_set(value: t.Any) -> bool:
    """Whether an option is set; for a boolean, whether it is true."""
    return value not in (None, False, "", [], {})


def product_versions(names: Iterable[str] | None, option: str) -> list[int]:
    """Numbers of the product versions that a task names.

    Raises:
        InvalidOption: one is no product version.
    """
    found = []
    for index, name in enumerate(names or ()):
        try:
            found.append(parse_product_version(name))
        except ValueError as error:
            raise InvalidOption(f"{option}[{index}]: {error}.") from None
    return found


def utc_time(text: str | None, option: str) -> datetime.datetime | None:
    """A date (C(2026-12-31)) or time in ISO 8601, in UTC where it names no zone; None where nothing is given.

    Raises:
        InvalidOption: the text is neither.
    """
    if text is None:
        return None
    try:
        # Python 3.10 knows no Z.
        found = datetime.datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        raise InvalidOption(f"{option}: must be a date such as 2026-12-31, or a time in ISO 8601.") from None
    return found.astimezone(datetime.timezone.utc) if found.tzinfo else found.replace(tzinfo=datetime.timezone.utc)


def written_text(params: Mapping[str, t.Any], option: str) -> str:
    """An option that has to say something, without what nobody sees in it.

    A change ID stands for one thing that is done once: with a blank more it would be done again, and an empty one, from
    a variable that nobody set, would stand for every change there ever is.

    Raises:
        InvalidOption: there is nothing in it.
    """
    text = visible(str(params[option]))
    if not text:
        raise InvalidOption(f"{option}: must not be empty.")
    return text


def _item_problems(
    options: Mapping[str, Mapping[str, t.Any]], arguments: Mapping[str, t.Any], path: str = ""
) -> list[str]:
    """What does not fit within lists of mappings: Ansible would not say in which of forty items it is."""
    problems: list[str] = []
    for name, option in options.items():
        items = arguments.get(name) if option.get("elements") == "dict" and "options" in option else None
        for index, item in enumerate(items or []):
            found = _item_problems(option["options"], item, f"{path}{name}[{index}].") or [
                f"{path}{name}[{index}]: {problem}" for problem in _problems(ArgumentSpec(option["options"]), item)
            ]
            problems += [f"{problem}{item_label(items, index)}" for problem in found]
    return problems


def _problems(spec: ArgumentSpec, arguments: Mapping[str, t.Any]) -> list[str]:
    """What is wrong with options that have the right types."""
    errors = _validator(spec).validate(dict(arguments)).errors
    # An option that is misspelt is also one that is missing: the first of the two says what is wrong.
    unknown = [f"unknown option {error.msg}" for error in errors if isinstance(error, UnsupportedError)]
    return [f"{problem.rstrip('.')}." for problem in unknown or [str(error.msg) for error in errors]]


def _validator(spec: ArgumentSpec) -> ArgumentSpecValidator:
    return ArgumentSpecValidator(
        spec.options,
        mutually_exclusive=spec.mutually_exclusive or None,
        required_together=spec.required_together or None,
        required_one_of=spec.required_one_of or None,
        required_if=spec.required_if or None,
        required_by=spec.required_by or None,
    )
