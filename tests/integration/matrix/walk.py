# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One walk through the whole matrix: a few runs of ansible-playbook, each over many cells at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.integration.fleet import USERS, Fleet
from tests.integration.matrix import administrator, sheet
from tests.integration.matrix.administrator import Answer
from tests.integration.matrix.cells import CELLS, Cell, fleet_file
from tests.integration.matrix.plays import TASK, plays, plays_for_sources_that_are_back, variables
from tests.integration.playbook import Outcome, Run, Settings, task

_FORKS = 8
_SECONDS = 240.0
State = dict[str, Any]
Message = dict[str, Any]


@dataclass(frozen=True)
class Phase:
    """One run, the fleet before and after it, and the messages each server got meanwhile."""

    run: Run
    before: State
    after: State
    messages: dict[str, list[Message]]

    def outcome(self, cell: Cell) -> Outcome:
        """What came of the cell's task."""
        return self.run.of(TASK, cell.target)

    def heard(self, cell: Cell) -> list[Message]:
        """All messages to the cell's servers."""
        return [message for server in servers_of(cell) for message in self.messages[server]]

    def writes(self, cell: Cell) -> list[Message]:
        """Those of a kind that changes something."""
        return [message for message in self.heard(cell) if message["writes"]]


@dataclass
class Evidence:
    """All that the walk brought: phases by name, and what the administrator met."""

    phases: dict[str, Phase] = field(default_factory=dict)
    sheets: Path = Path()
    answers: dict[Cell, Answer] = field(default_factory=dict)
    mistyped: dict[Cell, Answer] = field(default_factory=dict)
    # What the Clearinghouse says when the sheet lacks the field with that label.
    lacking: dict[tuple[Cell, str], Answer] = field(default_factory=dict)
    # What the Clearinghouse had in its books before and after the wrong numbers.
    books: tuple[State, State] = field(default_factory=lambda: ({}, {}))

    def phase(self, name: str) -> Phase:
        return self.phases[name]

    def data(self, suffix: str) -> Path:
        """The file of requests in a format: md, csv or json."""
        return self.sheets / f"clearinghouse-requests.{suffix}"


def servers_of(cell: Cell) -> list[str]:
    """The servers that take part in a cell."""
    return [cell.target, *([cell.source] if cell.source else [])]


def walk(directory: Path) -> Evidence:
    """Walk all cells on a fleet of their own."""
    fleet = Fleet(USERS + fleet_file(), directory)
    fleet.start()
    try:
        evidence = _Walker(fleet).walk()
        assert fleet.open_contexts() == {}
    finally:
        fleet.stop()
    assert "Traceback" not in fleet.log(), fleet.log()
    return evidence


