# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for ansible.windows.win_reboot: switches a simulated server off and on."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.ansible.windows.plugins.action.win_feature import control


class ActionModule(ActionBase):
    """Takes no options."""

    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Restart, unless in check mode."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        if not self._task.check_mode:
            for action in ("stop", "start"):
                control((task_vars or {})["inventory_hostname"], action, {})
        return {**result, "changed": True, "rebooted": True, "elapsed": 0}
