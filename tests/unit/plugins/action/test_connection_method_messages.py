# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module connection_method, message by message."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanConnectionLost,
    WsmanUnreachable,
)

from tests.unit.action_runs import ActionRunner
from tests.unit.conversations import reads_method, reads_server, writes_method
from tests.unit.wsman_script import Exchange, WsmanScript


def reading(recorded: str | None) -> WsmanScript:
    """What it takes to find out."""
    return WsmanScript(*reads_server(), *reads_method(recorded))


@pytest.mark.parametrize(
    ("recorded", "arguments"),
    [
        ("automatic", {"connection_method": "automatic"}),
        ("telephone", {}),
        (None, {}),
    ],
)
def test_changing_nothing_takes_two_requests(
    run: ActionRunner, recorded: str | None, arguments: dict[str, str]
) -> None:
    script = reading(recorded)
    result = run("connection_method", arguments, script)
    assert len(script.sent) == 2
    assert result["changed"] is False
    assert result["connection_method"] == recorded
    assert "diff" not in result


@pytest.mark.parametrize("recorded", [None, "automatic"])
def test_another_method_is_written_and_read_back(run: ActionRunner, recorded: str | None) -> None:
    script = WsmanScript(
        *reads_server(), *reads_method(recorded), *writes_method("telephone"), *reads_method("telephone")
    )
    result = run("connection_method", {"connection_method": "telephone"}, script)
    assert (result["changed"], result["connection_method"], result["previous"]) == (True, "telephone", recorded)
    assert result["diff"][0]["after"] == "connection_method: telephone\n"


def test_check_mode_only_reads_and_tells_the_same(run: ActionRunner) -> None:
    result = run("connection_method", {"connection_method": "telephone"}, reading("automatic"), check=True)
    assert (result["changed"], result["connection_method"], result["previous"]) == (True, "telephone", "automatic")
    assert result["steps"] == ["Record telephone as the connection method of rdls02"]


def test_no_diff_unless_it_is_wanted(run: ActionRunner) -> None:
    result = run("connection_method", {"connection_method": "telephone"}, reading(None), check=True, diff=False)
    assert "diff" not in result


def test_another_word_is_refused_before_anything_is_sent(run: ActionRunner) -> None:
    result = run("connection_method", {"connection_method": "fax"})
    assert result["failed"] is True
    assert result["msg"].startswith("winfleet.rd_licensing.connection_method: ")
    assert "automatic, web_browser, telephone" in result["msg"]


def writing(then: list[Exchange], *, lost: bool = False) -> WsmanScript:
    """The method is written over none; C(then) is what comes after it."""
    write = writes_method("telephone")
    if lost:
        write[-1].fails_with(WsmanConnectionLost("the connection broke"))
    return WsmanScript(*reads_server(), *reads_method(None), *write, *then)


def test_a_lost_response_to_the_write_is_settled_by_reading(run: ActionRunner) -> None:
    result = run("connection_method", {"connection_method": "telephone"}, writing(reads_method("telephone"), lost=True))
    assert (result.get("failed"), result["changed"], result["connection_method"]) == (None, True, "telephone")


@pytest.mark.parametrize("lost", [False, True])
def test_a_failure_after_the_write_reports_the_change(run: ActionRunner, lost: bool) -> None:
    gone = reads_method(None)
    gone[0].fails_with(WsmanUnreachable("connection refused"))
    result = run("connection_method", {"connection_method": "telephone"}, writing(gone, lost=lost))
    assert (result["unreachable"], result["changed"]) == (True, True)


def test_another_value_after_the_write_is_a_failure(run: ActionRunner) -> None:
    result = run("connection_method", {"connection_method": "telephone"}, writing(reads_method("automatic")))
    assert (result["failed"], result["changed"]) == (True, True)
