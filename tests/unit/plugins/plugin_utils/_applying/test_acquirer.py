# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Acquiring a purchase: intention, call, reading, outcome, whatever the server answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import (
    AnotherController,
    LicensingError,
    OutcomeUnknown,
    Refused,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    ANSWERED,
    DONE,
    INTENDED,
    NOT_DONE,
    Operation,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.resolutions import Resolution

from tests.unit.acquisitions import METHOD, Run, asked
from tests.unit.builders import KEY_PACK_CODE, LICENSE_CODE, cals, code, operation, pack, purchase
from tests.unit.fake_license_server import OPERATIONS_KEY, FakeLicenseServer

TITLE = "100 Windows Server 2022 per user CALs (Enterprise Agreement ****4567)"


@pytest.fixture
def server() -> FakeLicenseServer:
    """A server with one pack of another kind, and a record."""
    return FakeLicenseServer(packs=[pack(3, 20, version=6)], registry={OPERATIONS_KEY: {}})


def entry(server: FakeLicenseServer) -> Operation:
    """The one entry of the record."""
    (only,) = server.recorded.operations
    return only


def arriving(server: FakeLicenseServer, quantity: int, cal_type: int = 1) -> Callable[[str], None]:
    """CALs that arrive although the call is answered otherwise."""

    def arrive(name: str) -> None:
        if name == METHOD:
            server.gain(cals(quantity, cal_type=cal_type))

    return arrive


def test_intention_call_reading_outcome(server: FakeLicenseServer) -> None:
    Run(server).install(purchase())
    calls = [name for name in server.calls if name != "CreateKey"]
    assert calls[calls.index(METHOD) - 2 :] == [
        "SetStringValue",
        "EnumValues",
        METHOD,
        "enumerate Win32_TSLicenseKeyPack",
        "SetStringValue",
    ]


def test_the_outcome_is_in_the_record(server: FakeLicenseServer) -> None:
    Run(server).install(purchase())
    done = entry(server)
    assert (done.operation, done.status, done.key_pack_id, done.cals) == ("install", DONE, 4, cals(100))
    assert (done.connection_method, done.before) == ("automatic", ())
    assert done.purchase
    assert done.purchase.credential == "****4567"


def test_the_intention_is_there_before_the_call(server: FakeLicenseServer) -> None:
    seen: list[str] = []

    def look(name: str) -> None:
        if name == METHOD:
            seen.extend(each.status for each in server.recorded.operations)

    server.before = look
    Run(server).install(purchase())
    assert seen == [INTENDED]


def test_a_second_run_changes_nothing(server: FakeLicenseServer) -> None:
    Run(server).install(purchase())
    server.calls.clear()
    assert not Run(server).install(purchase())
    assert server.changing == []


def test_several_purchases_one_after_the_other(server: FakeLicenseServer) -> None:
    run = Run(server)
    assert run.install(purchase(10), purchase(20))
    assert [each.key_pack_id for each in server.recorded.operations] == [4, 5]
    assert run.done == [
        "Install 10 Windows Server 2022 per user CALs (Enterprise Agreement ****4567)",
        "Install 20 Windows Server 2022 per user CALs (Enterprise Agreement ****4567)",
    ]


def test_a_refusal_is_recorded_and_nothing_is_tried_again(server: FakeLicenseServer) -> None:
    server.refusals[METHOD] = 0xC0DE
    with pytest.raises(CallRefused) as caught:
        Run(server).install(purchase())
    assert str(caught.value).startswith(f"rdls02: installing {TITLE} ({METHOD}) failed: ")
    assert "check the credential and the quantity" in str(caught.value)
    assert entry(server).status == NOT_DONE
    assert asked(server) == 1


def test_after_a_refusal_the_next_run_asks_again(server: FakeLicenseServer) -> None:
    server.refusals[METHOD] = 0xC0DE
    with pytest.raises(CallRefused):
        Run(server).install(purchase())
    server.refusals.clear()
    run = Run(server)
    assert run.install(purchase())
    assert sum(run.naps) == 0
    assert asked(server) == 2
    assert server.total(cals(1).kind) == 100


def test_a_refusal_although_the_cals_arrived(server: FakeLicenseServer) -> None:
    """The pack is right, whatever the return value says."""
    server.refusals[METHOD] = 0xC0DE
    server.after = arriving(server, 100)
    run = Run(server)
    assert run.install(purchase())
    assert (entry(server).status, entry(server).key_pack_id) == (DONE, 4)
    assert run.warnings[0].endswith("It took effect anyway.")


