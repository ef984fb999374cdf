# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP listeners with the authentication and message encryption of WinRM."""

from __future__ import annotations
