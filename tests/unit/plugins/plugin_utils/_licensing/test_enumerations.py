# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The provider's numbers and the collection's names."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing import enumerations


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("windows_server_2008", 2),
        ("windows_server_2008_r2", 3),
        ("windows_server_2012", 4),
        ("windows_server_2012_r2", 4),
        ("windows_server_2016", 5),
        ("windows_server_2019", 6),
        ("windows_server_2022", 7),
        ("windows_server_2025", 8),
        (" Windows_Server_2022 ", 7),
        ("Windows Server 2022", 7),
        ("Microsoft Windows Server 2022", 7),
        ("2022", 7),
        ("windows-2022", 7),
        ("Windows Server 2008 R2", 3),
        ("2008R2", 3),
        ("2012 r2", 4),
        ("2", 2),
        ("7", 7),
        ("9", 9),
    ],
)
def test_product_version_by_name_or_number(text: str, number: int) -> None:
    assert enumerations.parse_product_version(text) == number


@pytest.mark.parametrize(
    "text", ["", "2023", "2003", "0", "1", "windows_11", "2022 R2", "server", "-7", "7.0", "\N{SUPERSCRIPT TWO}"]
)
def test_what_is_no_product_version(text: str) -> None:
    with pytest.raises(ValueError, match=r"must be one of windows_server_2008, .*, windows_server_2025, or"):
        enumerations.parse_product_version(text)


@pytest.mark.parametrize(
    ("number", "name", "title"),
    [
        (2, "windows_server_2008", "Windows Server 2008"),
        (3, "windows_server_2008_r2", "Windows Server 2008 R2"),
        (4, "windows_server_2012", "Windows Server 2012"),
        (7, "windows_server_2022", "Windows Server 2022"),
        (8, "windows_server_2025", "Windows Server 2025"),
        (9, "9", "product version 9"),
    ],
)
def test_product_version_for_results_and_for_sentences(number: int, name: str, title: str) -> None:
    assert enumerations.product_version_name(number) == name
    assert enumerations.product_version_title(number) == title


@pytest.mark.parametrize(
    ("number", "title"), [(0, "per device"), (1, "per user"), (3, "built in"), (6, "product type 6")]
)
def test_cal_type_for_sentences(number: int, title: str) -> None:
    assert enumerations.cal_type_title(number) == title


def test_2008_and_2008_r2_share_their_cals_and_no_others_do() -> None:
    families = {number: enumerations.cal_family(number) for number in range(2, 10)}
    assert families == {2: 2, 3: 2, 4: 4, 5: 5, 6: 6, 7: 7, 8: 8, 9: 9}


def test_agreement_types_are_those_of_the_method_page() -> None:
    assert enumerations.AGREEMENT_TYPES == {
        "select": 0,
        "enterprise": 1,
        "campus": 2,
        "school": 3,
        "service_provider": 4,
        "other_agreement": 5,
    }


def test_there_are_eight_programs_and_people_have_a_name_for_each() -> None:
    assert len(set(enumerations.LICENSE_PROGRAMS)) == 8
    assert set(enumerations.LICENSE_PROGRAM_NAMES) == set(enumerations.LICENSE_PROGRAMS)
