# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the record keeps of a rebuild, and what a finished one means for what was recorded before."""

from __future__ import annotations

import json

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    DONE,
    INTENDED,
    NOT_DONE,
    Operation,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_name import short_name
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_text import (
    decode,
    encode,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.recorded_rebuild import (
    RecordedPack,
    RecordedRebuild,
    list_recorded,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.builders import built_in_pack, cals, operation, pack, purchase, retail_pack

FIRST = purchase(250)
SECOND = purchase(50, number="7654321")
NUMBERS = st.integers(0, 2**32 - 1)
PATHS = st.none() | st.text(max_size=40)

recorded_packs = st.builds(
    RecordedPack, NUMBERS, st.integers(0, 7), st.builds(cals, NUMBERS, version=NUMBERS, cal_type=st.integers(0, 1))
)
rebuilds = st.builds(
    RecordedRebuild,
    st.sampled_from(["uninstall_key_packs", "recreate_database"]),
    st.none() | st.lists(recorded_packs, max_size=5).map(tuple),
    PATHS,
    PATHS,
)


def rebuilt(sequence: int, status: str = DONE, change_id: str = "CHG1") -> Operation:
    recorded = RecordedRebuild("uninstall_key_packs", (RecordedPack(3, 2, cals(250)),))
    return operation("rebuild", sequence=sequence, status=status, change_id=change_id, rebuild=recorded)


@given(rebuilds)
def test_a_rebuild_is_read_back_as_it_was_written(recorded: RecordedRebuild) -> None:
    entry = operation("rebuild", change_id="CHG1", reason="damaged", rebuild=recorded)
    assert decode(short_name(entry), encode(entry)) == entry


def test_entries_of_other_operations_say_nothing_of_rebuilds() -> None:
    entry = operation(of=FIRST, key_pack_id=3)
    assert "rebuild" not in json.loads(encode(entry))
    assert decode(short_name(entry), encode(entry)).rebuild is None


@pytest.mark.parametrize(
    "wrong", ["text", [], {}, {"method": "x"}, {"method": "recreate_database", "packs": [["a"] * 5]}]
)
def test_a_rebuild_that_cannot_be_read_is_never_skipped(wrong: object) -> None:
    document = {**json.loads(encode(rebuilt(1))), "rebuild": wrong}
    with pytest.raises(LicensingError, match="cannot be read"):
        decode(short_name(rebuilt(1)), json.dumps(document))


def test_a_finished_rebuild_releases_what_was_held_and_what_was_unfinished() -> None:
    before = [
        operation(of=FIRST, key_pack_id=3, sequence=1),
        operation(of=SECOND, status=INTENDED, sequence=2),
    ]
    recorded = OperationRecord([*before, rebuilt(3)])
    assert recorded.claims == {}
    assert recorded.holding(FIRST.sha256) is None
    assert recorded.unfinished(SECOND.sha256) is None


@pytest.mark.parametrize("status", [INTENDED, NOT_DONE])
def test_a_rebuild_that_is_not_finished_releases_nothing(status: str) -> None:
    held = operation(of=FIRST, key_pack_id=3, sequence=1)
    assert OperationRecord([held, rebuilt(2, status)]).claims == {3: held}


def test_a_number_that_is_given_out_anew_belongs_to_what_came_after_the_rebuild() -> None:
    old = operation(of=FIRST, key_pack_id=3, sequence=1)
    new = operation("reinstall", of=SECOND, key_pack_id=3, sequence=3)
    recorded = OperationRecord([old, rebuilt(2), new])
    assert recorded.claims == {3: new}
    assert recorded.holding(FIRST.sha256) is None


def test_what_came_while_a_rebuild_was_unfinished_outlasts_its_end() -> None:
    meanwhile = operation(of=SECOND, key_pack_id=9, sequence=2)
    assert OperationRecord([rebuilt(1), meanwhile]).claims == {9: meanwhile}


def test_rebuilds_that_came_to_nothing_do_not_count() -> None:
    entries = [rebuilt(1, NOT_DONE), rebuilt(2, DONE, "CHG2"), rebuilt(3, INTENDED, "CHG3")]
    assert [each.change_id for each in OperationRecord(entries).rebuilds] == ["CHG2", "CHG3"]


def test_what_results_show() -> None:
    described = rebuilt(1).describe()
    assert described["operation"] == "rebuild"
    assert described["rebuild_method"] == "uninstall_key_packs"
    assert "kept_database" not in described
    assert described["deleted_key_packs"] == [
        {
            "key_pack_id": 3,
            "key_pack_type_name": "volume",
            "product_version": "windows_server_2022",
            "cal_type": "per_user",
            "quantity": 250,
        }
    ]
    assert "deleted_key_packs" not in operation(of=FIRST).describe()


def test_a_recorded_pack_is_told_from_another_one_with_its_number() -> None:
    recorded = RecordedPack.of(pack(3, 250))
    assert recorded.is_pack(pack(3, 250))
    assert recorded.is_pack(pack(3, 200)), "reduced since"
    assert not recorded.is_pack(pack(3, 300))
    assert not recorded.is_pack(pack(4, 250))
    assert not recorded.is_pack(pack(3, 250, cal_type=0))
    assert not recorded.is_pack(pack(3, 0, key_pack_type=7)), "the empty rest of a pack"
    assert not recorded.is_pack(built_in_pack(3))
    assert RecordedPack.of(retail_pack()).as_key_pack().key_pack_type == 1
    assert RecordedPack.of(recorded.as_key_pack()) == recorded
    assert list_recorded([recorded]) == "key pack 3 (250 Windows Server 2022 per user CALs)"
