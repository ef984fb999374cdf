# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write every generated part of the documentation; with --check only say which ones are out of date."""

from __future__ import annotations

import sys

from tools import changelog, error_codes, health_checks, role_readmes

if __name__ == "__main__":
    sys.exit(max(generator.main(sys.argv[1:]) for generator in (error_codes, health_checks, role_readmes, changelog)))
