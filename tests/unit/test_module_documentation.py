# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every module's documentation has to have, and examples that the module would accept."""

from __future__ import annotations

import typing as t
from collections.abc import Iterator, Mapping

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.options import validated
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import parse_purchases

from tests.unit.module_documentation import (
    COLLECTION,
    MODULES,
    argument_spec,
    documentation,
    examples,
    returned,
)

# What stands for a variable of an example, where a text alone would have the wrong shape.
SHAPES: t.Final = {
    "license_code": "C0DE1C0DE2C0DE3C0DE4C0DE5",
    "license_number": "12345678",
    "authorization_number": "AUTH1AUTH2AUTH3",
    "agreement_number": "1234567",
    "license_key_pack_id": "PACK1PACK2PACK3PACK4PACK5PACK6PACK7",
}
PLACEHOLDERS: t.Final[dict[str, t.Any]] = {
    "str": "text", "path": "text", "int": 1, "bool": True, "dict": {}, "list": [], "raw": {}
}  # fmt: skip
# Modules that work on the controller alone.
ON_CONTROLLER: t.Final = ("clearinghouse_request", "retained_key_pack_ids")


def tasks(items: list[dict[str, t.Any]]) -> Iterator[dict[str, t.Any]]:
    """The tasks of a list, and those in its blocks and plays."""
    for item in items:
        nested = [item[key] for key in ("block", "rescue", "always", "tasks", "pre_tasks") if key in item]
        for part in nested:
            yield from tasks(part)
        if not nested:
            yield item


def own_tasks(module: str) -> list[dict[str, t.Any]]:
    """The options of each example of a module, with something in place of variables."""
    name = f"{COLLECTION}.{module}"
    found = [task[name] or {} for task in tasks(examples(module)) if name in task]
    return [without_variables(options, argument_spec(module).options) for options in found]


def without_variables(options: Mapping[str, t.Any], spec: Mapping[str, Mapping[str, t.Any]]) -> dict[str, t.Any]:
    """The options with a value of the right type for each variable; an unknown option stays, to be refused."""
    filled = {}
    for name, value in options.items():
        option = spec.get(name, {})
        if isinstance(value, str) and "{{" in value:
            filled[name] = SHAPES.get(name, option.get("choices", [PLACEHOLDERS[option.get("type", "str")]])[0])
        elif isinstance(value, Mapping):
            filled[name] = without_variables(value, option.get("options", {}))
        elif isinstance(value, list) and option.get("elements") == "dict":
            filled[name] = [without_variables(item, option.get("options", {})) for item in value]
        else:
            filled[name] = value
    return filled


@pytest.mark.parametrize("module", MODULES)
def test_module_says_how_far_it_goes_in_check_and_diff_mode(module: str) -> None:
    attributes = documentation(module)["attributes"]
    assert attributes["check_mode"]["support"] == "full"
    assert attributes["diff_mode"]["support"] in ("full", "N/A")
    assert attributes["idempotent"]["support"] == "full"
    assert attributes["action"]["support"] == "full"


@pytest.mark.parametrize("module", MODULES)
def test_module_says_which_platform_it_manages(module: str) -> None:
    platform = documentation(module)["attributes"]["platform"]
    assert platform["support"] == "full"
    assert platform["platforms"] == ("posix" if module in ON_CONTROLLER else "windows")


@pytest.mark.parametrize("module", MODULES)
def test_module_points_at_its_siblings_and_at_microsoft(module: str) -> None:
    seealso = documentation(module)["seealso"]
    assert any(str(entry.get("module", "")).startswith(COLLECTION) for entry in seealso)
    assert any(str(entry.get("link", "")).startswith("https://learn.microsoft.com/") for entry in seealso)
    assert documentation(module)["notes"]


@pytest.mark.parametrize("module", MODULES)
def test_module_has_three_examples_that_it_accepts(module: str) -> None:
    found = own_tasks(module)
    for options in found:
        params = validated(argument_spec(module), options, module)
        parse_purchases(params.get("purchases") or [])
    # One that reads may need more than one task to show what its result is good for.
    assert found
    assert len(examples(module)) >= 3


@pytest.mark.parametrize("module", MODULES)
def test_examples_hold_no_credential(module: str) -> None:
    for options in tasks(examples(module)):
        for name, value in secrets(options):
            assert "{{" in str(value), f"{name} is to come from a vault"


def secrets(value: object) -> Iterator[tuple[str, object]]:
    """Every credential in a task, at any depth."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            if name in SHAPES:
                yield name, item
            yield from secrets(item)
    elif isinstance(value, list):
        for item in value:
            yield from secrets(item)


@pytest.mark.parametrize("module", MODULES)
def test_every_return_value_has_a_type_and_a_sample(module: str) -> None:
    for name, value in returned(module).items():
        assert value["returned"], name
        for path, leaf in leaves(name, value):
            assert leaf["type"], path
            assert "sample" in leaf, path
            assert fits(leaf["sample"], leaf), f"{path}: {leaf['sample']!r} is no {leaf['type']}"


def leaves(path: str, value: Mapping[str, t.Any]) -> Iterator[tuple[str, Mapping[str, t.Any]]]:
    """The values that contain no others."""
    contained = value.get("contains")
    if not contained:
        yield path, value
        return
    assert value["type"] in ("dict", "list"), path
    assert value["type"] != "list" or value["elements"] == "dict", path
    for name, item in contained.items():
        yield from leaves(f"{path}.{name}", item)


def fits(sample: object, value: Mapping[str, t.Any]) -> bool:
    """Whether a sample has the type of its return value. Null says that it may be null."""
    python = {"str": str, "int": int, "bool": bool, "list": list, "dict": dict, "float": float}[value["type"]]
    return sample is None or (isinstance(sample, python) and (python is bool or not isinstance(sample, bool)))
