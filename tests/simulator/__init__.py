# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated fleet of Windows license servers that speaks WS-Management over HTTP and HTTPS."""

from __future__ import annotations
