#!/usr/bin/env bash
# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# usage: tools/env.sh tools/galaxy_import.sh
# Imports the built archive the way Galaxy and Automation Hub do, without either.
set -euo pipefail
cd "$(dirname "$0")/../.build/archive"
export GALAXY_IMPORTER_CHECK_REQUIRED_TAGS=true
archives=(winfleet-rd_licensing-*.tar.gz)
[ "${#archives[@]}" -eq 1 ] || { echo "More than one archive in .build/archive: ${archives[*]}"; exit 1; }
python -m galaxy_importer.main "${archives[0]}"
