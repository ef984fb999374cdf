# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The data files for AWX and Automation Platform, in the form that infra.aap_configuration takes; the sample policy."""

from __future__ import annotations

import json
import pathlib
import re
import subprocess
import typing as t

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
AAP = ROOT / "extensions" / "aap"
PLAYBOOKS = sorted(path.name for path in (AAP / "project").glob("*.yml") if path.name != "execution-environment.yml")

# What the READMEs of the roles of infra.aap_configuration list, as far as it is used here.
NODE_KEYS = {
    "identifier", "unified_job_template", "approval_node", "success_nodes", "failure_nodes", "always_nodes",
    "all_parents_must_converge", "extra_data", "limit", "inventory", "credentials", "job_type",
}  # fmt: skip
KEYS = {
    "controller_projects": {
        "name", "organization", "description", "scm_type", "scm_url", "scm_branch", "scm_clean", "scm_update_on_launch",
        "default_environment",
    },
    "controller_execution_environments": {"name", "description", "image", "pull", "organization", "credential"},
    "controller_credential_types": {"name", "description", "kind", "inputs", "injectors"},
    "controller_credentials": {"name", "organization", "description", "credential_type", "inputs"},
    "controller_templates": {
        "name", "description", "organization", "project", "playbook", "inventory", "execution_environment",
        "credentials", "job_type", "diff_mode", "forks", "limit", "job_slice_count", "ask_limit_on_launch",
        "ask_variables_on_launch", "survey_enabled", "survey_spec", "extra_vars",
    },
    "controller_workflows": {
        "name", "description", "organization", "inventory", "allow_simultaneous", "ask_limit_on_launch",
        "ask_variables_on_launch", "survey_enabled", "survey_spec", "simplified_workflow_nodes",
    },
    "controller_schedules": {"name", "description", "unified_job_template", "organization", "rrule", "extra_data"},
}  # fmt: skip
QUESTION_KEYS = {
    "question_name", "question_description", "required", "type", "variable", "default", "min", "max", "choices",
    "new_question",
}  # fmt: skip


class _Loader(yaml.SafeLoader):
    """Reads C(!unsafe) as the text that it marks."""


_Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(t.cast("yaml.ScalarNode", node)))


def _configuration() -> dict[str, t.Any]:
    found: dict[str, t.Any] = {}
    for path in sorted((AAP / "configuration").glob("*.yml")):
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506  # a SafeLoader
        assert not found.keys() & content.keys(), path
        found |= content
    return found


CONFIGURATION = _configuration()
TEMPLATES = {each["name"]: each for each in CONFIGURATION["controller_templates"]}
WORKFLOWS = {each["name"]: each for each in CONFIGURATION["controller_workflows"]}


def _names(variable: str) -> set[str]:
    return {each["name"] for each in CONFIGURATION[variable]}


@pytest.mark.parametrize("variable", sorted(KEYS))
def test_objects_have_only_keys_that_the_role_takes(variable: str) -> None:
    names = [each["name"] for each in CONFIGURATION[variable]]
    assert len(names) == len(set(names)) > 0
    for each in CONFIGURATION[variable]:
        assert set(each) <= KEYS[variable], each["name"]


def test_job_templates_lead_to_what_exists() -> None:
    for name, template in TEMPLATES.items():
        assert template["playbook"] in PLAYBOOKS, name
        assert template["project"] in _names("controller_projects")
        assert template["execution_environment"] in _names("controller_execution_environments")
        assert set(template["credentials"]) <= _names("controller_credentials")
        assert template["job_type"] in ("run", "check")
    for schedule in CONFIGURATION["controller_schedules"]:
        assert schedule["unified_job_template"] in TEMPLATES
    managed = {"Machine", "Vault"}
    for credential in CONFIGURATION["controller_credentials"]:
        assert credential["credential_type"] in managed | _names("controller_credential_types")


@pytest.mark.parametrize("owner", [*TEMPLATES.values(), *WORKFLOWS.values()], ids=lambda each: each["name"])
def test_surveys_are_complete(owner: dict[str, t.Any]) -> None:
    assert owner.get("survey_enabled", False) == ("survey_spec" in owner)
    for question in owner.get("survey_spec", {}).get("spec", []):
        assert set(question) == QUESTION_KEYS
        assert question["type"] in ("text", "password", "integer", "float", "multiplechoice", "multiselect")


