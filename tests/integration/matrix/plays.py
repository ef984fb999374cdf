# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the matrix has Ansible do: one task for each cell, in one play for each operation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.integration.matrix.cells import OPERATIONS, Cell
from tests.integration.playbook import task

TASK = "come to have the CALs"
# Stands for no list of the wizard's: the administrator chooses the closest entry.
REASON = "It was damaged when the power failed"
_COMMON = {
    "connection_method": "{{ method }}",
    "purchases": "{{ purchases }}",
    "license_key_pack_ids": (
        "{{ (rd_licensing_answers | default({})).get(inventory_hostname, {}).get('license_key_pack_ids', {}) }}"
    ),
}
_TASKS: dict[str, tuple[str, dict[str, Any]]] = {
    "install": ("key_pack", _COMMON),
    "migrate_live": (
        "cal_migration",
        {
            **_COMMON,
            "source": {"host": "{{ source }}"},
            "reason": "source_is_being_replaced",
            "require_full_coverage": True,
            "remove_from_source": True,
        },
    ),
    "migrate_dead": (
        "cal_migration",
        {
            **_COMMON,
            "source": {
                "name": "{{ source }}.winfleet.example",
                "license_server_id": "{{ source_id }}",
                "operating_system": "windows_server_2025",
            },
            "reason": "source_is_not_functioning",
            "acknowledge_manual_removal": True,
        },
    ),
    "rebuild": (
        "database_rebuild",
        {**_COMMON, "change_id": "{{ change_id }}", "reason": REASON, "confirm_deletion": True},
    ),
}


def plays(cells: Sequence[Cell], **keywords: Any) -> list[dict[str, Any]]:
    """A play for each operation among the cells; `keywords` are those of its task."""
    made = []
    for operation in OPERATIONS:
        hosts = [cell.target for cell in cells if cell.operation == operation]
        if hosts:
            made.append(_play(hosts, *_TASKS[operation], **keywords))
    return made


def plays_for_sources_that_are_back(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """Settle what was left on the sources of dead migrations, now that they can be read."""
    options = {
        **_COMMON,
        "source": {"host": "{{ source }}"},
        "reason": "source_is_not_functioning",
        "remove_from_source": True,
    }
    return [_play([cell.target for cell in cells], "cal_migration", options)]


def variables(cell: Cell, source_id: str | None) -> dict[str, Any]:
    """The variables of a cell's host."""
    return {
        "method": cell.method,
        "purchases": [cell.purchase()],
        "unknown_purchases": [cell.unknown_purchase()],
        "malformed_purchases": cell.malformed_purchases(),
        "source": cell.source,
        "source_id": source_id,
        "change_id": "CHG-1",
    }


def _play(hosts: list[str], module: str, options: dict[str, Any], **keywords: Any) -> dict[str, Any]:
    return {"hosts": hosts, "gather_facts": False, "tasks": [task(TASK, module, options, **keywords)]}
