# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real inventory with Ansible's own variable manager behind it, as a task sees it through ``hostvars``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from inspect import signature
from pathlib import Path
from typing import Any

from ansible import template
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play import Play
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager


def hostvars_of(inventory: Mapping[str, Any], directory: Path) -> HostVars:
    """``hostvars`` of an inventory in the YAML plugin's shape; its file goes to the directory."""
    file = directory / "inventory.yml"
    file.write_text(json.dumps(inventory), encoding="utf-8")
    loader = DataLoader()
    manager = InventoryManager(loader=loader, sources=[str(file)])
    variables = VariableManager(loader=loader, inventory=manager)
    return HostVars(inventory=manager, variable_manager=variables, loader=loader)


def task_of_play(play: Mapping[str, Any], hostvars: HostVars, directory: Path) -> Any:
    """The first task of a play, as a worker process gets it: with its parents and the play behind it."""
    file = directory / "play.yml"
    file.write_text(json.dumps(play), encoding="utf-8")
    # From a file, as since ansible-core 2.19 only what a user wrote counts as a template.
    marks = "trusted_as_template" in signature(DataLoader.load_from_file).parameters
    options: dict[str, Any] = {"trusted_as_template": True} if marks else {}
    source = DataLoader().load_from_file(str(file), **options)
    loaded = Play.load(source, variable_manager=hostvars._variable_manager, loader=hostvars._loader)
    task = loaded.compile()[1].block[0]
    return task.block[0] if hasattr(task, "block") else task


def trusted(value: Any) -> Any:
    """A text that Ansible may take as a template."""
    mark = getattr(template, "trust_as_template", None)
    return value if mark is None else mark(value)
