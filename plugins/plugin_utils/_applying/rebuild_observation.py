# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read what a rebuild needs to know of a server, also when its licensing provider does not answer. Reads only."""

from __future__ import annotations

import ntpath
import typing as t
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.observation import (
    DEFAULT_CONNECTION_METHOD,
    effective_method,
    outcome_rule,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.data_file import DataFiles
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError, Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import (
    ACTIVATED,
    Activation,
    LicenseServer,
    ServerProperties,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server_calls import (
    CONTACT_PROPERTIES,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    DONE,
    INTENDED,
    REBUILD,
    Operation,
    fingerprint_of,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.windows_release import WindowsRelease
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.windows_service import (
    LICENSING_SERVICE,
    RUNNING,
    WindowsService,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.rebuild_deletion import (
    RECREATE,
    DatabaseState,
    Observed,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.rebuild_plan import (
    continue_or_give_up,
    earlier_rebuild,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.rebuild_resolution import (
    Evidence,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.resolutions import Resolution, resolved
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.situation import Situation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.unfinished_operations import (
    DEFAULT_OUTCOME_WAIT,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.codes import WBEM_E_INVALID_CLASS
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanTimeout
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.faults import refused_before_running

# "TLSLic.edb": the licensing database (an ESE database) in the folder that DatabasePath names.
DATABASE_FILE: t.Final = "TLSLic.edb"

# Faults with these subcodes come from the WS-Management service and may pass by themselves.
_NOT_THE_PROVIDER: t.Final = frozenset({"Concurrency", "EncodingLimit", "EndpointUnavailable", "InvalidOptions"})
_UNKNOWN_ACTIVATION: t.Final = 2
_NO_PROPERTIES: t.Final = ServerProperties(dict.fromkeys(CONTACT_PROPERTIES, ""), None, "", "", "", "")


@dataclass(frozen=True)
class _ProviderReading:
    properties: ServerProperties
    activation: Activation
    packs: tuple[KeyPack, ...]
    trouble: str | None = None


@dataclass(frozen=True)
class Looking:
    """Options of the task that say what is read.

    Attributes:
        database_path: folder of the database, if the user says; else the server's own property, where it responds.
    """

    change_id: str
    method: str
    connection_method: str | None = None
    database_path: str | None = None
    outcome_wait: float = DEFAULT_OUTCOME_WAIT


def read_record(server: LicenseServer, change_id: str, discarded: Collection[str] = ()) -> OperationRecord:
    """The record, with everything about the rebuild of a change."""
    change = fingerprint_of(change_id)
    return server.recorded_operations(
        lambda each: each.misfit or (each.operation == REBUILD and each.change_fingerprint == change), discarded
    )


def observe_finished(server: LicenseServer, recorded: OperationRecord, looking: Looking) -> Observed:
    """A license server whose CALs the change has deleted: its key packs, which tell whether anything is left to do."""
    situation = Situation(
        server=server.name,
        properties=_NO_PROPERTIES,
        activation=Activation(ACTIVATED, None),
        release=WindowsRelease("", "", "", None, ""),
        packs=server.key_packs(),
        recorded=recorded,
        connection_method=looking.connection_method or DEFAULT_CONNECTION_METHOD,
        outcome=outcome_rule(server, recorded, looking.outcome_wait),
    )
    return Observed(situation, complete=False)


def observe_rebuild(server: LicenseServer, recorded: OperationRecord, looking: Looking) -> Observed:
    """A license server before its rebuild.

    Args:
        record: the record, which is read before the key packs: what another controller begins meanwhile is then not
            taken for something that happened by itself.

    Raises:
        LicensingError: there is no license server, it rejects this account, or its provider does not respond and
            nothing says that the database is to be recreated.
    """
    reading = _read_provider(server)
    situation = Situation(
        server=server.name,
        properties=reading.properties,
        activation=reading.activation,
        release=server.windows_release(),
        packs=reading.packs,
        recorded=recorded,
        connection_method=effective_method(server, looking.connection_method),
        outcome=outcome_rule(server, recorded, looking.outcome_wait),
    )
    earlier = earlier_rebuild(looking.change_id, recorded)
    if earlier and earlier.status == DONE:
        return Observed(situation, reading.trouble)
    if looking.method != RECREATE and not _is_recreating(earlier):
        if reading.trouble:
            raise LicensingError(f"{reading.trouble} {_advice(server, recorded)}")
        return Observed(situation)
    database = _read_database(server, reading.properties, looking.database_path, earlier)
    return Observed(situation, reading.trouble, database)


def _read_provider(server: LicenseServer) -> _ProviderReading:
    """Read as much as the provider returns; either all key packs or none."""
    properties = _NO_PROPERTIES
    activation = Activation(_UNKNOWN_ACTIVATION, None)
    try:
        properties = server.properties()
        activation = server.activation()
        return _ProviderReading(properties, activation, server.key_packs())
    except CallRefused as refused:
        if not _may_be_the_database(server, refused):
            raise
        trouble = str(refused)
    except WsmanTimeout as error:
        if error.fault is None:
            raise
        # The server itself says that its provider took too long, as one may that hangs on a corrupt database.
        trouble = f"{server.name}: the licensing provider does not respond: {error}."
    return _ProviderReading(properties, activation, (), trouble)


def _may_be_the_database(server: LicenseServer, refused: CallRefused) -> bool:
    """Whether a corrupt database may be why the provider does not respond."""
    if refused.access_denied or refused.quota_exceeded:
        return False
    if refused.not_found:
        # Some hosts say so for a class that is missing; the service tells whether the role service is installed.
        return refused.code != WBEM_E_INVALID_CLASS and WindowsService(server.session).state() is not None
    fault = refused.fault
    return fault is None or not (fault.subcode in _NOT_THE_PROVIDER or refused_before_running(fault))


def _advice(server: LicenseServer, recorded: OperationRecord) -> str:
    """What to do about a provider that does not respond: a stopped service is the likelier cause."""
    state = WindowsService(server.session).state()
    if state in (RUNNING, None):
        return "If the database is corrupt, use method: recreate_database."
    unfinished = [each for each in recorded.rebuilds if each.status == INTENDED and _is_recreating(each)]
    if not unfinished:
        return f"The service {LICENSING_SERVICE} is {state}: start it, and run the task again."
    change = f"change {unfinished[-1].change_id} began to recreate the database"
    return f"The service {LICENSING_SERVICE} is {state}: {change}. {continue_or_give_up(unfinished[-1])}."


def _is_recreating(operation: Operation | None) -> bool:
    return bool(operation and operation.rebuild and operation.rebuild.method == RECREATE)


def observe_resolutions(
    server: LicenseServer, recorded: OperationRecord, resolutions: Sequence[Resolution]
) -> tuple[tuple[Evidence, ...], str | None]:
    """What can be read of the rebuilds that an administrator decides about, and the state of a service they stopped."""
    decided = resolved(recorded, resolutions, REBUILD)
    evidence = tuple(_evidence(server, operation, outcome) for operation, outcome in decided)
    recreating = any(_is_recreating(each.operation) for each in evidence)
    return evidence, WindowsService(server.session).state() if recreating else None


def _evidence(server: LicenseServer, operation: Operation, outcome: str) -> Evidence:
    rebuild = operation.rebuild
    kept = rebuild is not None and rebuild.kept_as is not None and DataFiles(server.session).exists(rebuild.kept_as)
    packs = None
    if not kept:
        try:
            packs = server.key_packs()
        except (CallRefused, WsmanTimeout):
            # Giving up must be possible with a provider that does not answer.
            packs = None
    return Evidence(operation, outcome, kept, packs)


def _read_database(
    server: LicenseServer, properties: ServerProperties, database_path: str | None, earlier: Operation | None
) -> DatabaseState:
    files = DataFiles(server.session)
    service = WindowsService(server.session).state()
    if service is None:
        raise LicensingError(
            f"{server.name}: there is no service {LICENSING_SERVICE}; the Remote Desktop Licensing role service is not "
            f"installed there."
        )
    recorded = earlier.rebuild if earlier else None
    if recorded and recorded.kept_as and recorded.database_file and files.exists(recorded.kept_as):
        return DatabaseState(service, recorded.database_file, file_exists=True, kept_exists=True)
    file = _database_file(server.name, database_path or properties.database_path)
    if file is None:
        file = recorded.database_file if recorded else None
    if file is None:
        raise Refused(
            f"{server.name}: the path of the licensing database cannot be read. Set database_path to its folder; the "
            f"default of the role service is C:\\Windows\\System32\\lserver."
        )
    return DatabaseState(service, file, file_exists=files.exists(file))


def _database_file(server: str, folder: str) -> str | None:
    """Full path of the database file; None when the folder is not known, or stands behind a variable."""
    if not folder or "%" in folder:
        return None
    if not ntpath.splitdrive(folder)[0]:
        raise LicensingError(
            f"{server}: the database folder '{folder}' has no drive. Set database_path to its full path."
        )
    return ntpath.join(folder.rstrip("\\/"), DATABASE_FILE)
