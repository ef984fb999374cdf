# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin of winfleet.rd_licensing.fleet_report; documented in plugins/modules/fleet_report.py."""

from __future__ import annotations

import datetime
import json
import pathlib
import typing as t

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.action import (
    LicensingAction,
    ModuleContext,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.fleet_task import (
    check_concurrency,
    read_machines,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.options import ArgumentSpec
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.private_files import (
    controller_path,
    read_private,
    write_private,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.catalogue import Settings, require_known
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.checks import CHECK_IDS, NOT_CHECKED
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.checks_fleet import with_fleet_findings
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.fleet import (
    LICENSE_SERVER,
    SESSION_HOST,
    Machine,
    health_of,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import (
    InvalidOption,
    LicensingError,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._report.fleet_page import (
    findings_csv,
    page,
    usage_csv,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._report.fleet_report import (
    EarlierReport,
    build_report,
    differs,
)

ARGUMENT_SPEC = ArgumentSpec(
    options={
        "license_servers": {"type": "list", "elements": "str", "default": []},
        "session_hosts": {"type": "list", "elements": "str", "default": []},
        "directory": {"type": "path", "required": True},
        "title": {"type": "str", "default": "Remote Desktop licensing"},
        "previous": {"type": "path"},
        "requests_file": {"type": "path"},
        "ignore": {"type": "list", "elements": "str", "default": []},
        "concurrency": {"type": "int", "default": 16},
    }
)


class ActionModule(LicensingAction):
    """Reads a whole fleet in one task and writes its report on the controller."""

    ARGUMENT_SPEC = ARGUMENT_SPEC
    _requires_connection = False

    def perform(self, context: ModuleContext) -> dict[str, t.Any]:
        """Read every machine, put the report together, write its files unless in check mode."""
        params = context.params
        require_known(params["ignore"], "ignore", CHECK_IDS, NOT_CHECKED)
        check_concurrency(context)
        machines = _machines(params)
        previous = _json(params["previous"], "previous")
        requests = _json(params["requests_file"], "requests_file")
        settings = Settings(ignore=frozenset(params["ignore"]))
        rows = read_machines(
            context,
            "fleet_report",
            machines,
            lambda machine, session: health_of(machine, session, settings),
        )
        now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        try:
            report = build_report(
                with_fleet_findings(rows, settings), now, (requests or {}).get("requests", ()), previous
            )
        except EarlierReport as error:
            raise InvalidOption(f"previous: {controller_path(params['previous'])} {error}.") from None
        files = _files(report, params["title"], controller_path(params["directory"]))
        changed = differs(report, _json(str(next(path for path in files if path.suffix == ".json")), "directory"))
        if not context.check_mode:
            for path, text in files.items():
                write_private(path, text)
                if changed:
                    context.note_change()
        result = {"changed": changed, "summary": report["summary"], "files": [str(path) for path in files]}
        if "changes" in report:
            result["changes"] = report["changes"]
        return result


def _machines(params: dict[str, t.Any]) -> list[Machine]:
    found = [Machine(name, LICENSE_SERVER) for name in params["license_servers"]]
    found += [Machine(name, SESSION_HOST) for name in params["session_hosts"]]
    if not found:
        raise InvalidOption("fleet_report needs license_servers or session_hosts.")
    return list(dict.fromkeys(found))


def _json(path: str | None, option: str) -> dict[str, t.Any] | None:
    """The content of a JSON file; None where no file is named, or where it is not there yet."""
    text = read_private(controller_path(path)) if path else None
    if text is None:
        return None
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise LicensingError(f"{option}: {controller_path(path or '')} is not valid JSON of the kind expected.")
    return found


def _files(report: dict[str, t.Any], title: str, directory: pathlib.Path) -> dict[pathlib.Path, str]:
    return {
        directory / "fleet-report.html": page(report, title),
        directory / "fleet-report.json": json.dumps(report, indent=1) + "\n",
        directory / "fleet-report-key-packs.csv": usage_csv(report),
        directory / "fleet-report-findings.csv": findings_csv(report),
    }
