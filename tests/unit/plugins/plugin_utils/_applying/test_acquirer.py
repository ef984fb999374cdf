# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Acquiring a purchase: intention, call, reading, outcome, whatever the server answers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.acquirer import Acquirer, Request
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.observation import observe
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import (
    LicensingError,
    OutcomeUnknown,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    DONE,
    INTENDED,
    NOT_DONE,
    Operation,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase_calls import INSTALL
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Step

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
    (only,) = server.ledger.operations
    return only


def arriving(server: FakeLicenseServer, quantity: int) -> Callable[[str], None]:
    """CALs that arrive although the call is answered otherwise."""

    def arrive(name: str) -> None:
        if name == METHOD:
            server.gain(cals(quantity))

    return arrive


def test_intention_call_reading_outcome(server: FakeLicenseServer) -> None:
    Run(server).install(purchase())
    assert server.calls[-4:] == ["SetStringValue", METHOD, "enumerate Win32_TSLicenseKeyPack", "SetStringValue"]


def test_the_outcome_is_in_the_record(server: FakeLicenseServer) -> None:
    Run(server).install(purchase())
    done = entry(server)
    assert (done.operation, done.status, done.key_pack_id, done.cals) == ("install", DONE, 4, cals(100))
    assert (done.connection_method, done.before) == ("automatic", ((3, 20),))
    assert done.purchase
    assert done.purchase.credential == "****4567"


def test_the_intention_is_there_before_the_call(server: FakeLicenseServer) -> None:
    seen: list[str] = []

    def look(name: str) -> None:
        if name == METHOD:
            seen.extend(each.status for each in server.ledger.operations)

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
    assert [each.key_pack_id for each in server.ledger.operations] == [4, 5]
    assert server.ledger.operations[1].before == ((3, 20), (4, 10))
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
    assert run.naps == []
    assert asked(server) == 2
    assert server.total(cals(1).kind) == 100


def test_a_refusal_although_the_cals_arrived(server: FakeLicenseServer) -> None:
    """The pack is right, whatever the return value says."""
    server.refusals[METHOD] = 0xC0DE
    server.after = arriving(server, 100)
    run = Run(server)
    assert run.install(purchase())
    assert (entry(server).status, entry(server).key_pack_id) == (DONE, 4)
    assert run.warnings[0].endswith("The CALs arrived all the same, as key pack 4.")


def test_a_refusal_while_other_cals_arrived(server: FakeLicenseServer) -> None:
    server.refusals[METHOD] = 0xC0DE
    server.after = arriving(server, 99)
    with pytest.raises(CallRefused):
        Run(server).install(purchase())
    assert entry(server).status == NOT_DONE


def test_success_with_nothing_there_is_no_success(server: FakeLicenseServer) -> None:
    server.silent.add(METHOD)
    with pytest.raises(OutcomeUnknown, match="was answered with success, but no new key pack shows the CALs"):
        Run(server).install(purchase())
    assert entry(server).status == INTENDED
    assert asked(server) == 1


def test_other_cals_than_asked_for_are_recorded_as_what_they_are_and_said(server: FakeLicenseServer) -> None:
    server.codes[KEY_PACK_CODE] = cals(50)
    wanted = purchase(100, license_key_pack_id=KEY_PACK_CODE)
    with pytest.raises(LicensingError) as caught:
        Run(server).install(wanted, method="web_browser")
    assert "brought 50 Windows Server 2022 per user CALs as key pack 4 instead" in str(caught.value)
    assert (entry(server).status, entry(server).key_pack_id) == (DONE, 4)


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
    assert Run(server).install(purchase(acknowledge_missing=True))
    assert [(each.operation, each.status) for each in server.ledger.operations] == [
        ("install", DONE),
        ("missing", DONE),
        ("install", DONE),
    ]
    assert set(server.ledger.claims) == {4}


def test_the_outcome_of_an_earlier_run_is_recorded_without_a_call(server: FakeLicenseServer) -> None:
    server.keep(operation(of=purchase(), status=INTENDED, before=((3, 20),)))
    server.packs.append(pack(4, 100))
    assert not Run(server).install(purchase())
    assert server.changing == ["SetStringValue"]
    assert (entry(server).status, entry(server).key_pack_id) == (DONE, 4)


def test_a_step_of_another_kind_is_a_mistake(server: FakeLicenseServer) -> None:
    situation = observe(server.license_server, None)
    acquirer = Acquirer(server.license_server, situation, 60, print)
    with pytest.raises(TypeError, match="not a step about a purchase"):
        acquirer.apply([Step("Dance", "waltz")], Request("install", "installing", INSTALL))
