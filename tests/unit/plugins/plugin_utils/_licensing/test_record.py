# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The record on the server: what is kept where, and what a second controller may do meanwhile."""

from __future__ import annotations

import re

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import CONNECTION_METHODS
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.ledger import Ledger
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    DONE,
    INTENDED,
    Operation,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.record import now

from tests.unit.builders import operation, purchase
from tests.unit.fake_license_server import OPERATIONS_KEY, RECORD_KEY, FakeLicenseServer

MOMENT = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@pytest.fixture
def server() -> FakeLicenseServer:
    """A server without a record."""
    return FakeLicenseServer()


def test_nothing_recorded_yet(server: FakeLicenseServer) -> None:
    record = server.license_server.record
    assert record.connection_method() is None
    assert record.ledger().operations == ()
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
    begun = server.license_server.record.begin(operation(of=purchase()), Ledger([operation(sequence=6)]))
    assert (begun.sequence, begun.status) == (7, INTENDED)
    assert re.fullmatch(r"000007-install-[0-9a-f]{8}", begun.value_name)
    assert MOMENT.fullmatch(begun.started)
    assert list(server.registry[OPERATIONS_KEY]) == [begun.value_name]
    assert server.ledger.operations == (begun,)


def test_noting_writes_what_is_done_in_one_go(server: FakeLicenseServer) -> None:
    noted = server.license_server.record.note(operation("remove", status=INTENDED, key_pack_id=3), Ledger())
    assert (noted.sequence, noted.status) == (1, DONE)
    assert noted.finished
    assert MOMENT.fullmatch(noted.finished)
    assert server.ledger.operations == (noted,)
    assert server.calls.count("SetStringValue") == 2, "the first finds no key"


def test_two_controllers_at_once_do_not_overwrite_each_other(server: FakeLicenseServer) -> None:
    record = server.license_server.record
    first = record.begin(operation(of=purchase(100)), Ledger())
    second = record.begin(operation(of=purchase(50)), Ledger())
    assert first.sequence == second.sequence
    assert set(server.ledger.operations) == {first, second}


def test_an_outcome_is_written_under_the_name_of_its_intention(server: FakeLicenseServer) -> None:
    record = server.license_server.record
    begun = record.begin(operation(of=purchase()), Ledger())
    record.write(begun.finish(DONE, now(), key_pack_id=3))
    assert len(server.registry[OPERATIONS_KEY]) == 1
    assert set(server.ledger.claims) == {3}


def test_an_entry_that_is_deleted_between_listing_and_reading(server: FakeLicenseServer) -> None:
    kept, deleted = operation(of=purchase(), sequence=1, key_pack_id=3), operation("activate", sequence=2)
    server.keep(kept, deleted)

    def delete(name: str) -> None:
        if name == "EnumValues":
            del server.registry[OPERATIONS_KEY][deleted.value_name]

    server.after = delete
    assert server.license_server.record.ledger().operations == (kept,)


def test_an_entry_that_cannot_be_read_names_the_server(server: FakeLicenseServer) -> None:
    server.registry[OPERATIONS_KEY] = {"000001-install-00c0ffee": "{}"}
    with pytest.raises(LicensingError, match=r"^rdls02: the record's entry '000001-install-00c0ffee' cannot be read"):
        server.license_server.record.ledger()


def test_reading_costs_one_request_and_one_for_each_entry(server: FakeLicenseServer) -> None:
    server.keep(*(Operation("activate", DONE, "", sequence=number, token="t") for number in range(1, 6)))
    server.license_server.record.ledger()
    assert server.calls == ["EnumValues", *["GetStringValue"] * 5]
