# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module license_server_info, message by message, within its budget."""

from __future__ import annotations

import pytest

from tests.unit.action_runs import ADDRESS, ActionRunner, plugin
from tests.unit.builders import TARGET_ID, built_in_pack, migration, operation, pack, purchase
from tests.unit.conversations import (
    LICENSE_SERVER,
    call,
    reads_activation,
    reads_key_packs,
    reads_method,
    reads_server,
    reads_windows,
)
from tests.unit.fake_license_server import OPERATIONS_KEY, FakeLicenseServer
from tests.unit.wsman_script import Exchange, WsmanScript, fixture

GROUPED = "T4RG3-TT4RG-3TT4R-G3TT4-RG3TT-4RG3T-T4RG3"


def default_reading() -> list[Exchange]:
    """What the default choice of parts takes."""
    return [
        *reads_server(),
        *reads_activation(),
        *reads_windows(),
        *reads_key_packs(built_in_pack(), pack(3, 250), pack(4, 50, cal_type=0)),
        *reads_method("web_browser"),
    ]


@pytest.mark.parametrize("check", [False, True])
def test_the_default_choice_takes_seven_requests_and_nine_kilobytes(run: ActionRunner, check: bool) -> None:
    script = WsmanScript(*default_reading())
    result = run("license_server_info", {}, script, check=check)
    assert len(script.sent) == 7
    assert sum(len(message) for message in script.sent) <= 9_000
    assert result["changed"] is False
    assert "failed" not in result


def test_what_it_tells(run: ActionRunner) -> None:
    server = run("license_server_info", {}, WsmanScript(*default_reading()))["license_server"]
    assert (server["activated"], server["license_server_id"]) == (True, GROUPED)
    assert (server["product_id"], server["discovery_scope"]) == ("00454-10000-00001-AA123", "domain")
    assert server["contact"]["company"] == "Contoso"
    assert server["windows"]["release"] == "windows_server_2022"
    assert server["connection_method"] == "web_browser"
    assert [(each["key_pack_id"], each["total"], each["built_in"]) for each in server["key_packs"]] == [
        (2, None, True),
        (3, 250, False),
        (4, 50, False),
    ]
    assert not {"active_directory", "operations", "obligations"} & set(server)


def test_only_what_is_asked_for_is_read(run: ActionRunner) -> None:
    script = WsmanScript(*reads_server(), *reads_activation())
    server = run("license_server_info", {"gather": ["activation"]}, script)["license_server"]
    assert set(server) == {"activated", "activation_status", "license_server_id"}


def test_the_record_and_pending_removals(run: ActionRunner) -> None:
    entries = operation(of=purchase(250), key_pack_id=3), migration(purchase(), before=None, sequence=2)
    there = FakeLicenseServer(registry={OPERATIONS_KEY: {"000003-install-00c0ffee": "damaged"}})
    there.keep(*entries)
    server = run("license_server_info", {"gather": ["operations", "obligations"]}, there)["license_server"]
    assert [each["operation"] for each in server["operations"][:2]] == ["install", "migrate"]
    assert server["operations"][2] == {
        "operation_id": "000003-install-00c0ffee",
        "readable": False,
        "reason": "not JSON",
    }
    assert server["operations"][0]["credential"] == "****4567"
    assert [each["sequence"] for each in server["obligations"]] == [2]


def test_active_directory(run: ActionRunner) -> None:
    script = WsmanScript(
        *reads_server(),
        call(LICENSE_SERVER, "IsLSinTSLSGroup", {"Domain": ""}, IsMember=True),
        call(LICENSE_SERVER, "IsLSRegisteredToSCP", Registered=True),
        call(LICENSE_SERVER, "IsLSPublished", Published=False),
        call(LICENSE_SERVER, "IsLSonDC", OnDC=False),
        call(LICENSE_SERVER, "IsLSSecGrpGPEnabled", Enabled=False),
        call(LICENSE_SERVER, "IsLSPreventUpgradeGPEnabled", Enabled=False),
    )
    found = run("license_server_info", {"gather": ["active_directory"]}, script)["license_server"]["active_directory"]
    assert found["license_servers_group"] is True
    assert found["published"] is False


def test_a_server_without_the_role_service_is_one_line(run: ActionRunner) -> None:
    script = WsmanScript(Exchange("Get").returns(fixture("fault_invalid_class")))
    result = run("license_server_info", {}, script)
    assert result["failed"] is True
    assert result["msg"].startswith("rdls02: reading the license server failed: 0x80041010 (WBEM_E_INVALID_CLASS)")
    assert "role service is not installed" in result["msg"]
    assert "\n" not in result["msg"]


def test_an_account_without_rights_is_one_line(run: ActionRunner) -> None:
    nothing = dict.fromkeys(("DatabasePath", "ProductId", "Version", "VersionNumber"))
    result = run("license_server_info", {}, WsmanScript(*reads_server(**nothing)))
    assert result["failed"] is True
    assert "not a local Administrator" in result["msg"]


def test_what_a_terminal_obeys_is_shown_by_its_code(run: ActionRunner) -> None:
    evil = "C:\\data\u202egnp.exe\u009b31m"
    script = WsmanScript(*reads_server(), call(LICENSE_SERVER, "GetActivationStatus", ActivationStatus=evil))
    message = run("license_server_info", {"gather": ["activation"]}, script)["msg"]
    assert message.isprintable()


def test_the_server_of_a_delegated_task_is_the_one_it_is_delegated_to(run: ActionRunner) -> None:
    script = WsmanScript(Exchange("Get").returns(fixture("fault_invalid_class")))
    run.hostvars["rdls07"] = {"ansible_connection": "winrm", "ansible_host": ADDRESS}
    assert run("license_server_info", {}, script, delegate_to="rdls07")["msg"].startswith("rdls07: ")


def test_a_task_delegated_to_a_host_that_the_inventory_does_not_have_says_so(run: ActionRunner) -> None:
    """Ansible gives such a host the default connection, and it is not the connection that is wrong."""
    result = run("license_server_info", {}, host=plugin("ssh"), delegate_to="rdls70")
    assert (result["failed"], result["msg"]) == (True, "the inventory has no host 'rdls70'")


def test_the_license_server_id_is_shown_as_licensing_manager_shows_it(run: ActionRunner) -> None:
    script = WsmanScript(*reads_server(), *reads_activation(TARGET_ID))
    server = run("license_server_info", {"gather": ["activation"]}, script)["license_server"]
    assert server["license_server_id"] == GROUPED
