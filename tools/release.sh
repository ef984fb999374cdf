#!/usr/bin/env bash
# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# usage: tools/env.sh tools/release.sh VERSION
# Everything a release needs short of publishing: version, changelog, all checks and tests, commit, tag, archive. GATE names another command
# than .ci/run for a rehearsal. If a step fails, the checkout is put back as it was.
set -euo pipefail
cd "$(dirname "$0")/.."
version=${1:-}
gate=${GATE:-.ci/run}
archive=.build/archive/winfleet-rd_licensing-$version.tar.gz

fail() { echo "$*" >&2; exit 1; }

[[ $version =~ ^(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){2}$ ]] || fail "usage: make release VERSION=1.2.3"
[ -z "$(git status --porcelain)" ] || fail "Commit or remove these first:"$'\n'"$(git status --short)"
! git rev-parse -q --verify "refs/tags/v$version" > /dev/null || fail "The tag v$version exists already."
grep -qs '^release_summary:' changelogs/fragments/*.yml || fail "No fragment in changelogs/fragments/ has a release_summary."
newest=$( (sed -n 's/^  \([0-9][0-9.]*\):$/\1/p' changelogs/changelog.yaml; echo "$version") | sort -V | tail -n 1)
[ "$newest" = "$version" ] || fail "$version is older than $newest, which is released already."
! grep -q "^  $version:" changelogs/changelog.yaml || fail "$version is released already."

# Only what this script wrote; nothing else was changed, see above.
put_back() {
  local code=$?
  if [ "$code" -eq 0 ]; then return; fi
  git reset --quiet --hard HEAD
  echo "The release of $version stopped; the checkout is as it was." >&2
}
trap put_back EXIT

sed -i "s/^version: .*/version: $version/" galaxy.yml
antsibull-changelog release --version "$version"
git add -A
$gate
git commit -qm "Release $version"
git tag -a "v$version" -m "winfleet.rd_licensing $version"
trap - EXIT
tools/build.sh

cat << TEXT

Released on this machine only: commit $(git rev-parse --short HEAD), tag v$version,
$archive
sha256 $(sha256sum "$archive" | cut -d ' ' -f 1)

To publish:
  git push origin HEAD v$version
  ansible-galaxy collection publish $archive
TEXT
