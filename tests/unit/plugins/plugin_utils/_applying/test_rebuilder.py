# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a rebuild does to a server, and what it says when the server does not play along."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import (
    LicensingError,
    OutcomeUnknown,
    Refused,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    DONE,
    INTENDED,
    NOT_DONE,
    Operation,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.rebuild_deletion import RECREATE
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanConnectionLost,
    WsmanFault,
    WsmanTimeout,
)

from tests.unit.builders import KEY_PACK_CODE, cals, pack, purchase
from tests.unit.rebuild_server import DATABASE, FOLDER, PER_DEVICE, PER_USER, RebuildServer, Run, holding_two, wanted


def server(**fields: t.Any) -> RebuildServer:
    return RebuildServer(packs=holding_two(), **fields)


def entry(on: RebuildServer) -> Operation:
    (rebuild,) = [each for each in on.recorded.operations if each.operation == "rebuild"]
    return rebuild


def failure(run: Run) -> str:
    with pytest.raises(LicensingError) as raised:
        run.go()
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_nothing_is_deleted_before_the_record_says_what_was_there() -> None:
    rdls = server()
    recorded: list[object] = []
    rdls.before = lambda name: recorded.append(entry(rdls).rebuild) if name.startswith("Uninstall") else None
    Run(rdls, wanted()).go()
    assert [each.key_pack_id for each in t.cast("t.Any", recorded[0]).packs] == [3, 4]
    made = entry(rdls)
    assert (made.status, made.change_id, made.reason, made.connection_method) == (DONE, "CHG1", "damaged", "automatic")


def test_the_order_of_changing_calls() -> None:
    rdls = server()
    Run(rdls, wanted()).go()
    assert [name for name in rdls.changing if not name.endswith("Value") and name != "CreateKey"] == [
        "UninstallLicenseKeyPackWithId",
        "UninstallLicenseKeyPackWithId",
        "ReinstallAgreementLicenseKeyPack",
        "ReinstallAgreementLicenseKeyPack",
    ]
    deleted = [given["KeyPackId"] for method, given in rdls.sent if method.startswith("Uninstall")]
    assert deleted == [3, 4]


def test_reinstallations_carry_change_and_reason() -> None:
    rdls = server()
    Run(rdls, wanted()).go()
    reinstalled = [each for each in rdls.recorded.operations if each.operation == "reinstall"]
    assert {(each.status, each.change_id, each.reason) for each in reinstalled} == {(DONE, "CHG1", "damaged")}


def test_planning_changes_nothing() -> None:
    for method in ("uninstall_key_packs", RECREATE):
        rdls = server()
        plan = Run(rdls, wanted(method=method)).plan()
        assert plan.plan.changed
        assert rdls.changing == []


def test_with_an_id_the_offline_method_is_called() -> None:
    rdls = server(codes={KEY_PACK_CODE: Cals(7, 1, 250)})
    with_id = purchase(250, license_key_pack_id=KEY_PACK_CODE)
    run = Run(rdls, wanted(purchases=(with_id, PER_DEVICE)), method="telephone")
    run.go()
    assert [method for method, _given in rdls.sent if method.startswith("Reinstall")] == [
        "ReinstallLicenseKeyPackOffline"
    ]
    assert rdls.total() == 250


def test_the_old_database_is_kept_beside_the_new_one() -> None:
    rdls = server()
    rebuilder = Run(rdls, wanted(method=RECREATE)).go()
    recorded = entry(rdls).rebuild
    assert recorded is not None
    assert recorded.database_file == DATABASE
    assert (recorded.kept_as or "").startswith(FOLDER + "\\TLSLic-2")
    assert (recorded.kept_as or "").endswith("Z.edb")
    assert set(rdls.files) == {DATABASE, recorded.kept_as}
    assert rdls.files[recorded.kept_as or ""] == holding_two()
    assert rebuilder.changed


def came_meanwhile(rdls: RebuildServer) -> t.Callable[[str], None]:
    """Somebody installs CALs as soon as the rebuild has written down what is there."""

    def install(name: str) -> None:
        if name == "EnumValues" and rdls.recorded.rebuilds and len(rdls.packs) == len(holding_two()):
            rdls.packs.append(pack(5, 100))

    return install


def test_what_came_after_the_reading_is_not_deleted_with_the_database() -> None:
    rdls = server()
    rdls.before = came_meanwhile(rdls)
    message = failure(Run(rdls, wanted(method=RECREATE)))
    assert "key pack 5 (100 Windows Server 2022 per user CALs) was added while this task ran" in message
    assert "waive_coverage: true" in message
    assert rdls.total() == 400
    assert "StopService" not in rdls.changing
    assert entry(rdls).status == NOT_DONE
    with pytest.raises(Refused, match="100 Windows Server 2022 per user CALs"):
        Run(rdls, wanted(method=RECREATE)).plan()
    Run(rdls, wanted(method=RECREATE, waive_coverage=True)).go()
    assert rdls.total() == 300


