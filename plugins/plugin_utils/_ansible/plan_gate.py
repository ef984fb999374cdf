# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a task passes between planning and applying: its plan is written, or held against the one that is approved."""

from __future__ import annotations

import datetime
import typing as t
from collections.abc import Mapping

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.collection_version import (
    collection_version,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.plan_files import (
    PlanSpool,
    read_approved,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.plan_options import APPLY
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.private_files import controller_path
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.run_directory import run_directory
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import InvalidOption, Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._plan_file.approval import (
    ApprovedHost,
    require_approved,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._plan_file.document import Head, PlannedTask

_DEFAULT_HOURS: t.Final = 24.0


class PlanGate:
    """The gate of one task. Without a plan file it is open, and costs nothing."""

    def __init__(self, params: Mapping[str, t.Any], host: str, *, check_mode: bool, check_run: bool) -> None:
        """C(check_run): ansible-playbook was started with --check, unlike one task of a real run in check mode."""
        self._host = host
        self._key: str | None = params.get("plan_key")
        self._hours: float = params.get("plan_hours") or _DEFAULT_HOURS
        self._path = controller_path(params["plan_file"]) if params.get("plan_file") else None
        self._applies = params.get("plan") == APPLY
        self._checks = check_mode and check_run
        self._approved: ApprovedHost | None = None

    @property
    def active(self) -> bool:
        """Whether there is a plan to write or to apply."""
        return self._path is not None

    @property
    def records(self) -> bool:
        """Whether the task's plan becomes part of the plan file."""
        return self._path is not None and not self._applies and self._checks

    def open(self) -> None:
        """Read what is approved, before any server is asked.

        Raises:
            InvalidOption: the options do not fit.
            Refused: the plan is not applied, or is not to be used.
        """
        if self._path is None:
            return
        if self._path.suffix != ".json":
            raise InvalidOption("plan_file: must end in .json, such as change-4711.json.")
        if self._hours <= 0:
            raise InvalidOption("plan_hours: must be more than 0.")
        if self._applies:
            now = datetime.datetime.now(datetime.timezone.utc)
            self._approved = read_approved(
                self._path, run_directory(), self._host, self._key, collection_version(), now
            )
        elif not self._checks:
            raise Refused(
                f"{self._host}: plan_file is set, and this is not a run with --check. Set plan: {APPLY} to apply the "
                f"approved plan, or remove plan_file. Nothing was changed."
            )

    def admit(self, task: PlannedTask) -> None:
        """Write the task into the plan, or see that it is approved. Raises Refused."""
        if self._approved is not None:
            require_approved(self._approved, task)
        elif self._path is not None:
            self._spool().add(self._host, task.document())

    def note_failure(self, module: str, server: str, message: str) -> None:
        """Say in the plan that a check failed, so that nobody takes the plan of the host for whole."""
        self._spool().add(self._host, {"module": module, "server": server, "failed": message})

    def _spool(self) -> PlanSpool:
        if self._path is None:
            raise ValueError("there is no plan file")
        now = datetime.datetime.now(datetime.timezone.utc)
        head = Head.of(now, self._hours, collection_version(), signed=bool(self._key))
        return PlanSpool(self._path, run_directory(), head, self._key)
