# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plan the licensing mode and the license servers of a session host.

Group Policy overrides the settings of the server itself (learn.microsoft.com: troubleshoot RDS licensing), so a setting
that it controls is never written: either it has the wanted value already, or the task ends before anything is changed.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.session_host import (
    GROUP_POLICY,
    LICENSING_MODES,
    SessionHostSettings,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Plan, Step, View
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.tables import settings

MODE: t.Final = "licensing_mode"
SERVERS: t.Final = "license_servers"
_TITLES: t.Final = {MODE: "licensing mode", SERVERS: "license server list"}
# Computer Configuration, Administrative Templates, Windows Components, Remote Desktop Services,
# Remote Desktop Session Host, Licensing.
_POLICIES: t.Final = {
    MODE: "Set the Remote Desktop licensing mode",
    SERVERS: "Use the specified Remote Desktop license servers",
}


@dataclass(frozen=True)
class Wanted:
    """Options of the task; None is "leave it as it is". C(license_servers) replaces, the others add and remove."""

    licensing_mode: str | None = None
    license_servers: tuple[str, ...] | None = None
    license_servers_to_add: tuple[str, ...] = ()
    license_servers_to_remove: tuple[str, ...] = ()

    @property
    def names_servers(self) -> bool:
        """Whether the task says anything about the list."""
        return self.license_servers is not None or bool(self.license_servers_to_add or self.license_servers_to_remove)


@dataclass(frozen=True)
class SetLicenseServers:
    """Write the whole list; an empty one empties it.

    C(added) and C(removed) say what that changes, if the names that stay keep their order and the new ones follow.
    """

    names: tuple[str, ...]
    added: tuple[str, ...] = field(default=(), compare=False)
    removed: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class SetLicensingMode:
    """Change the licensing mode."""

    mode: str


SettingAction = SetLicenseServers | SetLicensingMode


@dataclass(frozen=True)
class SessionHostPlan:
    """The plan, and the settings once it is done."""

    plan: Plan[SettingAction]
    after: SessionHostSettings


def plan_session_host(server: str, wanted: Wanted, observed: SessionHostSettings) -> SessionHostPlan:
    """Decide about both settings before either is written.

    The list comes first: it can be put back whatever it was, a mode that was never configured cannot.

    Raises:
        Refused: Group Policy controls a setting that would have to change.
    """
    servers = _servers_after(wanted, observed.license_servers)
    mode = observed.licensing_mode if wanted.licensing_mode is None else wanted.licensing_mode
    differing = []
    if not same_servers(servers, observed.license_servers):
        differing.append(SERVERS)
    if mode != observed.licensing_mode:
        differing.append(MODE)
    owned = _owned(wanted, observed)
    refused = [name for name in differing if name in owned]
    if refused:
        raise Refused(policy_refusal(server, refused))
    set_servers = _set_servers(servers, observed.license_servers)
    steps = tuple(_step(name, server, set_servers, mode or "") for name in differing)
    after = observed
    if SERVERS in differing:
        after = replace(after, license_servers=servers)
    if MODE in differing:
        after = replace(after, licensing_type=LICENSING_MODES[mode or ""])
    view = View(f"{server}: session host", _table(wanted, observed), _table(wanted, after))
    return SessionHostPlan(Plan(steps, (view,), tuple(_already_so(server, name) for name in owned)), after)


def policy_refusal(server: str, names: Sequence[str], outcome: str = "Nothing was changed.") -> str:
    """The one line for settings (C(licensing_mode), C(license_servers)) that Group Policy controls."""
    titles = " and the ".join(_TITLES[name] for name in names)
    policies = " and ".join(f"'{_POLICIES[name]}'" for name in names)
    return (
        f"{server}: Group Policy controls the {titles} of this session host; change the policy {policies} instead, or "
        f"exclude the server from it. {outcome}"
    )


def same_servers(one: Iterable[str], other: Iterable[str]) -> bool:
    """Whether two lists name the same servers in the same order; names have no case, and a repeated one counts once."""
    return list(_by_key(one)) == list(_by_key(other))


def _servers_after(wanted: Wanted, present: tuple[str, ...]) -> tuple[str, ...]:
    if wanted.license_servers is not None:
        return tuple(_by_key(wanted.license_servers).values())
    removed = _by_key(wanted.license_servers_to_remove)
    kept = {key: name for key, name in _by_key(present).items() if key not in removed}
    return tuple({**_by_key(wanted.license_servers_to_add), **kept}[key] for key in _order(kept, wanted))


def _order(kept: dict[str, str], wanted: Wanted) -> list[str]:
    """Current servers keep their place; new ones are appended."""
    return [*kept, *(key for key in _by_key(wanted.license_servers_to_add) if key not in kept)]


def _by_key(names: Iterable[str]) -> dict[str, str]:
    """The first spelling of each name, by the name without case."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(name.casefold(), name)
    return found


def _owned(wanted: Wanted, observed: SessionHostSettings) -> list[str]:
    """Settings of the task that Group Policy controls. If the source is unknown, the server itself may reject them."""
    owned = []
    if wanted.names_servers and observed.license_servers_source == GROUP_POLICY:
        owned.append(SERVERS)
    if wanted.licensing_mode is not None and observed.licensing_mode_source == GROUP_POLICY:
        owned.append(MODE)
    return owned


def _already_so(server: str, name: str) -> str:
    return (
        f"{server}: Group Policy controls the {_TITLES[name]} (policy '{_POLICIES[name]}'). It already has the wanted "
        f"value, so nothing was done."
    )


def _set_servers(names: tuple[str, ...], present: tuple[str, ...]) -> SetLicenseServers:
    before, after = _by_key(present), _by_key(names)
    added = [key for key in after if key not in before]
    if list(after) != [*(key for key in before if key in after), *added]:
        return SetLicenseServers(names)
    removed = tuple(name for key, name in before.items() if key not in after)
    return SetLicenseServers(names, tuple(after[key] for key in added), removed)


def _step(name: str, server: str, servers: SetLicenseServers, mode: str) -> Step[SettingAction]:
    if name == MODE:
        return Step(f"Set the licensing mode of {server} to {mode.replace('_', ' ')}", SetLicensingMode(mode))
    if servers.names:
        return Step(f"Set the license servers of {server} to {', '.join(servers.names)}", servers)
    return Step(f"Empty the license server list of {server}", servers)


def _table(wanted: Wanted, values: SessionHostSettings) -> str:
    """Only what the task is about."""
    shown: dict[str, t.Any] = {}
    if wanted.licensing_mode is not None:
        shown[MODE] = (values.licensing_mode or "").replace("_", " ")
    if wanted.names_servers:
        shown[SERVERS] = ", ".join(values.license_servers)
    return settings(shown)
