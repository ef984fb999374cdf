# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""License key pack IDs that are entered for each other's purchase, and everything that can go wrong besides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError, Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import DONE, INTENDED
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals, Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.rebuild_deletion import (
    RECREATE,
    UNINSTALL,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.resolutions import (
    HAD_NO_EFFECT,
    TOOK_EFFECT,
    Resolution,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanTimeout

from tests.unit import acquisitions, migrations, rebuild_server
from tests.unit.builders import KEY_PACK_CODE, LICENSE_CODE, OTHER_LICENSE_CODE, cals, code, pack, purchase, retail_pack
from tests.unit.fake_license_server import OPERATIONS_KEY, FakeLicenseServer

INSTALL = "InstallLicenseKeyPack"
IMPORT = "ImportLicenseKeyPackOffline"
REINSTALL = "ReinstallLicenseKeyPackOffline"
USERS = purchase(250, reference="HQ")
DEVICES = purchase(50, cal_type=0, reference="LAB")
FEWER = purchase(50, reference="BRANCH")
IDS = tuple(KEY_PACK_CODE[:-1] + letter for letter in "GHJK")


class Killed(BaseException):
    """The controller is gone."""


def killed(method: str) -> Callable[[str], None]:
    """The controller is gone once the server has done what it was asked."""

    def kill(name: str) -> None:
        if name == method:
            raise Killed

    return kill


def lost(method: str) -> Callable[[str], None]:
    """A response does not arrive."""

    def lose(name: str) -> None:
        if name == method:
            raise WsmanTimeout("no answer within 30 s")

    return lose


def gaining(server: FakeLicenseServer, came: Cals) -> Callable[[str], None]:
    """CALs come although the call is rejected."""

    def gain(name: str) -> None:
        if name == INSTALL:
            server.gain(came)

    return gain


def entered(server: FakeLicenseServer, purchases: Sequence[Purchase], order: Sequence[int]) -> tuple[Purchase, ...]:
    """Purchases with IDs; C(order) says whose ID was entered for each."""
    server.codes.update({key: each.cals for key, each in zip(IDS, purchases, strict=False) if each.cals})
    return tuple(replace(each, license_key_pack_id=IDS[whose]) for each, whose in zip(purchases, order, strict=True))


def held(server: FakeLicenseServer) -> dict[str, Cals | None]:
    """Which CALs are recorded for which purchase, by its reference or its program."""
    return {
        (each.purchase.reference or each.purchase.license_program): each.cals
        for each in server.recorded.claims.values()
        if each.purchase
    }


@pytest.fixture
def server() -> FakeLicenseServer:
    """A server without packs, with an empty record."""
    return FakeLicenseServer(registry={OPERATIONS_KEY: {}})


def install(server: FakeLicenseServer, *purchases: Purchase, **options: object) -> acquisitions.Run:
    """Run the task to its end; gives what it told."""
    run = acquisitions.Run(server, **options)  # type: ignore[arg-type]
    run.install(*purchases, method="web_browser")
    return run


def install_killed(server: FakeLicenseServer, *purchases: Purchase) -> None:
    """The controller is killed as soon as the server has carried out the first call."""
    server.after = killed(INSTALL)
    with pytest.raises(Killed):
        install(server, *purchases)
    server.after = lambda name: None


@pytest.mark.parametrize("others", [DEVICES, FEWER, purchase(300, reference="MORE")], ids=lambda each: each.reference)
@pytest.mark.parametrize("trouble", ["lost", "rejected"])
def test_what_came_is_recorded_whatever_the_response(server: FakeLicenseServer, trouble: str, others: Purchase) -> None:
    swapped = entered(server, (USERS, others), (1, 0))
    run = acquisitions.Run(server)
    if trouble == "lost":
        server.after = lost(INSTALL)
    else:
        server.refusals[INSTALL] = 0xC0DE
        server.after = gaining(server, others.cals or cals())
    with pytest.raises(LicensingError, match="probably belongs to") as caught:
        run.install(*swapped, method="web_browser")
    assert others.title in str(caught.value)
    assert run.changed
    (operation,) = server.recorded.operations
    assert (operation.status, operation.cals, operation.wanted) == (DONE, others.cals, USERS.cals)
    assert held(server) == {}


def test_after_a_killed_controller_the_next_run_names_what_came(server: FakeLicenseServer) -> None:
    swapped = entered(server, (USERS, DEVICES), (1, 0))
    install_killed(server, *swapped)
    with pytest.raises(Refused) as caught:
        install(server, *swapped, outcome_wait=0)
    (operation,) = server.recorded.operations
    assert operation.status == INTENDED
    assert "50 Windows Server 2022 per device CALs (key pack 3) appeared since and may be its result" in str(
        caught.value
    )
    assert f"then the license key pack ID entered for it belongs to {DEVICES.title}" in str(caught.value)
    decided = (Resolution(operation.operation_id, TOOK_EFFECT, 3),)
    run = acquisitions.Run(server, outcome_wait=0, resolutions=decided)
    with pytest.raises(Refused, match=f"set key_pack_id: 3 on {DEVICES.title[:12]}"):
        run.install(*swapped, method="web_browser")
    assert run.changed
    assert server.recorded.operations[0].cals == DEVICES.cals, "written although the task was refused"
    corrected = entered(server, (USERS, DEVICES), (0, 1))
    install(server, *corrected)
    assert held(server) == {"HQ": USERS.cals, "LAB": DEVICES.cals}
    assert acquisitions.asked(server) == 2


def test_what_an_open_operation_may_have_brought_is_not_adopted_for_the_other_purchase(
    server: FakeLicenseServer,
) -> None:
    users, devices = entered(server, (USERS, DEVICES), (1, 0))
    install_killed(server, users)
    with pytest.raises(Refused, match="key pack 3 may be its result, or "):
        install(server, devices, outcome_wait=0)


def test_what_was_adopted_since_may_still_be_what_it_brought(server: FakeLicenseServer) -> None:
    """So its own outcome is decided too, and not forgotten."""
    users, devices = entered(server, (USERS, DEVICES), (1, 0))
    install_killed(server, users)
    install(server, replace(devices, key_pack_id=3))
    (operation,) = server.recorded.all_unfinished
    with pytest.raises(Refused, match="may be its result"):
        install(server, users, outcome_wait=0)
    decided = (Resolution(operation.operation_id, TOOK_EFFECT, 3),)
    with pytest.raises(Refused, match="acknowledge_missing: "):
        install(server, users, resolutions=decided)
    assert held(server) == {"LAB": DEVICES.cals}
    install(server, *entered(server, (USERS, DEVICES), (0, 1)))
    assert held(server) == {"HQ": USERS.cals, "LAB": DEVICES.cals}


def test_an_id_is_not_used_again_while_it_is_unknown_whether_it_was_used(server: FakeLicenseServer) -> None:
    """A second controller, with the answers corrected, begins while the call of the first may be at work."""
    users, _devices = entered(server, (USERS, DEVICES), (1, 0))
    server.before = lost(INSTALL)
    with pytest.raises(LicensingError):
        install(server, users)
    server.before = lambda name: None
    _users, devices = entered(server, (USERS, DEVICES), (0, 1))
    with pytest.raises(Refused, match=r"for which the license key pack ID of 50 .* was used has no outcome yet"):
        install(server, devices)
    assert acquisitions.asked(server) == 1
    (other,) = entered(server, (FEWER,), (0,))
    install(server, other)
    assert held(server) == {"BRANCH": FEWER.cals}


def test_three_ids_in_a_ring(server: FakeLicenseServer) -> None:
    three = (USERS, DEVICES, FEWER)
    ring = entered(server, three, (1, 2, 0))
    with pytest.raises(LicensingError, match="resulted in 50 Windows Server 2022 per device CALs"):
        install(server, *ring)
    with pytest.raises(Refused, match="key_pack_id: 3 on "):
        install(server, *ring)
    install(server, *entered(server, three, (0, 1, 2)))
    assert held(server) == {each.reference: each.cals for each in three}
    assert acquisitions.asked(server) == 3


def test_two_license_codes_that_do_not_state_their_cals_exchange_their_key_packs(server: FakeLicenseServer) -> None:
    first, second = code(LICENSE_CODE), code(OTHER_LICENSE_CODE)
    server.codes.update({LICENSE_CODE: cals(20), OTHER_LICENSE_CODE: cals(5)})
    run = acquisitions.Run(server)
    run.install(first, second, method="automatic")
    exchanged = (replace(first, key_pack_id=4), replace(second, key_pack_id=3))
    acquisitions.Run(server).install(*exchanged, method="automatic")
    whose = {number: each.purchase.sha256 for number, each in server.recorded.claims.items() if each.purchase}
    assert whose == {4: first.sha256, 3: second.sha256}
    assert not acquisitions.Run(server).install(*exchanged, method="automatic")


def test_a_code_that_brought_the_cals_of_a_stated_purchase_gives_them_up(server: FakeLicenseServer) -> None:
    unstated = code(LICENSE_CODE)
    server.codes.update({IDS[0]: DEVICES.cals or cals(), IDS[1]: cals(20)})
    swapped = (replace(unstated, license_key_pack_id=IDS[0]), replace(DEVICES, license_key_pack_id=IDS[1]))
    with pytest.raises(LicensingError, match="probably belongs to the CALs of a license code"):
        install(server, *swapped)
    install(server, replace(swapped[0], key_pack_id=4), replace(swapped[1], key_pack_id=3))
    assert held(server) == {"retail": cals(20), "LAB": DEVICES.cals}
    assert acquisitions.asked(server) == 2


def test_what_a_code_brought_was_compared_with_nothing_and_may_be_another_purchase(server: FakeLicenseServer) -> None:
    """The code then has nothing, and is not asked for again unasked."""
    server.codes[LICENSE_CODE] = cals(50, cal_type=0)
    acquisitions.Run(server).install(code(LICENSE_CODE))
    acquisitions.Run(server).install(replace(DEVICES, key_pack_id=3))
    assert held(server) == {"LAB": DEVICES.cals}
    with pytest.raises(Refused, match="acknowledge_missing: "):
        acquisitions.Run(server).install(code(LICENSE_CODE))


def test_the_key_pack_of_another_purchase_is_not_taken_from_it(server: FakeLicenseServer) -> None:
    install(server, *entered(server, (FEWER,), (0,)))
    twin = purchase(50, reference="TWIN", key_pack_id=3)
    with pytest.raises(Refused, match="is recorded as another purchase"):
        install(server, twin)


def test_a_given_up_operation_no_longer_claims_what_came(server: FakeLicenseServer) -> None:
    users, devices = entered(server, (USERS, DEVICES), (1, 0))
    install_killed(server, users)
    (operation,) = server.recorded.all_unfinished
    install(server, devices, resolutions=(Resolution(operation.operation_id, HAD_NO_EFFECT),))
    assert held(server) == {"LAB": DEVICES.cals}


def test_what_its_id_brought_belongs_to_a_purchase_once_the_answers_are_corrected(server: FakeLicenseServer) -> None:
    """Even if nothing is adopted: an ID proves more than CALs that look the same."""
    with pytest.raises(LicensingError):
        install(server, *entered(server, (USERS, DEVICES), (1, 0)))
    acquisitions.Run(server).install(*entered(server, (USERS, DEVICES), (0, 1)), method="telephone", adopt=False)
    assert held(server) == {"HQ": USERS.cals, "LAB": DEVICES.cals}
    assert acquisitions.asked(server) == 2


# Migrations.


def moving(target: FakeLicenseServer, *purchases: Purchase, **options: object) -> migrations.Run:
    """A task that migrates with IDs, and clears the source."""
    return migrations.Run(target, purchases, method="telephone", **options)  # type: ignore[arg-type]


def quantities(server: FakeLicenseServer) -> dict[int, int]:
    """CALs of each key pack."""
    return {each.key_pack_id: each.cals.quantity for each in server.packs}


@pytest.mark.parametrize("trouble", ["none", "lost", "killed"])
@pytest.mark.parametrize("reaches_source", [True, False])
def test_nothing_leaves_the_source_that_did_not_arrive(trouble: str, reaches_source: bool) -> None:
    target = migrations.two_servers(pack(11, 250), pack(12, 50, cal_type=0), reaches_source=reaches_source)
    swapped = entered(target, (USERS, DEVICES), (1, 0))
    target.after = {"none": lambda name: None, "lost": lost(IMPORT), "killed": killed(IMPORT)}[trouble]
    with pytest.raises((LicensingError, Killed)):
        moving(target, *swapped).migrate()
    target.after = lambda name: None
    decided: tuple[Resolution, ...] = ()
    if trouble == "killed":
        (operation,) = target.recorded.all_unfinished
        decided = (Resolution(operation.operation_id, TOOK_EFFECT, 3),)
        with pytest.raises(Refused, match="may be its result"):
            moving(target, *swapped, outcome_wait=0).migrate()
    with pytest.raises(Refused):
        moving(target, *swapped, resolutions=decided).migrate()
    (brought,) = migrations.migrated(target)
    assert (brought.cals, brought.wanted) == (DEVICES.cals, USERS.cals)
    assert [each.cals for each in target.recorded.pending_removals] == (
        [] if reaches_source and not decided else [DEVICES.cals]
    )
    source = target.source
    assert source is not None
    assert quantities(source) == ({11: 250} if reaches_source else {11: 250, 12: 50})
    corrected = entered(target, (USERS, replace(DEVICES, key_pack_id=3)), (0, 1))
    moving(target, *corrected).migrate()
    assert (quantities(source), quantities(target)) == ({}, {3: 50, 4: 250})
    assert not target.recorded.pending_removals
    assert migrations.imports(target) == 2
    assert not moving(target, *corrected).migrate()


@pytest.mark.parametrize("reaches_source", [True, False])
@pytest.mark.parametrize("others", [DEVICES, FEWER], ids=["another type", "another quantity"])
def test_corrected_answers_alone_bring_a_migration_to_its_end(reaches_source: bool, others: Purchase) -> None:
    assert others.cals
    second = pack(12, others.cals.quantity, cal_type=others.cals.cal_type)
    target = migrations.two_servers(pack(11, 250), second, reaches_source=reaches_source)
    with pytest.raises(LicensingError):
        moving(target, *entered(target, (USERS, others), (1, 0))).migrate()
    corrected = entered(target, (USERS, others), (0, 1))
    moving(target, *corrected).migrate()
    assert target.source is not None
    assert (quantities(target.source), quantities(target)) == ({}, {3: 50, 4: 250})
    assert not target.recorded.pending_removals
    assert not moving(target, *corrected).migrate()


def test_other_cals_that_came_for_a_purchase_are_pending_beside_its_own() -> None:
    """The purchase counts once, but what its wrong ID brought is still on the source."""
    target = migrations.two_servers(pack(11, 250), pack(12, 50), reaches_source=False)
    with pytest.raises(LicensingError):
        moving(target, *entered(target, (USERS, FEWER), (1, 0))).migrate()
    (users,) = entered(target, (USERS,), (0,))
    moving(target, users).migrate()
    assert target.source is not None
    assert quantities(target.source) == {12: 50}
    assert sum(each.cals.quantity for each in target.recorded.pending_removals if each.cals) >= 50


@pytest.mark.parametrize("reaches_source", [True, False])
@pytest.mark.parametrize("cal_types", [(0, 1), (1, 1)])
def test_two_license_codes_in_another_order_than_their_key_packs(
    reaches_source: bool, cal_types: tuple[int, int]
) -> None:
    packs = [
        replace(retail_pack(11, 250), product_type=cal_types[0]),
        replace(retail_pack(12, 100), product_type=cal_types[1]),
    ]
    codes = {LICENSE_CODE: packs[1].cals, OTHER_LICENSE_CODE: packs[0].cals}
    target = migrations.two_servers(*packs, reaches_source=reaches_source, **codes)
    run = migrations.Run(target, (code(LICENSE_CODE), code(OTHER_LICENSE_CODE)))
    run.migrate()
    assert (quantities(run.source), quantities(target)) == ({}, {3: 100, 4: 250})
    assert not target.recorded.pending_removals


def test_an_id_of_another_source_removes_nothing_here() -> None:
    """Its CALs are on that other source."""
    target = migrations.two_servers(pack(11, 250), pack(12, 50, cal_type=0), reaches_source=False)
    (users,) = entered(target, (USERS,), (0,))
    target.codes[IDS[0]] = cals(50, cal_type=0)
    with pytest.raises(LicensingError, match="to another purchase"):
        moving(target, users).migrate()
    assert target.source is not None
    assert quantities(target.source) == {11: 250, 12: 50}
    assert [each.cals for each in target.recorded.pending_removals] == [cals(50, cal_type=0)]


def test_the_source_that_shows_nothing_proves_nothing_while_other_cals_came() -> None:
    target = migrations.two_servers(pack(11, 250), pack(12, 50, cal_type=0))
    (users, _devices) = entered(target, (USERS, DEVICES), (1, 0))
    target.after = killed(IMPORT)
    with pytest.raises(Killed):
        moving(target, users).migrate()
    target.after = lambda name: None
    with pytest.raises(Refused, match="appeared since and may be its result"):
        moving(target, users, outcome_wait=0).migrate()
    assert migrations.imports(target) == 1


# Rebuilds.


@pytest.mark.parametrize("trouble", ["none", "lost", "killed"])
@pytest.mark.parametrize("method", [UNINSTALL, RECREATE])
def test_a_rebuild_reinstalls_each_purchase_once(trouble: str, method: str) -> None:
    rdls = rebuild_server.RebuildServer(packs=rebuild_server.holding_two())
    swapped = entered(rdls, rebuild_server.PURCHASES, (1, 0))
    rdls.after = {"none": lambda name: None, "lost": lost(REINSTALL), "killed": killed(REINSTALL)}[trouble]

    def run(*purchases: Purchase, resolutions: tuple[Resolution, ...] = ()) -> None:
        task = rebuild_server.Run(rdls, rebuild_server.wanted(purchases=purchases, method=method), method="web_browser")
        task.wanted = replace(task.wanted, resolutions=resolutions)
        task.go()

    with pytest.raises((LicensingError, Killed)):
        run(*swapped)
    rdls.after = lambda name: None
    (number,) = [each.key_pack_id for each in rdls.packs if each.purchased]
    decided: tuple[Resolution, ...] = ()
    if trouble == "killed":
        (operation,) = rdls.recorded.all_unfinished
        decided = (Resolution(operation.operation_id, TOOK_EFFECT, number),)
    with pytest.raises(Refused, match=f"key_pack_id: {number}"):
        run(*swapped, resolutions=decided)
    per_user, per_device = entered(rdls, rebuild_server.PURCHASES, (0, 1))
    run(per_user, replace(per_device, key_pack_id=number))
    assert sorted(each.cals.quantity for each in rdls.packs if each.purchased) == [50, 250]
    assert acquisitions.asked(rdls) == 2
    assert {each.cals for each in rdls.recorded.claims.values()} == {per_user.cals, per_device.cals}
