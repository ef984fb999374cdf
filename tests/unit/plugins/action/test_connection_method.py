# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module connection_method where something it does not know was written into the record."""

from __future__ import annotations

import typing as t
from types import SimpleNamespace

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.action.connection_method import ActionModule
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.action import ModuleContext
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError

from tests.unit.fake_license_server import RECORD_KEY, FakeLicenseServer


@pytest.fixture
def server() -> FakeLicenseServer:
    """A server whose recorded method somebody changed by hand."""
    return FakeLicenseServer(registry={RECORD_KEY: {"ConnectionMethod": "fax"}})


def perform(server: FakeLicenseServer, wanted: str | None, *, check: bool = False) -> dict[str, t.Any]:
    """The result of a task."""
    context = SimpleNamespace(
        params={"connection_method": wanted},
        check_mode=check,
        diff_mode=True,
        open=lambda: SimpleNamespace(session=server),
        note_change=lambda: None,
        may_apply=lambda *_plan, **_rests_on: not check,
    )
    return ActionModule.perform(ActionModule.__new__(ActionModule), t.cast(ModuleContext, context))


def test_reading_says_how_to_set_it_again(server: FakeLicenseServer) -> None:
    with pytest.raises(LicensingError, match=r"set it again with winfleet\.rd_licensing\.connection_method\."):
        perform(server, None)


def test_setting_it_again_works(server: FakeLicenseServer) -> None:
    result = perform(server, "telephone")
    assert (result["changed"], result["previous"], result["connection_method"]) == (True, None, "telephone")
    assert server.registry[RECORD_KEY] == {"ConnectionMethod": "telephone"}
    assert perform(server, "telephone")["changed"] is False


def test_check_mode_leaves_it(server: FakeLicenseServer) -> None:
    assert perform(server, "telephone", check=True)["changed"] is True
    assert server.registry[RECORD_KEY] == {"ConnectionMethod": "fax"}
    assert server.changing == []
