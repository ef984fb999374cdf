# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must not grow with history or with the number of purchases, and what a role costs that has nothing to do."""

from __future__ import annotations

from typing import Any

from tests.integration import main_job
from tests.integration.fleet import USERS, Fleet
from tests.integration.playbook import Run, Settings, task
from tests.integration.purchases import CLEARINGHOUSE, purchase

FLEET = f"""{USERS}
servers:
  rdls01: {{windows_release: "2025", activated: true}}
  rdls02: {{windows_release: "2025", activated: true}}
{CLEARINGHOUSE}"""
ROLES = USERS + main_job.FLEET
REBUILD = {
    "rebuild_database_target_hosts": "rdls07",
    "rebuild_database_change_id": "CHG-1",
    "rebuild_database_reason": "Trying it",
    "rebuild_database_confirm_deletion": True,
    "rebuild_database_purchases": [purchase("campus")],
}
SET_UP = {
    "license_server_target_hosts": "rdls07",
    "license_server_contact": {
        "first_name": "Rosa", "last_name": "Example", "company": "Winfleet Example", "country_region": "Germany"
    },
}  # fmt: skip


def sold(fleet: Fleet, count: int) -> list[dict[str, Any]]:
    """Purchases that the Clearinghouse knows and no server has."""
    for number in range(count):
        fleet.clearinghouse_sells(
            f"many{number:02d}", program="enterprise", agreement_number=f"73000{number:02d}",
            product_version="windows_server_2022", cal_type="per_user", quantity=10 + number,
        )  # fmt: skip
    return [
        purchase("enterprise", agreement_number=f"73000{number:02d}", quantity=10 + number) for number in range(count)
    ]


def transferred(requests: list[dict[str, Any]]) -> int:
    """Bytes in both directions, headers and all."""
    return sum(int(request["received"]) + int(request["sent"]) for request in requests)


def cost(fleet: Fleet, *tasks: dict[str, Any], hosts: str = "rdls01") -> list[dict[str, Any]]:
    """The HTTP requests of some tasks, which must succeed."""
    before = len(fleet.http())
    fleet.play(*tasks, hosts=hosts, watch=False).succeeded()
    return fleet.http(before)


def migrations(fleet: Fleet, wanted: list[dict[str, Any]], *, removes: bool) -> list[int]:
    """Bytes of three migrations in a row, of one purchase, of ten, and of all the others."""
    cost(fleet, task("install", "key_pack", {"purchases": wanted, "adopt": False}))
    sizes = []
    for part in (wanted[:1], wanted[1:11], wanted[11:]):
        options = {
            "source": {"host": "rdls01"},
            "reason": "source_is_being_replaced",
            "purchases": part,
            "remove_from_source": removes,
        }
        sizes.append(transferred(cost(fleet, task("migrate", "cal_migration", options), hosts="rdls02")))
    return sizes


def for_each(sizes: list[int], count: int) -> tuple[float, float]:
    """Bytes for each further purchase, where there are ten and where there are all the others."""
    return (sizes[1] - sizes[0]) / 9, (sizes[2] - sizes[0]) / (count - 12)


def describe(fleet: Fleet) -> str:
    """The growth as printed by the benchmark."""
    lines = []
    wanted = sold(fleet, 40)
    for count in (1, 40):
        options = {"purchases": wanted[:count], "adopt": False}
        cost(fleet, task("install", "key_pack", options), hosts="rdls02")
        again = cost(fleet, task("unchanged", "key_pack", {**options, "purchases": wanted[:1]}), hosts="rdls02")
        lines.append(f"key_pack unchanged, {count} recorded operations: {len(again)} requests")
    for removes, title in ((False, "the provider clears the source"), (True, "CALs are removed from the source")):
        fleet.reset()
        if removes:
            fleet.cut("rdls01", "rdls02")
        few, many = for_each(migrations(fleet, sold(fleet, 40), removes=removes), 40)
        lines.append(f"cal_migration, bytes for each purchase, {title}: {few:.0f} of 10, {many:.0f} of 29")
    return "\n".join(lines)


def second_run(fleet: Fleet, playbook: str, variables: dict[str, Any]) -> tuple[Run, list[dict[str, Any]]]:
    """The second run of a packaged playbook, and its HTTP requests."""
    settings = Settings(variables=variables, watch=False)
    fleet.run(f"winfleet.rd_licensing.{playbook}", settings).succeeded()
    before = len(fleet.http())
    again = fleet.run(f"winfleet.rd_licensing.{playbook}", settings).succeeded()
    return again, fleet.http(before)


def slots(run: Run, role: str) -> int:
    """Tasks of the role that took a slot on a host, those that were skipped included."""
    return sum(1 for each in run.outcomes if f".{role} : " in each.task)


def traffic(requests: list[dict[str, Any]]) -> tuple[int, int, int]:
    """Requests, bytes both ways, connections."""
    return len(requests), transferred(requests), len({(each["server"], each["connection"]) for each in requests})


def describe_roles(fleet: Fleet) -> str:
    """The second run of each role as printed by the benchmark."""
    lines = []
    playbooks = {"replace_source_server": main_job.variables(), "rebuild_database": REBUILD, "license_server": SET_UP}
    for playbook, variables in playbooks.items():
        again, requests = second_run(fleet, playbook, variables)
        sent, size, connections = traffic(requests)
        lines.append(
            f"{playbook}: {sent} requests, {size} bytes, {connections} connections, {slots(again, playbook)} task slots"
        )
    return "\n".join(lines)
