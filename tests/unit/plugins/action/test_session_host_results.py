# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One run of session_host and session_host_info, with exactly the messages that it may take."""

from __future__ import annotations

import typing as t
from types import SimpleNamespace

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.action.session_host import ActionModule
from ansible_collections.winfleet.rd_licensing.plugins.action.session_host_info import ActionModule as InfoAction
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.action import ModuleContext
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import (
    InvalidOption,
    LicensingError,
    Refused,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanConnectionLost,
    WsmanError,
    WsmanUnreachable,
)

from tests.unit.session_host_script import called, found, listed, status
from tests.unit.wsman_script import Exchange, WsmanScript

OPTIONS: dict[str, t.Any] = {
    "licensing_mode": None,
    "license_servers": None,
    "license_servers_to_add": None,
    "license_servers_to_remove": None,
    "require_connectivity": False,
}
SET = "SetSpecifiedLicenseServerList"


class FakeContext:
    """Stands for a task of Ansible: options, modes, and where warnings go."""

    def __init__(self, script: WsmanScript, *, check: bool = False, diff: bool = False, **options: t.Any) -> None:
        self.params = {**OPTIONS, **options}
        self.check_mode = check
        self.diff_mode = diff
        self.warnings: list[str] = []
        self.server_changed = False
        self.opened = SimpleNamespace(session=script.session("rdsh01"), operation_timeout=0.0)

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def note_change(self) -> None:
        self.server_changed = True

    def open(self) -> SimpleNamespace:
        return self.opened

    def may_apply(self, *_plan: object, **_rests_on: object) -> bool:
        return not self.check_mode


def run(*exchanges: Exchange, **options: t.Any) -> tuple[dict[str, t.Any], list[str]]:
    """Result and warnings."""
    with WsmanScript(*exchanges) as script:
        context = FakeContext(script, **options)
        return ActionModule.perform(
            ActionModule.__new__(ActionModule), t.cast(ModuleContext, context)
        ), context.warnings


def test_check_mode_sends_no_changing_message_and_tells_the_same() -> None:
    options = {"licensing_mode": "per_user", "license_servers": ["rdls02"], "diff": True}
    before = (found(LicensingType=5), listed("rdls01"))
    predicted, _unused = run(*before, status("rdls02", 11), check=True, **options)
    real, _unused = run(
        *before,
        called(SET),
        found(LicensingType=5),
        listed("rdls02"),
        called("ChangeMode"),
        found(LicensingType=4),
        listed("rdls02"),
        status("rdls02", 11),
        **options,
    )
    assert predicted == real
    assert real["changed"] is True
    assert real["steps"] == [
        "Set the license servers of rdsh01 to rdls02",
        "Set the licensing mode of rdsh01 to per user",
    ]
    assert real["session_host"]["license_servers"] == ["rdls02"]
    assert len(real["diff"]) == 1


def test_the_second_run_changes_nothing() -> None:
    result, warnings = run(
        found(),
        listed("RDLS02"),
        status("RDLS02", 11),
        licensing_mode="per_user",
        license_servers=["rdls02"],
        diff=True,
    )
    assert (result["changed"], result["steps"], warnings) == (False, [], [])
    assert "diff" not in result


def test_a_license_server_that_cannot_be_used_is_a_warning() -> None:
    result, warnings = run(
        found(), listed("rdls01", "rdls02"), status("rdls01", 6), status("rdls02", 8), licensing_mode="per_user"
    )
    assert result["changed"] is False
    assert "rdsh01: the session host cannot use the license server rdls01" in warnings[0]
    assert "may be unable to use the license server rdls02" in warnings[1]


def test_required_connectivity_is_asked_before_anything_is_changed() -> None:
    with pytest.raises(Refused) as caught:
        run(
            found(),
            listed("rdls01"),
            status("rdls01", 11),
            status("rdls02", 4),
            license_servers_to_add=["rdls02"],
            require_connectivity=True,
        )
    assert "cannot use rdls02 (the license server is too old for this session host)" in str(caught.value)
    assert "Nothing was changed" in str(caught.value)


def test_required_connectivity_is_asked_again_after_a_change() -> None:
    result, warnings = run(
        found(),
        listed(),
        status("rdls02", 8),
        called(SET),
        found(),
        listed("rdls02"),
        status("rdls02", 11),
        license_servers=["rdls02"],
        require_connectivity=True,
    )
    assert result["session_host"]["connectivity"][0]["status"] == "valid"
    assert warnings == []


