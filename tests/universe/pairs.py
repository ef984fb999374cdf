# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pairs of tasks that two controllers run at the same time, each as a universe of its own."""

from __future__ import annotations

import copy
import typing as t

from tests.universe.actions import DOMAIN
from tests.universe.draw import CONTACT

_HQ: t.Final = {"license_program": "enterprise", "agreement_number": "9123457"}
_BRANCH: t.Final = {"license_program": "enterprise", "agreement_number": "9765431"}
_KIND: t.Final = {"product_version": "windows_server_2022", "cal_type": "per_user"}
_SOURCE_ID: t.Final = "S0URCESERVER1DS0URCESERVER1DS0URCES"


def _bought(purchase: dict[str, str], quantity: int) -> dict[str, t.Any]:
    return {**purchase, **_KIND, "quantity": quantity}


def _task(host: str, module: str, **options: t.Any) -> dict[str, t.Any]:
    return {"host": host, "module": module, "options": options}


def _server(**more: t.Any) -> dict[str, t.Any]:
    plain: dict[str, t.Any] = {"windows_release": "2022", "domain": DOMAIN, "activated": True, "contact": dict(CONTACT)}
    return {**plain, "built_in_packs": False, "temporary_packs": False, "key_packs": [], **more}


def _universe(
    one: dict[str, t.Any], other: dict[str, t.Any], packs: t.Sequence[tuple[str, str, int]] = (), **servers: t.Any
) -> dict[str, t.Any]:
    fleet: dict[str, t.Any] = {name: _server(**servers.get(name, {})) for name in ("rdls01", "rdls02", "rdls03")}
    for number, (server, purchase, quantity) in enumerate(packs, start=11):
        fleet[server]["key_packs"].append({"purchase": purchase, "quantity": quantity, "key_pack_id": number})
    purchases: dict[str, dict[str, t.Any]] = {}
    for name, bought in (("hq", _HQ), ("branch", _BRANCH)):
        entry: dict[str, t.Any] = {**bought, **_KIND, "quantity": 1000}
        entry["program"] = entry.pop("license_program")
        purchases[name] = entry
    runs = [{"task": copy.deepcopy(one)}, {"task": copy.deepcopy(other)}]
    return {
        "seed": 1,
        "fleet": {
            "users": {"labadmin": {"password": "Unused-Here-1"}},
            "servers": fleet,
            "clearinghouse": {"purchases": purchases},
        },
        "events": [{"do": "together", "runs": runs, "schedule": []}],
    }


def _migration(target: str, *purchases: dict[str, t.Any]) -> dict[str, t.Any]:
    options = {"source": {"host": "rdls01"}, "reason": "source_is_being_replaced", "remove_from_source": True}
    return _task(target, "cal_migration", purchases=list(purchases), **options)


def _unreachable(target: str, *purchases: dict[str, t.Any]) -> dict[str, t.Any]:
    source = {"license_server_id": _SOURCE_ID, "operating_system": "windows_server_2022", "name": f"rdls01.{DOMAIN}"}
    options = {"source": source, "reason": "source_is_not_functioning", "acknowledge_manual_removal": True}
    return _task(target, "cal_migration", purchases=list(purchases), **options)


def _rebuild(change: str, **options: t.Any) -> dict[str, t.Any]:
    common = {"change_id": change, "reason": "rebuild_database", "confirm_deletion": True}
    return _task("rdls01", "database_rebuild", purchases=[_bought(_HQ, 250)], **common, **options)


_INSTALL = _task("rdls01", "key_pack", purchases=[_bought(_HQ, 250)])
_INSTALL_BRANCH = _task("rdls01", "key_pack", purchases=[_bought(_BRANCH, 250)])
_REDUCE = _task("rdls01", "key_pack", state="reduced", key_pack_id=11, quantity=150)
_CONVERT = _task(
    "rdls01", "key_pack", state="converted", key_pack_id=11, cal_type="per_device", quantity=100, change_id="CHG1"
)
_REMOVE = _task("rdls01", "key_pack", state="absent", key_pack_id=11)
_REACTIVATE = _task("rdls01", "license_server", state="reactivated", reason="server_redeployed", change_id="CHG2")
_ON_SOURCE = (("rdls01", "hq", 250),)
_BOTH_ON_SOURCE = (("rdls01", "hq", 250), ("rdls01", "branch", 250))
_CUT_OFF: dict[str, t.Any] = {"rdls01": {"reachable_from": []}}
_KNOWN_BY_ID: dict[str, t.Any] = {"rdls01": {"reachable_from": [], "license_server_id": _SOURCE_ID}}
_PART = _bought(_HQ, 100)

PAIRS: t.Final[dict[str, dict[str, t.Any]]] = {
    "same_install": _universe(_INSTALL, _INSTALL),
    "alike_installs": _universe(_INSTALL, _INSTALL_BRANCH),
    "same_adoption": _universe(_INSTALL, _INSTALL, _ON_SOURCE),
    "same_part_migration": _universe(_migration("rdls02", _PART), _migration("rdls02", _PART), _ON_SOURCE),
    "same_part_migration_cut_off": _universe(
        _migration("rdls02", _PART), _migration("rdls02", _PART), _ON_SOURCE, **_CUT_OFF
    ),
    "same_whole_migration": _universe(
        _migration("rdls02", _bought(_HQ, 250)), _migration("rdls02", _bought(_HQ, 250)), _ON_SOURCE, **_CUT_OFF
    ),
    "two_targets": _universe(
        _migration("rdls02", _bought(_HQ, 250)),
        _migration("rdls03", _bought(_BRANCH, 250)),
        _BOTH_ON_SOURCE,
        **_CUT_OFF,
    ),
    "two_purchases_one_source": _universe(
        _migration("rdls02", _bought(_HQ, 250)),
        _migration("rdls02", _bought(_BRANCH, 250)),
        _BOTH_ON_SOURCE,
        **_CUT_OFF,
    ),
    "same_unreachable_migration": _universe(
        _unreachable("rdls02", _PART), _unreachable("rdls02", _PART), _ON_SOURCE, **_KNOWN_BY_ID
    ),
    "same_reduction": _universe(_REDUCE, _REDUCE, _ON_SOURCE),
    "same_conversion": _universe(_CONVERT, _CONVERT, _ON_SOURCE),
    "same_removal": _universe(_REMOVE, _REMOVE, _ON_SOURCE),
    "reduction_and_removal": _universe(_REDUCE, _REMOVE, _ON_SOURCE),
    "reduction_and_migration": _universe(_REDUCE, _migration("rdls02", _PART), _ON_SOURCE, **_CUT_OFF),
    "same_rebuild": _universe(_rebuild("CHG7"), _rebuild("CHG7"), _ON_SOURCE),
    "two_rebuilds": _universe(_rebuild("CHG7"), _rebuild("CHG8"), _ON_SOURCE),
    "same_recreation": _universe(
        _rebuild("CHG7", method="recreate_database"), _rebuild("CHG7", method="recreate_database"), _ON_SOURCE
    ),
    "rebuild_and_install": _universe(_rebuild("CHG7"), _INSTALL_BRANCH, _ON_SOURCE),
    "install_and_migration": _universe(
        _task("rdls02", "key_pack", purchases=[_bought(_HQ, 250)]),
        _migration("rdls02", _bought(_HQ, 250)),
        _ON_SOURCE,
        **_CUT_OFF,
    ),
    "same_reactivation": _universe(_REACTIVATE, _REACTIVATE, _ON_SOURCE),
}
SHORT: t.Final = ("same_install", "same_part_migration", "same_reduction", "same_conversion", "same_adoption")
