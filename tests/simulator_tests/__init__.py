# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the simulated fleet, driven by pypsrp and by hand-made messages, never by this collection's client."""

from __future__ import annotations
