# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plan contact data, discovery scope, registration and activation of a license server.

Source: the methods of Win32_TSLicenseServer (learn.microsoft.com/windows/win32/termserv).
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import (
    DISCOVERY_SCOPES,
    OFFLINE_METHODS,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.identifiers import in_groups
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import (
    ACTIVATED,
    NOT_ACTIVATED,
    REQUIRED_CONTACT,
    Activation,
    ServerProperties,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import DONE
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.activation_outcomes import (
    require_no_open_call,
    settle_earlier_calls,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.decided_operations import RecordAction
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Plan, Step, View
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.resolutions import Resolution
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.tables import settings
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.unfinished_operations import OutcomeRule

STATES: t.Final = ("activated", "deactivated", "reactivated")

REGISTRATION_TITLES: t.Final[dict[str, str]] = {
    "license_servers_group": "the AD group Terminal Server License Servers",
    "service_connection_point": "the AD service connection point",
    "published": "the published license servers of the forest",
}


@dataclass(frozen=True)
class Wanted:
    """Options of the task; None is "leave it as it is"."""

    state: str | None = None
    contact: Mapping[str, str] = field(default_factory=dict)
    discovery_scope: str | None = None
    registrations: Mapping[str, bool] = field(default_factory=dict)
    reason: str | None = None
    change_id: str | None = None
    license_server_id: str | None = field(default=None, repr=False)
    confirmation_code: str | None = field(default=None, repr=False)
    resolutions: tuple[Resolution, ...] = ()


@dataclass(frozen=True)
class Observed:
    """The license server as it was read; C(registrations) holds only what the task asks about."""

    server: str
    properties: ServerProperties
    activation: Activation
    registrations: Mapping[str, bool | None]
    recorded: OperationRecord
    connection_method: str
    outcome: OutcomeRule = field(default_factory=OutcomeRule)


@dataclass(frozen=True)
class SetContact:
    """Write one contact property."""

    option: str
    value: str


@dataclass(frozen=True)
class SetScope:
    """Change the discovery scope."""

    scope: str


@dataclass(frozen=True)
class SetRegistration:
    """Register the server in Active Directory, or remove it."""

    name: str
    wanted: bool


@dataclass(frozen=True)
class ChangeActivation:
    """Activate, deactivate or reactivate: C(automatic) asks the Clearinghouse, else an ID or a code was given."""

    state: str
    automatic: bool


LicenseServerAction = SetContact | SetScope | SetRegistration | ChangeActivation | RecordAction


@dataclass(frozen=True)
class LicenseServerPlan:
    """The plan, and what the task waits for: nothing, an ID or a code."""

    plan: Plan[LicenseServerAction]
    awaiting: str | None = None


def plan_license_server(wanted: Wanted, observed: Observed) -> LicenseServerPlan:
    """Decide what to change, in the order in which the server needs it: contact data before activation.

    Raises:
        Refused: the automatic method lacks contact data, the activation status or the outcome of an earlier call is
            unknown, or an option does not fit.
    """
    new_id = wanted.license_server_id if wanted.state == "reactivated" else None
    recorded, settled = settle_earlier_calls(
        observed.server, observed.activation, observed.recorded, wanted.resolutions, new_id
    )
    observed = replace(observed, recorded=recorded)
    activation, awaiting = _activation_steps(wanted, observed)
    if wanted.state == "deactivated" and awaiting:
        # A server that goes on working until the code is there stays in Active Directory until then.
        wanted = replace(wanted, discovery_scope=None, registrations={})
    contact = _contact_steps(wanted, observed)
    others = [*_scope_steps(wanted, observed), *_registration_steps(wanted, observed)]
    # A server leaves Active Directory before it is deactivated, and joins it once it is activated.
    ordered = (others, activation) if wanted.state == "deactivated" else (activation, others)
    plan = Plan((*settled, *contact, *ordered[0], *ordered[1]), (_view(wanted, observed, activation),))
    return LicenseServerPlan(plan, awaiting)


def same_contact(one: str, other: str) -> bool:
    """Whether two contact texts are the same. XML has one kind of line break, so a CR LF comes back as LF."""
    return one.splitlines() == other.splitlines()


def _contact_steps(wanted: Wanted, observed: Observed) -> list[Step[SetContact]]:
    steps = []
    for option, value in wanted.contact.items():
        if not same_contact(observed.properties.contact[option], value):
            text = f"Set {option} of {observed.server}" if value else f"Clear {option} of {observed.server}"
            steps.append(Step(text, SetContact(option, value)))
    return steps


def _scope_steps(wanted: Wanted, observed: Observed) -> list[Step[SetScope]]:
    scope = wanted.discovery_scope
    if scope is None or observed.properties.server_role == DISCOVERY_SCOPES[scope]:
        return []
    return [Step(f"Change the discovery scope of {observed.server} to {scope}", SetScope(scope))]


def _registration_steps(wanted: Wanted, observed: Observed) -> list[Step[SetRegistration]]:
    steps = []
    for name, value in wanted.registrations.items():
        if observed.registrations.get(name) is not value:
            title = REGISTRATION_TITLES[name]
            text = f"Add {observed.server} to {title}" if value else f"Remove {observed.server} from {title}"
            steps.append(Step(text, SetRegistration(name, value)))
    return steps


def _activation_steps(wanted: Wanted, observed: Observed) -> tuple[list[Step[LicenseServerAction]], str | None]:
    if wanted.state is None or not _activation_differs(wanted, observed):
        return [], None
    offline = observed.connection_method in OFFLINE_METHODS
    code = wanted.confirmation_code if wanted.state == "deactivated" else wanted.license_server_id
    if not offline:
        _require_automatic(wanted, observed)
    elif code is None:
        return [], "confirmation_code" if wanted.state == "deactivated" else "license_server_id"
    verb = {"activated": "Activate", "deactivated": "Deactivate", "reactivated": "Reactivate"}[wanted.state]
    how = observed.connection_method.replace("_", " ")
    change = f", for change {wanted.change_id}" if wanted.state == "reactivated" else ""
    text = f"{verb} {observed.server} by the {how} method{change}"
    new_id = wanted.license_server_id if wanted.state == "reactivated" else None
    closed = require_no_open_call(observed.server, observed.recorded, observed.outcome, new_id)
    return [*closed, Step(text, ChangeActivation(wanted.state, not offline))], None


def _activation_differs(wanted: Wanted, observed: Observed) -> bool:
    activation = observed.activation
    if wanted.state == "reactivated":
        return _reactivation_due(wanted, observed)
    if activation.status not in (ACTIVATED, NOT_ACTIVATED):
        raise Refused(
            f"{observed.server}: the activation status is '{activation.describe()['activation_status']}', so neither "
            f"activating nor deactivating is safe. Check the TerminalServices-Licensing event log of the server, and "
            f"consider state: reactivated with reason: certificate_corrupt."
        )
    if wanted.state == "deactivated":
        return activation.activated
    if activation.activated and wanted.license_server_id not in (None, activation.license_server_id):
        raise Refused(
            f"{observed.server}: the license server is already activated with the license server ID "
            f"{in_groups(activation.license_server_id or '')}. To give it another one, use state: reactivated."
        )
    return not activation.activated


def _reactivation_due(wanted: Wanted, observed: Observed) -> bool:
    """Reactivation has no state of its own, so the change ID makes it happen once."""
    earlier = observed.recorded.by_change("reactivate", wanted.change_id or "")
    if earlier and earlier.status == DONE:
        return False
    if wanted.license_server_id:
        # Where the new ID is there already, an earlier run got through without writing its outcome down.
        return observed.activation.license_server_id != wanted.license_server_id
    return True


def _require_automatic(wanted: Wanted, observed: Observed) -> None:
    given = "confirmation_code" if wanted.state == "deactivated" else "license_server_id"
    if (wanted.confirmation_code if wanted.state == "deactivated" else wanted.license_server_id) is not None:
        raise Refused(
            f"{observed.server}: {given} requires the connection method web_browser or telephone, and it is automatic. "
            f"Set connection_method or remove {given}."
        )
    # Activation needs all four, reactivation and deactivation the names (the methods' pages).
    needed = REQUIRED_CONTACT if wanted.state == "activated" else REQUIRED_CONTACT[:2]
    contact = {**observed.properties.contact, **wanted.contact}
    missing = [name for name in needed if not contact[name]]
    if missing:
        raise Refused(
            f"{observed.server}: the automatic method requires {', '.join(missing)}, which the server does not have. "
            f"Set it in contact."
        )


def _view(wanted: Wanted, observed: Observed, activation: list[Step[LicenseServerAction]]) -> View:
    before: dict[str, t.Any] = {name: observed.properties.contact[name] for name in wanted.contact}
    after: dict[str, t.Any] = dict(wanted.contact)
    if wanted.discovery_scope:
        before["discovery_scope"] = observed.properties.discovery_scope
        after["discovery_scope"] = wanted.discovery_scope
    for name, value in wanted.registrations.items():
        before[name], after[name] = observed.registrations.get(name), value
    if wanted.state:
        now = observed.activation.describe()["activation_status"].replace("_", " ")
        before["activation"] = now
        after["activation"] = _activation_after(wanted, now) if activation else now
    return View(f"{observed.server}: license server", settings(before), settings(after))


def _activation_after(wanted: Wanted, now: str) -> str:
    if wanted.state == "reactivated":
        return f"activated (reactivated for change {wanted.change_id})"
    return {"activated": "activated", "deactivated": "not activated"}.get(wanted.state or "", now)
