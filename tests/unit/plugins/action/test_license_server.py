# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module license_server, message by message."""

from __future__ import annotations

import typing as t

import pytest

from tests.unit.action_runs import TOKEN, ActionRunner, assert_hidden
from tests.unit.builders import SOURCE_ID, TARGET_ID, operation
from tests.unit.conversations import (
    LICENSE_SERVER,
    Value,
    call,
    instance,
    reads_activation,
    reads_method,
    reads_record,
    reads_server,
    reads_windows,
    server_properties,
    writes_entry,
)
from tests.unit.wsman_script import Exchange, WsmanScript, envelope

NOT_ACTIVATED = reads_activation(status=1)
ENTRY = f"000001-activate-{TOKEN}"


def observed(*activation: Exchange, method: str | None = None, **properties: Value) -> list[Exchange]:
    """What is read before the activation is changed."""
    return [*reads_server(**properties), *reads_record(), *activation, *reads_method(method)]


def intends(name: str, **fields: t.Any) -> list[Exchange]:
    """An intention is written, with the time of the server."""
    return [*reads_windows(), *writes_entry(name, "intended", **fields)]


def writes_contact(name: str, value: str, **before: Value) -> list[Exchange]:
    """One property: read, written, read back."""
    put = Exchange("Put").expect_class(*LICENSE_SERVER).expect_no_selectors().expect_argument(name, value)
    after = server_properties(**{**before, name: value})
    return [
        *reads_server(**before),
        put.returns(envelope(instance(LICENSE_SERVER, after))),
        *reads_server(**{**before, name: value}),
    ]


def test_contact_data_and_automatic_activation(run: ActionRunner) -> None:
    script = WsmanScript(
        *observed(*NOT_ACTIVATED),
        *writes_contact("City", "Oslo"),
        *intends(ENTRY, operation="activate", connection_method="automatic"),
        call(LICENSE_SERVER, "ActivateServerAutomatic", ActivationStatus=0),
        *writes_entry(ENTRY, "answered"),
        *reads_activation(),
        *writes_entry(ENTRY, "done"),
    )
    result = run("license_server", {"state": "activated", "contact": {"city": "Oslo"}}, script)
    assert result["changed"] is True
    assert result["steps"] == ["Set city of rdls02", "Activate rdls02 by the automatic method"]
    assert result["license_server"]["activated"] is True
    assert result["license_server"]["contact"]["city"] == "Oslo"
    assert result["awaiting"] == []


def test_check_mode_only_reads_and_tells_the_same(run: ActionRunner) -> None:
    script = WsmanScript(*observed(*NOT_ACTIVATED))
    result = run("license_server", {"state": "activated", "contact": {"city": "Oslo"}}, script, check=True)
    assert result["changed"] is True
    assert result["steps"] == ["Set city of rdls02", "Activate rdls02 by the automatic method"]
    assert result["license_server"]["activated"] is False
    assert result["diff"][0]["after"] == "city:       Oslo\nactivation: activated\n"


def test_an_activated_server_is_only_read(run: ActionRunner) -> None:
    result = run("license_server", {"state": "activated"}, WsmanScript(*observed(*reads_activation())))
    assert result["changed"] is False
    assert "diff" not in result


def test_contact_data_alone_does_not_need_the_record(run: ActionRunner) -> None:
    script = WsmanScript(
        *reads_server(),
        *NOT_ACTIVATED,
        *writes_contact("eMail", "ada@contoso.example"),
    )
    result = run("license_server", {"contact": {"email": "ada@contoso.example"}}, script)
    assert result["changed"] is True


def test_activation_with_an_id_that_was_given(run: ActionRunner) -> None:
    script = WsmanScript(
        *observed(*NOT_ACTIVATED, method="telephone"),
        *intends(ENTRY, connection_method="telephone"),
        call(LICENSE_SERVER, "ActivateServer", {"sLicenseServerId": TARGET_ID}, ActivationStatus=0),
        *writes_entry(ENTRY, "answered"),
        *reads_activation(),
        *writes_entry(ENTRY, "done"),
    )
    given = "t4rg3-tt4rg-3tt4r-g3tt4-rg3tt-4rg3t-t4rg3"
    assert run("license_server", {"state": "activated", "license_server_id": given}, script)["changed"] is True


def test_without_one_the_task_says_what_to_tell_the_clearinghouse(run: ActionRunner) -> None:
    script = WsmanScript(*observed(*NOT_ACTIVATED, method="web_browser"))
    result = run("license_server", {"state": "activated"}, script)
    assert result["changed"] is False
    (request,) = result["awaiting"]
    assert (request["request"], request["product_id"]) == ("license_server_id", "00454-10000-00001-AA123")
    assert request["first_name"] == "Ada"


