# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which Windows release a license server runs, and which CALs it may hold.

Source: the tables of "License your RDS deployment with client access licenses" (learn.microsoft.com), and for
releases before 2016 "Can't connect: no license server available". The prose of the first page contradicts its own
table; the table is followed.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import (
    cal_family,
    release_title,
)

# Win32_OperatingSystem.Version starts with one of these; three parts where two releases share the first two.
_RELEASES: t.Final[tuple[tuple[str, str], ...]] = (
    ("6.0", "windows_server_2008"),
    ("6.1", "windows_server_2008_r2"),
    ("6.2", "windows_server_2012"),
    ("6.3", "windows_server_2012_r2"),
    ("10.0.14393", "windows_server_2016"),
    ("10.0.17763", "windows_server_2019"),
    ("10.0.20348", "windows_server_2022"),
    ("10.0.26100", "windows_server_2025"),
)

WINDOWS_RELEASES: t.Final = tuple(release for _prefix, release in _RELEASES)

# The newest CAL (ProductVersionID) each release may hold; also the order of releases.
NEWEST_CAL: t.Final[dict[str, int]] = {
    "windows_server_2008": 2,
    "windows_server_2008_r2": 2,
    "windows_server_2012": 4,
    "windows_server_2012_r2": 4,
    "windows_server_2016": 5,
    "windows_server_2019": 6,
    "windows_server_2022": 7,
    "windows_server_2025": 8,
}


@dataclass(frozen=True)
class WindowsRelease:
    """What Win32_OperatingSystem says. C(release) is None for a release this collection does not know."""

    caption: str
    version: str
    build: str
    release: str | None
    computer_name: str

    @property
    def title(self) -> str:
        """What to call the release in a sentence."""
        if self.release:
            return release_title(self.release)
        return self.caption or f"Windows version {self.version}"


def release_of(version: str) -> str | None:
    """Release name for a Win32_OperatingSystem.Version such as C(10.0.20348); None when unknown."""
    for prefix, release in _RELEASES:
        if version == prefix or version.startswith(prefix + "."):
            return release
    return None


def may_hold(release: str | None, product_version: int) -> bool | None:
    """Whether a server of that release may hold CALs of that version; None when the table does not say."""
    newest = NEWEST_CAL.get(release or "")
    if newest is None:
        return None
    return cal_family(product_version) <= newest