def test_required_connectivity_is_asked_once_where_nothing_changes() -> None:
    result, _unused = run(
        found(), listed("rdls02"), status("rdls02", 11), license_servers=["rdls02"], require_connectivity=True
    )
    assert result["changed"] is False


def test_a_policy_that_gives_what_is_wanted_is_a_warning() -> None:
    result, warnings = run(found(PolicySourceLicensingType=1), listed(), licensing_mode="per_user")
    assert result["changed"] is False
    assert result["session_host"]["licensing_mode_source"] == "group_policy"
    assert "'Set the Remote Desktop licensing mode'" in warnings[0]


@pytest.mark.parametrize("name", ["", "  ", "rdls01 rdls02", "rdls01,rdls02", "rdls01;rdls02", "http://rdls01"])
@pytest.mark.parametrize("option", ["license_servers", "license_servers_to_add", "license_servers_to_remove"])
def test_what_is_no_name_is_refused_before_any_message(option: str, name: str) -> None:
    with pytest.raises(InvalidOption, match=f"^{option}: entry 2 is not a server name"):
        run(**{option: ["rdls01", name]})


@pytest.mark.parametrize("name", ["rdls01", "rdls01.contoso.example", "192.0.2.7", "2001:db8::7", "RDLS_01"])
def test_host_names_fqdns_and_addresses_are_names(name: str) -> None:
    result, _unused = run(found(), listed(name), status(name, 11), license_servers=[f" {name} "])
    assert result["changed"] is False


def test_adding_and_removing_the_same_server_is_refused_before_any_message() -> None:
    with pytest.raises(InvalidOption, match="both name rdls01"):
        run(license_servers_to_add=["rdls01"], license_servers_to_remove=["RDLS01"])


def test_info_reads_everything_and_changes_nothing() -> None:
    with WsmanScript(
        found(DirectConnectLicenseServers="rdls00", PolicySourceConfiguredLicenseServers=1),
        listed("rdls01"),
        called("GetGracePeriodDays", DaysLeft=0),
        status("rdls01", 5),
    ) as script:
        action = InfoAction.__new__(InfoAction)
        result = action.perform(t.cast(ModuleContext, FakeContext(script)))
    assert result == {
        "changed": False,
        "session_host": {
            "server_name": "RDSH01",
            "licensing_mode": "per_user",
            "licensing_type": 4,
            "licensing_mode_source": "server",
            "license_servers": ["rdls01"],
            "license_servers_source": "group_policy",
            "direct_connect_license_servers": "rdls00",
            "direct_connect_license_servers_source": "server",
            "grace_period_days": 0,
            "connectivity": [
                {
                    "license_server": "rdls01",
                    "status": "not_in_license_server_security_group",
                    "status_number": 5,
                    "usable": False,
                }
            ],
        },
    }


def changed_on_failure(*exchanges: Exchange, **options: t.Any) -> bool:
    """Whether a failure reports a change."""
    with WsmanScript(*exchanges) as script:
        context = FakeContext(script, **options)
        with pytest.raises((LicensingError, WsmanError)):
            ActionModule.perform(ActionModule.__new__(ActionModule), t.cast(ModuleContext, context))
    return context.server_changed


def test_a_failure_after_the_write_reports_the_change() -> None:
    options = {"license_servers": ["rdls02"]}
    before = (found(), listed("rdls01"))
    gone = found().fails_with(WsmanUnreachable("connection refused"))
    assert changed_on_failure(*before, called(SET), gone, **options)
    assert changed_on_failure(*before, called(SET).fails_with(WsmanConnectionLost("it broke")), gone, **options)
    assert not changed_on_failure(*before, called(SET).fails_with(WsmanUnreachable("no route")), **options)


def test_what_was_put_back_is_no_change() -> None:
    assert not changed_on_failure(
        found(LicensingType=5),
        listed("rdls01"),
        called(SET),
        found(LicensingType=5),
        listed("rdls02"),
        called("ChangeMode", 0x80041008),
        found(LicensingType=5),
        listed("rdls02"),
        called(SET),
        found(LicensingType=5),
        listed("rdls01"),
        licensing_mode="per_user",
        license_servers=["rdls02"],
    )
