# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A rebuild that breaks off, anywhere and any number of times, and is run again under the same change ID.

Whatever happens in between, in the end every CAL that was there is deleted once, every purchase is reinstalled once,
and one more run changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import DONE
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.rebuild_deletion import (
    METHODS,
    RECREATE,
    UNINSTALL,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanConnectionLost,
    WsmanError,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.builders import operation
from tests.unit.rebuild_server import (
    CHANGE,
    DATABASE,
    FOLDER,
    PER_DEVICE,
    PER_USER,
    PURCHASES,
    RebuildServer,
    Run,
    administrator_decides,
    holding_two,
    wanted,
)

EFFECTS = ("UninstallLicenseKeyPackWithId", "ReinstallAgreementLicenseKeyPack", "Rename")


class Killed(BaseException):
    """The controller is gone: nothing of the run goes on."""


class Trouble:
    """Counts requests, and lets one of them go wrong."""

    def __init__(self, server: RebuildServer) -> None:
        self.server = server
        self.effects: list[str] = []
        self.requests = 0
        self._at, self._after, self._error = 0, False, Killed
        server.before = self._before
        server.after = self._after_it

    def plan(self, at: int, *, after: bool, error: Callable[[], BaseException] = Killed) -> None:
        """Request number C(at) from now fails: before it reaches the server, or when its answer is on the way."""
        self.requests = 0
        self._at, self._after, self._error = at, after, error  # type: ignore[assignment]  # any maker of an error

    def _before(self, name: str) -> None:
        self.requests += 1
        if self.requests == self._at and not self._after:
            raise self._error()

    def _after_it(self, name: str) -> None:
        if name in EFFECTS:
            self.effects.append(name)
        if self.requests == self._at and self._after:
            raise self._error()


def server_before() -> RebuildServer:
    """The purchases are recorded under the numbers that a new database gives out again."""
    server = RebuildServer(packs=holding_two())
    server.keep(
        operation("install", of=PER_USER, key_pack_id=3, sequence=1),
        operation("install", of=PER_DEVICE, key_pack_id=4, sequence=2),
    )
    return server


def run_to_the_end(server: RebuildServer, method: str) -> None:
    """As often as an administrator would."""
    for _attempt in range(4):
        administrator_decides(server)
        try:
            Run(server, wanted(method=method)).go()
        except (LicensingError, WsmanError):
            continue
        return
    administrator_decides(server)
    Run(server, wanted(method=method)).go()


def assert_rebuilt(server: RebuildServer, trouble: Trouble, method: str, label: str) -> None:
    """Deleted once, reinstalled once, recorded, and nothing left to do."""
    purchased = sorted(each.cals.quantity for each in server.packs if each.purchased)
    assert purchased == [50, 250], label
    assert trouble.effects.count("ReinstallAgreementLicenseKeyPack") == 2, label
    assert trouble.effects.count("UninstallLicenseKeyPackWithId") == (2 if method == UNINSTALL else 0), label
    assert trouble.effects.count("Rename") == (1 if method == RECREATE else 0), label
    assert any(each.built_in for each in server.packs), label
    assert server.running, label
    (rebuild,) = server.recorded.rebuilds
    assert (rebuild.status, rebuild.change_id) == (DONE, CHANGE), label
    assert rebuild.rebuild is not None
    assert rebuild.rebuild.packs is not None
    assert [each.key_pack_id for each in rebuild.rebuild.packs] == [3, 4], label
    for purchase in PURCHASES:
        holding = server.recorded.holding(purchase.sha256)
        assert holding is not None, label
        assert holding.operation.operation == "reinstall", label
    server.calls.clear()
    run = Run(server, wanted(method=method))
    plan = run.plan().plan
    assert (plan.steps, plan.changed, plan.diff) == ((), False, []), label
    assert run.go().changed is False, label
    assert server.changing == [], label


def requests_of_a_whole_run(method: str) -> int:
    server = server_before()
    trouble = Trouble(server)
    Run(server, wanted(method=method)).go()
    count = trouble.requests
    assert_rebuilt(server, trouble, method, "undisturbed")
    return count


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("after", [False, True])
def test_the_controller_dies_at_any_request(method: str, after: bool) -> None:
    for at in range(1, requests_of_a_whole_run(method) + 1):
        server = server_before()
        trouble = Trouble(server)
        trouble.plan(at, after=after)
        with pytest.raises(Killed):
            Run(server, wanted(method=method)).go()
        administrator_decides(server)
        Run(server, wanted(method=method)).go()
        assert_rebuilt(server, trouble, method, f"killed {'after' if after else 'before'} request {at}")


@pytest.mark.parametrize("method", METHODS)
def test_any_answer_gets_lost(method: str) -> None:
    for at in range(1, requests_of_a_whole_run(method) + 1):
        server = server_before()
        trouble = Trouble(server)
        trouble.plan(at, after=True, error=lambda: WsmanConnectionLost("the connection broke"))
        with suppress(LicensingError, WsmanError):
            Run(server, wanted(method=method)).go()
        run_to_the_end(server, method)
        assert_rebuilt(server, trouble, method, f"answer {at} got lost")


@settings(max_examples=60, deadline=None)
@given(
    method=st.sampled_from(METHODS),
    breaks=st.lists(st.tuples(st.integers(1, 60), st.booleans(), st.booleans()), min_size=1, max_size=6),
)
def test_breaking_off_again_and_again(method: str, breaks: list[tuple[int, bool, bool]]) -> None:
    server = server_before()
    trouble = Trouble(server)
    for at, after, killed in breaks:
        error = Killed if killed else (lambda: WsmanConnectionLost("the connection broke"))
        trouble.plan(at, after=after, error=error)
        try:
            Run(server, wanted(method=method)).go()
        except (Killed, LicensingError, WsmanError):
            continue
    trouble.plan(0, after=False)
    run_to_the_end(server, method)
    assert_rebuilt(server, trouble, method, str(breaks))


def test_uninstalling_broke_off_and_the_database_is_recreated_instead() -> None:
    server = server_before()

    def refuse_from_now_on(name: str) -> None:
        if name == "UninstallLicenseKeyPackWithId":
            server.refusals[name] = 0x80041001

    server.after = refuse_from_now_on
    with pytest.raises(LicensingError, match="0x80041001"):
        Run(server, wanted()).go()
    assert server.total() == 50
    trouble = Trouble(server)
    Run(server, wanted(method=RECREATE)).go()
    assert_rebuilt(server, trouble, RECREATE, "changed method")
    assert DATABASE in server.files


def test_a_database_that_was_put_aside_is_not_put_aside_again_whatever_the_method_says() -> None:
    server = server_before()

    def killed_at_the_start(name: str) -> None:
        if name == "StartService":
            raise Killed

    server.before = killed_at_the_start
    with pytest.raises(Killed):
        Run(server, wanted(method=RECREATE)).go()
    assert not server.running
    trouble = Trouble(server)
    trouble.effects.append("Rename")
    Run(server, wanted(method=UNINSTALL)).go()
    assert_rebuilt(server, trouble, RECREATE, "changed method after the renaming")


def test_the_database_was_corrupt_and_the_run_broke_off() -> None:
    options = {"method": RECREATE, "waive_coverage": True}
    for at in range(1, 60):
        server = server_before()
        server.corrupt = True
        trouble = Trouble(server)
        trouble.plan(at, after=True)
        try:
            Run(server, wanted(**options), database_path=FOLDER).go()
        except Killed:
            administrator_decides(server)
            Run(server, wanted(**options), database_path=FOLDER).go()
        assert server.total() == 300, at
        assert trouble.effects.count("ReinstallAgreementLicenseKeyPack") == 2, at
        assert trouble.effects.count("Rename") == 1, at
        (rebuild,) = server.recorded.rebuilds
        assert rebuild.rebuild is not None
        assert rebuild.rebuild.packs is None
        assert server.files[rebuild.rebuild.kept_as or ""] == holding_two()
