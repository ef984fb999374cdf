# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether purchases account for what a rebuild deletes. Pure: nothing is read or sent."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import Operation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.rebuild_coverage import decide_reinstalls
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.rebuild_plan import plan_rebuild
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.builders import cals, code, operation, pack, purchase, retail_pack, situation
from tests.unit.rebuild_plans import outcomes, read, refusal, texts
from tests.unit.rebuild_server import PER_DEVICE, PER_USER, PURCHASES, wanted

PACKS = st.lists(
    st.tuples(st.integers(1, 500), st.sampled_from([2, 4, 5, 6, 7]), st.sampled_from([0, 1])), min_size=1, max_size=6
)


def test_a_pack_that_no_purchase_accounts_for_is_named() -> None:
    message = refusal(read(), purchases=(PER_USER,))
    assert "the 1 purchase(s) named do not account for key pack 4 (50 Windows Server 2022 per device CALs)" in message
    assert "waive_coverage: true" in message


def test_no_purchases_at_all() -> None:
    assert "an empty list of purchases does not account for key pack 3" in refusal(read(), purchases=())
    plan = plan_rebuild(wanted(purchases=(), waive_coverage=True), read())
    assert len(texts(plan)) == 4


def test_the_waiver_warns_of_what_is_lost() -> None:
    plan = plan_rebuild(wanted(purchases=(PER_USER,), waive_coverage=True), read())
    (warning,) = plan.plan.warnings
    assert "key pack 4 (50 Windows Server 2022 per device CALs)" in warning
    assert "permanently" in warning


def test_a_purchase_that_the_server_did_not_hold_is_refused_unless_waived() -> None:
    other = purchase(10, number="7777777", version=6)
    assert "holds no CALs of the purchase 10 Windows Server 2019" in refusal(read(), purchases=(*PURCHASES, other))
    plan = plan_rebuild(wanted(purchases=(*PURCHASES, other), waive_coverage=True), read())
    assert outcomes(plan) == ["acquire"] * 3
    missing = replace(other, acknowledge_missing="000001-00c0ffee")
    assert outcomes(plan_rebuild(wanted(purchases=(*PURCHASES, missing)), read())) == ["acquire"] * 3


def test_what_is_left_of_a_reinstalled_purchase_is_deleted_before_it_is_reinstalled_again() -> None:
    """The Clearinghouse counts no reinstallation, so what is left would be there twice."""
    done = operation("reinstall", of=purchase(), sequence=2, key_pack_id=3)
    again = purchase(acknowledge_missing=done.operation_id)

    def outcome(*packs: KeyPack, record: tuple[Operation, ...] = ()) -> list[str]:
        after = situation(*packs, record=[done, *record])
        return [each.outcome for each in decide_reinstalls((again,), after, operation("rebuild"), adopt=False)]

    with pytest.raises(Refused, match=f"state: absent, and set acknowledge_missing: {done.operation_id}"):
        outcome(pack(3, 60))
    assert outcome(record=(operation("remove", sequence=3, key_pack_id=3, cals=cals(60)),)) == ["acquire"]
    assert outcome() == ["acquire"]
    # A number that was given to another key pack.
    assert outcome(pack(3, 60, version=6)) == ["acquire"]


def test_a_purchase_for_more_than_the_server_holds_is_refused() -> None:
    assert "and the server holds only 250" in refusal(read(), purchases=(replace(PER_USER, quantity=300), PER_DEVICE))


def test_codes_that_do_not_state_their_cals_stand_for_what_is_left() -> None:
    observed = read(pack(3, 250), retail_pack(4, 20))
    plan = plan_rebuild(wanted(purchases=(PER_USER, code())), observed)
    assert texts(plan)[-1] == "Reinstall the CALs of a license code (Retail purchase ****0DE5)"
    assert "new       Windows Server 2022  per user  20    Retail purchase ****0DE5" in plan.plan.views[0].after


def test_codes_that_cannot_be_told_apart_from_what_is_left_are_refused() -> None:
    message = refusal(read(pack(3, 250), retail_pack(4, 20)), purchases=(PER_USER, code(), code("0" * 25)))
    assert "2 license code(s) do not state their CALs" in message
    assert "key pack 4 (20 Windows Server 2022 per user CALs)" in message


@given(PACKS)
def test_purchases_of_just_what_is_there_account_for_it(rows: list[tuple[int, int, int]]) -> None:
    packs = [
        pack(number, quantity, version=version, cal_type=cal_type)
        for number, (quantity, version, cal_type) in enumerate(rows, start=3)
    ]
    purchases = tuple(
        purchase(quantity, number=f"{number:07d}", version=version, cal_type=cal_type)
        for number, (quantity, version, cal_type) in enumerate(rows)
    )
    plan = plan_rebuild(wanted(purchases=purchases), read(*packs))
    assert plan.plan.warnings == ()
    assert len(texts(plan)) == 2 + 2 * len(rows)
    with pytest.raises(Refused, match="account for"):
        plan_rebuild(wanted(purchases=purchases[1:]), read(*packs))
