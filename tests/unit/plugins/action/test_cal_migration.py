# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module cal_migration, message by message, on both servers."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanConnectionLost,
    WsmanUnreachable,
)

from tests.unit.action_runs import ADDRESS, TOKEN, ActionRunner, assert_hidden
from tests.unit.builders import SOURCE_ID, built_in_pack, migration, pack, purchase
from tests.unit.conversations import (
    KEY_PACK,
    Value,
    call,
    observes,
    reads_activation,
    reads_key_packs,
    reads_server,
    reads_windows,
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
IMPORT: dict[str, Value] = {
    "AgreementType": 1,
    "sAgreementNumber": "1234567",
    "ProductVersion": 7,
    "ProductType": 1,
    "LicenseCount": 100,
    "sSourceLSName": ADDRESS,
    "sSourceLSProductId": SOURCE_ID,
}
CAN_IMPORT = "ImportAgreementLicenseKeyPack"
ENTRY = f"000001-migrate-{TOKEN}"
PAPERS = {"license_server_id": SOURCE_ID, "operating_system": "windows_server_2016"}
TITLE = "100 Windows Server 2022 per user CALs (Enterprise Agreement ****4567)"


def options(**changes: t.Any) -> dict[str, t.Any]:
    """The task's options."""
    return {
        "source": {"host": "rdls01"},
        "reason": "source_is_being_replaced",
        "purchases": [ENTERPRISE],
        **changes,
    }


def recorded(removal: str, before: list[list[int]] | None = None) -> dict[str, t.Any]:
    """The source as an entry of the record has it."""
    return {
        "name": ADDRESS,
        "license_server_id": SOURCE_ID,
        "removal": removal,
        "before": [[3, 7, 1, 100]] if before is None else before,
    }


def reads_source(*packs: KeyPack) -> list[Exchange]:
    """What is read of the source before anything is planned."""
    return [
        *reads_server(),
        *reads_activation(SOURCE_ID),
        *reads_windows("10.0.14393", "RDLS01"),
        *reads_key_packs(*packs),
    ]


def imports(*more: Exchange) -> WsmanScript:
    """The target: intention, call, reading, outcome, and what is written when the source is settled."""
    return WsmanScript(
        *observes(built_in_pack()),
        *writes_entry(ENTRY, "intended", operation="migrate", source=recorded("pending")),
        call(KEY_PACK, CAN_IMPORT, IMPORT, KeyPackId=5),
        *reads_key_packs(built_in_pack(), pack(5, 100)),
        *writes_entry(ENTRY, "done", key_pack_id=5, source=recorded("pending")),
        *more,
    )


def test_windows_clears_the_source(run: ActionRunner) -> None:
    target = imports(*writes_entry(ENTRY, "done", source=recorded("provider")))
    source = WsmanScript(*reads_source(pack(3, 100)), *reads_key_packs())
    result = run("cal_migration", options(), target, source)
    assert result["changed"] is True
    (moved,) = result["purchases"]
    assert (moved["outcome"], moved["key_pack_id"], moved["credential"]) == ("migrated", 5, "****4567")
    assert (result["left_behind"], result["obligations"], result["awaiting"]) == ([], [], [])
    assert_hidden(result, "1234567")


def test_the_collection_clears_the_source(run: ActionRunner) -> None:
    target = imports(*writes_entry(ENTRY, "done", source=recorded("collection")))
    left = reads_key_packs(pack(3, 100))
    source = WsmanScript(
        *reads_source(pack(3, 100)),
        *left,
        *left,
        call(KEY_PACK, "UninstallLicenseKeyPackWithId", {"KeyPackId": 3}),
        *reads_key_packs(),
        *reads_key_packs(),
    )
    result = run("cal_migration", options(remove_from_source=True), target, source)
    assert result["changed"] is True
    assert result["left_behind"] == []


def test_what_is_not_to_be_removed_is_told(run: ActionRunner) -> None:
    source = WsmanScript(*reads_source(pack(3, 100)), *reads_key_packs(pack(3, 100)))
    result = run("cal_migration", options(), imports(), source)
    assert result["changed"] is True
    assert result["left_behind"] == [{"key_pack_id": 3, "quantity": 100, "whole": True}]
    assert [each["sequence"] for each in result["obligations"]] == [1]


@pytest.mark.parametrize("remove", [False, True])
def test_check_mode_only_reads_both_servers(run: ActionRunner, remove: bool) -> None:
    target = WsmanScript(*observes(built_in_pack()))
    source = WsmanScript(*reads_source(pack(3, 100)))
    result = run("cal_migration", options(remove_from_source=remove), target, source, check=True)
    assert result["changed"] is True
    assert len(result["steps"]) == 1
    assert result["steps"][0].startswith(f"Migrate {TITLE} from rdls01")
    assert len(result["diff"]) == 1 + remove
    assert result["purchases"][0]["outcome"] == "migrated"


def test_what_is_recorded_is_only_read(run: ActionRunner) -> None:
    done = migration(purchase(), before=[pack(3, 100)], removal="provider", key_pack_id=5)
    target = WsmanScript(*observes(pack(5, 100), record=(done,)))
    result = run("cal_migration", options(), target, WsmanScript(*reads_source()))
    assert (result["changed"], result["steps"]) == (False, [])
    assert result["purchases"][0]["outcome"] == "recorded"
    assert "diff" not in result


def test_a_pack_that_no_purchase_accounts_for_stops_it(run: ActionRunner) -> None:
    target = WsmanScript(*observes())
    source = WsmanScript(*reads_source(pack(3, 100), pack(4, 50, version=6)))
    result = run("cal_migration", options(require_full_coverage=True), target, source)
    assert (result["failed"], result["changed"]) == (True, False)
    assert "key pack 4 (50 Windows Server 2019 per user CALs)" in result["msg"]


def test_a_source_of_which_only_papers_are_left(run: ActionRunner) -> None:
    arguments = options(source=PAPERS, reason="source_is_not_functioning", acknowledge_manual_removal=True)
    blind = {"name": "", "license_server_id": SOURCE_ID, "removal": "pending", "before": None}
    target = WsmanScript(
        *observes(),
        *writes_entry(ENTRY, "intended", source=blind, reason="source_is_not_functioning"),
        call(KEY_PACK, CAN_IMPORT, {**IMPORT, "sSourceLSName": ""}, KeyPackId=5),
        *reads_key_packs(pack(5, 100)),
        *writes_entry(ENTRY, "done", source=blind),
    )
    result = run("cal_migration", arguments, target)
    assert result["changed"] is True
    assert [each["sequence"] for each in result["obligations"]] == [1]


def test_nobody_promised_to_clear_such_a_source(run: ActionRunner) -> None:
    result = run("cal_migration", options(source=PAPERS), WsmanScript(*observes()))
    assert (result["failed"], result["changed"]) == (True, False)
    assert "acknowledge_manual_removal: true" in result["msg"]


def test_without_a_license_key_pack_id_the_task_says_what_to_tell_the_clearinghouse(run: ActionRunner) -> None:
    target = WsmanScript(*observes(method="telephone"))
    result = run("cal_migration", options(), target, WsmanScript(*reads_source(pack(3, 100))))
    assert result["changed"] is False
    (request,) = result["awaiting"]
    assert request["source_license_server_id"] == "50URC-350UR-C350U-RC350-URC35-0URC3-50URC"
    assert request["reason"] == "The source license server is being replaced by this license server"
    assert_hidden(result, "1234567")


def test_a_source_out_of_reach_is_named_and_nothing_is_changed(run: ActionRunner) -> None:
    source = WsmanScript(Exchange("Get").fails_with(WsmanUnreachable("connection refused")))
    result = run("cal_migration", options(), WsmanScript(*observes()), source)
    assert (result["failed"], result["changed"]) == (True, False)
    assert "unreachable" not in result
    assert "rdls01" in result["msg"]


def test_a_source_that_is_lost_after_the_import_is_settled_by_the_next_run(run: ActionRunner) -> None:
    gone = Exchange("Enumerate").fails_with(WsmanConnectionLost("gone", outcome_unknown=False))
    result = run("cal_migration", options(), imports(), WsmanScript(*reads_source(pack(3, 100)), gone))
    assert (result["failed"], result["changed"]) == (True, True)
    assert f"Done before that: Migrate {TITLE} from rdls01" in result["msg"]
    done = migration(purchase(), before=[pack(3, 100)], key_pack_id=5, token=TOKEN)
    target = WsmanScript(
        *observes(pack(5, 100), record=(done,)), *writes_entry(ENTRY, "done", source=recorded("provider"))
    )
    again = run("cal_migration", options(), target, WsmanScript(*reads_source(), *reads_key_packs()))
    assert (again["changed"], again["obligations"]) == (False, [])


@pytest.mark.parametrize("host", ["rdls09", ""])
def test_a_source_that_the_inventory_does_not_have(run: ActionRunner, host: str) -> None:
    scripts = [WsmanScript(*observes())] if host else []
    result = run("cal_migration", options(source={"host": host}), *scripts)
    assert (result["failed"], result["changed"]) == (True, False)
    assert "\n" not in result["msg"]


@pytest.mark.parametrize(
    ("changes", "wording"),
    [
        ({"source": {}}, "host, license_server_id"),
        ({"source": {"license_server_id": SOURCE_ID}}, "needs operating_system beside license_server_id"),
        ({"source": {**PAPERS, "license_server_id": "5"}}, "source.license_server_id: a license server ID has 35"),
        ({"source": {**PAPERS, "operating_system": "windows_95"}}, "windows_95"),
        ({"source": {**PAPERS, "port": 5986}}, "port"),
        ({"source": PAPERS, "remove_from_source": True}, "remove_from_source has a meaning only with source.host"),
        (
            {"source": PAPERS, "require_full_coverage": True},
            "require_full_coverage has a meaning only with source.host",
        ),
        ({"acknowledge_manual_removal": True}, "acknowledge_manual_removal has a meaning only without source.host"),
        ({"acknowledge_removed": True}, "acknowledge_removed has a meaning only without source.host"),
        ({"reason": "it is Monday"}, "source_is_being_replaced, source_is_not_functioning"),
        ({"reason": None}, "reason"),
        ({"purchases": None}, "purchases"),
        ({"remove_from_sauce": True}, "remove_from_sauce"),
    ],
)
def test_options_that_do_not_fit_are_refused_before_anything_is_sent(
    run: ActionRunner, changes: dict[str, t.Any], wording: str
) -> None:
    arguments = {name: value for name, value in options(**changes).items() if value is not None}
    result = run("cal_migration", arguments)
    assert result["failed"] is True
    assert wording in result["msg"]
    assert "\n" not in result["msg"]
