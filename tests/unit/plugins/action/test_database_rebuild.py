# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action of database_rebuild as Ansible runs it, from a task's arguments to the result that people see."""

from __future__ import annotations

import typing as t
from types import SimpleNamespace
from unittest import mock

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task as PlaybookTask
from ansible.template import Templar
from ansible_collections.winfleet.rd_licensing.plugins.action.database_rebuild import ActionModule
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible import action
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.sessions import OpenedSession
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanUnreachable

from tests.unit.rebuild_server import RebuildServer, holding_two

NUMBER, OTHER_NUMBER = "1234567", "7654321"
ARGUMENTS = {
    "change_id": "CHG1",
    "reason": "damaged",
    "confirm_deletion": True,
    "purchases": [
        {"license_program": "enterprise", "agreement_number": NUMBER, "cal_type": "per_user", "quantity": 250},
        {"license_program": "select", "agreement_number": OTHER_NUMBER, "cal_type": "per_device", "quantity": 50},
    ],
}
for _purchase in t.cast("list[dict[str, t.Any]]", ARGUMENTS["purchases"]):
    _purchase["product_version"] = "windows_server_2022"


def run(
    server: RebuildServer, monkeypatch: pytest.MonkeyPatch, *, check: bool = False, **arguments: t.Any
) -> dict[str, t.Any]:
    """The result of a task."""
    opened = OpenedSession(t.cast("t.Any", server), (), (), "192.0.2.1", 0.0)
    monkeypatch.setattr(action, "open_session", lambda *_args, **_options: opened)
    task = PlaybookTask()
    task.action = "winfleet.rd_licensing.database_rebuild"
    task.args = {**ARGUMENTS, **arguments}
    task.check_mode = check
    task.diff = True
    task.async_val = 0
    loader = DataLoader()
    module = ActionModule(
        task=task,
        connection=mock.MagicMock(),
        play_context=PlayContext(),
        loader=loader,
        templar=Templar(loader=loader),
        shared_loader_obj=SimpleNamespace(),
    )
    return module.run(task_vars={"inventory_hostname": "rdls02"})


def server(**fields: t.Any) -> RebuildServer:
    return RebuildServer(packs=holding_two(), **fields)


def test_a_whole_rebuild_shows_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    rdls = server()
    result = run(rdls, monkeypatch)
    assert result["changed"] is True
    assert "failed" not in result
    assert rdls.total() == 300
    assert NUMBER not in str(result)
    assert OTHER_NUMBER not in str(result)
    assert "****4567" in str(result["diff"])


@pytest.mark.parametrize("check", [True, False])
def test_without_confirmation_it_fails_having_changed_nothing(monkeypatch: pytest.MonkeyPatch, check: bool) -> None:
    rdls = server()
    result = run(rdls, monkeypatch, check=check, confirm_deletion=False)
    assert (result["failed"], result["changed"]) == (True, False)
    assert "confirm_deletion: true" in result["msg"]
    assert "\n" not in result["msg"]
    assert rdls.changing == []


def test_a_failure_in_the_middle_shows_what_was_done_and_what_was_there(monkeypatch: pytest.MonkeyPatch) -> None:
    rdls = server(refusals={"ReinstallAgreementLicenseKeyPack": 0x80041001})
    result = run(rdls, monkeypatch)
    assert (result["failed"], result["changed"], result["error_code"]) == (True, True, "0x80041001")
    assert "Done before that: Record on " in result["msg"]
    assert "Running the task again continues there." in result["msg"]
    assert [each["quantity"] for each in result["deleted_key_packs"]] == [250, 50]


def test_a_server_that_is_gone_in_the_middle_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    rdls = server()

    def gone(name: str) -> None:
        if name.startswith("Reinstall"):
            raise WsmanUnreachable("no route to the host")

    rdls.before = gone
    result = run(rdls, monkeypatch)
    assert (result["unreachable"], result["changed"]) == (True, True)
    assert [each["quantity"] for each in result["deleted_key_packs"]] == [250, 50]


def test_a_misspelt_option_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    rdls = server()
    result = run(rdls, monkeypatch, confirm_delete=True)
    assert "confirm_delete" in result["msg"]
    assert rdls.calls == []
