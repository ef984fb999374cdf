#!/usr/bin/env bash
# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# usage: tools/venv.sh SET...
# Makes $VENV (default: .venv) with $PYTHON (default: python3), installs requirements/SET.txt for each SET at the versions of
# requirements/constraints.txt, and lays the collection where Ansible looks for it, .build/collections. Does nothing that is done already.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
venv=${VENV:-.venv}
log=.build/log/venv.log

fail() { echo "$*" >&2; exit 1; }

# The interpreter: 3.10 is the oldest that ansible-core 2.16, the collection's oldest, runs on.
command -v "$python" > /dev/null || fail "$python is not there: install Python 3.10 or later, or name another one (make PYTHON=/path/to/python3)."
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
  fail "$python is $("$python" --version 2>&1), but 3.10 or later is needed: name another one (make PYTHON=/path/to/python3)."

make_venv() {
  "$python" -c 'import ensurepip, venv' 2> /dev/null ||
    fail "$python cannot make virtual environments: install its venv package (Debian, Ubuntu: apt-get install python3-venv)."
  echo "Making $venv with $("$python" --version) ..."
  "$python" -m venv --clear "$venv" > "$log" 2>&1 || { cat "$log" >&2; fail "Making $venv failed."; }
}

install_set() {
  local name=$1 stamp=$venv/.installed-$1
  if [ "$stamp" -nt "requirements/$name.txt" ] && [ "$stamp" -nt requirements/constraints.txt ]; then return; fi
  echo "Installing the packages of requirements/$name.txt ..."
  "$venv/bin/python" -m pip install --disable-pip-version-check --no-input --quiet \
    --constraint requirements/constraints.txt --requirement "requirements/$name.txt" > "$log" 2>&1 ||
    { cat "$log" >&2; fail "Installing requirements/$name.txt failed: see the lines above."; }
  touch "$stamp"
}

# Ansible finds a collection by its path alone, and this checkout may lie anywhere: a symbolic link is the path.
link_collection() {
  local place=.build/collections/ansible_collections/winfleet
  mkdir -p "$place"
  ln -sfn "$PWD" "$place/rd_licensing"
}

mkdir -p .build/log
"$venv/bin/python" -c '' 2> /dev/null || make_venv
for name in "$@"; do install_set "$name"; done
link_collection
