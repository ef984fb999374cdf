# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Proof, before the first change, that each inventory name leads to one machine of its own, the same one as before.

A wrong ``ansible_host``, a stale DNS record or an address that moved leads a step to another server, whose CALs it
would then change. What each name led to is kept for one run of ansible-playbook, in the temporary directory that
Ansible makes for the run, because each task is a process of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.instances import CimInstance, MethodResult
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.schema import CimClass
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.session import CimSession
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.values import CimValue
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.plugin_options import (
    UnsupportedConnection,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.run_directory import file_name_of
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_windows_classes import (
    WIN32_OPERATING_SYSTEM,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.client import WsmanClient
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.limits import MAX_ITEMS

_FOLDER: Final = "winfleet.rd_licensing-servers"


class UnprovenServer(UnsupportedConnection):
    """It is unknown which machine a name leads to, so nothing is changed there."""


class ChangeWithoutPlan(Exception):
    """A mistake in a module: it changes something around its plan."""


@dataclass(frozen=True)
class ServerIdentity:
    """Computer name and product ID of Windows: together they tell two machines apart, and no task changes them."""

    computer_name: str
    product_id: str

    def __str__(self) -> str:
        return f"computer name {self.computer_name}, product ID {self.product_id or 'unknown'}"


class RunRegister:
    """Which machine each inventory name led to in this run: a folder for each machine, with a file for each name."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory / _FOLDER

    def note(self, name: str, identity: ServerIdentity) -> None:
        """Keep what a name led to; what it led to first stays."""
        machine = self._directory / "machines" / file_name_of(str(identity))
        names = self._directory / "names"
        for folder in (machine, names):
            folder.mkdir(parents=True, exist_ok=True)
        (machine / file_name_of(name)).write_text(name, encoding="utf-8")
        try:
            with (names / file_name_of(name)).open("x", encoding="utf-8") as first:
                first.write(str(identity))
        except FileExistsError:
            return

    def conflict(self, name: str, identity: ServerIdentity) -> str | None:
        """What contradicts other tasks of the run; None if nothing does."""
        before = (self._directory / "names" / file_name_of(name)).read_text(encoding="utf-8")
        # Another task may just be writing it; then it cannot have led anywhere else before.
        if before and before != str(identity):
            return (
                f"{name} now leads to a different machine ({identity}) from the one earlier in this run ({before})."
                " Nothing was changed there. Check its address and the DNS records, then run again."
            )
        machine = self._directory / "machines" / file_name_of(str(identity))
        others = sorted({each.read_text(encoding="utf-8") for each in machine.iterdir()} - {name, ""})
        if others:
            return (
                f"{name} and {', '.join(others)} lead to the same machine ({identity}). Nothing was changed there."
                " Check ansible_host of each, then run again. If they are two machines with the same name and product"
                " ID, change them in separate runs (--limit)."
            )
        return None


class IdentityProof:
    """The servers of one task. All of them are proven before anything is changed on one of them."""

    def __init__(self, register: RunRegister) -> None:
        self._register = register
        self._sessions: list[ProvenSession] = []
        self._proven: set[str] = set()
        self._changes_allowed = False

    def allow_changes(self) -> None:
        """The task has passed from planning to applying: see C(ModuleContext.may_apply)."""
        self._changes_allowed = True

    def require_for_change(self) -> None:
        """Raise unless the task is applying its plan, and all servers are proven."""
        if not self._changes_allowed:
            raise ChangeWithoutPlan("a change was about to be sent before the task's plan was admitted")
        self.require()

    def add(self, session: ProvenSession) -> None:
        """One more server of the task."""
        self._sessions.append(session)

    def notice(self, name: str, identity: ServerIdentity) -> None:
        """Keep an identity that was read."""
        self._register.note(name, identity)

    def require(self) -> None:
        """Raise UnprovenServer, one line, unless all servers are proven. Costs a read for each that was not read."""
        for session in self._sessions:
            if session.server not in self._proven:
                conflict = self._register.conflict(session.server, session.identity())
                if conflict:
                    raise UnprovenServer(conflict)
                self._proven.add(session.server)


class ProvenSession(CimSession):
    """A session that changes nothing before its task's plan is admitted and its servers are proven."""

    def __init__(self, client: WsmanClient, server: str, proof: IdentityProof) -> None:
        super().__init__(client, server)
        self._proof = proof
        self._identity: ServerIdentity | None = None
        proof.add(self)

    def identity(self) -> ServerIdentity:
        """Which machine answers; read once, and not at all where a task has read it for its own purposes."""
        if self._identity is None:
            self.get(WIN32_OPERATING_SYSTEM)
        if self._identity is None:
            raise UnprovenServer(f"{self.server} does not report its computer name; nothing was changed there.")
        return self._identity

    def get(self, cim_class: CimClass, selectors: Mapping[str, CimValue] | None = None) -> CimInstance:
        """As CimSession does; notices the identity in passing."""
        instance = super().get(cim_class, selectors)
        if cim_class is WIN32_OPERATING_SYSTEM:
            self._notice(instance.values)
        return instance

    def enumerate(
        self, cim_class: CimClass, query: str | None = None, *, most: int = MAX_ITEMS
    ) -> Iterator[CimInstance]:
        """As CimSession does; notices the identity in passing, where the query asks for all of it."""
        if cim_class is not WIN32_OPERATING_SYSTEM:
            return super().enumerate(cim_class, query, most=most)
        instances = list(super().enumerate(cim_class, query, most=most))
        for instance in instances:
            if instance.values.get("SerialNumber") is not None:
                self._notice(instance.values)
        return iter(instances)

    def put(self, instance: CimInstance, selectors: Mapping[str, CimValue] | None = None) -> CimInstance:
        """As CimSession does, after the proof."""
        self._proof.require_for_change()
        return super().put(instance, selectors)

    def invoke(
        self,
        cim_class: CimClass,
        method: str,
        arguments: Mapping[str, CimValue] | None = None,
        selectors: Mapping[str, CimValue] | None = None,
    ) -> MethodResult:
        """As CimSession does, after the proof if the method changes something."""
        known = cim_class.methods.get(method)
        if known is not None and not known.reads:
            self._proof.require_for_change()
        return super().invoke(cim_class, method, arguments, selectors)

    def _notice(self, values: Mapping[str, CimValue]) -> None:
        if self._identity is None and values.get("CSName"):
            self._identity = ServerIdentity(str(values["CSName"]).upper(), str(values.get("SerialNumber") or ""))
            self._proof.notice(self.server, self._identity)
