#!/usr/bin/env bash
# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# usage: tools/step.sh NAME COMMAND [ARGUMENT...]
# Runs one step of "make check" and tells its result in one line; only when it fails, what it printed as well.
# The output is kept in .build/log/NAME.log.
set -uo pipefail
name=$1
shift
cd "$(dirname "$0")/.." || exit
mkdir -p .build/log .build/home
log=.build/log/$name.log
started=$(date +%s)
tools/env.sh "$@" > "$log" 2>&1 < /dev/null
code=$?
seconds=$(($(date +%s) - started))
if [ "$code" -eq 0 ]; then
  printf 'ok      %-18s %4d s\n' "$name" "$seconds"
else
  cat "$log"
  printf 'FAILED  %-18s %4d s  (exit code %d; the lines above are in %s)\n' "$name" "$seconds" "$code" "$log"
fi
exit "$code"
