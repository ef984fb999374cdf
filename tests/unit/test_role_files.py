# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles and playbooks say in which order things are done. What has to be computed is computed in Python."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted([*ROOT.glob("roles/*/*/*.yml"), *ROOT.glob("playbooks/*.yml")])
LONGEST = 3


def texts(value: Any) -> Iterator[str]:
    """Every text in a document."""
    if isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, str):
        yield value


def task_names(tasks: list[dict[str, Any]]) -> Iterator[str]:
    """The names of tasks, of those in blocks, and of plays and their tasks."""
    for task in tasks:
        yield task["name"]
        for part in ("block", "rescue", "always", "tasks"):
            yield from task_names(task.get(part, []))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_expression_is_longer_than_three_lines(path: Path) -> None:
    """Nor is any a program: no Jinja statements."""
    source = path.read_text(encoding="utf-8")
    for expression in re.findall(r"{{.*?}}", source, re.DOTALL):
        assert expression.count("\n") < LONGEST, expression
    assert "{%" not in source


@pytest.mark.parametrize(
    "path",
    [path for path in FILES if path.parent.name in ("tasks", "playbooks")],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_task_names_say_what_is_done_and_to_no_host_in_particular(path: Path) -> None:
    """A name is shown once for all hosts, filled in for the first of them."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    for name in task_names(document):
        assert "{{" not in name
        assert re.match(r"([A-Z][a-z ]+ \| )?[A-Z]", name), name


def test_a_playbook_with_a_table_shows_it_when_every_server_is_unreachable() -> None:
    """Ansible skips C(always) for unreachable hosts, and ends the playbook when there are no others."""
    shown = 0
    for path in ROOT.glob("playbooks/*.yml"):
        for play in yaml.safe_load(path.read_text(encoding="utf-8")):
            if "serial" in play:
                assert "tasks/fleet_summary.yml" in texts(play["tasks"]), path
                assert play["vars"]["__rd_licensing_fails_when_unreachable"] is True, path
                shown += 1
    assert shown >= 4


def test_an_empty_variable_of_a_playbook_is_not_set() -> None:
    """A survey passes on an answer that was not given as an empty text."""
    kept = re.compile(r"default\((?!omit)[^()]*[^()'\[\]{} ]+[^()]*\)")
    for path in ROOT.glob("playbooks/*.yml"):
        for text in texts(yaml.safe_load(path.read_text(encoding="utf-8"))):
            assert "_file is defined" not in text, path
            assert "_host is defined" not in text, path
            for found in kept.findall(text):
                assert found.endswith(", true)") or found == "default(false)", (path, found)


@pytest.mark.parametrize("path", sorted(ROOT.glob("roles/*/tasks/*.yml")), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_that_is_included_imports_by_its_whole_path(path: Path) -> None:
    """Ansible looks for what an included file imports beside the playbook, too: tasks/rebuild.yml of its user."""
    if path.name == "main.yml":
        return
    for task in yaml.safe_load(path.read_text(encoding="utf-8")):
        imported = task.get("ansible.builtin.import_tasks", "{{ role_path }}/tasks/")
        assert imported.startswith("{{ role_path }}/tasks/")
