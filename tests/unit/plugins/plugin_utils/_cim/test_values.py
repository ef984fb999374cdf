# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values survive the way out and back."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.elements import decode_group, encode_value
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.schema import CimType
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.values import (
    CimValue,
    encode_selector,
    integer_range,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.markup import parse, serialize
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plugins.plugin_utils._wsman.test_markup import XML_TEXT

INTEGER_TYPES = ["uint8", "uint16", "uint32", "uint64", "sint8", "sint16", "sint32", "sint64"]


def there_and_back(value: CimValue, cim_type: CimType) -> CimValue:
    root = parse("<any/>")
    root.extend(encode_value("{urn:x}Value", value, cim_type, "Test"))
    return decode_group(list(parse(serialize(root))), cim_type, "Test")


@given(st.sampled_from(INTEGER_TYPES).flatmap(lambda name: st.tuples(st.just(name), st.integers(*integer_range(name)))))
def test_integers(case: tuple[str, int]) -> None:
    name, number = case
    assert there_and_back(number, CimType(name)) == number


@given(st.booleans())
def test_booleans(value: bool) -> None:
    assert there_and_back(value, CimType("boolean")) is value


@given(XML_TEXT)
def test_strings(text: str) -> None:
    assert there_and_back(text, CimType("string")) == text


@given(st.lists(st.none() | XML_TEXT, min_size=1).filter(lambda items: items != [None]))
def test_arrays(items: list[CimValue]) -> None:
    assert there_and_back(items, CimType("string", is_array=True)) == items  # type: ignore[arg-type]  # no nested lists


@pytest.mark.parametrize(
    ("value", "cim_type"),
    [
        (256, CimType("uint8")),
        (-1, CimType("uint32")),
        (True, CimType("uint32")),
        (1, CimType("boolean")),
        ("1", CimType("uint32")),
        (datetime(2024, 1, 1, tzinfo=timezone.utc), CimType("datetime")),  # no method takes one
        (["a"], CimType("string")),
    ],
)
def test_values_that_do_not_fit_their_type_are_refused(value: CimValue, cim_type: CimType) -> None:
    with pytest.raises(ValueError, match=r"^Test"):
        encode_value("Value", value, cim_type, "Test")


@pytest.mark.parametrize(
    ("value", "text"),
    [("a", "a"), (5, "5"), (True, "true")],
)
def test_selectors(value: CimValue, text: str) -> None:
    assert encode_selector(value) == text


@pytest.mark.parametrize("value", [None, [1], datetime(2024, 1, 1, tzinfo=timezone.utc)])
def test_values_that_are_no_keys(value: CimValue) -> None:
    with pytest.raises(TypeError, match="cannot select an instance"):
        encode_selector(value)
