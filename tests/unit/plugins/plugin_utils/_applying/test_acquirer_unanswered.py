# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A call that gets no answer: it is looked for as long as the server may be at work, and never made twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import OutcomeUnknown
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import DONE, INTENDED, NOT_DONE
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.record import now
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanConnectionLost,
    WsmanError,
    WsmanFault,
    WsmanProtocolError,
    WsmanTimeout,
    WsmanUnreachable,
)

from tests.unit.acquisitions import METHOD, PATIENCE, Run, asked
from tests.unit.builders import cals, operation, pack, purchase
from tests.unit.fake_license_server import OPERATIONS_KEY, FakeLicenseServer

NO_ANSWER = [
    WsmanTimeout("no answer within 30 s"),
    WsmanConnectionLost("the connection broke"),
    WsmanProtocolError("not XML"),
    WsmanFault("half way through", code=0x80338000, outcome_unknown=True),
]


@pytest.fixture
def server() -> FakeLicenseServer:
    """A server without packs, with an empty record."""
    return FakeLicenseServer(registry={OPERATIONS_KEY: {}})


def failing(name: str, error: WsmanError) -> Callable[[str], None]:
    """Raise an error around one kind of request."""

    def fail(request: str) -> None:
        if request == name:
            raise error

    return fail


def status(server: FakeLicenseServer) -> str:
    """Status of the one entry of the record."""
    (only,) = server.ledger.operations
    return only.status


@pytest.mark.parametrize("error", NO_ANSWER, ids=lambda each: type(each).__name__)
def test_the_answer_got_lost_and_the_cals_are_there(server: FakeLicenseServer, error: WsmanError) -> None:
    server.after = failing(METHOD, error)
    run = Run(server)
    assert run.install(purchase())
    assert status(server) == DONE
    assert asked(server) == 1
    assert run.naps == [0.0]
    assert "went unanswered" in run.warnings[0]
    assert run.warnings[0].endswith("and arrived all the same.")


@pytest.mark.parametrize("error", NO_ANSWER, ids=lambda each: type(each).__name__)
def test_the_call_got_lost_and_nothing_comes(server: FakeLicenseServer, error: WsmanError) -> None:
    server.before = failing(METHOD, error)
    run = Run(server)
    with pytest.raises(OutcomeUnknown) as caught:
        run.install(purchase())
    assert status(server) == INTENDED
    assert asked(server) == 1
    assert sum(run.naps) == PATIENCE
    message = str(caught.value)
    assert "its outcome is unknown" in message
    assert "run the task again: it looks first" in message
    assert ".." not in message


def test_the_cals_come_while_it_waits(server: FakeLicenseServer) -> None:
    server.before = failing(METHOD, WsmanTimeout("too slow"))
    run = Run(server)

    def arrive() -> None:
        if len(run.naps) == 4:
            server.gain(cals(100))

    run.while_asleep = arrive
    assert run.install(purchase())
    assert status(server) == DONE
    assert run.naps == [0.0, 1.0, 2.0, 4.0]


def test_a_server_that_does_not_even_show_its_packs_meanwhile(server: FakeLicenseServer) -> None:
    server.after = failing(METHOD, WsmanTimeout("too slow"))
    run = Run(server)
    packs = "enumerate Win32_TSLicenseKeyPack"

    def stir() -> None:
        busy = {1: WsmanUnreachable("refused"), 2: WsmanFault("busy", code=0x80338012)}.get(len(run.naps))
        server.before = failing(packs, busy) if busy else lambda name: None

    run.while_asleep = stir
    assert run.install(purchase())
    assert run.naps == [0.0, 1.0, 2.0]
    assert status(server) == DONE


def test_other_cals_that_come_meanwhile_are_not_taken_for_it(server: FakeLicenseServer) -> None:
    server.before = failing(METHOD, WsmanTimeout("too slow"))
    run = Run(server)
    run.while_asleep = lambda: server.packs.append(pack(10 + len(server.packs), 99))
    with pytest.raises(OutcomeUnknown):
        run.install(purchase())
    assert status(server) == INTENDED


def test_a_server_out_of_reach_was_not_asked(server: FakeLicenseServer) -> None:
    server.before = failing(METHOD, WsmanUnreachable("refused"))
    run = Run(server)
    with pytest.raises(WsmanUnreachable):
        run.install(purchase())
    assert run.naps == []


def test_a_fault_that_proves_that_nothing_ran_is_a_refusal(server: FakeLicenseServer) -> None:
    server.before = failing(METHOD, WsmanFault("no", wmi_code=0x80041003, outcome_unknown=False))
    with pytest.raises(CallRefused):
        Run(server).install(purchase())
    assert status(server) == NOT_DONE


# The next run finds the intention.


def begun(server: FakeLicenseServer, started: str) -> None:
    """An intention of an earlier run, begun when the server had no packs."""
    server.keep(replace(operation(of=purchase(), status=INTENDED), started=started))


def test_an_old_intention_that_came_to_nothing_is_closed_and_the_call_made(server: FakeLicenseServer) -> None:
    begun(server, "2026-01-01T10:00:00Z")
    run = Run(server)
    assert run.install(purchase())
    assert run.naps == []
    assert [each.status for each in server.ledger.operations] == [NOT_DONE, DONE]
    assert asked(server) == 1


def test_a_young_intention_gets_its_time_first(server: FakeLicenseServer) -> None:
    begun(server, now())
    run = Run(server)
    assert run.install(purchase())
    assert PATIENCE - 5 < sum(run.naps) <= PATIENCE
    assert "waited" in run.warnings[0]
    assert asked(server) == 1


def test_what_comes_in_that_time_is_recorded_without_a_call(server: FakeLicenseServer) -> None:
    begun(server, now())
    run = Run(server)
    run.while_asleep = partial(server.packs.append, pack(4, 100))
    assert not run.install(purchase())
    assert status(server) == DONE
    assert asked(server) == 0


@pytest.mark.parametrize("started", ["2099-01-01T00:00:00Z", "a while ago"])
def test_a_time_that_cannot_be_told_counts_as_now(server: FakeLicenseServer, started: str) -> None:
    begun(server, started)
    run = Run(server)
    assert run.install(purchase())
    assert sum(run.naps) == PATIENCE


def test_what_came_after_the_first_run_gave_up_is_found_by_the_next(server: FakeLicenseServer) -> None:
    server.before = failing(METHOD, WsmanTimeout("too slow"))
    with pytest.raises(OutcomeUnknown):
        Run(server).install(purchase())
    server.before = lambda name: None
    server.packs.append(pack(4, 100))
    assert not Run(server).install(purchase())
    assert status(server) == DONE
    assert asked(server) == 1
