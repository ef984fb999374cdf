# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin of winfleet.rd_licensing.probe; documented in plugins/modules/probe.py."""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.action import (
    LicensingAction,
    ModuleContext,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.options import ArgumentSpec
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.private_files import (
    controller_path,
    write_private,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.session import CimSession
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.reading import read_machine
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.windows_service import LICENSING_SERVICE
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_windows_classes import (
    TERMINAL_SERVICE_SETTING,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Plan
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.assumption import Evidence
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.judgement import (
    judge,
    sentence,
    summary,
    verdicts,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.probe_file import measure, probe_file
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.reads import (
    HOST,
    REGISTRY_TRIAL,
    SERVER,
    make_reads,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.recorder import RecordingTransport
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.redaction import Redactor
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.registry_trial import try_registry
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanError

ARGUMENT_SPEC = ArgumentSpec(
    options={
        "subject": {"type": "str", "choices": ["auto", SERVER, HOST], "default": "auto"},
        "path": {"type": "path"},
        "allow_writes": {"type": "str", "choices": ["none", "registry"], "default": "none"},
    }
)


class ActionModule(LicensingAction):
    """Compares a real server with what the collection assumes."""

    ARGUMENT_SPEC = ARGUMENT_SPEC

    def perform(self, context: ModuleContext) -> dict[str, t.Any]:
        """Make every read, judge what came back, save the redacted messages."""
        recorders: list[RecordingTransport] = []

        def record(inner: t.Any) -> RecordingTransport:
            recorders.append(RecordingTransport(inner))
            return recorders[0]

        opened = context.open(wrap=record)
        [recorder] = recorders
        subjects = _subjects(context, opened.session, recorder)
        results = make_reads(opened.session, recorder, subjects)
        changed = False
        # Not a step of any plan: nothing of it is left on the server.
        if SERVER in subjects and context.params["allow_writes"] == "registry" and context.may_apply(Plan(), {}):
            trial = try_registry(opened.session, recorder)
            if trial.changed:
                context.note_change()
            results[REGISTRY_TRIAL], changed = trial.result, trial.changed
        now = datetime.datetime.now(datetime.timezone.utc)
        rows = judge(Evidence(results, recorder.exchanges, now), subjects)
        modules = verdicts(rows, subjects)
        result: dict[str, t.Any] = {
            "changed": changed,
            "subjects": list(subjects),
            "assumptions": rows,
            "modules": modules,
            "measured": measure(recorder.exchanges),
            "verdict": sentence(context.host, modules),
            "summary": summary(rows, modules),
        }
        if context.params["path"] and not context.check_mode:
            redactor = Redactor([context.host, opened.remote_addr], opened.secrets)
            path = controller_path(context.params["path"])
            write_private(path, probe_file(recorder.exchanges, redactor, result))
            result["path"] = str(path)
        return result


def _subjects(context: ModuleContext, session: CimSession, recorder: RecordingTransport) -> tuple[str, ...]:
    if context.params["subject"] != "auto":
        return (context.params["subject"],)
    recorder.label = "machine"
    machine = read_machine(session)
    services = machine.values.get("services") or {}
    found = [SERVER] if LICENSING_SERVICE in services else []
    if not found or _has_session_host(session):
        found.append(HOST)
    return tuple(found)


def _has_session_host(session: CimSession) -> bool:
    try:
        return any(each.number("TerminalServerMode") == 1 for each in session.enumerate(TERMINAL_SERVICE_SETTING))
    except WsmanError:
        return False
