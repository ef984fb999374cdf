# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lines that the roles show in the end."""

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.winfleet.rd_licensing.plugins.filter.server_summary import FilterModule, server_summary

CALS = [{"product_version_id": 7, "product_type": 1, "total": 250, "purchased": True}]
WORDS = "250 Windows Server 2022 per user"


def server(before: t.Any, after: t.Any) -> dict[str, t.Any]:
    return {"servers": [{"name": "rdls01", "before": before, "after": after}]}


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        (CALS, CALS, f"rdls01 holds {WORDS}, as before"),
        (CALS, [], f"rdls01 held {WORDS}, and now holds no purchased RDS CALs"),
        (None, CALS, f"rdls01 holds {WORDS}; what it held before could not be read"),
        (CALS, None, "What rdls01 holds could not be read"),
        (None, None, "What rdls01 holds could not be read"),
    ],
)
def test_says_what_a_server_held_and_holds(before: t.Any, after: t.Any, line: str) -> None:
    assert server_summary(server(before, after)) == [line]


def test_a_dry_run_shows_what_is_there_and_the_steps() -> None:
    facts = {**server(CALS, CALS), "steps": ["Migrate it", "Remove it"]}
    assert server_summary(facts, planned=True) == [
        f"rdls01 holds {WORDS}",
        "Planned: Migrate it",
        "Planned: Remove it",
    ]
    assert server_summary(server(None, None), planned=True) == ["What rdls01 holds could not be read"]


def test_session_hosts_notes_requests_and_pending_removals_follow() -> None:
    pointed = {"item": "rdsh01", "session_host": {"license_servers": ["rdls02", "rdls03"]}}
    facts = {
        "session_hosts": [pointed, {"item": "rdsh02", "skipped": True}],
        "notes": ["rdls01 is deactivated"],
        "waiting": [{"title": "Waits for an ID"}],
        "pending": [{"title": "To be removed from rdls01"}],
    }
    assert server_summary(facts) == [
        "rdsh01 requests licenses from rdls02 and rdls03",
        "rdls01 is deactivated",
        "Waits for an ID",
        "To be removed from rdls01",
    ]


@pytest.mark.parametrize("facts", [None, {"servers": ["text"]}, {"servers": [{"name": "rdls01"}]}, {"waiting": [{}]}])
def test_refuses_another_form(facts: t.Any) -> None:
    with pytest.raises(AnsibleFilterError, match="server_summary: the input has the wrong form"):
        server_summary(facts)


def test_is_a_filter() -> None:
    assert FilterModule().filters() == {"server_summary": server_summary}
