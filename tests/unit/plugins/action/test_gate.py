# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No module can change a server around its plan."""

from __future__ import annotations

import ast
import typing as t
from pathlib import Path

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.plan_options import (
    PLAN_VARIABLES,
    from_variables,
    without_plan_options,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.server_identity import (
    ChangeWithoutPlan,
    IdentityProof,
    ProvenSession,
    RunRegister,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_classes import TS_LICENSE_SERVER
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._plan_file import facts
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._plan_file.steps import KINDS
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.client import WsmanClient
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.envelope import HeaderSettings

from tests.unit.conftest import CHECKOUT
from tests.unit.module_documentation import MODULES, argument_spec
from tests.unit.wsman_script import ENDPOINT, WsmanScript

ACTIONS = CHECKOUT / "plugins" / "action"
UTILS = CHECKOUT / "plugins" / "plugin_utils"
# These change a server and leave nothing there, so there is nothing to approve.
LEAVE_NOTHING = {"probe", "cal_usage_info"}


def calls(path: Path, name: str) -> int:
    """How often a file calls a method of that name."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [each.func for each in ast.walk(tree) if isinstance(each, ast.Call)]
    return sum(isinstance(each, ast.Attribute) and each.attr == name for each in found)


def test_a_session_changes_nothing_before_the_plan_is_admitted(tmp_path: Path) -> None:
    """Whatever module holds it, and in whatever order it does things."""
    proof = IdentityProof(RunRegister(tmp_path))
    headers = HeaderSettings(to=ENDPOINT, operation_timeout=20, max_envelope_size=153600)
    with WsmanScript() as script:
        session = ProvenSession(WsmanClient(script, headers), "rdls01", proof)
        with pytest.raises(ChangeWithoutPlan):
            session.invoke(TS_LICENSE_SERVER, "DeactivateServerAutomatic", {})
        with pytest.raises(ChangeWithoutPlan):
            session.put(t.cast("t.Any", None))


def test_only_the_gate_admits_changes() -> None:
    """C(allow_changes) is called in one place: where a plan is admitted."""
    callers = [path for path in (CHECKOUT / "plugins").rglob("*.py") if calls(path, "allow_changes")]
    assert [path.name for path in callers] == ["action.py"]


def test_every_session_of_a_module_is_one_that_asks_first() -> None:
    """CimSession itself is made nowhere but as ProvenSession."""
    for path in UTILS.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        made = [
            each.func.id for each in ast.walk(tree) if isinstance(each, ast.Call) and isinstance(each.func, ast.Name)
        ]
        assert "CimSession" not in made, path


@pytest.mark.parametrize("module", MODULES)
def test_what_changes_a_server_has_the_options_and_passes_the_gate(module: str) -> None:
    passes = calls(ACTIONS / f"{module}.py", "may_apply") > 0
    assert passes == ("plan_file" in argument_spec(module).options or module in LEAVE_NOTHING), module


@pytest.mark.parametrize("module", MODULES)
def test_what_is_set_for_the_action_group_is_not_for_modules_that_only_read(module: str) -> None:
    options = {"plan_file": "change.json", "plan": "apply", "plan_key": "k", "plan_hours": 1}
    takes = set(options) & set(argument_spec(module).options)
    assert takes in (set(), set(options))
    assert without_plan_options({**options, "other": 1}) == {"other": 1}


def test_every_action_that_a_planner_uses_has_its_kind() -> None:
    """Its identity, what it leaves on the server and how to go back."""
    named = {kind.__name__ for kind in KINDS}
    for path in (UTILS / "_planning").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for each in ast.walk(tree):
            if isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id == "Step":
                action = each.args[1]
                if isinstance(action, ast.Call) and isinstance(action.func, ast.Name):
                    assert action.func.id in named, f"{path.name}: {action.func.id}"
    for kind in KINDS.values():
        assert kind.undo.endswith(".")


def test_every_field_that_is_no_fact_has_a_reason_and_exists() -> None:
    names = {name for name, _field in facts.LEFT_OUT}
    classes: dict[str, set[str]] = {}
    for path in UTILS.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for each in ast.walk(tree):
            if isinstance(each, ast.ClassDef) and each.name in names:
                fields = {
                    part.target.id
                    for part in each.body
                    if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
                }
                classes.setdefault(each.name, set()).update(fields)
    for (name, field), reason in facts.LEFT_OUT.items():
        assert field in classes[name], f"{name}.{field}"
        assert len(reason.split()) > 3


def test_options_come_from_variables_unless_the_task_has_them() -> None:
    variables = {"rd_licensing_plan_file": "{{ change }}.json", "rd_licensing_plan": "", "rd_licensing_plan_key": None}
    assert from_variables({}, variables, lambda text: text.replace("{{ change }}", "c1")) == {"plan_file": "c1.json"}
    assert from_variables({"plan_file": "mine.json"}, variables, str) == {}
    assert set(PLAN_VARIABLES.values()) == {f"rd_licensing_{option}" for option in PLAN_VARIABLES}
