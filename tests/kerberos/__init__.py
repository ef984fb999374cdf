# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections with real peers: a KDC of our own on loopback, and the simulated fleet with a keytab of its realm.

python -m tests.kerberos [--only TEXT] [--keep] [--write]
"""
