#!/usr/bin/env bash
# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# usage: tools/compat.sh [CORE...]      (CORE: 2.16 ... 2.22; none: all)
# For each supported ansible-core: an environment with its newest release (of 2.22 the release candidate), the unit tests, the documentation of every module, and the demo.
# It needs a Python that the release runs on: those on PATH and those of pyenv are tried, and a release that finds none is named at the end
# as not run.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

# ansible-core, its release, and the Pythons that its controller side runs on.
releases='2.16 2.16.19 3.10 3.11 3.12
2.17 2.17.14 3.10 3.11 3.12
2.18 2.18.19 3.11 3.12 3.13
2.19 2.19.14 3.11 3.12 3.13
2.20 2.20.10 3.12 3.13 3.14
2.21 2.21.5 3.12 3.13 3.14
2.22 2.22.0rc1 3.13 3.14 3.12'

# An interpreter of the version that really runs: pyenv's shims bear every name and fail.
find_python() {
  local candidate
  for candidate in "$(command -v "python$1")" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$1".*/bin/python3; do
    if [ -x "$candidate" ] && "$candidate" -c "import sys, venv, ensurepip; sys.exit('%d.%d' % sys.version_info[:2] != '$1')" 2> /dev/null; then
      echo "$candidate"
      return 0
    fi
  done
  return 1
}

first_python() {
  local version
  for version in "$@"; do find_python "$version" && return 0; done
  return 1
}

# The locked packages, except that ansible-core (and what it pins differently from release to release) is the one to be tried.
prepare() {
  local release=$1 python=$2 venv=$3
  if [ -f "$venv/.installed" ] && [ "$venv/.installed" -nt requirements/constraints.txt ]; then return 0; fi
  "$python" -m venv --clear "$venv" || return
  grep -Ev '^(ansible-core|resolvelib)==' requirements/constraints.txt > ".build/compat-$release.txt"
  echo "ansible-core==$release" >> ".build/compat-$release.txt"
  sed '/^ansible-core/d' requirements/run.txt | cat - requirements/test.txt > ".build/compat-$release-wanted.txt"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
    -c ".build/compat-$release.txt" -r ".build/compat-$release-wanted.txt" ansible-core || return
  touch "$venv/.installed"
}

try_release() {
  local release=$1 python=$2 venv=.build/compat-$1 modules
  prepare "$release" "$python" "$venv" || return
  VENV=$venv tools/venv.sh || return
  export VENV=$venv
  tools/env.sh python -m pytest -q --no-header tests/unit || return
  modules=$(for file in plugins/modules/*.py; do echo "winfleet.rd_licensing.$(basename "$file" .py)"; done)
  # shellcheck disable=SC2086  # a list of words
  tools/env.sh ansible-doc --type module $modules > /dev/null || return
  tools/env.sh python tools/demo.py > "$venv/demo.txt" 2>&1 || { cat "$venv/demo.txt"; return 1; }
  echo "The demo went well."
}

failed='' passed='' not_run=''
mkdir -p .build
while read -r core release pythons; do
  if [ $# -gt 0 ] && [[ " $* " != *" $core "* ]]; then continue; fi
  # shellcheck disable=SC2086  # a list of words
  if ! python=$(first_python $pythons); then
    not_run="$not_run"$'\n'"  ansible-core $core: install one of Python ${pythons// /, }"
    continue
  fi
  printf '\n=== ansible-core %s on %s ===\n' "$release" "$("$python" --version)"
  if (try_release "$release" "$python" < /dev/null); then passed="$passed $core"; else failed="$failed $core"; fi
done <<< "$releases"

printf '\nansible-core passed:%s\n' "${passed:- none}"
[ -z "$not_run" ] || printf '\n*** NOT RUN, no Python that it runs on was found:%s\n' "$not_run"
[ -z "$failed" ] || echo "ansible-core FAILED:$failed"
[ -z "$failed" ] && [ -n "$passed" ]