def test_a_database_that_became_corrupt_since_it_was_recorded_is_not_looked_at_again() -> None:
    rdls = server()

    def breaks(name: str) -> None:
        if name == "StopService":
            raise WsmanConnectionLost("reset", outcome_unknown=True)

    rdls.before = breaks
    with pytest.raises(OutcomeUnknown):
        Run(rdls, wanted(method=RECREATE)).go()
    rdls.before, rdls.corrupt = (lambda name: None), True
    Run(rdls, wanted(method=RECREATE)).go()
    assert rdls.total() == 300
    assert entry(rdls).status == DONE


def test_the_provider_is_waited_for() -> None:
    rdls = server()
    rdls.before = lambda name: setattr(rdls, "mute", 3) if name == "StartService" else None
    run = Run(rdls, wanted(method=RECREATE))
    run.go()
    assert run.clock.now == 6


def test_the_wait_for_the_provider_ends_and_the_next_run_goes_on() -> None:
    rdls = server()
    rdls.before = lambda name: setattr(rdls, "mute", 100) if name == "StartService" else None
    message = failure(Run(rdls, wanted(method=RECREATE), timeout=10))
    assert "within 10 s" in message
    assert "the old one is kept as C:\\" in message
    assert entry(rdls).status == INTENDED
    rdls.mute = 0
    rdls.before = lambda name: None
    Run(rdls, wanted(method=RECREATE)).go()
    assert rdls.total() == 300
    assert entry(rdls).status == DONE


def test_a_file_that_cannot_be_renamed_leaves_the_service_running_and_the_change_open_for_another() -> None:
    rdls = server(refusals={"Rename": 15})
    message = failure(Run(rdls, wanted(method=RECREATE)))
    assert "sharing violation" in message
    assert rdls.running
    assert rdls.total() == 300
    assert entry(rdls).status == NOT_DONE
    rdls.refusals.clear()
    Run(rdls, wanted(change_id="CHG2")).go()
    assert rdls.total() == 300


def test_a_service_that_cannot_be_started_again_is_said() -> None:
    rdls = server(refusals={"Rename": 15, "StartService": 14})
    message = failure(Run(rdls, wanted(method=RECREATE)))
    assert "sharing violation" in message
    assert "could not be started again either" not in message
    assert "could not be started again: rdls02: starting the service" in message
    assert "run the task again with the same change_id" in message
    rdls.refusals.clear()
    Run(rdls, wanted(method=RECREATE), database_path=FOLDER).go()
    assert rdls.total() == 300


def test_a_renaming_whose_answer_got_lost_goes_on_with_the_new_database() -> None:
    rdls = server()
    answers = iter([True, True])

    def lose(name: str) -> None:
        """The answer to Rename, and to the look at the file after it."""
        if "Rename" in rdls.calls and name in ("Rename", "enumerate CIM_DataFile") and next(answers, False):
            raise WsmanConnectionLost("the connection broke")

    rdls.after = lose
    run = Run(rdls, wanted(method=RECREATE))
    run.go()
    assert len(run.warnings) == 1
    assert rdls.total() == 300
    assert entry(rdls).status == DONE


def test_a_refused_uninstallation_that_deleted_nothing_closes_the_change() -> None:
    rdls = server(refusals={"UninstallLicenseKeyPackWithId": 0x80041001})
    message = failure(Run(rdls, wanted()))
    assert "deleting key pack 3 (250 Windows Server 2022 per user CALs)" in message
    assert "0x80041001 (WBEM_E_FAILED)" in message
    assert entry(rdls).status == NOT_DONE
    assert rdls.total() == 300


def test_a_fault_that_leaves_the_outcome_open_keeps_the_change_open() -> None:
    rdls = server()

    def fault(name: str) -> None:
        if name == "UninstallLicenseKeyPackWithId":
            raise WsmanFault("busy", code=0x80338000, wmi_code=0x80041001, outcome_unknown=True)

    rdls.before = fault
    failure(Run(rdls, wanted()))
    assert entry(rdls).status == INTENDED


def test_a_refusal_is_no_failure_when_the_pack_is_gone() -> None:
    rdls = server()

    def gone(name: str) -> None:
        if name == "UninstallLicenseKeyPackWithId" and len(rdls.packs) == 4:
            rdls.lose(cals(250))
            rdls.refusals[name] = 0x80041002
        elif name == "UninstallLicenseKeyPackWithId":
            rdls.refusals.clear()

    rdls.before = gone
    run = Run(rdls, wanted())
    run.go()
    assert any("0x80041002" in warning for warning in run.warnings)
    assert rdls.total() == 300


def test_a_lost_answer_is_no_failure_when_the_pack_is_gone() -> None:
    rdls = server()

    def lose(name: str) -> None:
        if name == "UninstallLicenseKeyPackWithId":
            raise WsmanConnectionLost("the connection broke")

    rdls.after = lose
    run = Run(rdls, wanted())
    run.go()
    assert len([warning for warning in run.warnings if "the connection broke" in warning]) == 2
    assert rdls.total() == 300
    rdls.before, rdls.after = lose, lambda name: None
    with pytest.raises(OutcomeUnknown, match="the connection broke"):
        Run(rdls, wanted(change_id="CHG2")).go()


