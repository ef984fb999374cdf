# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the collection importable, the way the unit tests do."""

from __future__ import annotations

import tests.unit.conftest  # noqa: F401  # pylint: disable=unused-import  # puts the collection on the import path
