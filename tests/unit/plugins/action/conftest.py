# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures for the tests of action plugins."""

from __future__ import annotations

import pytest

from tests.unit.action_runs import ADDRESS, PASSWORD, ActionRunner


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> ActionRunner:
    """Runs a task on rdls02; rdls01 is another host of the inventory."""
    source = {
        "ansible_connection": "winrm",
        "ansible_host": ADDRESS,
        "ansible_user": "administrator",
        "ansible_password": PASSWORD,
        "ansible_winrm_transport": "basic",
    }
    return ActionRunner(monkeypatch, {"rdls01": source})
