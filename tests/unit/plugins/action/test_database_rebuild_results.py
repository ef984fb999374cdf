# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One run of database_rebuild, from options to result."""

from __future__ import annotations

import typing as t
from types import SimpleNamespace

import pytest
from ansible.utils.display import Display
from ansible_collections.winfleet.rd_licensing.plugins.action.database_rebuild import (
    DatabaseRebuild,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible import progress
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.action import ModuleContext
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.options import OptionsError, validated
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.clearinghouse_request import request_id
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import (
    InvalidOption,
    LicensingError,
    Refused,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanConnectionLost

from tests.unit.builders import KEY_PACK_CODE
from tests.unit.module_documentation import argument_spec, returned
from tests.unit.rebuild_server import FOLDER, PER_DEVICE, PER_USER, RebuildServer, holding_two

PER_USER_OPTIONS = {
    "license_program": "enterprise",
    "agreement_number": "1234567",
    "product_version": "windows_server_2022",
    "cal_type": "per_user",
    "quantity": 250,
}
PER_DEVICE_OPTIONS = {
    **PER_USER_OPTIONS,
    "license_program": "select",
    "agreement_number": "7654321",
    "cal_type": "per_device",
    "quantity": 50,
}
# What a task gives; everything else is the documented default.
GIVEN: dict[str, t.Any] = {
    "change_id": "CHG1",
    "reason": "damaged",
    "purchases": [PER_USER_OPTIONS, PER_DEVICE_OPTIONS],
    "confirm_deletion": True,
}


class FakeContext:
    """Stands for a task of Ansible: options, modes, and where warnings go."""

    def __init__(self, server: RebuildServer, *, check: bool = False, diff: bool = False, **options: t.Any) -> None:
        defaults = {name: spec.get("default") for name, spec in argument_spec("database_rebuild").options.items()}
        self.params = {**defaults, **GIVEN, **options}
        self.check_mode = check
        self.diff_mode = diff
        self.warnings: list[str] = []
        self.done: list[str] = []
        self.beside_failure: dict[str, t.Any] = {}
        self.server_changed = False
        self.gate = SimpleNamespace(active=False)
        self.opened = SimpleNamespace(session=server, operation_timeout=0.0)

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def did(self, step: str) -> None:
        self.done.append(step)

    def note_change(self) -> None:
        self.server_changed = True

    def tell_on_failure(self, **values: t.Any) -> None:
        self.beside_failure.update(values)

    def open(self) -> SimpleNamespace:
        return self.opened

    def may_apply(self, *_plan: object, **_rests_on: object) -> bool:
        return not self.check_mode


def run(server: RebuildServer, **options: t.Any) -> dict[str, t.Any]:
    return DatabaseRebuild(t.cast(ModuleContext, FakeContext(server, **options))).run()


def server(**fields: t.Any) -> RebuildServer:
    return RebuildServer(packs=holding_two(), **fields)


def invalid(**options: t.Any) -> str:
    rdls = server()
    with pytest.raises(InvalidOption) as raised:
        run(rdls, **options)
    assert rdls.calls == [], "nothing is asked before the options are right"
    return str(raised.value)


def test_a_long_rebuild_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    monkeypatch.setattr(progress, "_SECONDS_BETWEEN", 0.0)
    monkeypatch.setattr(Display, "display", lambda _display, text, **_how: lines.append(text))
    steps = len(run(server())["steps"])
    assert [line.split(",")[0] for line in lines][:2] == [
        f"rdls02: {number} of {steps} steps carried out" for number in (1, 2)
    ]


def test_check_mode_foretells_the_result_and_changes_nothing() -> None:
    rdls = server()
    planned = run(rdls, check=True, diff=True)
    assert rdls.changing == []
    real = run(rdls, diff=True)
    for purchase in (*planned["purchases"], *real["purchases"]):
        assert purchase.pop("outcome") == "reinstalled"
    assert [purchase.pop("key_pack_id") for purchase in planned["purchases"]] == [None, None]
    assert [purchase.pop("key_pack_id") for purchase in real["purchases"]] == [14, 15]
    assert [each["key_pack_id"] for each in planned.pop("key_packs")] == [2, 3, 4, 13]
    assert [each["key_pack_id"] for each in real.pop("key_packs")] == [2, 13, 14, 15]
    assert planned == real
    assert real["changed"] is True
    assert [each["key_pack_id"] for each in real["deleted_key_packs"]] == [3, 4]


def test_the_second_run_changes_nothing_and_still_says_what_was_deleted() -> None:
    rdls = server()
    first = run(rdls)
    rdls.calls.clear()
    second = run(rdls, diff=True)
    assert rdls.changing == []
    assert (second["changed"], second["steps"]) == (False, [])
    assert "diff" not in second
    assert second["deleted_key_packs"] == first["deleted_key_packs"]
    assert {each["outcome"] for each in second["purchases"]} == {"recorded"}


@pytest.mark.parametrize("check", [True, False])
def test_without_confirmation_it_refuses_in_check_mode_too(check: bool) -> None:
    rdls = server()
    with pytest.raises(Refused, match="confirm_deletion: true"):
        run(rdls, check=check, confirm_deletion=False)
    assert rdls.changing == []


def test_results_have_what_is_documented() -> None:
    documented = returned("database_rebuild")
    result = run(server(), method="recreate_database")
    assert set(result) - {"changed"} == set(documented) - {"error_code", "role_service_missing"}
    assert result["kept_database"].startswith(FOLDER)
    assert set(result["deleted_key_packs"][0]) == set(documented["deleted_key_packs"]["contains"])
    assert set(result["purchases"][0]) == set(documented["purchases"]["contains"])
    assert set(result["license_server"]) == set(documented["license_server"]["contains"])
    awaiting = run(server(), connection_method="web_browser")["awaiting"]
    assert set(awaiting[0]) == set(documented["awaiting"]["contains"]) - {"telephone"}


def test_offline_check_mode_has_the_requests_before_anything_is_deleted() -> None:
    rdls = server()
    planned = run(rdls, check=True, connection_method="web_browser")["awaiting"]
    assert rdls.total() == 300
    result = run(rdls, connection_method="web_browser")
    assert result["awaiting"] == planned
    assert result["changed"] is True
    assert rdls.total() == 0
    assert [each["reason"] for each in planned] == ["damaged", "damaged"]
    assert planned[0]["request_id"] == request_id(PER_USER, "reinstall", "CHG1")
    again = run(rdls, connection_method="web_browser")
    assert (again["changed"], again["awaiting"]) == (False, planned)


def test_fetched_ids_are_taken_by_request_id() -> None:
    codes = {KEY_PACK_CODE: Cals(7, 1, 250), KEY_PACK_CODE[::-1]: Cals(7, 0, 50)}
    rdls = server(codes=codes)
    answers = {
        request_id(PER_USER, "reinstall", "CHG1"): KEY_PACK_CODE,
        request_id(PER_DEVICE, "reinstall", "CHG1"): KEY_PACK_CODE[::-1],
    }
    run(rdls, connection_method="telephone")
    result = run(rdls, connection_method="telephone", license_key_pack_ids=answers)
    assert [each["outcome"] for each in result["purchases"]] == ["reinstalled", "reinstalled"]
    assert result["awaiting"] == []
    assert rdls.total() == 300


def test_a_failure_in_the_middle_tells_what_was_done_and_what_was_there() -> None:
    rdls = server(refusals={"ReinstallAgreementLicenseKeyPack": 0x80041001})
    context = FakeContext(rdls)
    with pytest.raises(LicensingError, match="0x80041001"):
        DatabaseRebuild(t.cast(ModuleContext, context)).run()
    assert [step.split()[0] for step in context.done] == ["Record", "Delete", "Delete"]
    assert [each["key_pack_id"] for each in context.beside_failure["deleted_key_packs"]] == [3, 4]
    rdls.refusals.clear()
    assert run(rdls)["steps"][0].startswith("Reinstall")


@pytest.mark.parametrize("name", ["get Win32_TSLicenseServer", "SetStringValue"])
def test_a_failure_before_anything_was_changed_tells_nothing_else(name: str) -> None:
    rdls = server()

    def lose(called: str) -> None:
        if called == name:
            raise WsmanConnectionLost("the connection broke", outcome_unknown=False)

    rdls.before = lose
    context = FakeContext(rdls)
    with pytest.raises(WsmanConnectionLost):
        DatabaseRebuild(t.cast(ModuleContext, context)).run()
    assert (context.done, context.beside_failure) == ([], {})


def test_a_corrupt_database() -> None:
    options = {"method": "recreate_database", "database_path": FOLDER.replace("\\", "/"), "waive_coverage": True}
    rdls = server(corrupt=True)
    planned = run(rdls, check=True, **options)
    assert planned["deleted_key_packs"] is None
    assert planned["license_server"]["activation_status"] == "unknown"
    assert rdls.changing == []
    result = run(rdls, **options)
    assert result["steps"] == planned["steps"]
    assert result["deleted_key_packs"] is None
    assert result["license_server"]["activated"] is True
    assert rdls.total() == 300
    with pytest.raises(LicensingError, match="waive_coverage"):
        run(server(corrupt=True), method="recreate_database", database_path=FOLDER)


@pytest.mark.parametrize("option", ["change_id", "reason"])
def test_blank_texts_are_refused(option: str) -> None:
    assert invalid(**{option: "  "}) == f"{option}: must not be empty."


@pytest.mark.parametrize(
    "path",
    ["lserver", "\\\\files\\lserver", "C:lserver", "%SystemRoot%\\lserver", "C:\\lserver\\TLSLic.edb", "C:\\a?", ""],
)
def test_a_folder_is_a_full_local_path(path: str) -> None:
    assert "must be the full path of the folder" in invalid(method="recreate_database", database_path=path)


def test_options_that_do_nothing_are_refused() -> None:
    given = {"change_id": "CHG1", "reason": "x", "purchases": [], "database_path": "C:\\lserver"}
    with pytest.raises(OptionsError, match="database_path requires method: recreate_database"):
        validated(argument_spec("database_rebuild"), given, "database_rebuild")
    assert "1 second or more; got 0" in invalid(timeout=0)
