# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The interactive way: requests are shown on the terminal, and the play waits for what is typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration import request_plays
from tests.integration.fleet import Fleet
from tests.integration.request_plays import SHEET, asked, install, play, requests

FLEET = request_plays.FLEET
SAY = "Show how to continue"
GO_ON = install("go on")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Where the sheet goes."""
    return tmp_path / "clearinghouse"


@pytest.fixture
def answers(fleet: Fleet) -> list[str]:
    """The IDs that the Clearinghouse gives, in the order of the requests."""
    return list(asked(fleet).values())


def test_what_is_typed_is_used_in_the_same_play(fleet: Fleet, directory: Path, answers: list[str]) -> None:
    """As talkative as Ansible can be, it repeats nothing: what was typed is on the terminal once."""
    tasks = [install(), requests(directory=str(directory), interactive=True), GO_ON]
    run = play(fleet, tasks, typed=answers, arguments=["-vvvvv", "--diff"]).succeeded()
    assert fleet.cals("rdls01") == [("enterprise", 250), ("retail", 50)]
    assert fleet.cals("rdls02") == [("open", 40)]
    assert "1 of 3\n\nrdls01 waits for the license key pack ID: 250 Windows Server 2022 per user CALs" in run.output
    assert "3 of 3\n\nrdls02 waits for the license key pack ID: 40 Windows Server 2019 per user CALs" in run.output
    assert "  License Program           Enterprise Agreement\n" in run.output
    assert [run.output.count(answer) for answer in answers] == [1, 1, 1]
    assert "7200002" not in run.output
    # Nothing is left for a sheet.
    assert not directory.exists()
    assert run[SAY].status == "skipped"


def test_what_is_left_open_comes_on_a_sheet(fleet: Fleet, directory: Path, answers: list[str]) -> None:
    """What cannot be an answer is asked for again; bare and in small letters is one; Enter alone leaves it open."""
    typed = [answers[0][:-1], "no idea", answers[0].replace("-", "").lower(), "", f"  {answers[2]} "]
    tasks = [install(), requests(directory=str(directory), interactive=True), GO_ON]
    run = play(fleet, tasks, typed=typed).succeeded()
    assert run.output.count("1 of 3\n") == 3
    assert fleet.cals("rdls01") == [("enterprise", 250)]
    assert fleet.cals("rdls02") == [("open", 40)]
    assert "Requests that need an answer: 1 (rdls01)" in str(run[SAY].result["msg"])
    assert "1 request is open, for 1 server." in (directory / SHEET).read_text(encoding="utf-8")


def test_a_dry_run_asks_nobody(fleet: Fleet, directory: Path) -> None:
    tasks = [install(), requests(directory=str(directory), interactive=True)]
    run = play(fleet, tasks, typed=["never asked"], arguments=["--check"]).succeeded()
    assert "never asked" not in run.output
    assert "A run without --check writes them to" in str(run[SAY].result["msg"])
    assert not directory.exists()


def test_without_a_terminal_everything_is_left_open(fleet: Fleet, directory: Path) -> None:
    before = fleet.state()
    tasks = [install(), requests(directory=str(directory), interactive=True), GO_ON]
    run = play(fleet, tasks).succeeded()
    assert "Requests that need an answer: 3 (rdls01, rdls02)" in str(run[SAY].result["msg"])
    assert directory.exists()
    assert fleet.state() == before


def test_a_wrong_answer_of_the_right_shape_is_the_servers_to_refuse(
    fleet: Fleet, directory: Path, answers: list[str]
) -> None:
    tasks = [install(), requests(directory=str(directory), interactive=True), GO_ON]
    run = play(fleet, tasks, typed=["AAAAA-" * 6 + "AAAAA", *answers[1:]])
    assert run.code == 2
    assert "(InstallLicenseKeyPack) failed: 0x80041001" in run.of("go on", "rdls01").message
    assert fleet.cals("rdls02") == [("open", 40)]
