# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module key_pack, on a license server in memory."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible.utils.display import Display
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible import progress
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import INTENDED
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanConnectionLost

from tests.unit.action_runs import ActionRunner, assert_hidden
from tests.unit.builders import KEY_PACK_CODE, LICENSE_CODE, built_in_pack, cals, operation, pack, purchase
from tests.unit.fake_license_server import OPERATIONS_KEY, RECORD_KEY, FakeLicenseServer

ENTERPRISE = {
    "license_program": "enterprise",
    "agreement_number": "123-4567",
    "product_version": "windows_server_2022",
    "cal_type": "per_user",
    "quantity": 100,
}
INSTALL = {
    "AgreementType": 1,
    "sAgreementNumber": "1234567",
    "ProductVersion": 7,
    "ProductType": 1,
    "LicenseCount": 100,
}
CAN_INSTALL = "InstallAgreementLicenseKeyPack"
TITLE = "100 Windows Server 2022 per user CALs (Enterprise Agreement ****4567)"


def present(*purchases: dict[str, t.Any], **options: t.Any) -> dict[str, t.Any]:
    """The task's options."""
    return {"purchases": list(purchases), **options}


@pytest.fixture
def server() -> FakeLicenseServer:
    """A server with its built-in pack and an empty record."""
    return FakeLicenseServer(packs=[built_in_pack()], registry={OPERATIONS_KEY: {}})


def recorded(server: FakeLicenseServer) -> list[tuple[str, str, int | None]]:
    """What the record says."""
    return [(each.operation, each.status, each.key_pack_id) for each in server.recorded.operations]


def test_an_installation(run: ActionRunner, server: FakeLicenseServer) -> None:
    result = run("key_pack", present(ENTERPRISE), server)
    assert (result["changed"], result["steps"]) == (True, [f"Install {TITLE}"])
    assert server.sent_to(CAN_INSTALL) == INSTALL
    (bought,) = result["purchases"]
    assert (bought["outcome"], bought["key_pack_id"], bought["credential"]) == ("installed", 3, "****4567")
    assert result["awaiting"] == []
    assert recorded(server) == [("install", "done", 3)]
    assert_hidden(result, "1234567", "123-4567")


