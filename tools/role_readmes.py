# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write the table of options in every role's README.md from its meta/argument_specs.yml.

Without arguments it writes; with --check it only says which README is out of date, and exits with 1 if one is.
"""

from __future__ import annotations

import pathlib
import re
import sys
from typing import Any

import yaml

ROLES = pathlib.Path(__file__).resolve().parent.parent / "roles"
START, END = "<!-- options: written by tools/role_readmes.py -->", "<!-- end of options -->"
MARKUP = re.compile(r"\b(RV|[VOMCBIP])\(((?:[^()]|\([^()]*\))*)\)")


def main(arguments: list[str]) -> int:
    """Entry point; gives the exit status."""
    stale = []
    for role in sorted(path for path in ROLES.iterdir() if path.is_dir()):
        readme = role / "README.md"
        text = readme.read_text(encoding="utf-8")
        wanted = with_options(text, (role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
        if text != wanted:
            stale.append(readme.relative_to(ROLES.parent))
            if "--check" not in arguments:
                readme.write_text(wanted, encoding="utf-8")
    for path in stale:
        print(f"{path}: {'out of date, run tools/role_readmes.py' if '--check' in arguments else 'written'}")
    return 1 if stale and "--check" in arguments else 0


def with_options(readme: str, argument_specs: str) -> str:
    """A README with what stands between its two marks replaced: a table for each entry point of the role.

    Raises:
        ValueError: the README lacks the marks.
    """
    before, found, rest = readme.partition(START)
    _old, found_end, after = rest.partition(END)
    if not found or not found_end:
        raise ValueError(f"a role's README needs the lines {START} and {END}")
    entry_points: dict[str, dict[str, Any]] = yaml.safe_load(argument_specs)["argument_specs"]
    tables = table(entry_points.pop("main")["options"])
    for name, entry_point in entry_points.items():
        tables += f"\nWith `tasks_from: {name}`:\n{table(entry_point['options'])}"
    return before + START + "\n" + tables + END + after


def table(options: dict[str, Any]) -> str:
    """Markdown table of options."""
    lines = ["", "| variable | default | what |", "|---|---|---|"]
    for name, option in options.items():
        default = "**required**" if option.get("required") else shown(option.get("default"))
        lines.append(f"| `{name}` | {default} | {describe(option)} |")
    return "\n".join([*lines, "", ""])


def describe(option: dict[str, Any]) -> str:
    """Description, with the choices where there are some."""
    text = option["description"]
    text = " ".join(text) if isinstance(text, list) else text
    if option.get("choices"):
        text += " One of " + ", ".join(f"`{choice}`" for choice in option["choices"]) + "."
    return MARKUP.sub(plain, text).replace("|", "\\|")


def plain(markup: re.Match[str]) -> str:
    """Ansible's semantic markup as Markdown code; a reference keeps what comes after its plugin's name."""
    content = markup[2].rpartition(":")[2] if "#" in markup[2] else markup[2].removeprefix("ignore:")
    return f"`{content}`"


def shown(default: object) -> str:
    """A default as YAML would have it."""
    if default is None:
        return ""
    return f"`{yaml.safe_dump(default, default_flow_style=True).splitlines()[0]}`"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
