# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The packaged playbooks as users run them: installed, read-only, by name, from their own directory, with defaults.

Every file on the controller is found relative to the directory in which ansible-playbook was started.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration import answer_sheet, main_job
from tests.integration.fleet import Fleet
from tests.integration.installed import Installed, install
from tests.integration.main_job import BOUGHT, PLAYBOOK, variables
from tests.integration.playbook import Run, Settings
from tests.integration.purchases import purchase
from tests.integration.vault import PASSWORD, decrypted

FLEET = main_job.FLEET
REBUILD = "winfleet.rd_licensing.rebuild_database"
ANSWERS = "clearinghouse/clearinghouse-answers.yml"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """One installation for all tests here; none of them may leave anything in it."""
    found = install(tmp_path_factory.mktemp("installed"))
    yield found
    for path in found.collections.rglob("*"):
        path.chmod(0o755)


@pytest.fixture
def start_in(tmp_path: Path) -> Path:
    """The user's own directory."""
    path = tmp_path / "of the user"
    path.mkdir()
    return path


def run(fleet: Fleet, installed: Installed, start_in: Path, playbook: str, *arguments: str, **settings: Any) -> Run:
    """Run a packaged playbook; nothing may be written into the collection."""
    wanted = Settings(
        watch=False, collections=installed.collections, start_in=start_in, arguments=["--diff", *arguments], **settings
    )
    done = fleet.run(playbook, wanted)
    assert installed.unexpected() == set()
    return done


@pytest.mark.parametrize("method", ["web_browser", "telephone"])
def test_the_second_run_of_a_manual_method_finds_the_answer_file(
    fleet: Fleet, installed: Installed, start_in: Path, method: str
) -> None:
    given = variables(
        connection_method=method, include_credentials=True, vault_password=PASSWORD, retain_file="retained.yml"
    )
    first = run(fleet, installed, start_in, PLAYBOOK, variables=given).succeeded()
    assert str(start_in / ANSWERS) in first.output
    # Half an answer is what most second runs have.
    again = run(fleet, installed, start_in, PLAYBOOK, "-e", f"@{ANSWERS}", variables=given).succeeded()
    assert main_job.recap(again)["changed"] == 0
    fill_in(start_in, fleet)
    last = run(fleet, installed, start_in, PLAYBOOK, "-e", f"@{ANSWERS}", variables=given).succeeded()
    assert main_job.recap(last)["changed"] > 0
    assert (fleet.cals("rdls02"), fleet.cals("rdls01")) == (BOUGHT, [])
    assert "rd_licensing_retained" in decrypted((start_in / "retained.yml").read_text(encoding="utf-8"))


def test_ids_to_retain_need_a_password_before_the_first_call(
    fleet: Fleet, installed: Installed, start_in: Path
) -> None:
    given = variables(connection_method="web_browser", retain_file="retained.yml") | {"rd_licensing_answers": {}}
    done = run(fleet, installed, start_in, PLAYBOOK, variables=given)
    assert done.code == 2
    failed = next(each for each in done.outcomes if each.status == "failed")
    assert failed.message == "replace_source_server_retain_file requires replace_source_server_vault_password"
    assert fleet.journal() == []


def fill_in(start_in: Path, fleet: Fleet) -> None:
    """The administrator between the runs."""
    ready = start_in.parent / "ready.json"
    ready.write_text(json.dumps(fleet.ready), encoding="utf-8")
    assert answer_sheet.main(start_in / "clearinghouse", ready) == 0


def test_the_snapshot_of_a_rebuild_is_the_users(fleet: Fleet, installed: Installed, start_in: Path) -> None:
    given = {
        "rebuild_database_target_hosts": "rdls07",
        "rebuild_database_change_id": "CHG-1",
        "rebuild_database_reason": "Trying it",
        "rebuild_database_confirm_deletion": True,
        "rebuild_database_purchases": [purchase("campus")],
    }
    done = run(fleet, installed, start_in, REBUILD, variables=given).succeeded()
    snapshot = start_in / "snapshots" / "rdls07-CHG-1.json"
    assert json.loads(snapshot.read_text(encoding="utf-8"))["key_packs"]
    assert f"What it held is kept in {snapshot}" in done.output
    assert fleet.cals("rdls07") == [("campus", 25)]


def test_a_dry_run_names_where_a_real_run_would_write(fleet: Fleet, installed: Installed, start_in: Path) -> None:
    given = variables(connection_method="web_browser")
    done = run(fleet, installed, start_in, PLAYBOOK, "--check", variables=given).succeeded()
    assert str(start_in / "clearinghouse" / "clearinghouse-requests.md") in done.output
    assert list(start_in.iterdir()) == []
