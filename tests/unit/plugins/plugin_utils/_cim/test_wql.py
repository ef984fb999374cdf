# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WQL queries."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.signatures import define_class
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.wql import literal, select

THING = define_class("Win32_Thing", "root/cimv2", properties="key string Name\nuint32 Size")


def test_all_properties_or_those_that_are_named() -> None:
    assert select(THING) == "SELECT Name, Size FROM Win32_Thing"
    assert select(THING, ["Size"], "Size > 3") == "SELECT Size FROM Win32_Thing WHERE Size > 3"


def test_a_property_the_class_lacks_is_refused() -> None:
    with pytest.raises(ValueError, match="Weight"):
        select(THING, ["Weight"])


def test_text_is_escaped() -> None:
    assert literal("C:\\it's") == "'C:\\\\it\\'s'"
