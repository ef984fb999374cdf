# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin of winfleet.rd_licensing.issued_cal; documented in plugins/modules/issued_cal.py."""

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
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.plan_options import (
    with_plan_options,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.results import planned
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.revocation import Revoker
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.issued_cals import (
    read_issued_cals,
    server_time,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.cal_usage import checked_patterns
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.revocation import (
    RevocationRule,
    plan_revocation,
)

ARGUMENT_SPEC = with_plan_options(
    ArgumentSpec(
        options={
            "devices": {"type": "list", "elements": "str"},
            "hardware_ids": {"type": "list", "elements": "str"},
            "not_renewed_since": {"type": "str"},
            "product_version": {"type": "list", "elements": "str"},
            "status": {"type": "list", "elements": "str", "choices": ["active", "upgrade"], "default": ["active"]},
            "require_all": {"type": "bool", "default": False},
            "confirm_revocation": {"type": "bool", "default": False},
        }
    )
)


class ActionModule(LicensingAction):
    """Revokes per device CALs by rule."""

    ARGUMENT_SPEC = ARGUMENT_SPEC

    def perform(self, context: ModuleContext) -> dict[str, t.Any]:
        """Read the key packs and the CALs, choose, revoke one by one, and read each back."""
        params = context.params
        rule = RevocationRule(
            devices=checked_patterns(params["devices"], "devices"),
            hardware_ids=frozenset(text.strip().lower() for text in params["hardware_ids"] or ()),
            not_renewed_since=utc_time(params["not_renewed_since"], "not_renewed_since"),
            product_versions=frozenset(product_versions(params["product_version"], "product_version")),
            status=frozenset(params["status"]),
        )
        opened = context.open()
        server = LicenseServer(opened.session)
        server.properties()
        now = server_time(server)
        packs = server.key_packs()
        found = plan_revocation(
            server.name, rule, read_issued_cals(server), packs, now, require_all=params["require_all"]
        )
        revoked, beyond, next_allowed = found.revoke, found.beyond_limit, None
        observed = (("packs", packs), ("cals", (*found.revoke, *found.beyond_limit)))
        if context.may_apply(found.plan, {server.name: observed}) and found.revoke:
            if not params["confirm_revocation"]:
                raise Refused(
                    f"{server.name}: {len(found.revoke)} CAL(s) would be revoked, which cannot be undone. "
                    f"Set confirm_revocation: true; check mode lists them."
                )
            revoker = Revoker(
                server,
                now,
                opened.operation_timeout,
                context.warn,
                context.note_change,
                lambda cal: context.did(cal.holder),
            )
            version = {pack.key_pack_id: pack.product_version_id for pack in packs}
            revoker.apply(found.revoke, lambda cal: version[cal.key_pack_id])
            revoked, next_allowed = tuple(revoker.revoked), revoker.next_allowed
            beyond = (*revoker.beyond_limit, *beyond)
            if revoker.beyond_limit:
                when = f" The next one can be revoked on {next_allowed:%Y-%m-%d}." if next_allowed else ""
                context.warn(
                    f"{server.name}: the server allowed {len(revoked)} of {len(found.revoke)} revocations before its "
                    f"limit was reached.{when}"
                )
        next_allowed = next_allowed or found.next_allowed
        return {
            **planned(context, found.plan, bool(revoked)),
            "revoked": [cal.describe() for cal in revoked],
            "beyond_limit": [cal.describe() for cal in beyond],
            "limits": [limit.describe() for limit in found.limits],
            "next_revocation_allowed": next_allowed.isoformat() if next_allowed else None,
        }
