# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two controllers rebuild one license server at the same moment: nothing is reinstalled twice, and one stops.

One run is stopped before each of its messages in turn, the other one runs from beginning to end, the first goes on.
"""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.rebuild_deletion import (
    METHODS,
    RECREATE,
)

from tests.unit.plugins.plugin_utils._applying.test_rebuild_fault_forms import run, simulated
from tests.unit.simulated_server import SimulatedServer

REINSTALL = "ReinstallAgreementLicenseKeyPack"


def interleave(server: SimulatedServer, at: int, method: str, other_change: str) -> list[str]:
    """The other run begins before a message of the first; gives what stopped either of them."""
    stopped = []
    server.messages = 0

    def begin_the_other(number: int) -> None:
        if number == at:
            server.before = lambda _number: None
            try:
                run(server, method, change_id=other_change).go()
            except LicensingError as error:
                stopped.append(str(error))

    server.before = begin_the_other
    try:
        run(server, method).go()
    except LicensingError as error:
        stopped.append(str(error))
    server.before = lambda _number: None
    return stopped


def messages_of(method: str) -> int:
    server = simulated("recorded")
    run(server, method).go()
    return server.messages


@pytest.mark.parametrize("method", METHODS)
def test_the_same_change(method: str) -> None:
    for at in range(1, messages_of(method) + 1):
        server = simulated("recorded")
        stopped = interleave(server, at, method, "CHG1")
        label = f"message {at}: {stopped}"
        for _attempt in range(3):
            try:
                run(server, method).go()
            except LicensingError:
                continue
            break
        assert server.purchased() == [50, 250], label
        assert server.called(REINSTALL) == [REINSTALL] * 2, label
        assert server.called("Rename") == (["Rename"] if method == RECREATE else []), label
        assert run(server, method).plan().plan.steps == (), label


@pytest.mark.parametrize("method", METHODS)
def test_two_changes(method: str) -> None:
    """Each change deletes and reinstalls once, one after the other, or one of them stops."""
    for at in range(1, messages_of(method) + 1, 2):
        server = simulated("recorded")
        stopped = interleave(server, at, method, "CHG2")
        label = f"message {at}: {stopped}"
        for change in ("CHG1", "CHG2", "CHG1"):
            try:
                run(server, method, change_id=change).go()
            except LicensingError as error:
                stopped.append(str(error))
        assert server.purchased() == [50, 250], f"{label} {stopped}"
        assert len(server.called(REINSTALL)) <= 4, label
