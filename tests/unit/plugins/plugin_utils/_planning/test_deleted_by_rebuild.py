# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CALs that a rebuild has deleted are reinstalled, not bought again by a task that installs."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import Operation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.key_pack_changes import plan_installs

from tests.unit.builders import operation, pack, purchase, situation
from tests.unit.rebuild_plans import rebuild

HQ = purchase(100)
INSTALLED = operation("install", of=HQ, key_pack_id=3, sequence=1)
DELETED = rebuild(pack(3, 100), sequence=2)


def outcome(*record: Operation, acknowledge: str | None = None) -> str:
    server = situation(record=record)
    wanted = purchase(100, acknowledge_missing=acknowledge) if acknowledge else HQ
    (decision,) = plan_installs([wanted], server, adopt=True)[0]
    return decision.outcome


def test_an_install_stops_until_the_rebuild_is_continued() -> None:
    with pytest.raises(Refused) as refused:
        outcome(INSTALLED, DELETED)
    assert DELETED.operation_id in str(refused.value)
    assert "database_rebuild" in str(refused.value)
    assert f"acknowledge_missing: {INSTALLED.operation_id}" in str(refused.value)


def test_the_administrator_may_have_it_acquired_again() -> None:
    assert outcome(INSTALLED, DELETED, acknowledge=INSTALLED.operation_id) == "acquire"


@pytest.mark.parametrize("kind", ["reinstall", "adopt", "install"])
def test_once_it_came_back_it_is_recorded(kind: str) -> None:
    server = situation(pack(3, 100), record=(INSTALLED, DELETED, operation(kind, of=HQ, key_pack_id=3, sequence=3)))
    (decision,) = plan_installs([HQ], server, adopt=True)[0]
    assert decision.outcome == "recorded"


def test_another_purchase_is_not_concerned() -> None:
    with pytest.raises(Refused):
        outcome(INSTALLED, DELETED)
    other = purchase(50, number="7654321")
    (decision,) = plan_installs([other], situation(record=(INSTALLED, DELETED)), adopt=True)[0]
    assert decision.outcome == "acquire"
