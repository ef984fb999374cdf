# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The notation in which schemas are written."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.schema import (
    CimMethod,
    CimParameter,
    CimProperty,
    CimType,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.signatures import define_class

INNER = define_class("Inner", "root/x")


def test_a_class() -> None:
    outer = define_class(
        "Outer",
        "root/x",
        properties="""
            key uint32 Id
            rw string[] Names
        """,
        methods="""
            instance Fetch(
                in uint32 Start, inout uint32 Count,
                out Inner[] Entries)
            instance reads Look()
            Reset()
        """,
        embedded=(INNER,),
    )
    assert list(outer.properties.values()) == [
        CimProperty("Id", CimType("uint32"), key=True),
        CimProperty("Names", CimType("string", is_array=True), writable=True),
    ]
    assert outer.keys == ("Id",)
    assert outer.methods["Reset"] == CimMethod("Reset")
    assert outer.methods["Look"] == CimMethod("Look", static=False, reads=True)
    fetch = outer.methods["Fetch"]
    assert not fetch.static
    assert fetch.parameters[:2] == (
        CimParameter("Start", CimType("uint32"), "in"),
        CimParameter("Count", CimType("uint32"), "inout"),
    )
    assert fetch.parameters[2].type.embedded is INNER
    assert [(each.goes_in, each.comes_out) for each in fetch.parameters] == [(True, False), (True, True), (False, True)]
    assert fetch.parameter("COUNT") is fetch.parameters[1]
    assert outer.property_named("id") is outer.properties["Id"]


@pytest.mark.parametrize(
    ("properties", "methods", "message"),
    [
        ("ro string A", "", "not a property"),
        ("text A", "", "unknown type: text"),
        ("", "Reset", "not a method"),
        ("", "Reset(in uint32 A", "unfinished line"),
        ("", "Reset(into uint32 A)", "not a parameter"),
    ],
)
def test_lines_that_do_not_follow_it(properties: str, methods: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        define_class("X", "root/x", properties=properties, methods=methods)
