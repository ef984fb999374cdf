# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change in any release.
"""One run of the module session_host, from options to result."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterable

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.action import ModuleContext
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.results import planned
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.session_host import SessionHostChanger
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.connectivity import Connectivity
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import InvalidOption, Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.session_host import SessionHost
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.session_host import (
    Wanted,
    plan_session_host,
)

_LISTS: t.Final = ("license_servers", "license_servers_to_add", "license_servers_to_remove")
# A host name, an FQDN or an IP address. Commas and semicolons separate names elsewhere in Windows.
_NAME: t.Final = re.compile(r"[^\s,;/\\\"'<>|]{1,255}")


class SessionHostTask:
    """Checks the options when it is made, before any server is asked; C(run) does the rest."""

    def __init__(self, context: ModuleContext) -> None:
        self.task = context
        lists = {option: _names(context.params, option) for option in _LISTS}
        self.wanted = Wanted(
            licensing_mode=context.params["licensing_mode"],
            license_servers=lists["license_servers"],
            license_servers_to_add=lists["license_servers_to_add"] or (),
            license_servers_to_remove=lists["license_servers_to_remove"] or (),
        )
        removed = {name.casefold() for name in self.wanted.license_servers_to_remove}
        both = [name for name in self.wanted.license_servers_to_add if name.casefold() in removed]
        if both:
            raise InvalidOption(
                f"license_servers_to_add and license_servers_to_remove both name {', '.join(both)}; decide for one."
            )

    def run(self) -> dict[str, t.Any]:
        """Observe, plan, apply unless in check mode, look at the connectivity, report."""
        host = SessionHost(self.task.open().session)
        observed = host.settings()
        planned_host = plan_session_host(host.name, self.wanted, observed)
        plan, after = planned_host.plan, planned_host.after
        connectivity: tuple[Connectivity, ...] | None = None
        if self.task.params["require_connectivity"]:
            # It only reads, so it can be asked before anything is changed.
            connectivity = host.connectivity(after.license_servers)
            _require(host.name, connectivity)
        if plan.steps and not self.task.check_mode:
            after = SessionHostChanger(host, observed).apply(plan.steps)
            connectivity = None
        if connectivity is None:
            connectivity = host.connectivity(after.license_servers)
        warn_about(self.task, host.name, connectivity)
        result = planned(self.task, plan)
        result["session_host"] = {**after.describe(), "connectivity": [entry.describe() for entry in connectivity]}
        return result


def warn_about(context: ModuleContext, host: str, connectivity: Iterable[Connectivity]) -> None:
    """One warning for each license server that is not known to serve this host."""
    for entry in connectivity:
        if entry.usable is not True:
            how = "cannot use" if entry.usable is False else "may or may not use"
            context.warn(
                f"{host}: the session host {how} the license server {entry.license_server}: {entry.explanation}."
            )


def _require(host: str, connectivity: Iterable[Connectivity]) -> None:
    troubles = [f"{entry.license_server} ({entry.explanation})" for entry in connectivity if entry.usable is False]
    if troubles:
        raise Refused(
            f"{host}: the session host says that it cannot use {'; '.join(troubles)}. Nothing was changed; correct "
            f"that, or leave out require_connectivity."
        )


def _names(params: dict[str, t.Any], option: str) -> tuple[str, ...] | None:
    given = params[option]
    if given is None:
        return None
    names = tuple(str(name).strip() for name in given)
    for number, name in enumerate(names, start=1):
        if not _NAME.fullmatch(name):
            raise InvalidOption(
                f"{option}: entry {number} is no name of a server; give a host name, an FQDN or an IP address."
            )
    return names
