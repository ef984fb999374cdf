# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan that is made, approved and applied: held against every branch, in one process with the simulator's engine."""

from __future__ import annotations
