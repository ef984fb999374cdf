# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which CALs a license server may hold: the tables of Microsoft's page, cell by cell."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.windows_release import (
    WINDOWS_RELEASES,
    WindowsRelease,
    may_hold,
    release_of,
)

# Columns: CALs of 2008, 2008 R2, 2012 (and R2), 2016, 2019, 2022, 2025, as ProductVersionID 2 to 8.
TABLE = {
    "windows_server_2008": "yy-----",
    "windows_server_2008_r2": "yy-----",
    "windows_server_2012": "yyy----",
    "windows_server_2012_r2": "yyy----",
    "windows_server_2016": "yyyy---",
    "windows_server_2019": "yyyyy--",
    "windows_server_2022": "yyyyyy-",
    "windows_server_2025": "yyyyyyy",
}


@pytest.mark.parametrize("release", TABLE)
@pytest.mark.parametrize("column", range(7))
def test_table_of_license_servers_and_cals(release: str, column: int) -> None:
    assert may_hold(release, column + 2) is (TABLE[release][column] == "y")


@pytest.mark.parametrize("release", TABLE)
def test_cals_of_a_version_yet_to_come_fit_no_server_of_today(release: str) -> None:
    assert may_hold(release, 9) is False


@pytest.mark.parametrize("release", [None, "", "windows_server_2031"])
def test_a_release_that_is_not_in_the_table_leaves_it_open(release: str | None) -> None:
    assert may_hold(release, 7) is None


@pytest.mark.parametrize(
    ("version", "release"),
    [
        ("6.0.6003", "windows_server_2008"),
        ("6.1.7601", "windows_server_2008_r2"),
        ("6.2.9200", "windows_server_2012"),
        ("6.3.9600", "windows_server_2012_r2"),
        ("10.0.14393", "windows_server_2016"),
        ("10.0.17763", "windows_server_2019"),
        ("10.0.20348", "windows_server_2022"),
        ("10.0.26100", "windows_server_2025"),
        ("10.0.26100.1742", "windows_server_2025"),
        ("10.0.2034", None),
        ("10.0.203480", None),
        ("10.0.25398", None),
        ("6.10.1", None),
        ("10.0", None),
        ("", None),
    ],
)
def test_release_from_the_version_of_windows(version: str, release: str | None) -> None:
    assert release_of(version) == release


def test_the_table_knows_every_release_by_which_a_server_can_be_named() -> None:
    assert set(WINDOWS_RELEASES) == set(TABLE)


@pytest.mark.parametrize(
    ("caption", "release", "title"),
    [
        ("Microsoft Windows Server 2008 R2 Standard", "windows_server_2008_r2", "Windows Server 2008 R2"),
        ("Microsoft Windows Server 2031 Standard", None, "Microsoft Windows Server 2031 Standard"),
        ("", None, "Windows version 10.0.99999"),
    ],
)
def test_what_to_call_a_release_in_a_sentence(caption: str, release: str | None, title: str) -> None:
    assert WindowsRelease(caption, "10.0.99999", "99999", release, "RDLS01").title == title
