# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every way of getting CALs onto a license server: operation by connection method by license program."""

from __future__ import annotations
