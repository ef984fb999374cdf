# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role clearinghouse_requests: one sheet for all servers of a play, and the next run goes on with the answers."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from tests.integration import request_plays
from tests.integration.fleet import Fleet
from tests.integration.playbook import Run
from tests.integration.purchases import bare, purchase
from tests.integration.request_plays import ANSWERS, BOUGHT, DATA, SHEET, asked, fill_in, install, play, requests
from tests.integration.vault import PASSWORD, encrypted, vault_arguments

FLEET = request_plays.FLEET
WRITE, SAY = "Write one request sheet for all servers", "Show how to continue"
NUMBERS = [
    bare(str(value))
    for programs in BOUGHT.values()
    for program in programs
    for name, value in purchase(program).items()
    if name.endswith(("_number", "_code"))
]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Where the files go."""
    return tmp_path / "clearinghouse"


def numbers_in(text: str) -> list[str]:
    """The numbers and codes of purchases in a text, however they are printed."""
    return [number for number in NUMBERS if number in bare(text)]


def printed(run: Run) -> str:
    """The message that ends the role."""
    return str(run[SAY].result["msg"])


def written(run: Run) -> list[bool]:
    """Whether each run of the role within a play changed a file."""
    return [outcome.changed for outcome in run.outcomes if outcome.task.endswith(WRITE)]


def test_one_sheet_for_all_servers_climbs_the_ladder(fleet: Fleet, directory: Path) -> None:
    before = fleet.state()
    role = requests(directory=str(directory))

    dry = play(fleet, [install(), role], arguments=["--check", "--diff"]).succeeded()
    assert written(dry) == [True]
    assert "A run without --check writes them to" in printed(dry)
    assert not directory.exists()

    real = play(fleet, [install(), role], arguments=["--diff"]).succeeded()
    assert written(real) == [True]
    assert real[WRITE].result["diff"] == dry[WRITE].result["diff"]
    assert "Requests that need an answer: 3 (rdls01, rdls02)" in printed(real)
    assert f"-e @{directory / ANSWERS}" in printed(real)
    assert {stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()} == {0o600}
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    sheet = (directory / SHEET).read_text(encoding="utf-8")
    assert re.findall(r"^## (.*?): ", sheet, re.MULTILINE) == ["1. rdls01", "2. rdls01", "3. rdls02"]

    # In batches the sheet is written for each, and the last one has all.
    again = play(fleet, [install(), role], play_keywords={"serial": 1}).succeeded()
    assert len(written(again)) == 2
    assert (directory / SHEET).read_text(encoding="utf-8") == sheet
    assert written(play(fleet, [install(), role]).succeeded()) == [False]
    assert fleet.state() == before


def test_the_next_run_goes_on_with_the_answers(fleet: Fleet, directory: Path) -> None:
    tasks = [install(), requests(directory=str(directory)), install("and again")]
    given = ["-vvvvv", "--diff", "-e", f"@{directory / ANSWERS}"]
    play(fleet, tasks).succeeded()
    answers = asked(fleet)

    fill_in(directory, {"open": answers["open"]})
    run = play(fleet, tasks, arguments=given).succeeded()
    assert fleet.cals("rdls02") == [("open", 40)]
    assert "Requests that need an answer: 2 (rdls01)" in printed(run)
    assert "rdls02" not in (directory / SHEET).read_text(encoding="utf-8")

    # The rest is filled in, and forgotten on the command line.
    fill_in(directory, {program: answers[program] for program in BOUGHT["rdls01"]})
    run = play(fleet, tasks).succeeded()
    assert "The answer file has 2 of the answers, but this run was not given it" in printed(run)
    assert written(run) == [False]
    assert fleet.cals("rdls01") == []

    run = play(fleet, tasks, arguments=given).succeeded()
    assert fleet.cals("rdls01") == [("enterprise", 250), ("retail", 50)]
    assert not any(outcome.changed for outcome in run.outcomes if outcome.task == "and again")
    assert all(bare(answer) not in bare(run.output) for answer in answers.values())
    assert numbers_in(run.output) == []
    assert answers["open"] in (directory / ANSWERS).read_text(encoding="utf-8")


def test_numbers_in_clear_are_in_the_files_alone(fleet: Fleet, directory: Path, tmp_path: Path) -> None:
    """Written in clear, once more, and masked again: no difference shows what was there or what comes."""
    other = tmp_path / "other"
    tasks = [
        install(),
        requests(directory=str(other), include_credentials=True),
        requests(directory=str(directory), include_credentials=True),
        requests(directory=str(directory), include_credentials=True),
        requests(directory=str(directory)),
    ]
    run = play(fleet, tasks, arguments=["-vvvvv", "--diff"]).succeeded()
    assert written(run) == [True, True, False, True]
    assert numbers_in(run.output) == []
    assert numbers_in(str([outcome.result for outcome in run.outcomes])) == []
    for name in (SHEET, DATA):
        assert numbers_in((other / name).read_text(encoding="utf-8")) == NUMBERS
    assert numbers_in("".join(path.read_text(encoding="utf-8") for path in directory.iterdir())) == []


def test_encrypted_answers_are_taken_and_left_as_they_are(fleet: Fleet, directory: Path, tmp_path: Path) -> None:
    """First one value is encrypted, then the whole file."""
    tasks = [install(), requests(directory=str(directory))]
    play(fleet, tasks).succeeded()
    path, answers = directory / ANSWERS, asked(fleet)
    fill_in(directory, {"open": answers["open"]})
    lines = "".join(f"          {line}\n" for line in encrypted(answers["open"]).splitlines())
    text = path.read_text(encoding="utf-8").replace(f'"{answers["open"]}"\n', f"!vault |\n{lines}")
    path.write_text(text, encoding="utf-8")
    given = ["-vvvvv", *vault_arguments(tmp_path), "-e", f"@{path}"]
    run = play(fleet, tasks, arguments=given).succeeded()
    assert fleet.cals("rdls02") == [("open", 40)]
    assert "Requests that need an answer: 2 (rdls01)" in printed(run)
    assert path.read_text(encoding="utf-8") == text
    outputs = run.output

    fill_in(directory, {program: answers[program] for program in BOUGHT["rdls01"]})
    path.write_text(encrypted(path.read_text(encoding="utf-8")), encoding="utf-8")
    run = play(fleet, tasks, arguments=given).succeeded()
    assert fleet.cals("rdls01") == [("enterprise", 250), ("retail", 50)]
    outputs += run.output
    assert all(bare(secret) not in bare(outputs) for secret in (PASSWORD, *answers.values()))
