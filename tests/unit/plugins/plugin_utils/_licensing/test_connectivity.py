# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connectivity status of a license server, decoded."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.connectivity import (
    CONNECTIVITY_NAMES,
    Connectivity,
)


def test_every_documented_number_has_a_name_of_its_own() -> None:
    assert sorted(CONNECTIVITY_NAMES) == list(range(12))
    assert len(set(CONNECTIVITY_NAMES.values())) == 12


@pytest.mark.parametrize(
    ("number", "usable"),
    [
        (0, None),
        (1, True),
        (2, True),
        (3, False),
        (4, False),
        (5, False),
        (6, False),
        (7, None),
        (8, None),
        (9, True),
        (10, False),
        (11, True),
        (12, None),
        (None, None),
    ],
)
def test_usable_only_where_the_status_says_so(number: int | None, usable: bool | None) -> None:
    assert Connectivity("rdls01", number).usable is usable


def test_a_number_that_is_not_documented_passes_as_it_is() -> None:
    entry = Connectivity("rdls01", 12)
    assert (entry.status, entry.explanation) == ("12", "12")


@pytest.mark.parametrize("number", [None, *range(13)])
def test_every_status_can_be_told_in_words(number: int | None) -> None:
    explanation = Connectivity("rdls01", number).explanation
    assert explanation
    assert "_" not in explanation
