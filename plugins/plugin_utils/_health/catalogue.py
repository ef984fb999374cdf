# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a check is, and running checks over facts. Pure."""

from __future__ import annotations

import difflib
import typing as t
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.facts import (
    Facts,
    HostFacts,
    NotAsked,
    NotRead,
    ServerFacts,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import InvalidOption

CRITICAL: t.Final = "critical"
WARNING: t.Final = "warning"
INFO: t.Final = "info"
SEVERITIES: t.Final = (CRITICAL, WARNING, INFO)

SERVER: t.Final = "license_server"
HOST: t.Final = "session_host"
PAIR: t.Final = "pair"
FLEET: t.Final = "fleet"

THRESHOLDS: t.Final[dict[str, int]] = {
    # Percent of the installed CALs that should be free.
    "free_cals_percent": 10,
    "disk_free_mb": 1024,
    "disk_free_mb_critical": 100,
    "pack_expires_days": 30,
    "grace_days_warning": 9,
    "grace_days_critical": 4,
    "clock_skew_seconds": 300,
    "temporary_cal_days": 14,
    "stored_reports": 20,
    "database_mb": 1024,
    "database_days": 30,
}


@dataclass(frozen=True)
class Found:
    """Something that a check found: the values it rests on, and another severity than the check's own, if any."""

    evidence: dict[str, t.Any]
    severity: str | None = None


Result = Found | dict[str, t.Any] | None
Limits = Mapping[str, int]


@dataclass(frozen=True)
class Check:
    """One check of the catalogue.

    Attributes:
        confidence: A (documented), B (documented or observed, joined by inference), C (uncertain, never above info).
        what: the finding in one sentence, formatted with the evidence.
        repair: what to do: a module, a role or a manual step.
        source: where the rule comes from.
    """

    id: str
    subject: str
    severity: str
    confidence: str
    what: str
    repair: str
    source: str
    run: Callable[..., Result]

    def limit(self, severity: str) -> str:
        """A severity, as far as the confidence allows it."""
        return INFO if self.confidence == "C" else severity


@dataclass(frozen=True)
class Settings:
    """How to run checks. C(severities) and C(ignore) are by check ID."""

    thresholds: Limits = field(default_factory=lambda: THRESHOLDS)
    severities: Mapping[str, str] = field(default_factory=dict)
    ignore: frozenset[str] = frozenset()


CATALOGUE: t.Final[list[Check]] = []


def check(
    subject: str, severity: str, confidence: str, *, what: str, repair: str, source: str
) -> Callable[[Callable[..., Result]], Callable[..., Result]]:
    """Put a function into the catalogue under its own name. It gives the evidence, or None when all is well."""

    def register(function: Callable[..., Result]) -> Callable[..., Result]:
        CATALOGUE.append(Check(function.__name__, subject, severity, confidence, what, repair, source, function))
        return function

    return register


def require_known(
    names: Iterable[str], option: str, known: Iterable[str], not_checked: Mapping[str, str] | None = None
) -> None:
    """Refuse a name that does not exist, with the nearest ones.

    Args:
        not_checked: names of the catalogue that no check has, and why.

    Raises:
        InvalidOption: one is unknown.
    """
    choices = sorted(known)
    for name in names:
        if name in (not_checked or {}):
            raise InvalidOption(f"{option}: {name} is not checked: {(not_checked or {})[name]}.")
        if name not in choices:
            near = difflib.get_close_matches(name, choices, 3, 0.4) or choices[:3]
            raise InvalidOption(f"{option}: there is no '{name}'; the nearest names are {', '.join(near)}.")


def run_checks(subject: str, facts: Facts, settings: Settings) -> list[dict[str, t.Any]]:
    """The rows of all checks of a subject: what was found, and what could not be read. What is well has no row."""
    rows = []
    for each in CATALOGUE:
        if each.subject != subject or each.id in settings.ignore:
            continue
        try:
            found = each.run(facts, settings.thresholds)
        except NotAsked:
            continue
        except NotRead as trouble:
            rows.append(_row(each, facts, "cannot_be_read", INFO, {"reason": str(trouble)}))
            continue
        if found is not None:
            rows.append(_finding(each, facts, found, settings))
    return rows


def _finding(each: Check, facts: Facts, found: Result, settings: Settings) -> dict[str, t.Any]:
    result = found if isinstance(found, Found) else Found(found or {})
    severity = each.limit(settings.severities.get(each.id) or result.severity or each.severity)
    return _row(each, facts, "found", severity, result.evidence)


def _row(each: Check, facts: Facts, state: str, severity: str, evidence: dict[str, t.Any]) -> dict[str, t.Any]:
    if state == "found":
        what = each.what.format(host=facts.host, **evidence)
    else:
        what = f"{each.id} could not be checked on {facts.host}: {evidence['reason'].rstrip('.')}."
    return {
        "id": each.id,
        "host": facts.host,
        "subject": each.subject,
        "state": state,
        "severity": severity,
        "what": what,
        "evidence": evidence,
        "repair": each.repair,
        "confidence": each.confidence,
        "source": each.source,
    }


def checks_of(facts: ServerFacts | HostFacts, settings: Settings) -> list[dict[str, t.Any]]:
    """All rows for a machine alone."""
    return run_checks(SERVER if isinstance(facts, ServerFacts) else HOST, facts, settings)
