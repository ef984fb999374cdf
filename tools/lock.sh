#!/usr/bin/env bash
# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Writes requirements/constraints.txt: one exact version of every package, direct or not, for each supported Python.
# uv resolves for all Pythons at once (and sets markers where they differ); pip alone could only do so for the one it runs on.
set -euo pipefail
cd "$(dirname "$0")/.."

"${PYTHON:-python3}" -m venv .build/lock
.build/lock/bin/pip install -q --disable-pip-version-check uv
{
  sed -n '1,2p' requirements/run.txt
  echo '#'
  echo '# Written by "make lock" from run.txt, test.txt, check.txt, docs.txt, fuzz.txt and kerberos.txt; not to be edited by hand.'
  .build/lock/bin/uv pip compile --quiet --universal --upgrade --python "$(command -v "${PYTHON:-python3}")" --python-version 3.10 \
    --no-header --no-annotate requirements/run.txt requirements/test.txt requirements/check.txt requirements/docs.txt requirements/fuzz.txt requirements/kerberos.txt |
    sed -E "s/ and \(sys_platform == 'darwin' or sys_platform == 'linux'\)//; s/ ; sys_platform == 'darwin' or sys_platform == 'linux'//"
} > .build/constraints.txt
mv .build/constraints.txt requirements/constraints.txt
echo "requirements/constraints.txt: $(grep -vc '^#' requirements/constraints.txt) packages"
