# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Microsoft Clearinghouse as license servers and people meet it."""

from __future__ import annotations
