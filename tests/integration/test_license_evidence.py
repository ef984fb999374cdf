# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""license_evidence: what the folders hold, what they do not, and that later changes show."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._report.evidence import (
    DIGESTS,
    check_chain,
    digest,
    evidence_files,
)

from tests.integration.fleet import Fleet
from tests.integration.playbook import Outcome, task
from tests.integration.purchases import CLEARINGHOUSE, purchase

FLEET = (
    """
servers:
  rdls01:
    windows_release: "2022"
    activated: true
    key_packs: [{product_version: windows_server_2019, cal_type: per_device, quantity: 10, issued: 1, key_pack_id: 5}]
    issued_licenses: [{key_pack_id: 5, computer: PC-ROSA, user: 'WINFLEET\\rosa', hardware_id: abc-1}]
  rdls02: {activated: true}
"""
    + CLEARINGHOUSE
)
ROW: dict[str, Any] = {"host": "rdls01", "read": True, "key_packs": [], "issued_cals": [], "operations": []}


def run(fleet: Fleet, **options: Any) -> Outcome:
    """What came of the task."""
    return fleet.play(task("evidence", "license_evidence", options), hosts="rdls01").last


def test_a_folder_of_evidence(fleet: Fleet, tmp_path: Path) -> None:
    fleet.play(task("install", "key_pack", {"purchases": [purchase("select")]})).succeeded()
    before = fleet.state()
    outcome = run(fleet, license_servers=["rdls01"], directory=str(tmp_path))
    assert (outcome.status, outcome.changed, outcome.writes) == ("ok", True, [])
    assert fleet.state() == before
    folder = Path(outcome.result["folder"])
    assert sorted(each.name for each in folder.iterdir()) == outcome.result["files"]
    everything = "".join(each.read_text(encoding="utf-8") for each in folder.iterdir())
    assert purchase("select")["agreement_number"] not in everything
    assert "PC-ROSA" not in everything
    evidence = json.loads((folder / "evidence.json").read_text(encoding="utf-8"))
    [server] = evidence["servers"]
    assert [each["operation"] for each in server["operations"]] == ["install"]
    assert server["issued_cals"][0]["computer"] == ""


def test_names_are_kept_or_become_digests(fleet: Fleet, tmp_path: Path) -> None:
    options = {"license_servers": ["rdls01"], "directory": str(tmp_path / "kept")}
    kept = Path(run(fleet, names="keep", **options).result["folder"])
    assert "PC-ROSA" in (kept / "issued-cals.csv").read_text(encoding="utf-8")
    values = set()
    for number, key in enumerate(("one key", "one key", "another")):
        options = {"license_servers": ["rdls01"], "directory": str(tmp_path / str(number))}
        folder = Path(run(fleet, names="digest", digest_key=key, **options).result["folder"])
        values.add(json.loads((folder / "evidence.json").read_text())["servers"][0]["issued_cals"][0]["computer"])
    assert len(values) == 2
    assert "digest_key" in run(fleet, names="digest", **options).message
    assert "digest_key" in run(fleet, names="digest", digest_key=" ", **options).message


def test_the_chain_is_verified(fleet: Fleet, tmp_path: Path) -> None:
    for _round in range(2):
        assert run(fleet, license_servers=["rdls01"], directory=str(tmp_path)).status == "ok"
        time.sleep(1.1)
    assert run(fleet, state="verified", directory=str(tmp_path)).status == "ok"
    first, _second = sorted(tmp_path.iterdir())
    path = first / "key-packs.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",10,", ",9,"), encoding="utf-8")
    outcome = run(fleet, state="verified", directory=str(tmp_path))
    assert outcome.status == "failed"
    assert f"{first.name}: key-packs.csv was changed" in outcome.message


def test_a_server_that_is_off_is_a_row(fleet: Fleet, tmp_path: Path) -> None:
    fleet.switch_off("rdls02")
    outcome = run(fleet, license_servers=["rdls01", "rdls02"], directory=str(tmp_path))
    assert [each["host"] for each in outcome.result["unreadable"]] == ["rdls02"]
    assert "requires license_servers" in run(fleet, directory=str(tmp_path)).message


def _chain() -> dict[str, dict[str, str]]:
    first = evidence_files([ROW], "2026-01-01T00:00:00+00:00", None)
    second = evidence_files([ROW], "2026-02-01T00:00:00+00:00", digest(first[DIGESTS]))
    third = evidence_files([ROW], "2026-03-01T00:00:00+00:00", digest(second[DIGESTS]))
    return {"1": dict(first), "2": dict(second), "3": dict(third)}


def test_every_change_to_a_chain_shows() -> None:
    assert check_chain(_chain()) == []
    for folder in ("1", "2", "3"):
        for name in _chain()[folder]:
            chain = _chain()
            chain[folder][name] += " "
            # A digest file that nothing follows can be changed; its copy is what the auditor keeps.
            assert check_chain(chain) or (folder, name) == ("3", DIGESTS)
            del chain[folder][name]
            assert check_chain(chain)
    chain = _chain()
    chain["3"]["notes.txt"] = "added"
    assert check_chain(chain) == ["3: notes.txt was added"]


@pytest.mark.parametrize("folder", ["1", "2"])
def test_a_missing_folder_shows(folder: str) -> None:
    chain = _chain()
    del chain[folder]
    assert check_chain(chain)


def test_a_run_that_cannot_finish_leaves_no_folder(fleet: Fleet, tmp_path: Path) -> None:
    tmp_path.joinpath("evidence").write_text("not a directory", encoding="utf-8")
    outcome = run(fleet, license_servers=["rdls01"], directory=str(tmp_path / "evidence"))
    assert (outcome.status, outcome.changed) == ("failed", False)
    assert "cannot be" in outcome.message


def test_the_role_names_its_own_variables(fleet: Fleet, tmp_path: Path) -> None:
    role = "winfleet.rd_licensing.license_evidence"
    variables = {
        "license_evidence_license_servers": ["rdls01"],
        "license_evidence_directory": str(tmp_path / "evidence"),
        "license_evidence_names": "digest",
    }
    include = {"name": "evidence", "ansible.builtin.include_role": {"name": role}, "vars": variables}
    failed = fleet.play(include, hosts="rdls01")
    assert "license_evidence_digest_key" in failed.output
    variables["license_evidence_names"] = "omit"
    fleet.play(include, hosts="rdls01").succeeded()
    [folder] = (tmp_path / "evidence").iterdir()
    (folder / "key-packs.csv").write_text("changed", encoding="utf-8")
    time.sleep(1.1)
    assert "key-packs.csv was changed" in fleet.play(include, hosts="rdls01").output
    assert len(list((tmp_path / "evidence").iterdir())) == 1
