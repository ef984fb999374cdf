# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation of the collection's modules as Ansible shows it: with the fragments merged in."""

from __future__ import annotations

import importlib
import re
import typing as t
from pathlib import Path

import yaml
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.options import ArgumentSpec

COLLECTION = "winfleet.rd_licensing"
_PLUGINS = f"ansible_collections.{COLLECTION}.plugins"
_FOLDER = Path(__file__).resolve().parents[2] / "plugins" / "modules"

MODULES = sorted(path.stem for path in _FOLDER.glob("*.py") if path.stem != "__init__")


def argument_spec(module: str) -> ArgumentSpec:
    """What the module's action validates."""
    return t.cast("ArgumentSpec", importlib.import_module(f"{_PLUGINS}.action.{module}").ARGUMENT_SPEC)


def documentation(module: str) -> dict[str, t.Any]:
    """DOCUMENTATION, merged the way ansible.utils.plugin_docs does: where both say something, the module is right."""
    document: dict[str, t.Any] = yaml.safe_load(_text(module, "DOCUMENTATION"))
    for slug in document.pop("extends_documentation_fragment", []):
        fragment = _fragment(slug)
        for section in ("options", "attributes"):
            own = document.setdefault(section, {})
            for name, described in fragment.get(section, {}).items():
                own[name] = {**described, **own.get(name, {})}
        for section in ("notes", "seealso", "requirements"):
            document.setdefault(section, []).extend(fragment.get(section, []))
    return document


def examples(module: str) -> list[dict[str, t.Any]]:
    """The tasks of EXAMPLES."""
    return t.cast("list[dict[str, t.Any]]", yaml.safe_load(_text(module, "EXAMPLES")))


def returned(module: str) -> dict[str, t.Any]:
    """RETURN."""
    return t.cast("dict[str, t.Any]", yaml.safe_load(_text(module, "RETURN")))


def description(option: dict[str, t.Any]) -> str:
    """Everything that is said of an option, its choices included."""
    said = option["description"]
    paragraphs = [said] if isinstance(said, str) else list(said)
    if isinstance(option.get("choices"), dict):
        paragraphs += [str(text) for text in option["choices"].values()]
    return " ".join(paragraphs)


def _text(module: str, constant: str) -> str:
    return str(getattr(importlib.import_module(f"{_PLUGINS}.modules.{module}"), constant))


def _fragment(slug: str) -> dict[str, t.Any]:
    parsed = re.fullmatch(re.escape(COLLECTION) + r"\.(\w+)(?:\.(\w+))?", slug)
    if parsed is None:
        raise ValueError(f"{slug} is not a fragment of this collection")
    name, part = parsed.groups()
    holder = importlib.import_module(f"{_PLUGINS}.doc_fragments.{name}").ModuleDocFragment
    return t.cast("dict[str, t.Any]", yaml.safe_load(getattr(holder, (part or "documentation").upper())))
