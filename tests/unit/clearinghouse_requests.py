# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests to the Clearinghouse as tasks return them, for tests of what is made of them."""

from __future__ import annotations

import typing as t

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.clearinghouse_request import (
    activation_request,
    license_key_pack_request,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Purchase

from tests.unit.builders import SOURCE_ID, TARGET_ID, properties, purchase

PRODUCT_ID = "00454-10000-00001-AA123"
REASON = "The source license server is being replaced by this license server"


def for_key_pack(
    server: str = "rdls02", of: Purchase | None = None, method: str = "web_browser", **changes: t.Any
) -> dict[str, t.Any]:
    """The request for a license key pack ID, to migrate unless told otherwise, with the server beside it."""
    options: dict[str, t.Any] = {
        "operation": "migrate",
        "reason": REASON,
        "license_server_id": TARGET_ID,
        "contact": properties().contact,
        "source_name": "rdls01",
        "source_license_server_id": SOURCE_ID,
        "source_operating_system": "windows_server_2012_r2",
        **changes,
    }
    wanted = license_key_pack_request(of or purchase(250), connection_method=method, **options)
    return {**wanted, "server": server}


def numbered(*requests: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    """The requests as they are on a sheet."""
    return [{**request, "number": number} for number, request in enumerate(requests, 1)]


def for_activation(
    wanted: str = "license_server_id", server: str = "rdls03", method: str = "web_browser", reason: str | None = None
) -> dict[str, t.Any]:
    """The request for what changes a server's activation, with the server beside it."""
    found = activation_request(
        wanted,
        connection_method=method,
        product_id=PRODUCT_ID,
        license_server_id=TARGET_ID if reason or wanted == "confirmation_code" else None,
        contact=properties().contact,
        reason=reason,
    )
    return {**found, "server": server}
