# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Running an action plugin as Ansible does, with a real task, against WS-Man scripts instead of servers.

Only the connection plugin is a stand-in, and the HTTP below WS-Management: options, connection settings, messages,
masking and results are the collection's own.
"""

from __future__ import annotations

import pathlib
import secrets
import tempfile
import typing as t
from dataclasses import dataclass, field
from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.template import Templar
from ansible_collections.winfleet.rd_licensing.plugins.action import (
    cal_migration,
    connection_method,
    key_pack,
    license_server,
    license_server_info,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.action import (
    LicensingAction,
    ModuleContext,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection import sessions
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.server_identity import IdentityProof
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.sessions import OpenedSession
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.settings import ConnectionSettings

from tests.unit.fake_license_server import FakeLicenseServer
from tests.unit.inventories import hostvars_of
from tests.unit.wsman_script import WsmanScript

TOKEN = "00c0ffee"
PASSWORD = "p4ssw0rd-0f-the-h0st"
ADDRESS = "rdls01.contoso.example"
ACTIONS: dict[str, type[LicensingAction]] = {
    "cal_migration": cal_migration.ActionModule,
    "connection_method": connection_method.ActionModule,
    "key_pack": key_pack.ActionModule,
    "license_server": license_server.ActionModule,
    "license_server_info": license_server_info.ActionModule,
}


def plugin(name: str = "winrm", **options: t.Any) -> MagicMock:
    """A connection plugin of the host that a script stands for; it fails the test when something connects it."""
    values: dict[str, t.Any] = {
        "remote_addr": ADDRESS,
        "port": 5986,
        "remote_user": "administrator",
        "remote_password": PASSWORD,
        "transport": ["basic"],
        "_extras": {},
        **options,
    }

    def get_option(option: str) -> t.Any:
        return values[option]

    double = MagicMock()
    double._load_name = double.transport = name
    double.get_option.side_effect = get_option
    double._connect.side_effect = double.exec_command.side_effect = AssertionError("the plugin was connected")
    return double


@dataclass
class ActionRunner:
    """Runs tasks. C(scripts) are played in the order in which sessions are opened: the task's own server first."""

    patch: pytest.MonkeyPatch
    hostvars: dict[str, dict[str, t.Any]] = field(default_factory=dict)

    def __call__(
        self,
        module: str,
        arguments: dict[str, t.Any],
        *servers: WsmanScript | FakeLicenseServer,
        check: bool = False,
        diff: bool = True,
        host: MagicMock | None = None,
        delegate_to: str | None = None,
        task_vars: dict[str, t.Any] | None = None,
    ) -> dict[str, t.Any]:
        """The result of one task on the host rdls02.

        Scripts must all have been played to their end. A license server in memory takes the place of a session.
        """
        scripts = [each for each in servers if isinstance(each, WsmanScript)]
        waiting = list(scripts)
        in_memory = [each for each in servers if isinstance(each, FakeLicenseServer)]
        if in_memory:
            self._patch_sessions(in_memory)

        def transport(_settings: ConnectionSettings) -> WsmanScript:
            return waiting.pop(0)

        self.patch.setattr(sessions, "WinrmTransport", transport)
        # Which machine answers is proven in test_server_identity.py; it would be one more message in every script.
        self.patch.setattr(IdentityProof, "require", lambda _proof: None)
        self.patch.setattr(secrets, "token_hex", lambda _size: TOKEN)
        task = Task()
        task.action = f"winfleet.rd_licensing.{module}"
        task.args = arguments
        task.check_mode, task.diff = check, diff
        task.async_val = 0
        task.delegate_to = delegate_to
        result = self._action(module, task, host or plugin()).run(task_vars={**self._variables(), **(task_vars or {})})
        assert not waiting, "a server was never connected to"
        for script in scripts:
            script.__exit__(None, None, None)
            assert script.closed or not script.sent, "a connection was left open"
        return result

    def _patch_sessions(self, servers: list[FakeLicenseServer]) -> None:
        def opened(server: FakeLicenseServer, address: str) -> OpenedSession:
            server.calls.clear()
            return OpenedSession(t.cast("t.Any", server), (), (), address, 0.0)

        own, *others = servers
        self.patch.setattr(ModuleContext, "open", lambda _context: opened(own, "rdls02.contoso.example"))
        self.patch.setattr(ModuleContext, "open_other", lambda _context, _host: opened(others[0], ADDRESS))

    def _variables(self) -> dict[str, t.Any]:
        with tempfile.TemporaryDirectory() as directory:
            hostvars = hostvars_of({"all": {"hosts": {"rdls02": {}, **self.hostvars}}}, pathlib.Path(directory))
        return {"inventory_hostname": "rdls02", "hostvars": hostvars}

    def _action(self, module: str, task: Task, host: MagicMock) -> LicensingAction:
        loader = DataLoader()
        play_context = PlayContext()
        # The task's own mode is the right one; this one is not updated inside loops and blocks.
        play_context.check_mode = not task.check_mode
        play_context.connection = "winrm"
        return ACTIONS[module](
            task=task,
            connection=host,
            play_context=play_context,
            loader=loader,
            templar=Templar(loader=loader),
            shared_loader_obj=SimpleNamespace(),
        )


def texts(value: t.Any) -> list[str]:
    """Every text in a result, keys included, whatever it is nested in."""
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in texts(part)]
    if isinstance(value, (list, tuple, set)):
        return [text for item in value for text in texts(item)]
    return [str(value)]


def assert_hidden(result: dict[str, t.Any], *secrets: str) -> None:
    """None of the secrets is anywhere in a result, with or without hyphens and in any case."""
    shown = "\n".join(texts(result)).upper()
    bare = shown.replace("-", "").replace(" ", "")
    for secret in secrets:
        assert secret.upper() not in shown
        assert secret.upper().replace("-", "").replace(" ", "") not in bare
