# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far a long task is: at most one line per second."""

from __future__ import annotations

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.progress import Progress


def test_at_most_one_line_per_second_and_none_in_the_end() -> None:
    now = [0.0]
    lines: list[str] = []
    progress = Progress("rdls02", 40, "purchases migrated", lines.append, lambda: now[0])
    for _purchase in range(40):
        now[0] += 0.5
        progress.advance()
    assert len(lines) == 19
    assert lines[5] == "rdls02: 12 of 40 purchases migrated, about 14 s left"


def test_a_short_task_says_nothing() -> None:
    lines: list[str] = []
    progress = Progress("rdls02", 3, "purchases migrated", lines.append, lambda: 0.0)
    for _purchase in range(3):
        progress.advance()
    assert lines == []
