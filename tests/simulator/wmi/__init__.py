# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The WMI providers of the simulated servers, one class per module."""

from __future__ import annotations
