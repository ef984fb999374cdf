# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write docs/docsite/rst/health_checks.rst from the catalogue of checks.

Without arguments it writes; with --check it only says whether the page is out of date, and exits with 1 if it is.
"""

from __future__ import annotations

import pathlib
import re
import sys
from collections.abc import Iterable

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.catalogue import (
    FLEET,
    HOST,
    PAIR,
    SERVER,
    Check,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.checks import CATALOGUE, NOT_CHECKED

PAGE = pathlib.Path(__file__).resolve().parent.parent / "docs" / "docsite" / "rst" / "health_checks.rst"
HEADER = """..
  Copyright (c) 2026, Winfleet contributors
  SPDX-License-Identifier: GPL-3.0-or-later
  Written by "make generate". Changes by hand are lost.

.. _ansible_collections.winfleet.rd_licensing.docsite.health_checks:

Health checks
=============

``licensing_check`` makes the checks of one host, ``fleet_report`` those of a whole fleet. A check that finds nothing
has no row in the result. A check whose values could not be read is a row with the state ``cannot_be_read``: it is never
counted as fine.

Confidence A means that the rule is documented, B that it is documented or observed and joined by inference, C that no
public source settles it. A finding of confidence C is never more than ``info``. The severity below is the usual one;
some checks lower it, for example while another license server can be used, and ``severities`` changes it.

Some checks need an option of ``licensing_check``: ``events`` (reads the event logs), ``issued_cals`` (reads every
issued CAL), ``usage_reports``, ``extended``, ``user_domains``, ``connection_broker``, and ``license_servers`` for the
checks of a session host together with its license servers. ``fleet_report`` makes the checks that need none of them,
and those of each session host with its license servers.
"""
_TITLES = {
    SERVER: "License servers",
    HOST: "Session hosts",
    PAIR: "Session hosts together with their license servers",
    FLEET: "License servers among a whole fleet (fleet_report only)",
}


def page() -> str:
    """The whole page."""
    parts = [HEADER]
    for subject, title in _TITLES.items():
        checks = sorted((each for each in CATALOGUE if each.subject == subject), key=lambda each: each.id)
        parts.append(_section(title, _checks(checks)))
    rows = [(f"``{name}``", f"{reason[0].upper()}{reason[1:]}.") for name, reason in sorted(NOT_CHECKED.items())]
    parts.append(_section("What is not checked, and why", _table(("check", "reason"), (28, 72), rows)))
    return "\n".join(parts)


def _section(title: str, body: str) -> str:
    return f"{title}\n{'-' * len(title)}\n\n{body}"


def _checks(checks: Iterable[Check]) -> str:
    rows = [
        (f"``{each.id}``", f"{each.severity}, {each.confidence}", _plain(each.what), _literal(each.repair), each.source)
        for each in checks
    ]
    return _table(("check", "severity, confidence", "finding", "repair", "source"), (18, 10, 28, 26, 18), rows)


def _plain(what: str) -> str:
    """A sentence with its values as placeholders."""
    return re.sub(r"\{(\w+)\}", r"*\1*", _literal(what))


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\")


def _table(headings: Iterable[str], widths: Iterable[int], rows: Iterable[Iterable[str]]) -> str:
    lines = [".. list-table::", "   :header-rows: 1", f"   :widths: {' '.join(map(str, widths))}", ""]
    for row in (headings, *rows):
        lines += [f"     - {cell}" if index else f"   * - {cell}" for index, cell in enumerate(row)]
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Write the page, or compare it; the exit code."""
    text = page()
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text:
        return 0
    if "--check" in arguments:
        sys.stderr.write(f"{PAGE} is out of date; run: make generate\n")
        return 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
