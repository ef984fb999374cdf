# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carry out a rebuild: record the key packs, delete them, verify that, and reinstall the purchases one by one.

Every step can be interrupted and is taken up again by the next run under the same change ID: what is deleted is read
from the server and from the record, never assumed.
"""

from __future__ import annotations

import ntpath
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.acquirer import Acquirer, Request
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.call_and_verify import Verifier
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.licensing_service import (
    ProviderSilent,
    ServiceControl,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.data_file import DataFiles
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import (
    AnotherController,
    LicensingError,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import (
    Activation,
    LicenseServer,
    ServerProperties,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    DONE,
    INTENDED,
    NOT_DONE,
    REBUILD,
    Operation,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.recorded_rebuild import (
    RecordedPack,
    RecordedRebuild,
    list_recorded,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.windows_service import WindowsService
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquisition_steps import (
    Acquire,
    Adopt,
    Forget,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.decided_operations import (
    DiscardValue,
    WriteOperation,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Step
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.rebuild_deletion import (
    RECREATE,
    DeletePack,
    FinishDeletion,
    RecordDeletion,
    RenameDatabase,
    ReportDeletion,
    StartService,
    StopService,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.rebuild_plan import (
    RebuildAction,
    Wanted,
    activation_lost,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.rebuild_resolution import (
    CloseOperation,
    ResolutionAction,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanError, WsmanTimeout


@dataclass
class Rebuilder:
    """Carries out the steps of a rebuild plan on one server.

    Attributes:
        operation: the rebuild's entry in the record, as an earlier run of the change left it.
        timeout: seconds that the service gets to stop and to start, and then the provider to answer.
        activation, properties: as they were before, and as they are once the CALs are deleted.
    """

    server: LicenseServer
    acquirer: Acquirer
    wanted: Wanted
    operation: Operation | None
    timeout: float
    verifier: Verifier
    clock: Callable[[], float] = time.monotonic
    changed: bool = False
    activation: Activation = field(init=False)
    properties: ServerProperties = field(init=False)
    _begun_now: bool = False
    _stopped_now: bool = False

    def __post_init__(self) -> None:
        self.activation = self.acquirer.situation.activation
        self.properties = self.acquirer.situation.properties
        service = WindowsService(self.server.session)
        self.service = ServiceControl(service, self.verifier, self.timeout, self.clock)
        self.files = DataFiles(self.server.session)

    def apply(self, steps: Sequence[Step[RebuildAction]]) -> None:
        """Do the steps in their order.

        Raises:
            LicensingError, WsmanError: a step could not be done. Running the task again with the same change ID goes on
                from there.
        """
        try:
            self._apply_in_order(steps)
        except (LicensingError, WsmanError):
            self._note_report()
            raise
        self._note_report()

    def _note_report(self) -> None:
        """This task reports what it deleted; after a run that could not, the next one does."""
        if self.operation and self.operation.status == DONE and not self.operation.reported:
            with suppress(LicensingError, WsmanError):
                self._write(replace(self.operation, reported=True))

    def _apply_in_order(self, steps: Sequence[Step[RebuildAction]]) -> None:
        reinstalls = any(isinstance(step.action, Acquire) for step in steps)
        if steps and self.operation and self.operation.unfinished:
            self._take_over(self.operation)
        for step in steps:
            if self._apply(step, reinstalls=reinstalls):
                self.changed = True
                self.acquirer.did(step.text)

    def _apply(self, step: Step[RebuildAction], *, reinstalls: bool) -> bool:
        """Do one step; gives whether it changed anything that is not accounted for yet."""
        action = step.action
        if isinstance(action, DeletePack | StopService | RenameDatabase):
            self._require_alone()
        match action:
            case RecordDeletion():
                self._record(action)
            case DeletePack(pack):
                self._delete(pack)
            case StopService():
                self._require_nothing_came()
                self._stopped_now = True
                self.service.stop()
            case RenameDatabase():
                self._rename()
            case StartService():
                self.service.start()
            case FinishDeletion():
                self._finish_deletion(action)
                self.changed |= step.changes
                self._require_activated(reinstalls)
                return False
            case ReportDeletion():
                pass
            case Acquire() | Adopt() | Forget() | WriteOperation() | DiscardValue():
                self.acquirer.carry_out(action, self._request())
                return step.changes
        return True

    def _request(self) -> Request:
        return Request(
            "reinstall",
            "reinstalling",
            self.wanted.purchases,
            change_id=self.wanted.change_id,
            reason=self.wanted.reason,
        )

    def _take_over(self, earlier: Operation) -> None:
        """Continue what another run began: of two runs that do so at once, the one that deletes its intention may."""
        mine = replace(earlier, timeout=self.verifier.operation_timeout, reported=False)
        self.operation = self.server.record.begin(mine, self.acquirer.recorded)
        older = [
            each for each in self.acquirer.recorded.rebuilds if each.unfinished and each.change_id == mine.change_id
        ]
        withdrawn = [self.server.record.withdraw(each) for each in older]
        if not all(withdrawn):
            self.server.record.withdraw(self.operation)
            raise AnotherController(
                f"{self.server.name}: another run continues change {mine.change_id} at this moment. Run the task again "
                f"when it has ended."
            )
        gone = {each.operation_id for each in older}
        kept = [each for each in self.acquirer.recorded.operations if each.operation_id not in gone]
        self.acquirer.recorded = OperationRecord((*kept, self.operation))

    def _require_alone(self) -> None:
        """No other run may be at work; a service that this run has stopped does not stay stopped for that."""
        try:
            self.server.record.require_alone(self._entry)
        except AnotherController as another:
            if self._stopped_now:
                try:
                    self.service.start()
                except (LicensingError, WsmanError) as trouble:
                    raise LicensingError(f"{another} The service could not be started again: {trouble}") from another
            raise

    def _require_nothing_came(self) -> None:
        """What somebody installs once the key packs are read goes with the database: look again just before.

        Raises:
            LicensingError: there are CALs for which nobody could account; nothing is deleted.
        """
        recorded = self._rebuild.packs
        if recorded is None:
            return
        try:
            packs = self.server.key_packs()
        except (CallRefused, WsmanTimeout):
            if self.acquirer.situation.packs:
                raise
            # The provider of a corrupt database does not respond now either.
            return
        held = [pack for pack in packs if pack.purchased and pack.cals.quantity > 0]
        came = [RecordedPack.of(pack) for pack in held if not any(each.is_pack(pack) for each in recorded)]
        if came:
            if self._begun_now:
                self._write(self._entry.finish(NOT_DONE, self.server.timestamp()))
            raise LicensingError(
                f"{self.server.name}: {list_recorded(came)} was added while this task ran, and recreating the database "
                f"would delete it. Nothing was deleted. Run the task again, with the purchase of these CALs in "
                f"purchases, or with waive_coverage: true to lose them."
            )

    def _record(self, action: RecordDeletion) -> None:
        """Nothing is deleted before the record on the server says what was there."""
        started = self.server.timestamp()
        rebuild = action.rebuild
        if rebuild.method == RECREATE and rebuild.kept_as is None:
            rebuild = replace(rebuild, kept_as=_dated(rebuild.database_file or "", started))
        if action.earlier:
            self._write(replace(self._entry, rebuild=rebuild))
            return
        operation = Operation(
            REBUILD,
            INTENDED,
            started,
            connection_method=self.acquirer.situation.connection_method,
            change_id=self.wanted.change_id,
            reason=self.wanted.reason,
            rebuild=rebuild,
            timeout=self.verifier.operation_timeout,
        )
        self.operation = self.server.record.begin(operation, self.acquirer.recorded)
        self.acquirer.recorded = self.acquirer.recorded.including(self.operation)
        self._begun_now = True

    def _delete(self, pack: RecordedPack) -> None:
        what = f"deleting {pack.title}"

        def look() -> tuple[KeyPack, ...] | None:
            packs = self.server.key_packs()
            return None if _left([pack], packs) else packs

        try:
            self.verifier.call(
                f"{self.server.name}: {what}", lambda: self.server.uninstall(pack.key_pack_id, what), look
            )
        except CallRefused:
            self._abandon()
            raise

    def _abandon(self) -> None:
        """Close a change that provably deleted nothing, so that it does not block another one."""
        recorded = self._rebuild.packs or ()
        if self._begun_now and len(_left(recorded, self.server.key_packs())) == len(recorded):
            self._write(self._entry.finish(NOT_DONE, self.server.timestamp()))

    def _rename(self) -> None:
        file, kept_as = self._rebuild.database_file or "", self._rebuild.kept_as or ""
        what = f"{self.server.name}: renaming {file} to {ntpath.basename(kept_as)}"
        try:
            self.verifier.call(
                what, lambda: self.files.rename(file, kept_as), lambda: self.files.exists(kept_as) or None
            )
        except (LicensingError, WsmanError) as error:
            self._restart(error, kept_as)

    def _restart(self, error: LicensingError | WsmanError, kept_as: str) -> None:
        """The database file has its old name: start the service with it."""
        try:
            self.service.start()
        except (LicensingError, WsmanError) as trouble:
            raise LicensingError(
                f"{error} The service was stopped for that and could not be started again: {trouble} Start it, or run "
                f"the task again with the same change_id."
            ) from error
        try:
            renamed = self.files.exists(kept_as)
        except (LicensingError, WsmanError):
            # The cause matters more than that the file cannot be looked at now; the next run looks again.
            raise LicensingError(
                f"{error} The service is running again. Run the task again with the same change_id."
            ) from error
        if renamed:
            self.acquirer.warn(f"{error} The file was renamed anyway.")
            return
        if self._begun_now:
            self._write(self._entry.finish(NOT_DONE, self.server.timestamp()))
        raise LicensingError(f"{error} The service is running again, and the database is unchanged.") from error

    def _finish_deletion(self, action: FinishDeletion) -> None:
        """Read what the server holds now, and write down that the CALs are deleted."""
        recreated = self._rebuild.method == RECREATE
        packs = self._packs_once_answered() if recreated else self.server.key_packs()
        left = [pack for pack in packs if pack.purchased and pack.cals.quantity > 0]
        still = [RecordedPack.of(pack) for pack in left] if action.gone is None else _left(action.gone, left)
        if still:
            raise LicensingError(
                f"{self.server.name}: the server reported success for deleting the CALs, but still shows "
                f"{list_recorded(still)}. Check Licensing Manager, and run the task again with the same change_id."
            )
        self.acquirer.packs = packs
        self._write(self._entry.finish(DONE, self.server.timestamp()))
        self.activation = self.server.activation()
        if recreated:
            self.properties = self.server.properties()

    def _packs_once_answered(self) -> tuple[KeyPack, ...]:
        """The key packs, as soon as the provider tells them from the new database."""
        try:
            return self.service.key_packs_once_answered(self.server)
        except ProviderSilent as error:
            raise LicensingError(
                f"{error} The database was replaced (the old one is kept as {self._rebuild.kept_as}) and the service "
                f"was started, but its provider did not respond within {self.timeout:.0f} s. Check the licensing event "
                f"log, and run the task again with the same change_id."
            ) from error

    def _require_activated(self, reinstalls: bool) -> None:
        """Whether a new database keeps the activation is not documented, so it is read."""
        if self.activation.activated:
            return
        lost = activation_lost(self.server.name, self.wanted.change_id)
        if reinstalls:
            raise LicensingError(lost)
        self.acquirer.warn(lost)

    @property
    def _entry(self) -> Operation:
        if self.operation is None:
            raise ValueError("the rebuild is not in the record yet")
        return self.operation

    @property
    def _rebuild(self) -> RecordedRebuild:
        if self._entry.rebuild is None:
            raise ValueError("the entry in the record is no rebuild")
        return self._entry.rebuild

    def _write(self, operation: Operation) -> None:
        self.operation = operation
        self.acquirer.write(operation)


def apply_resolutions(
    server: LicenseServer,
    steps: Sequence[Step[ResolutionAction]],
    verifier: Verifier,
    timeout: float,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Close operations as an administrator decided, and start the service that they left stopped."""
    for step in steps:
        match step.action:
            case CloseOperation(operation, status):
                server.record.write(operation.finish(status, server.timestamp()))
            case StartService():
                service = ServiceControl(WindowsService(server.session), verifier, timeout, clock)
                service.start()
                service.key_packs_once_answered(server)


def _left(recorded: Sequence[RecordedPack], packs: Sequence[KeyPack]) -> list[RecordedPack]:
    """Of recorded packs, those that are still there."""
    return [each for each in recorded if any(each.is_pack(pack) and pack.cals.quantity > 0 for pack in packs)]


def _dated(file: str, moment: str) -> str:
    """The name under which a file is kept: the same folder, so the same drive, and the moment (UTC) in the name."""
    stem, extension = ntpath.splitext(file)
    return f"{stem}-{moment.replace('-', '').replace(':', '')}{extension}"
