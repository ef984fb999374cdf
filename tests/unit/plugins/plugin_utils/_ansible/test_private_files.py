# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files on the controller that are for their owner alone."""

from __future__ import annotations

import pathlib
import stat

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.private_files import (
    holds,
    read_private,
    write_private,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError


def mode(path: pathlib.Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_and_its_directory_are_made_private(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "new" / "sheet.md"
    write_private(path, "Käse\n")
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)
    assert read_private(path) == "Käse\n"
    assert holds(path, "Käse\n")
    assert not holds(path, "Käse")


def test_a_directory_that_is_there_keeps_its_mode(tmp_path: pathlib.Path) -> None:
    tmp_path.chmod(0o755)
    write_private(tmp_path / "sheet.md", "")
    assert mode(tmp_path) == 0o755


def test_a_file_that_others_may_read_is_not_as_it_should_be(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "sheet.md"
    path.write_text("x", encoding="utf-8")
    path.chmod(0o644)
    assert not holds(path, "x")
    assert not holds(tmp_path / "none", "x")
    write_private(path, "x")
    assert holds(path, "x")


def test_after_a_failure_the_old_file_is_there_and_no_other(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "sheet.md"
    write_private(path, "old")

    def full(self: pathlib.Path, _target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pathlib.Path, "replace", full)
    with pytest.raises(LicensingError, match=r"sheet\.md: cannot be written \(No space left on device\)"):
        write_private(path, "new")
    assert [(each.name, each.read_text(encoding="utf-8")) for each in tmp_path.iterdir()] == [("sheet.md", "old")]


def test_what_cannot_be_is_said_in_one_line(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"\x81\x00")
    assert read_private(tmp_path / "none") is None
    with pytest.raises(LicensingError, match=r"is not valid UTF-8\. Save the file as UTF-8\."):
        read_private(file)
    for path, text in ((tmp_path, "cannot be read"), (file / "x", "Not a directory")):
        for read in (read_private, lambda path: holds(path, "")):
            with pytest.raises(LicensingError, match=text) as caught:
                read(path)
            assert "set another directory" in str(caught.value)
            assert "\n" not in str(caught.value)
    for path in (file / "x", file / "x" / "y", tmp_path):
        with pytest.raises(LicensingError, match="cannot be written"):
            write_private(path, "")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_what_an_editor_saved_in_another_encoding_is_read(tmp_path: pathlib.Path, encoding: str) -> None:
    path = tmp_path / "answers.yml"
    path.write_bytes("Käse: 1\n".encode(encoding))
    assert read_private(path) == "Käse: 1\n"
