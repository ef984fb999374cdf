# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the collection importable as ``ansible_collections.winfleet.rd_licensing`` wherever this checkout is.

Python finds a collection by the path of its folder. A checkout anywhere else gets a link of that name under ``.build``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from hypothesis import settings

CHECKOUT = Path(__file__).resolve().parents[2]
NAME = ("ansible_collections", "winfleet", "rd_licensing")


def _collection_root() -> Path:
    """Folder to put on the import path, made if need be."""
    if CHECKOUT.parts[-3:] == NAME:
        return CHECKOUT.parents[2]
    root = CHECKOUT / ".build" / "collections"
    link = root.joinpath(*NAME)
    if not link.exists():
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(CHECKOUT, target_is_directory=True)
    return root


# The checkout itself is for "tests.unit.wsman_script".
for entry in (str(CHECKOUT), str(_collection_root())):
    if entry not in sys.path:
        sys.path.insert(0, entry)
    # Python may have looked there before there was anything to find.
    sys.path_importer_cache.pop(entry, None)

# How long an example takes says how busy the machine is; no test is to fail for that.
settings.register_profile("unit", deadline=None, max_examples=50)
settings.load_profile("unit")
