# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin of winfleet.rd_licensing.cal_usage_info; documented in plugins/modules/cal_usage_info.py."""

from __future__ import annotations

import typing as t

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.action import (
    LicensingAction,
    ModuleContext,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.options import (
    ArgumentSpec,
    product_versions,
    utc_time,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import CAL_TYPES
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import (
    InvalidOption,
    LicensingError,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.issued_cals import (
    STATUS_NAMES,
    read_issued_cals,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.usage_reports import (
    REPORT_ENTRIES,
    SCOPES,
    UsageReports,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.cal_usage import (
    UsageFilter,
    UsageTotals,
    checked_patterns,
    summarize,
    temporary_issued,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Plan
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanError

ARGUMENT_SPEC = ArgumentSpec(
    options={
        "summary_only": {"type": "bool", "default": False},
        "cal_type": {"type": "str", "choices": list(CAL_TYPES)},
        "product_version": {"type": "list", "elements": "str"},
        "devices": {"type": "list", "elements": "str"},
        "users": {"type": "list", "elements": "str"},
        "status": {"type": "list", "elements": "str", "choices": list(STATUS_NAMES.values())},
        "expires_before": {"type": "str"},
        "limit": {"type": "int", "default": 1000},
        "usage_report": {"type": "str", "choices": ["none", "list", "newest", "generate"], "default": "none"},
        "report_entries": {
            "type": "list",
            "elements": "str",
            "choices": list(REPORT_ENTRIES),
            "default": list(REPORT_ENTRIES),
        },
        "report_scope": {
            "type": "dict",
            "options": {
                "type": {"type": "str", "choices": list(SCOPES), "required": True},
                "organizational_unit": {"type": "str"},
            },
        },
    },
    requires={
        **dict.fromkeys(("devices", "users", "status", "expires_before"), ("summary_only", False)),
        "report_scope": ("usage_report", "generate"),
    },
)


class ActionModule(LicensingAction):
    """Reads who uses the CALs of a license server."""

    ARGUMENT_SPEC = ARGUMENT_SPEC

    def perform(self, context: ModuleContext) -> dict[str, t.Any]:
        """Read the key packs, then the CALs in use, then a usage report, as far as each is asked for."""
        wanted = _filter(context.params)
        scope = _scope(context.params)
        server = LicenseServer(context.open().session)
        server.properties()
        packs = server.key_packs()
        usage: dict[str, t.Any] = {
            "summary": summarize(filter(wanted.accepts_pack, packs)),
            "temporary_cals_issued": temporary_issued(packs),
        }
        if not context.params["summary_only"]:
            usage.update(_issued(server, packs, wanted, context.params["limit"]))
        usage.update(_reports(context, UsageReports(server), scope))
        return {"changed": context.server_changed, "cal_usage": usage}


def _filter(params: dict[str, t.Any]) -> UsageFilter:
    if params["limit"] < 0:
        raise InvalidOption(f"limit: must not be negative; got {params['limit']}.")
    return UsageFilter(
        cal_type=params["cal_type"],
        product_versions=frozenset(product_versions(params["product_version"], "product_version")),
        devices=checked_patterns(params["devices"], "devices"),
        users=checked_patterns(params["users"], "users"),
        status=frozenset(params["status"] or ()),
        expires_before=utc_time(params["expires_before"], "expires_before"),
    )


def _scope(params: dict[str, t.Any]) -> tuple[int, str] | None:
    scope = params["report_scope"]
    if scope is None:
        return None
    unit = scope["organizational_unit"] or ""
    if (scope["type"] == "organizational_unit") != bool(unit):
        raise InvalidOption("report_scope: set organizational_unit if, and only if, type is organizational_unit.")
    return SCOPES[scope["type"]], unit


def _issued(server: LicenseServer, packs: tuple[KeyPack, ...], wanted: UsageFilter, limit: int) -> dict[str, t.Any]:
    known = {pack.key_pack_id: pack for pack in packs}
    accepted = [pack.key_pack_id for pack in packs if wanted.accepts_pack(pack)]
    totals = UsageTotals(known)
    rows: list[dict[str, t.Any]] = []
    matching = 0
    # All key packs: no condition, so that rows of a pack that came a moment ago are not left out.
    for cal in read_issued_cals(server, None if len(accepted) == len(packs) else accepted):
        if not wanted.accepts(cal):
            continue
        totals.add(cal)
        matching += 1
        if len(rows) < limit:
            pack = known.get(cal.key_pack_id)
            described = pack.describe() if pack else {}
            rows.append({**cal.describe(), **{key: described.get(key) for key in ("cal_type", "product_version")}})
    return {**totals.describe(), "issued_cals": rows, "issued_cals_matching": matching}


def _reports(context: ModuleContext, reports: UsageReports, scope: tuple[int, str] | None) -> dict[str, t.Any]:
    what = context.params["usage_report"]
    if what == "none":
        return {}
    if what == "generate" and context.check_mode:
        context.warn(
            "Generating a usage report writes to the server, so check mode reads the newest stored report instead."
        )
    kinds = context.params["report_entries"]
    # Not a step of any plan: the report is deleted once it is read.
    if what == "generate" and context.may_apply(Plan(), {}):
        return {"usage_report": _generated(context, reports, scope, kinds)}
    stored = reports.stored()
    found: dict[str, t.Any] = {"usage_reports": [each.describe() for each in stored]}
    if what != "list" and stored:
        found["usage_report"] = {**stored[0].describe(), **_entries(reports, stored[0].file_name, kinds)}
    return found


def _generated(
    context: ModuleContext, reports: UsageReports, scope: tuple[int, str] | None, kinds: list[str]
) -> dict[str, t.Any]:
    """Generate a report, read it, and delete it whatever happens: only the task's own report is ever deleted."""
    before = {each.file_name for each in reports.stored()}
    context.note_change()
    try:
        name = reports.generate(scope)
    except WsmanError as error:
        if error.outcome_unknown:
            raise LicensingError(
                f"{context.host}: there was no response to generating a usage report ({str(error).rstrip('.')}). "
                f"The report may still appear on the server. These were there before: "
                f"{', '.join(sorted(before)) or 'none'}."
            ) from error
        raise
    try:
        return {"file_name": name, **_entries(reports, name, kinds)}
    finally:
        # What was generated and is gone again leaves the server as it was.
        context.server_changed = not _is_deleted(context, reports, name)


def _is_deleted(context: ModuleContext, reports: UsageReports, name: str) -> bool:
    try:
        reports.delete(name)
    except (LicensingError, WsmanError) as error:
        try:
            left = any(each.file_name == name for each in reports.stored())
        except (LicensingError, WsmanError):
            left = True
        if left:
            context.warn(f"The usage report '{name}', which this task generated, is still on the server: {error}")
        return not left
    return True


def _entries(reports: UsageReports, name: str, kinds: list[str]) -> dict[str, t.Any]:
    return {"entries": {kind: list(reports.entries(name, kind)) for kind in kinds}}