def test_a_refusal_while_cals_arrived_that_nobody_asked_for(server: FakeLicenseServer) -> None:
    server.refusals[METHOD] = 0xC0DE
    server.after = arriving(server, 99, cal_type=0)
    with pytest.raises(CallRefused):
        Run(server).install(purchase())
    assert entry(server).status == NOT_DONE


def test_a_refusal_proves_nothing_while_fewer_cals_arrived(server: FakeLicenseServer) -> None:
    server.refusals[METHOD] = 0xC0DE
    server.after = arriving(server, 99)
    run = Run(server)
    with pytest.raises(LicensingError, match=r"resulted in 99 .* instead \(.*0x0000C0DE"):
        run.install(purchase())
    assert (entry(server).status, entry(server).cals, entry(server).wanted) == (DONE, cals(99), cals(100))
    assert run.changed


def test_success_with_nothing_there_is_no_success(server: FakeLicenseServer) -> None:
    server.silent.add(METHOD)
    with pytest.raises(OutcomeUnknown, match="reported success, but reading it back does not show the effect"):
        Run(server).install(purchase())
    assert (entry(server).status, entry(server).reported) == (ANSWERED, True)
    assert asked(server) == 1


def test_other_cals_than_asked_for_are_recorded_as_what_they_are_and_said(server: FakeLicenseServer) -> None:
    server.codes[KEY_PACK_CODE] = cals(50)
    wanted = purchase(100, license_key_pack_id=KEY_PACK_CODE)
    with pytest.raises(LicensingError) as caught:
        Run(server).install(wanted, method="web_browser")
    assert "resulted in 50 Windows Server 2022 per user CALs (key pack 4) instead" in str(caught.value)
    done = entry(server)
    assert (done.status, done.key_pack_id, done.cals, done.wanted) == (DONE, 4, cals(50), cals(100))


def test_swapped_license_key_pack_ids_are_recorded_as_what_they_brought(server: FakeLicenseServer) -> None:
    """Nothing is claimed to have come that did not, and the run that changed something says so."""
    users, devices = purchase(250, reference="HQ"), purchase(50, cal_type=0, reference="LAB")
    of_users, of_devices = KEY_PACK_CODE, KEY_PACK_CODE[::-1]
    server.codes.update({of_users: cals(250), of_devices: cals(50, cal_type=0)})
    swapped = (replace(users, license_key_pack_id=of_devices), replace(devices, license_key_pack_id=of_users))
    run = Run(server)
    with pytest.raises(LicensingError) as caught:
        run.install(*swapped, method="telephone")
    assert run.changed
    message = str(caught.value)
    assert f"probably belongs to {devices.title}. Set key_pack_id: 4" in message
    assert server.recorded.claims == {}
    corrected = (replace(users, license_key_pack_id=of_users), replace(devices, license_key_pack_id=of_devices))
    assert Run(server).install(*corrected, method="telephone")
    assert {key_pack_id: each.cals for key_pack_id, each in server.recorded.claims.items()} == {
        4: cals(50, cal_type=0),
        5: cals(250),
    }
    assert asked(server) == 2
    assert not Run(server).install(*corrected, method="telephone")


def test_fewer_cals_than_asked_for_are_not_asked_for_again(server: FakeLicenseServer) -> None:
    def fewer(name: str) -> None:
        if name == METHOD:
            server.packs[-1] = pack(4, 60)

    server.after = fewer
    with pytest.raises(LicensingError, match="correct the purchase and set key_pack_id: 4"):
        Run(server).install(purchase())
    server.after = lambda name: None
    with pytest.raises(Refused, match="acknowledge_missing: "):
        Run(server).install(purchase())
    assert Run(server).install(purchase(60, key_pack_id=4))
    assert asked(server) == 1


def test_beside_another_controller_a_run_withdraws(server: FakeLicenseServer) -> None:
    """The other one wrote its intention between this one's reading and its own."""

    def begin(name: str) -> None:
        if name == "enumerate Win32_TSLicenseKeyPack":
            server.keep(operation(of=purchase(reference="PO-9"), status=INTENDED, sequence=8))

    server.after = begin
    with pytest.raises(AnotherController, match="operation 000008-00c0ffee was begun a moment ago"):
        Run(server).install(purchase())
    assert asked(server) == 0
    assert [each.sequence for each in server.recorded.operations] == [8]


