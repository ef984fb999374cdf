# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The record on the server: what is kept where, and what a second controller may do meanwhile."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import CONNECTION_METHODS
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import (
    AnotherController,
    LicensingError,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    DONE,
    INTENDED,
    Operation,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_name import (
    full_name,
    short_name,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_text import encode

from tests.unit.builders import cals, migration, operation, purchase
from tests.unit.fake_license_server import (
    HISTORY_KEY,
    OPERATIONS_KEY,
    RECORD_KEY,
    UNFINISHED_KEY,
    FakeLicenseServer,
)


@pytest.fixture
def server() -> FakeLicenseServer:
    """A server without a record."""
    return FakeLicenseServer()


def test_nothing_recorded_yet(server: FakeLicenseServer) -> None:
    record = server.license_server.record
    assert record.connection_method() is None
    assert record.recorded_operations().operations == ()
    assert server.changing == []


@pytest.mark.parametrize("method", CONNECTION_METHODS)
def test_connection_method(server: FakeLicenseServer, method: str) -> None:
    record = server.license_server.record
    record.write_connection_method(method)
    assert record.connection_method() == method
    assert server.registry[RECORD_KEY] == {"ConnectionMethod": method}


def test_a_connection_method_that_is_none(server: FakeLicenseServer) -> None:
    server.registry[RECORD_KEY] = {"ConnectionMethod": "fax"}
    with pytest.raises(LicensingError, match=r"^rdls02: HKLM\\SOFTWARE\\WinFleet\\RDLicensing has an unknown Conn"):
        server.license_server.record.connection_method()


def test_beginning_writes_the_intention_under_a_name_of_its_own(server: FakeLicenseServer) -> None:
    begun = server.license_server.record.begin(operation(of=purchase()), OperationRecord([operation(sequence=6)]))
    assert (begun.sequence, begun.status) == (7, INTENDED)
    assert re.fullmatch(r"000007-[0-9a-f]{8}", begun.operation_id)
    assert list(server.registry[UNFINISHED_KEY]) == [short_name(begun)]
    assert server.recorded.operations == (begun,)


def test_noting_writes_what_is_done_in_one_go(server: FakeLicenseServer) -> None:
    noted = server.license_server.record.note(operation("remove", status=INTENDED, key_pack_id=3), OperationRecord())
    assert (noted.sequence, noted.status) == (1, DONE)
    assert noted.finished == noted.started
    assert server.recorded.operations == (noted,)
    assert server.calls.count("SetStringValue") == 2, "the first finds no key"


def test_of_two_controllers_that_begin_at_once_the_later_withdraws(server: FakeLicenseServer) -> None:
    one, other = server.license_server.record, server.license_server.record
    first_read, second_read = one.recorded_operations(), other.recorded_operations()
    first = one.begin(operation(of=purchase(100)), first_read)
    with pytest.raises(AnotherController, match=f"operation {first.operation_id} was begun"):
        other.begin(operation(of=purchase(50)), second_read)
    assert server.recorded.operations == (first,)


def test_a_run_that_began_and_ended_meanwhile_is_noticed(server: FakeLicenseServer) -> None:
    """And so is one before a third, which has removed the sign of the first."""
    other, later = server.license_server.record, server.license_server.record
    stale, still_older = other.recorded_operations(), later.recorded_operations()
    one = server.license_server.record
    for quantity in (100, 80):
        begun = one.begin(operation(of=purchase(quantity)), one.recorded_operations())
        one.write(begun.finish(DONE, "2026-01-01T10:00:05Z", key_pack_id=quantity))
    assert len(server.registry[UNFINISHED_KEY]) == 1
    for record, read in ((other, stale), (later, still_older)):
        with pytest.raises(AnotherController):
            record.begin(operation(of=purchase(50)), read)
    assert len(server.recorded.operations) == 2


def test_operations_of_one_run_follow_each_other(server: FakeLicenseServer) -> None:
    record = server.license_server.record
    recorded = record.recorded_operations()
    for quantity in (100, 80, 60):
        begun = record.begin(operation(of=purchase(quantity)), recorded)
        done = begun.finish(DONE, "2026-01-01T10:00:05Z", key_pack_id=quantity)
        record.write(done)
        recorded = recorded.including(done)
    assert set(server.recorded.claims) == {100, 80, 60}
    assert len(server.registry[UNFINISHED_KEY]) == 1


def test_an_outcome_wins_over_its_intention(server: FakeLicenseServer) -> None:
    record = server.license_server.record
    begun = record.begin(operation(of=purchase()), record.recorded_operations())
    record.write(begun.finish(DONE, "2026-01-01T10:00:05Z", key_pack_id=3))
    assert len(server.registry[OPERATIONS_KEY]) == 1
    assert set(server.recorded.claims) == {3}
    assert server.recorded.all_unfinished == ()


def test_a_removal_that_is_settled_wins_where_a_run_was_cut_off_between_two_writes(server: FakeLicenseServer) -> None:
    pending = migration(purchase(), before=None, key_pack_id=5)
    assert pending.source
    settled = replace(pending, source=replace(pending.source, removal="provider"))
    server.keep(pending, settled)
    assert len(server.registry[OPERATIONS_KEY]) == 2
    assert server.recorded.pending_removals == ()
    assert server.recorded.operations == (settled,)


def _moved(*quantities: int) -> list[Operation]:
    """Migrations that are done and whose CALs may still be on their source."""
    return [
        migration(purchase(quantity), before=None, sequence=number, token=f"{number:08x}", key_pack_id=number)
        for number, quantity in enumerate(quantities, 1)
    ]


def _gone(*operations: Operation) -> list[Operation]:
    return [replace(each, source=each.source and replace(each.source, removal="provider")) for each in operations]


def test_what_became_of_many_migrations_is_one_value(server: FakeLicenseServer) -> None:
    server.keep(*_moved(100, 80, 60))
    record = server.license_server.record
    recorded = record.recorded_operations(lambda _operation: True)
    one, two, _three = recorded.operations
    server.calls.clear()
    record.settle(_gone(one, two), recorded, "2026-01-01T10:00:05Z")
    assert server.calls == ["SetStringValue"]
    read = server.recorded
    assert [each.sequence for each in read.pending_removals] == [3]
    assert set(read.claims) == {1, 2, 3}
    whole, damaged = server.license_server.record.read_whole()
    assert [each.source.removal for each in whole.operations if each.source] == [
        *("provider", "provider", "pending"),
        "provider",
    ]
    assert damaged == ()


def test_what_became_of_a_single_migration_is_written_into_it(server: FakeLicenseServer) -> None:
    server.keep(*_moved(100))
    record = server.license_server.record
    recorded = record.recorded_operations(lambda _operation: True)
    record.settle(_gone(*recorded.operations), recorded, "2026-01-01T10:00:05Z")
    assert [each.operation for each in server.recorded.operations] == ["migrate"]
    assert server.recorded.pending_removals == ()


def test_an_operation_that_was_unfinished_meanwhile_is_not_settled(server: FakeLicenseServer) -> None:
    done, other, late = _moved(100, 80, 60)
    server.keep(done, other, replace(late, status="intended"))
    record = server.license_server.record
    recorded = record.recorded_operations(lambda _operation: True)
    record.settle(_gone(done, other), recorded, "2026-01-01T10:00:05Z")
    record.write(late)
    assert [each.sequence for each in server.recorded.pending_removals] == [3]


def test_what_settles_an_operation_is_kept_as_long_as_that() -> None:
    moved = _moved(100, 80)
    settling = Operation("settle", DONE, "2026-01-01T10:00:05Z", 3, "0000000c", settles=("00000001",))
    later = operation("activate", sequence=4)
    assert settling not in OperationRecord([*moved, settling, later]).superseded
    assert settling in OperationRecord([moved[1], settling, later]).superseded


def test_an_entry_that_is_deleted_between_listing_and_reading(server: FakeLicenseServer) -> None:
    kept, deleted = operation(of=purchase(), sequence=1, key_pack_id=3), operation("activate", sequence=2)
    server.keep(kept)

    def delete(name: str) -> None:
        if name == "EnumValues":
            server.registry[OPERATIONS_KEY].pop(short_name(deleted), None)

    server.registry[OPERATIONS_KEY][short_name(deleted)] = encode(deleted)
    server.after = delete
    assert [each.sequence for each in server.license_server.record.recorded_operations().operations] == [1]


def test_an_entry_that_cannot_be_read_names_the_server(server: FakeLicenseServer) -> None:
    server.registry[OPERATIONS_KEY] = {"000001-install-00c0ffee": "{}"}
    with pytest.raises(LicensingError, match=r"^rdls02: the recorded operation '000001-install-00c0ffee' cannot be"):
        server.license_server.record.recorded_operations()


@pytest.mark.parametrize("count", [1, 5000])
def test_reading_costs_two_requests_however_many_operations_there_are(server: FakeLicenseServer, count: int) -> None:
    server.keep(
        *(operation(of=purchase(number), sequence=number, key_pack_id=number) for number in range(1, count + 1))
    )
    recorded = server.license_server.record.recorded_operations()
    assert server.calls == ["EnumValues"] * 2
    assert len(recorded.claims) == count


def test_details_are_read_where_they_are_needed(server: FakeLicenseServer) -> None:
    server.keep(operation("convert", change_id="CHG1", key_pack_id=3, cals=cals(10), reason="why"))
    (known,) = server.license_server.record.recorded_operations().operations
    (whole,) = server.license_server.record.recorded_operations(lambda _operation: True).operations
    assert (known.reason, whole.reason) == (None, "why")


def test_a_record_of_the_first_release_is_read_and_brought_into_form_by_the_next_operation(
    server: FakeLicenseServer,
) -> None:
    sha256 = purchase().sha256
    document = {
        "format": 1,
        "operation": "install",
        "status": "done",
        "started": "2026-01-01T10:00:00Z",
        "key_pack_id": 3,
        "purchase": {"sha256": sha256, "license_program": "enterprise", "credential": "****4567", "reference": None},
        "cals": {"product_version": 7, "cal_type": 1, "quantity": 100},
        "before": [[2, 20]],
    }
    unfinished = {**document, "status": "intended", "key_pack_id": None}
    unfinished["purchase"] = {"sha256": purchase(50).sha256, "license_program": "enterprise", "credential": "****4567"}
    server.registry[OPERATIONS_KEY] = {
        "000001-install-00c0ffee": json.dumps(document),
        "000002-install-00facade": json.dumps({key: value for key, value in unfinished.items() if value}),
    }
    record = server.license_server.record
    recorded = record.recorded_operations()
    assert set(recorded.claims) == {3}
    assert [each.operation_id for each in recorded.all_unfinished] == ["000002-00facade"]
    assert server.changing == []
    begun = record.begin(operation("remove", status=INTENDED, key_pack_id=9), recorded)
    assert list(server.registry[OPERATIONS_KEY]) == [
        f"000001-install-00c0ffee done k=3 c=7.1.100 p={sha256[:32]} l=enterprise/4567"
    ]
    assert sorted(server.registry[UNFINISHED_KEY]) == ["000002-install-00facade", short_name(begun)]
    again = server.license_server.record.recorded_operations()
    assert set(again.claims) == {3}
    assert {each.operation_id for each in again.all_unfinished} == {"000002-00facade", begun.operation_id}


def test_what_nothing_depends_on_moves_to_the_history(server: FakeLicenseServer) -> None:
    """So that the names of all values fit into one response, however long the server lives."""
    history = [
        operation(name, of=purchase(7) if name == "install" else None, sequence=number, key_pack_id=7, cals=cals(7))
        for number in range(1, 501)
        for name in ["install" if number % 2 else "remove"]
    ]
    kept = operation(of=purchase(), sequence=501, key_pack_id=3)
    server.keep(*history, kept)
    record = server.license_server.record
    begun = record.begin(operation("remove", status=INTENDED, key_pack_id=3), record.recorded_operations())
    assert begun.sequence == 502
    assert list(server.registry[OPERATIONS_KEY]) == [full_name(kept)]
    below = {key: len(values) for key, values in server.registry.items() if key.startswith(f"{HISTORY_KEY}\\")}
    assert below == {f"{HISTORY_KEY}\\000000": 499, f"{HISTORY_KEY}\\000500": 1}
    whole, damaged = server.license_server.record.read_whole()
    assert (len(whole.operations), damaged) == (502, ())


def test_a_history_of_an_earlier_release_is_read_too(server: FakeLicenseServer) -> None:
    old = operation(of=purchase(), sequence=1, key_pack_id=3)
    server.registry[HISTORY_KEY] = {full_name(old): encode(old)}
    whole, damaged = server.license_server.record.read_whole()
    assert (whole.operations, damaged) == ((old,), ())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("000001-install-00c0ffee done k=3 z", "{}"),
        ("000001-install-00c0ffee finished k=3", "{}"),
        ("000001-purchase-00c0ffee done k=3", "{}"),
        ("000001-migrate-00c0ffee done k=3 s=1/gone/", "{}"),
        ("a note of mine", "hello"),
    ],
)
def test_a_name_that_cannot_be_read_stops_and_is_shown_beside_the_others(
    server: FakeLicenseServer, name: str, text: str
) -> None:
    server.keep(operation(of=purchase(), key_pack_id=3))
    server.registry[OPERATIONS_KEY][name] = text
    with pytest.raises(LicensingError, match=rf"{name}.* outcome: discard"):
        server.license_server.record.recorded_operations()
    readable, damaged = server.license_server.record.read_whole()
    assert (len(readable.operations), [each.value_name for each in damaged]) == (1, [name])
    record = server.license_server.record
    assert set(record.recorded_operations(discarded=[name]).claims) == {3}
    assert record.discard(name)
    assert set(server.license_server.record.recorded_operations().claims) == {3}
    assert server.registry[HISTORY_KEY + "\\Discarded"] == {name: text}


def test_a_value_that_is_no_string_is_never_passed_over(server: FakeLicenseServer) -> None:
    server.keep(operation(of=purchase(), key_pack_id=3))
    server.kinds[full_name(operation(of=purchase(), key_pack_id=3))] = 3
    with pytest.raises(LicensingError, match="not a string value"):
        server.license_server.record.recorded_operations()
