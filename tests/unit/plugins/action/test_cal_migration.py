# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module cal_migration, on two license servers in memory."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import INTENDED, RecordedSource
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanConnectionLost,
    WsmanUnreachable,
)

from tests.unit.action_runs import ADDRESS, ActionRunner, assert_hidden
from tests.unit.builders import SOURCE_ID, built_in_pack, operation, pack, purchase
from tests.unit.conversations import (
    Value,
    reads_key_packs,
    reads_method,
    reads_record,
)
from tests.unit.fake_license_server import FakeLicenseServer
from tests.unit.migrations import imports, removals, two_servers
from tests.unit.wsman_script import WsmanScript

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
UNREACHABLE = {"license_server_id": SOURCE_ID, "operating_system": "windows_server_2016"}
TITLE = "100 Windows Server 2022 per user CALs (Enterprise Agreement ****4567)"


def options(**changes: t.Any) -> dict[str, t.Any]:
    """The task's options."""
    return {
        "source": {"host": "rdls01"},
        "reason": "source_is_being_replaced",
        "purchases": [ENTERPRISE],
        **changes,
    }


@pytest.fixture
def target() -> FakeLicenseServer:
    """A target whose source holds 100 per user CALs."""
    made = two_servers(pack(3, 100))
    made.packs.append(built_in_pack())
    return made


def source_of(target: FakeLicenseServer) -> FakeLicenseServer:
    """The source of a target."""
    assert target.source is not None
    return target.source


def migrate(run: ActionRunner, target: FakeLicenseServer, check: bool = False, **changes: t.Any) -> dict[str, t.Any]:
    """Run the task."""
    return run("cal_migration", options(**changes), target, source_of(target), check=check)


def test_windows_clears_the_source(run: ActionRunner, target: FakeLicenseServer) -> None:
    result = migrate(run, target)
    assert result["changed"] is True
    assert target.sent_to(CAN_IMPORT) == IMPORT
    (moved,) = result["purchases"]
    assert (moved["outcome"], moved["key_pack_id"], moved["credential"]) == ("migrated", 3, "****4567")
    assert (result["left_behind"], result["obligations"], result["awaiting"]) == ([], [], [])
    assert removals(target) == ["provider"]
    assert_hidden(result, "1234567")


def test_the_collection_clears_the_source(run: ActionRunner, target: FakeLicenseServer) -> None:
    target.reaches_source = False
    result = migrate(run, target, remove_from_source=True)
    assert result["changed"] is True
    assert result["left_behind"] == []
    assert (source_of(target).packs, removals(target)) == ([], ["collection"])


def test_what_is_not_to_be_removed_is_told(run: ActionRunner, target: FakeLicenseServer) -> None:
    target.reaches_source = False
    result = migrate(run, target)
    assert result["changed"] is True
    assert result["left_behind"] == [{"key_pack_id": 3, "quantity": 100, "whole": True}]
    assert [each["sequence"] for each in result["obligations"]] == [1]


@pytest.mark.parametrize("remove", [False, True])
def test_check_mode_only_reads_both_servers(run: ActionRunner, target: FakeLicenseServer, remove: bool) -> None:
    result = migrate(run, target, check=True, remove_from_source=remove)
    assert result["changed"] is True
    assert result["steps"][0] == f"Migrate {TITLE} from rdls01"
    assert len(result["steps"]) == len(result["diff"]) == 1 + remove
    assert result["purchases"][0]["outcome"] == "migrated"
    assert target.changing + source_of(target).changing == []


def test_what_is_recorded_is_only_read(run: ActionRunner, target: FakeLicenseServer) -> None:
    migrate(run, target)
    result = migrate(run, target)
    assert (result["changed"], result["steps"]) == (False, [])
    assert result["purchases"][0]["outcome"] == "recorded"
    assert "diff" not in result
    assert target.changing + source_of(target).changing == []


def test_a_pack_that_no_purchase_accounts_for_stops_it(run: ActionRunner, target: FakeLicenseServer) -> None:
    source_of(target).packs.append(pack(4, 50, version=6))
    result = migrate(run, target, require_full_coverage=True)
    assert (result["failed"], result["changed"]) == (True, False)
    assert "key pack 4 (50 Windows Server 2019 per user CALs)" in result["msg"]


def test_an_unreachable_source(run: ActionRunner, target: FakeLicenseServer) -> None:
    arguments = options(source=UNREACHABLE, reason="source_is_not_functioning", acknowledge_manual_removal=True)
    result = run("cal_migration", arguments, target)
    assert result["changed"] is True
    assert target.sent_to(CAN_IMPORT) == {**IMPORT, "sSourceLSName": ""}
    (recorded,) = target.recorded.operations
    assert recorded.source == RecordedSource("", SOURCE_ID, "pending")
    assert [each["sequence"] for each in result["obligations"]] == [1]


