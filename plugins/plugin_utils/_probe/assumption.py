# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an assumption is, and the ways to look at what was read. Pure.

An assumption looks at values that were read, or at the messages themselves where values hide the form. It gives what it
got where that differs from what is expected, an empty text where it holds, and None where nothing shows it.
"""

from __future__ import annotations

import datetime
import re
import typing as t
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.reads import HOST, SERVER, ReadResult
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.recorder import Exchange

BOTH: t.Final = (SERVER, HOST)

ALL: t.Final = "all"
"""Every module that works with the host."""
KEY_PACKS: t.Final = ("key_pack", "cal_migration", "database_rebuild")
USAGE: t.Final = ("cal_usage_info", "issued_cal")
RECORDING: t.Final = (*KEY_PACKS, "license_server", "connection_method", "issued_cal")
HEALTH: t.Final = ("licensing_check", "license_server_discovery", "fleet_report", "license_evidence")
LICENSE_SERVERS: t.Final = (*KEY_PACKS, *USAGE, "license_server", "license_server_info", "connection_method")
SESSION_HOSTS: t.Final = ("session_host", "session_host_info")
MODULES: t.Final = {SERVER: (*LICENSE_SERVERS, *HEALTH), HOST: (*SESSION_HOSTS, *HEALTH)}


@dataclass(frozen=True)
class Evidence:
    """What was read, and the messages of each read. C(now) is the controller's time."""

    results: Mapping[str, ReadResult]
    exchanges: Sequence[Exchange]
    now: datetime.datetime

    def value(self, label: str) -> t.Any:
        """The value of a read; None where it failed or was not made."""
        result = self.results.get(label)
        return None if result is None or result.error else result.value

    def of(self, *labels: str) -> list[Exchange]:
        """The messages of reads, in their order."""
        return [each for each in self.exchanges if each.read in labels and each.response]

    def texts(self, *labels: str) -> str:
        """The responses of reads, or all of them, one after the other."""
        return "\n".join(each.response for each in (self.of(*labels) if labels else self.exchanges))


Finding = str | None
Look = Callable[[Evidence], Finding]


@dataclass(frozen=True)
class Assumption:
    """One thing that the collection assumes.

    Attributes:
        means: what a difference means for the modules that rest on it.
        informs: the difference is worth knowing, and no module fails by it.
        optional: a module counts as proven even if this could not be tried.
    """

    id: str
    subjects: tuple[str, ...]
    expected: str
    means: str
    modules: tuple[str, ...]
    look: Look
    informs: bool = False
    optional: bool = False


def reads_well(*labels: str) -> Look:
    """None of these reads failed."""

    def look(evidence: Evidence) -> Finding:
        results = [evidence.results[label] for label in labels if label in evidence.results]
        errors = [each.error.rstrip(".") for each in results if each.error]
        more = f" (and {len(errors) - 1} more of these reads)" if len(errors) > 1 else ""
        return None if not results else errors[0] + more if errors else ""

    return look


def form(pattern: str, got: str, *labels: str) -> Look:
    """A pattern that no response may have."""
    compiled = re.compile(pattern)

    def look(evidence: Evidence) -> Finding:
        text = evidence.texts(*labels)
        if not text.strip():
            return None
        match = compiled.search(text)
        return f"{got}: {' '.join(match.group().split())[:80]}" if match else ""

    return look
