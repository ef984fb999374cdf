# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What only a call that changes something can prove: the numbered questions of the README, and one row for each module.

The record on the server answers some of them, once the collection has installed, migrated or rebuilt there.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import DONE, Operation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.assumption import (
    ALL,
    KEY_PACKS,
    Assumption,
    Evidence,
    Finding,
    Look,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.reads import HOST, SERVER

CALLS_OF: t.Final = "calls_of_"
_SINCE_2022: t.Final = 7
# Operations that prove the calls of a module, once they are recorded as done.
_CALLS: t.Final[dict[str, tuple[str, ...]]] = {
    "key_pack": ("install", "remove", "reduce", "convert"),
    "cal_migration": ("migrate",),
    "database_rebuild": ("rebuild", "reinstall"),
    "license_server": ("activate", "deactivate", "reactivate"),
    "issued_cal": (),
}


def _done(test: Callable[[Operation], bool]) -> Look:
    def look(evidence: Evidence) -> Finding:
        operations: tuple[Operation, ...] = evidence.value("operation record") or ()
        return "" if any(each.status == DONE and test(each) for each in operations) else None

    return look


def _brings_new_version(operation: Operation) -> bool:
    acquired = operation.operation in ("install", "migrate", "reinstall")
    return acquired and operation.cals is not None and operation.cals.product_version >= _SINCE_2022


def _untried(_evidence: Evidence) -> Finding:
    return None


def _question(number: int, expected: str, modules: tuple[str, ...], look: Look = _untried) -> Assumption:
    return Assumption(
        f"question_{number}", (SERVER,), f"question {number} of the README: {expected}", "", modules, look,
        informs=True, optional=True,
    )  # fmt: skip


def _calls(module: str, subject: str, operations: tuple[str, ...]) -> Assumption:
    return Assumption(
        f"{CALLS_OF}{module}",
        (subject,),
        f"calls of {module} that change something; only making one proves them",
        "",
        (module,),
        _done(lambda operation: operation.operation in operations),
    )


QUESTIONS: t.Final = (
    _question(
        1,
        "which names and IDs of a source the import methods accept",
        ("cal_migration",),
        _done(lambda each: each.operation == "migrate"),
    ),
    _question(2, "whose rights the target uses on the source", ("cal_migration",)),
    _question(3, "whether versions 7 (2022) and 8 (2025) are accepted", KEY_PACKS, _done(_brings_new_version)),
    _question(4, "the return codes of rejected calls", (ALL,)),
    _question(5, "what uninstalling does to issued CALs, and what key pack type 7 is", KEY_PACKS),
    _question(6, "the form of the confirmation code for deactivating by telephone", ("license_server",)),
    _question(7, "how many CALs one call may carry", KEY_PACKS),
    *(_calls(module, SERVER, operations) for module, operations in _CALLS.items()),
    _calls("session_host", HOST, ()),
)
