# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a migration does when its source cannot be read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    INTENDED,
    REMOVED_BY_ADMINISTRATOR,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquisition import Decision
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Plan
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.situation import Situation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.unreachable_source import (
    RecordFulfilled,
    UnreachableAction,
    UnreadableSource,
    plan_unreachable_source,
)

from tests.unit.acquisitions import settle
from tests.unit.builders import (
    SOURCE_ID,
    TARGET_ID,
    code,
    migration,
    pack,
    purchase,
    retail_pack,
    situation,
)

NAMED = UnreadableSource("rdls01.contoso.example", SOURCE_ID, "windows_server_2016")
NAMELESS = UnreadableSource("", SOURCE_ID, "windows_server_2016")
TITLE = "100 Windows Server 2022 per user CALs (Enterprise Agreement ****4567)"


def migrate(
    target: Situation,
    *purchases: Purchase,
    origin: UnreadableSource = NAMED,
    adopt: bool = True,
    promised: bool = True,
) -> tuple[tuple[Decision, ...], Plan[UnreachableAction]]:
    """The plan; the administrator promised to remove the CALs unless told otherwise."""
    target, settled = settle(target, *purchases)
    decisions, made = plan_unreachable_source(
        purchases, target, origin, adopt=adopt, acknowledge_manual_removal=promised
    )
    return decisions, replace(made, steps=(*settled, *made.steps))


def refusal(target: Situation, *purchases: Purchase, origin: UnreadableSource = NAMED, promised: bool = True) -> str:
    """Why nothing is planned."""
    with pytest.raises(Refused) as caught:
        migrate(target, *purchases, origin=origin, promised=promised)
    return str(caught.value)


def outcomes(target: Situation, *purchases: Purchase, adopt: bool = True, promised: bool = True) -> list[str]:
    """What becomes of each purchase."""
    return [each.outcome for each in migrate(target, *purchases, adopt=adopt, promised=promised)[0]]


def test_a_purchase_is_migrated_and_the_removal_by_hand_is_in_the_step() -> None:
    _decisions, plan = migrate(situation(), purchase())
    assert [step.text for step in plan.steps] == [
        f"Migrate {TITLE} from rdls01.contoso.example, which has to be cleared manually"
    ]
    assert [view["before_header"] for view in plan.diff] == ["rdls02: RDS CALs"]


def test_a_source_without_a_name_is_called_by_its_id() -> None:
    assert NAMELESS.title == "license server 50URC-350UR-C350U-RC350-URC35-0URC3-50URC"


@pytest.mark.parametrize("method", ["automatic", "web_browser"])
def test_somebody_has_to_promise_the_removal(method: str) -> None:
    message = refusal(situation(method=method), purchase(), promised=False)
    assert message.startswith("rdls01.contoso.example cannot be reached, so its CALs are not removed there")
    assert "acknowledge_manual_removal: true" in message


def test_nothing_has_to_be_promised_where_nothing_is_moved() -> None:
    done = migration(purchase(), before=None, key_pack_id=5)
    assert outcomes(situation(pack(5), record=[done]), purchase(), promised=False) == ["recorded"]


def test_a_recorded_purchase_whose_pack_is_gone_is_drift() -> None:
    done = migration(purchase(), before=None, key_pack_id=5)
    assert "is recorded (operation 000001-00c0ffee)" in refusal(situation(record=[done]), purchase())


def test_what_an_interrupted_run_brought_is_recorded() -> None:
    begun = migration(purchase(), before=None, status=INTENDED)
    decisions, plan = migrate(situation(pack(5), record=[begun]), purchase(), promised=False)
    assert [each.outcome for each in decisions] == ["recorded"]
    assert len(plan.steps) == 1


def test_an_interrupted_run_of_which_nothing_is_seen_is_for_an_administrator_to_decide() -> None:
    """The source cannot be queried, so nothing shows that the CALs were not moved."""
    begun = migration(purchase(), before=None, status=INTENDED)
    assert f"resolve_operations: [{{operation: {begun.operation_id}" in refusal(situation(record=[begun]), purchase())


def test_a_pack_that_may_be_the_purchase_is_not_adopted_as_nobody_can_ask_the_source() -> None:
    message = refusal(situation(pack(5)), purchase())
    assert message.startswith(f"rdls02 holds key pack 5, which may be {TITLE}")
    assert "set key_pack_id: 5" in message
    assert "adopt: false" in message


def test_where_the_user_says_it_is_another_purchase_it_goes_on() -> None:
    assert outcomes(situation(pack(5)), purchase(), adopt=False) == ["acquire"]


def test_a_code_that_may_be_there_already_is_refused() -> None:
    message = refusal(situation(retail_pack(5, 20)), code())
    assert "as key pack 5 (20 Windows Server 2022 per user CALs)" in message
    assert outcomes(situation(pack(5)), code()) == ["acquire"]
    assert outcomes(situation(retail_pack(5, 20)), code(), adopt=False) == ["acquire"]


def test_what_an_interrupted_run_brought_is_no_doubt_about_another_purchase() -> None:
    begun = migration(purchase(reference="PO-2"), before=None, status=INTENDED)
    target = situation(pack(5), record=[begun])
    assert outcomes(target, purchase(reference="PO-1"), purchase(reference="PO-2")) == ["acquire", "recorded"]


def test_without_an_id_the_task_waits() -> None:
    assert outcomes(situation(method="telephone"), purchase()) == ["awaiting"]


def test_the_target_is_to_be_activated() -> None:
    assert "not activated" in refusal(situation(activated=False), purchase())


def test_cals_too_new_for_the_target() -> None:
    assert "newer than the server" in refusal(situation(release="windows_server_2016"), purchase())


def test_a_server_is_no_source_of_its_own() -> None:
    itself = UnreadableSource("rdls02", TARGET_ID, "windows_server_2022")
    assert refusal(situation(), purchase(), origin=itself).startswith("rdls02 is rdls02 itself; name another")


def test_the_administrator_may_state_that_the_cals_are_gone_from_a_server_that_will_not_come_back() -> None:
    moved = migration(purchase(), before=None, key_pack_id=3)
    record = [moved, migration(purchase(number="7654321"), before=None, source_id="9" * 35, sequence=2, key_pack_id=4)]
    target = situation(pack(3), pack(4), record=record)
    _decisions, plan = plan_unreachable_source(
        (), target, NAMED, adopt=True, acknowledge_manual_removal=False, acknowledge_removed=True
    )
    assert [step.text for step in plan.steps] == [
        "Record that 100 Windows Server 2022 per user CALs are gone from rdls01.contoso.example, as stated"
    ]
    assert plan.steps[0].action == RecordFulfilled((moved,))
    assert plan.changed


def test_nothing_is_recorded_as_gone_where_nothing_is_pending() -> None:
    settled = migration(purchase(), before=None, removal=REMOVED_BY_ADMINISTRATOR, key_pack_id=3)
    _decisions, plan = plan_unreachable_source(
        (),
        situation(pack(3), record=[settled]),
        NAMED,
        adopt=True,
        acknowledge_manual_removal=False,
        acknowledge_removed=True,
    )
    assert plan.steps == ()


def test_the_operating_system_is_written_as_people_write_it() -> None:
    assert UnreadableSource("", SOURCE_ID, "windows_server_2012_r2").operating_system_title == "Windows Server 2012 R2"
