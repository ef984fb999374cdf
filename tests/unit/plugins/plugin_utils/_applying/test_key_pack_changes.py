# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Removing, reducing and converting key packs, with the record kept in step."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.key_pack_changes import KeyPackChanger
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import OutcomeUnknown, Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    ANSWERED,
    DONE,
    INTENDED,
    NOT_DONE,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_classes import TS_LICENSE_KEY_PACK
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.key_pack_changes import (
    Inventory,
    KeyPackAction,
    plan_conversion,
    plan_reduction,
    plan_removal,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Plan
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.unfinished_operations import OutcomeRule
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanError,
    WsmanFault,
    WsmanTimeout,
)

from tests.unit.builders import PER_DEVICE, cals, operation, pack, purchase
from tests.unit.fake_license_server import OPERATIONS_KEY, FakeLicenseServer

CONVERT = "ConvertLicenses"
BOUGHT = purchase(100)


@pytest.fixture
def server() -> FakeLicenseServer:
    """A server with a recorded purchase of 100 in key pack 3."""
    made = FakeLicenseServer(packs=[pack(3, 100)], registry={OPERATIONS_KEY: {}})
    made.keep(operation(of=BOUGHT, key_pack_id=3))
    return made


def inventory(server: FakeLicenseServer) -> Inventory:
    """The server as it is now."""
    recorded = server.recorded
    outcome = OutcomeRule(server.clock if recorded.all_unfinished else None)
    return Inventory("rdls02", tuple(server.packs), recorded, outcome)


def carry_out(server: FakeLicenseServer, plan: Plan[KeyPackAction], naps: list[float] | None = None) -> bool:
    """Do the steps of a plan; gives whether anything changed."""
    there = inventory(server)
    sleep = (naps if naps is not None else []).append
    session = server.license_server
    recorded = session.recorded_operations()
    server.calls.clear()
    return KeyPackChanger(session, there.packs, recorded, 60, sleep=sleep).apply(plan.steps)


def convert(server: FakeLicenseServer, quantity: int | None = 40, naps: list[float] | None = None) -> bool:
    """Convert CALs of key pack 3 to per device under CHG1."""
    return carry_out(server, plan_conversion(3, PER_DEVICE, quantity, "CHG1", inventory(server)), naps)


CALLS: dict[str, Callable[[FakeLicenseServer], bool]] = {
    "UninstallLicenseKeyPackWithId": lambda server: carry_out(server, plan_removal(3, inventory(server))),
    "RemoveLicensesWithIdCount": lambda server: carry_out(server, plan_reduction(3, 60, inventory(server))),
    "ConvertLicenses": convert,
}


def newest(server: FakeLicenseServer) -> tuple[str, str]:
    """Operation and status of the newest entry."""
    last = server.recorded.operations[-1]
    return last.operation, last.status


def claims(server: FakeLicenseServer) -> set[int]:
    """The packs that belong to purchases."""
    return set(server.recorded.claims)


def test_a_removed_pack_is_taken_out_of_the_record(server: FakeLicenseServer) -> None:
    assert carry_out(server, plan_removal(3, inventory(server)))
    assert server.packs == []
    assert newest(server) == ("remove", DONE)
    assert claims(server) == set()


def test_a_reduced_pack_still_belongs_to_its_purchase(server: FakeLicenseServer) -> None:
    assert carry_out(server, plan_reduction(3, 60, inventory(server)))
    assert server.total() == 60
    assert newest(server) == ("reduce", DONE)
    assert server.recorded.operations[-1].cals == cals(40)
    assert claims(server) == {3}


def test_a_refused_removal_is_not_recorded(server: FakeLicenseServer) -> None:
    server.refusals["UninstallLicenseKeyPackWithId"] = 5
    with pytest.raises(CallRefused):
        carry_out(server, plan_removal(3, inventory(server)))
    assert newest(server) == ("remove", NOT_DONE)
    assert claims(server) == {3}


def test_a_pack_that_somebody_removed_is_only_recorded(server: FakeLicenseServer) -> None:
    server.packs.clear()
    assert carry_out(server, plan_removal(3, inventory(server)))
    assert server.changing == ["SetStringValue"]
    assert claims(server) == set()


@pytest.mark.parametrize("quantity", [40, None])
def test_a_conversion_is_recorded_with_its_result(server: FakeLicenseServer, quantity: int | None) -> None:
    assert convert(server, quantity)
    assert server.total((7, PER_DEVICE)) == (quantity or 100)
    assert server.total() == 100
    assert newest(server) == ("convert", DONE)
    assert claims(server) >= {server.packs[-1].key_pack_id}


def test_intention_before_the_call_and_outcome_after_the_reading(server: FakeLicenseServer) -> None:
    convert(server)
    packs = "enumerate Win32_TSLicenseKeyPack"
    calls = [name for name in server.calls if name not in ("CreateKey", "enumerate Win32_OperatingSystem")]
    assert calls[calls.index("EnumValues") - 1 :] == [
        "SetStringValue",
        "EnumValues",
        packs,
        CONVERT,
        packs,
        "SetStringValue",
    ]


def test_the_same_change_again_does_nothing(server: FakeLicenseServer) -> None:
    convert(server)
    assert not convert(server)
    assert server.calls == []


