# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decisions about changes to key packs are recorded as the key packs show them, or refused."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    DONE,
    INTENDED,
    Operation,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.decided_operations import (
    settle_operations,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.resolutions import (
    TOOK_EFFECT,
    Resolution,
)

from tests.unit.builders import cals, operation, pack, purchase

REDUCED = operation("reduce", status=INTENDED, key_pack_id=3, cals=cals(40), before=(pack(3).pack_cals,))
REMOVED = operation("remove", status=INTENDED, key_pack_id=3, cals=cals(100), before=(pack(3).pack_cals,))
CONVERTED = operation("convert", status=INTENDED, key_pack_id=3, cals=cals(40, cal_type=0), before=(pack(3).pack_cals,))


def decided(
    begun: Operation, *packs: KeyPack, key_pack_id: int | None = None, others: tuple[Operation, ...] = ()
) -> Operation:
    """An operation as it is recorded once an administrator says that it took effect."""
    resolution = Resolution(begun.operation_id, TOOK_EFFECT, key_pack_id)
    recorded, _steps = settle_operations([resolution], OperationRecord((begun, *others)), packs, "rdls02")
    found = recorded.find(begun.operation_id)
    assert found is not None
    return found


@pytest.mark.parametrize("left", [10, 60, 99])
def test_a_reduction_took_what_is_no_longer_there(left: int) -> None:
    done = decided(REDUCED, pack(3, left))
    assert (done.status, done.cals) == (DONE, cals(100 - left))


@pytest.mark.parametrize("there", [100, 150])
def test_a_reduction_that_took_nothing_took_no_effect(there: int) -> None:
    with pytest.raises(Refused, match=f"holds {there} CALs and held 100 before; correct the outcome"):
        decided(REDUCED, pack(3, there))


def test_a_removed_key_pack_is_not_there() -> None:
    assert decided(REMOVED).status == DONE
    with pytest.raises(Refused, match="key pack 3 is still there; correct the outcome"):
        decided(REMOVED, pack(3))


def test_a_conversion_made_what_the_key_pack_shows() -> None:
    done = decided(CONVERTED, pack(3, 75), pack(4, 25, cal_type=0), key_pack_id=4)
    assert (done.status, done.cals, done.result_key_pack_id) == (DONE, cals(25, cal_type=0), 4)


@pytest.mark.parametrize("named", [pack(4, 40), pack(3, 60)], ids=["of the old type", "as before"])
def test_what_is_not_of_the_new_type_is_not_the_result(named: KeyPack) -> None:
    with pytest.raises(Refused, match="are not the result of the conversion of 40 Windows Server 2022 per device"):
        decided(CONVERTED, named, key_pack_id=named.key_pack_id)


def test_what_another_operation_brought_is_not_what_this_one_brought() -> None:
    begun = operation(of=purchase(reference="HQ"), status=INTENDED)
    other = operation(of=purchase(reference="LAB"), sequence=2, token="00000002", key_pack_id=4)
    with pytest.raises(Refused, match=f"recorded as another purchase .operation {other.operation_id}"):
        decided(begun, pack(4), key_pack_id=4, others=(other,))
    stray = operation(of=purchase(50), sequence=2, token="00000002", key_pack_id=4, cals=cals(), wanted=cals(50))
    with pytest.raises(Refused, match=f"recorded as another purchase .operation {stray.operation_id}"):
        decided(begun, pack(4), key_pack_id=4, others=(stray,))
