# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan tells: whether it changes anything, and what Ansible prints with --diff."""

from __future__ import annotations

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Plan, Step, View


def test_nothing_to_do_changes_nothing() -> None:
    assert not Plan().changed
    assert Plan().diff == []


def test_a_step_changes_something_unless_it_says_otherwise() -> None:
    note = Step("Record the outcome of an earlier run", None, changes=False)
    assert not Plan((note,)).changed
    assert Plan((note, Step("Install", None))).changed


def test_only_views_that_differ_are_shown() -> None:
    same = View("rdls01: RDS CALs", "a\n", "a\n")
    other = View("rdls02: RDS CALs", "a\n", "b\n")
    assert Plan(views=(same, other)).diff == [
        {
            "before_header": "rdls02: RDS CALs",
            "after_header": "rdls02: RDS CALs",
            "before": "a\n",
            "after": "b\n",
        }
    ]
