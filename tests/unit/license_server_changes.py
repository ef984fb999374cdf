# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changing the license server in memory, the way the module license_server does it."""

from __future__ import annotations

import typing as t
from collections.abc import Callable

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.call_and_verify import Verifier
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.license_server_changes import (
    LicenseServerChanger,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.license_server_plan import (
    Observed,
    Wanted,
    plan_license_server,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.unfinished_operations import OutcomeRule
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanConnectionLost,
    WsmanError,
    WsmanFault,
    WsmanTimeout,
)

from tests.unit.fake_license_server import OPERATIONS_KEY, FakeLicenseServer

REACTIVATION: dict[str, t.Any] = {"state": "reactivated", "reason": "server_upgraded", "change_id": "CHG1"}
NO_ANSWER = [WsmanTimeout("too slow"), WsmanConnectionLost("gone"), WsmanFault("half way", outcome_unknown=True)]


def new_server(status: int = 1) -> FakeLicenseServer:
    """A server that is not activated yet, unless told otherwise."""
    return FakeLicenseServer(status=status, registry={OPERATIONS_KEY: {}})


def change(
    server: FakeLicenseServer, method: str = "automatic", outcome_wait: float = 3600, **options: t.Any
) -> list[str]:
    """Observe, plan, apply; gives the steps that were done."""
    wanted = Wanted(**options)
    there = server.license_server
    registrations = there.registrations(list(wanted.registrations))
    rule = OutcomeRule(there.now(), outcome_wait)
    observed = Observed(
        "rdls02", there.properties(), there.activation(), registrations, there.recorded_operations(), method, rule
    )
    server.calls.clear()
    done: list[str] = []
    verifier = Verifier(60, server.warnings.append, server.note_change, sleep=lambda _seconds: None)
    changer = LicenseServerChanger(there, wanted, observed, verifier, done.append)
    changer.apply(plan_license_server(wanted, observed).plan.steps)
    return done


def entries(server: FakeLicenseServer) -> list[tuple[str, str]]:
    """Operations of the record and their status."""
    return [(each.operation, each.status) for each in server.recorded.operations]


def failing(name: str, error: WsmanError) -> Callable[[str], None]:
    """Raise an error around one kind of request."""

    def fail(request: str) -> None:
        if request == name:
            raise error

    return fail
