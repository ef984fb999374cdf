# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fleet is (its description) and what it has become (its state)."""

from __future__ import annotations
