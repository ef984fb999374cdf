# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin of winfleet.rd_licensing.session_host; its documentation is in plugins/modules/session_host.py."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterable

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.action import (
    LicensingAction,
    ModuleContext,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.options import ArgumentSpec
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.plan_options import (
    with_plan_options,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.results import planned
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.session_host_changes import (
    SessionHostChanger,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.connectivity import Connectivity
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import InvalidOption, Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.session_host import (
    LICENSING_MODES,
    SessionHost,
    SessionHostSettings,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Step
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.session_host_plan import (
    SettingAction,
    Wanted,
    plan_session_host,
)

ARGUMENT_SPEC = with_plan_options(
    ArgumentSpec(
        options={
            "licensing_mode": {"type": "str", "choices": list(LICENSING_MODES)},
            "license_servers": {"type": "list", "elements": "str"},
            "license_servers_to_add": {"type": "list", "elements": "str"},
            "license_servers_to_remove": {"type": "list", "elements": "str"},
            "require_connectivity": {"type": "bool", "default": False},
        },
        mutually_exclusive=(
            ("license_servers", "license_servers_to_add"),
            ("license_servers", "license_servers_to_remove"),
        ),
        required_one_of=(("licensing_mode", "license_servers", "license_servers_to_add", "license_servers_to_remove"),),
    )
)

_LISTS: t.Final = ("license_servers", "license_servers_to_add", "license_servers_to_remove")
# A host name, an FQDN or an IP address. Commas and semicolons separate names elsewhere in Windows.
_NAME: t.Final = re.compile(r"[^\s,;/\\\"'<>|]{1,255}")


class ActionModule(LicensingAction):
    """Sets the licensing mode and the license servers of a session host."""

    ARGUMENT_SPEC = ARGUMENT_SPEC

    def perform(self, context: ModuleContext) -> dict[str, t.Any]:
        """Observe, plan, apply unless in check mode, read the connectivity, and report."""
        wanted = _wanted(context.params)
        opened = context.open()
        host = SessionHost(opened.session)
        observed = host.settings()
        planned_host = plan_session_host(host.name, wanted, observed)
        plan, after = planned_host.plan, planned_host.after
        connectivity: tuple[Connectivity, ...] | None = None
        if context.params["require_connectivity"]:
            # It only reads, so it can be asked before anything is changed.
            connectivity = host.connectivity(after.license_servers)
            _require(host.name, connectivity)
        if context.may_apply(plan, {host.name: (observed,)}) and plan.steps:
            changer = SessionHostChanger(host, observed, opened.operation_timeout, context.warn)
            after = _apply(changer, plan.steps, context)
            connectivity = None
        if connectivity is None:
            connectivity = host.connectivity(after.license_servers)
        _warn_about(context, host.name, connectivity)
        result = planned(context, plan)
        result["session_host"] = {**after.describe(), "connectivity": [entry.describe() for entry in connectivity]}
        return result


def _apply(
    changer: SessionHostChanger, steps: tuple[Step[SettingAction], ...], context: ModuleContext
) -> SessionHostSettings:
    try:
        return changer.apply(steps)
    finally:
        if changer.changed:
            context.note_change()


def _wanted(params: dict[str, t.Any]) -> Wanted:
    lists = {option: _names(params, option) for option in _LISTS}
    wanted = Wanted(
        licensing_mode=params["licensing_mode"],
        license_servers=lists["license_servers"],
        license_servers_to_add=lists["license_servers_to_add"] or (),
        license_servers_to_remove=lists["license_servers_to_remove"] or (),
    )
    removed = {name.casefold() for name in wanted.license_servers_to_remove}
    both = [name for name in wanted.license_servers_to_add if name.casefold() in removed]
    if both:
        raise InvalidOption(
            f"license_servers_to_add and license_servers_to_remove both name {', '.join(both)}. Remove it from one."
        )
    return wanted


def _warn_about(context: ModuleContext, host: str, connectivity: Iterable[Connectivity]) -> None:
    """One warning for each license server that is not known to serve this host."""
    for entry in connectivity:
        if entry.usable is not True:
            how = "cannot use" if entry.usable is False else "may be unable to use"
            context.warn(
                f"{host}: the session host {how} the license server {entry.license_server}: {entry.explanation}."
            )


def _require(host: str, connectivity: Iterable[Connectivity]) -> None:
    troubles = [f"{entry.license_server} ({entry.explanation})" for entry in connectivity if entry.usable is False]
    if troubles:
        raise Refused(
            f"{host}: the session host reports that it cannot use {'; '.join(troubles)}. Nothing was changed. Correct "
            f"that, or remove require_connectivity."
        )


def _names(params: dict[str, t.Any], option: str) -> tuple[str, ...] | None:
    given = params[option]
    if given is None:
        return None
    names = tuple(str(name).strip() for name in given)
    for number, name in enumerate(names, start=1):
        if not _NAME.fullmatch(name):
            raise InvalidOption(
                f"{option}: entry {number} is not a server name; give a host name, an FQDN or an IP address."
            )
    return names