@pytest.mark.parametrize("workflow", WORKFLOWS.values(), ids=lambda each: each["name"])
def test_the_workflow_applies_a_plan_only_after_its_approval(workflow: dict[str, t.Any]) -> None:
    nodes = {node["identifier"]: node for node in workflow["simplified_workflow_nodes"]}
    parents: dict[str, list[str]] = {name: [] for name in nodes}
    for name, node in nodes.items():
        assert set(node) <= NODE_KEYS
        assert ("approval_node" in node) != (node.get("unified_job_template") in TEMPLATES)
        for key in ("success_nodes", "failure_nodes", "always_nodes"):
            for child in node.get(key, []):
                parents[child].append(f"{name}:{key}")
    assert parents["apply"] == ["approval:success_nodes"]
    assert parents["approval"] == ["plan:success_nodes"]
    assert set(nodes["approval"]["approval_node"]) == {"name", "description", "timeout"}
    plan, apply = (TEMPLATES[nodes[name]["unified_job_template"]] for name in ("plan", "apply"))
    assert plan["job_type"] == "check"
    assert plan["extra_vars"]["rd_licensing_plan_file"] == apply["extra_vars"]["rd_licensing_plan_file"]
    assert apply["extra_vars"]["rd_licensing_plan"] == "apply"
    # What the workflow asks reaches a job only if its template asks for it as well.
    asked = {question["variable"] for question in workflow["survey_spec"]["spec"]}
    for template in (plan, apply):
        assert asked <= {question["variable"] for question in template["survey_spec"]["spec"]}
        assert template["ask_limit_on_launch"]


def test_jobs_keep_their_files_where_the_next_job_finds_them() -> None:
    (shown,) = CONFIGURATION["controller_settings"]["settings"]["AWX_ISOLATION_SHOW_PATHS"]
    directory, inside, mode = shown.split(":")
    assert (directory, mode) == (inside, "rw")
    for template in TEMPLATES.values():
        for name, value in template.get("extra_vars", {}).items():
            if name.endswith(("_file", "_directory")):
                assert value.startswith(inside + "/"), name


def test_variables_are_those_of_the_collection() -> None:
    known = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("roles", "playbooks", "plugins")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".yml", ".py")
    )
    own = "\n".join(path.read_text(encoding="utf-8") for path in (AAP / "project").glob("*.yml"))
    variables = {name for template in TEMPLATES.values() for name in template.get("extra_vars", {})}
    for kind in CONFIGURATION["controller_credential_types"]:
        variables |= set(kind["injectors"]["extra_vars"])
    for name in variables:
        assert re.search(rf"\b{name}\b", known + own), name


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_playbooks_of_the_project_are_valid(playbook: str) -> None:
    command = ["ansible-playbook", "--syntax-check", "-i", "localhost,", str(AAP / "project" / playbook)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr


JOB: dict[str, t.Any] = {
    "job_type": "run",
    "playbook": "replace_source_server.yml",
    "extra_vars": {"rd_licensing_plan": "apply", "rd_licensing_plan_file": "/var/lib/rd_licensing/CHG-4711.json"},
    "workflow_job": {"id": 12, "name": "RD Licensing - change"},
}


def _decision(job: dict[str, t.Any]) -> dict[str, t.Any]:
    regopy = pytest.importorskip(
        "regopy", reason="regopy has no package for this platform: the policy is not evaluated"
    )
    interpreter = regopy.Interpreter()
    interpreter.add_module("rd_licensing.rego", (AAP / "policy" / "rd_licensing.rego").read_text(encoding="utf-8"))
    interpreter.set_input(job)
    answer = json.loads(str(interpreter.query("data.rd_licensing.change_control")))
    decision: dict[str, t.Any] = answer["expressions"][0]
    return decision


@pytest.mark.parametrize(
    "job",
    [
        JOB,
        {**JOB, "playbook": "playbooks/retire_dead_server.yml"},
        {"job_type": "check", "playbook": "replace_source_server.yml", "extra_vars": {}, "workflow_job": None},
        {"job_type": "run", "playbook": "monitor.yml", "extra_vars": {}, "workflow_job": None},
    ],
)
def test_the_policy_allows_plans_and_what_changes_nothing(job: dict[str, t.Any]) -> None:
    assert _decision(job) == {"allowed": True, "violations": []}


@pytest.mark.parametrize(
    "playbook", ["replace_source_server", "retire_dead_server", "rebuild_database", "license_server"]
)
@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"extra_vars": {}}, "rd_licensing_plan_file"),
        ({"extra_vars": {**JOB["extra_vars"], "rd_licensing_plan": ""}}, "rd_licensing_plan "),
        ({"extra_vars": {**JOB["extra_vars"], "rd_licensing_plan_file": " "}}, "rd_licensing_plan_file"),
        ({"extra_vars": {**JOB["extra_vars"], "rd_licensing_plan_key": "k"}}, "rd_licensing_plan_key"),
        ({"workflow_job": None}, "workflow"),
        ({"workflow_job": {}}, "workflow"),
    ],
)
def test_the_policy_refuses_changes_without_an_approved_plan(
    playbook: str, change: dict[str, t.Any], named: str
) -> None:
    decision = _decision({**JOB, "playbook": f"{playbook}.yml", **change})
    assert not decision["allowed"]
    assert any(named in violation for violation in decision["violations"])


def test_the_policy_knows_every_playbook_that_changes_servers() -> None:
    policy = (AAP / "policy" / "rd_licensing.rego").read_text(encoding="utf-8")
    named = set(re.findall(r'^\t"(\w+\.yml)",$', policy, re.MULTILINE))
    reading = {"fleet_report.yml", "monitor.yml", "probe.yml", "license_evidence.yml"}
    assert named == {path.name for path in (ROOT / "playbooks").glob("*.yml")} - reading
