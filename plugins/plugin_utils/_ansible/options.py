# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change in any release.
"""A task's options, checked and converted the way Ansible does it for modules, with messages for people."""

from __future__ import annotations

import datetime
import typing as t
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import UnsupportedError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import (
    parse_product_version,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import InvalidOption


@dataclass(frozen=True)
class ArgumentSpec:
    """Options of a module, in the terms of Ansible's argument specs."""

    options: dict[str, dict[str, t.Any]]
    mutually_exclusive: tuple[tuple[str, ...], ...] = ()
    required_together: tuple[tuple[str, ...], ...] = ()
    required_one_of: tuple[tuple[str, ...], ...] = ()
    required_if: tuple[tuple[t.Any, ...], ...] = ()
    required_by: dict[str, tuple[str, ...]] = field(default_factory=dict)


class OptionsError(Exception):
    """The options of a task do not fit. One line; a wrong value may be in it, so it is scrubbed like any result."""


def validated(spec: ArgumentSpec, arguments: Mapping[str, t.Any], action: str) -> dict[str, t.Any]:
    """The options with their defaults, in their types.

    Args:
        action: what the task calls the module, for messages.

    Raises:
        OptionsError: an option is unknown, missing or of a wrong type, or options do not go together.
    """
    _refuse_wrong_items(spec.options, arguments, action)
    validator = ArgumentSpecValidator(
        spec.options,
        mutually_exclusive=spec.mutually_exclusive or None,
        required_together=spec.required_together or None,
        required_one_of=spec.required_one_of or None,
        required_if=spec.required_if or None,
        required_by=spec.required_by or None,
    )
    outcome = validator.validate(dict(arguments))
    # An option that is misspelt is also one that is missing: the first of the two says what is wrong.
    unknown = [error for error in outcome.errors if isinstance(error, UnsupportedError)]
    problems = [f"unknown option {error.msg}" for error in unknown] or outcome.error_messages
    if problems:
        raise OptionsError(f"{action}: {'; '.join(problems)}")
    return t.cast("dict[str, t.Any]", outcome.validated_parameters)


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
    """An option that has to say something, without the blanks around it.

    A change ID stands for one thing that is done once: with a blank more it would be done again, and an empty one, from
    a variable that nobody set, would stand for every change there ever is.

    Raises:
        InvalidOption: there is nothing in it.
    """
    text = str(params[option]).strip()
    if not text:
        raise InvalidOption(f"{option}: must not be empty.")
    return text


def _refuse_wrong_items(
    options: Mapping[str, Mapping[str, t.Any]], arguments: Mapping[str, t.Any], action: str
) -> None:
    """What should be a mapping and is not: Ansible's own message would speak of Python classes, once for each comma."""
    for name, option in options.items():
        value = arguments.get(name) if option.get("elements") == "dict" else None
        if isinstance(value, str) and value.strip():
            raise OptionsError(
                f"{action}: {name} must be a list of mappings and is a text; a list that comes from the command line "
                f"has to be in a file (-e @FILE) or in JSON (-e '{{\"variable\": [...]}}')."
            )
        for index, item in enumerate(value if isinstance(value, list) else []):
            if not isinstance(item, (Mapping, str)):
                raise OptionsError(f"{action}: {name}[{index}] must be a mapping of options, such as 'name: value'.")