def test_the_removal_from_an_unreachable_source_has_to_be_promised(
    run: ActionRunner, target: FakeLicenseServer
) -> None:
    result = run("cal_migration", options(source=UNREACHABLE), target)
    assert (result["failed"], result["changed"]) == (True, False)
    assert "acknowledge_manual_removal: true" in result["msg"]


def test_without_a_license_key_pack_id_the_task_says_what_to_tell_the_clearinghouse(
    run: ActionRunner, target: FakeLicenseServer
) -> None:
    result = migrate(run, target, connection_method="telephone")
    assert result["changed"] is False
    (request,) = result["awaiting"]
    assert request["source_license_server_id"] == "50URC-350UR-C350U-RC350-URC35-0URC3-50URC"
    assert request["reason"] == "The source license server is being replaced by this license server"
    assert_hidden(result, "1234567")


def test_a_source_out_of_reach_is_named_and_nothing_is_changed(run: ActionRunner, target: FakeLicenseServer) -> None:
    def refuse(_name: str) -> None:
        error = WsmanUnreachable("rdls01: connection refused")
        error.server = "rdls01"
        raise error

    source_of(target).before = refuse
    result = migrate(run, target)
    assert (result["failed"], result["changed"]) == (True, False)
    assert "rdls01" in result["msg"]
    assert target.changing == []


def test_a_source_that_is_lost_after_the_import_is_settled_by_the_next_run(
    run: ActionRunner, target: FakeLicenseServer
) -> None:
    def lose(name: str) -> None:
        if imports(target) and name.startswith("enumerate"):
            raise WsmanConnectionLost("gone", outcome_unknown=False)

    source_of(target).before = lose
    result = migrate(run, target)
    assert (result["failed"], result["changed"]) == (True, True)
    assert f"Done before that: Migrate {TITLE} from rdls01" in result["msg"]
    source_of(target).before = lambda name: None
    again = migrate(run, target)
    assert (again["changed"], again["obligations"]) == (False, [])


def test_decisions_about_operations_of_either_server(run: ActionRunner, target: FakeLicenseServer) -> None:
    begun = operation(
        "reduce", status=INTENDED, key_pack_id=3, cals=purchase(10).cals, before=(pack(3, 90).pack_cals,), sequence=7
    )
    source_of(target).keep(begun)
    target.keep(operation(of=purchase(reference="PO-2"), status=INTENDED, sequence=4, token="00facade"))
    decisions = [
        {"operation": "000007-00c0ffee", "outcome": "had_no_effect"},
        {"operation": "000004-00facade", "outcome": "had_no_effect"},
    ]
    assert migrate(run, target, outcome_wait=0)["failed"]
    assert migrate(run, target, resolve_operations=decisions[1:], outcome_wait=0)["failed"]
    result = migrate(run, target, resolve_operations=decisions)
    assert result["changed"] is True
    assert [each.status for each in source_of(target).recorded.operations] == ["given_up", "done"]


@pytest.mark.parametrize("host", ["rdls09", ""])
def test_a_source_that_the_inventory_does_not_have(run: ActionRunner, host: str) -> None:
    scripts = [WsmanScript(*reads_record(), *reads_key_packs(built_in_pack()), *reads_method())] if host else []
    result = run("cal_migration", options(source={"host": host}), *scripts)
    assert (result["failed"], result["changed"]) == (True, False)
    assert "\n" not in result["msg"]


@pytest.mark.parametrize(
    ("changes", "wording"),
    [
        ({"source": {}}, "host, license_server_id"),
        ({"source": {"license_server_id": SOURCE_ID}}, "requires source.operating_system"),
        ({"source": {**UNREACHABLE, "license_server_id": "5"}}, "source.license_server_id: a license server ID has 35"),
        ({"source": {**UNREACHABLE, "operating_system": "windows_95"}}, "windows_95"),
        ({"source": {**UNREACHABLE, "port": 5986}}, "port"),
        ({"source": UNREACHABLE, "remove_from_source": True}, "remove_from_source requires source.host"),
        (
            {"source": UNREACHABLE, "require_full_coverage": True},
            "require_full_coverage requires source.host",
        ),
        ({"acknowledge_manual_removal": True}, "acknowledge_manual_removal cannot be used with source.host"),
        ({"acknowledge_removed": True}, "acknowledge_removed cannot be used with source.host"),
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
