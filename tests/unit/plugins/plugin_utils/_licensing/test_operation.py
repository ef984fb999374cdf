# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entries of the record: what is written can be read again, and no secret is in it."""

from __future__ import annotations

import json
import string
from dataclasses import replace

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    ACQUIRING,
    DONE,
    INTENDED,
    NOT_DONE,
    REMOVAL_PENDING,
    REMOVED_BY_COLLECTION,
    REMOVED_BY_PROVIDER,
    Operation,
    RecordedPurchase,
    RecordedSource,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_name import short_name
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_text import (
    DamagedOperation,
    decode,
    encode,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.pack_cals import PackCals
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals, Purchase
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.builders import SOURCE_ID, code, migration, operation, pack, purchase

numbers = st.integers(min_value=0, max_value=2**32 - 1)
texts = st.text(max_size=20)
cals = st.builds(Cals, numbers, st.integers(0, 1), numbers)
# Packs are kept by version and type, and read in the order of their IDs.
packs = st.lists(st.builds(PackCals, numbers, cals), max_size=3, unique_by=lambda pack: pack.key_pack_id).map(
    lambda found: tuple(sorted(found, key=lambda pack: pack.key_pack_id))
)
recorded_purchases = st.builds(RecordedPurchase, texts, texts, texts, st.none() | texts)
recorded_sources = st.builds(
    RecordedSource,
    texts,
    texts,
    st.sampled_from([REMOVAL_PENDING, REMOVED_BY_PROVIDER, REMOVED_BY_COLLECTION]),
    st.none() | packs,
    st.none() | texts,
)
operations = st.builds(
    Operation,
    operation=st.sampled_from([*ACQUIRING, "remove", "reduce", "convert", "missing", "activate", "reactivate"]),
    status=st.sampled_from([INTENDED, DONE, NOT_DONE]),
    started=texts,
    sequence=st.integers(1, 999999),
    token=st.text(string.hexdigits, min_size=8, max_size=8),
    finished=st.none() | texts,
    connection_method=st.none() | texts,
    purchase=st.none() | recorded_purchases,
    cals=st.none() | cals,
    license_key_pack_id=st.none() | texts.filter(str.strip),
    key_pack_id=st.none() | numbers,
    result_key_pack_id=st.none() | numbers,
    before=packs,
    taken=packs,
    wanted=st.none() | cals,
    license_server_id=st.none() | texts,
    timeout=st.none() | st.floats(0, 3600),
    reported=st.booleans(),
    source=st.none() | recorded_sources,
    change_id=st.none() | texts,
    reason=st.none() | texts,
)


@given(operations)
def test_what_is_written_can_be_read_again(entry: Operation) -> None:
    assert decode(short_name(entry), encode(entry)) == entry


@given(operations)
def test_an_entry_is_one_line_of_plain_ascii(entry: Operation) -> None:
    """A registry value; anything else would depend on the server's code page."""
    text = encode(entry)
    assert text.isascii()
    assert text.isprintable()


@given(
    st.text(string.ascii_uppercase + string.digits, min_size=25, max_size=25),
    st.text(string.ascii_uppercase + string.digits, min_size=35, max_size=35),
)
def test_no_credential_is_in_an_entry(license_code: str, key_pack_code: str) -> None:
    bought = Purchase("retail", (license_code,), license_key_pack_id=key_pack_code)
    text = encode(operation(of=bought))
    for secret in (license_code, key_pack_code):
        assert secret not in text
        assert secret[:-4] not in text
    assert bought.masked_credential in text


def test_the_form_of_an_entry_never_changes_within_a_format() -> None:
    """Servers hold such entries; a release that writes another form needs another format number."""
    bought = purchase(250, reference="PO-1")
    entry = replace(
        migration(bought, before=[pack(3, 250)], sequence=12, key_pack_id=5), before=(PackCals(3, Cals(7, 1, 20)),)
    )
    assert short_name(entry) == "000012-migrate-00c0ffee"
    assert json.loads(encode(entry)) == {
        "format": 2,
        "operation": "migrate",
        "status": "done",
        "started": "2026-01-01T10:00:00Z",
        "key_pack_id": 5,
        "purchase": {
            "sha256": bought.sha256,
            "license_program": "enterprise",
            "credential": "****4567",
            "reference": "PO-1",
        },
        "cals": {"product_version": 7, "cal_type": 1, "quantity": 250},
        "source": {
            "name": "rdls01.contoso.example",
            "license_server_id": SOURCE_ID,
            "removal": "pending",
            "before": {"7.1": "3:250"},
        },
        "before": {"7.1": "3:20"},
    }


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("000001-install-00c0ffee", ""),
        ("000001-install-00c0ffee", "not JSON"),
        ("000001-install-00c0ffee", "[]"),
        ("000001-install-00c0ffee", '"text"'),
        ("000001-install-00c0ffee", "{}"),
        ("000001-install-00c0ffee", '{"format":3,"operation":"install","status":"done","started":""}'),
        ("000001-install-00c0ffee", '{"format":1,"status":"done","started":""}'),
        ("000001-install-00c0ffee", '{"format":1,"operation":"install","status":"done","started":"","before":[[1]]}'),
        ("000001-install-00c0ffee", '{"format":1,"operation":"install","status":"done","started":"","cals":{"x":1}}'),
        ("000001-install-00c0ffee", '{"format":1,"operation":"install","status":"done","started":"","purchase":[]}'),
        ("000001-install-00c0ffee", "[" * 100_000),
        ("000001-install-00c0ffee", '{"format":1,"operation":"install","status":"finished","started":""}'),
        ("000001-buy-00c0ffee", '{"format":1,"operation":"buy","status":"done","started":""}'),
        ("000001-install-00c0ffee", '{"format":1,"operation":"install","status":"done","started":"","key_pack_id":[]}'),
        (
            "000001-install-00c0ffee",
            '{"format":1,"operation":"install","status":"done","started":"","key_pack_id":"3"}',
        ),
        (
            "000001-install-00c0ffee",
            '{"format":1,"operation":"install","status":"done","started":"","license_key_pack_id":" "}',
        ),
        (
            "000001-migrate-00c0ffee",
            (
                '{"format":1,"operation":"migrate","status":"done","started":"",'
                '"source":{"name":"a","license_server_id":5,"removal":"pending"}}'
            ),
        ),
        (
            "000001-migrate-00c0ffee",
            (
                '{"format":1,"operation":"migrate","status":"done","started":"",'
                '"source":{"name":"a","license_server_id":"b","removal":"gone"}}'
            ),
        ),
        (
            "000001-install-00c0ffee",
            (
                '{"format":1,"operation":"install","status":"done","started":"",'
                '"purchase":{"sha256":["a"],"license_program":"open","credential":"b"}}'
            ),
        ),
        (
            "000001-rebuild-00c0ffee",
            '{"format":1,"operation":"rebuild","status":"done","started":"","rebuild":{"method":"burn"}}',
        ),
        ("a note of mine", '{"format":1,"operation":"install","status":"done","started":""}'),
        ("x-install-00c0ffee", '{"format":1,"operation":"install","status":"done","started":""}'),
        ("000001-install", '{"format":1,"operation":"install","status":"done","started":""}'),
    ],
)
def test_an_entry_that_cannot_be_read_is_never_passed_over(name: str, text: str) -> None:
    with pytest.raises(LicensingError) as caught:
        decode(name, text)
    assert isinstance(caught.value, DamagedOperation)
    assert caught.value.value_name == name
    assert "discard" in str(caught.value)