class _Walker:
    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.evidence = Evidence(sheets=fleet.directory / "clearinghouse")
        self.arguments: tuple[str, ...] = ()
        servers = fleet.state()["servers"]
        self.hostvars = {
            cell.target: variables(cell, servers[cell.source]["license_server_id"] if cell.source else None)
            for cell in CELLS
        }

    def walk(self) -> Evidence:
        """Each phase is a run; what differs from cell to cell is in the variables of its host."""
        automatic = [cell for cell in CELLS if not cell.offline]
        offline = [cell for cell in CELLS if cell.offline]
        dead = [cell for cell in CELLS if cell.operation == "migrate_dead"]
        rebuilt = [cell for cell in automatic if cell.operation == "rebuild"]
        for cell in dead:
            self.fleet.switch_off(str(cell.source))

        # By number: Ansible prints the items of a loop.
        one_by_one = {
            "loop": "{{ range(malformed_purchases | length) | list }}",
            "vars": {"purchases": ["{{ malformed_purchases[item] }}"]},
        }
        self._phase("malformed", plays(CELLS, ignore_errors=True, **one_by_one))
        # A rebuild with an unknown number deletes first, as the wizard does; that comes last, and is put right.
        unknown = {"ignore_errors": True, "vars": {"purchases": "{{ unknown_purchases }}"}}
        self._phase("unknown", plays([cell for cell in automatic if cell not in rebuilt], **unknown))

        self._phase("first dry run", plays(CELLS, check_mode=True, diff=True))
        self._phase("first run", plays(CELLS, diff=True))
        self._ask_the_clearinghouse(offline)
        self._phase("second dry run", plays(offline, check_mode=True, diff=True))
        self._phase("second run", plays(offline, diff=True))
        self._phase("once more", plays(CELLS, diff=True))

        for cell in dead:
            self.fleet.switch_on(str(cell.source))
        self._phase("source is back", plays_for_sources_that_are_back(dead))
        for cell in rebuilt:
            self.hostvars[cell.target]["change_id"] = "CHG-2"
        self._phase("unknown rebuild", plays(rebuilt, **unknown))
        self._phase("put right", plays(rebuilt))
        return self.evidence

    def _phase(self, name: str, playbook: Sequence[dict[str, Any]]) -> None:
        before, heard = self.fleet.state(), len(self.fleet.journal())
        settings = Settings(
            hostvars=self.hostvars,
            arguments=("--forks", str(_FORKS), *self.arguments),
            watch=False,
            seconds=_SECONDS,
        )
        run = self.fleet.run(playbook, settings)
        messages: dict[str, list[Message]] = defaultdict(list)
        for message in self.fleet.journal(heard):
            messages[message["server"]].append(message)
        self.evidence.phases[name] = Phase(run, before, self.fleet.state(), messages)

    def _ask_the_clearinghouse(self, cells: Sequence[Cell]) -> None:
        """What happens between the runs: the sheet, the Clearinghouse, the file of answers."""
        self._write_sheet(cells)
        requests = sheet.read_markdown(self.evidence.data("md"))
        ways: dict[str, tuple[administrator.Way, str]] = {
            "web_browser": (administrator.on_the_web_site, self.fleet.ready["website_url"]),
            "telephone": (administrator.on_the_telephone, self.fleet.ready["telephone_url"]),
        }
        before = self.fleet.state()["clearinghouse"]
        for cell in cells:
            wrong = cell.unknown_purchase()
            self.evidence.mistyped[cell] = administrator.ask(*ways[cell.method], requests.get(cell.target), wrong)
            self._ask_without_a_field(cell, *ways[cell.method], requests.get(cell.target))
        self.evidence.books = before, self.fleet.state()["clearinghouse"]
        for cell in cells:
            self.evidence.answers[cell] = administrator.ask(*ways[cell.method], requests.get(cell.target))
        path = self.evidence.sheets / "clearinghouse-answers.yml"
        given = {cell.target: answer.identifier for cell, answer in self.evidence.answers.items()}
        sheet.fill_in(path, {server: identifier for server, identifier in given.items() if identifier})
        self.arguments = ("-e", f"@{path}")

    def _ask_without_a_field(self, cell: Cell, way: administrator.Way, url: str, request: sheet.Request | None) -> None:
        """With the program that needs most, to see that the Clearinghouse misses each field."""
        if request and (cell.operation, cell.program) == ("migrate_live", "open"):
            for label in set(request.rows) & set(sheet.COLUMNS) - set(sheet.OPTIONAL):
                self.evidence.lacking[cell, label] = administrator.ask(way, url, request.without(label))

    def _write_sheet(self, cells: Sequence[Cell]) -> None:
        phase = self.evidence.phases["first run"]
        requests = [
            {
                "server": cell.target,
                "awaiting": phase.outcome(cell).result.get("awaiting", []),
                "purchases": [cell.purchase()],
            }
            for cell in cells
        ]
        options = {
            "requests": "{{ requests }}",
            "directory": str(self.evidence.sheets),
            "include_credentials": True,
        }
        play = {
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "tasks": [task("write the sheet", "clearinghouse_request", options)],
        }
        self.fleet.run([play], Settings(variables={"requests": requests}, watch=False)).succeeded()
