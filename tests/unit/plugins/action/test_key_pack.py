# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module key_pack, message by message."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import INTENDED

from tests.unit.action_runs import TOKEN, ActionRunner, assert_hidden
from tests.unit.builders import KEY_PACK_CODE, LICENSE_CODE, built_in_pack, operation, pack, purchase, retail_pack
from tests.unit.conversations import (
    KEY_PACK,
    Value,
    call,
    observes,
    output,
    reads_key_packs,
    reads_record,
    reads_server,
    writes_entry,
)
from tests.unit.wsman_script import Exchange, WsmanScript

ENTERPRISE = {
    "license_program": "enterprise",
    "agreement_number": "123-4567",
    "product_version": "windows_server_2022",
    "cal_type": "per_user",
    "quantity": 100,
}
INSTALL: dict[str, Value] = {
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


def test_an_installation(run: ActionRunner) -> None:
    script = WsmanScript(
        *observes(built_in_pack()),
        *writes_entry(f"000001-install-{TOKEN}", "intended", operation="install"),
        call(KEY_PACK, CAN_INSTALL, INSTALL, KeyPackId=3),
        *reads_key_packs(built_in_pack(), pack(3, 100)),
        *writes_entry(f"000001-install-{TOKEN}", "done", key_pack_id=3),
    )
    result = run("key_pack", present(ENTERPRISE), script)
    assert (result["changed"], result["steps"]) == (True, [f"Install {TITLE}"])
    (bought,) = result["purchases"]
    assert (bought["outcome"], bought["key_pack_id"], bought["credential"]) == ("installed", 3, "****4567")
    assert result["awaiting"] == []
    assert_hidden(result, "1234567", "123-4567")


def test_check_mode_only_reads_and_tells_the_same(run: ActionRunner) -> None:
    result = run("key_pack", present(ENTERPRISE), WsmanScript(*observes(built_in_pack())), check=True)
    assert (result["changed"], result["steps"]) == (True, [f"Install {TITLE}"])
    assert (result["purchases"][0]["outcome"], result["purchases"][0]["key_pack_id"]) == ("installed", None)
    assert "new       Windows Server 2022  per user  100   Enterprise Agreement ****4567" in result["diff"][0]["after"]


def test_what_is_recorded_and_there_is_only_read(run: ActionRunner) -> None:
    entry = operation(of=purchase(), key_pack_id=3)
    result = run("key_pack", present(ENTERPRISE), WsmanScript(*observes(pack(3), record=(entry,))))
    assert (result["changed"], result["steps"]) == (False, [])
    assert (result["purchases"][0]["outcome"], result["purchases"][0]["key_pack_id"]) == ("recorded", 3)
    assert "diff" not in result


def test_what_was_installed_by_hand_is_adopted_with_one_message(run: ActionRunner) -> None:
    script = WsmanScript(
        *observes(pack(3)), *writes_entry(f"000001-adopt-{TOKEN}", "done", operation="adopt", key_pack_id=3)
    )
    result = run("key_pack", present(ENTERPRISE), script)
    assert result["changed"] is True
    assert (result["purchases"][0]["outcome"], result["purchases"][0]["key_pack_id"]) == ("adopted", 3)


def test_adoption_in_check_mode_only_reads(run: ActionRunner) -> None:
    result = run("key_pack", present(ENTERPRISE), WsmanScript(*observes(pack(3))), check=True)
    assert (result["changed"], result["purchases"][0]["outcome"]) == (True, "adopted")


def test_a_retail_code(run: ActionRunner) -> None:
    script = WsmanScript(
        *observes(),
        *writes_entry(f"000001-install-{TOKEN}", "intended"),
        call(KEY_PACK, "InstallRetailPurchaseLicenseKeyPack", {"sLicenseCode": LICENSE_CODE}, KeyPackId=3),
        *reads_key_packs(retail_pack(3, 20)),
        *writes_entry(
            f"000001-install-{TOKEN}",
            "done",
            key_pack_id=3,
            cals={"product_version": 7, "cal_type": 1, "quantity": 20},
        ),
    )
    code = {"license_program": "retail", "license_code": "C0DE1-C0DE2-C0DE3-C0DE4-C0DE5"}
    result = run("key_pack", present(code), script)
    assert result["changed"] is True
    assert_hidden(result, LICENSE_CODE)


def test_a_license_key_pack_id_that_a_person_brought(run: ActionRunner) -> None:
    script = WsmanScript(
        *observes(method="telephone"),
        *writes_entry(f"000001-install-{TOKEN}", "intended", connection_method="telephone"),
        call(KEY_PACK, "InstallLicenseKeyPack", {"sLicenseKeyPackId": KEY_PACK_CODE}, KeyPackId=3),
        *reads_key_packs(pack(3, 100)),
        *writes_entry(f"000001-install-{TOKEN}", "done"),
    )
    result = run("key_pack", present({**ENTERPRISE, "license_key_pack_id": KEY_PACK_CODE.lower()}), script)
    assert result["changed"] is True
    assert_hidden(result, KEY_PACK_CODE)


def test_without_one_the_task_says_what_to_tell_the_clearinghouse(run: ActionRunner) -> None:
    script = WsmanScript(*observes(says="web_browser"))
    result = run("key_pack", present(ENTERPRISE, connection_method="web_browser"), script)
    assert result["changed"] is False
    assert "failed" not in result
    (request,) = result["awaiting"]
    assert request["target_license_server_id"] == "T4RG3-TT4RG-3TT4R-G3TT4-RG3TT-4RG3T-T4RG3"
    assert (request["quantity"], request["credential"]) == (100, "****4567")
    assert_hidden(result, "1234567")


def test_what_an_interrupted_run_brought_is_recorded_and_nothing_called(run: ActionRunner) -> None:
    begun = operation(of=purchase(), status=INTENDED, sequence=4, token=TOKEN)
    script = WsmanScript(
        *observes(pack(3), record=(begun,)), *writes_entry(f"000004-install-{TOKEN}", "done", key_pack_id=3)
    )
    result = run("key_pack", present(ENTERPRISE), script)
    assert result["changed"] is False
    assert (result["purchases"][0]["outcome"], result["purchases"][0]["key_pack_id"]) == ("recorded", 3)


def test_a_refusal_is_recorded_and_fails_with_one_line(run: ActionRunner) -> None:
    script = WsmanScript(
        *observes(),
        *writes_entry(f"000001-install-{TOKEN}", "intended"),
        call(KEY_PACK, CAN_INSTALL, INSTALL, returns=0x80041001, KeyPackId=None),
        *reads_key_packs(),
        *writes_entry(f"000001-install-{TOKEN}", "not_done"),
    )
    result = run("key_pack", present(ENTERPRISE), script)
    assert (result["failed"], result["changed"]) == (True, False)
    assert result["msg"].startswith(f"rdls02: installing {TITLE} ({CAN_INSTALL}) failed: 0x80041001 (WBEM_E_FAILED)")
    assert "\n" not in result["msg"]
    assert_hidden(result, "1234567")


def test_a_failure_after_the_first_purchase_says_what_was_done(run: ActionRunner) -> None:
    second = {**ENTERPRISE, "quantity": 50}
    script = WsmanScript(
        *observes(),
        *writes_entry(f"000001-install-{TOKEN}", "intended"),
        call(KEY_PACK, CAN_INSTALL, INSTALL, KeyPackId=3),
        *reads_key_packs(pack(3)),
        *writes_entry(f"000001-install-{TOKEN}", "done"),
        *writes_entry(f"000002-install-{TOKEN}", "intended"),
        call(KEY_PACK, CAN_INSTALL, {**INSTALL, "LicenseCount": 50}, returns=7),
        *reads_key_packs(pack(3)),
        *writes_entry(f"000002-install-{TOKEN}", "not_done"),
    )
    result = run("key_pack", present(ENTERPRISE, second), script)
    assert (result["failed"], result["changed"]) == (True, True)
    assert f"Done before that: Install {TITLE}" in result["msg"]


def change(*exchanges: Exchange) -> WsmanScript:
    """Key pack 3 of 100 and its purchase are read; then what a change takes."""
    entry = operation(of=purchase(), key_pack_id=3)
    return WsmanScript(*reads_server(), *reads_key_packs(pack(3, 100)), *reads_record(entry), *exchanges)


def test_removing_a_pack(run: ActionRunner) -> None:
    script = change(
        *reads_key_packs(pack(3, 100)),
        call(KEY_PACK, "UninstallLicenseKeyPackWithId", {"KeyPackId": 3}),
        *reads_key_packs(),
        *writes_entry(f"000002-remove-{TOKEN}", "done", key_pack_id=3),
    )
    result = run("key_pack", {"state": "absent", "key_pack_id": 3}, script)
    assert result["changed"] is True
    assert result["diff"][0]["after"] == "no purchased RDS CALs\n"


def test_reducing_a_pack(run: ActionRunner) -> None:
    script = change(
        *reads_key_packs(pack(3, 100)),
        call(KEY_PACK, "RemoveLicensesWithIdCount", {"KeyPackId": 3, "LicenseCount": 40}),
        *reads_key_packs(pack(3, 60)),
        *writes_entry(f"000002-reduce-{TOKEN}", "done", key_pack_id=3),
    )
    assert run("key_pack", {"state": "reduced", "key_pack_id": 3, "quantity": 60}, script)["changed"] is True


CONVERSION = {"state": "converted", "key_pack_id": 3, "cal_type": "per_device", "quantity": 40, "change_id": "CHG1"}


def test_converting_a_part_of_a_pack(run: ActionRunner) -> None:
    convert = Exchange("Invoke", "ConvertLicenses").expect_class(*KEY_PACK).expect_selector("KeyPackId", "3")
    convert.expect_argument("Count", "40").returns(output(KEY_PACK, "ConvertLicenses", 0, {"KeypackID": 4}))
    script = change(
        *writes_entry(f"000002-convert-{TOKEN}", "intended", change_id="CHG1"),
        convert,
        *reads_key_packs(pack(3, 60), pack(4, 40, cal_type=0)),
        *writes_entry(f"000002-convert-{TOKEN}", "done", result_key_pack_id=4),
    )
    result = run("key_pack", CONVERSION, script)
    assert (result["changed"], result["key_pack_id"]) == (True, 4)


@pytest.mark.parametrize(
    "arguments",
    [
        {"state": "absent", "key_pack_id": 3},
        {"state": "reduced", "key_pack_id": 3, "quantity": 60},
        CONVERSION,
    ],
    ids=lambda each: str(each["state"]),
)
def test_changing_a_pack_in_check_mode_only_reads(run: ActionRunner, arguments: dict[str, t.Any]) -> None:
    result = run("key_pack", arguments, change(), check=True)
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
        ({"state": "present", "purchases": [ENTERPRISE], "quantity": 3}, "quantity has no meaning with state: present"),
        ({"state": "absent", "key_pack_id": 3, "change_id": "CHG1"}, "change_id has no meaning with state: absent"),
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