def test_finishing_keeps_everything_else() -> None:
    begun = operation(of=purchase(), status=INTENDED, before=(pack(3, 20).pack_cals,))
    done = begun.finish(DONE, "2026-01-01T10:00:07Z", key_pack_id=5)
    assert (done.status, done.finished, done.key_pack_id) == (DONE, "2026-01-01T10:00:07Z", 5)
    assert (done.operation_id, done.purchase, done.before) == (begun.operation_id, begun.purchase, begun.before)


def test_entries_sort_by_name_in_the_order_in_which_they_were_begun() -> None:
    names = [short_name(operation("install", sequence=number)) for number in (1, 2, 10, 999, 100000)]
    assert names == sorted(names)


def test_as_results_show_it() -> None:
    shown = migration(
        purchase(250, reference="PO-1"),
        before=[pack(3, 250)],
        sequence=12,
        key_pack_id=5,
        connection_method="automatic",
        reason="source_is_being_replaced",
        license_key_pack_id="0a1b2c ****ACK7",
    ).describe()
    expected = {
        "sequence": 12,
        "operation": "migrate",
        "status": "done",
        "started": "2026-01-01T10:00:00Z",
        "connection_method": "automatic",
        "license_program": "enterprise",
        "credential": "****4567",
        "reference": "PO-1",
        "license_key_pack_id": "****ACK7",
        "product_version": "windows_server_2022",
        "cal_type": "per_user",
        "quantity": 250,
        "key_pack_id": 5,
        "source": "rdls01.contoso.example",
        "source_license_server_id": "50URC-350UR-C350U-RC350-URC35-0URC3-50URC",
        "source_removal": "pending",
        "reason": "source_is_being_replaced",
    }
    assert {name: shown[name] for name in expected} == expected
    assert not {"finished", "result_key_pack_id", "change_id"} & set(shown)


def test_what_does_not_apply_to_an_operation_is_left_out_of_results() -> None:
    shown = operation("activate").describe()
    assert set(shown) == {"operation_id", "readable", "sequence", "operation", "status", "started"}


def test_a_purchase_is_recorded_by_identity_and_masked_credential() -> None:
    assert RecordedPurchase.of(code()) == RecordedPurchase(code().sha256, "retail", "****0DE5", None)
