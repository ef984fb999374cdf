#!/usr/bin/env bash
# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# usage: tools/env.sh tools/sanity.sh [TEST...]
# Runs ansible-test sanity of the installed ansible-core on this checkout, all tests or those named, without an ignore file.
#
# Three things stand in the way of doing just that, and are dealt with here:
# - ansible-test wants the collection at .../ansible_collections/NAMESPACE/NAME, and resolves symbolic links: it gets a copy.
# - It keeps environments in the home directory, ~/.ansible/test: it gets a home of its own, shared by all checkouts of this user.
# - It downloads get-pip from a host of its own: it finds a stand-in in its cache, which takes pip from Python and the rest from the package index.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
copy=$root/.build/sanity/ansible_collections/winfleet/rd_licensing
home=${XDG_CACHE_HOME:-$HOME/.cache}/winfleet-rd_licensing/ansible-test
version=$(python -c 'import sys; print("%d.%d" % sys.version_info[:2])')

copy_checkout() {
  rm -rf "$copy"
  mkdir -p "$copy"
  cd "$root"
  git ls-files -z --cached --others --exclude-standard |
    while IFS= read -r -d '' file; do
      if [ -e "$file" ] || [ -L "$file" ]; then printf '%s\0' "$file"; fi  # not what is deleted but still in the index
    done |
    tar --create --null --no-recursion --files-from=- --file=- | tar --extract --file=- --directory="$copy"
  git -C "$copy" init --quiet
}

# The user's settings for the package index must hold in the other home too.
prepare_home() {
  mkdir -p "$home/.config" "$home/.ansible/test/cache"
  for settings in .config/pip .pip; do
    if [ -d "$HOME/$settings" ]; then ln -sfn "$HOME/$settings" "$home/$settings"; fi
  done
  python "$root/tools/get_pip_stub.py" "$home/.ansible/test/cache"
}

copy_checkout
prepare_home
cd "$copy"
export HOME=$home
# One run at a time: ansible-test does not lock the environments that it makes.
exec 9> "$home/lock"
if command -v flock > /dev/null; then flock 9; fi
results=$root/.build/sanity.txt
ansible-test sanity --python "$version" --color no "${@/#/--test=}" 2>&1 | tee "$results" && code=0 || code=$?
if grep -q 'WARNING: Skipping' "$results"; then
  echo 'Tests were skipped, and none may be: see the warnings above.'
  code=1
fi
# The errors stand between pages of pip's output where environments had to be made: once more, together.
if [ "$code" -ne 0 ]; then printf '\nIn short:\n'; grep -E '^(ERROR|FATAL)|WARNING: Skipping' "$results"; fi
exit "$code"