def test_success_that_deletes_nothing_is_none() -> None:
    rdls = server(silent={"UninstallLicenseKeyPackWithId"})
    message = failure(Run(rdls, wanted()))
    assert "deleting key pack 3 (250 Windows Server 2022 per user CALs)" in message
    assert entry(rdls).status == INTENDED


def test_a_new_database_that_still_shows_cals_is_none() -> None:
    rdls = server()
    rdls.after = lambda name: rdls.packs.extend(holding_two()[1:2]) if name == "StartService" else None
    assert "still shows key pack 3" in failure(Run(rdls, wanted(method=RECREATE)))


def test_a_lost_activation_stops_before_the_clearinghouse_is_asked() -> None:
    rdls = server(keeps_activation=False)
    message = failure(Run(rdls, wanted(method=RECREATE)))
    assert "activate it with winfleet.rd_licensing.license_server" in message
    assert "run this task again with change_id: CHG1." in message
    assert entry(rdls).status == DONE
    assert not [method for method, _given in rdls.sent if method.startswith("Reinstall")]
    rdls.status = 0
    Run(rdls, wanted(method=RECREATE)).go()
    assert rdls.total() == 300


def test_a_lost_activation_is_a_warning_if_ids_come_from_the_clearinghouse() -> None:
    rdls = server(keeps_activation=False)
    run = Run(rdls, wanted(method=RECREATE), method="web_browser")
    rebuilder = run.go()
    assert not rebuilder.activation.activated
    assert any("activate it with" in warning for warning in run.warnings)


def test_a_refused_reinstallation_is_asked_for_again_by_the_next_run_alone() -> None:
    rdls = server(refusals={"ReinstallAgreementLicenseKeyPack": 0x80041001})
    run = Run(rdls, wanted())
    message = failure(run)
    assert "reinstalling 250 Windows Server 2022 per user CALs" in message
    assert [text.split()[0] for text in run.done] == ["Record", "Delete", "Delete"]
    rdls.refusals.clear()
    rdls.sent.clear()
    Run(rdls, wanted()).go()
    assert not [method for method, _given in rdls.sent if method.startswith("Uninstall")]
    assert rdls.total() == 300


def test_a_corrupt_database_is_not_read_and_its_folder_has_to_be_said() -> None:
    rdls = server(corrupt=True)
    options = wanted(method=RECREATE, waive_coverage=True)
    assert "use method: recreate_database" in failure(Run(rdls, wanted()))
    assert "Set database_path to its folder" in failure(Run(rdls, options))
    assert "there is no database file D:\\data\\TLSLic.edb" in failure(Run(rdls, options, database_path="D:\\data\\"))
    assert rdls.changing == []
    Run(rdls, options, database_path=FOLDER + "\\").go()
    assert rdls.total() == 300


def test_what_the_provider_of_a_corrupt_database_still_tells_is_used() -> None:
    rdls = server()

    def fault(name: str) -> None:
        if name == "enumerate Win32_TSLicenseKeyPack" and "StopService" not in rdls.calls:
            raise WsmanFault("corrupt", code=0x80338000, wmi_code=0x80041001)

    rdls.before = fault
    options = wanted(method=RECREATE, waive_coverage=True)
    assert Run(rdls, options).plan().packs is None
    rdls.status = 1
    assert "is not activated" in failure(Run(rdls, options))
    rdls.status = 0
    Run(rdls, options).go()
    assert rdls.total() == 300


def test_a_provider_that_hangs_counts_as_corrupt_and_a_connection_that_does_not() -> None:
    rdls = server()

    def hang(name: str) -> None:
        if name == "get Win32_TSLicenseServer" and "StopService" not in rdls.calls:
            error = WsmanTimeout("the operation timed out")
            error.fault = WsmanFault("timed out", code=0x80338029)
            raise error

    rdls.before = hang
    options = wanted(method=RECREATE, waive_coverage=True)
    Run(rdls, options, database_path=FOLDER).go()
    assert rdls.total() == 300

    def no_answer(name: str) -> None:
        raise WsmanTimeout("no answer in time")

    rdls.before = no_answer
    with pytest.raises(WsmanTimeout):
        Run(rdls, options, database_path=FOLDER).go()


@pytest.mark.parametrize(("code", "words"), [(0x80041010, "not installed"), (0x80041003, "local Administrator")])
def test_what_is_not_the_database_is_not_taken_for_it(code: int, words: str) -> None:
    rdls = server()

    def fault(name: str) -> None:
        if name == "get Win32_TSLicenseServer":
            raise WsmanFault("", code=0x80338000, wmi_code=code)

    rdls.before = fault
    assert words in failure(Run(rdls, wanted(method=RECREATE, waive_coverage=True), database_path=FOLDER))


def test_purchases_that_are_reinstalled_have_the_packs_that_came() -> None:
    rdls = server()
    rebuilder = Run(rdls, wanted()).go()
    for each in (PER_USER, PER_DEVICE):
        holding = rebuilder.acquirer.recorded.holding(each.sha256)
        assert holding is not None
        assert holding.key_pack_ids <= {pack.key_pack_id for pack in rdls.packs}
