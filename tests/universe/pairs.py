# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pairs of tasks that two controllers run at the same time, each as a universe of its own."""

from __future__ import annotations

import copy
import typing as t

from tests.universe.scenarios import (
    BOTH_ON_SOURCE,
    BRANCH,
    CONVERT,
    CUT_OFF,
    HQ,
    INSTALL,
    INSTALL_BRANCH,
    KNOWN_BY_ID,
    ON_SOURCE,
    PART,
    REACTIVATE,
    REDUCE,
    REMOVE,
    bought,
    fleet,
    migration,
    rebuild,
    task,
    unreachable,
)


def _universe(
    one: dict[str, t.Any], other: dict[str, t.Any], packs: t.Sequence[tuple[str, str, int]] = (), **servers: t.Any
) -> dict[str, t.Any]:
    runs = [{"task": copy.deepcopy(one)}, {"task": copy.deepcopy(other)}]
    events = [{"do": "together", "runs": runs, "schedule": []}]
    return {"seed": 1, "fleet": fleet(packs, **servers), "events": events}


PAIRS: t.Final[dict[str, dict[str, t.Any]]] = {
    "same_install": _universe(INSTALL, INSTALL),
    "alike_installs": _universe(INSTALL, INSTALL_BRANCH),
    "same_adoption": _universe(INSTALL, INSTALL, ON_SOURCE),
    "same_part_migration": _universe(migration("rdls02", PART), migration("rdls02", PART), ON_SOURCE),
    "same_part_migration_cut_off": _universe(
        migration("rdls02", PART), migration("rdls02", PART), ON_SOURCE, **CUT_OFF
    ),
    "same_whole_migration": _universe(
        migration("rdls02", bought(HQ, 250)), migration("rdls02", bought(HQ, 250)), ON_SOURCE, **CUT_OFF
    ),
    "two_targets": _universe(
        migration("rdls02", bought(HQ, 250)),
        migration("rdls03", bought(BRANCH, 250)),
        BOTH_ON_SOURCE,
        **CUT_OFF,
    ),
    "two_purchases_one_source": _universe(
        migration("rdls02", bought(HQ, 250)),
        migration("rdls02", bought(BRANCH, 250)),
        BOTH_ON_SOURCE,
        **CUT_OFF,
    ),
    "same_unreachable_migration": _universe(
        unreachable("rdls02", PART), unreachable("rdls02", PART), ON_SOURCE, **KNOWN_BY_ID
    ),
    "same_reduction": _universe(REDUCE, REDUCE, ON_SOURCE),
    "same_conversion": _universe(CONVERT, CONVERT, ON_SOURCE),
    "same_removal": _universe(REMOVE, REMOVE, ON_SOURCE),
    "reduction_and_removal": _universe(REDUCE, REMOVE, ON_SOURCE),
    "reduction_and_migration": _universe(REDUCE, migration("rdls02", PART), ON_SOURCE, **CUT_OFF),
    "same_rebuild": _universe(rebuild("CHG7"), rebuild("CHG7"), ON_SOURCE),
    "two_rebuilds": _universe(rebuild("CHG7"), rebuild("CHG8"), ON_SOURCE),
    "same_recreation": _universe(
        rebuild("CHG7", method="recreate_database"), rebuild("CHG7", method="recreate_database"), ON_SOURCE
    ),
    "rebuild_and_install": _universe(rebuild("CHG7"), INSTALL_BRANCH, ON_SOURCE),
    "install_and_migration": _universe(
        task("rdls02", "key_pack", purchases=[bought(HQ, 250)]),
        migration("rdls02", bought(HQ, 250)),
        ON_SOURCE,
        **CUT_OFF,
    ),
    "same_reactivation": _universe(REACTIVATE, REACTIVATE, ON_SOURCE),
}
SHORT: t.Final = ("same_install", "same_part_migration", "same_reduction", "same_conversion", "same_adoption")
