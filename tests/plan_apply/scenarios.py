# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is planned and applied: the cells of the matrix, and the other modules that change a server."""

from __future__ import annotations

import copy
import typing as t

from tests.integration.matrix.cells import CELLS, CONTACT, Cell
from tests.integration.matrix.plays import REASON
from tests.plan_apply.stage import Scenario, Task
from tests.universe.world import World

_USERS: t.Final = {"labadmin": {"password": "Unused-Here-1"}}
TARGET, SOURCE, OTHER = "rdls02", "rdls01", "rdls03"


def of_cell(cell: Cell) -> Scenario:
    """A cell of the matrix on a fleet of its own."""
    held = [{"purchase": "bought", "quantity": cell.quantity, "issued": cell.quantity // 2}]
    servers: dict[str, t.Any] = {TARGET: _server(internet=not cell.offline)}
    if cell.operation == "rebuild":
        servers[TARGET]["key_packs"] = held
    elif cell.source:
        servers[SOURCE] = {**_server(internet=False), "key_packs": held}
        if not cell.reaches_source:
            servers[SOURCE]["reachable_from"] = []
    fleet = {"users": _USERS, "servers": servers, "clearinghouse": {"purchases": {"bought": cell.known()}}}
    return Scenario(str(cell), fleet, (_cell_task(cell, _source_id(fleet)),))


def _server(**more: t.Any) -> dict[str, t.Any]:
    return {"windows_release": "2025", "activated": True, "contact": dict(CONTACT), **more}


def _source_id(fleet: dict[str, t.Any]) -> str | None:
    if SOURCE not in fleet["servers"]:
        return None
    return str(World(copy.deepcopy(fleet), 4711).fleet.servers[SOURCE].state.license_server_id)


def _cell_task(cell: Cell, source_id: str | None) -> Task:
    common = {"connection_method": cell.method, "purchases": [cell.purchase()]}
    options: dict[str, dict[str, t.Any]] = {
        "install": {},
        "migrate_live": {
            "source": {"host": SOURCE},
            "reason": "source_is_being_replaced",
            "require_full_coverage": True,
            "remove_from_source": True,
        },
        "migrate_dead": {
            "source": {
                "name": f"{SOURCE}.universe.example",
                "license_server_id": source_id,
                "operating_system": "windows_server_2025",
            },
            "reason": "source_is_not_functioning",
            "acknowledge_manual_removal": True,
        },
        "rebuild": {"change_id": "CHG-1", "reason": REASON, "confirm_deletion": True},
    }
    module = {"install": "key_pack", "rebuild": "database_rebuild"}.get(cell.operation, "cal_migration")
    return {"host": TARGET, "module": module, "options": {**common, **options[cell.operation]}}


MATRIX = tuple(of_cell(cell) for cell in CELLS)

_BOOKS: t.Final[dict[str, dict[str, t.Any]]] = {
    f"p{number}": {
        "program": "enterprise",
        "agreement_number": f"987654{number}",
        "product_version": "windows_server_2022",
        "cal_type": "per_device" if number == 3 else "per_user",
        "quantity": 4000,
    }
    for number in range(1, 5)
}


def _purchase(number: int, quantity: int) -> dict[str, t.Any]:
    known = _BOOKS[f"p{number}"]
    named = {name: value for name, value in known.items() if name != "program"}
    return {"license_program": known["program"], **named, "quantity": quantity}


def _fleet(**servers: dict[str, t.Any]) -> dict[str, t.Any]:
    return {"users": _USERS, "servers": servers, "clearinghouse": {"purchases": copy.deepcopy(_BOOKS)}}


def _held(*numbers: int) -> list[dict[str, t.Any]]:
    return [{"purchase": f"p{number}", "quantity": number * 100, "key_pack_id": 10 + number} for number in numbers]


def _task(module: str, host: str = TARGET, **options: t.Any) -> Task:
    return {"host": host, "module": module, "options": options}


def _install(*numbers: int) -> Task:
    return _task("key_pack", purchases=[_purchase(number, number * 100) for number in numbers])


def _migrate(*numbers: int, **options: t.Any) -> Task:
    return _task(
        "cal_migration",
        source={"host": SOURCE},
        reason="source_is_being_replaced",
        remove_from_source=True,
        purchases=[_purchase(number, number * 100) for number in numbers],
        **options,
    )


_CONTACT_TASK: t.Final = {"company": "Winfleet Example 2", "city": "Neu-Ulm", "email": ""}
_SERVERS = {TARGET: _server(), SOURCE: _server(key_packs=_held(1, 2))}
_SESSION_HOST: t.Final = {"licensing_type": "2", "license_servers": [SOURCE, OTHER]}
_ISSUED: t.Final = [
    {"key_pack_id": 13, "computer": f"PC{number}", "hardware_id": f"HW{number}", "expires_on": "2026-10-30"}
    for number in range(6)
]

OTHERS = (
    Scenario("two of three installed", _fleet(**{TARGET: _server()}), (_install(1, 2, 3),), (_install(1, 2),)),
    Scenario("adopted", _fleet(**{TARGET: _server(key_packs=_held(1))}), (_install(1, 2),)),
    Scenario(
        "removed",
        _fleet(**{TARGET: _server(key_packs=_held(2))}),
        (_task("key_pack", state="absent", key_pack_id=12),),
        (_install(1, 2),),
    ),
    Scenario(
        "reduced",
        _fleet(**{TARGET: _server(key_packs=_held(1, 2))}),
        (_task("key_pack", state="reduced", key_pack_id=12, quantity=150),),
        (_install(1, 2),),
    ),
    Scenario(
        "converted",
        _fleet(**{TARGET: _server(key_packs=_held(1, 3))}),
        (_task("key_pack", state="converted", key_pack_id=13, cal_type="per_user", quantity=40, change_id="CHG2"),),
        (_install(3),),
    ),
    Scenario(
        "half of a migration",
        _fleet(**copy.deepcopy(_SERVERS)),
        (_migrate(1, 2),),
        (_migrate(1, require_full_coverage=False),),
    ),
    Scenario(
        "migration from a source with a record",
        _fleet(**{TARGET: _server(), SOURCE: _server(key_packs=_held(1, 2), reachable_from=[])}),
        (_migrate(1, 2, require_full_coverage=True),),
        (_task("key_pack", SOURCE, purchases=[_purchase(1, 100), _purchase(2, 200)]),),
    ),
    Scenario(
        "contact, scope and directory",
        _fleet(**{TARGET: _server(domain="universe.example")}),
        (
            _task(
                "license_server",
                contact=_CONTACT_TASK,
                discovery_scope="forest",
                active_directory={"service_connection_point": True, "published": True, "license_servers_group": True},
            ),
        ),
    ),
    Scenario("activated", _fleet(**{TARGET: _server(activated=False)}), (_task("license_server", state="activated"),)),
    Scenario("deactivated", _fleet(**{TARGET: _server()}), (_task("license_server", state="deactivated"),)),
    Scenario(
        "reactivated",
        _fleet(**{TARGET: _server()}),
        (_task("license_server", state="reactivated", reason="certificate_corrupt", change_id="CHG3"),),
    ),
    Scenario(
        "session host",
        _fleet(**{OTHER: _server(session_host=_SESSION_HOST)}),
        (
            _task(
                "session_host",
                OTHER,
                licensing_mode="per_user",
                license_servers_to_add=[TARGET],
                license_servers_to_remove=[SOURCE],
            ),
        ),
    ),
    Scenario(
        "connection method", _fleet(**{TARGET: _server()}), (_task("connection_method", connection_method="telephone"),)
    ),
    Scenario(
        "revoked",
        _fleet(**{TARGET: _server(key_packs=_held(3), issued_licenses=copy.deepcopy(_ISSUED))}),
        (_task("issued_cal", devices=["PC1", "PC2"], confirm_revocation=True),),
    ),
    Scenario(
        "database recreated",
        _fleet(**{TARGET: _server(key_packs=_held(1, 2))}),
        (
            _task(
                "database_rebuild",
                change_id="CHG9",
                reason="damaged",
                confirm_deletion=True,
                method="recreate_database",
                purchases=[_purchase(1, 100), _purchase(2, 200)],
            ),
        ),
        (_install(1, 2),),
    ),
    Scenario(
        "server replaced",
        _fleet(**copy.deepcopy(_SERVERS), **{OTHER: _server(session_host=_SESSION_HOST)}),
        (
            _migrate(1, 2, require_full_coverage=True),
            _task("connection_method", connection_method="automatic"),
            _task("session_host", OTHER, license_servers_to_add=[TARGET], license_servers_to_remove=[SOURCE]),
            _task("license_server", SOURCE, state="deactivated"),
        ),
    ),
)
ALL = MATRIX + OTHERS
