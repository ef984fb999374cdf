# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""WS-Management the way Windows speaks it: envelopes, values, faults, enumerations."""

from __future__ import annotations
