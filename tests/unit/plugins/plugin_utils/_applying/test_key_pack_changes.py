# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Removing, reducing and converting key packs, with the record kept in step."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.key_pack_changes import PackChanger
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import OutcomeUnknown, Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import DONE, INTENDED, NOT_DONE
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.record import now
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.key_pack_changes import (
    Inventory,
    plan_conversion,
    plan_reduction,
    plan_removal,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Plan, Step
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
    return Inventory("rdls02", tuple(server.packs), server.ledger)


def carry_out(server: FakeLicenseServer, plan: Plan, naps: list[float] | None = None) -> bool:
    """Do the steps of a plan; gives whether anything changed."""
    there = inventory(server)
    sleep = (naps if naps is not None else []).append
    return PackChanger(server.license_server, there.packs, there.ledger, 60, sleep).apply(plan.steps)


def convert(server: FakeLicenseServer, quantity: int | None = 40, naps: list[float] | None = None) -> bool:
    """Convert CALs of key pack 3 to per device under CHG1."""
    return carry_out(server, plan_conversion(3, PER_DEVICE, quantity, "CHG1", inventory(server)), naps)


def newest(server: FakeLicenseServer) -> tuple[str, str]:
    """Operation and status of the newest entry."""
    last = server.ledger.operations[-1]
    return last.operation, last.status


def claims(server: FakeLicenseServer) -> set[int]:
    """The packs that belong to purchases."""
    return set(server.ledger.claims)


def test_a_removed_pack_is_taken_out_of_the_record(server: FakeLicenseServer) -> None:
    assert carry_out(server, plan_removal(3, inventory(server)))
    assert server.packs == []
    assert newest(server) == ("remove", DONE)
    assert claims(server) == set()


def test_a_reduced_pack_still_belongs_to_its_purchase(server: FakeLicenseServer) -> None:
    assert carry_out(server, plan_reduction(3, 60, inventory(server)))
    assert server.total() == 60
    assert newest(server) == ("reduce", DONE)
    assert server.ledger.operations[-1].cals == cals(40)
    assert claims(server) == {3}


def test_a_refused_removal_is_not_recorded(server: FakeLicenseServer) -> None:
    server.refusals["UninstallLicenseKeyPackWithId"] = 5
    with pytest.raises(CallRefused):
        carry_out(server, plan_removal(3, inventory(server)))
    assert newest(server) == ("install", DONE)


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
    assert server.calls == ["SetStringValue", CONVERT, "enumerate Win32_TSLicenseKeyPack", "SetStringValue"]


def test_the_same_change_again_does_nothing(server: FakeLicenseServer) -> None:
    convert(server)
    server.calls.clear()
    assert not convert(server)
    assert server.calls == []


def test_a_refused_conversion_is_recorded_as_not_done(server: FakeLicenseServer) -> None:
    server.refusals[CONVERT] = 5
    with pytest.raises(CallRefused):
        convert(server)
    assert newest(server) == ("convert", NOT_DONE)


def test_success_with_nothing_converted_is_no_success(server: FakeLicenseServer) -> None:
    server.silent.add(CONVERT)
    with pytest.raises(OutcomeUnknown, match="no key pack shows the converted CALs"):
        convert(server)
    assert newest(server) == ("convert", INTENDED)


def test_a_pack_of_the_type_that_did_not_grow_is_no_proof(server: FakeLicenseServer) -> None:
    """The answer may name it all the same."""
    server.packs.append(pack(4, 40, cal_type=PER_DEVICE))
    server.silent.add(CONVERT)
    with pytest.raises(OutcomeUnknown):
        convert(server)


def test_a_conversion_that_took_another_number_is_for_a_person(server: FakeLicenseServer) -> None:
    server.after = lambda name: server.packs.__setitem__(0, pack(3, 10)) if name == CONVERT else None
    with pytest.raises(Refused, match="the packs do not tell"):
        convert(server)
    assert newest(server) == ("convert", INTENDED)


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
    with pytest.raises((WsmanTimeout, CallRefused)):
        convert(server)
    assert newest(server) == ("convert", INTENDED)
    server.after = lambda name: None
    server.calls.clear()
    assert not convert(server)
    assert server.changing == ["SetStringValue"]
    assert newest(server) == ("convert", DONE)
    assert server.total((7, PER_DEVICE)) == 40


def begin(server: FakeLicenseServer, started: str) -> None:
    """An earlier run began the conversion, and nothing shows yet."""
    begun = operation("convert", status=INTENDED, sequence=2, change_id="CHG1", key_pack_id=3, before=((3, 100),))
    server.keep(replace(begun, started=started, cals=cals(40, cal_type=PER_DEVICE)))


def test_an_old_conversion_that_came_to_nothing_is_made(server: FakeLicenseServer) -> None:
    begin(server, "2026-01-01T10:00:00Z")
    naps: list[float] = []
    assert convert(server, naps=naps)
    assert naps == []
    assert [each.status for each in server.ledger.operations[1:]] == [NOT_DONE, DONE]
    assert server.calls.count(CONVERT) == 1


def test_a_young_one_gets_its_time_and_may_happen_after_all(server: FakeLicenseServer) -> None:
    begin(server, now())
    there = inventory(server)
    plan = plan_conversion(3, PER_DEVICE, 40, "CHG1", there)

    def sleep(seconds: float) -> None:
        assert 50 < seconds <= 60
        server.packs = [pack(3, 60), pack(4, 40, cal_type=PER_DEVICE)]

    changer = PackChanger(server.license_server, there.packs, there.ledger, 60, sleep)
    assert not changer.apply(plan.steps)
    assert CONVERT not in server.calls
    assert newest(server) == ("convert", DONE)
    assert server.ledger.operations[-1].result_key_pack_id == 4


def test_a_step_of_another_kind_is_a_mistake(server: FakeLicenseServer) -> None:
    with pytest.raises(TypeError, match="not a change to a key pack"):
        carry_out(server, Plan((Step("Dance", "waltz"),)))
