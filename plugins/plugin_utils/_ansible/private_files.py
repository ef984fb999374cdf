# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text files on the controller that only their owner may read."""

from __future__ import annotations

import codecs
import os
import pathlib
import stat
import tempfile

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError

_FILE_MODE = 0o600
_DIRECTORY_MODE = 0o700


def controller_path(text: str) -> pathlib.Path:
    """A path on the controller as an absolute one: a relative path starts where C(ansible-playbook) was started.

    Ansible itself has several rules (the directory of the playbook, of the role, of a local task). Every file that this
    collection reads or writes on the controller goes by this one.
    """
    return pathlib.Path(os.path.abspath(os.path.expandvars(os.path.expanduser(text))))  # symbolic links stay


def read_private(path: pathlib.Path) -> str | None:
    """The text of a file that an administrator may have saved in any usual encoding; None when there is no file.

    Raises:
        LicensingError: it is there and cannot be read as text.
    """
    try:
        return _decoded(path.read_bytes())
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise LicensingError(f"{path}: is not valid UTF-8. Save the file as UTF-8.") from None
    except OSError as error:
        raise LicensingError(f"{path}: cannot be read ({error.strerror}); set another directory.") from None


def _decoded(data: bytes) -> str:
    """Text as editors save it: UTF-8 with or without a mark, UTF-16 (Unicode in Windows), or Windows-1252 (ANSI)."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        if b"\x00" in data:
            raise
        return data.decode("cp1252")


def holds(path: pathlib.Path, text: str) -> bool:
    """Whether a file has this very text and nobody but its owner may read and write it.

    Raises:
        LicensingError: it is there and cannot be read.
    """
    try:
        return path.read_bytes() == text.encode() and stat.S_IMODE(path.stat().st_mode) == _FILE_MODE
    except FileNotFoundError:
        return False
    except OSError as error:
        raise LicensingError(f"{path}: cannot be read ({error.strerror}); set another directory.") from None


def write_private(path: pathlib.Path, text: str) -> None:
    """Write a file all at once, of mode 0600, into a directory that is created with mode 0700 if needed.

    Reading meanwhile gives the old text or the new one, and after a failure the old file is still there.

    Raises:
        LicensingError: it cannot be written.
    """
    temporary: pathlib.Path | None = None
    try:
        path.parent.mkdir(mode=_DIRECTORY_MODE, parents=True, exist_ok=True)
        # mkstemp gives mode 0600.
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        temporary = pathlib.Path(name)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        temporary.replace(path)
    except OSError as error:
        if temporary:
            temporary.unlink(missing_ok=True)
        raise LicensingError(f"{path}: cannot be written ({error.strerror}); set another directory.") from None
