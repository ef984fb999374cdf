# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Retail codes that do not say which CALs they stand for, in a migration."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import INTENDED
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals, Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquisition import Decision
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.migration import plan_migration
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.situation import Situation

from tests.unit.acquisitions import settle
from tests.unit.builders import (
    OTHER_LICENSE_CODE,
    cals,
    code,
    migration,
    pack,
    purchase,
    retail_pack,
    situation,
    source,
)

CODES = code(), code(OTHER_LICENSE_CODE)


def decide(packs: list[KeyPack], *purchases: Purchase, target: Situation | None = None) -> tuple[Decision, ...]:
    """Decisions about purchases, with these packs on the source."""
    return plan_migration(
        purchases,
        settle(target or situation(), *purchases)[0],
        source(*packs),
        adopt=True,
        require_full_coverage=True,
        remove_from_source=True,
    ).decisions


def expected(packs: list[KeyPack], *purchases: Purchase) -> list[Cals | None]:
    """The CALs each purchase is taken to stand for."""
    return [each.cals for each in decide(packs, *purchases)]


def test_one_code_stands_for_the_one_pack() -> None:
    assert expected([pack(3, 20)], code()) == [cals(20)]


def test_as_many_codes_as_packs_of_the_retail_type() -> None:
    assert expected([retail_pack(3, 20), retail_pack(4, 5)], *CODES) == [cals(20), cals(5)]


def test_what_stated_purchases_leave_is_the_codes() -> None:
    packs = [pack(3, 100), retail_pack(4, 20)]
    assert expected(packs, code(), purchase(100)) == [cals(20), cals(100)]
    assert expected(packs, purchase(100), code()) == [cals(100), cals(20)]


def test_a_pack_that_is_not_typed_as_retail_will_do_where_the_number_is_right() -> None:
    packs = [pack(3, 100), pack(4, 20), pack(5, 5)]
    assert expected(packs, purchase(100), *CODES) == [cals(100), cals(20), cals(5)]


@pytest.mark.parametrize(
    ("packs", "rest"),
    [
        (
            [retail_pack(3, 20), retail_pack(4, 5)],
            "key pack 3 (20 Windows Server 2022 per user CALs), key pack 4 (5 Windows Server 2022 per user CALs)",
        ),
        ([], "nothing"),
    ],
)
def test_another_number_of_packs_than_codes_tells_nothing(packs: list[KeyPack], rest: str) -> None:
    with pytest.raises(Refused) as caught:
        decide(packs, code())
    assert str(caught.value) == (
        f"rdls01: 1 license code(s) do not state their CALs, and what the other purchases leave on the server is "
        f"{rest}; state product_version, cal_type and quantity of Retail purchase ****0DE5."
    )


def test_codes_that_state_their_cals_need_no_guess() -> None:
    packs = [retail_pack(3, 20), retail_pack(4, 5)]
    stated = [
        Purchase("retail", each.credential, 7, 1, quantity) for each, quantity in zip(CODES, (5, 20), strict=True)
    ]
    assert expected(packs, *stated) == [cals(5), cals(20)]


def test_one_code_that_states_its_cals_tells_which_pack_is_the_others() -> None:
    stated = Purchase("retail", CODES[0].credential, 7, 1, 5)
    assert expected([retail_pack(3, 20), retail_pack(4, 5)], CODES[1], stated) == [cals(20), cals(5)]


def test_a_code_that_is_recorded_needs_no_pack_on_the_source() -> None:
    done = migration(code(), before=[retail_pack(3, 20)], removal="provider", key_pack_id=5, cals=cals(20))
    target = situation(retail_pack(5, 20), record=[done])
    assert [each.outcome for each in decide([], code(), target=target)] == ["recorded"]
    decisions = decide([retail_pack(4, 7)], *CODES, target=target)
    assert [(each.outcome, each.cals) for each in decisions] == [("recorded", cals(20)), ("acquire", cals(7))]


def test_what_an_interrupted_run_with_a_code_brought() -> None:
    begun = migration(code(), before=[retail_pack(3, 20)], status=INTENDED)
    target = situation(retail_pack(5, 20), record=[begun])
    (decision,) = decide([], code(), target=target)
    assert (decision.outcome, decision.cals) == ("recorded", cals(20))
