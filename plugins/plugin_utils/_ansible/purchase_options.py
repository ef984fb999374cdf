# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that several modules share. Their documentation is in plugins/doc_fragments/."""

from __future__ import annotations

import typing as t

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import (
    CAL_TYPES,
    CONNECTION_METHODS,
    LICENSE_PROGRAMS,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.resolutions import (
    DISCARD,
    HAD_NO_EFFECT,
    TOOK_EFFECT,
)

CONNECTION_METHOD_OPTION: t.Final[dict[str, t.Any]] = {"type": "str", "choices": list(CONNECTION_METHODS)}

PURCHASE_OPTIONS: t.Final[dict[str, dict[str, t.Any]]] = {
    "license_program": {"type": "str", "required": True, "choices": list(LICENSE_PROGRAMS)},
    "license_code": {"type": "str", "no_log": True},
    "license_number": {"type": "str", "no_log": True},
    "authorization_number": {"type": "str", "no_log": True},
    "agreement_number": {"type": "str", "no_log": True},
    "product_version": {"type": "str"},
    "cal_type": {"type": "str", "choices": list(CAL_TYPES)},
    "quantity": {"type": "int"},
    "reference": {"type": "str"},
    "license_key_pack_id": {"type": "str", "no_log": True},
    "acknowledge_missing": {"type": "str"},
    "key_pack_id": {"type": "int"},
}

PURCHASES_OPTION: t.Final[dict[str, t.Any]] = {"type": "list", "elements": "dict", "options": PURCHASE_OPTIONS}

# By request ID, as in the answer file that clearinghouse_request writes.
LICENSE_KEY_PACK_IDS_OPTION: t.Final[dict[str, t.Any]] = {"type": "dict", "default": {}, "no_log": True}

RESOLVE_OPERATIONS_OPTION: t.Final[dict[str, t.Any]] = {
    "type": "list",
    "elements": "dict",
    "options": {
        "operation": {"type": "str", "required": True},
        "outcome": {"type": "str", "required": True, "choices": [TOOK_EFFECT, HAD_NO_EFFECT, DISCARD]},
        "key_pack_id": {"type": "int"},
    },
}
OUTCOME_WAIT_OPTION: t.Final[dict[str, t.Any]] = {"type": "int", "default": 3600}
