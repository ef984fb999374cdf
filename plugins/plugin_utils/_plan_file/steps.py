# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a step of any module does, as data: its identity, what it leaves behind on the server, and how to go back.

The identity is what the step does and not its text, so that an approved step is recognized by any later run, also by
one that continues what an interrupted run has begun.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import typing as t
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import DISCOVERY_SCOPES
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.issued_cals import IssuedCal
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import (
    ACTIVATED,
    NOT_ACTIVATED,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    ACQUIRING,
    HAND_OVER,
    REBUILD,
    Operation,
    fingerprint_of,
    short_sha256,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.session_host import LICENSING_MODE_NAMES
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._plan_file.facts import SERVER, plain
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning import (
    acquisition,
    acquisition_steps,
    connection_method_plan,
    decided_operations,
    key_pack_changes,
    license_server_plan,
    migration,
    rebuild_deletion,
    rebuild_resolution,
    session_host_plan,
    unreachable_source,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Step

# Any value.
ANY: t.Final = "*"
CLEARINGHOUSE: t.Final = "clearinghouse"
PROVIDER: t.Final = "provider"
RECORD: t.Final = "record"
SERVICE: t.Final = "service"


@dataclass(frozen=True)
class StepKind:
    """What is known of all steps with one type of action.

    Attributes:
        undo: how to go back, for the page of the change ticket.
        calls: whom the step calls, which says how long it may take.
        left_out: fields that do not belong to the identity: what depends on how far an earlier run came.
        after: the facts that the step leaves behind on its server, by subject and field.
        operations: the operations that it writes into a record.
        settles: whether it writes down what became of operations that are recorded already.
    """

    undo: str
    calls: str
    left_out: frozenset[str] = frozenset()
    after: Callable[[t.Any], Mapping[str, Mapping[str, t.Any]]] = lambda _action: {}
    operations: Callable[[t.Any, Context], list[dict[str, t.Any]]] = lambda _action, _context: []
    settles: Callable[[t.Any], list[str]] = lambda _action: []


@dataclass(frozen=True)
class Context:
    """What the calls of a task's steps are told besides.

    Attributes:
        server: where the steps are carried out.
        told: options that go into the calls, such as the reason of a migration.
        license_server_id: of that server, as C(server_fingerprint) gives it.
        source: the source of a migration that can be read.
    """

    server: str
    told: Mapping[str, t.Any] = field(default_factory=dict)
    license_server_id: str = ""
    source: str | None = None


def _acquired(action: acquisition_steps.Acquire, context: Context) -> list[dict[str, t.Any]]:
    mine = {
        "server": context.server,
        "operation": [each for each in ACQUIRING if each != "adopt"],
        "purchase": short_sha256(action.decision.purchase.sha256),
    }
    return [mine, *_on_source(action, context)]


def _on_source(_action: t.Any, context: Context) -> list[dict[str, t.Any]]:
    """What a migration writes into the record of its source."""
    if context.source is None:
        return []
    return [
        {
            "server": context.source,
            "operation": [HAND_OVER, "remove", "reduce"],
            "target": context.license_server_id,
        }
    ]


def _removed(action: t.Any, context: Context) -> list[dict[str, t.Any]]:
    return [
        {
            "server": context.server,
            "operation": ["remove" if action.whole else "reduce"],
            "key_pack_id": action.cals.key_pack_id,
            "cals": plain(action.cals.cals),
        }
    ]


def _rebuilt(_action: t.Any, context: Context) -> list[dict[str, t.Any]]:
    change = fingerprint_of(str(context.told.get("change_id", "")))
    return [{"server": context.server, "operation": [REBUILD], "change": change}]


def _activated(action: license_server_plan.ChangeActivation) -> dict[str, dict[str, t.Any]]:
    status = NOT_ACTIVATED if action.state == "deactivated" else ACTIVATED
    return {
        "activation": {"status": status, "license_server_id": ANY},
        SERVER: {"license_server_id": ANY},
    }


def _changed_activation(action: license_server_plan.ChangeActivation, context: Context) -> list[dict[str, t.Any]]:
    name = {"activated": "activate", "deactivated": "deactivate", "reactivated": "reactivate"}[action.state]
    return [{"server": context.server, "operation": [name]}]


def _mode(action: session_host_plan.SetLicensingMode) -> dict[str, dict[str, t.Any]]:
    types = [number for number, name in LICENSING_MODE_NAMES.items() if name == action.mode]
    return {SERVER: {"licensing_type": {"one_of": types}, "licensing_mode_source": _SET_ON_SERVER}}


def _servers(action: session_host_plan.SetLicenseServers) -> dict[str, dict[str, t.Any]]:
    change: dict[str, t.Any] = {"one_of": [list(action.names)]}
    if action.added or action.removed:
        change = {"added": list(action.added), "removed": list(action.removed)}
    return {SERVER: {"license_servers": change, "license_servers_source": _SET_ON_SERVER}}


def _ids(*operations: Operation | None) -> list[str]:
    return [each.operation_id for each in operations if each is not None]


_SET_ON_SERVER: t.Final[Mapping[str, t.Any]] = {"one_of": [None, "server"]}
_BACK: t.Final = "Set the value from the table before."
_RECORD_ONLY: t.Final = "Nothing to undo: only the record on the server says more afterward."
_KEEP_PURCHASE: t.Final = (
    "Remove the key pack again. The Clearinghouse keeps counting the CALs as installed on this server: have a "
    "representative release them before they are installed elsewhere."
)
_MIGRATE_BACK: t.Final = "Migrate the CALs back, with source and target exchanged."
_IN_REBUILD: t.Final = "Run the task again with the same change_id: it continues, and reinstalls the purchases."
_NO_WAY_BACK: t.Final = "Cannot be undone."

KINDS: t.Final[Mapping[type, StepKind]] = {
    acquisition_steps.Acquire: StepKind(_KEEP_PURCHASE, CLEARINGHOUSE, operations=_acquired),
    acquisition_steps.Adopt: StepKind(
        _RECORD_ONLY,
        RECORD,
        operations=lambda action, context: [
            {
                "server": context.server,
                "operation": ["adopt"],
                "purchase": short_sha256(action.decision.purchase.sha256),
            }
        ],
    ),
    acquisition_steps.Forget: StepKind(
        _RECORD_ONLY,
        RECORD,
        operations=lambda action, context: [
            {
                "server": context.server,
                "operation": ["missing"],
                "purchase": action.operation.purchase and short_sha256(action.operation.purchase.sha256),
            }
        ],
    ),
    decided_operations.WriteOperation: StepKind(_RECORD_ONLY, RECORD, settles=lambda action: _ids(action.operation)),
    decided_operations.DiscardValue: StepKind("The text is kept in the history beside the record.", RECORD),
    key_pack_changes.RemoveCals: StepKind(
        f"{_NO_WAY_BACK} A representative of the Clearinghouse can have the CALs installed again.",
        PROVIDER,
        frozenset({"closes"}),
        operations=_removed,
    ),
    key_pack_changes.RecordGone: StepKind(_RECORD_ONLY, RECORD, operations=_removed),
    key_pack_changes.RecordOutcome: StepKind(_RECORD_ONLY, RECORD, settles=lambda action: _ids(action.operation)),
    key_pack_changes.Convert: StepKind(
        f"{_NO_WAY_BACK} A second conversion in the other direction is a change of its own.",
        PROVIDER,
        frozenset({"closes"}),
        operations=lambda action, context: [
            {"server": context.server, "operation": ["convert"], "change": fingerprint_of(action.change_id)}
        ],
    ),
    migration.SettleSource: StepKind(_MIGRATE_BACK, PROVIDER, operations=_on_source),
    unreachable_source.RecordFulfilled: StepKind(_RECORD_ONLY, RECORD, settles=lambda action: _ids(*action.operations)),
    license_server_plan.SetContact: StepKind(
        _BACK, PROVIDER, after=lambda action: {"properties": {f"contact.{action.option}": action.value}}
    ),
    license_server_plan.SetScope: StepKind(
        _BACK, PROVIDER, after=lambda action: {"properties": {"server_role": DISCOVERY_SCOPES[action.scope]}}
    ),
    license_server_plan.SetRegistration: StepKind(
        _BACK, PROVIDER, after=lambda action: {"registrations": {action.name: action.wanted}}
    ),
    license_server_plan.ChangeActivation: StepKind(
        "Deactivate or activate the server again; a new activation brings a new license server ID.",
        CLEARINGHOUSE,
        after=_activated,
        operations=_changed_activation,
    ),
    session_host_plan.SetLicenseServers: StepKind(_BACK, PROVIDER, after=_servers),
    session_host_plan.SetLicensingMode: StepKind(_BACK, PROVIDER, after=_mode),
    connection_method_plan.RecordMethod: StepKind(
        _BACK, RECORD, after=lambda action: {SERVER: {"connection_method": action.connection_method}}
    ),
    rebuild_deletion.RecordDeletion: StepKind(
        _RECORD_ONLY, RECORD, frozenset({"earlier", "rebuild.packs", "rebuild.kept_as"}), operations=_rebuilt
    ),
    rebuild_deletion.DeletePack: StepKind(_IN_REBUILD, PROVIDER, operations=_rebuilt),
    rebuild_deletion.StopService: StepKind("Start the service.", SERVICE, operations=_rebuilt),
    rebuild_deletion.RenameDatabase: StepKind(
        "Stop the service, give the file its old name, and start the service.", PROVIDER, operations=_rebuilt
    ),
    rebuild_deletion.StartService: StepKind(_RECORD_ONLY, SERVICE, operations=_rebuilt),
    rebuild_deletion.FinishDeletion: StepKind(_IN_REBUILD, RECORD, frozenset({"gone"}), operations=_rebuilt),
    rebuild_deletion.ReportDeletion: StepKind(_RECORD_ONLY, RECORD, operations=_rebuilt),
    rebuild_resolution.CloseOperation: StepKind(_RECORD_ONLY, RECORD, settles=lambda action: _ids(action.operation)),
    IssuedCal: StepKind(
        f"{_NO_WAY_BACK} The device gets another CAL when it connects, if one is free.",
        PROVIDER,
        after=lambda cal: {f"license {cal.license_id} of key pack {cal.key_pack_id}": {ANY: ANY}},
    ),
}


def identity(step: Step[object], context: Context) -> str:
    """SHA-256 of what a step does: the same for equal steps of different runs, and never of a credential."""
    action = step.action
    what = [type(action).__name__, _reduced(action, KINDS[type(action)].left_out)]
    document = [context.server, *what, {name: _reduced(each) for name, each in sorted(context.told.items())}]
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def _reduced(value: t.Any, left_out: frozenset[str] = frozenset(), path: str = "") -> t.Any:
    """What of an action is its identity: things that have an identity of their own stand for that."""
    if isinstance(value, acquisition_steps.Acquire):
        return value.decision.purchase.sha256
    if isinstance(value, acquisition.Decision):
        return [_reduced(each) for each in (value.purchase, value.outcome, value.pack, value.unfinished)]
    if isinstance(value, Purchase):
        return value.sha256
    if isinstance(value, session_host_plan.SetLicenseServers) and (value.added or value.removed):
        # Servers that are replaced in one run change the list of a session host one after the other.
        return [list(value.added), sorted(value.removed)]
    if isinstance(value, Operation):
        return [value.operation_id, value.status, value.key_pack_id, value.result_key_pack_id]
    if isinstance(value, KeyPack):
        return value.key_pack_id
    if dataclasses.is_dataclass(value):
        names = (each.name for each in dataclasses.fields(value))
        return {
            name: _reduced(getattr(value, name), left_out, f"{path}{name}.")
            for name in names
            if path + name not in left_out
        }
    return plain(value)


def document_of(step: Step[object], context: Context, *, part: int = 1) -> dict[str, t.Any]:
    """A step as the plan file has it. C(part) 2: it follows once an answer of the Clearinghouse is there."""
    kind = KINDS[type(step.action)]
    return {
        "text": step.text,
        "server": context.server,
        "part": part,
        "sha256": identity(step, context),
        "action": type(step.action).__name__,
        "changes": step.changes,
        "after": {subject: dict(fields) for subject, fields in kind.after(step.action).items()},
        "operations": kind.operations(step.action, context),
        "settles": kind.settles(step.action),
        "undo": _undo(step.action, context),
    }


def _undo(action: t.Any, context: Context) -> str:
    """How to go back. CALs that a task brings may have been somewhere before."""
    if isinstance(action, acquisition_steps.Acquire) and "source" in context.told:
        return _MIGRATE_BACK
    if isinstance(action, acquisition_steps.Acquire) and "change_id" in context.told:
        return "Nothing to undo: the CALs were on the server before the rebuild."
    return KINDS[type(action)].undo


def kind_of(action_name: str) -> StepKind:
    """The kind of a step in a plan file."""
    return next(kind for action, kind in KINDS.items() if action.__name__ == action_name)
