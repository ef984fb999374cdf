# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options about a plan that is approved, which every module that changes a server has, and their variables."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping
from dataclasses import replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.options import ArgumentSpec

APPLY: t.Final = "apply"
_OPTIONS: t.Final[Mapping[str, dict[str, t.Any]]] = {
    "plan_file": {"type": "path"},
    "plan": {"type": "str", "choices": [APPLY]},
    "plan_key": {"type": "str", "no_log": True},
    "plan_hours": {"type": "float"},
}
PLAN_VARIABLES: t.Final[Mapping[str, str]] = {option: f"rd_licensing_{option}" for option in _OPTIONS}


def with_plan_options(spec: ArgumentSpec) -> ArgumentSpec:
    """The options of a module that changes a server."""
    requires = {option: ("plan_file",) for option in _OPTIONS if option != "plan_file"}
    return replace(spec, options={**spec.options, **_OPTIONS}, requires={**spec.requires, **requires})


def takes_plan(spec: ArgumentSpec) -> bool:
    """Whether a module has the options."""
    return "plan_file" in spec.options


def without_plan_options(arguments: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The options of a module that changes no server: what is set for the whole action group is not for it."""
    return {name: value for name, value in arguments.items() if name not in _OPTIONS}


def from_variables(
    arguments: Mapping[str, t.Any], variables: Mapping[str, t.Any], template: Callable[[t.Any], t.Any]
) -> dict[str, t.Any]:
    """The options that a task does not have and whose variables are set: one variable serves a whole run."""
    found = {}
    for option, variable in PLAN_VARIABLES.items():
        if option not in arguments and variables.get(variable) not in (None, ""):
            value = template(variables[variable])
            if value not in (None, "") and not str(value).startswith("__omit_place_holder__"):
                found[option] = value
    return found


def variables_for(defaults: Mapping[str, t.Any]) -> dict[str, str]:
    """Option to variable, for messages: all of them, if the plan file came from its variable."""
    return dict(PLAN_VARIABLES) if "plan_file" in defaults else {each: PLAN_VARIABLES[each] for each in defaults}
