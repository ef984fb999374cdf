# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether another connection method is to be recorded."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.connection_method_plan import (
    plan_connection_method,
)


@pytest.mark.parametrize(
    ("recorded", "wanted"), [(None, None), ("telephone", None), ("telephone", "telephone")], ids=str
)
def test_nothing_to_record(recorded: str | None, wanted: str | None) -> None:
    made = plan_connection_method("rdls02", recorded, wanted)
    assert made.plan.steps == ()
    assert made.plan.diff == []
    assert made.wanted == recorded


@pytest.mark.parametrize(
    ("recorded", "before"), [(None, "(not set)"), ("automatic", "automatic"), ("web_browser", "web_browser")]
)
def test_another_method_is_recorded(recorded: str | None, before: str) -> None:
    made = plan_connection_method("rdls02", recorded, "telephone")
    (step,) = made.plan.steps
    assert step.text == "Record telephone as the connection method of rdls02"
    assert made.plan.changed
    assert made.wanted == "telephone"
    assert made.plan.diff[0]["before"] == f"connection_method: {before}\n"
    assert made.plan.diff[0]["after"] == "connection_method: telephone\n"
