#!/usr/bin/env bash
# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# usage: tools/env.sh tools/build.sh
# Builds the archive that Galaxy or Automation Hub would get, .build/archive/winfleet-rd_licensing-VERSION.tar.gz, and looks into it:
# nothing that belongs to this checkout alone may be in it.
set -euo pipefail
cd "$(dirname "$0")/.."
rm -rf .build/archive
ansible-galaxy collection build --output-path .build/archive .
listing=$(tar --list --file .build/archive/winfleet-rd_licensing-*.tar.gz)
strangers=$(grep -Ev '^(COPYING|FILES.json|MANIFEST.json|(CODE_OF_CONDUCT|CONTRIBUTING|README|SECURITY).md|CHANGELOG.md|requirements.txt|(LICENSES|changelogs|docs|extensions|meta|playbooks|plugins|roles|REUSE.toml)(/.*)?)$' <<< "$listing" || true)
[ -z "$strangers" ] || { printf 'Neither named in build_ignore of galaxy.yml nor part of a collection:\n%s\n' "$strangers"; exit 1; }
grep -E '(^|/)(__pycache__|\..*|.*\.pyc)(/|$)' <<< "$listing" && { echo "The files above do not belong in an archive."; exit 1; }
missing=
for role in roles/*/; do
  if [ -d "$role" ] && ! [ -f "$role/README.md" ]; then missing="$missing $role"; fi
done
[ -z "$missing" ] || { echo "No README.md, which Galaxy refuses:$missing"; exit 1; }
