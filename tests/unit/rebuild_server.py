# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The license server in memory, with its service and its database file: what a rebuild is done to."""

from __future__ import annotations

import typing as t
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.acquirer import Acquirer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.call_and_verify import Verifier
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.rebuild_observation import (
    Looking,
    observe_rebuild,
    observe_resolutions,
    read_record,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.rebuilder import (
    Rebuilder,
    apply_resolutions,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.settlement import settled_despite_refusal
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.instances import CimInstance
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.schema import CimClass
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import GIVEN_UP
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_classes import (
    CIM_DATA_FILE,
    TS_LICENSE_KEY_PACK,
    TS_LICENSE_SERVER,
    WIN32_OPERATING_SYSTEM,
    WIN32_SERVICE,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquired_packs import find_acquired_pack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Plan
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.rebuild_plan import (
    RebuildPlan,
    Wanted,
    earlier_rebuild,
    plan_rebuild,
    settle_for,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.rebuild_resolution import (
    CloseOperation,
    ResolutionAction,
    plan_rebuild_resolutions,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.resolutions import parse_resolutions
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanFault

from tests.unit.builders import built_in_pack, pack, purchase, temporary_pack
from tests.unit.fake_license_server import Answer, FakeLicenseServer

FOLDER = "C:\\Windows\\system32\\lserver"
DATABASE = FOLDER + "\\TLSLic.edb"
CHANGE = "CHG1"
NAME = "rdls02"

PER_USER = purchase(250)
PER_DEVICE = purchase(50, program="select", number="7654321", cal_type=0)
PURCHASES = (PER_USER, PER_DEVICE)


def holding_two() -> list[KeyPack]:
    """What PURCHASES brought, beside what every license server has by itself."""
    return [built_in_pack(2), pack(3, 250), pack(4, 50, cal_type=0), temporary_pack(13)]


def wanted(**options: t.Any) -> Wanted:
    """A confirmed rebuild that reinstalls both purchases, unless told otherwise."""
    return Wanted(
        **{
            "purchases": PURCHASES,
            "change_id": CHANGE,
            "reason": "damaged",
            "confirm_deletion": True,
            **options,
        }
    )


@dataclass
class Clock:
    """Time that passes only while somebody sleeps."""

    now: float = 0.0

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    def __call__(self) -> float:
        return self.now


@dataclass
class RebuildServer(FakeLicenseServer):
    """A license server whose service can be stopped, and whose database can be corrupt and can be put aside.

    C(files) are the full paths of the files there, each with the packs in it. C(states) are states of the service to be
    told before the real one. C(mute) is how many readings the provider does not respond to after a start.
    """

    running: bool = True
    corrupt: bool = False
    files: dict[str, list[KeyPack]] = field(default_factory=lambda: {DATABASE: []})
    states: list[str] = field(default_factory=list)
    mute: int = 0
    keeps_activation: bool = True
    selected: list[str] = field(default_factory=list)

    def get(self, cim_class: CimClass, selectors: Mapping[str, t.Any] | None = None) -> CimInstance:
        """Only while the provider answers."""
        if cim_class is TS_LICENSE_SERVER:
            self._require_provider()
        return super().get(cim_class, selectors)

    def enumerate(self, cim_class: CimClass, query: str | None = None) -> Iterator[CimInstance]:
        """Key packs only while the provider answers; also the service and the file that a query names."""
        if cim_class in (WIN32_SERVICE, CIM_DATA_FILE):
            name = _named(query or "")
            look = self._service if cim_class is WIN32_SERVICE else self._file
            return iter(self._request(f"enumerate {cim_class.name}", lambda: look(name)))
        if cim_class is not WIN32_OPERATING_SYSTEM:
            self._require_provider()
        return super().enumerate(cim_class, query)

    def _require_provider(self) -> None:
        if self.mute and self.running:
            self.mute -= 1
            raise WsmanFault("not yet", code=0x80338000, wmi_code=0x80041004)
        if not self.running or self.corrupt:
            raise WsmanFault("no database", code=0x80338000, wmi_code=0x80041014)

    def _service(self, name: str) -> list[CimInstance]:
        if name != "TermServLicensing":
            return []
        state = self.states.pop(0) if self.states else "Running" if self.running else "Stopped"
        return [CimInstance(WIN32_SERVICE, "Win32_Service", {"Name": name, "State": state})]

    def _file(self, name: str) -> list[CimInstance]:
        return [CimInstance(CIM_DATA_FILE, "CIM_DataFile", {"Name": name})] if name in self.files else []

    def _call(
        self, cim_class: CimClass, method: str, given: dict[str, t.Any], selectors: Mapping[str, t.Any]
    ) -> Answer:
        if method in self.refusals:
            return self.refusals[method], {}
        if cim_class in (TS_LICENSE_SERVER, TS_LICENSE_KEY_PACK):
            self._require_provider()
        if method == "StopService":
            return self._stop()
        if method == "StartService":
            return self._start()
        if method == "Rename":
            return self._rename(selectors["Name"], given["FileName"])
        return super()._call(cim_class, method, given, selectors)

    def _stop(self) -> Answer:
        if not self.running:
            return 5, {}
        self.running = False
        return 0, {}

    def _start(self) -> Answer:
        if self.running:
            return 10, {}
        self.running = True
        if DATABASE not in self.files:
            # A new database holds what Windows itself puts there, and gives out its numbers anew.
            self.files[DATABASE] = []
            self.packs = [built_in_pack(2)]
            self.corrupt = False
            self.status = 0 if self.keeps_activation else 1
        return 0, {}

    def _rename(self, name: str, new_name: str) -> Answer:
        if self.running:
            return 15, {}
        assert name in self.files
        if new_name in self.files:
            return 10, {}
        self.files[new_name] = [*self.files.pop(name), *self.packs]
        return 0, {}


def _named(query: str) -> str:
    """The name that a query asks for."""
    return query.partition("Name = '")[2][:-1].replace("\\\\", "\\").replace("\\'", "'")


class HasLicenseServer(t.Protocol):
    """A server of a test."""

    @property
    def license_server(self) -> LicenseServer:
        """The collection's view of it."""


def administrator_decides(server: HasLicenseServer) -> None:
    """Give up reinstallations without outcome whose CALs are not there, as with resolve_operations."""
    there = server.license_server
    for operation in there.recorded_operations().all_unfinished:
        if operation.operation != "reinstall":
            continue
        if find_acquired_pack(operation.before, there.key_packs(), operation.cals, ()) is None:
            there.record.write(operation.finish(GIVEN_UP, operation.started))


@dataclass
class Run:
    """One run of the task, as a process of its own would make it. C(resolve) are outcomes by operation ID."""

    server: HasLicenseServer
    wanted: Wanted
    method: str | None = None
    database_path: str | None = None
    timeout: float = 300
    operation_timeout: float = 60
    resolve: dict[str, str] = field(default_factory=dict)
    outcome_wait: float = 0
    warnings: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        entries = [{"operation": operation, "outcome": outcome} for operation, outcome in self.resolve.items()]
        self.wanted = replace(self.wanted, resolutions=parse_resolutions(entries))

    def plan(self) -> RebuildPlan:
        """Look and decide, as check mode does."""
        there = self.server.license_server
        record = read_record(there, self.wanted.change_id)
        closed = [each.action for each in self._resolutions(there, record).steps]
        for each in closed:
            if isinstance(each, CloseOperation):
                record = record.including(replace(each.operation, status=each.status))
        return plan_rebuild(self.wanted, observe_rebuild(there, record, self._looking))

    def go(self) -> Rebuilder:
        """Look, decide and act."""
        there = self.server.license_server
        verifier = Verifier(self.operation_timeout, self.warnings.append, sleep=self.clock.sleep)
        resolutions = self._resolutions(there, read_record(there, self.wanted.change_id))
        self.warnings += resolutions.warnings
        apply_resolutions(there, resolutions.steps, verifier, self.timeout, self.clock)
        record = read_record(there, self.wanted.change_id)
        observed = observe_rebuild(there, record, self._looking)
        with settled_despite_refusal(there, settle_for(self.wanted, observed)[1], self):
            plan = plan_rebuild(self.wanted, observed)
        acquirer = Acquirer(
            there,
            observed.situation,
            self.operation_timeout,
            self.warnings.append,
            self.done.append,
            sleep=self.clock.sleep,
        )
        earlier = earlier_rebuild(self.wanted.change_id, acquirer.recorded)
        rebuilder = Rebuilder(there, acquirer, self.wanted, earlier, self.timeout, verifier, clock=self.clock)
        rebuilder.apply(plan.plan.steps)
        return rebuilder

    def may_record(self) -> bool:
        """Outside check mode."""
        return True

    def did(self, step: str) -> None:
        """A step was carried out."""
        self.done.append(step)

    def note_change(self) -> None:
        """A call took effect, or may have."""

    @property
    def _looking(self) -> Looking:
        wanted = self.wanted
        return Looking(wanted.change_id, wanted.method, self.method, self.database_path, self.outcome_wait)

    def _resolutions(self, there: LicenseServer, record: OperationRecord) -> Plan[ResolutionAction]:
        evidence, service = observe_resolutions(there, record, self.wanted.resolutions)
        return plan_rebuild_resolutions(NAME, evidence, service)
