# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the collection importable, the way the unit tests do."""

from __future__ import annotations

import tests.unit.conftest  # noqa: F401  # pylint: disable=unused-import  # puts the collection on the import path
