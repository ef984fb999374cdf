# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths on the controller start where ansible-playbook was started."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.winfleet.rd_licensing.plugins.filter.controller_path import FilterModule, controller_path


def test_a_relative_path_starts_at_the_working_directory(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert controller_path("snapshots/../kept") == str(tmp_path / "kept")
    assert FilterModule().filters() == {"controller_path": controller_path}


def test_an_absolute_path_stays_and_home_and_variables_are_expanded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/rosa")
    assert controller_path("/srv/kept") == "/srv/kept"
    assert controller_path("~/kept") == controller_path("$HOME/kept") == "/home/rosa/kept"


@pytest.mark.parametrize("path", [None, 7, "", " "])
def test_refuses_what_is_no_path(path: t.Any) -> None:
    with pytest.raises(AnsibleFilterError, match="controller_path"):
        controller_path(path)
