# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""License key pack IDs that were used are kept in an encrypted file on the controller. No server is needed for that."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.playbook import Run, Settings, play
from tests.integration.purchases import bare
from tests.integration.request_plays import retain
from tests.integration.vault import PASSWORD, decrypted, encrypted

WRITE = "Retain | Add them to the encrypted files"
IDS = {
    "rdls01": {"3f9c0d21b7a4": "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE-FFFFF-GGGG1", "111111111111": ""},
    "rdls02": {"3f9c0d21b7a5": "aaaaabbbbbcccccdddddeeeeefffffgggg2"},
}
PURCHASE = {"license_program": "enterprise", "credential": "****0002", "quantity": 250, "reference": None}


class Controller:
    """Runs playbooks with two hosts that have IDs at hand."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.file = directory / "retained.yml"
        self._runs = 0

    def run(self, *tasks: dict[str, Any], arguments: Sequence[str] = (), **keywords: Any) -> Run:
        """Keep the IDs, as talkative as Ansible can be; what is secret must not be printed."""
        self._runs += 1
        hosts = {
            host: {
                "rd_licensing_answers": {host: {"license_key_pack_ids": ids}},
                "installed": {"purchases": [{**PURCHASE, "request_id": next(iter(ids))}]},
            }
            for host, ids in IDS.items()
        }
        plays = [{"hosts": "all", "gather_facts": False, **keywords, "tasks": list(tasks or [self.task()])}]
        settings = Settings(watch=False, arguments=["-vvvvv", "--diff", *arguments])
        run = play(plays, {"all": {"hosts": hosts}}, settings, self.directory / f"run-{self._runs}", "")
        secrets = [PASSWORD, *(text for ids in IDS.values() for text in ids.values() if text)]
        assert all(bare(secret).upper() not in bare(run.output).upper() for secret in secrets)
        return run

    def task(self, **options: Any) -> dict[str, Any]:
        """Use the role."""
        return retain(**{"retain_file": str(self.file), "vault_password": PASSWORD, **options})

    def kept(self, path: Path | None = None) -> list[dict[str, Any]]:
        """What ansible-vault view shows."""
        document = yaml.safe_load(decrypted((path or self.file).read_text(encoding="utf-8")))
        kept: list[dict[str, Any]] = document["rd_licensing_retained"]
        return kept


@pytest.fixture
def controller(tmp_path: Path) -> Controller:
    return Controller(tmp_path)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_keeping_ids_climbs_the_ladder(controller: Controller) -> None:
    """Two servers share the file: one of them writes for both."""
    assert controller.run(arguments=["--check"]).succeeded()[WRITE].changed
    assert not controller.file.exists()

    assert controller.run().succeeded()[WRITE].changed
    assert mode(controller.file) == 0o600
    sealed = controller.file.read_text(encoding="utf-8")
    assert sealed.startswith("$ANSIBLE_VAULT;1.1;AES256\n")
    first, second = controller.kept()
    assert first.pop("retained_on")
    assert first == {
        "server": "rdls01",
        "license_key_pack_id": "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE-FFFFF-GGGG1",
        "request_id": "3f9c0d21b7a4",
        "purchase": {"license_program": "enterprise", "credential": "****0002", "quantity": 250},
    }
    assert second["license_key_pack_id"] == "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE-FFFFF-GGGG2"

    assert not controller.run().succeeded()[WRITE].changed
    assert controller.file.read_text(encoding="utf-8") == sealed

    controller.file.chmod(0o644)
    assert controller.run().succeeded()[WRITE].changed
    assert mode(controller.file) == 0o600


def test_what_is_kept_stays_and_batches_add_to_it(controller: Controller, tmp_path: Path) -> None:
    earlier = {"server": "rdls09", "license_key_pack_id": "X", "note": "by hand"}
    controller.file.write_text(encrypted(yaml.safe_dump({"rd_licensing_retained": [earlier]})), encoding="utf-8")
    own = controller.task(retain_file=f"{tmp_path}/own-{{{{ inventory_hostname }}}}.yml")
    controller.run(controller.task(), own, serial=1).succeeded()
    assert controller.kept()[0] == earlier
    assert [each["server"] for each in controller.kept()] == ["rdls09", "rdls01", "rdls02"]
    for server in IDS:
        assert [each["server"] for each in controller.kept(tmp_path / f"own-{server}.yml")] == [server]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("rd_licensing_retained: []\n", "exists and is not encrypted. Encrypt it with ansible-vault"),
        (encrypted("rd_licensing_retained: []\n", "another password"), "cannot be decrypted with the vault password"),
        (encrypted("something: else\n"), "holds something other than rd_licensing_retained"),
    ],
)
def test_another_file_is_left_alone(controller: Controller, content: str, complaint: str) -> None:
    """The servers that share the file do not report the IDs as retained."""
    controller.file.write_text(content, encoding="utf-8")
    run = controller.run()
    assert run.code == 2
    failures = {outcome.host: outcome.message for outcome in run.outcomes if outcome.status == "failed"}
    assert set(failures) == {"rdls01", "rdls02"}
    assert all(complaint in message for message in failures.values())
    assert controller.file.read_text(encoding="utf-8") == content


def test_a_file_that_cannot_be_written_is_no_failure_of_the_others(controller: Controller, tmp_path: Path) -> None:
    """Each server has a file of its own; in the place of one of them is a directory."""
    (tmp_path / "own-rdls01.yml").mkdir()
    run = controller.run(controller.task(retain_file=f"{tmp_path}/own-{{{{ inventory_hostname }}}}.yml"))
    assert run.code == 2
    failed = {outcome.host: outcome.message for outcome in run.outcomes if outcome.status == "failed"}
    assert set(failed) == {"rdls01"}
    assert "own-rdls01.yml: cannot be read (Is a directory)" in failed["rdls01"]
    assert [each["server"] for each in controller.kept(tmp_path / "own-rdls02.yml")] == ["rdls02"]


def test_servers_that_share_a_file_share_its_password(controller: Controller) -> None:
    run = controller.run(controller.task(vault_password=PASSWORD + "{{ inventory_hostname[-1] }}"))
    assert run.code == 2
    assert (
        "rdls01, rdls02 share this file, but not its vault_password"
        in run.of("Retain | Check that they are retained", "rdls01").message
    )
    assert not controller.file.exists()


def test_an_empty_password_protects_nothing(controller: Controller) -> None:
    """As from a variable that nobody set. The file would look encrypted."""
    run = controller.run(controller.task(vault_password=""))
    assert run.code == 2
    assert "vault_password must not be empty" in run.of("Retain | Check that they are retained", "rdls01").message
    assert not controller.file.exists()


def test_no_file_is_made_while_there_is_nothing_to_retain(controller: Controller) -> None:
    run = controller.run(controller.task(retain_ids={"3f9c0d21b7a4": ""})).succeeded()
    assert not run[WRITE].changed
    assert not controller.file.exists()


def test_a_missing_directory_is_made(controller: Controller, tmp_path: Path) -> None:
    path = tmp_path / "new" / "retained.yml"
    controller.run(controller.task(retain_file=str(path))).succeeded()
    assert mode(path.parent) == 0o700
    assert len(controller.kept(path)) == 2
