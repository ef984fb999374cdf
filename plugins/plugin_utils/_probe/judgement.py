# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A row for each assumption, a verdict for each module, and what an administrator should know of them."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping, Sequence

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.assumption import (
    ALL,
    MODULES,
    Assumption,
    Evidence,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.declarations import DECLARATIONS
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.license_server_assumptions import (
    LICENSE_SERVER,
    REGISTRY_WRITES,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.messages import MESSAGES
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.questions import CALLS_OF, QUESTIONS
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.session_host_assumptions import SESSION_HOST

ASSUMPTIONS: t.Final = (*LICENSE_SERVER, *SESSION_HOST, *DECLARATIONS, *MESSAGES, *QUESTIONS)
HOLDS: t.Final = "holds"
DIFFERS: t.Final = "differs"
UNTRIED: t.Final = "could_not_be_tried"
PROVEN: t.Final = "proven"
UNPROVEN: t.Final = "unproven"
Row = dict[str, t.Any]


def judge(evidence: Evidence, subjects: Sequence[str]) -> list[Row]:
    """A row for each assumption about the subjects, differences first."""
    rows = [_row(each, evidence, subjects) for each in ASSUMPTIONS if set(each.subjects) & set(subjects)]
    return sorted(rows, key=lambda row: (row["state"] != DIFFERS, row["informs"]))


def _row(each: Assumption, evidence: Evidence, subjects: Sequence[str]) -> Row:
    got = each.look(evidence)
    state = UNTRIED if got is None else DIFFERS if got else HOLDS
    row: Row = {"id": each.id, "state": state, "expected": each.expected, "informs": each.informs}
    row["modules"] = _modules(each, subjects)
    row["optional"] = each.optional
    if got:
        row.update(got=got, means=each.means)
    return row


def _modules(each: Assumption, subjects: Sequence[str]) -> list[str]:
    here = {module for subject in subjects if subject in each.subjects for module in MODULES[subject]}
    return sorted(here if ALL in each.modules else here & set(each.modules))


def reasons(rows: Sequence[Row], state: str) -> dict[str, list[str]]:
    """By module, the rows of a state that decide its verdict."""
    found: dict[str, list[str]] = {}
    for row in rows:
        if row["state"] == state and not row["informs"] and not (state == UNTRIED and row["optional"]):
            for module in row["modules"]:
                found.setdefault(module, []).append(row["id"])
    return found


def verdicts(rows: Sequence[Row], subjects: Sequence[str]) -> dict[str, str]:
    """A verdict for each module: C(differs), C(unproven) where something could not be tried, else C(proven)."""
    differing, untried = reasons(rows, DIFFERS), reasons(rows, UNTRIED)
    modules = sorted({module for subject in subjects for module in MODULES[subject]})
    return {each: DIFFERS if each in differing else UNPROVEN if each in untried else PROVEN for each in modules}


def sentence(host: str, modules: Mapping[str, str]) -> str:
    """What not to run here, in one sentence."""
    differing, unproven = _named(modules, DIFFERS), _named(modules, UNPROVEN)
    if differing:
        return f"{host} differs from what is expected. Until the cause is clear, do not run {differing}."
    if unproven:
        return f"{host} fits everything that could be tried. Not proven here: {unproven}."
    return f"{host} fits what all modules expect."


def summary(rows: Sequence[Row], modules: Mapping[str, str]) -> list[str]:
    """The verdicts in a few lines, differences first."""
    lines = []
    if DIFFERS in modules.values():
        lines.append(f"DO NOT RUN HERE  {_named(modules, DIFFERS)}")
    shown = {False: "differs", True: "note"}
    for row in rows:
        if row["state"] == DIFFERS:
            means = "" if row["means"] == "see got" else f" This means: {row['means']}."
            lines.append(f"{shown[row['informs']]:<17}{row['id']}: {row['got']}; expected {row['expected']}.{means}")
    untried = reasons(rows, UNTRIED)
    only_calls = [each for each in untried if modules[each] == UNPROVEN and all(map(_is_call, untried[each]))]
    lines += [
        f"not proven here  {each}: could not be tried: {', '.join(untried[each])}"
        for each in sorted(set(untried) - set(only_calls))
        if modules[each] == UNPROVEN
    ]
    if only_calls:
        lines.append(
            f"reads fit        {', '.join(sorted(only_calls))}: only calls that change something prove the rest"
        )
    if PROVEN in modules.values():
        lines.append(f"proven here      {_named(modules, PROVEN)}")
    return lines


def _is_call(row_id: str) -> bool:
    return row_id == REGISTRY_WRITES or row_id.startswith(CALLS_OF)


def _named(modules: Mapping[str, str], verdict: str) -> str:
    named = [module for module, found in sorted(modules.items()) if found == verdict]
    everything = "all modules" if verdict == PROVEN else "any module"
    return everything if len(named) == len(modules) else ", ".join(named)
