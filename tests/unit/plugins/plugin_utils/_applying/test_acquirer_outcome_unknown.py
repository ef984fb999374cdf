# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A call that gets no answer: it is looked for as long as the server may be at work, and never made twice."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import OutcomeUnknown, Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import DONE, INTENDED, NOT_DONE
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanConnectionLost,
    WsmanError,
    WsmanFault,
    WsmanProtocolError,
    WsmanTimeout,
    WsmanUnreachable,
)

from tests.unit.acquisitions import METHOD, OPERATION_TIMEOUT, Run, asked
from tests.unit.builders import cals, pack, purchase
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
    (only,) = server.recorded.operations
    return only.status


@pytest.mark.parametrize("error", NO_ANSWER, ids=lambda each: type(each).__name__)
def test_the_answer_got_lost_and_the_cals_are_there(server: FakeLicenseServer, error: WsmanError) -> None:
    server.after = failing(METHOD, error)
    run = Run(server)
    assert run.install(purchase())
    assert status(server) == DONE
    assert asked(server) == 1
    assert run.naps == [0.0]
    assert "it took effect" in run.warnings[0]


@pytest.mark.parametrize("error", NO_ANSWER, ids=lambda each: type(each).__name__)
def test_the_call_got_lost_and_nothing_comes(server: FakeLicenseServer, error: WsmanError) -> None:
    server.before = failing(METHOD, error)
    run = Run(server)
    with pytest.raises(OutcomeUnknown) as caught:
        run.install(purchase())
    assert status(server) == INTENDED
    assert asked(server) == 1
    assert sum(run.naps) == OPERATION_TIMEOUT
    message = str(caught.value)
    assert "Its outcome is unknown" in message
    assert "resolve_operations" in message
    assert run.changed
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
    assert status(server) == NOT_DONE
    assert not run.changed
    server.before = lambda name: None
    assert Run(server).install(purchase())


def test_a_fault_that_proves_that_nothing_ran_is_a_refusal(server: FakeLicenseServer) -> None:
    server.before = failing(METHOD, WsmanFault("no", wmi_code=0x80041003, outcome_unknown=False))
    with pytest.raises(CallRefused):
        Run(server).install(purchase())
    assert status(server) == NOT_DONE


# The next run finds the intention.


def lose(server: FakeLicenseServer) -> None:
    """A call whose effect has not come so far."""
    server.before = failing(METHOD, WsmanTimeout("too slow"))
    with pytest.raises(OutcomeUnknown):
        Run(server).install(purchase())
    server.before = lambda name: None
    server.calls.clear()


def later(server: FakeLicenseServer, **passed: float) -> None:
    """Time passes by the server's clock."""
    server.clock += datetime.timedelta(**passed)


@pytest.mark.parametrize("hours", [0, 0.5, 2, 1000])
def test_however_long_ago_a_call_without_outcome_is_not_made_again_by_itself(
    server: FakeLicenseServer, hours: float
) -> None:
    """Neither by a run with another timeout, nor by one whose controller has another clock: neither is looked at."""
    lose(server)
    later(server, hours=hours)
    for wait in (3600, 0):
        with pytest.raises(Refused, match="resolve_operations"):
            Run(server, outcome_wait=wait).install(purchase())
    assert asked(server) == 0


@pytest.mark.parametrize("hours", [0, 2])
def test_what_came_after_the_first_run_gave_up_is_found_by_the_next(server: FakeLicenseServer, hours: float) -> None:
    lose(server)
    later(server, hours=hours)
    server.packs.append(pack(4, 100))
    run = Run(server)
    assert not run.install(purchase()), "the first run has reported that something may have changed"
    assert status(server) == DONE
    assert asked(server) == 0


def test_what_a_killed_run_brought_is_reported_by_the_next(server: FakeLicenseServer) -> None:
    class Killed(BaseException):
        pass

    def kill(name: str) -> None:
        if name == METHOD:
            raise Killed

    server.after = kill
    with pytest.raises(Killed):
        Run(server).install(purchase())
    server.after = lambda name: None
    assert Run(server).install(purchase())
    assert asked(server) == 1
    assert not Run(server).install(purchase())


def test_another_purchase_that_looks_the_same_waits(server: FakeLicenseServer) -> None:
    """And does not adopt what comes for the first."""
    lose(server)
    twin = purchase(reference="PO-2")
    with pytest.raises(Refused):
        Run(server).install(twin)
    server.packs.append(pack(4, 100))
    assert Run(server).install(twin)
    assert {number: each.purchase.sha256 for number, each in server.recorded.claims.items() if each.purchase} == {
        4: purchase().sha256,
        5: twin.sha256,
    }


def test_a_change_is_noted_although_the_reading_after_it_fails(server: FakeLicenseServer) -> None:
    class Gone(WsmanUnreachable):
        pass

    run = Run(server)

    def vanish(name: str) -> None:
        if METHOD in server.calls and name != METHOD:
            raise Gone("refused")

    server.before = vanish
    with pytest.raises((Gone, OutcomeUnknown)):
        run.install(purchase())
    assert run.changed
