# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a universe as a fleet file and a playbook, for the simulator's process and ansible-playbook."""

from __future__ import annotations

import typing as t
from pathlib import Path

import yaml

from tests.universe.play import Story
from tests.universe.world import Run

_HOW: t.Final = """\
# Made by tests/universe of seed {seed}. In the root of the checkout:
#   python -m tests.simulator {directory}/fleet.yml --state-dir STATE --ready-file READY.json
#   python -m tests.simulator.inventory READY.json --connection winrm --user labadmin > inventory.yml
#   ansible-playbook -i inventory.yml -e control=CONTROL_URL_OF_READY.json {directory}/playbook.yml
# What was wrong: {wrong}
"""


class _Dumper(yaml.SafeDumper):
    """Indents lists below their key, as the project's YAML files do."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """What the emitter calls for each level."""
        super().increase_indent(flow, False)


def write_reproduction(story: Story, directory: Path, longest_wait: float = 7200.0) -> None:
    """Write fleet.yml, playbook.yml and universe.yml into a directory."""
    directory.mkdir(parents=True, exist_ok=True)
    universe = story.universe
    head = _HOW.format(seed=universe["seed"], directory=directory, wrong="; ".join(story.wrong) or "nothing")
    _write(directory / "fleet.yml", universe["fleet"])
    _write(directory / "universe.yml", universe)
    runs = [run for run in story.world.runs if run.task["module"] != "license_server_info"]
    plays: list[dict[str, t.Any]] = []
    for run in runs:
        plays.append(_play(run))
        if run.pause_after:
            plays.append(
                {"hosts": "localhost", "gather_facts": False, "tasks": [_wait(min(run.pause_after, longest_wait))]}
            )
    _write(directory / "playbook.yml", plays, head)


def _play(run: Run) -> dict[str, t.Any]:
    """One task with the misbehaviour that it met, by a clock of its own where that matters."""
    tasks: list[dict[str, t.Any]] = [_control("DELETE", None)]
    tasks += [_control("POST", rule) for rule in run.rules]
    tasks.append(
        {
            "name": _name(run),
            f"winfleet.rd_licensing.{run.task['module']}": run.task["options"],
            "check_mode": run.check,
            "ignore_errors": True,
            "ignore_unreachable": True,
        }
    )
    play: dict[str, t.Any] = {"hosts": run.task["host"], "gather_facts": False, "tasks": tasks}
    if run.timeout != 20.0:
        play["vars"] = {
            "ansible_winrm_operation_timeout_sec": run.timeout,
            "ansible_winrm_read_timeout_sec": run.timeout + 10,
        }
    return play


def _name(run: Run) -> str:
    notes = [f"the controller's clock is {run.skew:+.0f} s"] if run.skew else []
    notes += ["the controller ends here"] if run.dead else []
    notes += ["beside the run of another controller"] if run.beside else []
    title = f"{run.task['module']} on {run.task['host']}"
    return f"{title} ({', '.join(notes)})" if notes else title


def _control(method: str, rule: dict[str, t.Any] | None) -> dict[str, t.Any]:
    task: dict[str, t.Any] = {"url": "{{ control }}/misbehave", "method": method}
    if rule is not None:
        task.update(body_format="json", body=rule)
    return {
        "name": "Forget what went wrong before" if rule is None else f"Let {rule['what']} happen",
        "ansible.builtin.uri": task,
        "delegate_to": "localhost",
        "vars": {"ansible_connection": "local"},
    }


def _wait(seconds: float) -> dict[str, t.Any]:
    return {"name": "Wait", "ansible.builtin.pause": {"seconds": int(seconds)}}


def _write(path: Path, data: t.Any, head: str = "") -> None:
    path.write_text(head + yaml.dump(data, Dumper=_Dumper, sort_keys=False, width=120), encoding="utf-8")
