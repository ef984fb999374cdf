# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the deterministic world writes for a broken promise does the same with ansible-playbook and the simulator."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration.fleet import ROOT, Fleet
from tests.universe.drawn_fleet import CONTACT
from tests.universe.play import Story, play
from tests.universe.reproduction import write_reproduction

_PURCHASE = {
    "license_program": "enterprise",
    "agreement_number": "9123457",
    "product_version": "windows_server_2022",
    "cal_type": "per_user",
    "quantity": 100,
}


def _universe() -> dict[str, Any]:
    """An installation with a rejection that lies, and a migration whose controller ends once it has asked."""
    server = {"domain": "universe.example", "activated": True, "contact": CONTACT, "key_packs": []}
    bought = {**_PURCHASE, "program": _PURCHASE["license_program"], "quantity": 400}
    del bought["license_program"]
    install = {"host": "rdls01", "module": "key_pack", "options": {"purchases": [dict(_PURCHASE)]}}
    options = {"source": {"host": "rdls01"}, "reason": "source_is_being_replaced", "remove_from_source": True}
    migrate = {"host": "rdls02", "module": "cal_migration", "options": {**options, "purchases": [dict(_PURCHASE)]}}
    lie = {"kind": "return_code", "at": 0, "of": "call", "code": 0x80041001, "effect": True}
    end = {"kind": "killed_after", "at": 0, "of": "call"}
    return {
        "seed": 1,
        "fleet": {
            "users": {"labadmin": {"password": "Simulated-Only-1"}},
            "servers": {"rdls01": server, "rdls02": server},
            "clearinghouse": {"purchases": {"hq": bought}},
        },
        "events": [
            {"do": "task", "task": install, "faults": [lie], "calm": True},
            {"do": "task", "task": migrate, "faults": [end], "timeout": 3.0},
            {"do": "task", "task": migrate, "timeout": 3.0},
        ],
    }


def _packs(story: Story, name: str) -> list[tuple[int, str | None, int]]:
    return [(pack.key_pack_id, pack.purchase, pack.total) for pack in story.world.packs(name)]


def test_the_playbook_ends_like_the_universe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # What an administrator decides in the runs afterwards, as a message asks, is not part of the playbook.
    monkeypatch.setattr("tests.universe.play.follow", lambda *_story: False)
    story = play(_universe())
    assert story.world.faults_met == {"return_code": 1, "killed_after": 1}
    write_reproduction(story, tmp_path, longest_wait=1)
    fleet = Fleet((tmp_path / "fleet.yml").read_text(encoding="utf-8"), tmp_path / "fleet")
    fleet.start()
    try:
        inventory = [sys.executable, "-m", "tests.simulator.inventory", str(tmp_path / "fleet" / "ready.json")]
        inventory += ["--connection", "winrm", "--user", "labadmin"]
        written = subprocess.run(inventory, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        (tmp_path / "inventory.yml").write_text(written, encoding="utf-8")
        command = ["ansible-playbook", "-i", str(tmp_path / "inventory.yml"), str(tmp_path / "playbook.yml")]
        command += ["-e", f"control={fleet.ready['control_url']}"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=dict(os.environ))
        assert "rejected" in done.stdout or "failed" in done.stdout, done.stdout + done.stderr
        for name in ("rdls01", "rdls02"):
            there = [(each["key_pack_id"], each["purchase"], each["total"]) for each in fleet.server(name)["key_packs"]]
            assert there == _packs(story, name), done.stdout
    finally:
        fleet.stop()
