# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the patch level of a license server's Windows release.

Source: the CVE records of Microsoft for Remote Desktop Licensing, read up to November 2026. Builds are compared as
(build, revision), release by release; numbers of Windows clients are never used.
"""

from __future__ import annotations

import typing as t

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.catalogue import (
    CRITICAL,
    INFO,
    SERVER,
    WARNING,
    Found,
    Limits,
    Result,
    check,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.facts import ServerFacts

TABLE_DATE: t.Final = "2026-11"

# Build to the revision that brings the fixes of a date; None where the records list none.
_FIXED: t.Final[dict[str, dict[int, int]]] = {
    "2024-07-09": {
        6003: 22769, 7601: 27219, 9200: 24975, 9600: 22074, 14393: 7159, 17763: 6054, 20348: 2582, 25398: 1009,
    },
    "2024-09-10": {
        6003: 22870, 7601: 27320, 9200: 25073, 9600: 22175, 14393: 7336, 17763: 6293, 20348: 2700, 25398: 1128,
    },
    "2025-07-08": {
        7601: 27820, 9200: 25573, 9600: 22676, 14393: 8246, 17763: 7558, 20348: 3932, 25398: 1732, 26100: 4652,
    },
    "2026-04-14": {9200: 26026, 9600: 23132, 14393: 9060, 17763: 8644, 20348: 5020, 25398: 2274, 26100: 32690},
}  # fmt: skip
# Hotpatched servers reach a fix at a lower revision; only this one is published.
_HOTPATCHED: t.Final[dict[tuple[str, int], int]] = {("2024-09-10", 20348): 2695}
_WITHOUT_REPORT_DATE: t.Final = (14393, 2515)
_REPAIR: t.Final = "Manual: install the current cumulative update of Windows."


def is_behind(facts: ServerFacts, date: str) -> bool:
    """Whether the build is below the fixes of a date; false for a build that the CVE records do not list.

    Raises:
        NotRead: the revision is unknown. Releases before Windows Server 2016 may not have it in their registry.
    """
    build = facts.windows.build or 0
    fixed = _FIXED[date].get(build)
    if fixed is None:
        return False
    return facts.require(facts.revision, "the revision of its build (UBR)") < _HOTPATCHED.get((date, build), fixed)


def _behind(facts: ServerFacts, date: str) -> Result:
    """Evidence where the revision is below the fixes of a date; releases before 2016 may not tell theirs."""
    if not facts.role_installed:
        return None
    build, revision = facts.windows.build, facts.revision
    if not is_behind(facts, date):
        return None
    fixed = _FIXED[date][build or 0]
    evidence = {"build": f"{build}.{revision}", "fixed": f"{build}.{fixed}", "table": TABLE_DATE}
    # Azure Edition may be hotpatched, at revisions that are not published.
    return Found(evidence, INFO) if "Azure Edition" in facts.windows.title else evidence


@check(
    SERVER, CRITICAL, "A",
    what="{host} (build {build}) lacks the updates of 2024-07-09 (build {fixed}): CVE-2024-38077, -38074, -38076, "
    "remote code execution without authentication.",
    repair=_REPAIR,
    source="CVE-2024-38077, CVE-2024-38074, CVE-2024-38076, CVE-2024-38071, CVE-2024-38099",
)  # fmt: skip
def patch_2024_07(facts: ServerFacts, _limits: Limits) -> Result:
    return _behind(facts, "2024-07-09")


@check(
    SERVER, WARNING, "A",
    what="{host} (build {build}) lacks the updates of 2024-09-10 (build {fixed}) for Remote Desktop Licensing.",
    repair=_REPAIR,
    source="CVE-2024-38263, CVE-2024-43454, CVE-2024-43467",
)  # fmt: skip
def patch_2024_09(facts: ServerFacts, _limits: Limits) -> Result:
    return _behind(facts, "2024-09-10")


@check(
    SERVER, WARNING, "A",
    what="{host} (build {build}) lacks the updates of 2025-07-08 (build {fixed}) for Remote Desktop Licensing.",
    repair=_REPAIR,
    source="CVE-2025-48814",
)  # fmt: skip
def patch_2025_07(facts: ServerFacts, _limits: Limits) -> Result:
    return _behind(facts, "2025-07-08")


@check(
    SERVER, WARNING, "A",
    what="{host} (build {build}) lacks the updates of 2026-04-14 (build {fixed}) for Remote Desktop Licensing.",
    repair=_REPAIR,
    source="CVE-2026-26159, CVE-2026-26160",
)  # fmt: skip
def patch_2026_04(facts: ServerFacts, _limits: Limits) -> Result:
    return _behind(facts, "2026-04-14")


@check(
    SERVER, WARNING, "B",
    what="{host} runs {windows}, for which Microsoft publishes no current security updates.",
    repair="Replace the license server with role replace_source_server.",
    source="Absence from later CVE records",
)  # fmt: skip
def service_on_unsupported_release(facts: ServerFacts, _limits: Limits) -> Result:
    if not facts.role_installed or facts.windows.release not in ("windows_server_2008", "windows_server_2008_r2"):
        return None
    return {"windows": facts.windows.title}


@check(
    SERVER, INFO, "A",
    what="{host} (build {build}) shows the date of usage reports as unknown, which build {fixed} corrects.",
    repair=_REPAIR,
    source="Microsoft: KB4457127",
)  # fmt: skip
def report_date_unknown(facts: ServerFacts, _limits: Limits) -> Result:
    build, fixed = _WITHOUT_REPORT_DATE
    if not facts.role_installed or facts.windows.build != build:
        return None
    revision = facts.require(facts.revision, "the revision of its build (UBR)")
    return {"build": f"{build}.{revision}", "fixed": f"{build}.{fixed}"} if revision < fixed else None
