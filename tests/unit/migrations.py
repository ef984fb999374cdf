# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Migrating purchases between two license servers in memory, the way the module cal_migration does it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.acquirer import Acquirer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.migration import Migrator
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.observation import (
    observe,
    observe_rest,
    observe_rest_of_source,
    observe_source,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.settlement import settled_despite_refusal
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import Operation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals, Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.decided_operations import (
    settle_operations,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.migration import (
    MigrationPlan,
    plan_migration,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.resolutions import Resolution

from tests.unit.builders import SOURCE_ID
from tests.unit.fake_license_server import OPERATIONS_KEY, FakeLicenseServer

ADDRESS = "rdls01.contoso.example"


def two_servers(*packs: KeyPack, reaches_source: bool = True, **codes: Cals) -> FakeLicenseServer:
    """A new target, whose C(source) holds these packs and is within its reach or not. C(codes) are retail codes."""
    source = FakeLicenseServer("rdls01", packs=list(packs), license_server_id=SOURCE_ID)
    return FakeLicenseServer(
        "rdls02", source=source, reaches_source=reaches_source, codes=codes, registry={OPERATIONS_KEY: {}}
    )


@dataclass
class Run:
    """One run of a task, and what it told. Time passes only in C(naps)."""

    target: FakeLicenseServer
    purchases: tuple[Purchase, ...]
    remove: bool = True
    operation_timeout: float = 60.0
    coverage: bool = False
    warnings: list[str] = field(default_factory=list)
    naps: list[float] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    outcome_wait: float = 3600
    made: MigrationPlan | None = None
    changed: bool = False
    method: str | None = None
    resolutions: tuple[Resolution, ...] = ()

    @property
    def source(self) -> FakeLicenseServer:
        """The server the CALs come from."""
        assert self.target.source is not None
        return self.target.source

    def plan(self) -> MigrationPlan:
        """Observe both servers and plan."""
        return self._prepare()[0]

    def migrate(self) -> bool:
        """Observe both servers, plan, apply; gives whether anything changed."""
        self.made, migrator = self._prepare()
        return migrator.apply(self.made)

    def note_change(self) -> None:
        """A call took effect, or may have."""
        self.changed = True

    def may_record(self) -> bool:
        """Outside check mode."""
        return True

    def did(self, step: str) -> None:
        """A step was carried out."""
        self.done.append(step)

    def _prepare(self) -> tuple[MigrationPlan, Migrator]:
        target, source = self.target.license_server, self.source.license_server
        situation = observe(target, self.method, outcome_wait=self.outcome_wait)
        situation = observe_rest(target, situation)
        recorded, settled = settle_operations(
            self.resolutions, situation.recorded, situation.packs, target.name, self.purchases
        )
        situation = replace(situation, recorded=recorded)
        origin = observe_source(source, name=None, license_server_id=None)
        origin = observe_rest_of_source(source, origin, ADDRESS, outcome_wait=self.outcome_wait)
        with settled_despite_refusal(target, settled, self):
            made = plan_migration(
                self.purchases,
                situation,
                origin,
                adopt=True,
                require_full_coverage=self.coverage,
                remove_from_source=self.remove,
            )
        acquirer = Acquirer(
            target,
            situation,
            self.operation_timeout,
            self.warnings.append,
            self.done.append,
            self.naps.append,
            note_change=self.note_change,
        )
        migrator = Migrator(acquirer, source, origin, "source_is_being_replaced", self.remove, self.purchases)
        return replace(made, plan=replace(made.plan, steps=(*settled, *made.plan.steps))), migrator


def migrated(server: FakeLicenseServer) -> list[Operation]:
    """The migrations in the record of a target."""
    return [each for each in server.recorded.operations if each.operation == "migrate"]


def removals(server: FakeLicenseServer) -> list[str]:
    """What became of the CALs on the source, migration by migration."""
    return [each.source.removal if each.source else "" for each in migrated(server)]


def imports(server: FakeLicenseServer) -> int:
    """How often the Clearinghouse was asked to move CALs."""
    return sum(name.startswith("Import") for name in server.calls)


def around(
    servers: tuple[FakeLicenseServer, ...],
    before: Callable[[str], None] | None = None,
    after: Callable[[str], None] | None = None,
) -> None:
    """Watch the requests to several servers, or trouble them."""
    for server in servers:
        server.before = before or (lambda name: None)
        server.after = after or (lambda name: None)
