# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Taking CALs off a server, and seeing that they are gone."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.removal import remove
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import (
    LicensingError,
    OutcomeUnknown,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.left_behind import Removal
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanError,
    WsmanFault,
    WsmanTimeout,
    WsmanUnreachable,
)

from tests.unit.builders import cals, pack
from tests.unit.fake_license_server import FakeLicenseServer

WHOLE = Removal(3, cals(100), whole=True)
PART = Removal(4, cals(20), whole=False)
UNINSTALL = "UninstallLicenseKeyPackWithId"
REDUCE = "RemoveLicensesWithIdCount"


@pytest.fixture
def server() -> FakeLicenseServer:
    """A server with two packs."""
    return FakeLicenseServer(packs=[pack(3, 100), pack(4, 50)])


def left(server: FakeLicenseServer) -> dict[int, int]:
    """CALs by pack."""
    return {each.key_pack_id: each.cals.quantity for each in server.packs}


def take(server: FakeLicenseServer, *removals: Removal, patience: float = 7) -> list[float]:
    """Make removals; gives the naps taken meanwhile."""
    naps: list[float] = []
    remove(server.license_server, removals, patience=patience, sleep=naps.append)
    return naps


def test_a_whole_pack_and_a_part_of_one(server: FakeLicenseServer) -> None:
    assert take(server, WHOLE, PART) == []
    assert left(server) == {4: 30}
    assert server.sent == [(UNINSTALL, {"KeyPackId": 3}), (REDUCE, {"KeyPackId": 4, "LicenseCount": 20})]


def test_nothing_to_remove_asks_nothing(server: FakeLicenseServer) -> None:
    take(server)
    assert server.calls == []


def test_a_refusal_ends_it(server: FakeLicenseServer) -> None:
    server.refusals[UNINSTALL] = 5
    with pytest.raises(CallRefused, match=r"^rdls02: removing 100 Windows Server 2022 per user CALs \(key pack 3\) \("):
        take(server, WHOLE, PART)
    assert left(server) == {3: 100, 4: 50}
    assert REDUCE not in server.calls


@pytest.mark.parametrize(("removal", "shown", "wanted"), [(WHOLE, 100, 0), (PART, 50, 30)])
def test_success_with_the_cals_still_there_is_no_success(
    server: FakeLicenseServer, removal: Removal, shown: int, wanted: int
) -> None:
    server.silent = {UNINSTALL, REDUCE}
    with pytest.raises(LicensingError) as caught:
        take(server, removal)
    assert f"but the server now shows {shown} CALs in that pack instead of {wanted}" in str(caught.value)


def test_more_gone_than_was_asked_for_is_said_too(server: FakeLicenseServer) -> None:
    server.after = lambda name: server.packs.clear() if name == REDUCE else None
    with pytest.raises(LicensingError, match="shows 0 CALs in that pack instead of 30"):
        take(server, PART)


NO_ANSWER = [WsmanTimeout("too slow"), WsmanFault("half way", code=0x80338000, outcome_unknown=True)]


@pytest.mark.parametrize("error", NO_ANSWER, ids=lambda each: type(each).__name__)
def test_the_answer_got_lost(server: FakeLicenseServer, error: WsmanError) -> None:
    def fail(name: str) -> None:
        if name == REDUCE:
            raise error

    server.after = fail
    assert take(server, PART) == [0.0]
    assert left(server) == {3: 100, 4: 30}
    assert server.calls.count(REDUCE) == 1


@pytest.mark.parametrize("error", NO_ANSWER, ids=lambda each: type(each).__name__)
def test_a_part_is_not_asked_for_again_before_its_time_is_over(server: FakeLicenseServer, error: WsmanError) -> None:
    naps: list[float] = []

    def fail(name: str) -> None:
        if name == REDUCE:
            raise error

    server.before = fail
    with pytest.raises(OutcomeUnknown, match=r"went unanswered, and its outcome is unknown: .*\. Run the task again"):
        remove(server.license_server, [PART], patience=7, sleep=naps.append)
    assert server.calls.count(REDUCE) == 1
    assert sum(naps) == 7


def test_a_removal_that_takes_its_time(server: FakeLicenseServer) -> None:
    naps: list[float] = []

    def fail(name: str) -> None:
        if name == REDUCE:
            raise WsmanTimeout("too slow")

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 2:
            server.packs = [pack(3, 100), pack(4, 30)]

    server.before = fail
    remove(server.license_server, [PART], patience=7, sleep=sleep)
    assert naps == [0.0, 1.0]


def test_a_server_out_of_reach_was_not_asked(server: FakeLicenseServer) -> None:
    def fail(name: str) -> None:
        if name == REDUCE:
            raise WsmanUnreachable("refused")

    server.before = fail
    with pytest.raises(WsmanUnreachable):
        take(server, PART)
    assert left(server) == {3: 100, 4: 50}
