# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""meta/runtime.yml, plugins/modules/ and plugins/action/ name the same modules, and each says it is in the group."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py") if path.stem != "__init__")


def action_group() -> list[str]:
    """The members of the action group, in the order of the file."""
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    return list(runtime["action_groups"]["rd_licensing"])


def test_action_group_lists_every_module_in_order() -> None:
    assert action_group() == MODULES


def test_every_module_has_its_action() -> None:
    actions = sorted(path.stem for path in (ROOT / "plugins" / "action").glob("*.py") if path.stem != "__init__")
    assert actions == MODULES


@pytest.mark.parametrize("module", MODULES)
def test_module_documents_its_action_group(module: str) -> None:
    text = (ROOT / "plugins" / "modules" / f"{module}.py").read_text(encoding="utf-8")
    assert "winfleet.rd_licensing._attributes.actiongroup_rd_licensing" in text
