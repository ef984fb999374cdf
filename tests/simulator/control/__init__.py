# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The doors for tests: control over HTTP, journal, misbehaviour."""

from __future__ import annotations
