# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages in the terms of a role: they name the variable that the user set, not the module option underneath.

A role says in its C(vars/main.yml) which variable stands for which option, as C(__NAME_option_names).
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterator, Mapping

_MESSAGES: t.Final = ("msg", "warnings")


def in_terms_of_role(result: Mapping[str, t.Any], task_vars: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The result of a task, with the names of its role's variables in the messages, if it belongs to a role."""
    names = _option_names(task_vars)
    if not names:
        return dict(result)
    return in_terms_of_variables(result, names)


def in_terms_of_variables(result: Mapping[str, t.Any], names: Mapping[str, str]) -> dict[str, t.Any]:
    """The result of a task whose options came from variables, with their names in the messages."""
    return {name: _renamed(value, names) if name in _MESSAGES else value for name, value in result.items()}


def _option_names(task_vars: Mapping[str, t.Any]) -> Mapping[str, str]:
    """Option to variable, of the task's own role or the nearest one that included it."""
    for role in _roles(task_vars):
        found = task_vars.get(f"__{role.rpartition('.')[2]}_option_names")
        if isinstance(found, Mapping):
            return found
    return {}


def _roles(task_vars: Mapping[str, t.Any]) -> Iterator[str]:
    parents = task_vars.get("ansible_parent_role_names")
    for role in (task_vars.get("ansible_role_name"), *(parents if isinstance(parents, list) else ())):
        if isinstance(role, str):
            yield role


def _renamed(value: t.Any, names: Mapping[str, str]) -> t.Any:
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    if not isinstance(value, str):
        return value
    for option in sorted(names, key=len, reverse=True):
        value = _at_the_start(option).sub(rf"\g<1>{names[option]}", value)
        value = _pattern(option).sub(str(names[option]), value)
    return value


def _at_the_start(option: str) -> re.Pattern[str]:
    """A message about an option begins with its name, behind that of the module."""
    return re.compile(rf"^((?:\w+\.\w+\.\w+: )?){re.escape(option)}(?=[:\[])")


def _pattern(option: str) -> re.Pattern[str]:
    """Where a text speaks of an option. A name that is also an English word has to be written like an option."""
    name = rf"(?<![\w.]){re.escape(option)}(?![\w.]\w)(?!\w)"
    if re.search(r"[_.]", option):
        return re.compile(name)
    return re.compile(rf"{name}(?=\[\d)|(?<=[Ss]et ){name}(?=: )|(?<=[Ww]ith ){name}(?=: )|(?<=['`]){name}(?=['`])")
