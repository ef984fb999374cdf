# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for ansible.windows.win_feature: adds the role service RDS-Licensing to a simulated server."""

from __future__ import annotations

import json
import os
import urllib.request
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

_WANTED = {"name": "RDS-Licensing", "state": "present", "include_management_tools": True}


def control(server: str, action: str, body: dict[str, Any]) -> Any:
    """Tell the scenario's simulator to do something to a server (tests/simulator/README.md, Control door)."""
    ready = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"], "files", "ready.json")
    url = json.loads(ready.read_text(encoding="utf-8"))["control_url"]
    order = urllib.request.Request(f"{url}/servers/{server}/{action}", json.dumps(body).encode())  # noqa: S310  # the simulator's own
    with urllib.request.urlopen(order, timeout=30) as answer:  # noqa: S310  # as above
        return json.load(answer)


class ActionModule(ActionBase):
    """Takes the options that the role gives, and no others; says what the real module says."""

    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Install, or in check mode say that it would be done: the role asks only where the role service is missing."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        if self._task.args != _WANTED:
            raise AnsibleActionFail(f"wants {_WANTED}, got {dict(self._task.args)}")
        changed = True
        if not self._task.check_mode:
            changed = control((task_vars or {})["inventory_hostname"], "role", {"installed": True})["changed"]
        exitcode = "SuccessRestartRequired" if changed else "NoChangeNeeded"
        return {**result, "changed": changed, "exitcode": exitcode, "reboot_required": changed, "success": True}