@pytest.mark.parametrize("outcome", ["had_no_effect", "took_effect"])
def test_an_administrator_decides_about_a_call_without_outcome(server: FakeLicenseServer, outcome: str) -> None:
    server.silent.add(METHOD)
    with pytest.raises(OutcomeUnknown) as caught:
        Run(server).install(purchase())
    operation_id = entry(server).operation_id
    assert f"resolve_operations: [{{operation: {operation_id}" in str(caught.value)
    for _run in range(3):
        with pytest.raises(Refused, match="the server reported success"):
            Run(server).install(purchase())
    assert asked(server) == 1
    server.silent.clear()
    if outcome == "took_effect":
        server.packs.append(pack(4, 100, key_pack_type=7))
    decision = Resolution(operation_id, outcome, 4 if outcome == "took_effect" else None)
    assert Run(server, resolutions=(decision,)).install(purchase())
    assert asked(server) == (1 if outcome == "took_effect" else 2)
    assert not Run(server, resolutions=(decision,)).install(purchase())
    assert set(server.recorded.claims) == {4}


def test_a_decision_that_says_too_little_is_refused(server: FakeLicenseServer) -> None:
    server.keep(operation(of=purchase(), status=INTENDED))
    for key_pack_id, wording in ((None, "requires key_pack_id"), (9, "no purchased key pack 9")):
        with pytest.raises(Refused, match=wording):
            Run(server, resolutions=(Resolution("000001-00c0ffee", "took_effect", key_pack_id),)).install(purchase())


def test_a_pack_that_was_there_before_is_not_taken_for_the_answer(server: FakeLicenseServer) -> None:
    """The answer names a pack, and that pack was there already."""
    server.packs = [pack(3, 100)]
    server.keep(operation(of=purchase(reference="PO-0"), key_pack_id=3))
    server.silent.add(METHOD)
    with pytest.raises(OutcomeUnknown):
        Run(server).install(purchase())


def test_a_pack_that_grew_is_the_answer_too(server: FakeLicenseServer) -> None:
    server.packs = [pack(3, 20)]
    server.silent.add(METHOD)

    def grow(name: str) -> None:
        if name == METHOD:
            server.packs = [pack(3, 120)]

    server.after = grow
    assert Run(server).install(purchase())
    assert entry(server).key_pack_id == 3


def test_a_code_takes_what_it_brings(server: FakeLicenseServer) -> None:
    server.codes[LICENSE_CODE] = cals(5, version=8)
    assert Run(server).install(code())
    assert entry(server).cals == cals(5, version=8)
    assert ("InstallRetailPurchaseLicenseKeyPack", {"sLicenseCode": LICENSE_CODE}) in server.sent


def test_a_license_key_pack_id_is_sent_and_recorded_as_a_fingerprint(server: FakeLicenseServer) -> None:
    server.codes[KEY_PACK_CODE] = cals(100)
    assert Run(server).install(purchase(license_key_pack_id=KEY_PACK_CODE), method="telephone")
    assert ("InstallLicenseKeyPack", {"sLicenseKeyPackId": KEY_PACK_CODE}) in server.sent
    assert KEY_PACK_CODE not in str(server.registry)
    assert entry(server).describe()["license_key_pack_id"] == "****ACK7"


def test_without_a_license_key_pack_id_nothing_is_called(server: FakeLicenseServer) -> None:
    assert not Run(server).install(purchase(), method="telephone")
    assert server.changing == []


def test_adopting_writes_one_entry_and_calls_nobody(server: FakeLicenseServer) -> None:
    server.packs.append(pack(7, 100))
    assert Run(server).install(purchase())
    assert server.changing == ["SetStringValue"]
    assert (entry(server).operation, entry(server).status, entry(server).key_pack_id) == ("adopt", DONE, 7)


def test_acknowledged_drift_is_recorded_before_the_call(server: FakeLicenseServer) -> None:
    server.keep(operation(of=purchase(), key_pack_id=9))
    assert Run(server).install(purchase(acknowledge_missing="000001-00c0ffee"))
    assert [(each.operation, each.status) for each in server.recorded.operations] == [
        ("install", DONE),
        ("missing", DONE),
        ("install", DONE),
    ]
    assert set(server.recorded.claims) == {4}


def test_the_outcome_of_an_earlier_run_is_recorded_without_a_call(server: FakeLicenseServer) -> None:
    server.keep(operation(of=purchase(), status=INTENDED, before=((3, 20),)))
    server.packs.append(pack(4, 100))
    assert Run(server).install(purchase())
    assert server.changing == ["SetStringValue"]
    assert (entry(server).status, entry(server).key_pack_id) == (DONE, 4)
