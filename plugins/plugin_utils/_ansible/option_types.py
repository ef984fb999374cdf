# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The type of every option of a task, at any depth, checked before Ansible converts anything.

Ansible turns whatever it gets into text, and YAML has changed it by then: C(04123457) arrives as the number 1091375,
which looks like an agreement number too, C(01067) as 567, and C(NO) as false. So text must arrive as text. No number is
excepted, because every number can be what YAML made of other digits. Numbers are accepted where a number is meant, and
for product versions, of which there are few: C(2022) cannot be another one. Dates are accepted where a date is meant.
"""

from __future__ import annotations

import datetime
import typing as t
from collections.abc import Callable, Mapping

from ansible.module_utils.common.validation import check_type_bool, check_type_dict, check_type_int
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import simple_name
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import purchase_label

Option = Mapping[str, t.Any]

_NUMBERS_ACCEPTED: t.Final = frozenset({"product_version"})
_DATES_ACCEPTED: t.Final = frozenset({"expires_before", "not_renewed_since"})
# The first type that fits. What YAML does is said where quotes help.
_OTHER_TYPES: t.Final[tuple[tuple[tuple[type, ...], str, str], ...]] = (
    ((bool,), "a boolean", "YAML reads NO and off as false"),
    ((int,), "a number", "YAML reads 0123 as 83, and 10:30 as 630"),
    ((float,), "a decimal number", "YAML reads 1.10 as 1.1"),
    ((datetime.date, datetime.time), "a date", "YAML reads 2026-01-18 as a date"),
    ((list, tuple), "a list", ""),
    ((Mapping,), "a mapping", ""),
)


class WrongType(Exception):
    """An option has another type than it should; the text names the option by its path and never repeats the value."""


def checked_options(options: Mapping[str, Option], given: Mapping[str, t.Any], path: str = "") -> dict[str, t.Any]:
    """The options given, each of its type; what the argument spec does not know stays as it is.

    Raises:
        WrongType: an option is of another type, and converting it would be a guess.
    """
    start = f"{path}." if path else ""
    return {
        str(name): _checked(options[name], value, f"{start}{name}") if name in options and value is not None else value
        for name, value in given.items()
    }


def _checked(option: Option, value: t.Any, path: str) -> t.Any:
    check = _CHECKS.get(option.get("type", "str"))
    return check(option, value, path) if check else value


def _text(option: Option, value: t.Any, path: str) -> t.Any:
    if "choices" in option:
        return _choice(option["choices"], value)
    name = path.rpartition(".")[2].partition("[")[0]
    if name in _NUMBERS_ACCEPTED and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if name in _DATES_ACCEPTED and isinstance(value, datetime.date):
        return value.isoformat()
    for types, what, why in _OTHER_TYPES:
        if isinstance(value, types):
            raise WrongType(f"{path}: must be text, but is {what}." + (f" Put it in quotes: {why}." if why else ""))
    return value


def _path(option: Option, value: t.Any, path: str) -> t.Any:
    """A path that is needed says something: the empty one is the directory that Ansible happens to run in."""
    text = _text(option, value, path)
    if option.get("required") and not str(text).strip():
        raise WrongType(f"{path}: must not be empty.")
    return text


def _choice(choices: t.Any, value: t.Any) -> t.Any:
    """The choice that is meant by C(Per User), C(web-browser), C(Windows Server 2022) or C(2022), if there is one."""
    if value in choices or isinstance(value, (bool, list, Mapping)):
        return value
    name = simple_name(str(value))
    return next((each for each in (name, f"windows_server_{name}") if each in choices), value)


def _whole_number(_option: Option, value: t.Any, path: str) -> int:
    if isinstance(value, bool):
        raise WrongType(f"{path}: must be a whole number, but is a boolean: YAML reads yes and on as true.")
    # A template that divides gives 250.0, which older releases of ansible-core do not take.
    if isinstance(value, float) and value.is_integer():
        return int(value)
    try:
        return int(check_type_int(value.strip() if isinstance(value, str) else value))
    except (TypeError, ValueError):
        raise WrongType(f"{path}: must be a whole number.") from None


def _truth_value(_option: Option, value: t.Any, path: str) -> bool:
    try:
        return bool(check_type_bool(value))
    except TypeError:
        raise WrongType(f"{path}: must be true or false.") from None


def _mapping(option: Option, value: t.Any, path: str) -> t.Any:
    try:
        found = check_type_dict(value)
    except (TypeError, ValueError):
        raise WrongType(f"{path}: must be a mapping of options, such as 'name: value'.") from None
    if "options" in option:
        return checked_options(option["options"], found, path)
    return found if "elements" in option else _texts_by_name(found, path)


def _texts_by_name(found: Mapping[str, t.Any], path: str) -> dict[str, t.Any]:
    """A mapping whose names are the user's own. Its values are IDs."""
    return {
        str(name): None if value is None else _text({}, value, f"{path}[{index}]")
        for index, (name, value) in enumerate(found.items())
    }


def _items(option: Option, value: t.Any, path: str) -> t.Any:
    if isinstance(value, (str, Mapping)):
        if option.get("elements") == "dict" and value:
            what = "a mapping" if isinstance(value, Mapping) else "text"
            raise WrongType(
                f"{path}: must be a list of mappings, but is {what}. To pass a list on the command line, "
                f"use a file (-e @FILE) or JSON (-e '{{\"variable\": [...]}}')."
            )
        return value
    if not isinstance(value, (list, tuple)):
        if option.get("elements") == "dict":
            raise WrongType(f"{path}: must be a list of mappings.")
        return [_item(option, [value], 0, path)]
    return [_item(option, value, index, path) for index in range(len(value))]


def _item(option: Option, items: t.Any, index: int, path: str) -> t.Any:
    element = {**option, "type": option.get("elements", "raw")}
    try:
        return _checked(element, items[index], f"{path}[{index}]")
    except WrongType as error:
        raise WrongType(f"{error}{item_label(items, index)}") from None


def item_label(items: t.Any, index: int) -> str:
    """Which one of several items is meant, in words: its place in a list alone is hard to find."""
    item = items[index]
    if len(items) < 2 or not isinstance(item, Mapping):
        return ""
    label = purchase_label(item) or str(item.get("server") or "")
    return f" This is number {index + 1} of {len(items)}" + (f" ({label})." if label else ".")


_CHECKS: t.Final[dict[str, Callable[[Option, t.Any, str], t.Any]]] = {
    "str": _text,
    "path": _path,
    "int": _whole_number,
    "bool": _truth_value,
    "dict": _mapping,
    "list": _items,
}