def test_deactivation_with_a_confirmation_code_that_is_not_shown(run: ActionRunner) -> None:
    entry = f"000001-deactivate-{TOKEN}"
    script = WsmanScript(
        *observed(*reads_activation(), method="telephone"),
        *intends(entry),
        call(LICENSE_SERVER, "DeactivateServer", {"sConfirmCode": "C0NF1RM4710N"}, ActivationStatus=1),
        *writes_entry(entry, "answered"),
        *NOT_ACTIVATED,
        *writes_entry(entry, "done"),
    )
    result = run("license_server", {"state": "deactivated", "confirmation_code": "c0nf1r-m4710n"}, script)
    assert result["changed"] is True
    assert_hidden(result, "C0NF1RM4710N")


def test_reactivation_for_a_change(run: ActionRunner) -> None:
    entry = f"000001-reactivate-{TOKEN}"
    script = WsmanScript(
        *observed(*reads_activation()),
        *intends(entry, change_id="CHG1", reason="certificate_corrupt"),
        call(LICENSE_SERVER, "ReactivateServerAutomatic", {"Reason": 1}, ActivationStatus=0),
        *writes_entry(entry, "answered", license_server_id=TARGET_ID),
        *reads_activation(SOURCE_ID),
        *writes_entry(entry, "done"),
    )
    options = {"state": "reactivated", "reason": "certificate_corrupt", "change_id": "CHG1"}
    assert run("license_server", options, script)["changed"] is True


def test_the_same_change_again_is_only_read(run: ActionRunner) -> None:
    done = operation("reactivate", change_id="CHG1")
    script = WsmanScript(*reads_server(), *reads_record(done), *reads_activation(), *reads_method(None))
    options = {"state": "reactivated", "reason": "certificate_corrupt", "change_id": "CHG1"}
    assert run("license_server", options, script)["changed"] is False


def test_registration_and_scope(run: ActionRunner) -> None:
    script = WsmanScript(
        *reads_server(),
        *reads_activation(),
        call(LICENSE_SERVER, "IsLSRegisteredToSCP", Registered=False),
        call(LICENSE_SERVER, "ChangeRole", {"ServerRole": 2}),
        *reads_server(ServerRole=2),
        call(LICENSE_SERVER, "RegisterLSToSCP"),
        call(LICENSE_SERVER, "IsLSRegisteredToSCP", Registered=True),
    )
    options = {"discovery_scope": "forest", "active_directory": {"service_connection_point": True}}
    result = run("license_server", options, script)
    assert result["changed"] is True
    assert result["license_server"]["discovery_scope"] == "forest"


def test_registration_and_scope_in_check_mode_only_reads(run: ActionRunner) -> None:
    script = WsmanScript(
        *reads_server(),
        *reads_activation(),
        call(LICENSE_SERVER, "IsLSRegisteredToSCP", Registered=False),
    )
    options = {"discovery_scope": "forest", "active_directory": {"service_connection_point": True}}
    assert len(run("license_server", options, script, check=True)["steps"]) == 2


def test_a_missing_company_is_said_before_anything_is_changed(run: ActionRunner) -> None:
    script = WsmanScript(*observed(*NOT_ACTIVATED, Company=None))
    result = run("license_server", {"state": "activated"}, script)
    assert result["failed"] is True
    assert result["msg"] == (
        "rdls02: the automatic method requires company, which the server does not have. Set it in contact."
    )


@pytest.mark.parametrize(
    ("arguments", "wording"),
    [
        ({"state": "reactivated"}, "reason, change_id"),
        ({"state": "reactivated", "reason": "server_upgraded", "change_id": ""}, "change_id: must not be empty"),
        ({"state": "activated", "reason": "server_upgraded"}, "reason requires state: reactivated"),
        ({"state": "activated", "change_id": "CHG1"}, "change_id requires state: reactivated"),
        (
            {"state": "activated", "confirmation_code": "C0NF1RM"},
            "confirmation_code requires state: deactivated",
        ),
        (
            {"state": "deactivated", "license_server_id": TARGET_ID},
            "license_server_id requires state: activated or reactivated",
        ),
        ({"state": "activated", "license_server_id": "T4RG3"}, "a license server ID has 35 letters and digits"),
        ({"contact": {"companyy": "Contoso"}}, "companyy"),
        ({"discovery_scope": "galaxy"}, "discovery_scope"),
    ],
)
def test_options_that_do_not_fit_are_refused_before_anything_is_sent(
    run: ActionRunner, arguments: dict[str, t.Any], wording: str
) -> None:
    result = run("license_server", arguments)
    assert result["failed"] is True
    assert wording in result["msg"]
    assert "\n" not in result["msg"]
    assert_hidden(result, "C0NF1RM")
