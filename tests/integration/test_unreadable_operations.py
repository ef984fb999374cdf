# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A value in the record that cannot be read: every module that reads the record can take it out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.fleet import Fleet
from tests.integration.ladder import climb
from tests.integration.playbook import task
from tests.integration.purchases import CLEARINGHOUSE, purchase

OPERATIONS = "SOFTWARE\\WinFleet\\RDLicensing\\Operations"
DAMAGED = "000001-install-00c0ffee"
FLEET = f"""
servers:
  rdls01:
    activated: true
    key_packs: [{{product_version: windows_server_2022, cal_type: per_user, quantity: 50}}]
    registry: {{'{OPERATIONS}': {{{DAMAGED}: '{{"format": 99}}'}}}}
{CLEARINGHOUSE}"""
MODULES: dict[str, dict[str, Any]] = {
    "license_server": {"state": "activated", "contact": {"city": "Ulm"}},
    "key_pack": {"purchases": [purchase("enterprise")]},
    "database_rebuild": {
        "change_id": "CHG-1",
        "reason": "a damaged database",
        "purchases": [],
        "confirm_deletion": True,
        "waive_coverage": True,
    },
}


@pytest.mark.parametrize("module", MODULES)
def test_it_is_named_and_can_be_discarded(fleet: Fleet, module: str) -> None:
    refused = fleet.play(task("refused", module, MODULES[module]))
    assert refused.code == 2
    assert f"resolve_operations: [{{operation: '{DAMAGED}', outcome: discard}}]" in refused.last.message
    discard = [{"operation": DAMAGED, "outcome": "discard"}]
    ladder = climb(fleet, module, {**MODULES[module], "resolve_operations": discard})
    registry = ladder.server("rdls01")["registry"]
    assert DAMAGED not in registry[OPERATIONS]
    assert registry[f"{OPERATIONS}\\History\\Discarded"][DAMAGED] == '{"format": 99}'
    assert f"Remove the unreadable operation '{DAMAGED}' from the record on rdls01" in ladder.real.result["steps"]
