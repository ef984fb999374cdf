# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A changing call is made once, and what is read decides what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.call_and_verify import Verifier
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import OutcomeUnknown
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanConnectionLost,
    WsmanError,
    WsmanTimeout,
    WsmanUnreachable,
)

WHAT = "rdls02: setting company"
REJECTED = CallRefused("rdls02: setting company failed: 0x80041001.", 0x80041001)


@dataclass
class Server:
    """One value that a call changes, at once or after some seconds, whatever the response says."""

    error: Exception | None = None
    takes_effect_after: float | None = 0.0
    unreadable_until: float = 0.0
    now: float = 0.0
    calls: int = 0
    reads: int = 0
    changes: int = 0
    warnings: list[str] = field(default_factory=list)

    def call(self) -> None:
        self.calls += 1
        if self.error:
            raise self.error

    def look(self) -> str | None:
        self.reads += 1
        if self.now < self.unreadable_until:
            raise WsmanUnreachable("connection refused")
        there = self.takes_effect_after is not None and self.now >= self.takes_effect_after
        return "new" if there else None

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def note_change(self) -> None:
        self.changes += 1

    def verify(self, operation_timeout: float = 60) -> str:
        verifier = Verifier(operation_timeout, self.warnings.append, self.note_change, self.sleep)
        return verifier.call(WHAT, self.call, self.look)


def test_success_is_read_once() -> None:
    server = Server()
    assert server.verify() == "new"
    assert (server.calls, server.reads, server.changes, server.warnings) == (1, 1, 1, [])


@pytest.mark.parametrize(
    ("server", "error"),
    [
        (Server(takes_effect_after=None), OutcomeUnknown),
        (Server(unreadable_until=999), OutcomeUnknown),
        (Server(WsmanTimeout("late"), takes_effect_after=None), OutcomeUnknown),
        (Server(WsmanConnectionLost("lost"), takes_effect_after=90), OutcomeUnknown),
        (Server(WsmanConnectionLost("lost"), unreadable_until=999), OutcomeUnknown),
        (Server(REJECTED, unreadable_until=999), OutcomeUnknown),
    ],
)
def test_what_may_have_taken_effect_counts_as_a_change(server: Server, error: type[Exception]) -> None:
    with pytest.raises(error):
        server.verify()
    assert (server.calls, server.changes) == (1, 1)


@pytest.mark.parametrize("error", [WsmanTimeout("late"), WsmanConnectionLost("lost"), REJECTED])
def test_an_effect_that_is_seen_counts_whatever_the_response_says(error: Exception) -> None:
    server = Server(error)
    assert server.verify() == "new"
    assert (server.calls, server.changes) == (1, 1)
    assert str(error).rstrip(".") in server.warnings[0]


def test_a_late_effect_is_waited_for_as_long_as_a_call_may_run() -> None:
    server = Server(WsmanTimeout("late"), takes_effect_after=50, unreadable_until=10)
    assert server.verify() == "new"
    assert 50 <= server.now <= 60


@pytest.mark.parametrize("error", [REJECTED, WsmanUnreachable("connection refused")])
def test_no_effect_and_a_response_that_explains_it_is_no_change(error: WsmanError | CallRefused) -> None:
    server = Server(error, takes_effect_after=None)
    with pytest.raises(type(error)) as raised:
        server.verify()
    assert raised.value is error
    assert (server.calls, server.changes) == (1, 0)


def test_a_rejection_whose_effect_cannot_be_read_shows_its_own_cause() -> None:
    with pytest.raises(OutcomeUnknown) as raised:
        Server(REJECTED, unreadable_until=999).verify()
    assert str(raised.value).startswith(str(REJECTED))
    assert "connection refused" in str(raised.value)
