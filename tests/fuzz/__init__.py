# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any bytes as the response to any message: one clear line or a value, never anything else."""
