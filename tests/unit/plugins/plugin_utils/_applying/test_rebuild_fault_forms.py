# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A rebuild that breaks off at any message can be continued and given up, whatever form a server's faults have."""

from __future__ import annotations

import typing as t
from collections.abc import Callable

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import DONE
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.rebuild_deletion import (
    METHODS,
    RECREATE,
    UNINSTALL,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.resolutions import HAD_NO_EFFECT
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanConnectionLost, WsmanError

from tests.unit.rebuild_server import FOLDER, Run, administrator_decides, wanted
from tests.unit.simulated_server import FAULT_FORMS, SimulatedServer

FORMS = sorted(FAULT_FORMS)
PURCHASES: t.Final = {
    "hq": {
        "program": "enterprise",
        "agreement_number": "1234567",
        "product_version": "windows_server_2022",
        "cal_type": "per_user",
        "quantity": 250,
    },
    "branch": {
        "program": "select",
        "agreement_number": "7654321",
        "product_version": "windows_server_2022",
        "cal_type": "per_device",
        "quantity": 50,
    },
}
CALLS = ("UninstallLicenseKeyPackWithId", "Rename", "ReinstallAgreementLicenseKeyPack")


class Killed(BaseException):
    """The controller's process ends."""


def lost() -> Exception:
    return WsmanConnectionLost("the connection broke")


def simulated(form: str, **server: t.Any) -> SimulatedServer:
    """A server with two purchases, whose faults have this form."""
    return SimulatedServer(
        {
            "activated": True,
            "dialect": FAULT_FORMS[form],
            "key_packs": [{"purchase": "hq", "quantity": 250}, {"purchase": "branch", "quantity": 50}],
            **server,
        },
        PURCHASES,
    )


def run(server: SimulatedServer, method: str, resolve: dict[str, str] | None = None, **options: t.Any) -> Run:
    folder = FOLDER if method == RECREATE else None
    return Run(server, wanted(method=method, **options), database_path=folder, resolve=resolve or {})


def attempt(server: SimulatedServer, method: str, **options: t.Any) -> bool:
    """One run; gives whether it went through."""
    try:
        run(server, method, **options).go()
    except (LicensingError, WsmanError, Killed):
        return False
    return True


def assert_rebuilt(server: SimulatedServer, method: str, label: str) -> None:
    assert server.purchased() == [50, 250], label
    deleting = ["UninstallLicenseKeyPackWithId"] * 2 if method == UNINSTALL else ["Rename"]
    assert server.called(*CALLS) == [*deleting, *["ReinstallAgreementLicenseKeyPack"] * 2], label
    assert server.state.is_licensing_running, label
    (rebuild,) = server.license_server.recorded_operations().rebuilds
    assert rebuild.status == DONE, label
    assert run(server, method).plan().plan.steps == (), label


def messages_of(method: str) -> int:
    server = simulated("recorded")
    run(server, method).go()
    count = server.messages
    assert_rebuilt(server, method, "undisturbed")
    return count


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("error", [Killed, lost])
def test_a_rebuild_that_breaks_off_is_continued(form: str, method: str, error: Callable[[], BaseException]) -> None:
    # A sample: together the forms and the errors begin at different messages.
    stride = 4 if form == "recorded" else 12
    start = 1 + (FORMS.index(form) * 2 + (error is lost)) % stride
    for at in range(start, messages_of(method) + 1, stride):
        for after in (False, True):
            server = simulated(form)
            server.break_off(at, error, after=after)
            attempt(server, method)
            server.break_off(0, error, after=after)
            administrator_decides(server)
            label = f"{form}, message {at} {'after' if after else 'before'} its effect"
            assert attempt(server, method) or attempt(server, method), label
            assert_rebuilt(server, method, label)


@pytest.mark.parametrize("form", FORMS)
def test_a_rename_that_is_rejected_shows_its_own_cause_and_leaves_the_server_as_it_was(form: str) -> None:
    server = simulated(form)
    rule = {"match": {"class": "CIM_DataFile", "method": "Rename"}, "what": "return_value", "return_value": 15}
    server.misbehaviour.add(rule)
    with pytest.raises(LicensingError, match="sharing violation"):
        run(server, RECREATE).go()
    assert server.state.is_licensing_running
    assert server.purchased() == [50, 250]
    run(server, UNINSTALL, change_id="CHG2").go()
    assert server.purchased() == [50, 250]


def left_stopped(form: str) -> SimulatedServer:
    """The controller ended between stopping the service and renaming the file."""
    server = simulated(form)

    def end(_number: int) -> None:
        if server.called("StopService"):
            raise Killed

    server.after = end
    assert not attempt(server, RECREATE)
    server.after = lambda _number: None
    assert not server.state.is_licensing_running
    return server


@pytest.mark.parametrize("form", FORMS)
def test_another_change_says_how_to_continue_and_how_to_give_up(form: str) -> None:
    server = left_stopped(form)
    (unfinished,) = server.license_server.recorded_operations().rebuilds
    with pytest.raises(LicensingError) as raised:
        run(server, RECREATE, change_id="CHG2", waive_coverage=True).plan()
    assert "change_id: CHG1" in str(raised.value)
    assert f"{{operation: {unfinished.operation_id}, outcome: {HAD_NO_EFFECT}}}" in str(raised.value)
    with pytest.raises(LicensingError) as raised:
        run(server, UNINSTALL, change_id="CHG2").plan()
    assert "change_id: CHG1" in str(raised.value)
    assert f"{{operation: {unfinished.operation_id}, outcome: {HAD_NO_EFFECT}}}" in str(raised.value)


@pytest.mark.parametrize("form", FORMS)
def test_giving_up_starts_the_service_and_lets_another_change_begin(form: str) -> None:
    server = left_stopped(form)
    (unfinished,) = server.license_server.recorded_operations().rebuilds
    another = run(server, UNINSTALL, change_id="CHG2", resolve={unfinished.operation_id: HAD_NO_EFFECT})
    another.go()
    assert server.purchased() == [50, 250]
    (rebuilt,) = server.license_server.recorded_operations(lambda _operation: True).rebuilds
    assert rebuilt.change_id == "CHG2"
    # The decision stays in the playbook and does nothing more.
    assert not another.go().changed