def test_a_refused_conversion_is_recorded_as_not_done(server: FakeLicenseServer) -> None:
    server.refusals[CONVERT] = 5
    with pytest.raises(CallRefused):
        convert(server)
    assert newest(server) == ("convert", NOT_DONE)


def test_a_rejected_conversion_that_changed_something_all_the_same_stays_open(server: FakeLicenseServer) -> None:
    """Converting again would convert more than was asked for."""

    def convert_some(name: str) -> None:
        if name == CONVERT:
            server.packs[:] = [pack(3, 85), pack(4, 15, cal_type=PER_DEVICE)]

    server.refusals[CONVERT] = 5
    server.after = convert_some
    with pytest.raises(OutcomeUnknown, match="changed anyway"):
        convert(server)
    assert newest(server) == ("convert", INTENDED)
    server.after = lambda name: None
    with pytest.raises(Refused, match="resolve_operations"):
        convert(server)


def test_success_with_nothing_converted_is_no_success(server: FakeLicenseServer) -> None:
    server.silent.add(CONVERT)
    with pytest.raises(OutcomeUnknown, match="reported success, but reading it back does not show the effect"):
        convert(server)
    assert newest(server) == ("convert", ANSWERED)


def test_a_pack_of_the_type_that_did_not_grow_is_no_proof(server: FakeLicenseServer) -> None:
    """The answer may name it all the same."""
    server.packs.append(pack(4, 40, cal_type=PER_DEVICE))
    server.silent.add(CONVERT)
    with pytest.raises(OutcomeUnknown):
        convert(server)


def test_a_conversion_that_took_another_number_is_for_an_administrator(server: FakeLicenseServer) -> None:
    server.after = lambda name: server.packs.__setitem__(0, pack(3, 10)) if name == CONVERT else None
    with pytest.raises(OutcomeUnknown):
        convert(server)
    assert newest(server) == ("convert", ANSWERED)
    server.after = lambda name: None
    with pytest.raises(Refused, match="resolve_operations"):
        convert(server)


@pytest.mark.parametrize(
    "error",
    [WsmanTimeout("too slow"), WsmanFault("half way", code=0x80338000, outcome_unknown=True)],
    ids=["timeout", "fault"],
)
def test_a_conversion_without_an_answer_stays_an_intention(server: FakeLicenseServer, error: WsmanError) -> None:
    def fail(name: str) -> None:
        if name == CONVERT:
            raise error

    server.after = fail
    assert convert(server), "it took effect"
    assert newest(server) == ("convert", DONE)
    server.after = lambda name: None
    assert not convert(server)
    assert server.total((7, PER_DEVICE)) == 40


@pytest.mark.parametrize("call", CALLS)
def test_a_return_code_proves_nothing_while_the_packs_show_an_effect(server: FakeLicenseServer, call: str) -> None:
    """It is looked at once; what took effect is not done again."""
    real = server.sent

    def effect(name: str) -> None:
        if name == call:
            server.refusals.clear()
            server._call(TS_LICENSE_KEY_PACK, call, real[-1][1], {"KeyPackId": 3})

    server.refusals[call] = 0x80041001
    server.after = effect
    assert CALLS[call](server)
    server.after = lambda name: None
    assert not CALLS[call](server)
    assert server.total((7, 1)) == {"UninstallLicenseKeyPackWithId": 0}.get(call, 60)


@pytest.mark.parametrize("call", CALLS)
def test_a_change_whose_effect_comes_late_is_made_once(server: FakeLicenseServer, call: str) -> None:
    """Run again at once, an hour later, and when the effect is there."""

    def lose(name: str) -> None:
        if name == call:
            raise WsmanTimeout("too slow")

    server.before = lose
    with pytest.raises(OutcomeUnknown, match="resolve_operations"):
        CALLS[call](server)
    server.before = lambda name: None
    with pytest.raises(Refused, match="may still be working on it"):
        CALLS[call](server)
    server._call(TS_LICENSE_KEY_PACK, call, server.sent_to(call), {"KeyPackId": 3})
    after = server.total((7, 1))
    assert not CALLS[call](server), "the first run has said that something may have changed"
    assert server.total((7, 1)) == after
    assert not server.recorded.all_unfinished


@pytest.mark.parametrize("call", CALLS)
def test_a_change_without_effect_is_made_again_once_the_server_cannot_be_at_work_any_more(
    server: FakeLicenseServer, call: str
) -> None:
    def lose(name: str) -> None:
        if name == call:
            raise WsmanTimeout("too slow")

    server.before = lose
    with pytest.raises(OutcomeUnknown):
        CALLS[call](server)
    server.before = lambda name: None
    server.clock += datetime.timedelta(hours=2)
    assert CALLS[call](server)
    assert server.total((7, 1)) == {"UninstallLicenseKeyPackWithId": 0}.get(call, 60)
    assert not server.recorded.all_unfinished


@pytest.mark.parametrize("call", CALLS)
def test_what_somebody_does_at_the_console_a_moment_before_is_noticed(server: FakeLicenseServer, call: str) -> None:
    def meddle(name: str) -> None:
        if name == "SetStringValue":
            server.packs = [pack(3, 90)]

    server.after = meddle
    with pytest.raises(Refused, match="changed elsewhere in the meantime"):
        CALLS[call](server)
    assert server.total() == 90
    assert not server.recorded.all_unfinished
