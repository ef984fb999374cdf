# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which servers of a play take over from which, from one look at each host."""

from __future__ import annotations

import typing as t
from collections import Counter

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.winfleet.rd_licensing.plugins.filter.takeovers import FilterModule, takeovers

SOURCE = "replace_source_server_source_host"


class CountingHostvars(dict[str, dict[str, t.Any]]):
    """hostvars, where each look at a host costs about a millisecond."""

    looks: Counter[str]

    def __getitem__(self, host: str) -> dict[str, t.Any]:
        self.looks[host] += 1
        return super().__getitem__(host)


def test_finds_targets_in_order_and_rivals() -> None:
    sources = {"rdls08": "rdls01", "rdls02": "rdls01", "rdls04": "rdls03", "rdls05": "rdls05", "rdls01": None}
    hostvars = {host: {SOURCE: source} for host, source in sources.items()} | {"rdls03": {}}
    found = takeovers(hostvars, list(hostvars), SOURCE)
    assert found["targets"] == ["rdls08", "rdls02", "rdls04"]
    assert found["rivals"] == ["rdls08 and rdls02 would take over from the same server (rdls01)"]


def test_a_license_server_id_is_the_same_with_and_without_hyphens() -> None:
    variable = "retire_dead_server_source_license_server_id"
    hostvars = {"rdls02": {variable: "ABCDE-FGHJK"}, "rdls08": {variable: "abcdefghjk"}}
    assert len(takeovers(hostvars, hostvars, variable)["rivals"]) == 1


def test_looks_at_each_host_once() -> None:
    hostvars = CountingHostvars({f"new{number}": {SOURCE: f"old{number}"} for number in range(50)})
    hostvars.looks = Counter()
    assert len(takeovers(hostvars, list(hostvars), SOURCE)["targets"]) == 50
    assert set(hostvars.looks.values()) == {1}


def test_refuses_what_is_not_hostvars() -> None:
    with pytest.raises(AnsibleFilterError, match="takeovers: the input is not the magic variable hostvars"):
        takeovers(["rdls01"], ["rdls01"], SOURCE)


def test_is_a_filter() -> None:
    assert FilterModule().filters() == {"takeovers": takeovers}
