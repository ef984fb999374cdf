# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain tasks on a plain fleet, for pairs of controllers and for faults at every message."""

from __future__ import annotations

import typing as t

from tests.universe.actions import DOMAIN
from tests.universe.drawn_fleet import CONTACT

HQ: t.Final = {"license_program": "enterprise", "agreement_number": "9123457"}
BRANCH: t.Final = {"license_program": "enterprise", "agreement_number": "9765431"}
KIND: t.Final = {"product_version": "windows_server_2022", "cal_type": "per_user"}
SOURCE_ID: t.Final = "S0URCESERVER1DS0URCESERVER1DS0URCES"


def bought(purchase: dict[str, str], quantity: int) -> dict[str, t.Any]:
    """A purchase of so many CALs."""
    return {**purchase, **KIND, "quantity": quantity}


def task(host: str, module: str, **options: t.Any) -> dict[str, t.Any]:
    """A task as a universe has it."""
    return {"host": host, "module": module, "options": options}


def server(**more: t.Any) -> dict[str, t.Any]:
    """A server in order, with whatever is said of it."""
    plain: dict[str, t.Any] = {"windows_release": "2022", "domain": DOMAIN, "activated": True, "contact": dict(CONTACT)}
    return {**plain, "built_in_packs": False, "temporary_packs": False, "key_packs": [], **more}


def fleet(packs: t.Sequence[tuple[str, str, int]] = (), **servers: t.Any) -> dict[str, t.Any]:
    """Three license servers, two purchases of the same CALs, and key packs: server, purchase, CALs."""
    there: dict[str, t.Any] = {name: server(**servers.get(name, {})) for name in ("rdls01", "rdls02", "rdls03")}
    for number, (name, purchase, quantity) in enumerate(packs, start=11):
        there[name]["key_packs"].append({"purchase": purchase, "quantity": quantity, "key_pack_id": number})
    purchases: dict[str, dict[str, t.Any]] = {}
    for name, credential in (("hq", HQ), ("branch", BRANCH)):
        entry: dict[str, t.Any] = {**credential, **KIND, "quantity": 1000}
        entry["program"] = entry.pop("license_program")
        purchases[name] = entry
    return {
        "users": {"labadmin": {"password": "Unused-Here-1"}},
        "servers": there,
        "clearinghouse": {"purchases": purchases},
    }


def migration(target: str, *purchases: dict[str, t.Any]) -> dict[str, t.Any]:
    """From rdls01, which can be read."""
    options = {"source": {"host": "rdls01"}, "reason": "source_is_being_replaced", "remove_from_source": True}
    return task(target, "cal_migration", purchases=list(purchases), **options)


def unreachable(target: str, *purchases: dict[str, t.Any]) -> dict[str, t.Any]:
    """From rdls01, which is known by its ID only."""
    source = {"license_server_id": SOURCE_ID, "operating_system": "windows_server_2022", "name": f"rdls01.{DOMAIN}"}
    options = {"source": source, "reason": "source_is_not_functioning", "acknowledge_manual_removal": True}
    return task(target, "cal_migration", purchases=list(purchases), **options)


def rebuild(change: str, **options: t.Any) -> dict[str, t.Any]:
    """Of rdls01, under a change ID."""
    common = {"change_id": change, "reason": "rebuild_database", "confirm_deletion": True}
    return task("rdls01", "database_rebuild", purchases=[bought(HQ, 250)], **common, **options)


INSTALL = task("rdls01", "key_pack", purchases=[bought(HQ, 250)])
INSTALL_BRANCH = task("rdls01", "key_pack", purchases=[bought(BRANCH, 250)])
REDUCE = task("rdls01", "key_pack", state="reduced", key_pack_id=11, quantity=150)
CONVERT = task(
    "rdls01", "key_pack", state="converted", key_pack_id=11, cal_type="per_device", quantity=100, change_id="CHG1"
)
REMOVE = task("rdls01", "key_pack", state="absent", key_pack_id=11)
REACTIVATE = task("rdls01", "license_server", state="reactivated", reason="server_redeployed", change_id="CHG2")
ON_SOURCE = (("rdls01", "hq", 250),)
BOTH_ON_SOURCE = (("rdls01", "hq", 250), ("rdls01", "branch", 250))
CUT_OFF: dict[str, t.Any] = {"rdls01": {"reachable_from": []}}
KNOWN_BY_ID: dict[str, t.Any] = {"rdls01": {"reachable_from": [], "license_server_id": SOURCE_ID}}
PART = bought(HQ, 100)


def _alone(
    wanted: dict[str, t.Any], packs: t.Sequence[tuple[str, str, int]] = (), **servers: t.Any
) -> dict[str, t.Any]:
    return {"seed": 1, "fleet": fleet(packs, **servers), "events": [{"do": "task", "task": wanted}]}