def test_a_long_installation_says_how_far_it_is(
    run: ActionRunner, server: FakeLicenseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    monkeypatch.setattr(progress, "_SECONDS_BETWEEN", 0.0)
    monkeypatch.setattr(Display, "display", lambda _display, text, **_how: lines.append(text))
    run("key_pack", present(ENTERPRISE, {**ENTERPRISE, "agreement_number": "7654321"}), server)
    assert [line for line in lines if "1 of 2 steps carried out" in line] != []


def test_check_mode_only_reads_and_tells_the_same(run: ActionRunner, server: FakeLicenseServer) -> None:
    result = run("key_pack", present(ENTERPRISE), server, check=True)
    assert (result["changed"], result["steps"]) == (True, [f"Install {TITLE}"])
    assert (result["purchases"][0]["outcome"], result["purchases"][0]["key_pack_id"]) == ("installed", None)
    assert "new       Windows Server 2022  per user  100   Enterprise Agreement ****4567" in result["diff"][0]["after"]
    assert server.changing == []


def test_what_is_recorded_and_there_is_only_read(run: ActionRunner, server: FakeLicenseServer) -> None:
    server.packs.append(pack(3))
    server.keep(operation(of=purchase(), key_pack_id=3))
    result = run("key_pack", present(ENTERPRISE), server)
    assert (result["changed"], result["steps"]) == (False, [])
    assert (result["purchases"][0]["outcome"], result["purchases"][0]["key_pack_id"]) == ("recorded", 3)
    assert "diff" not in result
    assert server.changing == []


def test_what_was_installed_by_hand_is_adopted_with_one_message(run: ActionRunner, server: FakeLicenseServer) -> None:
    server.packs.append(pack(3))
    check = run("key_pack", present(ENTERPRISE), server, check=True)
    assert (check["changed"], check["purchases"][0]["outcome"], server.changing) == (True, "adopted", [])
    result = run("key_pack", present(ENTERPRISE), server)
    assert (result["purchases"][0]["outcome"], result["purchases"][0]["key_pack_id"]) == ("adopted", 3)
    assert server.changing == ["SetStringValue"]


def test_a_pack_that_the_user_assigns(run: ActionRunner, server: FakeLicenseServer) -> None:
    server.packs.append(pack(3))
    result = run("key_pack", present({**ENTERPRISE, "key_pack_id": 3}, adopt=False), server)
    assert (result["changed"], result["purchases"][0]["outcome"]) == (True, "adopted")


def test_a_retail_code(run: ActionRunner, server: FakeLicenseServer) -> None:
    server.codes[LICENSE_CODE] = cals(20)
    code = {"license_program": "retail", "license_code": "C0DE1-C0DE2-C0DE3-C0DE4-C0DE5"}
    result = run("key_pack", present(code), server)
    assert result["changed"] is True
    assert server.recorded.operations[0].cals == cals(20)
    assert_hidden(result, LICENSE_CODE)


def test_a_license_key_pack_id(run: ActionRunner, server: FakeLicenseServer) -> None:
    server.registry[RECORD_KEY] = {"ConnectionMethod": "telephone"}
    server.codes[KEY_PACK_CODE] = cals(100)
    result = run("key_pack", present({**ENTERPRISE, "license_key_pack_id": KEY_PACK_CODE.lower()}), server)
    assert result["changed"] is True
    assert server.sent_to("InstallLicenseKeyPack") == {"sLicenseKeyPackId": KEY_PACK_CODE}
    assert_hidden(result, KEY_PACK_CODE)


def test_without_one_the_task_says_what_to_tell_the_clearinghouse(run: ActionRunner, server: FakeLicenseServer) -> None:
    result = run("key_pack", present(ENTERPRISE, connection_method="web_browser"), server)
    assert result["changed"] is False
    assert "failed" not in result
    (request,) = result["awaiting"]
    assert request["target_license_server_id"] == "T4RG3-TT4RG-3TT4R-G3TT4-RG3TT-4RG3T-T4RG3"
    assert (request["quantity"], request["credential"]) == (100, "****4567")
    assert_hidden(result, "1234567")


def test_swapped_ids_fail_and_report_the_change(run: ActionRunner, server: FakeLicenseServer) -> None:
    server.codes[KEY_PACK_CODE] = cals(50, cal_type=0)
    devices = {**ENTERPRISE, "agreement_number": "7654321", "cal_type": "per_device", "quantity": 50}
    wanted = present({**ENTERPRISE, "license_key_pack_id": KEY_PACK_CODE}, devices, connection_method="telephone")
    result = run("key_pack", wanted, server)
    assert (result["failed"], result["changed"]) == (True, True)
    assert "probably belongs to 50 Windows Server 2022 per device CALs (Enterprise Agreement ****4321)" in result["msg"]
    assert "Set key_pack_id: 3" in result["msg"]


def test_what_an_interrupted_run_brought_is_recorded_and_nothing_called(
    run: ActionRunner, server: FakeLicenseServer
) -> None:
    server.packs.append(pack(3))
    server.keep(operation(of=purchase(), status=INTENDED, sequence=4))
    result = run("key_pack", present(ENTERPRISE), server)
    assert result["changed"] is True, "no run has reported it so far"
    assert (result["purchases"][0]["outcome"], result["purchases"][0]["key_pack_id"]) == ("recorded", 3)
    assert server.changing == ["SetStringValue"]


def test_a_call_without_outcome_is_waited_for_and_decided(run: ActionRunner, server: FakeLicenseServer) -> None:
    server.keep(operation(of=purchase(), status=INTENDED, sequence=4))
    waits = run("key_pack", present(ENTERPRISE), server)
    assert (waits["failed"], waits["changed"]) == (True, False)
    assert "(outcome_wait: 3600)" in waits["msg"]
    stops = run("key_pack", present(ENTERPRISE, outcome_wait=0), server)
    assert "resolve_operations: [{operation: 000004-00c0ffee, outcome: had_no_effect}]" in stops["msg"]
    decision = [{"operation": "000004-00c0ffee", "outcome": "had_no_effect"}]
    check = run("key_pack", present(ENTERPRISE, resolve_operations=decision), server, check=True)
    assert len(check["steps"]) == 2
    assert server.changing == []
    result = run("key_pack", present(ENTERPRISE, resolve_operations=decision), server)
    assert result["changed"] is True
    assert recorded(server) == [("install", "given_up", None), ("install", "done", 3)]
    again = run("key_pack", present(ENTERPRISE, resolve_operations=decision), server)
    assert (again["changed"], again["steps"]) == (False, [])


def test_an_unreadable_operation_is_named_and_can_be_discarded(run: ActionRunner, server: FakeLicenseServer) -> None:
    server.registry[OPERATIONS_KEY]["000001-install-00c0ffee"] = json.dumps({"format": 99})
    result = run("key_pack", present(ENTERPRISE), server)
    assert "the recorded operation '000001-install-00c0ffee' cannot be read (unknown format)" in result["msg"]
    discard = [{"operation": "000001-install-00c0ffee", "outcome": "discard"}]
    assert run("key_pack", present(ENTERPRISE, resolve_operations=discard), server, check=True)["changed"]
    assert "000001-install-00c0ffee" in server.registry[OPERATIONS_KEY]
    assert run("key_pack", present(ENTERPRISE, resolve_operations=discard), server)["changed"]
    assert recorded(server) == [("install", "done", 3)]
    again = run("key_pack", present(ENTERPRISE, resolve_operations=discard), server)
    assert (again["changed"], again["steps"]) == (False, [])


def test_a_rejection_is_recorded_and_fails_with_one_line(run: ActionRunner, server: FakeLicenseServer) -> None:
    server.refusals[CAN_INSTALL] = 0x80041001
    result = run("key_pack", present(ENTERPRISE), server)
    assert (result["failed"], result["changed"]) == (True, False)
    assert result["msg"].startswith(f"rdls02: installing {TITLE} ({CAN_INSTALL}) failed: 0x80041001 (WBEM_E_FAILED)")
    assert "\n" not in result["msg"]
    assert recorded(server) == [("install", "not_done", None)]
    assert_hidden(result, "1234567")


def test_a_failure_after_the_first_purchase_says_what_was_done(run: ActionRunner, server: FakeLicenseServer) -> None:
    def reject(name: str) -> None:
        if name == CAN_INSTALL:
            server.refusals[CAN_INSTALL] = 7

    server.after = reject
    result = run("key_pack", present(ENTERPRISE, {**ENTERPRISE, "quantity": 50}), server)
    assert (result["failed"], result["changed"]) == (True, True)
    assert f"Done before that: Install {TITLE}" in result["msg"]


def test_a_failure_after_many_purchases_says_how_many_and_which_failed(
    run: ActionRunner, server: FakeLicenseServer
) -> None:
    def reject(name: str) -> None:
        if server.calls.count(CAN_INSTALL) == 20:
            server.refusals[CAN_INSTALL] = 7

    server.after = reject
    result = run("key_pack", present(*({**ENTERPRISE, "quantity": number} for number in range(1, 41))), server)
    assert "installing 21 Windows Server 2022 per user CALs" in result["msg"]
    assert "Done before that: 20 steps, the last: Install 20 Windows" in result["msg"]
    assert len(result["msg"]) < 600


def test_a_change_is_reported_although_the_reading_after_it_fails(run: ActionRunner, server: FakeLicenseServer) -> None:
    server.packs.append(pack(3))

    def break_off(name: str) -> None:
        if "UninstallLicenseKeyPackWithId" in server.calls and name != "UninstallLicenseKeyPackWithId":
            raise WsmanConnectionLost("gone", outcome_unknown=False)

    server.before = break_off
    result = run("key_pack", {"state": "absent", "key_pack_id": 3}, server)
    assert result["changed"] is True
    server.before = lambda name: None
    again = run("key_pack", {"state": "absent", "key_pack_id": 3}, server)
    assert "failed" not in again


@pytest.fixture
def holding(server: FakeLicenseServer) -> FakeLicenseServer:
    """Key pack 3 of 100 and its purchase."""
    server.packs.append(pack(3))
    server.keep(operation(of=purchase(), key_pack_id=3))
    return server


def test_removing_a_pack(run: ActionRunner, holding: FakeLicenseServer) -> None:
    result = run("key_pack", {"state": "absent", "key_pack_id": 3}, holding)
    assert result["changed"] is True
    assert result["diff"][0]["after"] == "no purchased RDS CALs\n"
    assert recorded(holding)[-1] == ("remove", "done", 3)
    assert run("key_pack", {"state": "absent", "key_pack_id": 3}, holding)["changed"] is False


def test_reducing_a_pack(run: ActionRunner, holding: FakeLicenseServer) -> None:
    reduced = {"state": "reduced", "key_pack_id": 3, "quantity": 60}
    assert run("key_pack", reduced, holding)["changed"] is True
    assert holding.sent_to("RemoveLicensesWithIdCount") == {"KeyPackId": 3, "LicenseCount": 40}
    assert run("key_pack", reduced, holding)["changed"] is False
    assert run("key_pack", present(ENTERPRISE), holding)["purchases"][0]["outcome"] == "recorded"


def test_converting_a_part_of_a_pack(run: ActionRunner, holding: FakeLicenseServer) -> None:
    result = run("key_pack", CONVERSION, holding)
    assert (result["changed"], result["key_pack_id"]) == (True, 4)
    again = run("key_pack", CONVERSION, holding)
    assert (again["changed"], again["key_pack_id"]) == (False, 4)
    assert run("key_pack", present(ENTERPRISE), holding)["purchases"][0]["outcome"] == "recorded"


CONVERSION = {"state": "converted", "key_pack_id": 3, "cal_type": "per_device", "quantity": 40, "change_id": "CHG1"}


@pytest.mark.parametrize(
    "arguments",
    [
        {"state": "absent", "key_pack_id": 3},
        {"state": "reduced", "key_pack_id": 3, "quantity": 60},
        CONVERSION,
    ],
    ids=lambda each: str(each["state"]),
)
def test_changing_a_pack_in_check_mode_only_reads(
    run: ActionRunner, holding: FakeLicenseServer, arguments: dict[str, t.Any]
) -> None:
    result = run("key_pack", arguments, holding, check=True)
    assert holding.changing == []
    assert result["changed"] is True
    assert len(result["diff"]) == 1


@pytest.mark.parametrize(
    ("arguments", "wording"),
    [
        ({}, "purchases"),
        ({"state": "absent"}, "key_pack_id"),
        ({"state": "reduced", "key_pack_id": 3}, "quantity"),
        ({"state": "converted", "key_pack_id": 3, "cal_type": "per_user"}, "change_id"),
        ({**CONVERSION, "change_id": " "}, "change_id: must not be empty"),
        ({"state": "present", "purchases": [ENTERPRISE], "key_pack_id": 3}, "mutually exclusive"),
        (
            {"state": "present", "purchases": [ENTERPRISE], "quantity": 3},
            "quantity requires state: reduced or converted",
        ),
        ({"state": "absent", "key_pack_id": 3, "change_id": "CHG1"}, "change_id requires state: converted"),
        ({"state": "gone", "key_pack_id": 3}, "state"),
        ({"state": "reduced", "key_pack_id": 3, "quantity": "many"}, "quantity"),
    ],
)
def test_options_that_do_not_fit_are_refused_before_anything_is_sent(
    run: ActionRunner, arguments: dict[str, t.Any], wording: str
) -> None:
    result = run("key_pack", arguments)
    assert result["failed"] is True
    assert wording in result["msg"]
    assert "\n" not in result["msg"]
