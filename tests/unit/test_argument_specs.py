# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module's action validates and what its documentation says are the same.

ansible-test compares the two only for modules that carry their own code, not for those whose work an action does.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import combinations

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.masking import SECRET_OPTIONS

from tests.unit.module_documentation import MODULES, argument_spec, description, documentation

Options = Mapping[str, Mapping[str, t.Any]]

GROUPS = ("mutually_exclusive", "required_together", "required_one_of")
CONSTRAINTS = (*GROUPS, "required_if", "required_by")
KNOWN = {"type", "elements", "required", "default", "choices", "aliases", "options", "no_log", *CONSTRAINTS}
# A number, code or ID that Microsoft issues for a purchase or a server's activation, and what is secret everywhere.
SECRET_LIKE = re.compile(r"password|passphrase|secret|token|credential|(^|_)(code|number)s?$|^license_key_pack_ids?$")
NO_SECRET = {"postal_code"}


@dataclass(frozen=True)
class Level:
    """Options side by side, the module's own or the suboptions of one; C(path) is how O() begins for them."""

    path: str
    options: Options
    documented: Options
    constraints: Mapping[str, t.Any]

    def below(self) -> Iterator[Level]:
        """The suboptions of each option that has any."""
        for name, option in self.options.items():
            if "options" in option:
                brackets = "[]" if option.get("type") == "list" else ""
                yield Level(
                    f"{self.path}{name}{brackets}.",
                    option["options"],
                    self.documented.get(name, {}).get("suboptions", {}),
                    {constraint: option.get(constraint) or () for constraint in CONSTRAINTS},
                )

    def says(self, option: str, other: str, value: object = None) -> bool:
        """Whether the description of one option refers to another one, or to another one's value."""
        reference = f"O({self.path}{other}" + (")" if value is None else f"={value})")
        return reference in description(t.cast("dict[str, t.Any]", self.documented[option]))


def levels(module: str) -> Iterator[Level]:
    """The module's options, and all their suboptions."""
    spec = argument_spec(module)
    waiting = [Level("", spec.options, documentation(module)["options"], asdict(spec))]
    while waiting:
        level = waiting.pop()
        yield level
        waiting += level.below()


def in_words(option: Mapping[str, t.Any], suboptions: str) -> dict[str, t.Any]:
    """An option of either side with everything said that may be left out."""
    return {
        "type": option.get("type", "str"),
        "elements": option.get("elements"),
        "required": bool(option.get("required", False)),
        "default": option.get("default"),
        "choices": list(option.get("choices") or []),
        "aliases": list(option.get("aliases") or []),
        "suboptions": sorted(option.get(suboptions) or []),
    }


@pytest.mark.parametrize("module", MODULES)
def test_documentation_and_action_have_the_same_options(module: str) -> None:
    for level in levels(module):
        assert set(level.documented) == set(level.options), level.path or "options"


@pytest.mark.parametrize("module", MODULES)
def test_documentation_says_of_each_option_what_the_action_does(module: str) -> None:
    for level in levels(module):
        for name, option in level.options.items():
            documented = in_words(level.documented[name], "suboptions")
            assert documented == in_words(option, "options"), f"{level.path}{name}"


@pytest.mark.parametrize("module", MODULES)
def test_specs_use_no_key_that_this_test_does_not_compare(module: str) -> None:
    for level in levels(module):
        for name, option in level.options.items():
            assert set(option) <= KNOWN, f"{level.path}{name}"


@pytest.mark.parametrize("module", MODULES)
def test_secrets_are_marked_and_masked(module: str) -> None:
    """no_log alone hides nothing in an action: the name has to be on the list of what is masked as well."""
    for level in levels(module):
        for name, option in level.options.items():
            marked = option.get("no_log")
            if SECRET_LIKE.search(name) and name not in NO_SECRET:
                assert marked is not None, f"{level.path}{name}: say no_log, true or false"
            assert (name in SECRET_OPTIONS) == bool(marked), f"{level.path}{name}"


@pytest.mark.parametrize("module", MODULES)
def test_constraints_name_options_that_exist(module: str) -> None:
    for level in levels(module):
        for names in constrained(level):
            assert names <= set(level.options), f"{level.path}: {sorted(names)}"
        for option, value, *_rest in level.constraints["required_if"]:
            choices = level.options[option].get("choices")
            assert choices is None or value in choices, f"{level.path}{option}={value}"


@pytest.mark.parametrize("module", MODULES)
def test_constraints_are_in_the_documentation(module: str) -> None:
    for level in levels(module):
        for kind in GROUPS:
            for group in level.constraints[kind]:
                for one, other in pairs(kind, group):
                    assert level.says(one, other) or level.says(other, one), f"{kind}: {level.path}{one}, {other}"
        for option, value, needed, *_any_of in level.constraints["required_if"]:
            for name in needed:
                assert level.says(name, option, value), f"{level.path}{name}: say that {option}={value} needs it"
        for option, needed in dict(level.constraints["required_by"]).items():
            for name in needed:
                assert level.says(name, option) or level.says(option, name), f"{level.path}{option} needs {name}"


def constrained(level: Level) -> Iterator[set[str]]:
    """The options that each constraint of a level names."""
    for kind in GROUPS:
        yield from (set(group) for group in level.constraints[kind])
    for option, _value, needed, *_any_of in level.constraints["required_if"]:
        yield {option, *needed}
    for option, needed in dict(level.constraints["required_by"]).items():
        yield {option, *needed}


def pairs(kind: str, group: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Which options of a group have to refer to each other: all, or the first and each other where one is enough."""
    first, *others = group
    return ((first, other) for other in others) if kind == "required_one_of" else combinations((first, *others), 2)


@pytest.mark.parametrize("module", MODULES)
def test_options_that_need_another_one_name_options_that_exist(module: str) -> None:
    spec = argument_spec(module)
    for option, (other, *values) in spec.requires.items():
        assert option_of(spec.options, option)
        choices = option_of(spec.options, other).get("choices")
        assert choices is None or set(values) <= set(choices)
    for pair in spec.excludes.items():
        assert all(option_of(spec.options, name) for name in pair)


def option_of(options: Options, path: str) -> Mapping[str, t.Any]:
    """The option that a path such as C(source.host) names."""
    name, _dot, rest = path.partition(".")
    return option_of(options[name]["options"], rest) if rest else options[name]
