# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin of winfleet.rd_licensing.licensing_check; documented in plugins/modules/licensing_check.py."""

from __future__ import annotations

import typing as t
from collections import Counter

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.action import (
    LicensingAction,
    ModuleContext,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.options import ArgumentSpec
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.plugin_options import (
    UnknownHost,
    UnsupportedConnection,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.catalogue import (
    PAIR,
    SEVERITIES,
    THRESHOLDS,
    Settings,
    require_known,
    run_checks,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.checks import (
    CHECK_IDS,
    NOT_CHECKED,
    checks_of,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.checks_pair import LicenseServers
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.facts import HostFacts, ServerFacts
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.reading import (
    Wanted,
    read_deployment,
    read_license_server,
    read_machine,
    read_session_host,
    read_whether_allowed,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import (
    InvalidOption,
    LicensingError,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.windows_service import LICENSING_SERVICE
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanError

ARGUMENT_SPEC = ArgumentSpec(
    options={
        "subject": {"type": "str", "choices": ["auto", "license_server", "session_host"], "default": "auto"},
        "license_servers": {"type": "list", "elements": "str", "default": []},
        "events": {"type": "bool", "default": False},
        "event_days": {"type": "int", "default": 7},
        "issued_cals": {"type": "bool", "default": False},
        "usage_reports": {"type": "bool", "default": False},
        "extended": {"type": "bool", "default": False},
        "user_domains": {"type": "list", "elements": "str", "default": []},
        "connection_broker": {"type": "str"},
        "thresholds": {"type": "dict", "options": {name: {"type": "int"} for name in THRESHOLDS}},
        "severities": {"type": "dict", "default": {}},
        "ignore": {"type": "list", "elements": "str", "default": []},
        "fail_on": {"type": "str", "choices": ["critical", "warning", "never"], "default": "never"},
    }
)
_FAILING: t.Final = {"critical": ("critical",), "warning": ("critical", "warning"), "never": ()}


class ActionModule(LicensingAction):
    """Checks a license server, a session host, or both."""

    ARGUMENT_SPEC = ARGUMENT_SPEC

    def perform(self, context: ModuleContext) -> dict[str, t.Any]:
        """Read once, then run every check on what was read."""
        settings = _settings(context.params)
        subject = context.params["subject"]
        wanted = _wanted(context.params)
        rows: list[dict[str, t.Any]] = []
        subjects: list[str] = []
        session = context.open().session
        machine = read_machine(session)
        has_service = LICENSING_SERVICE in (machine.values.get("services") or {})
        if subject == "license_server" or (subject == "auto" and has_service):
            subjects.append("license_server")
            rows += checks_of(read_license_server(session, machine, wanted), settings)
        if subject != "license_server":
            host = read_session_host(session, machine, wanted)
            if subject == "session_host" or _is_session_host(host):
                subjects.append("session_host")
                unreadable = _read_others(context, host)
                rows += checks_of(host, settings) + run_checks(PAIR, host, settings) + unreadable
        return _result(context, rows, subjects)


def _settings(params: dict[str, t.Any]) -> Settings:
    require_known(params["ignore"], "ignore", CHECK_IDS, NOT_CHECKED)
    require_known(params["severities"], "severities", CHECK_IDS, NOT_CHECKED)
    thresholds = {name: value for name, value in (params["thresholds"] or {}).items() if value is not None}
    for name, severity in params["severities"].items():
        if severity not in SEVERITIES:
            raise InvalidOption(f"severities.{name}: must be one of {', '.join(SEVERITIES)}.")
    for name, value in thresholds.items():
        if value < 0:
            raise InvalidOption(f"thresholds.{name}: must not be negative.")
    if params["event_days"] < 1:
        raise InvalidOption("event_days: must be 1 or more.")
    return Settings({**THRESHOLDS, **thresholds}, params["severities"], frozenset(params["ignore"]))


def _wanted(params: dict[str, t.Any]) -> Wanted:
    return Wanted(
        events_days=params["event_days"] if params["events"] else None,
        extended=params["extended"],
        issued_cals=params["issued_cals"],
        reports=params["usage_reports"],
        user_domains=tuple(dict.fromkeys(params["user_domains"])),
    )


def _is_session_host(facts: HostFacts) -> bool:
    licensing = facts.values.get("licensing")
    return licensing is not None and licensing.terminal_server_mode != 0


def _read_others(context: ModuleContext, host: HostFacts) -> list[dict[str, t.Any]]:
    """Read the license servers and the connection broker of the host; one that cannot be reached is a row."""
    found: list[ServerFacts] = []
    rows: list[dict[str, t.Any]] = []
    for name in dict.fromkeys(context.params["license_servers"]):
        try:
            session = context.open_other(name).session
            server = read_license_server(session, read_machine(session))
            if server.names & {each.lower() for each in host.values.get("server_names", ())}:
                read_whether_allowed(session, server, host)
            found.append(server)
        except UnknownHost as error:
            raise InvalidOption(f"license_servers: {error}.") from None
        except (LicensingError, UnsupportedConnection, WsmanError) as error:
            rows.append(_unreadable(context, "license_server", name, error))
    LicenseServers.of(found, [row["host"] for row in rows]).pair(host)
    broker = context.params["connection_broker"]
    if broker:
        try:
            read_deployment(context.open_other(broker).session, host)
        except UnknownHost as error:
            raise InvalidOption(f"connection_broker: {error}.") from None
        except (LicensingError, UnsupportedConnection, WsmanError) as error:
            rows.append(_unreadable(context, "connection_broker", broker, error))
    return rows


def _unreadable(context: ModuleContext, what: str, name: str, error: Exception) -> dict[str, t.Any]:
    return {
        "id": f"{what}_unreadable",
        "host": name,
        "subject": PAIR,
        "state": "cannot_be_read",
        "severity": "info",
        "what": f"{name} could not be read, so {context.host} was not checked against it.",
        "evidence": {"reason": " ".join(str(error).split())},
        "repair": "Check the connection to that host.",
        "confidence": "A",
        "source": "winfleet.rd_licensing",
    }


def _result(context: ModuleContext, rows: list[dict[str, t.Any]], subjects: list[str]) -> dict[str, t.Any]:
    order = {severity: number for number, severity in enumerate(SEVERITIES)}
    rows.sort(key=lambda row: (row["state"] != "found", order[row["severity"]], row["id"]))
    found = Counter(row["severity"] for row in rows if row["state"] == "found")
    summary = {severity: found[severity] for severity in SEVERITIES}
    summary["cannot_be_read"] = sum(row["state"] != "found" for row in rows)
    result: dict[str, t.Any] = {"changed": False, "subjects": subjects, "findings": rows, "summary": summary}
    failing = [
        row for row in rows if row["state"] == "found" and row["severity"] in _FAILING[context.params["fail_on"]]
    ]
    if failing:
        more = f" (and {len(failing) - 1} more)" if len(failing) > 1 else ""
        result.update(failed=True, msg=f"{context.host}: {failing[0]['what']}{more} {failing[0]['repair']}")
    return result
