# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A migration that breaks off at any message at all: the next run brings it to the same end.

Each scenario is run once undisturbed to count its messages. Then it is run again and again, each time with one message
lost on its way there or its answer lost on its way back, or with the controller killed at that moment; and after that
once more without trouble. Whatever happened, every CAL is then on exactly one server, and no purchase was moved twice.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanConnectionLost,
    WsmanError,
    WsmanFault,
    WsmanTimeout,
)

from tests.unit.builders import LICENSE_CODE, cals, code, pack, purchase, retail_pack
from tests.unit.fake_license_server import READING, FakeLicenseServer
from tests.unit.migrations import Run, around, imports, two_servers

FIRST = purchase(100, reference="PO-1")
SECOND = purchase(50, reference="PO-2")


class Killed(BaseException):
    """The controller is gone: nothing more is done, not even by the code that handles errors."""


@dataclass(frozen=True)
class Scenario:
    """What is on the source and which purchases are to be moved, by a target that reaches the source or not.

    C(moved_by_hand) is on the target already.
    """

    packs: tuple[KeyPack, ...]
    purchases: tuple[Purchase, ...]
    reaches_source: bool
    moved_by_hand: tuple[KeyPack, ...] = ()

    def servers(self) -> FakeLicenseServer:
        """New servers."""
        target = two_servers(*self.packs, reaches_source=self.reaches_source, **{LICENSE_CODE: cals(20)})
        target.packs.extend(self.moved_by_hand)
        return target

    @property
    def calls(self) -> int:
        """How many purchases the Clearinghouse has to be asked about."""
        return len(self.purchases) - len(self.moved_by_hand)


SCENARIOS = {
    "one": Scenario((pack(3, 100),), (FIRST,), True),
    "two of a kind": Scenario((pack(3, 100), pack(4, 50)), (FIRST, SECOND), True),
    "two of a kind, remaining": Scenario((pack(3, 100), pack(4, 50)), (FIRST, SECOND), False),
    "a part, remaining": Scenario((pack(3, 170),), (FIRST, SECOND), False),
    "one moved by hand": Scenario((pack(4, 50),), (FIRST, SECOND), False, (pack(7, 100),)),
    "a code": Scenario((retail_pack(3, 20), pack(4, 100)), (FIRST, code()), False),
}
TROUBLES: dict[str, type[WsmanError] | None] = {
    "killed": None,
    "timeout": WsmanTimeout,
    "broken": WsmanConnectionLost,
    "fault": WsmanFault,
}


def trouble(kind: str, name: str) -> BaseException:
    """What the client makes of a message that got lost; only with one that changes something is the outcome open."""
    error = TROUBLES[kind]
    if error is None:
        return Killed()
    return error("lost", outcome_unknown=not name.startswith((*READING, "get ", "enumerate ")))


class Disturbance:
    """Counts messages, and makes trouble at one of them."""

    def __init__(self, place: int, kind: str) -> None:
        self.count = 0
        self.place = place
        self.kind = kind

    def __call__(self, name: str) -> None:
        self.count += 1
        if self.count == self.place:
            raise trouble(self.kind, name)


def disturbed(scenario: Scenario, place: int, kind: str, moment: str) -> tuple[FakeLicenseServer, bool]:
    """Run with one trouble; gives the target, and whether the run ended well all the same."""
    target = scenario.servers()
    run = Run(target, scenario.purchases, operation_timeout=0)
    around((target, run.source), **{moment: Disturbance(place, kind)})
    try:
        run.migrate()
    except (Killed, LicensingError, WsmanError):
        return target, False
    finally:
        around((target, run.source))
    return target, True


def much_later(target: FakeLicenseServer) -> None:
    """So much that neither server can be at work any more."""
    assert target.source
    for server in (target, target.source):
        server.clock += datetime.timedelta(hours=2)


def messages(scenario: Scenario) -> int:
    """How many messages an undisturbed run takes."""
    target = scenario.servers()
    run = Run(target, scenario.purchases)
    counter = Disturbance(0, "killed")
    around((target, run.source), counter)
    assert run.migrate()
    return counter.count


def everything(scenario: Scenario, target: FakeLicenseServer) -> tuple[int, int]:
    """CALs on the source that are to stay there, and CALs on the target."""
    source = target.source
    assert source is not None
    assert len(target.packs) == len(scenario.purchases)
    assert all(each.key_pack_id in target.recorded.claims for each in target.packs)
    assert target.recorded.pending_removals == ()
    return source.total(), target.total()


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("kind", TROUBLES)
@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS.keys())
def test_the_next_run_brings_it_to_its_end(scenario: Scenario, kind: str, moment: str) -> None:
    moved = sum(each.quantity or 20 for each in scenario.purchases)
    stays = sum(each.cals.quantity for each in scenario.packs + scenario.moved_by_hand) - moved
    places = messages(scenario)
    assert places > 10
    for place in range(1, places + 1):
        target, _unused = disturbed(scenario, place, kind, moment)
        much_later(target)
        Run(target, scenario.purchases).migrate()
        assert everything(scenario, target) == (stays, moved), f"message {place}"
        again = Run(target, scenario.purchases)
        assert not again.migrate(), f"message {place}: the third run changed something"


def calls_that_arrived() -> Iterator[tuple[Scenario, int, str]]:
    """Every place at which an answer may get lost."""
    for scenario in SCENARIOS.values():
        for place in range(1, messages(scenario) + 1):
            for kind in TROUBLES:
                yield scenario, place, kind


def test_no_purchase_is_ever_moved_twice() -> None:
    """The answer gets lost, whichever it is; the Clearinghouse is asked once for each purchase all the same."""
    for scenario, place, kind in calls_that_arrived():
        target, _unused = disturbed(scenario, place, kind, "after")
        much_later(target)
        Run(target, scenario.purchases).migrate()
        assert imports(target) == scenario.calls, f"{kind} at message {place}"


def test_the_disturbance_disturbs() -> None:
    """A run that is killed does not end well, or these tests would prove nothing."""
    scenario = SCENARIOS["one"]
    assert not disturbed(scenario, 1, "killed", "before")[1]
    assert not disturbed(scenario, messages(scenario), "killed", "after")[1]
    assert disturbed(scenario, messages(scenario) + 1, "killed", "before")[1]
