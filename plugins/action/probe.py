# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin of winfleet.rd_licensing.probe; documented in plugins/modules/probe.py."""

from __future__ import annotations

import datetime
import json
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
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.record import RECORD_KEY
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.registry import Registry
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.windows_service import LICENSING_SERVICE
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_windows_classes import (
    TERMINAL_SERVICE_SETTING,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.assumptions import (
    Evidence,
    judge,
    verdicts,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.reads import HOST, SERVER, make_reads
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.recorder import RecordingTransport
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.redaction import Redactor
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanError

ARGUMENT_SPEC = ArgumentSpec(
    options={
        "subject": {"type": "str", "choices": ["auto", SERVER, HOST], "default": "auto"},
        "path": {"type": "path"},
        "allow_writes": {"type": "str", "choices": ["none", "registry"], "default": "none"},
    }
)
FORMAT: t.Final = 1
_VALUE: t.Final = "Probe"


class ActionModule(LicensingAction):
    """Holds what the collection assumes against a real server."""

    ARGUMENT_SPEC = ARGUMENT_SPEC

    def perform(self, context: ModuleContext) -> dict[str, t.Any]:
        """Make every read, judge what came back, save the redacted messages."""
        recorders: list[RecordingTransport] = []

        def record(inner: t.Any) -> RecordingTransport:
            recorders.append(RecordingTransport(inner))
            return recorders[0]

        opened = context.open(wrap=record)
        [recorder] = recorders
        session = opened.session
        subjects = _subjects(context, session, recorder)
        results = make_reads(session, recorder, subjects)
        rows = judge(Evidence(results, recorder.exchanges, datetime.datetime.now(datetime.timezone.utc)), subjects)
        if SERVER in subjects and context.params["allow_writes"] == "registry":
            rows.append(_registry_row(context, session, recorder))
        modules = verdicts(rows, subjects)
        result: dict[str, t.Any] = {
            "changed": False,
            "subjects": list(subjects),
            "assumptions": rows,
            "modules": modules,
            "verdict": _sentence(context.host, modules),
        }
        if context.params["path"] and not context.check_mode:
            redactor = Redactor([context.host, opened.remote_addr], opened.secrets)
            path = controller_path(context.params["path"])
            write_private(path, _document(recorder, redactor, result))
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


def _registry_row(context: ModuleContext, session: CimSession, recorder: RecordingTransport) -> dict[str, t.Any]:
    """Write, read and delete one value under the collection's own key. Check mode does not try."""
    row: dict[str, t.Any] = {
        "id": "registry_writes",
        "state": "could_not_be_tried",
        "expected": "a value under the collection's own registry key can be written, read and deleted",
        "informs": False,
        "modules": sorted({"cal_migration", "connection_method", "database_rebuild", "key_pack", "license_server"}),
    }
    if context.check_mode:
        return row
    registry = Registry(session)
    recorder.label, recorder.writes_allowed = "registry", True
    try:
        registry.write_string(RECORD_KEY, _VALUE, "winfleet.rd_licensing")
        read = registry.read_string(RECORD_KEY, _VALUE)
        gone = registry.delete_value(RECORD_KEY, _VALUE) and registry.read_string(RECORD_KEY, _VALUE) is None
        got = "" if read == "winfleet.rd_licensing" and gone else f"read '{read}', gone afterward: {gone}"
    except (LicensingError, WsmanError) as error:
        got = " ".join(str(error).split())
    finally:
        recorder.writes_allowed = False
    row["state"] = "differs" if got else "holds"
    if got:
        row.update(got=got, means="the operation record cannot be kept on this server")
    return row


def _sentence(host: str, modules: dict[str, str]) -> str:
    """What not to run here, in one sentence."""
    differing = sorted(module for module, verdict in modules.items() if verdict == "differs")
    unproven = sorted(module for module, verdict in modules.items() if verdict == "unproven")
    if differing:
        names = ", ".join(differing)
        return f"{host} differs from what these modules expect. Do not run them before it is clear why: {names}."
    if unproven:
        return f"{host} fits as far as it could be tried. Not proven: {', '.join(unproven)}."
    return f"{host} fits what all modules expect."


def _document(recorder: RecordingTransport, redactor: Redactor, result: dict[str, t.Any]) -> str:
    """The file: rows and messages, redacted. It can be read before it is sent anywhere."""
    redactor.learn(recorder.exchanges)
    shown = {name: value for name, value in result.items() if name not in ("changed", "verdict")}
    document = {
        "format": FORMAT,
        **json.loads(redactor.redact_text(json.dumps(shown))),
        "messages": [
            {
                "read": each.read,
                "status": each.status,
                "milliseconds": each.milliseconds,
                "error": redactor.redact_text(each.error),
                "request": redactor.redact(each.request),
                "response": redactor.redact(each.response),
            }
            for each in recorder.exchanges
        ],
    }
    return json.dumps(document, indent=1) + "\n"
