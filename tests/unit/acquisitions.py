# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Installing purchases on the license server in memory, the way the module key_pack does it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.acquirer import Acquirer, Request
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.observation import (
    observe,
    observe_rest,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.settlement import settled_despite_refusal
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.decided_operations import (
    RecordAction,
    settle_operations,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.key_pack_changes import plan_installs
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Step
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.resolutions import Resolution
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.situation import Situation

from tests.unit.fake_license_server import FakeLicenseServer

OPERATION_TIMEOUT = 60.0
METHOD = "InstallAgreementLicenseKeyPack"


@dataclass
class Run:
    """One run of a task, and what it told. Time passes only in C(naps)."""

    server: FakeLicenseServer
    warnings: list[str] = field(default_factory=list)
    naps: list[float] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    changed: bool = False
    outcome_wait: float = 3600
    resolutions: tuple[Resolution, ...] = ()
    while_asleep: Callable[[], None] = lambda: None

    def sleep(self, seconds: float) -> None:
        """Let time pass, and with it what happens meanwhile."""
        self.naps.append(seconds)
        self.while_asleep()

    def install(self, *purchases: Purchase, method: str | None = None, adopt: bool = True) -> bool:
        """Observe, plan, apply; gives whether anything changed."""
        server = self.server.license_server
        situation = observe(server, method, outcome_wait=self.outcome_wait)
        situation = observe_rest(server, situation)
        recorded, settled = settle_operations(
            self.resolutions, situation.recorded, situation.packs, server.name, purchases
        )
        situation = replace(situation, recorded=recorded)
        with settled_despite_refusal(server, settled, self):
            _decisions, plan = plan_installs(purchases, situation, adopt=adopt)
        acquirer = Acquirer(
            server,
            situation,
            OPERATION_TIMEOUT,
            self.warnings.append,
            self.done.append,
            self.sleep,
            note_change=self.note_change,
        )
        return acquirer.apply((*settled, *plan.steps), Request("install", "installing", purchases))

    def note_change(self) -> None:
        """A call took effect, or may have."""
        self.changed = True

    def may_record(self) -> bool:
        """Outside check mode."""
        return True

    def did(self, step: str) -> None:
        """A step was carried out."""
        self.done.append(step)


def settle(server: Situation, *purchases: Purchase) -> tuple[Situation, list[Step[RecordAction]]]:
    """A server as it is planned for: the outcomes that are seen are in its record, by these steps."""
    recorded, steps = settle_operations((), server.recorded, server.packs, server.server, purchases)
    return replace(server, recorded=recorded), steps


def asked(server: FakeLicenseServer) -> int:
    """How often the Clearinghouse was asked for CALs."""
    return sum(name.startswith(("Install", "Import", "Reinstall")) for name in server.calls)
