# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every check of the catalogue, and the two ways to run them: importing this module fills the catalogue."""

from __future__ import annotations

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health import (
    checks_capacity,
    checks_events,
    checks_fleet,
    checks_host,
    checks_patches,
    checks_server,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.catalogue import CATALOGUE, checks_of

__all__ = ["CATALOGUE", "CHECK_IDS", "checks_of"]

_MODULES = (checks_server, checks_capacity, checks_patches, checks_host, checks_events, checks_fleet)
CHECK_IDS = tuple(sorted({each.id for each in CATALOGUE}))