def _offline(
    wanted: dict[str, t.Any], packs: t.Sequence[tuple[str, str, int]] = (), **servers: t.Any
) -> dict[str, t.Any]:
    """The same with license key pack IDs that an administrator fetched before."""
    wanted["options"]["connection_method"] = "web_browser"
    universe = _alone(wanted, packs, **servers)
    first = universe["events"][0]
    universe["events"] = [first, {"do": "clearinghouse"}, dict(first)]
    return universe


def _both(make: t.Callable[..., dict[str, t.Any]], where: str) -> dict[str, t.Any]:
    """Two purchases of the same CALs in one task."""
    return make(where, bought(HQ, 250), bought(BRANCH, 250))


def _license_server(**options: t.Any) -> dict[str, t.Any]:
    return task("rdls01", "license_server", **options)


_NOT_ACTIVATED: t.Final[dict[str, t.Any]] = {"rdls01": {"activated": False}}
_HOST: t.Final[dict[str, t.Any]] = {
    "rdls02": {"session_host": {"license_servers": ["old.universe.example"], "licensing_type": "2"}}
}
_DEVICES: t.Final[dict[str, t.Any]] = {
    "rdls01": {
        "key_packs": [
            {"product_version": "windows_server_2022", "cal_type": "per_device", "quantity": 50, "key_pack_id": 10}
        ],
        "issued_licenses": [
            {"key_pack_id": 10, "computer": f"PC-{number:02d}", "hardware_id": f"HW{number:02d}"} for number in range(4)
        ],
    }
}
_KEPT: t.Final = {"license_servers": [f"rdls01.{DOMAIN}"], "licensing_mode": "per_user"}

SCENARIOS: t.Final[dict[str, dict[str, t.Any]]] = {
    "install": _alone(INSTALL),
    "install_alike": _alone(task("rdls01", "key_pack", purchases=[bought(HQ, 250), bought(BRANCH, 250)])),
    "install_offline": _offline(task("rdls01", "key_pack", purchases=[bought(HQ, 250)])),
    "adopt": _alone(INSTALL, ON_SOURCE),
    "reduce": _alone(REDUCE, ON_SOURCE),
    "remove": _alone(REMOVE, ON_SOURCE),
    "convert_part": _alone(CONVERT, ON_SOURCE),
    "convert_all": _alone(
        task("rdls01", "key_pack", state="converted", key_pack_id=11, cal_type="per_device", change_id="CHG1"),
        ON_SOURCE,
    ),
    "migrate": _alone(migration("rdls02", bought(HQ, 250)), ON_SOURCE),
    "migrate_part": _alone(migration("rdls02", PART), ON_SOURCE),
    "migrate_cut_off": _alone(migration("rdls02", bought(HQ, 250)), ON_SOURCE, **CUT_OFF),
    "migrate_part_cut_off": _alone(migration("rdls02", PART), ON_SOURCE, **CUT_OFF),
    "migrate_alike": _alone(_both(migration, "rdls02"), BOTH_ON_SOURCE),
    "migrate_alike_cut_off": _alone(_both(migration, "rdls02"), BOTH_ON_SOURCE, **CUT_OFF),
    "migrate_offline": _offline(migration("rdls02", bought(HQ, 250)), ON_SOURCE, **CUT_OFF),
    "migrate_unreachable": _alone(unreachable("rdls02", bought(HQ, 250)), ON_SOURCE, **KNOWN_BY_ID),
    "migrate_unreachable_offline": _offline(unreachable("rdls02", bought(HQ, 250)), ON_SOURCE, **KNOWN_BY_ID),
    "rebuild": _alone(rebuild("CHG7"), ON_SOURCE),
    "rebuild_offline": _offline(rebuild("CHG7"), ON_SOURCE),
    "recreate": _alone(rebuild("CHG7", method="recreate_database"), ON_SOURCE),
    "activate": _alone(_license_server(state="activated"), **_NOT_ACTIVATED),
    "deactivate": _alone(_license_server(state="deactivated")),
    "reactivate": _alone(REACTIVATE, ON_SOURCE),
    "contact": _alone(_license_server(contact={"first_name": "Ruth", "city": "Kiel"})),
    "directory": _alone(
        _license_server(
            discovery_scope="forest", active_directory={"license_servers_group": True, "service_connection_point": True}
        )
    ),
    "connection_method": _alone(task("rdls01", "connection_method", connection_method="telephone")),
    "session_host": _alone(task("rdls02", "session_host", **_KEPT), **_HOST),
    "session_host_list": _alone(task("rdls02", "session_host", license_servers_to_add=[f"rdls01.{DOMAIN}"]), **_HOST),
    "revoke": _alone(task("rdls01", "issued_cal", devices=["PC-0*"], confirm_revocation=True), **_DEVICES),
}
"""What faults are tried in; the fault comes in the first run of the last event's task."""
