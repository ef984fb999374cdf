# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The version of this collection, from the file that an installed collection has, or from that of a checkout."""

from __future__ import annotations

import functools
import json
import pathlib
import re
import typing as t

_ROOT: t.Final = pathlib.Path(__file__).resolve().parents[3]


@functools.cache
def collection_version() -> str:
    """For example C(1.2.0)."""
    try:
        manifest = json.loads((_ROOT / "MANIFEST.json").read_text(encoding="utf-8"))
        return str(manifest["collection_info"]["version"])
    except (OSError, ValueError, LookupError):
        pass
    try:
        found = re.search(r"^version: *(\S+)", (_ROOT / "galaxy.yml").read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        found = None
    return found.group(1) if found else "unknown"
