# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/architecture.md is true: the names in its tables exist, and imports point downward only."""

from __future__ import annotations

import ast
import importlib
import re
import typing as t
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT: t.Final = Path(__file__).resolve().parents[2]
PACKAGE: t.Final = "ansible_collections.winfleet.rd_licensing"
PAGE: t.Final = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
# A row of a table that names a file and something in it.
NAMED: t.Final = re.findall(r"^\|[^|]*\| `([\w./]+\.py)` \| `([\w.]+)` \|", PAGE, re.MULTILINE)
# From the top down; a layer imports itself and what is below it.
LAYERS: t.Final = (
    ("_ansible",),
    ("_plan_file",),
    ("_report", "_probe"),
    ("_health",),
    ("_connection", "_applying"),
    ("_planning", "_request_sheet"),
    ("_licensing",),
    ("_cim",),
    ("_wsman",),
)
MAY_IMPORT_ANSIBLE: t.Final = {"_ansible", "_connection"}
UTILS: t.Final = ROOT / "plugins" / "plugin_utils"


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_what_the_page_names_exists(path: str, name: str) -> None:
    place = path if path.startswith("plugins/") else f"plugins/plugin_utils/{path}"
    found: t.Any = importlib.import_module(f"{PACKAGE}.{place.removesuffix('.py').replace('/', '.')}")
    for part in name.split("."):
        assert hasattr(found, part), f"{path} has no {name}"
        found = getattr(found, part)


def test_the_page_follows_a_purchase_through_every_layer() -> None:
    assert {path.split("/")[0] for path, _name in NAMED} >= {layer for group in LAYERS for layer in group}


def imports(path: Path) -> Iterator[str]:
    """The modules that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def level(folder: str) -> int:
    """How far down a folder of plugin_utils is."""
    return next(number for number, group in enumerate(LAYERS) if folder in group)


@pytest.mark.parametrize("folder", [folder for group in LAYERS for folder in group])
def test_imports_point_downward(folder: str) -> None:
    for path in sorted((UTILS / folder).rglob("*.py")):
        for module in imports(path):
            if module.startswith(f"{PACKAGE}.plugins.plugin_utils."):
                other = module.removeprefix(f"{PACKAGE}.plugins.plugin_utils.").split(".")[0]
                below = level(other) > level(folder)
                assert below or other == folder, f"{path.name} imports {module}"
            elif module.split(".")[0] == "ansible":
                assert folder in MAY_IMPORT_ANSIBLE, f"{path.name} imports {module}"


def test_every_folder_has_its_layer() -> None:
    folders = {path.name for path in UTILS.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == {folder for group in LAYERS for folder in group}


def test_no_file_name_stands_for_three_things() -> None:
    """An action plugin and the documentation of its module are one thing, as Ansible wants them named."""
    files = [path for path in (ROOT / "plugins").rglob("*.py") if path.parent.name != "modules"]
    counts = Counter(path.name for path in files if path.name != "__init__.py")
    assert [name for name, count in counts.items() if count > 2] == []
