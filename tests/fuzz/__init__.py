# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any bytes as a response, any damage in a record: one clear line or a value, never anything else."""
