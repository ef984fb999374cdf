# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-playbook, as a user runs it, against a simulated fleet over real HTTP."""
