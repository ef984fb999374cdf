# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages from roles name the role's variables."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
import yaml
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.role_variables import in_terms_of_role

from tests.unit.module_documentation import argument_spec

ROLES = pathlib.Path(__file__).resolve().parents[5] / "roles"
NAMES = {
    "acknowledge_removed": "retire_dead_server_acknowledge_removed",
    "adopt": "retire_dead_server_adopt",
    "connection_method": "retire_dead_server_connection_method",
    "purchases": "retire_dead_server_purchases",
    "source.name": "retire_dead_server_source_name",
    "source": "never",
}
IN_ROLE = {"ansible_role_name": "winfleet.rd_licensing.retire_dead_server", "__retire_dead_server_option_names": NAMES}
# The module whose options a role passes on.
MODULES = {
    "fleet_report": "fleet_report",
    "license_server": "license_server",
    "rebuild_database": "database_rebuild",
    "replace_source_server": "cal_migration",
    "retire_dead_server": "cal_migration",
}


@pytest.mark.parametrize(
    ("text", "renamed"),
    [
        ("set acknowledge_removed: true", "set retire_dead_server_acknowledge_removed: true"),
        ("set adopt: false.", "set retire_dead_server_adopt: false."),
        ("Continue with adopt: false", "Continue with retire_dead_server_adopt: false"),
        ("purchases[3].quantity: must be", "retire_dead_server_purchases[3].quantity: must be"),
        ("source.name must be text", "retire_dead_server_source_name must be text"),
        ("'adopt' is unknown", "'retire_dead_server_adopt' is unknown"),
        ("adopt: must be true or false.", "retire_dead_server_adopt: must be true or false."),
        (
            "winfleet.rd_licensing.cal_migration: adopt: must be true or false.",
            "winfleet.rd_licensing.cal_migration: retire_dead_server_adopt: must be true or false.",
        ),
        # Words, values, and names of something else.
        ("rdls02: adopt: no", None),
        ("adopt it", None),
        ("the purchases do not adopt it", None),
        ("the source is gone", None),
        ("retire_dead_server_connection_method is set", None),
        ("source.connection_method and connection_methods", None),
    ],
)
def test_options_become_variables_and_words_stay(text: str, renamed: str | None) -> None:
    assert in_terms_of_role({"msg": text, "steps": [text]}, IN_ROLE) == {"msg": renamed or text, "steps": [text]}


def test_a_task_in_a_role_that_the_role_includes_counts() -> None:
    inner = {
        **IN_ROLE,
        "ansible_role_name": "winfleet.rd_licensing.clearinghouse_requests",
        "ansible_parent_role_names": ["winfleet.rd_licensing.retire_dead_server"],
    }
    result: dict[str, t.Any] = {"msg": "set adopt: false", "warnings": ["set adopt: true"], "changed": False}
    assert in_terms_of_role(result, inner)["warnings"] == ["set retire_dead_server_adopt: true"]


def test_outside_a_role_nothing_is_renamed() -> None:
    assert in_terms_of_role({"msg": "set adopt: false"}, {}) == {"msg": "set adopt: false"}
    assert in_terms_of_role({"msg": "set adopt: false"}, {"ansible_role_name": "other"}) == {"msg": "set adopt: false"}


@pytest.mark.parametrize("role", MODULES)
def test_every_option_that_a_role_passes_on_has_a_name(role: str) -> None:
    """And every name is that of a variable of the role."""
    names = yaml.safe_load((ROLES / role / "vars" / "main.yml").read_text(encoding="utf-8"))[f"__{role}_option_names"]
    specs = yaml.safe_load((ROLES / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    assert set(names.values()) - {"rd_licensing_answers"} <= set(specs["argument_specs"]["main"]["options"])
    first, *_others = yaml.safe_load((ROLES / role / "tasks" / "main.yml").read_text(encoding="utf-8"))
    module = f"winfleet.rd_licensing.{MODULES[role]}"
    passed = first["module_defaults"][module] if "module_defaults" in first else first[module]
    flat = {name for name in passed if name != "source"} | {f"source.{name}" for name in passed.get("source", {})}
    fixed = {"state", "remove_from_source"}
    assert set(names) >= flat - fixed
    # The role that retains IDs is one that these include.
    options = {*argument_spec(MODULES[role]).options, "vault_password"}
    assert {name.partition(".")[0] for name in names} <= options
