# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a rebuild deletes the CALs of a server: which key packs go, which stay, and the steps that do it.

Two ways: uninstall every purchased pack, as the wizard does; or, where the database is corrupt, have the service make a
new one while the old file is kept under another name.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import Operation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.recorded_rebuild import (
    RecordedPack,
    RecordedRebuild,
    list_recorded,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.windows_service import (
    LICENSING_SERVICE,
    RUNNING,
    STOPPED,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Step
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.resolutions import (
    HAD_NO_EFFECT,
    how_to_resolve,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.situation import Situation

UNINSTALL: t.Final = "uninstall_key_packs"
RECREATE: t.Final = "recreate_database"
METHODS: t.Final = (UNINSTALL, RECREATE)


@dataclass(frozen=True)
class DatabaseState:
    """The licensing service and its database file, as they were read.

    Attributes:
        service: state of the service, in lower case.
        file: full path of the database file.
        file_exists: whether it is there.
        kept_exists: whether an earlier run of the same change has renamed it already.
    """

    service: str
    file: str
    file_exists: bool
    kept_exists: bool = False


@dataclass(frozen=True)
class Observed:
    """A license server before its rebuild.

    Attributes:
        situation: the server as it was read; blank where the provider does not answer.
        unreadable: why the provider does not answer, one line; None when it does.
        database: service and file; None where only the provider matters.
        complete: whether more than the record and the key packs was read.
    """

    situation: Situation
    unreadable: str | None = None
    database: DatabaseState | None = None
    complete: bool = True


@dataclass(frozen=True)
class RecordDeletion:
    """Write down what is there and how it is deleted, before anything is."""

    rebuild: RecordedRebuild
    earlier: Operation | None


@dataclass(frozen=True)
class DeletePack:
    """Uninstall one purchased key pack."""

    pack: RecordedPack


@dataclass(frozen=True)
class StopService:
    """Stop the licensing service."""


@dataclass(frozen=True)
class RenameDatabase:
    """Give the database file a dated name in its folder."""


@dataclass(frozen=True)
class StartService:
    """Start the licensing service, which creates a database if none exists."""


@dataclass(frozen=True)
class FinishDeletion:
    """Verify that the CALs are gone, and record it.

    C(gone) are the packs that must not be there any more; None for any purchased pack.
    """

    gone: tuple[RecordedPack, ...] | None


@dataclass(frozen=True)
class ReportDeletion:
    """Report the deletion of an earlier run that could not report it."""


DeletionAction = RecordDeletion | DeletePack | StopService | RenameDatabase | StartService | FinishDeletion


@dataclass(frozen=True)
class Deletion:
    """What is deleted, the steps, the packs that stay, and what the user should know."""

    rebuild: RecordedRebuild
    steps: tuple[Step[DeletionAction], ...]
    remaining: tuple[KeyPack, ...]
    warnings: tuple[str, ...] = ()


def plan_deletion(method: str, change_id: str, observed: Observed, earlier: Operation | None) -> Deletion:
    """Decide how to delete, or to go on deleting, what a server holds.

    Args:
        earlier: the same change as an earlier run left it, if there was one.

    Raises:
        Refused: the database file is not where it should be, or the service that an earlier run stopped is needed.
    """
    recorded = earlier.rebuild if earlier else None
    database = observed.database
    # A database that was renamed once is never renamed again, whatever the task says now.
    renamed = database is not None and database.kept_exists
    if database is not None and (method == RECREATE or renamed):
        return _recreate(change_id, observed, database, earlier, recorded)
    if earlier and database and observed.unreadable:
        raise Refused(
            f"{observed.unreadable} Change {change_id} has begun to recreate the database, and the service "
            f"{LICENSING_SERVICE} is {database.service}. Continue with method: recreate_database, or give it up with "
            f"{how_to_resolve(earlier, HAD_NO_EFFECT)}, which starts the service."
        )
    return _uninstall(change_id, observed.situation, earlier, recorded)


def installed(situation: Situation) -> tuple[RecordedPack, ...]:
    """The packs that hold purchased CALs. Built-in and temporary ones are not among them."""
    return tuple(RecordedPack.of(pack) for pack in situation.packs if pack.purchased and pack.cals.quantity > 0)


def _uninstall(
    change_id: str, situation: Situation, earlier: Operation | None, recorded: RecordedRebuild | None
) -> Deletion:
    there = installed(situation)
    doomed = there
    warnings: tuple[str, ...] = ()
    rebuild = RecordedRebuild(UNINSTALL, there)
    if earlier and recorded and recorded.packs is not None:
        rebuild = RecordedRebuild(UNINSTALL, recorded.packs)
        doomed, later = _still_there(recorded.packs, situation, earlier)
        if later:
            came = list_recorded(later)
            warnings = (f"{situation.server}: {came} was added after change {change_id} began, and is not deleted.",)
    steps = _recording(rebuild, change_id, situation.server, earlier)
    steps += [Step(f"Delete {pack.title} from {situation.server}", DeletePack(pack)) for pack in doomed]
    deleted_before = recorded is not None and len(recorded.packs or ()) > len(doomed)
    steps.append(_finish(situation.server, change_id, doomed, reports=deleted_before))
    gone = {pack.key_pack_id for pack in doomed}
    remaining = tuple(pack for pack in situation.packs if pack.key_pack_id not in gone)
    return Deletion(rebuild, tuple(steps), remaining, warnings)


def _still_there(
    recorded: tuple[RecordedPack, ...], situation: Situation, earlier: Operation
) -> tuple[tuple[RecordedPack, ...], tuple[RecordedPack, ...]]:
    """Of what is installed: what an interrupted run has yet to delete, and what came since.

    Numbers may be given out anew, so a pack that the record gives to a later operation is not the one of before.
    """
    claims = situation.recorded.claims
    doomed: list[RecordedPack] = []
    later: list[RecordedPack] = []
    for pack in situation.packs:
        if pack.purchased and pack.cals.quantity > 0:
            claim = claims.get(pack.key_pack_id)
            old = any(each.is_pack(pack) for each in recorded) and not (claim and claim.sequence > earlier.sequence)
            (doomed if old else later).append(RecordedPack.of(pack))
    return tuple(doomed), tuple(later)


def _recreate(
    change_id: str,
    observed: Observed,
    database: DatabaseState,
    earlier: Operation | None,
    recorded: RecordedRebuild | None,
) -> Deletion:
    situation = observed.situation
    if database.kept_exists and recorded:
        rebuild, remaining = recorded, situation.packs
        steps = [] if database.service == RUNNING else [_start(situation.server)]
        gone: tuple[RecordedPack, ...] | None = ()
    else:
        _require_file(situation.server, database)
        rebuild = _to_recreate(observed, database, recorded)
        remaining = tuple(pack for pack in situation.packs if not pack.purchased)
        steps = _recording(rebuild, change_id, situation.server, earlier)
        if database.service != STOPPED:
            steps.append(Step(f"Stop the service {LICENSING_SERVICE} on {situation.server}", StopService()))
        steps.append(Step(f"Rename the database file {database.file} to a dated name beside it", RenameDatabase()))
        steps.append(_start(situation.server))
        gone = None
    verb = "Wait until the licensing provider responds, verify"
    steps.append(_finish(situation.server, change_id, gone, verb, reports=gone == ()))
    return Deletion(rebuild, tuple(steps), remaining)


def _to_recreate(observed: Observed, database: DatabaseState, recorded: RecordedRebuild | None) -> RecordedRebuild:
    packs = None if observed.unreadable else installed(observed.situation)
    kept_as = None
    if recorded:
        packs = _merged(recorded.packs, packs)
        kept_as = recorded.kept_as if recorded.database_file == database.file else None
    return RecordedRebuild(RECREATE, packs, database.file, kept_as)


def _merged(
    recorded: tuple[RecordedPack, ...] | None, there: tuple[RecordedPack, ...] | None
) -> tuple[RecordedPack, ...] | None:
    """The recorded key packs and those that were added since: all of them go with the database."""
    if recorded is None or there is None:
        return there if recorded is None else recorded
    return recorded + tuple(pack for pack in there if not any(each.is_pack(pack.as_key_pack()) for each in recorded))


def _require_file(server: str, database: DatabaseState) -> None:
    if database.file_exists:
        return
    stopped = "" if database.service == RUNNING else f" The service {LICENSING_SERVICE} is {database.service}."
    raise Refused(
        f"{server}: there is no database file {database.file}. Set database_path to its folder, which was chosen when "
        f"the role service was installed (by default System32\\lserver in the Windows folder).{stopped}"
    )


def _recording(
    rebuild: RecordedRebuild, change_id: str, server: str, earlier: Operation | None
) -> list[Step[DeletionAction]]:
    if earlier and earlier.rebuild and replace(earlier.rebuild, kept_as=None) == replace(rebuild, kept_as=None):
        return []
    if rebuild.packs is None:
        what = "that its CALs cannot be read"
    else:
        what = f"its CALs ({list_recorded(rebuild.packs) or 'no purchased RDS CALs'})"
    text = f"Record on {server}, for change {change_id}, {what}"
    return [Step(text, RecordDeletion(rebuild, earlier))]


def _start(server: str) -> Step[DeletionAction]:
    return Step(f"Start the service {LICENSING_SERVICE} on {server}", StartService())


def _finish(
    server: str, change_id: str, gone: tuple[RecordedPack, ...] | None, verb: str = "Verify", *, reports: bool
) -> Step[DeletionAction]:
    """The last step. C(reports): an earlier run has deleted some of the CALs, and may have ended without saying so."""
    text = f"{verb} that the CALs are gone, and record on {server} that change {change_id} has deleted them"
    return Step(text, FinishDeletion(gone), changes=reports)
